"""Time limits (时限) in the units of city management: when is it due, how much has passed. Pure, exact.

Units and their meaning: standards/workflow.md §2 [H]; 值班分钟: practice.md 4 [P]. Moments are aware
and come back in UTC; windows and days are local (Asia/Shanghai). Amounts are fractions; nothing is
rounded but a due that falls between two microseconds, which moves to the later one.

A limit is due at the earliest moment by which it has been counted in full: 4 工作时 from 08:00 are due
at 12:00, not at
14:00; 1 工作日 from 18:00 is due the next working day at 18:00. A clock started outside its windows
counts from the next one. A due that has to be recomputed (a year was announced, 挂账 ended) is `add`
called again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from xiucheng.kernel.almanac import Calendar, Fallback, NotAnnounced, Unit
from xiucheng.kernel.timeline import LAST_YEAR, SECOND, OutOfRange
from xiucheng.kernel.windows import Season

__all__ = [
    "CHINA",
    "Calendar",
    "Due",
    "Fallback",
    "Limit",
    "NotAnnounced",
    "OutOfRange",
    "Pause",
    "Unit",
    "add",
    "between",
    "counts_from",
    "is_running",
    "next_boundary",
]

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
_EPOCH = datetime(1970, 1, 1, tzinfo=CHINA)
_EPOCH_UTC = _EPOCH.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of a unit, not negative."""

    amount: Fraction
    unit: Unit

    @classmethod
    def of(cls, amount: str | int | Fraction | Decimal, unit: str) -> Limit:
        """A limit from text or an exact number. Raises: TypeError for a float, ValueError for what is
        no amount or unit.

        >>> Limit.of("7/2", "工作时") == Limit.of("3.5", "工作时")
        True
        """
        if isinstance(amount, float):
            raise TypeError("a float is not an exact amount")
        try:
            exact = Fraction(amount)
        except (ZeroDivisionError, OverflowError) as error:
            raise ValueError(f"not an amount: {amount!r}") from error
        if exact < 0:
            raise ValueError(f"a negative limit: {amount!r}")
        return cls(exact, Unit(unit))

    @classmethod
    def parse(cls, text: str) -> Limit:
        """The limit that `str` wrote, «4 工作时». Raises: ValueError."""
        amount, _, unit = text.strip().partition(" ")
        return cls.of(amount, unit.strip())

    def times(self, factor: int | Fraction) -> Limit:
        """The limit so many times, e.g. half of it, or what an extension adds."""
        return Limit.of(self.amount * factor, self.unit)

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit ends (UTC), and whether a year not announced yet was consulted."""

    at: datetime
    provisional: bool


class Pause(NamedTuple):
    """A stretch that does not count, half open; any pair of moments will do in its place."""

    start: datetime
    end: datetime


def add(
    start: datetime,
    limit: Limit,
    calendar: Calendar,
    *,
    season: Season | None = None,
    pauses: Iterable[tuple[datetime, datetime]] = (),
) -> Due:
    """When a limit that starts at `start` is due.

    season: the clock runs only on these days of the year (季节限定), e.g. a planting season; None = all year.
    pauses: stretches that do not count, half open; in any order, they may overlap.
    Raises: ValueError for a naive moment, OutOfRange beyond 2199, NotAnnounced if that is the fallback.
    """
    clock = calendar.clock(limit.unit, season)
    amount = limit.amount
    ticks = -(-amount.numerator * clock.scale // amount.denominator)
    at, provisional = _micros(start), False
    for pause_start, pause_end in _merged(pauses) if pauses else ():
        if not ticks:
            break
        if pause_end <= at:
            continue
        if pause_start > at:
            counted = clock.counted(at, pause_start)
            if counted >= ticks:
                break
            ticks -= counted
            provisional |= clock.by_workday and calendar.consult(at, pause_start)
        at = pause_end
    due = clock.reach(at, ticks)
    provisional |= clock.by_workday and calendar.consult(at, due)
    return Due(_moment(due), provisional)


def between(
    start: datetime,
    end: datetime,
    unit: Unit,
    calendar: Calendar,
    *,
    season: Season | None = None,
    pauses: Iterable[tuple[datetime, datetime]] = (),
) -> Fraction:
    """How much has been counted from start to end, in the unit, exactly; parameters as in `add`.

    Raises: ValueError for a naive moment or an end before the start, OutOfRange, NotAnnounced.
    """
    low, high = _micros(start), _micros(end)
    if high < low:
        raise ValueError("the end lies before the start")
    clock = calendar.clock(Unit(unit), season)
    if clock.by_workday:
        calendar.consult(low, high)
    ticks = clock.counted(low, high)
    for pause_start, pause_end in _merged(pauses) if pauses else ():
        cut_start, cut_end = max(low, pause_start), min(high, pause_end)
        if cut_start < cut_end:
            ticks -= clock.counted(cut_start, cut_end)
    return Fraction(ticks, clock.scale)


def next_boundary(
    at: datetime, unit: Unit, calendar: Calendar, *, season: Season | None = None
) -> datetime | None:
    """When counting starts or stops next, after `at`; None if it never does (a unit that always runs)."""
    found = calendar.clock(Unit(unit), season).boundary(_micros(at))
    return None if found is None else _moment(found)


def is_running(at: datetime, unit: Unit, calendar: Calendar, *, season: Season | None = None) -> bool:
    """Whether the unit counts at a moment; at 12:00 the morning has stopped, at 14:00 the afternoon runs."""
    return calendar.clock(Unit(unit), season).running(_micros(at))


def counts_from(at: datetime, unit: Unit, calendar: Calendar, *, season: Season | None = None) -> datetime:
    """The first moment from `at` on that counts: `at` itself, or the next start of a window. Raises:
    OutOfRange."""
    clock, here = calendar.clock(Unit(unit), season), _micros(at)
    if clock.running(here):
        return _moment(here)
    found = clock.boundary(here)
    if found is None:
        raise OutOfRange(f"{unit}: does not run before the year {LAST_YEAR + 1}")
    return _moment(found)


def _micros(at: datetime) -> int:
    if at.tzinfo is None or at.utcoffset() is None:
        raise ValueError(f"a moment without a time zone: {at!r}")
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def _moment(at: int) -> datetime:
    try:
        return _EPOCH_UTC + timedelta(microseconds=at)
    except OverflowError:
        raise OutOfRange("beyond the year 9999") from None


def _merged(pauses: Iterable[tuple[datetime, datetime]]) -> list[tuple[int, int]]:
    """Pauses in order, without overlap; an empty one is dropped. Raises: ValueError, if one ends before
    it starts."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((_micros(first), _micros(last)) for first, last in pauses):
        if end < start:
            raise ValueError("a pause ends before it starts")
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif start < end:
            merged.append((start, end))
    return merged
