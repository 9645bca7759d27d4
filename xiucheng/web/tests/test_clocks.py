"""How limits are said: a table of moments, in the units of the limits."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiucheng.kernel.worktime import Calendar, Limit, add
from xiucheng.web import clocks

CHINA = ZoneInfo("Asia/Shanghai")
# Monday to Friday, 08:00–12:00 and 14:00–18:00; 2026-11-24 is a Tuesday.
CALENDAR = Calendar(announced=(2026,))


@dataclass
class Clock:
    unit: str
    amount: str
    started_at: datetime
    due_at: datetime
    kind: str = "handle"
    season: str = ""
    paused_at: datetime | None = None
    stopped_at: datetime | None = None
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    overdue: bool = False


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=CHINA)


def clock(amount: str, unit: str, start: str, **more: object) -> Clock:
    due = add(at(start), Limit.of(amount, unit), CALENDAR).at
    return Clock(unit, amount, at(start), due, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "unit", "start", "now", "words", "state"),
    [
        ("4", "工作时", "24 08:00", "24 09:55", "剩 2 工时 05 分", "ok"),
        ("4", "工作时", "24 08:00", "24 11:42", "剩 18 分", "soon"),
        # the lunch break does not count
        ("6", "工作时", "24 08:00", "24 13:00", "剩 2 工时 00 分", "ok"),
        # due at noon: the afternoon counts from 14:00
        ("4", "工作时", "24 08:00", "24 15:20", "超时 1 工时 20 分", "late"),
        # overdue, but nothing has been counted since: the evening is no working time
        ("8", "工作时", "24 08:00", "24 20:00", "刚超时", "late"),
        # 24 × 7
        ("4", "紧急工作时", "24 20:00", "24 21:55", "剩 2 小时 05 分", "ok"),
        # two working days from Tuesday morning; Wednesday noon half a day is left
        ("2", "工作日", "24 08:00", "25 12:00", "剩 4 工时 00 分", "ok"),
        ("2", "工作日", "24 08:00", "24 09:00", "剩 1 工作日 7 工时", "ok"),
        # over a weekend (28, 29): Friday evening to Monday
        ("1", "工作日", "27 18:00", "28 10:00", "剩 1 工作日", "ok"),
        ("3", "自然日", "24 08:00", "26 07:00", "剩 1 天 1 小时", "ok"),
        # the due moment itself is still in time
        ("4", "紧急工作时", "24 08:00", "24 12:00", "剩 0 分", "soon"),
    ],
)
def test_a_running_limit(amount: str, unit: str, start: str, now: str, words: str, state: str) -> None:
    face = clocks.face(clock(amount, unit, start), at(now), CALENDAR)
    assert (face.words, face.state) == (words, state)


def test_a_suspended_limit_says_until_when() -> None:
    paused = clock("4", "工作时", "24 08:00", paused_at=at("24 10:00"))
    until = datetime(2026, 12, 20, 23, 59, tzinfo=CHINA)
    face = clocks.face(paused, at("30 10:00"), CALENDAR, until=until)
    assert (face.words, face.state, face.share) == ("挂账至 12-20", "wait", 50)


def test_a_stopped_limit_says_what_it_took() -> None:
    stopped = clock("8", "工作时", "24 08:00", stopped_at=at("24 15:16"))
    assert clocks.face(stopped, at("25 10:00"), CALENDAR).words == "用时 5 工时 16 分 / 8 工作时"


def test_a_limit_stopped_late_stays_late() -> None:
    stopped = clock("1", "紧急工作时", "24 08:00", stopped_at=at("24 09:01"))
    assert clocks.face(stopped, at("25 10:00"), CALENDAR).state == "late"


def test_the_page_knows_when_counting_stops() -> None:
    face = clocks.face(clock("6", "工作时", "24 08:00"), at("24 11:00"), CALENDAR)
    assert (face.runs, face.turns_at) == (True, at("24 12:00"))
    face = clocks.face(clock("6", "工作时", "24 08:00"), at("24 12:30"), CALENDAR)
    assert (face.runs, face.turns_at) == (False, at("24 14:00"))


def test_the_title_tells_due_moment_pauses_and_rule() -> None:
    extended = clock("4", "工作时", "24 08:00", pauses=((at("24 08:30"), at("24 09:00")),))
    title = clocks.face(extended, at("24 10:00"), CALENDAR, name="处置时限").title
    assert title == "处置时限 4 工作时 · 到期 2026-11-24 12:00 · 暂停过 1 次 · 只计工作时间"


@given(st.integers(0, 6 * 24 * 60), st.sampled_from(["工作时", "紧急工作时", "工作日", "自然日"]))
def test_the_thread_only_grows_until_the_limit_is_over(minutes: int, unit: str) -> None:
    limit = clock("3", unit, "24 08:00")
    early = clocks.face(limit, at("24 08:00") + timedelta(minutes=minutes), CALENDAR)
    later = clocks.face(limit, at("24 08:00") + timedelta(minutes=minutes + 7), CALENDAR)
    assert 0 <= early.share <= later.share <= 100
    assert (later.state == "late") == (at("24 08:00") + timedelta(minutes=minutes + 7) > limit.due_at)


def test_days_are_as_long_as_the_windows() -> None:
    assert clocks.day_seconds(clocks.Unit.WORK_DAY, CALENDAR, at("24 08:00")) == 8 * clocks.HOUR
    assert CALENDAR.windows(date(2026, 11, 24))
