"""Files through the door of the store: what is kept, what is refused and how, what the public sees."""

import io
import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files import queries, rules, where
from xiucheng.kernel.files.actions import store
from xiucheng.kernel.files.pages import serve
from xiucheng.kernel.models import StoredFile

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def store_folder(settings, tmp_path):
    entry = where.storage("", local=tmp_path / "files")
    settings.STORAGES = {**settings.STORAGES, "files": entry}
    return tmp_path / "files"


def image(form="JPEG", size=(400, 300), mode="RGB", colour="red", **options):
    target = io.BytesIO()
    Image.new(mode, size, colour).save(target, form, **options)
    return target.getvalue()


def exif(
    *, lon=(102, 42, 43.2), east="E", lat=(25, 2, 24.0), north="N", orientation=1, offset=None, taken=None
):
    found = Image.Exif()
    found[Base.Orientation] = orientation
    found[Base.Make] = "内部型号".encode()
    details: dict[int, object] = {Base.DateTimeOriginal: taken or "2026:11:24 09:30:15"}
    if offset:
        details[Base.OffsetTimeOriginal] = offset
    found._ifds[IFD.Exif] = details
    found._ifds[IFD.GPSInfo] = {
        GPS.GPSLongitudeRef: east, GPS.GPSLongitude: lon, GPS.GPSLatitudeRef: north, GPS.GPSLatitude: lat,
    }  # fmt: skip
    return found


def content(response):
    return b"".join(response.streaming_content)


def refusal(*args, **options):
    with pytest.raises(Refused) as refused:
        store(*args, **options)
    assert StoredFile.objects.count() == 0
    return refused.value


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_a_photo_is_kept_untouched_and_copied(form):
    sent = image(form, (2000, 1000))
    file = store(SimpleUploadedFile("a." + form.lower(), sent))
    assert (file.kind, file.mime, file.size) == ("image", f"image/{form.lower()}", len(sent))
    assert (file.width, file.height) == (2000, 1000)
    assert content(serve(file, "original")) == sent
    assert queries.is_intact(file)
    for variant, size in (("public", (1280, 640)), ("thumb", (320, 160))):
        with Image.open(io.BytesIO(content(serve(file, variant)))) as copy:
            assert (copy.format, copy.size) == ("JPEG", size)


def test_time_and_place_are_read_and_never_published():
    sent = image(exif=exif(orientation=6))
    file = store(sent)
    assert (file.lon_e7, file.lat_e7) == (1027120000, 250400000)
    assert file.taken_at == datetime(2026, 11, 24, 1, 30, 15, tzinfo=UTC)
    assert (file.width, file.height) == (300, 400)  # upright
    for variant in rules.VARIANTS:
        published = content(serve(file, variant))
        assert b"Exif" not in published
        assert "内部型号".encode() not in published
        with Image.open(io.BytesIO(published)) as copy:
            assert copy.size[0] < copy.size[1]
            assert not dict(copy.getexif())
    assert b"Exif" in content(serve(file, "original"))


@pytest.mark.parametrize(
    ("made", "place"),
    [
        ({"east": "W", "north": "S"}, (-1027120000, -250400000)),
        ({"lon": (0, 0, 0), "lat": (0, 0, 0)}, (None, None)),
        ({"lon": (202, 0, 0)}, (None, None)),
        ({"lat": (91, 0, 0)}, (None, None)),
    ],
)
def test_a_place_is_on_earth_or_unknown(made, place):
    file = store(image(exif=exif(**made)))
    assert (file.lon_e7, file.lat_e7) == place


@pytest.mark.parametrize(
    ("made", "moment"),
    [
        ({"offset": "+00:00"}, datetime(2026, 11, 24, 9, 30, 15, tzinfo=UTC)),
        ({"offset": "-05:30"}, datetime(2026, 11, 24, 15, 0, 15, tzinfo=UTC)),
        ({"taken": "0000:00:00 00:00:00"}, None),
        ({"taken": "昨天"}, None),
    ],
)
def test_the_moment_is_utc_or_unknown(made, moment):
    assert store(image(exif=exif(**made))).taken_at == moment


