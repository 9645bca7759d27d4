"""The files of the configuration as one .zip."""

import io
import zipfile

from django.utils.translation import gettext as _

from xiucheng.kernel.configuration.writing import written
from xiucheng.kernel.errors import Refused

MEGA = 2**20
PACKED_MAX, UNPACKED_MAX, MEMBERS_MAX = 100 * MEGA, 500 * MEGA, 200


def packed() -> bytes:
    """All files in one archive whose bytes depend on nothing but the configuration."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in written():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of an archive, whatever folder they lie in. Raises: Refused 413, 422."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [
                one for one in archive.infolist() if not one.is_dir() and "__MACOSX" not in one.filename
            ]
            if sum(one.file_size for one in members) > UNPACKED_MAX or len(members) > MEMBERS_MAX:
                raise Refused(_("压缩包解开以后太大。"), status=413, field="file")
            return {one.filename.rsplit("/", 1)[-1]: archive.read(one) for one in members}
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise Refused(_("压缩包打不开，请用这一页导出的 .zip。"), field="file", code="damaged") from error
