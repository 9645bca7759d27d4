"""Files that wait for a job: kept whole, sealed where they name people, swept when nobody waits with them."""

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction

from xiucheng.kernel import crypto, jobs
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files import shelf as shelves
from xiucheng.kernel.files.shelf import Shelf

CONTENT = "张敏,五华区\n".encode() * 100


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "files": {"BACKEND": "xiucheng.kernel.files.storage.LocalFiles", "OPTIONS": {"location": tmp_path}}
    }
    return tmp_path


def lying(store: Path) -> list[Path]:
    return [path for path in store.rglob("*") if path.is_file()]


@pytest.mark.parametrize("sealed", [False, True])
def test_what_is_kept_comes_back_the_same(store, sealed):
    shelf = Shelf("probe", list, sealed=sealed)
    kept = shelf.keep(ContentFile(CONTENT))
    assert (kept.digest, kept.size) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    (path,) = lying(store)
    assert (CONTENT[:30] in path.read_bytes()) is not sealed
    with shelf.opened(kept.name) as file:
        assert file.read() == CONTENT


@pytest.mark.parametrize("name", ["", "uploads/probe/00000000-0000-0000-0000-000000000000"])
def test_what_is_not_there_is_a_sentence(name):
    with pytest.raises(Refused, match="请重新上传"):
        Shelf("probe", list).opened(name)


def test_a_sealed_file_that_was_altered_or_has_lost_its_key_is_not_taken(store, settings):
    shelf = Shelf("probe", list, sealed=True)
    kept = shelf.keep(CONTENT)
    first = settings.FIELD_KEY
    settings.FIELD_KEY = f"another,{first}"
    with shelf.opened(kept.name) as file:
        assert file.read() == CONTENT, "an older key still opens"
    settings.FIELD_KEY = "another"
    with pytest.raises(Refused):
        shelf.opened(kept.name)
    settings.FIELD_KEY = first
    (path,) = lying(store)
    content = path.read_bytes()
    path.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    with pytest.raises(Refused):
        shelf.opened(kept.name)
    with pytest.raises(crypto.Undecryptable):
        crypto.unseal(b"no seal at all")


@pytest.mark.django_db(transaction=True)
def test_a_file_goes_only_with_the_transaction_that_let_it_go(store):
    shelf = Shelf("probe", list)
    kept = shelf.keep(CONTENT)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        shelf.forget(kept.name)
        _ = 1 / 0
    assert storages["files"].exists(kept.name)
    with transaction.atomic():
        shelf.forget(kept.name)
    assert lying(store) == []


def test_the_sweep_takes_what_no_row_names_and_a_day_has_passed(store, monkeypatch):
    wanted: list[str] = []
    shelf = Shelf("probe", lambda: wanted)
    monkeypatch.setattr(shelves, "SHELVES", {"probe": shelf, "never used": Shelf("never", list)})
    held, orphan, young = (shelf.keep(CONTENT).name for _ in range(3))
    wanted.append(held)
    old = time.time() - 2 * 86400
    for name in (held, orphan):
        os.utime(storages["files"].path(name), (old, old))
    sweep: Any = jobs.sweep_shelves
    sweep.func.__wrapped__(timestamp=0)
    left = sorted(str(path.relative_to(store)) for path in lying(store))
    assert left == sorted([held, young]) and orphan not in left