def test_exif_that_is_rubbish_harms_nothing():
    sent = image(exif=b"Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\xff\xff" + b"\x88\x25\x00\x04" * 20)
    assert store(sent).lon_e7 is None


def test_a_photo_with_a_second_one_behind_it_is_read():
    """Some phones append a depth map or a preview (MPO): still a JPEG to everybody else."""
    target = io.BytesIO()
    first, second = (Image.new("RGB", (60, 40), colour) for colour in ("red", "blue"))
    first.save(target, "MPO", save_all=True, append_images=[second])
    file = store(target.getvalue(), name="a.jpg")
    assert (file.mime, file.width) == ("image/jpeg", 60)


def test_an_animation_counts_by_its_first_frame():
    target = io.BytesIO()
    frames = [Image.new("RGB", (60, 40), (shade, 0, 0)) for shade in range(0, 250, 10)]
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])
    assert store(target.getvalue()).height == 40


def test_transparency_becomes_white():
    file = store(image("PNG", mode="RGBA", colour=(0, 0, 0, 0)))
    with Image.open(io.BytesIO(content(serve(file, "thumb")))) as copy:
        assert copy.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "CMYK", "1", "P", "LA", "I;16"])
def test_unusual_colours_are_read(mode):
    form = "JPEG" if mode == "CMYK" else "PNG"
    target = io.BytesIO()
    Image.new(mode, (40, 30)).save(target, form)
    assert store(target.getvalue()).width == 40


def test_the_same_content_is_stored_once(store_folder):
    first = store(image(), name="a.jpg")
    assert store(image(), name="b.jpeg") == first
    assert StoredFile.objects.count() == 1
    assert len([path for path in store_folder.rglob("*") if path.is_file()]) == 3
    assert (store_folder / rules.path(first.sm3, first.mime, "original")).is_file()


def test_a_file_that_was_lost_is_written_again(store_folder):
    file = store(image())
    for variant in ("thumb", "original"):
        (store_folder / rules.path(file.sm3, file.mime, variant)).unlink()
    assert not queries.is_intact(file)
    with pytest.raises(Refused) as refused:
        serve(file, "thumb")
    assert refused.value.status == 503
    assert store(image()) == file
    assert queries.is_intact(file)
    (store_folder / rules.path(file.sm3, file.mime, "thumb")).unlink()
    assert content(serve(file, "thumb"))


def test_the_file_is_there_before_the_row(store_folder):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        file = store(image())
        _ = 1 / 0
    assert StoredFile.objects.count() == 0
    assert (store_folder / rules.path(file.sm3, file.mime, "original")).read_bytes() == image()
    assert store(image()).sm3 == file.sm3  # and the next one finds its place taken by the same content


def test_an_altered_original_is_noticed(store_folder):
    file = store(image())
    path = store_folder / rules.path(file.sm3, file.mime, "original")
    path.write_bytes(path.read_bytes() + b"x")
    assert not queries.is_intact(file)


def test_a_pdf_named_jpg_is_refused_by_what_it_is():
    refused = refusal(SimpleUploadedFile("现场.jpg", PDF))
    assert (refused.status, refused.field) == (422, "photos")
    assert "PDF" in refused.sentence
    refused = refusal(SimpleUploadedFile("现场.jpg", PDF), kinds=("image", "pdf"), field="files")
    assert refused.field == "files"
    assert ".jpg" in refused.sentence


