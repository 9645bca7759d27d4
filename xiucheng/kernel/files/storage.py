"""Files on the local disk, written so that a file is there whole or not at all."""

import os
import tempfile
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


class LocalFiles(FileSystemStorage):
    """Written aside, flushed, then renamed. Names are hashes, so a name taken is the same content."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: File) -> str:
        target = Path(self.path(name))
        if target.exists() and target.stat().st_size == content.size:
            return name
        _make_folders(target.parent)
        descriptor, aside = tempfile.mkstemp(dir=target.parent, prefix=".")
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(aside, 0o640)
            os.rename(aside, target)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise
        flush_folder(target.parent)
        return name


def _make_folders(folder: Path) -> None:
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir(mode=0o750, exist_ok=True)
        flush_folder(parent.parent)


def flush_folder(folder: Path) -> None:
    """A rename outlives a power cut only when its folder is on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
