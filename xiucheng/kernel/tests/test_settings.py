import threading
import time

import pytest
from django.core.management import call_command
from django.db import connection

from xiucheng.kernel import settings, stamps
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import AdminChange, Setting
from xiucheng.kernel.worktime import Limit


@pytest.fixture
def probe(monkeypatch):
    """A few settings that exist in this test only."""
    monkeypatch.setattr(settings, "ALL", dict(settings.ALL))
    settings.declare("probe.metres", 100, "距离", "米", minimum=0, maximum=5000)
    settings.declare("probe.on", True, "开关")
    settings.declare("probe.limit", Limit.parse("1/6 紧急工作时"), "时限")
    settings.declare("probe.marks", (50, 80, 100), "催办", "%", minimum=1, maximum=100)
    settings.declare("probe.word", "甲", "字", choices=("甲", "乙"))


def test_every_setting_is_on_the_page():
    call_command("document_settings", check=True)  # raises, if the page is not what the declarations say


def test_an_unknown_key_is_a_mistake_in_code():
    with pytest.raises(KeyError):
        settings.get("no.such")


@pytest.mark.django_db
@pytest.mark.usefixtures("probe")
@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("probe.metres", " 250 ", 250),
        ("probe.metres", "0", 0),
        ("probe.on", "否", False),
        ("probe.limit", "2 工作时", Limit.of(2, "工作时")),
        ("probe.marks", "60，90", (60, 90)),
        ("probe.word", "乙", "乙"),
    ],
)
def test_a_value_is_typed_and_counts_at_once(key, text, value):
    default = settings.get(key)
    assert settings.set_value(key=key, value=text, by="管理员", note="试") == value
    assert settings.get(key) == value and type(settings.get(key)) is type(default)
    settings.reset(key=key, by="管理员")
    assert settings.get(key) == default
    after, before = AdminChange.objects.values_list("data__after", flat=True)
    assert (before, after) == (settings.write(value), None)


@pytest.mark.django_db
@pytest.mark.usefixtures("probe")
@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("probe.metres", "5001", "不大于 5000"),
        ("probe.metres", "-1", "不小于 0"),
        ("probe.metres", "1.5", "整数"),
        ("probe.metres", "", "整数"),
        ("probe.on", "也许", "true"),
        ("probe.limit", "4小时", "工作时"),
        ("probe.limit", "-4 工作时", "工作时"),
        ("probe.marks", "50,x", "逗号"),
        ("probe.marks", "0,50", "不小于 1"),
        ("probe.word", "丙", "甲、乙"),
    ],
)
def test_what_is_no_value_is_refused_with_what_to_write(key, text, said):
    with pytest.raises(Refused) as caught:
        settings.set_value(key=key, value=text, by="管理员")
    assert said in caught.value.sentence
    assert not Setting.objects.exists() and not AdminChange.objects.exists()


@pytest.mark.django_db
def test_a_setting_nobody_declared_cannot_be_set():
    with pytest.raises(Refused) as caught:
        settings.set_value(key="no.such", value="1", by="管理员")
    assert caught.value.status == 404
    with pytest.raises(Refused) as caught:
        settings.set_value(key="calendar.fallback", value="refuse", by="管理员", division="五华区")
    assert caught.value.field == "division_code"


@pytest.mark.django_db
@pytest.mark.usefixtures("probe")
def test_the_nearest_division_decides():
    settings.set_value(key="probe.metres", value="1", by="管理员")
    settings.set_value(key="probe.metres", value="2", by="管理员", division="5301")
    settings.set_value(key="probe.metres", value="3", by="管理员", division="530102001")
    asked = ["", "53", "5329", "5301", "530102", "530102001", "530102001001", "530103"]
    assert [settings.get("probe.metres", code) for code in asked] == [1, 1, 1, 2, 2, 3, 3, 2]


@pytest.mark.django_db
@pytest.mark.usefixtures("probe")
def test_a_row_that_cannot_be_read_leaves_the_default():
    settings.set_value(key="probe.metres", value="7", by="管理员")
    Setting.objects.update(value="sieben")
    stamps.forget()
    assert settings.get("probe.metres") == 100


def in_another_connection(sql):
    """Run and commit a statement as another process would."""

    def run():
        with connection.cursor() as cursor:
            cursor.execute(sql)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


@pytest.mark.django_db
@pytest.mark.usefixtures("probe")
def test_another_process_s_change_counts_within_about_a_second():
    assert settings.get("probe.metres") == 100
    try:
        in_another_connection(
            "INSERT INTO kernel_setting (key, division_code, value, changed_at, changed_by)"
            " VALUES ('probe.metres', '', '42', now(), 'psql')"
        )
        time.sleep(stamps.CHECK_EVERY + 0.05)
        assert settings.get("probe.metres") == 42
    finally:
        in_another_connection("DELETE FROM kernel_setting WHERE key = 'probe.metres'")
    stamps.forget()
    assert settings.get("probe.metres") == 100


@pytest.mark.parametrize(
    "wrong",
    [
        {"default": 1.5},
        {"default": 7, "maximum": 5},
        {"default": "丙", "choices": ("甲",)},
        {"default": 1, "confidence": "X"},
    ],
)
@pytest.mark.usefixtures("probe")
def test_a_declaration_that_contradicts_itself_is_refused(wrong):
    with pytest.raises(ValueError):
        settings.declare("probe.wrong", label="错", **wrong)
    with pytest.raises(ValueError):
        settings.declare("probe.metres", 99, "距离")
