"""A backup is the whole city, and proves it: written beside a running one, restored elsewhere, compared."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from xiucheng.cases.tests.loop import Loop, photo
from xiucheng.kernel.backup import manifest, writing
from xiucheng.kernel.files import rules
from xiucheng.kernel.ledger import ledgers
from xiucheng.kernel.ledger.anchors import anchor
from xiucheng.kernel.models import AdminChange

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> Path:
    """The store of this test only; the drill is given the keys of the running city."""
    place = tmp_path / "files"
    settings.STORAGES = settings.STORAGES | {
        "files": {"BACKEND": "xiucheng.kernel.files.storage.LocalFiles", "OPTIONS": {"location": place}}
    }
    return place


@pytest.fixture
def backup(cast: Any, departments: Any, files: Path, tmp_path: Path) -> Iterator[Path]:
    """A city with a worked case, anchored and backed up."""
    loop = Loop(cast, departments)
    loop.dispatched()
    for ledger in ledgers():
        anchor(ledger, at=timezone.now())
    call_command("backup", str(tmp_path / "backups"))
    found = writing.latest(tmp_path / "backups")
    assert found is not None
    yield found


def drilled(folder: Path, capsys: Any) -> dict[str, Any]:
    """The drill's word; it exits with 1 when something is wrong."""
    capsys.readouterr()
    try:
        call_command("restore_drill", str(folder), "--json")
    except SystemExit as end:
        assert end.code == 1
    proof: dict[str, Any] = json.loads(capsys.readouterr().out)
    return proof


def databases() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'xiucheng_drill%'")
        return {name for (name,) in cursor.fetchall()}


def test_a_restored_city_is_the_same_and_nothing_is_left_behind(backup: Path, capsys: Any) -> None:
    found = manifest.read(backup)
    assert found.ledgers["cases"]["events"] > 3 and found.files["count"] >= 1
    assert backup.stat().st_mode & 0o077 == 0
    proof = drilled(backup.parent, capsys)
    assert (proof["ok"], proof["problems"]) == (True, [])
    assert proof["cases"] == 1 and proof["files"] == found.files["count"]
    assert databases() == set()
    assert AdminChange.objects.filter(subject=f"drill {backup.name}").exists()


def test_a_damaged_dump_is_refused(backup: Path) -> None:
    dump = backup / writing.DUMP
    dump.write_bytes(dump.read_bytes()[:-1] + b"x")
    with pytest.raises(SystemExit):
        call_command("restore_drill", str(backup))
    with pytest.raises(CommandError, match="不一致"):
        call_command("restore", str(backup))


def test_a_city_is_never_overwritten(backup: Path) -> None:
    with pytest.raises(CommandError, match="不是空的"):
        call_command("restore", str(backup))


def test_a_lost_or_altered_photo_is_named(backup: Path, capsys: Any) -> None:
    row = photo(77)
    call_command("backup", str(backup.parent))
    newest = writing.latest(backup.parent)
    assert newest is not None and newest != backup
    kept = newest / writing.FILES / rules.path(row.sm3, row.mime, "original")
    kept.unlink()
    proof = drilled(newest, capsys)
    assert not proof["ok"] and any(row.sm3 in sentence for sentence in proof["problems"])


def test_other_keys_are_told(backup: Path, settings: Any, capsys: Any) -> None:
    settings.FIELD_KEY = "ab" * 32
    proof = drilled(backup, capsys)
    assert any("field_key" in sentence for sentence in proof["problems"])


def test_half_a_backup_counts_for_nothing_and_old_ones_go(backup: Path, capsys: Any) -> None:
    half = backup.parent / "20990101T000000000Z.partial"
    shutil.copytree(backup, half)
    assert writing.latest(backup.parent) == backup
    call_command("backup", str(backup.parent), "--keep", "1")
    assert not backup.exists() and len(writing.whole(backup.parent)) == 1
    with pytest.raises(CommandError, match="没有"):
        call_command("restore_drill", str(half.parent / "nowhere"))
