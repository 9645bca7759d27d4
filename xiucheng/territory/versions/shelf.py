"""Where the files of versions wait: public geography, so not sealed."""

from collections.abc import Iterable

from xiucheng.kernel.files.shelf import shelf
from xiucheng.territory.versions.models import GroundVersion


def wanted() -> Iterable[str]:
    return GroundVersion.objects.exclude(upload="").values_list("upload", flat=True)


UPLOADS = shelf("ground", wanted)
