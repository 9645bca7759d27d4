"""A demo city small enough for tests: two counties, a few hundred cases, half a year. Rolled back after the module."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.test import override_settings

from demo import building
from demo.ground.spec import KUNMING
from demo.spec import Wanted
from xiucheng.catalog import snapshot
from xiucheng.kernel import stamps
from xiucheng.kernel.files import where
from xiucheng.kernel.worktime import CHINA

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=CHINA)
SMALL = Wanted(seed=7, now=NOW, cases=320, days=180, waiting=120)
CITY = replace(
    KUNMING,
    counties=("530102", "530103"),
    towns=(replace(KUNMING.towns[0], radius=3000, grid_radius=1200, old_town=700),),
)


@cache
def land() -> building.ground.Ground:
    """The ground, made once: it is pure."""
    return building.ground.build(SMALL.seed, CITY)


@contextmanager
def folder(path: Path) -> Iterator[None]:
    """Files and passwords of the city go here."""
    files = where.storage("", local=path / "files")
    with override_settings(DATA=path, STORAGES={**settings.STORAGES, "files": files}):
        yield


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside never happened."""
    with transaction.atomic():
        snapshot.changed()
        yield
        transaction.set_rollback(True)
    stamps.forget()


def build(say: building.Say = lambda _text: None) -> dict[str, float]:
    return building.build(SMALL, say, land=land)
