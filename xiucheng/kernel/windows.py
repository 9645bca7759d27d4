"""Times of day and days of the year: working windows, duty windows (值班时段), seasons. Pure.

A window is (first, last) in seconds of the local day, half open; a season is a set of month-day ranges,
both ends included. What is wrong with a text is said in a `WindowError`, for the face that read it.
"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

Windows = tuple[tuple[int, int], ...]

_WINDOW = re.compile(r"(\d{1,2}):(\d{2})[-–—~～](\d{1,2}):(\d{2})", re.ASCII)
_RANGE = re.compile(r"(\d{1,2})-(\d{1,2})(?:\.\.|[~～至])(\d{1,2})-(\d{1,2})", re.ASCII)
_LEAP_YEAR = tuple(date(2024, 1, 1) + timedelta(n) for n in range(366))


class WindowError(ValueError):
    """A text or a set of windows that cannot be a calendar; `args[0]` is a stable English word, the
    rest its values."""


def parse_windows(text: str) -> Windows:
    """Windows of a day from «08:00-12:00 14:00-18:00»; 24:00 ends a day.

    A window over midnight is written as two. Raises: WindowError, if the text is not that, a window is empty,
    or two overlap or stand in the wrong order.

    >>> parse_windows("08:00-12:00 14:00–18:00")
    ((28800, 43200), (50400, 64800))
    """
    windows = tuple(_window(word) for word in re.split(r"[\s,，、;；]+", text.strip()) if word)
    if not windows:
        raise WindowError("no_window", text)
    for (_, end), (start, _) in pairwise(windows):
        if start < end:
            raise WindowError("overlap", text)
    return windows


def format_windows(windows: Windows) -> str:
    """The text that `parse_windows` reads.

    >>> format_windows(((28800, 43200), (50400, 86400)))
    '08:00-12:00 14:00-24:00'
    """
    return " ".join(f"{_clock(start)}-{_clock(end)}" for start, end in windows)


@dataclass(frozen=True, slots=True)
class MonthDays:
    """Days of every year from `first` to `last`, both included, as month × 100 + day.

    first > last runs over the turn of the year. 0229 may stand at either end; other years simply lack it.
    """

    first: int
    last: int

    def __post_init__(self) -> None:
        for value in (self.first, self.last):
            try:
                date(2024, value // 100, value % 100)
            except ValueError:
                raise WindowError("no_such_day", value) from None

    def holds(self, day: date) -> bool:
        """Whether the day lies inside.

        >>> MonthDays(1101, 229).holds(date(2027, 2, 28)), MonthDays(1101, 229).holds(date(2027, 3, 1))
        (True, False)
        """
        at = day.month * 100 + day.day
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last


Season = tuple[MonthDays, ...]


def parse_season(text: str) -> Season:
    """A season from «03-01..05-31 10-15..11-30» (季节限定, e.g. 种植季节); «» is no season. Raises:
    WindowError.

    >>> parse_season("03-01..05-31")
    (MonthDays(first=301, last=531),)
    """
    return tuple(_month_days(word) for word in re.split(r"[\s,，、;；]+", text.strip()) if word)


def format_season(season: Season) -> str:
    """The text that `parse_season` reads."""
    return " ".join(
        f"{days.first // 100:02d}-{days.first % 100:02d}..{days.last // 100:02d}-{days.last % 100:02d}"
        for days in season
    )


@dataclass(frozen=True, slots=True)
class WindowSeason:
    """The windows of one part of the year: `work` on working days, `duty` on all days."""

    days: MonthDays
    work: Windows
    duty: Windows
    name: str = ""


@dataclass(frozen=True, slots=True)
class Regime:
    """The windows of a place from a day on. Raises: WindowError, unless the seasons cover each day
    exactly once."""

    valid_from: date
    seasons: tuple[WindowSeason, ...]
    _by_day: dict[tuple[int, int], WindowSeason] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_day = {}
        for day in _LEAP_YEAR:
            found = [season for season in self.seasons if season.days.holds(day)]
            if len(found) != 1:
                raise WindowError("season_overlap" if found else "season_gap", f"{day:%m-%d}")
            by_day[day.month, day.day] = found[0]
        object.__setattr__(self, "_by_day", by_day)

    def on(self, day: date) -> WindowSeason:
        """The windows in force on a day."""
        return self._by_day[day.month, day.day]


def _window(word: str) -> tuple[int, int]:
    found = _WINDOW.fullmatch(word)
    if found is None:
        raise WindowError("not_a_window", word)
    numbers = [int(number) for number in found.groups()]
    start, end = (hour * 3600 + minute * 60 for hour, minute in (numbers[:2], numbers[2:]))
    if numbers[1] > 59 or numbers[3] > 59 or end > 86400:
        raise WindowError("not_a_time", word)
    if start >= end:
        raise WindowError("empty_window", word)
    return start, end


def _month_days(word: str) -> MonthDays:
    found = _RANGE.fullmatch(word)
    if found is None:
        raise WindowError("not_a_season", word)
    a, b, c, d = (int(number) for number in found.groups())
    return MonthDays(a * 100 + b, c * 100 + d)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


# 08:00–12:00, 14:00–18:00: standards/workflow.md §2 [H]. The duty windows are a guess [L]: no text was
# found, cities differ.
NATIONAL = Regime(
    date.min,
    (
        WindowSeason(
            MonthDays(101, 1231),
            work=parse_windows("08:00-12:00 14:00-18:00"),
            duty=parse_windows("08:00-20:00"),
        ),
    ),
)
