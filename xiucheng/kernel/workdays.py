"""Reading a file of working days. Pure; `calendar` stores what is read, and this module's shipped file
is its ground layer."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

from xiucheng.kernel.almanac import Calendar, Fallback

SHIPPED = Path(__file__).parent / "data" / "workdays_2019_2026.csv"
SHIPPED_SOURCE = "chinesecalendar 1.11.0 (MIT)"

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})", re.ASCII)
_YES = frozenset({"1", "true", "yes", "y", "是", "班", "上班", "工作日"})
_NO = frozenset({"0", "false", "no", "n", "否", "休", "放假", "休息", "休息日"})
_COLUMNS = {
    "date": "date",
    "日期": "date",
    "is_workday": "is_workday",
    "是否工作日": "is_workday",
    "工作日": "is_workday",
    "holiday_zh": "name",
    "name": "name",
    "名称": "name",
    "节假日": "name",
}


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day as an administrator or the State Council's notice gives it."""

    date: date
    is_workday: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in one cell: the row as a spreadsheet counts it (the header is 1), the column's
    name, a word why.

    why: no_column, bad_date, bad_flag, twice, too_long, no_rows, not_csv.
    """

    row: int
    column: str
    value: str
    why: str


def read_days(text: str) -> tuple[list[DayRow], list[RowError]]:
    """The days of a CSV text with the columns date, is_workday and, if wanted, name; and every error in it.

    Columns may stand in any order and bear Chinese names (日期, 是否工作日, 名称); others are ignored.
    """
    try:
        table = list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True))
    except csv.Error as error:
        return [], [RowError(1, "", str(error), "not_csv")]
    if not table:
        return [], [RowError(1, "", "", "no_rows")]
    header = [_COLUMNS.get(name.strip().lower()) for name in table[0]]
    places = {name: i for i, name in enumerate(header) if name}
    missing = [RowError(1, name, "", "no_column") for name in ("date", "is_workday") if name not in places]
    if missing:
        return [], missing
    return _rows(table, places)


def _rows(table: list[list[str]], places: Mapping[str, int]) -> tuple[list[DayRow], list[RowError]]:
    days: list[DayRow] = []
    errors: list[RowError] = []
    seen: set[date] = set()
    for number, cells in enumerate(table[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        cell = {name: cells[i].strip() if i < len(cells) else "" for name, i in places.items()}
        day, flag, name = _date(cell["date"]), _flag(cell["is_workday"]), cell.get("name", "")
        wrong = {"date": "bad_date"} if day is None else {"date": "twice"} if day in seen else {}
        wrong |= {"is_workday": "bad_flag"} if flag is None else {}
        wrong |= {"name": "too_long"} if len(name) > 50 else {}
        errors += [RowError(number, column, cell[column][:50], why) for column, why in wrong.items()]
        if day is not None:
            seen.add(day)
            days.append(DayRow(day, bool(flag), name))
    if not days and not errors:
        errors.append(RowError(1, "", "", "no_rows"))
    return days, errors


@cache
def shipped_days() -> Mapping[date, DayRow]:
    """The days that come with the program, 2019–2026."""
    days, errors = read_days(SHIPPED.read_text("utf-8"))
    if errors:
        raise ValueError(f"{SHIPPED.name}: {errors[0]}")
    return MappingProxyType({day.date: day for day in days})


@cache
def shipped_calendar(fallback: Fallback = Fallback.WEEKENDS) -> Calendar:
    """The shipped days with the national windows: for tests, benches and simulations without a database."""
    days = shipped_days()
    return Calendar(
        days={day.date: day.is_workday for day in days.values()},
        announced={day.year for day in days},
        fallback=fallback,
    )


def _date(text: str) -> date | None:
    found = _DATE.fullmatch(text)
    try:
        return date(*(int(number) for number in found.groups() if number)) if found else None
    except ValueError:
        return None


def _flag(text: str) -> bool | None:
    word = text.lower()
    return True if word in _YES else False if word in _NO else None
