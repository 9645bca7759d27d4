"""The whole loop over HTTP, and what protects a case from two people at once."""

import base64
import uuid

import pytest

from xiucheng.cases.actions import STEPS
from xiucheng.cases.models import Case, CaseEvent
from xiucheng.cases.tests.loop import SPOT, Loop, jpeg, standard
from xiucheng.web.api.v1 import api as v1

CASES = "/api/v1/cases"
HERE = {"longitude": SPOT[0], "latitude": SPOT[1]}


def picture(shade: int) -> str:
    return base64.b64encode(jpeg(shade)).decode()


def test_a_case_is_worked_from_report_to_close_over_http(api_as, pothole, departments, cast):
    number = api_as(None).post("/api/v1/reports", json=pothole).json()["number"]
    inspector = cast["监督员_五华_甲"].pk

    def step(who: str, name: str, **body):
        response = api_as(who).post(f"{CASES}/{number}/{name}", json=body)
        assert response.status_code == 200, (name, response.content.decode())
        assert response["ETag"] == f'"{response.json()["seq"]}"'
        return response.json()

    step("受理员_五华", "accept")
    step("受理员_五华", "request_verify", inspector=inspector, note="请看看")
    step("监督员_五华_甲", "answer-verify", found=True, photos=[picture(10)], **HERE)
    filed = step("值班长_五华", "file", standard=standard().pk)
    assert filed["case_number"].startswith("530102")
    step("派遣员_五华", "dispatch", to=departments["环卫"].code, cooperating=[departments["市政"].pk])
    step("经办人_环卫", "take")
    step("经办人_环卫", "handle", note="已清扫", photos=[picture(60)])
    step("经办人_市政", "handle", note="已修补", photos=[picture(90)])
    step("派遣员_五华", "forward")
    step("受理员_五华", "request_check", inspector=cast["监督员_五华_乙"].pk)
    step("监督员_五华_乙", "answer_check", passed=True, photos=[picture(120)], **HERE)
    closed = step("值班长_五华", "close")
    assert closed["stage"] == "closed"
    assert {leg["state"] for leg in closed["legs"]} == {"handled"}
    record = api_as("值班长_五华").get(f"{CASES}/{number}/events", {"limit": 5}).json()
    assert [event["seq"] for event in record["items"]] == [1, 2, 3, 4, 5]
    rest = api_as("值班长_五华").get(f"{CASES}/{number}/events", {"after": record["next"]}).json()
    assert rest["items"][-1]["step"] == "close"
    assert rest["next"] is None


def test_every_step_of_the_cases_room_has_its_address_and_its_own_body():
    for step in STEPS:
        operation = v1.document["paths"][f"/api/v1/cases/{{case_id}}/{step.value}"]["post"]
        assert "application/json" in operation["requestBody"]["content"], step
        assert {200, 401, 403, 404, 409, 412, 422, 429, 503} <= set(operation["responses"]), step


@pytest.mark.parametrize("tag", ['"1"', 'W/"1"'])
def test_a_stale_if_match_is_412_and_changes_nothing(api_as, loop, tag):
    loop.accepted()
    url = f"{CASES}/{loop.id}/propose"
    row = {"standard": standard().pk}
    response = api_as("受理员_五华").post(url, json=row, headers={"If-Match": tag})
    assert response.status_code == 412
    assert "刷新" in response.json()["detail"]
    assert CaseEvent.unscoped.filter(chain=loop.id).count() == 2


def test_a_fitting_if_match_and_none_at_all_pass(api_as, loop):
    client = api_as("受理员_五华")
    tag = client.get(f"{CASES}/{loop.id}")["ETag"]
    assert client.post(f"{CASES}/{loop.id}/accept", json={}, headers={"If-Match": tag}).status_code == 200
    assert client.post(f"{CASES}/{loop.id}/note", json={"note": "看过"}).status_code == 200


@pytest.mark.parametrize("tag", ["abc", '"x"', "7"])
def test_what_is_no_tag_of_ours_cannot_match(api_as, loop, tag):
    response = api_as("受理员_五华").post(f"{CASES}/{loop.id}/accept", json={}, headers={"If-Match": tag})
    assert response.status_code == 412


