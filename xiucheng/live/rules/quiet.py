"""Quiet hours: when nothing pops up and no SMS goes out. Pure."""

from datetime import datetime, timedelta


def is_quiet(at: datetime, start: int, end: int) -> bool:
    """at: local time. start, end: hours 0 to 23; the end no longer counts; equal hours: never quiet.

    >>> [is_quiet(datetime(2026, 11, 24, hour), 22, 7) for hour in (21, 22, 3, 7)]
    [False, True, True, False]
    >>> is_quiet(datetime(2026, 11, 24, 12), 12, 14), is_quiet(datetime(2026, 11, 24, 12), 5, 5)
    (True, False)
    """
    if start <= end:
        return start <= at.hour < end
    return at.hour >= start or at.hour < end


def after_quiet(at: datetime, start: int, end: int) -> datetime:
    """The moment itself, or the end of the quiet hours it falls in.

    >>> [str(after_quiet(datetime(2026, 11, 24, hour, 30), 22, 7)) for hour in (23, 9)]
    ['2026-11-25 07:00:00', '2026-11-24 09:30:00']
    """
    if not is_quiet(at, start, end):
        return at
    over = at.replace(hour=end, minute=0, second=0, microsecond=0)
    return over if over > at else over + timedelta(days=1)
