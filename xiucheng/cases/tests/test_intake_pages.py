"""The desk of a call through the door: registering, merging, the caller's history, 回访; who may, what it costs."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from xiucheng.cases import actions
from xiucheng.cases.models import Case, CaseEvent
from xiucheng.cases.models.beside import CallbackTry
from xiucheng.cases.tests.loop import COVER, DUSTBIN, SPOT, Loop, reported
from xiucheng.kernel import stamps
from xiucheng.kernel.models.audit import PersonalDataAccess
from xiucheng.people.tests.city import POINTS
from xiucheng.territory import actions as territory

pytestmark = pytest.mark.django_db
PageAs = Callable[[str | None], Client]
WHO = "受理员_五华"


def typed(**changes: Any) -> dict[str, Any]:
    lon, lat = SPOT
    call = {
        "uuid": str(uuid4()),
        "description": "垃圾桶旁堆满了垃圾",
        "longitude": lon,
        "latitude": lat,
        "category": "matter/06001 私搭乱建",
        "reporter_phone": "13812345678",
        "channel": "hotline",
    }
    return call | changes


def beside(client: Client, **changes: Any) -> str:
    answer = client.post("/intake/beside", typed(**changes))
    assert answer.status_code == 200
    return answer.content.decode()


# -- the form ---


def test_the_fields_come_in_the_order_of_a_call(page_as: PageAs, city: Any) -> None:
    page = page_as(WHO).get("/intake/new").content.decode()
    names = ["description", "address", "category", "reporter_phone", "reporter_name", "channel"]
    places = [page.index(f'name="{name}"') for name in names]
    assert places == sorted(places)
    assert re.search(r"<textarea[^>]*autofocus", page)


def test_a_call_is_registered_and_read_out(page_as: PageAs, city: Any) -> None:
    answer = page_as(WHO).post("/intake/new", typed())
    case, page = Case.unscoped.get(), answer.content.decode()
    assert answer.status_code == 201 and case.channel == "hotline"
    assert case.number in page and re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", page)
    assert re.search(r'href="/intake/new"[^>]*autofocus', page), "the next call has the focus"


def test_a_report_is_merged_as_it_is_registered(page_as: PageAs, city: Any) -> None:
    parent = reported()
    call = typed(merge_into=parent.number)
    first, again = (page_as(WHO).post("/intake/new", call) for _ in range(2))
    child = Case.unscoped.exclude(number=parent.number).get()
    assert (child.stage, child.merged_into_id) == ("merged", parent.case_id)
    for page in (first, again):
        assert page.status_code == 201 and f"已并入 {parent.number}" in page.content.decode()
    steps = CaseEvent.unscoped.filter(chain=parent.case_id).values_list("step", flat=True)
    assert list(steps).count("adopt") == 1


def test_what_cannot_be_merged_is_registered_all_the_same(
    page_as: PageAs, cast: Any, departments: Any
) -> None:
    ended = Loop(cast, departments)(actions.refuse, WHO, note="不归城管")
    lon, lat = POINTS["边界_盘龙"]
    elsewhere = reported(lon=lon + 0.005, lat=lat).number
    assert not Case.seen_by(cast[WHO]).filter(number=elsewhere).exists()
    for number in (ended.received.number, elsewhere, "20990101-000001", "'; --", "x" * 500):
        answer = page_as(WHO).post("/intake/new", typed(merge_into=number))
        assert answer.status_code == 201 and "没有并案" in answer.content.decode(), number
    assert not Case.unscoped.filter(stage="merged").exists()


def test_who_may_not_merge_says_it_in_words(page_as: PageAs, city: Any) -> None:
    parent = reported()
    page_as("经办人_环卫").post("/intake/new", typed(merge_into=parent.number, channel="department"))
    child = Case.unscoped.exclude(number=parent.number).get()
    assert child.stage == "reported" and parent.number in child.description


def test_a_refused_form_keeps_the_merge_and_what_was_typed(page_as: PageAs, city: Any) -> None:
    parent = reported()
    answer = page_as(WHO).post(
        "/intake/new", typed(merge_into=parent.number, reporter_phone="12", description="<b>坑</b>")
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and "电话号码看起来不对" in page
    assert f'name="merge_into" value="{parent.number}"' in page and "&lt;b&gt;坑" in page


# -- beside it ---


def test_what_stands_beside_a_call(page_as: PageAs, city: Any) -> None:
    known = reported()
    page = beside(page_as(WHO), category=DUSTBIN)
    assert f'data-merge="{known.number}"' in page and "0 m 外" in page and "并入这一件" in page
    assert "责任单位" in page and "主管部门类别" in page
    assert "工作" in page or "处置时限" in page


def test_a_category_is_suggested_while_typing(page_as: PageAs, city: Any) -> None:
    page = beside(page_as(WHO), description="门口井盖丢了", category="", longitude="", latitude="")
    assert 'data-pick="1"' in page and "井盖" in page and "如果是" in page
    assert "data-merge" not in page


def test_half_of_a_call_is_no_error(page_as: PageAs, city: Any) -> None:
    client = page_as(WHO)
    for changes in (
        {"description": "", "category": "", "longitude": "", "latitude": ""},
        {"category": "mat"},
        {"category": "matter/99999999"},
        {"longitude": "北京路", "latitude": "x"},
        {"longitude": "nan", "latitude": "inf"},
        {"longitude": "1e9", "latitude": "0"},
        {"description": "井" * 50_000},
        {"county": "53010x", "longitude": "", "latitude": ""},
        {"community": "9" * 40, "longitude": "", "latitude": ""},
    ):
        beside(client, **changes)
    assert "不在本市范围内" in beside(client, longitude="116.4", latitude="39.9")


def test_words_of_others_are_harmless_beside(page_as: PageAs, city: Any) -> None:
    reported(description="垃圾<script>alert(1)</script>")
    assert "<script>" not in beside(page_as(WHO), category=DUSTBIN)


def test_nothing_outside_the_scope_stands_beside(page_as: PageAs, city: Any) -> None:
    known = reported()
    assert known.number not in beside(page_as("受理员_盘龙"), category=DUSTBIN)


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        (None, "/intake/beside", 401),
        ("值班长_五华", "/intake/beside", 403),
        (None, "/intake/caller", 401),
        ("经办人_环卫", "/intake/caller", 403),
        (None, "/callbacks", 302),
        ("值班长_五华", "/callbacks", 403),
        ("派遣员_大理", "/callbacks", 403),
    ],
)
def test_who_may_not(page_as: PageAs, city: Any, who: str | None, path: str, status: int) -> None:
    client = page_as(who)
    answer = client.get(path) if path == "/callbacks" else client.post(path, typed())
    assert answer.status_code == status
    if path != "/callbacks":
        assert page_as(WHO).get(path).status_code == 405


@pytest.mark.parametrize("rows", [1, 8])
def test_what_the_fragment_costs(page_as: PageAs, city: Any, rows: int) -> None:
    for _row in range(rows):
        reported()
    client = page_as(WHO)
    beside(client, category=DUSTBIN)
    with stamps.held(), CaptureQueriesContext(connection) as sent:
        beside(client, category=DUSTBIN)
    assert len(sent) <= 9, "\n".join(row["sql"][:100] for row in sent.captured_queries)


def test_a_typed_place_is_found_by_who_registers(page_as: PageAs, city: Any) -> None:
    lon, lat = SPOT
    rows = f"类别,名称,街巷,门牌号,经度,纬度\n店铺,翠湖鲜花店,东风西路,3号,{lon},{lat}"
    territory.import_addresses_now(data=rows.encode(), crs="CGCS2000", source="测试")
    client = page_as(WHO)
    (found,) = client.get("/intake/places", {"q": "翠湖鲜花", "near": "102.7,25.0"}).json()
    assert (found["name"], found["lon"], found["lat"]) == ("翠湖鲜花店", lon, lat)
    for query in (
        {},
        {"q": "没有"},
        {"q": "字" * 5000},
        {"q": "翠", "near": "here"},
        {"q": "'", "near": "nan,1"},
    ):
        assert client.get("/intake/places", query).json() == []
    assert page_as("值班长_五华").get("/intake/places", {"q": "翠湖"}).status_code == 403


# -- the caller ---


def test_a_caller_is_known_again(page_as: PageAs, city: Any) -> None:
    earlier = reported(reporter_phone="138 1234 5678", category=COVER)
    page = page_as(WHO).post("/intake/caller", {"reporter_phone": "13812345678"}).content.decode()
    assert "138****5678" in page and "13812345678" not in page
    assert earlier.number in page and "待受理" in page
    assert PersonalDataAccess.objects.count() == 1
    other = page_as("受理员_盘龙").post("/intake/caller", {"reporter_phone": "13812345678"}).content.decode()
    assert earlier.number not in other and "没有报过" in other


# -- 回访 ---


@pytest.fixture
def closed(cast: Any, departments: Any) -> Loop:
    return Loop(cast, departments).closed()


def test_the_queue_masks_and_the_call_discloses(page_as: PageAs, closed: Loop) -> None:
    client, number = page_as(WHO), closed.received.number
    page = client.get("/callbacks").content.decode()
    assert number in page and "138****5678" in page and "13812345678" not in page
    assert "13812345678" not in client.get(f"/callbacks/{number}").content.decode()
    shown = client.post(f"/callbacks/{number}/dial", headers={"HX-Request": "true"}).content.decode()
    assert "tel:13812345678" in shown and closed.steps[-1] == "disclose"


def test_an_answer_is_taken_down(page_as: PageAs, closed: Loop) -> None:
    client, number = page_as(WHO), closed.received.number
    bad = client.post(f"/callbacks/{number}", {"rating": "", "note": "说还行"})
    assert bad.status_code == 422 and "说还行" in bad.content.decode() and "选一项" in bad.content.decode()
    assert client.post(f"/callbacks/{number}", {"rating": "好"}).status_code == 422
    done = client.post(f"/callbacks/{number}", {"rating": "satisfied", "note": "好"})
    assert (done.status_code, done["Location"]) == (302, "/callbacks")
    assert closed.steps[-1] == "callback"
    late = client.get(f"/callbacks/{number}")  # a colleague who had the same queue before the eyes
    assert late.status_code == 409 and "可能已有人回访" in late.content.decode()
    assert number not in client.get("/callbacks").content.decode().partition("已记下回访")[0]


def test_what_is_unsolved_is_reopened(page_as: PageAs, closed: Loop) -> None:
    number = closed.received.number
    page_as(WHO).post(f"/callbacks/{number}", {"rating": "unsatisfied", "unsolved": "没清干净"})
    assert closed.steps[-2:] == ["callback", "reopen"]


def test_not_reached_stays(page_as: PageAs, closed: Loop) -> None:
    client, number = page_as(WHO), closed.received.number
    past = client.post(f"/callbacks/{number}/missed", {"next_at": "2020-01-01T09:00", "missed_note": "关机"})
    assert past.status_code == 422 and "已经过去" in past.content.decode() and "关机" in past.content.decode()
    assert client.post(f"/callbacks/{number}/missed", {"next_at": "明天"}).status_code == 422
    answer = client.post(f"/callbacks/{number}/missed", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/callbacks")
    assert CallbackTry.objects.get().tries == 1
    now, later = (client.get(f"/callbacks{tab}").content.decode() for tab in ("", "?tab=later"))
    assert f'data-row="{number}"' not in now and f'data-row="{number}"' in later and "未接通 1 次" in later
    assert client.get(f"/callbacks/{number}").status_code == 200, "it may be called earlier"


def test_bad_addresses_of_the_queue(page_as: PageAs, closed: Loop) -> None:
    client = page_as(WHO)
    assert client.get("/callbacks?after=x").status_code == 302
    for number in ("0", "'; --", "é", "x" * 300):
        for path in ("", "/dial", "/missed"):
            assert client.post(f"/callbacks/{number}{path}", {"rating": "fair"}).status_code == 404
    assert page_as("受理员_盘龙").get(f"/callbacks/{closed.received.number}").status_code == 404


@pytest.mark.parametrize("number", [1, 4])
def test_what_the_queue_costs(page_as: PageAs, cast: Any, departments: Any, number: int) -> None:
    for _case in range(number):
        Loop(cast, departments).closed()
    client = page_as(WHO)
    client.get("/callbacks")
    with stamps.held(), CaptureQueriesContext(connection) as sent:
        client.get("/callbacks")
    assert len(sent) <= 12, "\n".join(row["sql"][:100] for row in sent.captured_queries)
