"""The calendar of a place from the tables, and every way an administrator changes it.

The shipped days (2019–2026) are the ground layer; rows go before them. Whoever calls an action has
checked the right. A change says whether running clocks may now be wrong: then their dues are computed
anew by `worktime.add`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel import audit, settings, stamps, windows
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import CalendarDay, CalendarYear, WorkingWindows
from xiucheng.kernel.tunables import FALLBACK
from xiucheng.kernel.windows import NATIONAL, MonthDays, Regime, WindowError, WindowSeason
from xiucheng.kernel.workdays import DayRow, RowError, read_days, shipped_days
from xiucheng.kernel.worktime import Calendar

SHOWN_ERRORS = 20


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """What an action changed: days whose work changed, years announced by it.

    recompute: whether dues of running clocks have to be computed anew.
    """

    days: int
    years: tuple[int, ...]
    recompute: bool


@dataclass(frozen=True, slots=True)
class SeasonInput:
    """One season as an administrator types it: month × 100 + day, and windows as «08:00-12:00
    14:00-18:00»."""

    first: int
    last: int
    work: str
    duty: str
    name: str = ""


class BadRows(Refused):
    """A file of days that was not taken; `rows` holds every error, the sentence the first twenty."""

    def __init__(self, rows: list[RowError]) -> None:
        self.rows = rows
        lines = [_row_sentence(row) for row in rows[:SHOWN_ERRORS]]
        if len(rows) > SHOWN_ERRORS:
            lines.append(_("另有 %(count)s 处错误。") % {"count": len(rows) - SHOWN_ERRORS})
        head = _("文件没有导入，请改正后重新上传：")
        super().__init__("\n".join([head, *lines]), field="file", code="bad_rows")


# reading


@dataclass(frozen=True, slots=True)
class _Tables:
    days: dict[date, bool]
    announced: frozenset[int]
    regimes: dict[str, list[Regime]]
    calendars: dict[tuple[str, str], Calendar]


_cache: tuple[str, _Tables] | None = None


def load_calendar(division_code: str = "") -> Calendar:
    """The calendar in force for a place; "" for the whole city.

    Cached per process. A change made by this process counts at once, one made elsewhere about a second later.
    """
    global _cache
    stamp = stamps.current("calendar")
    if _cache is None or _cache[0] != stamp:
        _cache = (stamp, _read())
    tables = _cache[1]
    owner = next((code for code in settings.prefixes(division_code) if code in tables.regimes), "")
    fallback = settings.get(FALLBACK.key, division_code)
    calendar = tables.calendars.get((owner, fallback))
    if calendar is None:
        calendar = tables.calendars[owner, fallback] = Calendar(
            days=tables.days,
            announced=tables.announced,
            regimes=_regimes(owner, tables.regimes),
            fallback=fallback,
        )
    return calendar


def _read() -> _Tables:
    shipped = shipped_days()
    days = {day.date: day.is_workday for day in shipped.values()}
    days |= dict(CalendarDay.objects.values_list("date", "is_workday"))
    announced = {day.year for day in shipped} | set(CalendarYear.objects.values_list("year", flat=True))
    regimes: dict[str, dict[date, list[WindowSeason]]] = {}
    for row in WorkingWindows.objects.all():
        season = WindowSeason(
            MonthDays(row.season_first, row.season_last),
            windows.parse_windows(row.work),
            windows.parse_windows(row.duty),
            row.season_name,
        )
        regimes.setdefault(row.division_code, {}).setdefault(row.valid_from, []).append(season)
    by_code = {
        code: [Regime(since, tuple(seasons)) for since, seasons in sorted(rows.items())]
        for code, rows in regimes.items()
    }
    return _Tables(days, frozenset(announced), by_code, {})


def _regimes(code: str, regimes: dict[str, list[Regime]]) -> list[Regime]:
    """A place's own windows, and before the first of them those of the places above, at last the
    national ones."""
    found: list[Regime] = []
    for above in settings.prefixes(code):
        since = found[0].valid_from if found else date.max
        found = [regime for regime in regimes.get(above, ()) if regime.valid_from < since] + found
    return found if found and found[0].valid_from == date.min else [NATIONAL, *found]


# writing


def import_days(*, content: bytes, source: str, by: str, person: int | None = None) -> CalendarChange:
    """Take a CSV of days (date, is_workday, name), all of it or nothing. A year whose every day is in
    it is announced.

    content: UTF-8 or GB 18030. source: the notice or file it comes from. by, person: as `audit.record`.
    Raises: BadRows, with the row and column of every error.
    """
    days, errors = read_days(_decode(content))
    if errors:
        raise BadRows(errors)
    counts: dict[int, int] = {}
    for day in days:
        counts[day.date.year] = counts.get(day.date.year, 0) + 1
    whole = [year for year, count in counts.items() if count == (366 if _leap(year) else 365)]
    return _store(days, years=whole, source=source, by=by, person=person, subject="calendar import")


def announce_year(
    *, year: int, days: Iterable[DayRow], source: str, by: str, person: int | None = None
) -> CalendarChange:
    """Record the State Council's notice for a year: its holidays and make-up days; all other days go by
    the week.

    days: only those the notice names, or any more. source: the number of the notice.
    Raises: Refused (no days, a day of another year, a day twice, no source).
    """
    rows = list(days)
    if not rows:
        raise Refused(_("请录入放假通知中的放假日和调休上班日，至少一天。"), field="days")
    if not source.strip():
        raise Refused(_("请填写放假通知的文号或来源。"), field="source")
    wrong = next((row.date for row in rows if row.date.year != year), None)
    if wrong:
        raise Refused(
            _("%(day)s 不在 %(year)s 年内，请改正日期。") % {"day": wrong, "year": year}, field="days"
        )
    if len({row.date for row in rows}) < len(rows):
        raise Refused(_("同一天录入了两次，请只保留一次。"), field="days")
    subject = f"calendar year {year}"
    return _store(rows, years=[year], source=source, by=by, person=person, subject=subject)


def edit_day(
    *,
    day: date,
    is_workday: bool,
    name: str = "",
    source: str = "",
    by: str,
    person: int | None = None,
    note: str = "",
) -> CalendarChange:
    """Set one day, in a year announced or not. Raises: Refused (a name of more than 50 characters)."""
    if len(name) > 50:
        raise Refused(_("名称最多 50 个字，请缩短。"), field="name")
    row, subject = DayRow(day, is_workday, name), f"calendar day {day}"
    return _store([row], years=[], source=source or by, by=by, person=person, subject=subject, note=note)


def set_windows(
    *,
    division_code: str,
    valid_from: date,
    seasons: Iterable[SeasonInput],
    source: str,
    by: str,
    person: int | None = None,
) -> CalendarChange:
    """Give a place new windows from a day on; the same place and day again replaces them.

    Raises: Refused, if the code is none, a window cannot be read, or the seasons do not cover each day
    of the year exactly once.
    """
    inputs = list(seasons)
    settings.check_division(division_code)
    try:
        Regime(valid_from, tuple(_season(item) for item in inputs))
    except WindowError as error:
        raise Refused(_window_sentence(error), field="windows") from None
    at = timezone.now()
    with transaction.atomic():
        rows = WorkingWindows.objects.filter(division_code=division_code, valid_from=valid_from)
        before = list(rows.values("season_name", "season_first", "season_last", "work", "duty"))
        rows.delete()
        after = [_windows_row(division_code, valid_from, item, source) for item in inputs]
        WorkingWindows.objects.bulk_create(after)
        text = [[row.season_first, row.season_last, row.work, row.duty] for row in after]
        subject = f"windows {division_code or '*'} {valid_from}"
        _record(subject, before or None, {"seasons": text, "source": source}, at=at, by=by, person=person)
    return CalendarChange(0, (), recompute=True)


def _store(
    days: list[DayRow],
    *,
    years: list[int],
    source: str,
    by: str,
    person: int | None,
    subject: str,
    note: str = "",
) -> CalendarChange:
    at = timezone.now()
    with transaction.atomic():
        calendar = _read()
        new = tuple(sorted(set(years) - calendar.announced))
        changed = [
            day for day in days if day.is_workday != calendar.days.get(day.date, day.date.weekday() < 5)
        ]
        before = {str(day.date): not day.is_workday for day in changed}
        CalendarDay.objects.bulk_create(
            [
                CalendarDay(date=day.date, is_workday=day.is_workday, name=day.name, source=source)
                for day in days
            ],
            update_conflicts=True,
            unique_fields=["date"],
            update_fields=["is_workday", "name", "source"],
        )
        for year in years:
            CalendarYear.objects.update_or_create(year=year, defaults={"source": source, "announced_at": at})
        after = {str(day.date): day.is_workday for day in changed}
        record = {"days": after, "years": sorted(years), "source": source, "rows": len(days)}
        _record(subject, before or None, record, at=at, by=by, person=person, note=note)
    return CalendarChange(len(changed), new, recompute=bool(changed or new))


def _record(subject: str, before: Any, after: Any, **by: Any) -> None:
    audit.record(subject=subject, before=before, after=after, kind="calendar", **by)
    stamps.changed()


def _season(item: SeasonInput) -> WindowSeason:
    work, duty = windows.parse_windows(item.work), windows.parse_windows(item.duty)
    return WindowSeason(MonthDays(item.first, item.last), work, duty, item.name)


def _windows_row(division_code: str, valid_from: date, item: SeasonInput, source: str) -> WorkingWindows:
    return WorkingWindows(
        division_code=division_code,
        valid_from=valid_from,
        season_name=item.name,
        season_first=item.first,
        season_last=item.last,
        work=windows.format_windows(windows.parse_windows(item.work)),
        duty=windows.format_windows(windows.parse_windows(item.duty)),
        source=source,
    )


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):  # Excel in China saves the latter
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadRows([RowError(1, "", "", "not_text")])


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


# sentences


def _row_sentence(row: RowError) -> str:
    why = {
        "no_column": _("缺少这一列，请在第一行写上列名"),
        "bad_date": _("不是日期，请写成 2027-01-01"),
        "bad_flag": _("应填 1（上班）或 0（休息）"),
        "twice": _("这一天前面已经出现过，请只保留一行"),
        "too_long": _("名称最多 50 个字"),
        "no_rows": _("没有任何一天，请至少写一行"),
        "not_csv": _("不是 CSV 表格，请另存为 CSV 后再上传"),
        "not_text": _("不是文本，请另存为 UTF-8 编码的 CSV"),
    }[row.why]
    place = _("第 %(row)s 行") % {"row": row.row}
    if row.column:
        place += _("“%(column)s”列") % {"column": row.column}
    value = f"“{row.value}”" if row.value else ""
    return f"{place}：{value}{why}"


def _window_sentence(error: WindowError) -> str:
    word, value = error.args
    sentence = {
        "no_window": _("每个季节都要至少一个时段，例如“08:00-12:00 14:00-18:00”。"),
        "not_a_window": _("“%(value)s”不是时段，请写成“08:00-12:00”。"),
        "not_a_time": _("“%(value)s”中有不存在的时刻，一天最晚到 24:00。"),
        "empty_window": _("“%(value)s”的结束不晚于开始；跨过零点的时段请分成两段。"),
        "overlap": _("“%(value)s”中的时段重叠或次序颠倒，请改正。"),
        "no_such_day": _("“%(value)s”不是月日，请写成月份乘 100 加日，例如 601。"),
        "season_overlap": _("%(value)s 同时属于两个季节，请改正起止日期。"),
        "season_gap": _("%(value)s 不属于任何季节，各季节必须连起来覆盖全年。"),
    }[word]
    return sentence % {"value": value}
