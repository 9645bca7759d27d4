"""The stretches of time in which a clock counts, as sorted integers for bisection. Pure; used by
`worktime` only.

Moments are microseconds of local time since 1970-01-01T00:00 local. Asia/Shanghai is UTC+8 without
summer time since 1991-09-15, so local time is a fixed shift and only years from 1992 on are taken.

A tick is the smallest amount a clock counts. For hours and minutes it is a microsecond. For 工作日 the
windows of one day are one unit whatever their length, so a day is `lcm` of all window totals and a
microsecond is worth `rate` ticks of
it: 1/2 工作日 stays exactly half a day when summer and winter windows differ.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date, timedelta

SECOND = 1_000_000
DAY = 86_400 * SECOND
_ORDINAL_1970 = date(1970, 1, 1).toordinal()

FIRST_YEAR, LAST_YEAR = 1992, 2199
NEAR = (2015, 2045)  # years that nearly every question is about; the rest is built when asked for


class OutOfRange(ValueError):
    """A moment or a due outside the years a calendar is good for (1992–2199)."""


def year_start(year: int) -> int:
    """Local microseconds at the start of a year."""
    return (date(year, 1, 1).toordinal() - _ORDINAL_1970) * DAY


def day_of(at: int) -> date:
    """The local day of a moment."""
    return date.fromordinal(at // DAY + _ORDINAL_1970)


def days_of(first: int, last: int) -> Iterable[tuple[date, int]]:
    """Every day of the years first … last with the moment it starts."""
    day, start = date(first, 1, 1), year_start(first)
    while day.year <= last:
        yield day, start
        day, start = day + timedelta(1), start + DAY


class Track:
    """Disjoint counting stretches in order, each with a rate, and the ticks counted before each.

    low, high: the moments between which the track is complete.
    """

    __slots__ = ("before", "ends", "high", "low", "rates", "starts")

    def __init__(self, stretches: Iterable[tuple[int, int, int]], low: int, high: int) -> None:
        self.low, self.high = low, high
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.rates: list[int] = []
        for start, end, rate in stretches:
            if self.ends and self.ends[-1] == start and self.rates[-1] == rate:
                self.ends[-1] = end
            else:
                self.starts.append(start)
                self.ends.append(end)
                self.rates.append(rate)
        self.before = [0]
        for start, end, rate in zip(self.starts, self.ends, self.rates, strict=True):
            self.before.append(self.before[-1] + (end - start) * rate)

    def counted(self, at: int) -> int:
        """Ticks from the beginning of the track to a moment."""
        i = bisect_right(self.starts, at) - 1
        if i < 0:
            return 0
        end = self.ends[i]
        return self.before[i] + ((at if at < end else end) - self.starts[i]) * self.rates[i]

    def reached(self, ticks: int) -> int | None:
        """The earliest microsecond by which that many ticks (> 0) are counted; None beyond the track."""
        i = bisect_left(self.before, ticks) - 1
        if i == len(self.starts):
            return None
        return self.starts[i] - (self.before[i] - ticks) // self.rates[i]  # rounded up: never due early

    def running(self, at: int) -> bool:
        """Whether the clock counts in the microsecond that starts now."""
        i = bisect_right(self.starts, at) - 1
        return i >= 0 and at < self.ends[i]

    def boundary(self, at: int) -> int | None:
        """The next moment after `at` at which counting starts or stops; None beyond the track."""
        i = bisect_right(self.starts, at) - 1
        if i < 0 or at >= self.ends[i]:
            return self.starts[i + 1] if i + 1 < len(self.starts) else None
        while i + 1 < len(self.starts) and self.starts[i + 1] == self.ends[i]:
            i += 1  # another rate follows at once: counting goes on
        return self.ends[i] if i + 1 < len(self.starts) else None
