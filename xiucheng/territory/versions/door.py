"""What is refused at the door: too large, empty, no file of shapes by its content. All else is for the job to say."""

import codecs
import json
from typing import IO, cast

from django.core.files.base import ContentFile, File
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.territory.versions import reading

MEGA = 2**20
AT_ONCE = 4 * MEGA  # a GeoJSON up to this is parsed at the door, for an answer at once
SQLITE_HEAD = 100


def check(upload: File | bytes, name: str) -> None:
    """Raises: Refused 413, 422. The file is left at its beginning."""
    file = cast("IO[bytes]", ContentFile(upload) if isinstance(upload, bytes) else upload)
    size = file.seek(0, 2)
    if not size:
        raise Refused(_("文件是空的。"), field="file")
    reading.check_size(size)
    file.seek(0)
    kind = reading.kind_of(name, file.read(16))
    file.seek(0)
    {"gpkg": _gpkg, "shapefile": _archive, "geojson": _geojson, "csv": _csv}[kind](file, size)
    file.seek(0)


def _gpkg(file: IO[bytes], size: int) -> None:
    head = file.read(SQLITE_HEAD)
    page = int.from_bytes(head[16:18])
    if len(head) < SQLITE_HEAD or page not in (1, *(2**n for n in range(9, 16))):
        raise reading.damaged()


def _archive(file: IO[bytes], size: int) -> None:
    with reading.archive(file) as archive:
        reading.members(archive)


def _geojson(file: IO[bytes], size: int) -> None:
    head = file.read(64).removeprefix(codecs.BOM_UTF8).lstrip()
    if not head.startswith(b"{"):
        raise reading.damaged()
    if size <= AT_ONCE:
        file.seek(0)
        try:
            json.loads(file.read())
        except (ValueError, RecursionError):
            raise reading.damaged() from None


def _csv(file: IO[bytes], size: int) -> None:
    head = file.read(MEGA)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            codecs.getincrementaldecoder(encoding)().decode(head, final=len(head) == size)
            return
        except UnicodeDecodeError:
            continue
    raise reading.unknown_encoding()
