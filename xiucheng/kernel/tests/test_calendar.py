from datetime import date, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import IntegrityError, InternalError, NotSupportedError

from xiucheng.kernel import calendar, settings, stamps
from xiucheng.kernel.calendar import BadRows, SeasonInput, load_calendar
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import AdminChange, CalendarDay, CalendarYear, WorkingWindows
from xiucheng.kernel.workdays import DayRow, shipped_days
from xiucheng.kernel.worktime import CHINA, Limit, NotAnnounced, add

SUMMER = SeasonInput(601, 930, "08:00-12:00 15:00-18:30", "07:00-23:00", "夏令")
WINTER = SeasonInput(1001, 531, "08:30-12:00 14:00-17:30", "08:00-20:00", "冬令")
NEW_YEAR = [DayRow(date(2027, 1, 1), False, "元旦"), DayRow(date(2027, 1, 3), True, "元旦调休")]


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.mark.django_db
def test_an_empty_city_runs_on_the_shipped_calendar():
    city = load_calendar()
    assert not city.is_workday(date(2026, 10, 1))
    assert city.is_workday(date(2026, 10, 10))  # 调休 Saturday
    assert (city.is_announced(2026), city.is_announced(2027)) == (True, False)
    assert city.windows(date(2026, 11, 24)) == ((28800, 43200), (50400, 64800))


@pytest.mark.django_db
def test_the_shipped_calendar_is_loaded_once_and_again_without_change():
    call_command("load_calendar")
    call_command("load_calendar")
    assert CalendarDay.objects.count() == len(shipped_days()) == 2922
    assert sorted(CalendarYear.objects.values_list("year", flat=True)) == list(range(2019, 2027))
    assert WorkingWindows.objects.get().work == "08:00-12:00 14:00-18:00"
    assert CalendarDay.objects.get(date="2026-10-10").is_workday
    assert add(at("2026-09-30 16:00"), Limit.parse("4 工作时"), load_calendar()).at == at("2026-10-08 10:00")


@pytest.mark.django_db
def test_an_edited_day_counts_at_once_and_is_recorded():
    start, limit = at("2026-11-24 16:00"), Limit.parse("4 工作时")
    assert add(start, limit, load_calendar()).at == at("2026-11-25 10:00")
    change = calendar.edit_day(
        day=date(2026, 11, 25), is_workday=False, name="停工", by="管理员", note="台风"
    )
    assert (change.days, change.recompute) == (1, True)
    assert add(start, limit, load_calendar()).at == at("2026-11-26 10:00")
    record = AdminChange.objects.get()
    assert (record.by, record.note, record.before) == ("管理员", "台风", {"2026-11-25": True})
    assert not calendar.edit_day(day=date(2026, 11, 25), is_workday=False, by="管理员").recompute


@pytest.mark.django_db
def test_announcing_a_year_makes_its_dues_final():
    start, limit = at("2026-12-31 17:00"), Limit.parse("2 工作时")
    before = add(start, limit, load_calendar())
    assert (before.at, before.provisional) == (at("2027-01-01 09:00"), True)
    change = calendar.announce_year(year=2027, days=NEW_YEAR, source="国办发明电〔2026〕7 号", by="管理员")
    assert (change.years, change.days, change.recompute) == ((2027,), 2, True)
    after = add(start, limit, load_calendar())
    assert (after.at, after.provisional) == (at("2027-01-03 09:00"), False)
    again = calendar.announce_year(year=2027, days=NEW_YEAR, source="国办发明电〔2026〕7 号", by="管理员")
    assert (again.years, again.days, again.recompute) == ((), 0, False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("days", "source", "field"),
    [
        ([], "国办", "days"),
        (NEW_YEAR, " ", "source"),
        ([DayRow(date(2028, 1, 1), False)], "国办", "days"),
        (NEW_YEAR + NEW_YEAR[:1], "国办", "days"),
    ],
)
def test_a_notice_that_cannot_be_is_refused(days, source, field):
    with pytest.raises(Refused) as caught:
        calendar.announce_year(year=2027, days=days, source=source, by="管理员")
    assert caught.value.field == field
    assert not CalendarYear.objects.exists() and not CalendarDay.objects.exists()


@pytest.mark.django_db
def test_every_error_of_a_file_is_named_and_nothing_is_taken():
    rows = (
        "date,is_workday,name\n2027-01-01,0,元旦\n2027-02-30,1,\n2027-01-01,0,\n\n2027-01-04,x," + "长" * 51
    )
    with pytest.raises(BadRows) as caught:
        calendar.import_days(content=rows.encode(), source="x", by="管理员")
    assert [(row.row, row.column, row.why) for row in caught.value.rows] == [
        (3, "date", "bad_date"),
        (4, "date", "twice"),
        (6, "is_workday", "bad_flag"),
        (6, "name", "too_long"),
    ]
    assert "第 3 行“date”列：“2027-02-30”不是日期" in caught.value.sentence
    assert not CalendarDay.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no_rows"),
        (b"date,is_workday\n", "no_rows"),
        (b"day,flag\n2027-01-01,0\n", "no_column"),
        (b"\xff\xff\xff", "not_text"),
        (b'date,is_workday\n"2027-01-01,0\n', "not_csv"),
    ],
)
def test_a_file_that_is_no_table_is_refused(content, why):
    with pytest.raises(BadRows) as caught:
        calendar.import_days(content=content, source="x", by="管理员")
    assert caught.value.rows[0].why == why
    assert caught.value.sentence


