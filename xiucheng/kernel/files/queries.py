"""Reading stored files."""

from typing import IO

from django.core.files.storage import storages

from xiucheng.kernel.ledger.link import new_digest
from xiucheng.kernel.models import StoredFile

from . import rules


def opened(file: StoredFile, variant: str = "original") -> IO[bytes]:
    """The bytes of a variant; the caller closes. Raises: FileNotFoundError, KeyError (no such variant)."""
    name = rules.path(file.sm3, file.mime, variant)
    storage = storages["files"]
    if not storage.exists(name):
        raise FileNotFoundError(name)
    return storage.open(name)  # type: ignore[return-value]


def is_intact(file: StoredFile) -> bool:
    """Whether the original is there and still has the hash under which it was taken in."""
    digest = new_digest()
    try:
        with opened(file) as original:
            while chunk := original.read(1024 * 1024):
                digest.update(chunk)
    except FileNotFoundError:
        return False
    return digest.hexdigest() == file.sm3
