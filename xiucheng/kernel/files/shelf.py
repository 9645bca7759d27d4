"""Files that wait for a job: kept in the store as they came, sealed where they hold personal data, gone once read.

A room has one `Shelf` for each kind of upload; the row that waits holds the name. The file is written before the row
and deleted after it: whoever is killed between leaves a file that no row names, and the nightly sweep takes it away.
These files are in no backup: what was not read yet is sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import IO
from uuid import uuid4

from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel import crypto
from xiucheng.kernel.errors import Refused

FOLDER = "uploads"
LEFT = timedelta(days=1)  # a file younger than this may belong to a row that is about to be written
MEGA = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """A file on its shelf: the name in the store, the SHA-256 of what came, its bytes."""

    name: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """One kind of upload. wanted: the names that rows still hold. sealed: encrypted in the store."""

    folder: str
    wanted: Callable[[], Iterable[str]]
    sealed: bool = False

    def keep(self, upload: File | bytes) -> Kept:
        """Write a file, whole or not at all."""
        file = ContentFile(upload) if isinstance(upload, bytes) else upload
        digest, size = hashlib.sha256(), 0
        file.seek(0)
        while chunk := file.read(MEGA):
            digest.update(chunk)
            size += len(chunk)
        file.seek(0)
        content = ContentFile(crypto.seal(file.read())) if self.sealed else File(file)  # type: ignore[arg-type]
        name = storages["files"].save(f"{FOLDER}/{self.folder}/{uuid4()}", content)
        return Kept(name, digest.hexdigest(), size)

    def opened(self, name: str) -> IO[bytes]:
        """A kept file, to be read and closed. Raises: Refused 410, if it is not there (any more)."""
        gone = Refused(_("上传的文件已经不在了，请重新上传。"), status=410, field="file", code="file_gone")
        if not name:
            raise gone
        try:
            file = storages["files"].open(name)
            return ContentFile(crypto.unseal(file.read())) if self.sealed else file  # type: ignore[return-value]
        except (FileNotFoundError, crypto.Undecryptable):
            raise gone from None

    def forget(self, name: str) -> None:
        """Delete a file once the transaction that let it go has committed."""
        if name:
            transaction.on_commit(lambda: storages["files"].delete(name))

    def sweep(self) -> int:
        """Delete what no row names; how many."""
        store, before = storages["files"], timezone.now() - LEFT
        try:
            _folders, names = store.listdir(f"{FOLDER}/{self.folder}")
        except FileNotFoundError:
            return 0
        wanted = set(self.wanted())
        left = [
            path
            for path in (f"{FOLDER}/{self.folder}/{name}" for name in names)
            if path not in wanted and store.get_modified_time(path) < before
        ]
        for path in left:
            store.delete(path)
        return len(left)


SHELVES: dict[str, Shelf] = {}


def shelf(folder: str, wanted: Callable[[], Iterable[str]], *, sealed: bool = False) -> Shelf:
    """The shelf of one kind of upload; the worker sweeps it every night. sealed: it holds personal data."""
    return SHELVES.setdefault(folder, Shelf(folder, wanted, sealed))
