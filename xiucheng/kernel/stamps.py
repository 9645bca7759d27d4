"""How a process notices that somebody changed the calendar or a setting, at no cost to the single request.

Triggers give a table group a new random stamp with every change (migration 0001). What is cached is
kept under the stamp it was read with; the stamps are read again at most once a second, in one statement
for all groups, so another process's change counts a second later. A change made here is seen at once.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from xiucheng.kernel.models import Stamp

CHECK_EVERY = 1.0  # seconds


class _Memory:
    """What this process last saw."""

    stamps: dict[str, str] = {}
    checked_at = float("-inf")
    held = False
    changed_in: Any = None  # the transaction that changed something here and has not ended


def current(name: str) -> str:
    """The stamp of a group of tables, «calendar» or «settings»; "" before its first change."""
    if _Memory.changed_in is not None and _Memory.changed_in is not _outermost():
        forget()  # it was rolled back, and what was read inside it never came true
    now = time.monotonic()
    if not _Memory.held and now - _Memory.checked_at >= CHECK_EVERY:
        _Memory.stamps = {name: str(value) for name, value in Stamp.objects.values_list("name", "value")}
        _Memory.checked_at = now
    return _Memory.stamps.get(name, "")


def forget(**_signal: object) -> None:
    """Look again before the next answer."""
    _Memory.checked_at, _Memory.changed_in = float("-inf"), None


def changed() -> None:
    """To be called by whoever changed such a table, inside the transaction."""
    forget()
    _Memory.changed_in = _outermost()
    transaction.on_commit(forget)


@contextmanager
def held() -> Iterator[None]:
    """No look at the stamps inside, whatever the clock says: for tests that count statements."""
    for name in ("calendar", "settings"):
        current(name)
    _Memory.held = True
    try:
        yield
    finally:
        _Memory.held = False


def _outermost() -> Any:
    blocks = connection.atomic_blocks
    return blocks[0] if blocks else None