@pytest.mark.django_db
def test_a_file_as_excel_saves_it_is_read():
    rows = "名称,日期,是否工作日\n元旦,2027/1/1,休\n,20270103,上班\n"
    change = calendar.import_days(content=rows.encode("gb18030"), source="x", by="管理员")
    assert (change.days, change.years) == (2, ())  # not the whole year: not announced
    assert not load_calendar().is_announced(2027)
    assert load_calendar().is_workday(date(2027, 1, 3))


@pytest.mark.django_db
def test_the_command_says_what_is_wrong_with_a_file(tmp_path):
    path = tmp_path / "days.csv"
    path.write_text("date,is_workday\n2027-13-01,1\n", "utf-8")
    with pytest.raises(CommandError, match="第 2 行"):
        call_command("load_calendar", file=path)
    with pytest.raises(CommandError, match=r"none\.csv"):
        call_command("load_calendar", file=tmp_path / "none.csv")


@pytest.mark.django_db
def test_a_city_has_its_own_windows_and_its_counties_share_them():
    calendar.set_windows(
        division_code="5301",
        valid_from=date(2026, 7, 1),
        seasons=[SUMMER, WINTER],
        source="市政府",
        by="管理员",
    )
    summer, winter = date(2026, 9, 30), date(2026, 10, 8)
    for code in ("5301", "530102", "530102001", "530102001001"):
        assert load_calendar(code).windows(summer) == ((28800, 43200), (54000, 66600))
        assert load_calendar(code).windows(winter) == ((30600, 43200), (50400, 63000))
        assert load_calendar(code).windows(date(2026, 6, 30)) == ((28800, 43200), (50400, 64800))
    assert load_calendar("5329").windows(summer) == ((28800, 43200), (50400, 64800))
    assert load_calendar("530102") is load_calendar("530103")  # one set of prefix sums for all
    calendar.set_windows(
        division_code="5301",
        valid_from=date(2026, 7, 1),
        seasons=[SeasonInput(101, 1231, "09:00-12:00", "00:00-24:00")],
        source="市政府",
        by="管理员",
    )
    assert load_calendar("530102").windows(summer) == ((32400, 43200),)
    assert WorkingWindows.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seasons", "said"),
    [
        ([SUMMER], "10-01"),  # or the first day that nobody covers
        ([SUMMER, SeasonInput(901, 531, "08:00-12:00", "08:00-12:00")], "09-01"),
        ([SeasonInput(101, 1231, "8点-12点", "08:00-12:00")], "8点-12点"),
        ([SeasonInput(101, 1231, "14:00-18:00 08:00-12:00", "08:00-12:00")], "重叠"),
        ([SeasonInput(101, 1231, "22:00-06:00", "08:00-12:00")], "零点"),
        ([SeasonInput(101, 1231, "08:00-25:00", "08:00-12:00")], "24:00"),
        ([SeasonInput(101, 1231, "", "08:00-12:00")], "时段"),
        ([SeasonInput(101, 1340, "08:00-12:00", "08:00-12:00")], "1340"),
        ([], "全年"),
    ],
)
def test_windows_that_cannot_be_are_refused(seasons, said):
    with pytest.raises(Refused) as caught:
        calendar.set_windows(
            division_code="5301", valid_from=date(2026, 7, 1), seasons=seasons, source="x", by="管理员"
        )
    assert said in caught.value.sentence or (said == "10-01" and "01-01" in caught.value.sentence)
    assert not WorkingWindows.objects.exists()


@pytest.mark.django_db
def test_the_fallback_is_a_setting():
    assert load_calendar().is_workday(date(2027, 3, 1))
    settings.set_value(key="calendar.fallback", value="refuse", by="管理员")
    with pytest.raises(NotAnnounced, match="2027"):
        load_calendar().is_workday(date(2027, 3, 1))


@pytest.mark.django_db
def test_rows_changed_behind_our_back_are_noticed():
    assert load_calendar().is_workday(date(2026, 11, 25))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_calendarday (date, is_workday, name, source)"
            " VALUES ('2026-11-25', false, '', 'psql')"
        )
    stamps.forget()  # instead of waiting a second
    assert not load_calendar().is_workday(date(2026, 11, 25))


@pytest.mark.django_db
def test_asking_again_costs_no_statement(django_assert_num_queries):
    calendar.edit_day(day=date(2026, 11, 25), is_workday=False, by="管理员")
    load_calendar("530102")
    with stamps.held(), django_assert_num_queries(0):
        for _ in range(100):
            load_calendar("530102")
            settings.get("calendar.fallback", "530102")


def test_what_was_rolled_back_never_counted(django_db_setup, django_db_blocker):
    """With a transaction of its own, not inside the one pytest rolls back: at once, not a second later."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            calendar.edit_day(day=date(2026, 11, 25), is_workday=False, by="管理员")
            assert not load_calendar().is_workday(date(2026, 11, 25))
            transaction.set_rollback(True)
        assert load_calendar().is_workday(date(2026, 11, 25))
        connection.close()


@pytest.mark.django_db
def test_the_record_of_changes_cannot_be_edited():
    calendar.edit_day(day=date(2026, 11, 25), is_workday=False, by="管理员")
    with (
        pytest.raises((IntegrityError, InternalError, NotSupportedError), match="append-only"),
        transaction.atomic(),
    ):
        AdminChange.objects.update(by="别人")
    with (
        pytest.raises((IntegrityError, InternalError, NotSupportedError), match="append-only"),
        transaction.atomic(),
    ):
        AdminChange.objects.all().delete()
