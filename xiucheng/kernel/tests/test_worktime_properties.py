"""What holds for every limit, every calendar, every moment."""

from datetime import date, datetime, timedelta
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from xiucheng.kernel.windows import MonthDays, Regime, WindowSeason, parse_season
from xiucheng.kernel.workdays import shipped_calendar
from xiucheng.kernel.worktime import (
    CHINA,
    Calendar,
    Limit,
    Unit,
    add,
    between,
    counts_from,
    is_running,
    next_boundary,
)

MICROSECOND = timedelta(microseconds=1)


@st.composite
def windows(draw):
    """One to three windows of a day, on whole minutes."""
    edges = draw(st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True))
    edges = sorted(edges)[: len(edges) // 2 * 2]
    return tuple((a * 60, b * 60) for a, b in zip(edges[::2], edges[1::2], strict=True))


@st.composite
def calendars(draw):
    """A city with two seasons, or the shipped one."""
    if draw(st.booleans()):
        return shipped_calendar()
    first = draw(st.sampled_from([101, 501, 601, 1001]))
    last = draw(st.sampled_from([930, 1015, 1231]))
    if first > last:
        first, last = 601, 930
    parts = [WindowSeason(MonthDays(first, last), draw(windows()), draw(windows()))]
    if (first, last) != (101, 1231):
        after, before = _next(last), _previous(first)
        parts.append(WindowSeason(MonthDays(after, before), draw(windows()), draw(windows())))
    days = draw(st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.booleans(), max_size=20))
    return Calendar(days=days, announced={2026}, regimes=[Regime(date(2020, 1, 1), tuple(parts))])


def _next(month_day):
    day = date(2024, month_day // 100, month_day % 100) + timedelta(1)
    return day.month * 100 + day.day


def _previous(month_day):
    day = date(2024, month_day // 100, month_day % 100) - timedelta(1)
    return day.month * 100 + day.day


def moments():
    return st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 30)).map(  # noqa: DTZ001
        lambda naive: naive.replace(tzinfo=CHINA)
    )


whole_minutes = st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 30)).map(  # noqa: DTZ001
    lambda naive: naive.replace(second=0, microsecond=0, tzinfo=CHINA)
)
units = st.sampled_from(list(Unit))
seasons = st.sampled_from([None, parse_season("03-01..05-31 10-15..11-30"), parse_season("11-01..02-29")])
amounts = st.fractions(min_value=0, max_value=60, max_denominator=60)
# «exact» amounts end on whole microseconds whatever the windows: minutes of an hour, in units of one rate.
exact_units = st.sampled_from([unit for unit in Unit if unit is not Unit.WORK_DAY])
exact_amounts = st.integers(0, 3600).map(lambda minutes: Fraction(minutes, 60))


@st.composite
def cuts(draw, around=None):
    around = moments() if around is None else around
    pairs = draw(st.lists(st.tuples(around, st.timedeltas(timedelta(0), timedelta(40))), max_size=4))
    return [(start, start + length) for start, length in pairs]


@given(moments(), exact_amounts, exact_units, calendars(), seasons, cuts())
def test_between_is_the_inverse_of_add(start, amount, unit, calendar, season, pauses):
    due = add(start, Limit(amount, unit), calendar, season=season, pauses=pauses).at
    assert between(start, due, unit, calendar, season=season, pauses=pauses) == amount


@given(whole_minutes, st.integers(0, 480).map(lambda n: Fraction(n, 16)), seasons, cuts(whole_minutes))
def test_between_is_the_inverse_of_add_for_working_days(start, amount, season, pauses):
    due = add(start, Limit(amount, Unit.WORK_DAY), shipped_calendar(), season=season, pauses=pauses).at
    assert between(start, due, Unit.WORK_DAY, shipped_calendar(), season=season, pauses=pauses) == amount


@given(moments(), amounts, units, calendars(), seasons, cuts())
def test_a_due_is_the_earliest_microsecond_that_fulfils_the_limit(
    start, amount, unit, calendar, season, pauses
):
    due = add(start, Limit(amount, unit), calendar, season=season, pauses=pauses).at
    assert due >= start
    assert between(start, due, unit, calendar, season=season, pauses=pauses) >= amount
    if due > start:
        just_before = due - MICROSECOND
        assert between(start, just_before, unit, calendar, season=season, pauses=pauses) < amount


