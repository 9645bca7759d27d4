"""The files of the configuration as one .zip."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO

from django.utils.translation import gettext as _

from xiucheng.kernel.configuration.planning import Tick, silent
from xiucheng.kernel.configuration.tables import tables
from xiucheng.kernel.configuration.writing import written
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files.shelf import shelf

MEGA = 2**20
PACKED_MAX, UNPACKED_MAX, MEMBERS_MAX = 100 * MEGA, 500 * MEGA, 200


def kept_by_nobody() -> Iterable[str]:
    return ()


# What was exported waits a day for whoever asked; it holds names of people, so it is sealed.
EXPORTED = shelf("config-export", kept_by_nobody, sealed=True)


def packed(tick: Tick = silent) -> bytes:
    """All files in one archive whose bytes depend on nothing but the configuration. tick: told each file."""
    data, total = io.BytesIO(), len(tables())
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for done, (name, content) in enumerate(written()):
            tick(done, total)
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def check(file: IO[bytes], size: int) -> None:
    """What is refused at the door. Raises: Refused 413 too large, packed or unpacked; 422 no archive."""
    if size > PACKED_MAX:
        raise Refused(_("文件超过 %(limit)d MB。") % {"limit": PACKED_MAX // MEGA}, status=413, field="file")
    file.seek(0)
    with _opened(file):
        pass
    file.seek(0)


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of an archive, whatever folder they lie in. Raises: Refused 413, 422."""
    with _opened(io.BytesIO(data)) as (archive, members):
        return {one.filename.rsplit("/", 1)[-1]: archive.read(one) for one in members}


@contextmanager
def _opened(file: IO[bytes]) -> Iterator[tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]]:
    try:
        with zipfile.ZipFile(file) as archive:
            members = [
                one for one in archive.infolist() if not one.is_dir() and "__MACOSX" not in one.filename
            ]
            if sum(one.file_size for one in members) > UNPACKED_MAX or len(members) > MEMBERS_MAX:
                raise Refused(_("压缩包解开以后太大。"), status=413, field="file")
            yield archive, members
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error) as error:
        raise Refused(_("压缩包打不开，请用这一页导出的 .zip。"), field="file", code="damaged") from error
