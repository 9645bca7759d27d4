"""Reading the State Council's notice as an administrator types it: one line a day or a range. Pure."""

import re
from datetime import date, timedelta

from xiucheng.kernel.workdays import DayRow

_LINE = re.compile(
    r"(?P<first>[\d年月日./-]+?)(?:\s*(?:\.\.|至|到|~|～|—)\s*(?P<last>[\d年月日./-]+))?"
    r"[\s,，]+(?P<word>休|放假|班|上班)(?:[\s,，]+(?P<name>.*))?",
    re.ASCII,
)
_DATE = re.compile(r"(?:(\d{4})[-./年])?(\d{1,2})[-./月](\d{1,2})日?", re.ASCII)
MOST_DAYS = 31


class NoticeError(ValueError):
    """A line that says no day: args are the number of the line, its text and a word why (line, date, order)."""


def read_notice(text: str, year: int) -> list[DayRow]:
    """The days of lines as «10-01..10-07 休 国庆节» or «2027-10-09 班»; a date without a year is of `year`.

    Raises: NoticeError for the first line that cannot be read.

    >>> [day.date.isoformat() for day in read_notice("10-01..10-03 休 国庆节", 2027)]
    ['2027-10-01', '2027-10-02', '2027-10-03']
    """
    days: list[DayRow] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None:
            raise NoticeError(number, line.strip(), "line")
        first = _date(found["first"], year, number, line)
        last = _date(found["last"], year, number, line) if found["last"] else first
        if not 0 <= (last - first).days < MOST_DAYS:
            raise NoticeError(number, line.strip(), "order")
        work, name = found["word"] in ("班", "上班"), (found["name"] or "").strip()
        days += [DayRow(first + timedelta(n), work, name) for n in range((last - first).days + 1)]
    return days


def _date(text: str, year: int, number: int, line: str) -> date:
    found = _DATE.fullmatch(text)
    try:
        if found:
            return date(int(found[1] or year), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise NoticeError(number, line.strip(), "date")
