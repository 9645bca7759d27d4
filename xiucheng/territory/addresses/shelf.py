"""Where files of address points wait: public geography, so not sealed."""

from collections.abc import Iterable

from xiucheng.kernel.files.shelf import shelf
from xiucheng.territory.addresses.models import AddressImport


def wanted() -> Iterable[str]:
    return AddressImport.objects.exclude(upload="").values_list("upload", flat=True)


UPLOADS = shelf("addresses", wanted)
