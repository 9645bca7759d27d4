"""Settings, calendar and windows without code: what counts, what it would do to open cases, who may."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from xiucheng.cases.tests.loop import COVER, Loop, limit
from xiucheng.kernel import calendar, settings
from xiucheng.kernel.models import AdminChange, CalendarDay, Setting, WorkingWindows
from xiucheng.people.models import Post
from xiucheng.web.admin.settings import CHOICES

pytestmark = pytest.mark.django_db
PAGES = (
    "/admin/settings",
    "/admin/settings/territory.border_m",
    "/admin/calendar",
    "/admin/calendar/windows",
)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("系统管理员", 200),
        ("安全管理员", 403),
        ("审计员", 403),
        ("值班长_五华", 403),
        ("领导_五华", 403),
        (None, 302),
    ],
)
def test_who_may_open_it(page_as, who, status, path):
    assert page_as(who).get(path).status_code == status


def test_a_setting_counts_at_once_for_its_division_and_leaves_a_record(page_as):
    page = page_as("系统管理员")
    path = "/admin/settings/territory.border_m"
    answer = page.post(path, {"value": "80", "division": "530102", "note": "试点"})
    assert answer.status_code == 302
    assert settings.get("territory.border_m", "530102001") == 80
    assert settings.get("territory.border_m", "530103") == 100
    change = AdminChange.objects.get(step="setting")
    assert (change.before, change.after, change.note) == (None, "80", "试点")
    shown = page.get(path).content.decode()
    assert "五华区" in shown and "试点" in shown
    assert page.post(path, {"reset": "530102"}).status_code == 302
    assert not Setting.objects.exists()


@pytest.mark.parametrize(
    ("value", "division", "sentence"),
    [
        ("很远", "", "应填整数"),
        ("9999", "", "不大于 5000"),
        ("80", "999999", "没有区划 999999"),
        ("", "", ""),
    ],
)
def test_a_bad_value_is_refused_beside_its_field_and_kept(page_as, value, division, sentence):
    answer = page_as("系统管理员").post(
        "/admin/settings/territory.border_m", {"value": value, "division": division}
    )
    assert answer.status_code == 422
    assert (
        sentence in answer.content.decode() and f'value="{value}"' in answer.content.decode()
    ) or not value
    assert not Setting.objects.exists()


def test_an_unknown_setting_is_not_found(page_as):
    assert page_as("系统管理员").get("/admin/settings/no.such").status_code == 404


def test_settings_are_found_by_word_and_by_being_changed(page_as):
    page = page_as("系统管理员")
    settings.set_value(key="territory.border_m", value="80", by="test")
    everything = page.get("/admin/settings").content.decode()
    assert all(key in everything for key in settings.ALL)
    changed = page.get("/admin/settings?changed=1").content.decode()
    assert "territory.border_m" in changed and "cases.appeal_days" not in changed
    assert "没有符合条件" in page.get("/admin/settings?q=绝没有这个词").content.decode()


def next_workday():
    day = timezone.localdate() + timedelta(1)
    while not calendar.load_calendar().is_workday(day):
        day += timedelta(1)
    return day


def test_the_effect_of_a_holiday_is_shown_and_nothing_is_changed_until_saved(page_as, cast, departments):
    case = Loop(cast, departments, category=COVER).filed(limit("5 工作日")).row
    day = next_workday()
    page = page_as("系统管理员")
    form = {"form": "day", "day": day.isoformat(), "is_workday": "0", "name": "试验"}
    shown = page.post("/admin/calendar", form | {"preview": "1"})
    words = shown.content.decode()
    assert shown.status_code == 200 and "<b>1</b> 个在办案件的时限将改变" in words
    assert (case.case_number or "")[-5:] in words
    assert not CalendarDay.objects.exists() and not AdminChange.objects.filter(step="calendar").exists()
    assert calendar.load_calendar().is_workday(day)
    assert page.post("/admin/calendar", form).status_code == 302
    assert not calendar.load_calendar().is_workday(day)
    assert AdminChange.objects.get(step="calendar").by == f"{who(cast)} (system_admin)"
    again = page.post("/admin/calendar", form | {"preview": "1"}).content.decode()
    assert "<b>1</b> 个" in again, "the clock itself is moved by the job, not by the page"


def who(cast):
    return Post.objects.select_related("person").get(pk=cast["系统管理员"].pk).person.username


def test_a_year_is_announced_by_lines_and_a_bad_line_is_named(page_as):
    page = page_as("系统管理员")
    form = {"form": "year", "year": "2031", "source": "国办发明电〔2030〕7 号"}
    bad = page.post("/admin/calendar?year=2031", form | {"days": "1-1 休 元旦\n大年初一放假"})
    assert bad.status_code == 422 and "第 2 行“大年初一放假”读不懂" in bad.content.decode()
    assert "1-1 休 元旦" in bad.content.decode()
    good = page.post("/admin/calendar?year=2031", form | {"days": "10-01..10-07 休 国庆节\n09-28 班"})
    assert good.status_code == 302
    loaded = calendar.load_calendar()
    assert loaded.is_announced(2031)
    assert CalendarDay.objects.filter(date__year=2031).count() == 8
    shown = page.get("/admin/calendar?year=2031").content.decode()
    assert "放假安排已公布" in shown and 'class="day makeup edited"' in shown and "国办发明电" in shown


def test_windows_of_two_seasons_must_cover_the_year(page_as):
    page = page_as("系统管理员")
    form = {
        "division": "530102", "valid_from": "2027-01-01", "source": "区政府通知",
        "name_1": "夏", "first_1": "05-01", "last_1": "09-30",
        "work_1": "08:00-12:00 15:00-18:00", "duty_1": "07:00-22:00",
        "name_2": "冬", "first_2": "10-02", "last_2": "04-30",
        "work_2": "08:30-12:00 14:00-18:00", "duty_2": "08:00-20:00",
    }  # fmt: skip
    answer = page.post("/admin/calendar/windows", form)
    assert answer.status_code == 422 and "10-01 不属于任何季节" in answer.content.decode()
    assert not WorkingWindows.objects.exists()
    shown = page.post("/admin/calendar/windows", form | {"first_2": "10-01", "preview": "1"})
    assert shown.status_code == 200 and "还没有保存" in shown.content.decode()
    assert not WorkingWindows.objects.exists()
    assert page.post("/admin/calendar/windows", form | {"first_2": "10-01"}).status_code == 302
    assert WorkingWindows.objects.count() == 2
    listed = page.get("/admin/calendar/windows").content.decode()
    assert "五华区" in listed and "将生效" in listed and "15:00-18:00" in listed


@pytest.mark.parametrize("path", PAGES)
def test_a_page_costs_as_many_statements_however_much_there_is(page_as, path, django_assert_max_num_queries):
    for key in list(settings.ALL)[:8]:
        declared = settings.ALL[key]
        settings.set_value(key=key, value=settings.write(declared.default), by="test", division="530102")
    page = page_as("系统管理员")
    page.get(path)
    with django_assert_max_num_queries(14):
        assert page.get(path).status_code == 200


def test_every_setting_is_listed_in_the_words_of_its_reader(page_as):
    """Its name, unit, choices and source: no key of a choice, no file of ours, and all of it in English too."""
    shown = page_as("系统管理员").get("/admin/settings").content.decode()
    for key, declared in settings.ALL.items():
        assert key in shown, key
        assert not re.search(r"\.md\b|issue \d|§", f"{declared.source} {declared.label}"), key
        with translation.override("en"):
            for words in filter(None, (declared.label, declared.unit, declared.source)):
                assert _(words) != words or not re.search("[一-龥]", words), (key, words)
            assert not any(re.search("[一-龥]", str(CHOICES[choice])) for choice in declared.choices), key
    assert "weekends" not in shown and "urged" not in shown
