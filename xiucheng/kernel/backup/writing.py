"""Writing a backup: one snapshot of the database, then the files it names, then the manifest."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.core.files.storage import storages
from django.db import connection, transaction
from django.utils.translation import gettext as _

from xiucheng.kernel import canonical
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files import queries as files
from xiucheng.kernel.files import rules
from xiucheng.kernel.files.storage import flush_folder
from xiucheng.kernel.ledger.link import new_digest
from xiucheng.kernel.models import StoredFile

from . import manifest, tools

DUMP, FILES = "city.dump", "files"
MEGA = 1024 * 1024

Say = Callable[[str], None]


def write(folder: Path, *, at: datetime, say: Say = lambda text: None) -> Path:
    """Write one backup into a new folder under `folder`; the folder's path.

    It stands under a name that ends in «.partial» until it is whole. Files that an earlier backup in the same
    place holds are linked, not copied. Raises: Refused, when a program or a file is missing.
    """
    target = folder / f"{at:%Y%m%dT%H%M%S}{at.microsecond // 1000:03}Z"
    partial = target.with_name(target.name + ".partial")
    if target.exists() or partial.exists():
        raise Refused(_("%(folder)s 已经存在，请稍后再备份。") % {"folder": target}, status=409)
    earlier = latest(folder)
    partial.mkdir(parents=True, mode=0o700)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            (snapshot,) = cursor.fetchone()
        say(_("导出数据库"))
        _dump(partial / DUMP, snapshot)
        facts = manifest.facts()
        say(_("复制 %(count)d 个文件") % facts["files"])
        facts["files"]["bytes"] = _copy_files(partial / FILES, earlier / FILES if earlier else None)
    facts["dump"] = measured(partial / DUMP)
    manifest.Manifest(made_at=canonical.stamp(at), **facts).write(partial)
    flush_folder(partial)
    partial.rename(target)
    flush_folder(folder)
    return target


def latest(folder: Path) -> Path | None:
    """The newest whole backup in a place."""
    return next(iter(sorted(whole(folder), reverse=True)), None)


def whole(folder: Path) -> list[Path]:
    return [path.parent for path in folder.glob(f"*T*Z/{manifest.NAME}")]


def prune(folder: Path, keep: int) -> list[Path]:
    """Remove the oldest whole backups until `keep` are left, and what a kill left half; what was removed."""
    old = sorted(whole(folder), reverse=True)[max(1, keep) :]
    for path in old:
        shutil.rmtree(path)
    return old


def measured(path: Path) -> dict[str, str | int]:
    digest = new_digest()
    with path.open("rb") as file:
        while chunk := file.read(MEGA):
            digest.update(chunk)
    return {"sm3": digest.hexdigest(), "bytes": path.stat().st_size}


def _dump(target: Path, snapshot: str) -> None:
    words = [
        tools.program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges",
        f"--snapshot={snapshot}", f"--file={target}",
    ]  # fmt: skip
    tools.run(words, env=tools.environment(connection.settings_dict), what=_("导出数据库"))
    target.chmod(0o600)


def _copy_files(target: Path, earlier: Path | None) -> int:
    """Originals only: the copies of a picture are made anew when asked for. Returns the bytes."""
    size = 0
    for row in StoredFile.objects.order_by("pk").iterator():
        name = rules.path(row.sm3, row.mime, "original")
        if not storages["files"].exists(name):
            continue  # taken out by retention, or lost: the restore says which
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if earlier and (earlier / name).exists() and (earlier / name).stat().st_size == row.size:
            os.link(earlier / name, place)
        else:
            with files.opened(row) as source, place.open("wb") as copy:
                shutil.copyfileobj(source, copy, MEGA)
        size += row.size
    return size