def test_two_dispatchers_cannot_overwrite_each_other(api_as, loop, departments):
    loop.filed()
    client = api_as("派遣员_五华")
    tag = client.get(f"{CASES}/{loop.id}")["ETag"]
    first, second = (
        client.post(
            f"{CASES}/{loop.id}/dispatch",
            json={"to": departments[name].code},
            headers={"If-Match": tag},
        )
        for name in ("环卫", "市政")
    )
    assert (first.status_code, second.status_code) == (200, 412)
    assert [leg["department"] for leg in client.get(f"{CASES}/{loop.id}").json()["legs"]] == [
        departments["环卫"].pk
    ]


@pytest.mark.parametrize(
    ("step", "body", "field"),
    [
        ("dispatch", {"to": "91530102MA6K000000"}, "to"),
        ("dispatch", {"to": 987654}, "to"),
        ("dispatch", {}, "to"),
        ("dispatch", {"to": {"x": 1}}, "to"),
        ("dispatch", {"to": 1, "colour": "red"}, "colour"),
    ],
)
def test_a_department_that_is_none_is_named(api_as, loop, step, body, field):
    loop.filed()
    response = api_as("派遣员_五华").post(f"{CASES}/{loop.id}/{step}", json=body)
    assert response.status_code == 422, response.content
    assert field in {error["field"].partition(".")[0] for error in response.json()["errors"]}


def test_a_department_of_another_city_cannot_be_chosen(api_as, loop, departments):
    loop.filed()
    body = {"to": departments["大理城管局"].code}
    assert api_as("派遣员_五华").post(f"{CASES}/{loop.id}/dispatch", json=body).status_code == 422


def test_an_inspector_of_another_city_cannot_be_sent(api_as, loop, cast):
    loop.accepted()
    body = {"inspector": cast["派遣员_大理"].pk}
    response = api_as("受理员_五华").post(f"{CASES}/{loop.id}/request_verify", json=body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "inspector"


def test_a_refusal_says_what_to_do(api_as, loop):
    response = api_as("值班长_五华").post(f"{CASES}/{loop.id}/close", json={})
    assert response.status_code == 409
    assert "待受理" in response.json()["detail"]


def test_what_i_may_do_and_why_not(api_as, loop):
    body = {row["step"]: row for row in api_as("受理员_五华").get(f"{CASES}/{loop.id}/steps").json()}
    assert body["accept"]["allowed"]
    assert not body["request_check"]["allowed"]
    assert body["request_check"]["why_not"]
    assert "category" in body["accept"]["arguments"]["properties"]
    assert "close" not in body


def test_a_photo_uploaded_before_is_named_by_its_id(api_as, loop):
    loop.dispatched()
    client = api_as("经办人_环卫")
    uploaded = client.post("/api/v1/files", json={"file": picture(33)})
    assert uploaded.status_code == 201, uploaded.content
    body = {"note": "已清扫", "photos": [uploaded.json()["id"]]}
    done = client.post(f"{CASES}/{loop.id}/handle", json=body)
    assert done.status_code == 200, done.content
    file = done.json()["files"][-1]
    shown = client.get(file["url"])
    assert shown.status_code == 200
    assert shown["Content-Type"] == "image/jpeg"
    assert api_as("派遣员_大理").get(file["url"]).status_code == 404
    assert api_as(None).get(file["url"]).status_code == 401


def test_a_photo_of_a_case_elsewhere_cannot_be_borrowed(api_as, loop, cast, departments):

    loop.handled()
    file = api_as("值班长_五华").get(f"{CASES}/{loop.id}").json()["files"][-1]["file"]
    there = Loop(cast, departments, lon=102.7105, lat=25.0405)
    body = {"note": "x", "photos": [file]}
    client = api_as("受理员_盘龙")
    assert client.post(f"{CASES}/{there.id}/note", json=body).status_code == 422
    assert client.post(f"{CASES}/{there.id}/note", json={"note": "x"}).status_code == 200


def test_an_unknown_uploaded_file_is_named(api_as, loop):
    loop.dispatched()
    body = {"note": "已清扫", "photos": [str(uuid.uuid4())]}
    response = api_as("经办人_环卫").post(f"{CASES}/{loop.id}/handle", json=body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "photos"


def test_the_contact_is_shown_once_to_whom_disclosed_it(api_as, loop):
    client = api_as("受理员_五华")
    assert "13812345678" not in client.get(f"{CASES}/{loop.id}").content.decode()
    told = client.post(f"{CASES}/{loop.id}/disclose", json={"note": "需要问清楚位置"})
    assert told.status_code == 200, told.content
    assert told.json()["contact"]["phone"] == "13812345678"
    assert client.get(f"{CASES}/{loop.id}").json()["contact"] is None
    assert client.post(f"{CASES}/{loop.id}/disclose", json={}).status_code == 422


def test_a_token_for_reading_does_nothing(api_as, loop):
    client = api_as("受理员_五华", scopes=("read",))
    assert client.get(f"{CASES}/{loop.id}").status_code == 200
    assert client.post(f"{CASES}/{loop.id}/accept", json={}).status_code == 403
    assert Case.unscoped.get(pk=loop.id).stage == "reported"


def test_the_reporter_answers_rates_and_reopens_with_his_code(api_as, loop):
    loop.closed()
    number, code = loop.received.number, loop.received.query_code
    client = api_as(None)
    url = f"/api/v1/reports/{number}"
    assert client.post(f"{url}/rate", json={"code": "AAAA-AAAA", "rating": "satisfied"}).status_code == 404
    assert client.post(f"{url}/rate", json={"code": code, "rating": "great"}).status_code == 422
    rated = client.post(f"{url}/rate", json={"code": code, "rating": "unsatisfied"})
    assert rated.status_code == 200, rated.content
    assert rated.json()["rating"] == "unsatisfied"
    again = client.post(f"{url}/reopen", json={"code": code, "note": "又堆满了", "photos": [picture(44)]})
    assert again.status_code == 200, again.content
    assert again.json()["stage"] != "closed"


@pytest.mark.parametrize(
    "who", ["受理员_五华", "派遣员_五华", "经办人_环卫", "监督员_五华_甲", "领导_五华", "审计员"]
)
def test_everybody_has_a_desk(api_as, loop, who):
    loop.dispatched()
    body = api_as(who).get("/api/v1/desk").json()
    assert set(body) == {"tabs", "tab", "items", "next"}
    if who == "经办人_环卫":
        assert [row["number"] for row in body["items"]] == [loop.received.number]


def test_lists_go_on_by_keyset(api_as, cast, departments):
    from xiucheng.cases.tests.loop import reported

    numbers = [reported(description=f"第 {n} 件").number for n in range(7)]
    client, seen, after = api_as("受理员_五华"), [], None
    while True:
        page = client.get(CASES, {"limit": 3} | ({"after": after} if after else {})).json()
        seen += [row["number"] for row in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == numbers[::-1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"after": "nonsense"}, "after"),
        ({"stage": "nowhere"}, "stage"),
        ({"category": "01001"}, "category"),
        ({"division": "5"}, "division"),
        ({"since": "31.12.2026"}, "since"),
        ({"words": "\0"}, "words"),
        ({"department": 2**70}, "department"),
        ({"sort": "random"}, "sort"),
    ],
)
def test_a_bad_filter_is_named_in_chinese(api_as, query, field):
    response = api_as("受理员_五华").get(CASES, query)
    assert response.status_code == 422, response.content
    error = response.json()["errors"][0]
    assert error["field"] == field
    assert any("\u4e00" <= letter <= "\u9fff" for letter in error["reason"])


