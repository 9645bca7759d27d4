"""Calendars, and how each unit of time counts in them. Pure; `worktime` is the door to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from math import lcm

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.timeline import (
    DAY,
    FIRST_YEAR,
    LAST_YEAR,
    NEAR,
    SECOND,
    OutOfRange,
    Track,
    day_of,
    days_of,
    year_start,
)
from xiucheng.kernel.windows import NATIONAL, Regime, Season, Windows, WindowSeason


class Unit(StrEnum):
    """What a time limit counts."""

    URGENT_HOUR = "紧急工作时"  # runs day and night
    WORK_HOUR = "工作时"  # inside the working windows of working days
    URGENT_DAY = "紧急工作日"  # 24 hours, day and night
    WORK_DAY = "工作日"  # one full set of the city's windows; 8 工作时 with the national ones
    NATURAL_DAY = "自然日"  # 24 hours
    DUTY_MINUTE = "值班分钟"  # inside the duty windows of all days


class Fallback(StrEnum):
    """What counts in a year whose holidays are not announced yet."""

    WEEKENDS = "weekends"  # Monday to Friday work; every answer is provisional
    REFUSE = "refuse"


class NotAnnounced(Refused):
    """A working day was asked for in a year not announced, and the fallback is to refuse."""

    def __init__(self, year: int) -> None:
        from django.utils.translation import gettext  # only when there is something to say

        self.year = year
        sentence = gettext(
            "%(year)s 年的节假日安排尚未录入，无法计算时限；请管理员先录入该年日历，或改用按周末推算。"
        )
        super().__init__(sentence % {"year": year}, status=409, code="year_not_announced")


# Ticks of one unit; those of 工作日 depend on the windows.
_SCALE = {
    Unit.URGENT_HOUR: 3600 * SECOND,
    Unit.WORK_HOUR: 3600 * SECOND,
    Unit.URGENT_DAY: DAY,
    Unit.NATURAL_DAY: DAY,
    Unit.DUTY_MINUTE: 60 * SECOND,
}
_ALWAYS = frozenset({Unit.URGENT_HOUR, Unit.URGENT_DAY, Unit.NATURAL_DAY})
_BY_WORKDAY = frozenset({Unit.WORK_HOUR, Unit.WORK_DAY})


class Calendar:
    """Working days and windows of one place; immutable.

    days: what is known of single days; it goes before the weekday rule.
    announced: the years whose holidays are known; their other days work Monday to Friday.
    regimes: windows by the day they begin to count; the first also serves all days before it.
    """

    def __init__(
        self,
        *,
        days: Mapping[date, bool] | None = None,
        announced: Iterable[int] = (),
        regimes: Iterable[Regime] = (NATIONAL,),
        fallback: Fallback | str = Fallback.WEEKENDS,
    ) -> None:
        self._days = dict(days or {})
        self._announced = frozenset(announced)
        self._regimes = sorted(regimes, key=lambda regime: regime.valid_from)
        if not self._regimes:
            raise ValueError("a calendar needs windows")
        self.fallback = Fallback(fallback)
        self._spans = _joined_years(self._announced)
        self._clocks: dict[tuple[Unit, Season | None], Clock] = {}

    def is_announced(self, year: int) -> bool:
        """Whether the holidays of a year are known."""
        return year in self._announced

    def is_workday(self, day: date) -> bool:
        """Whether a day is worked, 调休 included. Raises: NotAnnounced, if that is the fallback."""
        if self.fallback is Fallback.REFUSE and not self.is_announced(day.year):
            raise NotAnnounced(day.year)
        return self._works(day)

    def windows(self, day: date) -> Windows:
        """The working windows of a day in seconds of the local day; () if it is not worked. Raises:
        NotAnnounced."""
        return self._season(day).work if self.is_workday(day) else ()

    def duty_windows(self, day: date) -> Windows:
        """The duty windows (值班时段) of a day in seconds of the local day."""
        return self._season(day).duty

    def _works(self, day: date) -> bool:
        known = self._days.get(day)
        return day.weekday() < 5 if known is None else known

    def _season(self, day: date) -> WindowSeason:
        for regime in reversed(self._regimes):
            if regime.valid_from <= day:
                return regime.on(day)
        return self._regimes[0].on(day)

    def clock(self, unit: Unit, season: Season | None) -> Clock:
        """How a unit counts here, in a season (季节限定) or all year."""
        clock = self._clocks.get((unit, season or None))
        if clock is None:
            clock = self._clocks[unit, season or None] = Clock(self, unit, season or None)
        return clock

    def consult(self, start: int, end: int) -> bool:
        """Whether a year not announced lies in [start, end). Raises: NotAnnounced, if that is the
        fallback."""
        if start >= end:
            return False
        for low, high in self._spans:
            if low <= start and end <= high:
                return False
        if self.fallback is Fallback.REFUSE:
            years = range(day_of(start).year, day_of(end - 1).year + 1)
            raise NotAnnounced(next(year for year in years if year not in self._announced))
        return True


class Clock:
    """How one unit counts in one calendar, in one season."""

    __slots__ = ("_calendar", "_far", "_near", "by_workday", "scale", "season", "unit")

    def __init__(self, calendar: Calendar, unit: Unit, season: Season | None) -> None:
        self._calendar, self.unit, self.season = calendar, unit, season
        self.by_workday = unit in _BY_WORKDAY
        self.scale = _SCALE.get(unit) or lcm(
            *(_total(part.work) for regime in calendar._regimes for part in regime.seasons)
        )
        self._near: Track | None = None
        self._far: Track | None = None

    def counted(self, start: int, end: int) -> int:
        """Ticks from start to end."""
        track = self._track(start, end)
        return end - start if track is None else track.counted(end) - track.counted(start)

    def reach(self, start: int, ticks: int) -> int:
        """The earliest moment by which so many ticks are counted. Raises: OutOfRange."""
        track = self._track(start, start)
        if track is None:
            return start + ticks
        at = track.reached(track.counted(start) + ticks) if ticks else start
        if at is None:
            track = self._track(start, year_start(LAST_YEAR + 1))
            at = track.reached(track.counted(start) + ticks) if track else None
        if at is None:
            raise OutOfRange(f"{self.unit}: not over by the year {LAST_YEAR}")
        return at

    def boundary(self, at: int) -> int | None:
        """The next moment after `at` at which counting starts or stops; None if it never does."""
        track = self._track(at, at)
        found = track.boundary(at) if track else None
        if track and found is None and track is self._near:
            track = self._track(at, year_start(LAST_YEAR + 1))
            found = track.boundary(at) if track else None
        return found

    def running(self, at: int) -> bool:
        """Whether the clock counts at a moment."""
        track = self._track(at, at)
        return track is None or track.running(at)

    def _track(self, start: int, end: int) -> Track | None:
        """A track that is complete from start to end; None where every moment counts."""
        if self.season is None and self.unit in _ALWAYS:
            return None
        near = self._near
        if near is None:
            near = self._near = self._build(*NEAR)
        if near.low <= start and end <= near.high:
            return near
        if self._far is None:
            self._far = self._build(FIRST_YEAR, LAST_YEAR)
        if start < self._far.low or end > self._far.high:
            raise OutOfRange(f"only the years {FIRST_YEAR}–{LAST_YEAR} are known")
        return self._far

    def _build(self, first: int, last: int) -> Track:
        stretches = (
            (start + low * SECOND, start + high * SECOND, rate)
            for day, start in days_of(first, last)
            if self.season is None or any(days.holds(day) for days in self.season)
            for windows, rate in (self._day(day),)
            for low, high in windows
        )
        return Track(stretches, year_start(first), year_start(last + 1))

    def _day(self, day: date) -> tuple[Windows, int]:
        """The windows of one day and the ticks a microsecond of them is worth."""
        if self.unit in _ALWAYS:
            return ((0, 86_400),), 1
        if self.unit is Unit.DUTY_MINUTE:
            return self._calendar.duty_windows(day), 1
        if not self._calendar._works(day):
            return (), 1
        work = self._calendar._season(day).work
        return work, self.scale // _total(work) if self.unit is Unit.WORK_DAY else 1


def _joined_years(years: Iterable[int]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for year in sorted(years):
        start, end = year_start(year), year_start(year + 1)
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _total(windows: Windows) -> int:
    """Microseconds of a day's windows."""
    return sum(end - start for start, end in windows) * SECOND
