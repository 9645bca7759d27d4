"""Which kinds of data have a term, and how each is found and deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from xiucheng.kernel import settings


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing whose term is over. subject: an id («reporter 12»). digest: SM3 of a file, hexadecimal."""

    pk: object
    subject: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data.

    due(before, limit): things whose term began before that moment, oldest first, without those on hold.
    delete(things): removes them, inside the caller's transaction; may be called again for things already gone.
    count(before): how many are due, capped. after: done once the transaction has committed (files).
    again: finishes what a kill left of `after`; called before each sweep.
    """

    key: str
    label: str
    due: Callable[[datetime, int], Iterable[Thing]]
    count: Callable[[datetime], int]
    delete: Callable[[list[Thing]], None]
    after: Callable[[list[Thing]], None] | None = None
    again: Callable[[], None] | None = None

    @property
    def setting(self) -> str:
        return f"retention.{self.key}_days"

    @property
    def days(self) -> int:
        """For how long it is kept; 0: for ever."""
        return int(settings.get(self.setting))


_KINDS: dict[str, Kind] = {}


def declare(kind: Kind, *, days: int, source: str, confidence: str = "L", minimum: int = 0) -> Kind:
    """Make a kind known with its term as a setting; called in `<room>/retention.py`, loaded at start.

    minimum: days that a law demands; a shorter term cannot be set (0: none).
    """
    settings.declare(
        kind.setting,
        days,
        kind.label,
        unit="天",
        source=source,
        confidence=confidence,
        minimum=minimum,
        maximum=36_500,
    )
    _KINDS[kind.key] = kind
    return kind


def kinds() -> tuple[Kind, ...]:
    return tuple(_KINDS[key] for key in sorted(_KINDS))