@pytest.mark.parametrize(
    "query",
    [
        {"stage": "reported"},
        {"open": "true"},
        {"division": "530102001"},
        {"category": "matter/06001"},
        {"channel": "web"},
        {"urgent": "false"},
        {"overdue": "false"},
        {"words": "垃圾"},
        {"since": "2020-01-01", "until": "2099-01-01"},
        {"sort": "due"},
    ],
)
def test_each_filter_finds_the_case(api_as, loop, query):
    rows = api_as("受理员_五华").get(CASES, query).json()["items"]
    assert [row["number"] for row in rows] == [loop.received.number]


def test_a_dispatcher_is_told_who_is_responsible_and_why(api_as, cast, departments):
    loop = Loop(cast, departments).filed()
    told = api_as("派遣员_五华").get(f"/api/v1/cases/{loop.id}/responsible").json()
    assert told["lead_name"] and told["why"].endswith("。")
    sent = api_as("派遣员_五华").post(f"/api/v1/cases/{loop.id}/dispatch", json={"to": told["lead"]})
    assert sent.json()["stage"] == "handling"
    assert [leg["department"] for leg in sent.json()["legs"]] == [told["lead"]]


def test_nobody_is_responsible_for_a_case_without_a_category(api_as, cast, departments):
    loop = Loop(cast, departments, category="").accepted()
    answer = api_as("派遣员_五华").get(f"/api/v1/cases/{loop.id}/responsible")
    assert (answer.status_code, answer.json()["detail"]) == (409, "这个案件还没有类别，请受理员先填类别。")
