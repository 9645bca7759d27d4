"""Reading a backup back into an empty database, and comparing what is there with what the backup says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import connection
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files import queries as files
from xiucheng.kernel.models import StoredFile

from . import manifest, tools
from .manifest import Manifest
from .writing import DUMP, FILES, measured

Say = Callable[[str], None]


def restore(folder: Path, *, jobs: int = 2, say: Say = lambda text: None) -> Manifest:
    """Read a backup into the database of the settings, which must be empty, and the files into the storage.

    Raises: Refused: no backup, a damaged one, a database that holds a city, a program that failed. A database
    that a failed restore left half is refused the next time: drop it and begin again with an empty one.
    """
    found = manifest.read(folder)
    if measured(folder / DUMP) != found.dump:
        raise Refused(_("备份文件与清单不一致（SM3 或大小不同），可能已损坏。请换一份备份。"), code="damaged")
    if not is_empty():
        text = _("目标数据库不是空的，不会覆盖。请建一个空数据库，用 DATABASE_URL 指向它再恢复。")
        raise Refused(text, status=409, code="not_empty")
    say(_("恢复数据库"))
    words = [
        tools.program("pg_restore"), "--no-owner", "--no-privileges", "--no-comments", "--exit-on-error",
        f"--jobs={jobs}", f"--dbname={connection.settings_dict['NAME']}", str(folder / DUMP),
    ]  # fmt: skip
    tools.run(words, env=tools.environment(connection.settings_dict), what=_("恢复数据库"))
    say(_("恢复文件"))
    copy_files(folder / FILES)
    return found


def is_empty() -> bool:
    with connection.cursor() as cursor:
        return not [
            name for name in connection.introspection.table_names(cursor) if name.startswith(manifest.OURS)
        ]


def copy_files(source: Path) -> None:
    for row in sorted(path for path in source.rglob("*") if path.is_file()):
        name = row.relative_to(source).as_posix()
        if not storages["files"].exists(name):
            with row.open("rb") as file:
                storages["files"].save(name, File(file))


def differences(wanted: Manifest) -> list[str]:
    """What is not as the backup says, in sentences; nothing, if the city is the same."""
    found = manifest.facts()
    said = [
        _("%(label)s：备份时 %(wanted)s，现在 %(found)s。") % {"label": label, "wanted": was, "found": now}
        for name in ("ledgers", "anchors", "rows", "migrations")
        for label, was, now in _unequal(getattr(wanted, name), found[name])
    ]
    for name, was in wanted.keys.items():
        if not set(was) & set(found["keys"].get(name, [])):
            text = _(
                "密钥 %(name)s 与备份时不同：已加密的个人信息读不出来。请放回当时的密钥（docs/operators/keys.md）。"
            )
            said.append(text % {"name": name})
    return said


def _unequal(was: dict[str, object], now: dict[str, object]) -> list[tuple[str, object, object]]:
    return [(key, was.get(key), now.get(key)) for key in sorted({*was, *now}) if was.get(key) != now.get(key)]


def broken_files() -> list[str]:
    """Originals that are missing or whose content is not what was taken in: their SM3."""
    there = StoredFile.objects.filter(deleted_at__isnull=True).order_by("pk")
    return [row.sm3 for row in there.iterator() if not files.is_intact(row)]