@given(moments(), moments(), amounts, amounts, units, calendars(), seasons)
def test_later_starts_and_longer_limits_are_never_due_earlier(one, two, a, b, unit, calendar, season):
    first, second = sorted((one, two))
    short, long = (Limit(amount, unit) for amount in sorted((a, b)))
    assert add(first, short, calendar, season=season).at <= add(second, short, calendar, season=season).at
    assert add(first, short, calendar, season=season).at <= add(first, long, calendar, season=season).at


@given(st.lists(moments(), min_size=3, max_size=3).map(sorted), units, calendars(), seasons, cuts())
def test_what_is_split_adds_up(three, unit, calendar, season, pauses):
    a, b, c = three

    def counted(start, end):
        return between(start, end, unit, calendar, season=season, pauses=pauses)

    assert counted(a, c) == counted(a, b) + counted(b, c)


@given(moments(), exact_amounts, exact_amounts, exact_units, calendars(), seasons)
def test_two_limits_after_each_other_are_their_sum(start, a, b, unit, calendar, season):
    assume(a + b > 0)
    first = add(start, Limit(a, unit), calendar, season=season).at
    second = add(first, Limit(b, unit), calendar, season=season).at
    assert second == add(start, Limit(a + b, unit), calendar, season=season).at


@given(moments(), moments(), st.tuples(moments(), moments()).map(sorted), units, calendars(), seasons)
def test_a_pause_is_a_cut(one, two, pause, unit, calendar, season):
    start, end = sorted((one, two))
    cut_start, cut_end = (min(max(moment, start), end) for moment in pause)
    left = between(start, cut_start, unit, calendar, season=season)
    right = between(cut_end, end, unit, calendar, season=season)
    assert between(start, end, unit, calendar, season=season, pauses=[tuple(pause)]) == left + right


@given(moments(), exact_amounts, exact_units, calendars(), st.tuples(moments(), moments()).map(sorted))
def test_a_paused_limit_goes_on_with_what_was_left(start, amount, unit, calendar, pause):
    unpaused = add(start, Limit(amount, unit), calendar).at
    due = add(start, Limit(amount, unit), calendar, pauses=[tuple(pause)]).at
    if pause[0] >= unpaused or pause[1] <= start:
        assert due == unpaused
    elif amount:
        used = between(start, pause[0], unit, calendar) if pause[0] > start else 0
        assert due == add(pause[1], Limit(amount - used, unit), calendar).at


@settings(max_examples=30)
@given(whole_minutes, st.integers(0, 5 * 1440), calendars())
def test_hours_and_days_agree_with_counting_minute_by_minute(start, minutes, calendar):
    """Slow, stupid and independent of the prefix sums."""
    worked, duty, days = 0, 0, Fraction(0)
    for n in range(minutes):
        local = start + timedelta(minutes=n)
        second = local.hour * 3600 + local.minute * 60
        work = calendar.windows(local.date())
        if any(first <= second < last for first, last in work):
            worked += 1
            days += Fraction(60, sum(last - first for first, last in work))
        duty += any(first <= second < last for first, last in calendar.duty_windows(local.date()))
    end = start + timedelta(minutes=minutes)
    assert between(start, end, Unit.WORK_HOUR, calendar) * 60 == worked
    assert between(start, end, Unit.WORK_DAY, calendar) == days
    assert between(start, end, Unit.DUTY_MINUTE, calendar) == duty


@given(moments(), units, calendars(), seasons)
def test_between_boundaries_the_clock_runs_all_the_time_or_never(at, unit, calendar, season):
    boundary = next_boundary(at, unit, calendar, season=season)
    running = is_running(at, unit, calendar, season=season)
    if boundary is None:
        assert running and season is None
        return
    assert boundary > at
    assert is_running(boundary, unit, calendar, season=season) is not running
    counted = between(at, boundary, unit, calendar, season=season)
    assert (counted > 0) is running
    if not running:
        assert counts_from(at, unit, calendar, season=season) == boundary
    elif unit is not Unit.WORK_DAY:
        whole = {Unit.WORK_HOUR: 3600, Unit.URGENT_HOUR: 3600, Unit.DUTY_MINUTE: 60}.get(unit, 86400)
        assert counted * whole * 10**6 == (boundary - at) // MICROSECOND
