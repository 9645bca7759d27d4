"""Tables of worked examples, one line a case, weekday in the comment. Times are local (Asia/Shanghai)."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from xiucheng.kernel.timeline import OutOfRange
from xiucheng.kernel.windows import MonthDays, Regime, WindowSeason, parse_season, parse_windows
from xiucheng.kernel.workdays import shipped_calendar
from xiucheng.kernel.worktime import (
    CHINA,
    Calendar,
    Fallback,
    Limit,
    NotAnnounced,
    Unit,
    add,
    between,
    counts_from,
    is_running,
    next_boundary,
)

CITY = shipped_calendar()
PLANTING = parse_season("03-01..05-31 10-15..11-30")
# Summer 08:00–12:00, 15:00–18:30 (7.5 h), winter 08:30–12:00, 14:00–17:30 (7 h): a day is a day in both.
TWO_SEASONS = Calendar(
    announced={2026},
    regimes=[
        Regime(
            date(2020, 1, 1),
            (
                WindowSeason(
                    MonthDays(601, 930),
                    parse_windows("08:00-12:00 15:00-18:30"),
                    parse_windows("07:00-23:00"),
                ),
                WindowSeason(
                    MonthDays(1001, 531),
                    parse_windows("08:30-12:00 14:00-17:30"),
                    parse_windows("08:00-20:00"),
                ),
            ),
        )
    ],
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        # 工作时: 08:00–12:00, 14:00–18:00; due the moment it is used up, not at the next window
        ("2026-11-24 08:00", "4 工作时", "2026-11-24 12:00"),  # Tuesday
        ("2026-11-24 08:00", "8 工作时", "2026-11-24 18:00"),
        ("2026-11-24 11:00", "2 工作时", "2026-11-24 15:00"),  # over lunch
        ("2026-11-24 12:00", "1 工作时", "2026-11-24 15:00"),  # starts when lunch does
        ("2026-11-24 13:15:30", "1/2 工作时", "2026-11-24 14:30"),
        ("2026-11-24 17:59", "1 工作时", "2026-11-25 08:59"),
        ("2026-11-24 17:59:59.999999", "1 工作时", "2026-11-25 08:59:59.999999"),
        ("2026-11-24 18:00", "1 工作时", "2026-11-25 09:00"),  # the window is half open
        ("2026-11-25 00:00", "1 工作时", "2026-11-25 09:00"),  # midnight
        ("2026-11-27 17:00", "4 工作时", "2026-11-30 11:00"),  # Friday → Monday
        ("2026-11-28 10:00", "4 工作时", "2026-11-30 12:00"),  # Saturday
        ("2026-09-30 16:00", "4 工作时", "2026-10-08 10:00"),  # eve of 国庆, 10-01 … 10-07 off
        ("2026-10-03 10:00", "4 工作时", "2026-10-08 12:00"),  # inside 国庆
        ("2026-09-18 17:00", "4 工作时", "2026-09-20 11:00"),  # Friday → 调休 Sunday
        ("2026-10-09 17:00", "4 工作时", "2026-10-10 11:00"),  # Friday → 调休 Saturday
        ("2026-09-20 09:00", "2 工作时", "2026-09-20 11:00"),  # 调休 Sunday itself
        ("2026-11-24 09:00", "0 工作时", "2026-11-24 09:00"),
        # 工作日: one full set of windows
        ("2026-11-24 08:00", "1 工作日", "2026-11-24 18:00"),
        ("2026-11-24 09:00", "1 工作日", "2026-11-25 09:00"),
        ("2026-11-24 09:00", "1/2 工作日", "2026-11-24 15:00"),
        ("2026-11-24 12:00", "1 工作日", "2026-11-25 12:00"),
        ("2026-11-24 17:59", "1 工作日", "2026-11-25 17:59"),
        ("2026-11-24 18:00", "1 工作日", "2026-11-25 18:00"),
        ("2026-11-24 22:00", "2 工作日", "2026-11-26 18:00"),
        ("2026-11-27 10:00", "1 工作日", "2026-11-30 10:00"),  # Friday
        ("2026-09-29 10:00", "3 工作日", "2026-10-09 10:00"),  # 09-30, 国庆, 10-08, 10-09
        ("2026-09-18 10:00", "1 工作日", "2026-09-20 10:00"),  # 调休 Sunday counts
        ("2026-02-13 10:00", "3 工作日", "2026-02-25 10:00"),  # 02-14 调休, 春节 02-15 … 02-23, 02-24, 02-25
        # 紧急: day and night, over every holiday
        ("2026-09-30 23:00", "2 紧急工作时", "2026-10-01 01:00"),
        ("2026-10-01 12:00", "24 紧急工作时", "2026-10-02 12:00"),
        ("2026-11-27 17:59", "1 紧急工作日", "2026-11-28 17:59"),
        ("2026-12-31 23:50", "1/6 紧急工作时", "2027-01-01 00:00"),
        ("2026-02-16 08:00", "3 自然日", "2026-02-19 08:00"),
        # 值班分钟: 08:00–20:00 of all days
        ("2026-11-28 08:00", "10 值班分钟", "2026-11-28 08:10"),  # Saturday
        ("2026-10-01 19:55", "10 值班分钟", "2026-10-02 08:05"),  # holiday
        ("2026-11-24 22:00", "15 值班分钟", "2026-11-25 08:15"),
    ],
)
def test_when_a_limit_is_due(start, limit, due):
    result = add(at(start), Limit.parse(limit), CITY)
    assert result.at.astimezone(CHINA) == at(due)
    assert result.at.tzinfo is UTC
    assert between(at(start), result.at, Limit.parse(limit).unit, CITY) == Limit.parse(limit).amount


@pytest.mark.parametrize(
    ("start", "limit", "due", "provisional"),
    [
        ("2026-12-31 14:00", "4 工作时", "2026-12-31 18:00", False),  # over before the year is
        ("2026-12-31 14:01", "4 工作时", "2027-01-01 08:01", True),  # by weekdays, New Year is not known
        ("2026-12-31 19:00", "1 工作日", "2027-01-01 18:00", True),
        ("2026-12-31 19:00", "0 工作日", "2026-12-31 19:00", False),
        ("2027-02-08 09:00", "1 工作时", "2027-02-08 10:00", True),
        ("2018-12-28 09:00", "1 工作时", "2018-12-28 10:00", True),  # before the data begin
        ("2026-12-31 19:00", "24 紧急工作时", "2027-01-01 19:00", False),  # asks no calendar
        ("2027-01-01 19:59", "2 值班分钟", "2027-01-02 08:01", False),
        ("2026-12-31 19:00", "3 自然日", "2027-01-03 19:00", False),
    ],
)
def test_a_year_not_announced_makes_a_due_provisional(start, limit, due, provisional):
    result = add(at(start), Limit.parse(limit), CITY)
    assert (result.at, result.provisional) == (at(due), provisional)


def test_adding_again_after_the_year_is_announced_gives_the_final_due():
    start, limit = at("2026-12-31 15:00"), Limit.parse("2 工作日")
    before = add(start, limit, CITY)
    assert (before.at, before.provisional) == (at("2027-01-04 15:00"), True)  # Friday, weekend, Monday
    known = Calendar(
        days={date(2027, 1, 1): False, date(2027, 1, 2): False, date(2027, 1, 3): True},
        announced={2026, 2027},
    )
    after = add(start, limit, known)
    assert (after.at, after.provisional) == (at("2027-01-04 15:00"), False)
    assert add(start, Limit.parse("1 工作日"), known).at == at("2027-01-03 15:00")  # a make-up Sunday


@pytest.mark.parametrize(
    ("start", "limit", "refused"),
    [
        ("2026-12-31 14:00", "4 工作时", False),
        ("2026-12-31 14:01", "4 工作时", True),
        ("2027-03-01 09:00", "1 工作日", True),
        ("2027-03-01 09:00", "1 紧急工作日", False),
        ("2027-03-01 09:00", "1 自然日", False),
        ("2027-03-01 09:00", "1 值班分钟", False),
    ],
)
def test_the_other_fallback_refuses_a_year_not_announced(start, limit, refused):
    strict = shipped_calendar(Fallback.REFUSE)
    if not refused:
        assert not add(at(start), Limit.parse(limit), strict).provisional
        return
    with pytest.raises(NotAnnounced) as caught:
        add(at(start), Limit.parse(limit), strict)
    assert (caught.value.year, caught.value.status) == (2027, 409)
    with pytest.raises(NotAnnounced):
        between(at(start), at("2027-06-01 00:00"), Limit.parse(limit).unit, strict)
    with pytest.raises(NotAnnounced):
        strict.is_workday(date(2027, 3, 1))


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        ("2026-09-29 08:00", "1 工作日", "2026-09-29 18:30"),  # summer, Tuesday
        ("2026-10-08 08:30", "1 工作日", "2026-10-08 17:30"),  # winter, Thursday
        ("2026-09-30 10:00", "1 工作日", "2026-10-01 10:22"),  # 5.5/7.5 left; 2/7.5 of 7 h = 1 h 52 min
        ("2026-09-30 15:00", "1 工作日", "2026-10-01 14:14"),  # 3.5/7.5 left, 4/7.5 of 7 h = 3 h 44 min
        ("2026-09-30 15:00", "5 工作时", "2026-10-01 10:00"),  # hours stay hours
        ("2026-09-30 22:50", "20 值班分钟", "2026-10-01 08:10"),  # the duty windows have seasons too
    ],
)
def test_windows_of_the_season_count(start, limit, due):
    assert add(at(start), Limit.parse(limit), TWO_SEASONS).at == at(due)
    assert between(at(start), at(due), Limit.parse(limit).unit, TWO_SEASONS) == Limit.parse(limit).amount


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        ("2026-04-01 08:00", "15 工作日", "2026-04-22 18:00"),  # 清明 04-04 … 04-06
        ("2026-05-29 08:00", "3 工作日", "2026-10-16 18:00"),  # Friday; then Thursday and Friday of autumn
        ("2026-07-01 08:00", "4 工作时", "2026-10-15 12:00"),
        ("2026-05-31 12:00", "1 自然日", "2026-10-15 12:00"),
        ("2026-12-01 00:00", "1 紧急工作时", "2027-03-01 01:00"),
    ],
)
def test_a_planting_season_lets_the_clock_run_only_inside(start, limit, due):
    wanted = Limit.parse(limit)
    assert add(at(start), wanted, CITY, season=PLANTING).at == at(due)
    assert between(at(start), at(due), wanted.unit, CITY, season=PLANTING) == wanted.amount


@pytest.mark.parametrize(
    ("limit", "pauses", "due"),
    [  # all from Tuesday 2026-11-24 09:00
        ("4 工作时", [("10:00", "11:00")], "16:00"),
        ("4 工作时", [("10:00", "11:00"), ("10:30", "11:30")], "16:30"),  # overlap counts once
        ("4 工作时", [("14:30", "15:00"), ("10:00", "11:00")], "16:30"),  # any order
        ("4 工作时", [("12:00", "14:00")], "15:00"),  # lunch costs nothing
        ("4 工作时", [("08:00", "10:00")], "16:00"),  # begun before the start
        ("3 工作时", [("12:00", "18:00")], "12:00"),  # over when the pause begins
        ("1 紧急工作时", [("09:30", "10:30")], "11:00"),
        ("1 紧急工作时", [("10:00", "20:00")], "10:00"),
        ("2 工作时", [("09:00", "09:00")], "11:00"),  # empty
        ("0 工作时", [("08:00", "10:00")], "09:00"),
    ],
)
def test_pauses_do_not_count(limit, pauses, due):
    def clock(text):
        return at(f"2026-11-24 {text}")

    cuts, wanted = [(clock(a), clock(b)) for a, b in pauses], Limit.parse(limit)
    result = add(clock("09:00"), wanted, CITY, pauses=cuts)
    assert result.at == clock(due)
    assert between(clock("09:00"), result.at, wanted.unit, CITY, pauses=cuts) == wanted.amount


def test_a_suspension_over_new_year_consults_only_the_days_that_count():
    cut = [(at("2026-12-30 18:00"), at("2027-03-01 08:00"))]
    inside = add(at("2026-12-30 08:00"), Limit.parse("8 工作时"), CITY, pauses=cut)
    assert (inside.at, inside.provisional) == (at("2026-12-30 18:00"), False)
    after = add(at("2026-12-30 08:00"), Limit.parse("9 工作时"), CITY, pauses=cut)
    assert (after.at, after.provisional) == (at("2027-03-01 09:00"), True)


@pytest.mark.parametrize(
    ("moment", "unit", "boundary", "running", "first"),
    [
        ("2026-11-24 09:00", Unit.WORK_HOUR, "2026-11-24 12:00", True, "2026-11-24 09:00"),
        ("2026-11-24 12:00", Unit.WORK_HOUR, "2026-11-24 14:00", False, "2026-11-24 14:00"),
        ("2026-11-24 14:00", Unit.WORK_DAY, "2026-11-24 18:00", True, "2026-11-24 14:00"),
        ("2026-09-30 18:00", Unit.WORK_DAY, "2026-10-08 08:00", False, "2026-10-08 08:00"),
        ("2026-11-28 20:00", Unit.DUTY_MINUTE, "2026-11-29 08:00", False, "2026-11-29 08:00"),
        ("2026-11-24 09:00", Unit.URGENT_HOUR, None, True, "2026-11-24 09:00"),
        ("2045-12-29 18:00", Unit.WORK_HOUR, "2046-01-01 08:00", False, "2046-01-01 08:00"),  # Friday
    ],
)
def test_the_next_boundary(moment, unit, boundary, running, first):
    assert next_boundary(at(moment), unit, CITY) == (boundary and at(boundary))
    assert is_running(at(moment), unit, CITY) is running
    assert counts_from(at(moment), unit, CITY) == at(first)


def test_windows_that_meet_are_no_boundary():
    whole = parse_windows("00:00-24:00")
    day_and_night = Calendar(regimes=[Regime(date.min, (WindowSeason(MonthDays(101, 1231), whole, whole),))])
    assert next_boundary(at("2026-11-24 09:00"), Unit.DUTY_MINUTE, day_and_night) is None
    assert next_boundary(at("2026-11-24 09:00"), Unit.WORK_HOUR, day_and_night) == at("2026-11-28 00:00")


def test_new_windows_count_from_their_day():
    early = Regime(date(2020, 1, 1), (WindowSeason(MonthDays(101, 1231), ((28800, 43200),), ((0, 86400),)),))
    late = Regime(date(2026, 11, 25), (WindowSeason(MonthDays(101, 1231), ((32400, 61200),), ((0, 3600),)),))
    city = Calendar(announced={2026}, regimes=[late, early])
    assert add(at("2026-11-24 11:00"), Limit.parse("2 工作时"), city).at == at("2026-11-25 10:00")
    assert city.windows(date(2026, 11, 24)) == ((28800, 43200),)
    assert city.windows(date(2026, 11, 25)) == ((32400, 61200),)
    assert city.windows(date(2026, 11, 28)) == ()  # Saturday
    assert city.duty_windows(date(2026, 11, 28)) == ((0, 3600),)
    assert city.windows(date(2010, 1, 4)) == ((28800, 43200),)  # before all: the first


@pytest.mark.parametrize(
    "call", [lambda t: add(t, Limit.parse("1 工作时"), CITY), lambda t: between(t, t, Unit.WORK_HOUR, CITY)]
)
def test_a_naive_moment_is_refused(call):
    with pytest.raises(ValueError, match="time zone"):
        call(datetime(2026, 11, 24, 9))  # noqa: DTZ001


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError):
        between(at("2026-11-24 10:00"), at("2026-11-24 09:00"), Unit.WORK_HOUR, CITY)
    with pytest.raises(ValueError):
        add(
            at("2026-11-24 10:00"),
            Limit.parse("1 工作时"),
            CITY,
            pauses=[(at("2026-11-24"), at("2026-11-23"))],
        )
    for start, limit in [
        ("2026-01-01", "60000 工作日"),
        ("1980-01-01", "1 工作时"),
        ("2026-01-01", "99999999 自然日"),
    ]:
        with pytest.raises(OutOfRange):
            add(at(start), Limit.parse(limit), CITY)


@pytest.mark.parametrize(
    ("amount", "error"),
    [(1.5, TypeError), ("-1", ValueError), ("1/0", ValueError), ("四", ValueError), ("nan", ValueError)],
)
def test_an_amount_is_exact_and_not_negative(amount, error):
    with pytest.raises(error):
        Limit.of(amount, "工作时")


def test_a_limit_is_text_and_back():
    assert str(Limit.of("3.5", "工作时")) == "7/2 工作时"
    assert Limit.parse("7/2 工作时") == Limit(Fraction(7, 2), Unit.WORK_HOUR)
    assert Limit.parse("1 工作日").times(Fraction(1, 2)) == Limit.of("0.5", "工作日")
    with pytest.raises(ValueError):
        Limit.parse("1 小时")
