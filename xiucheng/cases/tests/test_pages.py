"""Pages through the door: scope and rights, what is typed and refused, what a page costs, what it must not show."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from xiucheng.cases import actions, queries
from xiucheng.cases.forms import FIELDS, Offer, StepForm
from xiucheng.cases.models import Case
from xiucheng.cases.tests.loop import SPOT, Loop, jpeg
from xiucheng.cases.words import Step
from xiucheng.people.tests.city import POINTS

pytestmark = pytest.mark.django_db
PageAs = Callable[[str | None], Client]


@pytest.fixture
def loop(cast: Any, departments: Any) -> Loop:
    return Loop(cast, departments)


def photo(name: str = "现场.jpg", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or jpeg(), "image/jpeg")


def typed(**changes: Any) -> dict[str, Any]:
    lon, lat = SPOT
    report = {"uuid": str(uuid4()), "description": "井盖没了", "longitude": lon, "latitude": lat}
    return {name: value for name, value in (report | changes).items() if value is not None}


# -- the public report ---


def test_a_report_leads_to_its_number_and_shows_the_code_once(client: Client, city: Any) -> None:
    answer = client.post("/report", typed())
    case = Case.unscoped.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/report/done/{case.number}")
    first = client.get(answer["Location"]).content.decode()
    second = client.get(answer["Location"]).content.decode()
    code = re.search(r'data-code="([^"]+)"', first)
    assert code and queries.public_progress(case.number, code[1]).number == case.number
    assert code[1] not in second


def test_the_island_gets_json_and_a_retry_the_same(client: Client, city: Any) -> None:
    report = typed()
    first, again = (client.post("/report", report, headers={"Accept": "application/json"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Case.unscoped.count() == 1


def test_the_same_uuid_with_other_words_is_refused(client: Client, city: Any) -> None:
    report = typed()
    client.post("/report", report)
    answer = client.post("/report", report | {"description": "别的"}, headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert "已用于另一件上报" in str(answer.json()["errors"])


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"description": ""}, "description", "请写一句是什么事"),
        ({"description": "字" * 50_000}, "description", "最多 5000 字"),
        ({"longitude": None, "latitude": None}, "longitude", "请告诉我们在哪里"),
        ({"longitude": "北京路"}, "longitude", ""),
        ({"longitude": 25.0415, "latitude": 102.7005}, "latitude", "写反了"),
        ({"longitude": 116.4, "latitude": 39.9}, "longitude", "不在本市范围内"),
        ({"category": "01001"}, "category", ""),
        ({"category": "matter/99998877"}, "category", ""),
        ({"reporter_phone": "12"}, "reporter_phone", "电话号码看起来不对"),
        ({"uuid": "1"}, "uuid", "请刷新页面"),
        ({"county": "999999", "longitude": None, "latitude": None}, "county", "请从列表中重新选择"),
    ],
)
def test_what_is_wrong_is_said_in_chinese_beside_its_field(
    client: Client, city: Any, changes: dict[str, Any], field: str, words: str
) -> None:
    answer = client.post("/report", typed(**changes), headers={"Accept": "application/json"})
    assert answer.status_code == 422
    sentence = " ".join(answer.json()["errors"][field])
    assert words in sentence and re.search("[一-龥]", sentence)
    page = client.post("/report", typed(**changes))
    assert page.status_code == 422
    assert Case.unscoped.count() == 0


def test_a_pdf_named_jpg_is_refused_and_nothing_is_kept(client: Client, city: Any) -> None:
    answer = client.post("/report", typed(photos=[photo(content=b"%PDF-1.7 not a photo")]))
    assert answer.status_code == 422
    assert Case.unscoped.count() == 0


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "'; DROP TABLE cases_case; --", "🕳️𠮷䶮㐂"])
def test_words_come_back_as_they_were_and_harmless(
    page_as: PageAs, client: Client, city: Any, words: str
) -> None:
    client.post("/report", typed(description=words, address=words, reporter_name=words))
    case = Case.unscoped.get()
    assert case.description == words
    page = page_as("受理员_五华").get(f"/cases/{case.number}").content.decode()
    assert "<script>alert" not in page


def test_near_a_border_nothing_is_sent_before_the_side_is_known(client: Client, city: Any) -> None:
    lon, lat = POINTS["边界_五华"]
    report = typed(longitude=lon, latitude=lat)
    asked = client.post("/report", report, headers={"Accept": "application/json"})
    assert asked.status_code == 422
    assert [side["name"] for side in asked.json()["near"]] == ["五华区", "盘龙区"]
    assert Case.unscoped.count() == 0
    client.post("/report", report | {"side": "unsure"})
    case = Case.unscoped.get()
    assert (case.county, case.near) == ("530102", ["530103"])


def test_possibly_the_same_shows_no_words_of_others(client: Client, loop: Loop) -> None:
    lon, lat = SPOT
    page = client.get(f"/report/nearby?longitude={lon}&latitude={lat}").content.decode()
    assert "可能是同一件" in page and "垃圾桶旁" not in page
    assert client.get("/report/nearby?longitude=1&latitude=x").status_code == 422


# -- follow ---


def test_wrong_codes_are_404_and_soon_429(client: Client, loop: Loop, settings: Any) -> None:
    settings.RATE_LIMITS = True
    number, code = loop.received.number, loop.received.query_code
    assert client.get(f"/follow/{number}?code={code}").status_code == 200
    answers = [client.get(f"/follow/{number}?code=AAAA-{n:04}") for n in range(12)]
    assert [answer.status_code for answer in answers[:10]] == [404] * 10
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0


def test_right_codes_are_never_throttled(client: Client, loop: Loop, settings: Any) -> None:
    settings.RATE_LIMITS = True
    url = f"/follow/{loop.received.number}?code={loop.received.query_code}"
    assert {client.get(url).status_code for _ in range(25)} == {200}


def test_a_citizen_reads_no_stage_names_and_no_persons(client: Client, loop: Loop) -> None:
    loop.checked()
    url = f"/follow/{loop.received.number}?code={loop.received.query_code}"
    page = client.get(url).content.decode()
    for hidden in ("立案时限", "派遣员", "监督员_五华", "经办人", "待结案", "13812345678"):
        assert hidden not in page


def test_photos_are_public_only_after_release(client: Client, page_as: PageAs, loop: Loop) -> None:
    loop.closed()
    file = queries.case_page(loop.cast["受理员_五华"], loop.id).files[-1]
    url = f"/follow/{loop.received.number}/photos/{file.file_id}?code={loop.received.query_code}"
    assert client.get(url).status_code == 404
    actions.release(case_id=loop.id, by=loop.cast["受理员_五华"], words="垃圾已清扫", files=[file.file_id])
    assert client.get(url).status_code == 200
    assert client.get(url.replace("code=", "code=X")).status_code == 404


# -- staff: who sees and does what ---

STAFF_PAGES = ("case", "case_panel")


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("受理员_五华", 200),
        ("监督员_五华_甲", 200),
        ("经办人_环卫", 404),  # it was not sent there
        ("派遣员_大理", 404),
        ("系统管理员", 404),
        (None, 302),
    ],
)
def test_who_sees_a_case(page_as: PageAs, loop: Loop, who: str | None, status: int) -> None:
    for name in STAFF_PAGES:
        assert page_as(who).get(reverse(name, args=[loop.received.number])).status_code == status


@pytest.mark.parametrize(
    ("who", "status"), [("受理员_五华", 302), ("派遣员_五华", 422), ("派遣员_大理", 404), (None, 401)]
)
def test_who_may_accept(page_as: PageAs, loop: Loop, who: str | None, status: int) -> None:
    answer = page_as(who).post(f"/cases/{loop.received.number}/accept", {"head": 1})
    # a right that lacks is said in the form, as every refusal of an action is
    assert answer.status_code == (403 if status == 422 else status)
    assert Case.unscoped.get(pk=loop.id).stage == ("accepted" if status == 302 else "reported")


def test_a_stale_form_is_refused_with_what_was_typed(page_as: PageAs, loop: Loop) -> None:
    loop.accepted()
    answer = page_as("受理员_五华").post(
        f"/cases/{loop.received.number}/note",
        {"head": "1", "note": "我写了很久"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 412
    assert "我写了很久" in answer.content.decode()


def test_an_expired_session_is_told_so_and_loses_nothing(client: Client, loop: Loop) -> None:
    answer = client.post(f"/cases/{loop.received.number}/accept", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "请在新窗口重新登录" in answer.content.decode()


def test_unknown_steps_tabs_and_pages_are_answered_in_chinese(page_as: PageAs, loop: Loop) -> None:
    desk = page_as("受理员_五华")
    assert desk.get(f"/cases/{loop.received.number}/explode").status_code == 404
    assert desk.get("/desk?tab=nothing").status_code == 200
    bad = desk.get("/cases?after=%F0%9F%92%A9")
    assert bad.status_code == 422 and "翻页标记无效" in bad.content.decode()
    assert desk.get("/cases?stage=nowhere").status_code == 422


def test_contact_stays_hidden_until_a_reason_is_recorded(page_as: PageAs, loop: Loop) -> None:
    desk, url = page_as("受理员_五华"), f"/cases/{loop.received.number}"
    assert "13812345678" not in desk.get(url).content.decode()
    assert desk.post(f"{url}/disclose", {"note": ""}).status_code == 422
    assert desk.post(f"{url}/disclose", {"note": "核对地点"}).status_code == 302
    assert "13812345678" in desk.get(url).content.decode()
    assert "13812345678" not in page_as("值班长_五华").get(url).content.decode()


@pytest.mark.parametrize("who", ["受理员_五华", "派遣员_五华", "经办人_环卫", "监督员_五华_甲"])
def test_a_desk_costs_at_most_twelve_statements(
    page_as: PageAs, cast: Any, departments: Any, who: str, django_assert_max_num_queries: Any
) -> None:
    for stage in ("accepted", "filed", "dispatched"):
        for _ in range(3):
            getattr(Loop(cast, departments), stage)()
    desk = page_as(who)
    desk.get("/desk")  # warm: settings, calendar, catalogue
    with django_assert_max_num_queries(12):
        assert desk.get("/desk").status_code == 200


def test_an_open_desk_learns_that_something_came(page_as: PageAs, loop: Loop) -> None:
    desk = page_as("受理员_五华")
    same = desk.get("/desk/tabs?tab=accept&shown=1").content.decode()
    more = desk.get("/desk/tabs?tab=accept&shown=0").content.decode()
    assert "有变化" not in same and "有变化，刷新" in more


# -- forms ---


def test_every_step_has_a_form_whose_fields_its_action_takes() -> None:
    import inspect

    assert set(FIELDS) == set(actions.STEPS)
    for step, asks in FIELDS.items():
        takes = set(inspect.signature(actions.STEPS[step]).parameters)
        asked = {ask.name for ask in asks if ask.kind != "position"}
        if step in (Step.PROPOSE, Step.FILE):
            asked.discard("category")  # it chooses the list of conditions
        assert asked <= takes, step
        if any(ask.kind == "position" for ask in asks):
            assert {"lon", "lat"} <= takes, step
        StepForm(step, Offer(lambda name: [])).as_p()  # renders


def test_no_page_has_inline_scripts_styles_or_handlers(page_as: PageAs, loop: Loop) -> None:
    loop.checked()
    desk = page_as("值班长_五华")
    number = loop.received.number
    for url in ("/", "/report", "/desk", "/cases", f"/cases/{number}", f"/cases/{number}/close", "/help"):
        page = desk.get(url).content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page), url
        for tag in re.findall(r"<script[^>]*>", page):
            assert " src=" in tag or 'type="application/json"' in tag, (url, tag)