@pytest.mark.parametrize(
    "sent",
    [
        b"MZ" + bytes(100),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script></html>",
        b"PK\x03\x04" + bytes(100),
        "只是一段文字".encode(),
        b"\xff",
    ],
)
def test_what_is_no_picture_is_refused(sent):
    assert "只能上传图片" in refusal(SimpleUploadedFile("a.jpg", sent)).sentence


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
@pytest.mark.parametrize("kept", [0.9, 0.5, 0.1])
def test_a_truncated_photo_is_refused(form, kept):
    noise = Image.effect_noise((300, 300), 90).convert("RGB")
    target = io.BytesIO()
    noise.save(target, form)
    sent = target.getvalue()
    assert "损坏或不完整" in refusal(sent[: int(len(sent) * kept)]).sentence


def test_an_empty_file_is_refused():
    assert "空的" in refusal(b"").sentence


def test_a_file_too_large_is_refused_at_the_limit():
    sent = image()
    assert store(sent, max_bytes=len(sent)).size == len(sent)
    StoredFile.objects.all().delete()
    refused = refusal(image(colour="blue"), max_bytes=100)
    assert (refused.status, refused.code) == (413, "file_too_large")


def bomb(width, height):
    """A PNG of a few kilobytes that would unpack to width × height pixels."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1024 * 1024), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8000, 8000), (30000, 30000), (2**31 - 1, 2**31 - 1), (60_000_000, 1)])
def test_a_bomb_is_refused_by_its_pixels(size):
    assert "像素太多" in refusal(bomb(*size)).sentence


def test_printing_a_case_file_makes_nobody_lenient():
    """WeasyPrint switches a rule of Pillow off for the whole process."""
    import weasyprint.images  # noqa: F401

    assert "损坏或不完整" in refusal(image(size=(900, 700))[:-700]).sentence


def test_a_text_bomb_is_refused():
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head, rest = image("PNG")[:33], image("PNG")[33:]
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50 * 1024 * 1024), 9))
    assert "损坏" in refusal(head + text + rest).sentence


def test_heic_is_refused_with_advice():
    sent = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(500)
    refused = refusal(SimpleUploadedFile("IMG_1.HEIC", sent))
    assert "HEIC" in refused.sentence
    assert "兼容性最佳" in refused.sentence


def test_a_pdf_is_kept_and_handed_out_as_a_download():
    file = store(SimpleUploadedFile("决定书.pdf", PDF), kinds=("pdf",))
    response = serve(file, "original")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment;")
    with pytest.raises(Refused) as refused:
        serve(file, "thumb")
    assert refused.value.status == 404


def test_what_a_browser_is_told():
    response = serve(store(SimpleUploadedFile('"><script>.jpg', image())), "public")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response["Content-Type"] == "image/jpeg"
    assert "script" not in response["Content-Disposition"]


def test_no_path_is_made_from_foreign_text():
    with pytest.raises(ValueError, match="digest"):
        rules.path("../../etc/passwd", "image/png", "original")
    with pytest.raises(KeyError):
        rules.path("ab" * 32, "image/png", "../x")
    for spec in ("file:///etc", "s3://", "http://x"):
        with pytest.raises(ValueError, match="XIUCHENG_FILES"):
            where.storage(spec, local=Path())


def test_the_same_works_with_an_s3_store(settings, monkeypatch):
    pytest.importorskip("storages.backends.s3")
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "probe")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    server.start()
    try:
        endpoint = "http://{}:{}".format(*server.get_host_and_port())
        entry = where.storage("s3://photos/city", local=Path(), endpoint=endpoint)
        settings.STORAGES = {**settings.STORAGES, "files": entry}
        s3: Any = storages["files"]
        s3.connection.create_bucket(Bucket="photos")
        file = store(image())
        assert store(image()) == file
        assert content(serve(file, "original")) == image()
        assert content(serve(file, "thumb"))[:2] == b"\xff\xd8"
        keys = [found.key for found in s3.bucket.objects.all()]
        assert f"city/{rules.path(file.sm3, file.mime, 'original')}" in keys
        assert len(keys) == 3
    finally:
        server.stop()
