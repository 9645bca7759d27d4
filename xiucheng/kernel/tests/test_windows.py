from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiucheng.kernel.windows import (
    NATIONAL,
    MonthDays,
    WindowError,
    format_season,
    format_windows,
    parse_season,
    parse_windows,
)


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("08:00-12:00 14:00-18:00", ((28800, 43200), (50400, 64800))),
        (" 8:30–12:00，14:00~17:30 ", ((30600, 43200), (50400, 63000))),
        ("00:00-24:00", ((0, 86400),)),
        ("08:00-12:00;12:00-13:00", ((28800, 43200), (43200, 46800))),  # they may meet
    ],
)
def test_windows_as_people_write_them(text, windows):
    assert parse_windows(text) == windows
    assert parse_windows(format_windows(windows)) == windows


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no_window"),
        ("08:00", "not_a_window"),
        ("08:00-12:60", "not_a_time"),
        ("08:00-24:01", "not_a_time"),
        ("12:00-12:00", "empty_window"),
        ("18:00-08:00", "empty_window"),
        ("08:00-12:00 11:59-13:00", "overlap"),
    ],
)
def test_what_is_no_window(text, why):
    with pytest.raises(WindowError) as caught:
        parse_windows(text)
    assert caught.value.args[0] == why


@pytest.mark.parametrize(
    ("text", "why"),
    [("3月", "not_a_season"), ("03-01..02-30", "no_such_day"), ("13-01..12-31", "no_such_day")],
)
def test_what_is_no_season(text, why):
    with pytest.raises(WindowError) as caught:
        parse_season(text)
    assert caught.value.args[0] == why


month_days = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: day.month * 100 + day.day)


@given(st.lists(st.builds(MonthDays, month_days, month_days), max_size=3))
def test_a_season_is_text_and_back(season):
    assert parse_season(format_season(tuple(season))) == tuple(season)


@given(month_days, month_days, st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_a_range_over_new_year_is_the_complement(first, last, day):
    inside = MonthDays(first, last).holds(day)
    at = day.month * 100 + day.day
    if first <= last:
        assert inside == (first <= at <= last)
    else:
        assert inside == (not last < at < first)


def test_the_national_windows_are_eight_hours():
    day = NATIONAL.on(date(2024, 2, 29))
    assert sum(end - start for start, end in day.work) == 8 * 3600
