"""Who may ask for what: every address of staff, four kinds of asker. An address without a row fails."""

import uuid

import pytest

from xiucheng.cases.actions import STEPS
from xiucheng.cases.api.bodies import DOORS
from xiucheng.cases.words import Step
from xiucheng.people.rules import Right
from xiucheng.web.api.v1 import api as v1

CASE = "/api/v1/cases/{case_id}"
# address → (own, no right, other city); None: such a person does not exist for it
READS = {
    "/api/v1/cases": ("受理员_五华", "审计员"),
    CASE: ("受理员_五华", "审计员"),
    f"{CASE}/events": ("考评员_五华", "审计员"),
    f"{CASE}/steps": ("经办人_环卫", "系统管理员"),
    f"{CASE}/responsible": ("派遣员_五华", "审计员"),
    f"{CASE}/files/{{file}}": ("值班长_五华", "安全管理员"),
    "/api/v1/notices": ("经办人_环卫", "审计员"),
}
OPEN_TO_ALL_STAFF = {"/api/v1/me", "/api/v1/desk", "/api/v1/departments", "/api/v1/crews"}
OTHERWISE_TESTED = {
    "/api/v1/colleagues",
    "/api/v1/files",
    "/api/v1/tokens/current",
    "/api/v1/notices/read",  # cases/tests/test_notices.py
}
BODIES: dict[Step, dict] = {
    Step.ANSWER_VERIFY: {"found": True},
    Step.ANSWER_CHECK: {"passed": True},
    Step.SUPERVISE: {"level": "一般", "reply_by": "2099-01-01T00:00:00Z", "note": "x"},
    Step.SUSPEND: {"until": "2099-01-01T00:00:00Z", "note": "x"},
    Step.VOID: {"reason": "误报", "note": "x"},
    Step.RATE: {"rating": "fair"},
    Step.ASSIGN: {"crew": 1},
    Step.CALLBACK: {"rating": "fair"},
    Step.RELEASE: {"words": "x"},
    Step.SELF_HANDLE: {"after": []},
    Step.MERGE: {"into": str(uuid.uuid4())},
}


def body_of(step: Step, cast, departments) -> dict:
    """A body that its schema accepts."""
    if step in BODIES:
        return BODIES[step]
    values = {
        "note": "x",
        "granted": True,
        "to": departments["环卫"].pk,
        "cooperating": [departments["市政"].pk],
        "inspector": cast["监督员_五华_甲"].pk,
        "standard": 1,
    }
    required = DOORS[step].body.model_json_schema().get("required", ())
    return {name: values[name] for name in required}


def staff_addresses() -> set[str]:
    return {
        path
        for path, item in v1.document["paths"].items()
        for operation in item.values()
        if isinstance(operation, dict) and operation.get("security")
    }


def test_every_address_of_staff_is_in_this_matrix():
    steps = {f"{CASE}/{step.value}" for step in STEPS}
    assert staff_addresses() == set(READS) | steps | OPEN_TO_ALL_STAFF | OTHERWISE_TESTED


@pytest.fixture
def addressed(loop):
    """A dispatched case of 五华, and its addresses."""
    loop.dispatched()
    file = loop.done.state.evidence[-1].file

    def url(path: str, case_id=loop.id) -> str:
        return path.replace("{case_id}", str(case_id)).replace("{file}", str(file))

    return url


@pytest.mark.parametrize("path", READS)
def test_reading(api_as, addressed, path):
    own, no_right = READS[path]
    assert api_as(None).get(addressed(path)).status_code == 401
    assert api_as(own).get(addressed(path)).status_code == 200
    assert api_as(no_right).get(addressed(path)).status_code == 403
    other = api_as("派遣员_大理").get(addressed(path))
    if "{" in path:
        assert other.status_code == 404
        assert api_as(own).get(addressed(path, uuid.uuid4())).status_code == 404
    else:
        assert other.json()["items"] == []


@pytest.mark.parametrize("path", sorted(OPEN_TO_ALL_STAFF))
def test_reading_what_all_staff_may(api_as, addressed, path):
    assert api_as(None).get(path).status_code == 401
    assert api_as("审计员").get(path).status_code == 200


def test_a_department_sees_only_its_own_cases(api_as, addressed):
    assert len(api_as("经办人_环卫").get("/api/v1/cases").json()["items"]) == 1
    assert api_as("经办人_排水").get("/api/v1/cases").json()["items"] == []
    assert api_as("经办人_排水").get(addressed(CASE)).status_code == 404


def test_another_county_sees_only_what_is_near_its_border(api_as, addressed, cast, departments):
    from xiucheng.cases.tests.loop import reported
    from xiucheng.people.tests.city import POINTS

    lon, lat = POINTS["边界_五华"]
    near = reported(lon=lon, lat=lat)
    rows = api_as("受理员_盘龙").get("/api/v1/cases").json()["items"]
    assert [row["number"] for row in rows] == [near.number]


@pytest.mark.parametrize("step", sorted(STEPS))
def test_a_step(api_as, addressed, cast, departments, step):
    """Nobody 401; nobody else's city 404; without the right 403, and the case is as before."""
    url, body = addressed(f"{CASE}/{step.value}"), body_of(step, cast, departments)
    assert api_as(None).post(url, json=body).status_code == 401
    with_right = {name for name, post in cast.items() if Right(step.value) in post.rights}
    assert with_right, "somebody must be able to do it"
    lacking = (
        next(
            name
            for name in ("受理员_五华", "派遣员_五华", "经办人_环卫", "值班长_五华")
            if name not in with_right
        )
        if step != Step.NOTE
        else "考评员_五华"
    )
    refused = api_as(lacking).post(url, json=body)
    assert refused.status_code == 403, refused.content
    assert refused["Content-Type"] == "application/problem+json"
    before = api_as("受理员_五华").get(addressed(CASE)).json()["seq"]
    elsewhere = api_as("派遣员_大理").post(url, json=body)
    assert elsewhere.status_code == 404, elsewhere.content
    assert api_as("受理员_五华").get(addressed(CASE)).json()["seq"] == before


def test_colleagues_only_inside_ones_own_scope(api_as, cast):
    url, query = "/api/v1/colleagues", {"right": "answer_check", "division": "530102001001"}
    assert api_as(None).get(url, query).status_code == 401
    names = {row["name"] for row in api_as("受理员_五华").get(url, query).json()}
    assert {"监督员_五华_甲", "监督员_五华_乙"} <= names
    assert api_as("派遣员_大理").get(url, query).status_code == 404
    assert api_as("受理员_五华").get(url, query | {"right": "fly"}).status_code == 422


def test_uploading_needs_somebody_who_works_on_cases(api_as):
    assert api_as(None).post("/api/v1/files", json={"file": "AAAA"}).status_code == 401
    assert api_as("审计员").post("/api/v1/files", json={"file": "AAAA"}).status_code == 403
    assert api_as("受理员_五华").post("/api/v1/files", json={"file": "AAAA"}).status_code == 422
