"""Reading images: do they decode, what does the camera say, smaller copies without EXIF."""

import io
import math
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import IO, Any
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw, ImageFile, ImageOps
from PIL.ExifTags import GPS, IFD, Base

from .redaction import Box
from .rules import VARIANTS

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
LOCAL = ZoneInfo("Asia/Shanghai")
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    struct.error,
    MemoryError,
)
_PROFILE_MAX = 64 * 1024  # bytes of a colour profile worth keeping in a copy


class Unreadable(Exception):
    """The bytes do not decode to a whole image."""


class TooManyPixels(Exception):
    """The image would fill the memory; args: width, height."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that was really decoded. copies: variant → JPEG bytes. lon_e7, lat_e7: WGS 84."""

    width: int
    height: int
    taken_at: datetime | None
    lon_e7: int | None
    lat_e7: int | None
    copies: Mapping[str, bytes]


def read(file: IO[bytes], *, max_pixels: int) -> Picture:
    """Decode an image wholly and make its copies.

    max_pixels: width × height allowed, looked at before any pixel is decoded. Of an animation the first frame
    counts. Raises: Unreadable, TooManyPixels.
    """
    _strict()
    file.seek(0)
    try:
        with Image.open(file, formats=FORMATS) as image:
            width, height = image.size
            if width * height > max_pixels:
                raise TooManyPixels(width, height)
            exif = image.getexif()
            turned = exif.get(Base.Orientation) in (5, 6, 7, 8)
            taken_at, place = _taken_at(exif), _place(exif)
            copies = _copies(image)
    except Image.DecompressionBombError:
        raise TooManyPixels(0, 0) from None
    except _BROKEN as error:
        raise Unreadable(str(error)) from error
    if turned:
        width, height = height, width
    return Picture(width, height, taken_at, *place, copies=copies)


COVERED_SIDE = 2560  # pixels: enough to read a lamp-post number
COVER = (38, 44, 54)


def cover(file: IO[bytes], boxes: Iterable[Box]) -> bytes:
    """A JPEG copy without EXIF in which the boxes are filled, not blurred: a blur can be undone.

    Raises: Unreadable.
    """
    file.seek(0)
    try:
        with Image.open(file, formats=FORMATS) as image:
            image.load()
            plain = _on_white(ImageOps.exif_transpose(image))
    except _BROKEN as error:
        raise Unreadable(str(error)) from error
    plain.thumbnail((COVERED_SIDE, COVERED_SIDE), Image.Resampling.LANCZOS)
    pen = ImageDraw.Draw(plain)
    for box in boxes:
        left, top, right, bottom = box.pixels(*plain.size)
        pen.rectangle((left, top, right - 1, bottom - 1), fill=COVER)
    target = io.BytesIO()
    plain.save(target, "JPEG", quality=88, optimize=True, exif=b"")
    return target.getvalue()


def _strict() -> None:
    """Half a picture is none. WeasyPrint, which prints case files in the same process, thinks otherwise for everybody."""
    ImageFile.LOAD_TRUNCATED_IMAGES = False


def _copies(image: Image.Image) -> dict[str, bytes]:
    """Upright JPEG copies. A JPEG decodes at a fraction of its size, which spares time and memory."""
    largest = max(VARIANTS.values())
    profile = image.info.get("icc_profile") or b""
    image.draft("RGB", (largest, largest))
    image.load()
    upright = ImageOps.exif_transpose(image)
    plain = _on_white(upright)
    found = {}
    for variant, side in sorted(VARIANTS.items(), key=lambda item: -item[1]):
        plain.thumbnail((side, side), Image.Resampling.LANCZOS)
        target = io.BytesIO()
        kept = profile if 0 < len(profile) <= _PROFILE_MAX else None
        plain.save(target, "JPEG", quality=82, optimize=True, progressive=True, icc_profile=kept, exif=b"")
        found[variant] = target.getvalue()
    return found


def _on_white(image: Image.Image) -> Image.Image:
    """As RGB; what is transparent becomes white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(layer, mask=layer.getchannel("A"))
        return paper
    return image.convert("RGB")


def _taken_at(exif: Image.Exif) -> datetime | None:
    """When the shutter was pressed. Cameras write local time; without an offset that is taken for China's."""
    try:
        details = exif.get_ifd(IFD.Exif)
        text = details.get(Base.DateTimeOriginal) or exif.get(Base.DateTime)
        moment = datetime.strptime(str(text).strip("\x00 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
        return moment.replace(tzinfo=_offset(details.get(Base.OffsetTimeOriginal))).astimezone(UTC)
    except (*_BROKEN, OverflowError, AttributeError):
        return None


def _offset(text: Any) -> Any:
    found = re.fullmatch(r"([+-])(\d\d):(\d\d)", str(text or "").strip("\x00 "))
    if not found:
        return LOCAL
    sign = -1 if found[1] == "-" else 1
    return timezone(sign * timedelta(hours=int(found[2]), minutes=int(found[3])))


def _place(exif: Image.Exif) -> tuple[int | None, int | None]:
    """Longitude and latitude in 1e-7 degree; (None, None) where the camera did not know."""
    try:
        gps = exif.get_ifd(IFD.GPSInfo)
        lon = _degrees(gps[GPS.GPSLongitude], gps.get(GPS.GPSLongitudeRef), "W")
        lat = _degrees(gps[GPS.GPSLatitude], gps.get(GPS.GPSLatitudeRef), "S")
    except (*_BROKEN, ZeroDivisionError, AttributeError):
        return None, None
    known = math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90
    if not known or (lon == 0 and lat == 0):  # some phones write zeros before the first fix
        return None, None
    return round(lon * 10**7), round(lat * 10**7)


def _degrees(parts: Any, reference: Any, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return -value if str(reference).strip("\x00 ").upper() == negative else value
