"""Storing what people send."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel import settings
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.ledger.link import new_digest
from xiucheng.kernel.models import StoredFile

from . import images, rules
from .redaction import Box

MEGA = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Measured:
    """The bytes' digest, length and beginning."""

    sm3: str
    size: int
    head: bytes


def store(
    upload: File | bytes,
    *,
    max_bytes: int | None = None,
    kinds: Iterable[str] = ("image",),
    name: str = "",
    field: str = "photos",
) -> StoredFile:
    """Keep a file; the same content again gives the same row.

    max_bytes: the setting «files.max_megabytes» if not given. kinds: image, video, audio, pdf. name: what the
    sender calls it, if `upload` does not know; only its ending is looked at. field: which field of the form a
    refusal belongs to. The bytes lie in the storage, flushed to disk, before the row is written: a row
    without its file cannot be. Raises: Refused (413 too large, 422 empty, of another kind, damaged, too many
    pixels).
    """
    limit = max_bytes if max_bytes is not None else settings.get("files.max_megabytes") * MEGA
    file, name = _opened(upload, name)
    measured = _measure(file, limit, field)
    content = _checked_content(measured, tuple(kinds), name, field)
    known = StoredFile.objects.filter(sm3=measured.sm3).first()
    if known is not None and storages["files"].exists(rules.path(known.sm3, known.mime, "original")):
        return known
    row = StoredFile(
        sm3=measured.sm3,
        kind=content.kind,
        mime=content.mime,
        size=measured.size,
        created_at=timezone.now(),
    )
    copies = _describe(row, file, field) if content.kind == "image" else {}
    _write(row, file, copies)
    StoredFile.objects.bulk_create([row], ignore_conflicts=True)
    if known is not None and known.deleted_at:  # its term was over, and now it is sent again
        StoredFile.objects.filter(sm3=row.sm3).update(deleted_at=None)
    return StoredFile.objects.get(sm3=row.sm3)


def cover(row: StoredFile, boxes: Iterable[Box]) -> StoredFile:
    """A copy of a stored image in which these parts cannot be seen; the image itself stays as it was.

    Raises: Refused 422 for a file that is no image or cannot be read.
    """
    if row.kind != StoredFile.Kind.IMAGE or row.deleted_at:
        raise Refused(_("只有照片可以遮盖。"), field="boxes", code="not_image")
    with storages["files"].open(rules.path(row.sm3, row.mime, "original")) as original:
        try:
            content = images.cover(original, boxes)
        except images.Unreadable as error:
            raise Refused(_("照片读不出来，不能遮盖。"), field="boxes", code="file_damaged") from error
    return store(content, max_bytes=100 * MEGA, name="covered.jpg")


def make_copies(row: StoredFile) -> None:
    """Make the copies of an image anew from its original, for example after a part of the store was lost."""
    with storages["files"].open(rules.path(row.sm3, row.mime, "original")) as original:
        picture = images.read(original, max_pixels=settings.get("files.max_megapixels") * 10**6)
    _write_copies(row, dict(picture.copies))


def _opened(upload: File | bytes, name: str) -> tuple[IO[bytes], str]:
    if isinstance(upload, bytes):
        return io.BytesIO(upload), name
    upload.open()
    return upload, name or (upload.name or "")  # type: ignore[return-value]  # File is no IO, but reads and seeks


def _measure(file: IO[bytes], limit: int, field: str) -> _Measured:
    file.seek(0)
    digest, size, head = new_digest(), 0, b""
    while chunk := file.read(MEGA):
        head = head or chunk[: rules.SNIFFED]
        size += len(chunk)
        if size > limit:
            text = _("文件超过 %(limit)s MB，请压缩后再上传。") % {"limit": f"{limit / MEGA:g}"}
            raise Refused(text, status=413, field=field, code="file_too_large")
        digest.update(chunk)
    if not size:
        raise Refused(_("文件是空的，请重新选择。"), field=field, code="file_empty")
    return _Measured(digest.hexdigest(), size, head)


def _checked_content(measured: _Measured, kinds: tuple[str, ...], name: str, field: str) -> rules.Content:
    content = rules.sniff(measured.head)
    wanted = "、".join(str(StoredFile.Kind(kind).label) for kind in kinds)
    if content.kind not in kinds:
        found = str(StoredFile.Kind(content.kind).label) if content.kind else _("无法识别的格式")
        text = _("这里只能上传%(wanted)s，而这个文件的内容是%(found)s。请重新选择。")
        raise Refused(text % {"wanted": wanted, "found": found}, field=field, code="file_kind")
    promised = rules.named_kind(name)
    if promised and promised != content.kind:
        ending = name.rpartition(".")[2].lower()[:10]
        found = str(StoredFile.Kind(content.kind).label)
        text = _("文件名的后缀是 .%(ending)s，内容却是%(found)s。请改正后缀，或重新选择文件。")
        raise Refused(text % {"ending": ending, "found": found}, field=field, code="file_name")
    return content


def _describe(row: StoredFile, file: IO[bytes], field: str) -> dict[str, bytes]:
    """Fill what is known of a picture; returns its copies."""
    megapixels = settings.get("files.max_megapixels")
    try:
        picture = images.read(file, max_pixels=megapixels * 10**6)
    except images.TooManyPixels:
        text = _("照片的像素太多（上限 %(limit)s 百万像素），请缩小后再上传。") % {"limit": megapixels}
        raise Refused(text, field=field, code="file_pixels") from None
    except images.Unreadable:
        if row.mime == "image/heic":
            text = _(
                "暂不支持 HEIC 格式的照片。请在手机相机设置中选择“兼容性最佳”（JPG），或转换成 JPG 后再上传。"
            )
            raise Refused(text, field=field, code="file_heic") from None
        text = _("照片损坏或不完整，读不出来。请重新拍摄或重新选择。")
        raise Refused(text, field=field, code="file_damaged") from None
    row.width, row.height = picture.width, picture.height
    row.taken_at, row.lon_e7, row.lat_e7 = picture.taken_at, picture.lon_e7, picture.lat_e7
    return dict(picture.copies)


def _write(row: StoredFile, file: IO[bytes], copies: dict[str, bytes]) -> None:
    file.seek(0)
    storages["files"].save(rules.path(row.sm3, row.mime, "original"), File(file))
    _write_copies(row, copies)


def _write_copies(row: StoredFile, copies: dict[str, bytes]) -> None:
    for variant, content in copies.items():
        storages["files"].save(rules.path(row.sm3, row.mime, variant), ContentFile(content))
