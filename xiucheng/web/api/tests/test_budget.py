"""How many statements an address may cost: the whole request, token and limits included."""

import base64

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from xiucheng.cases.tests.loop import SPOT, jpeg, reported, standard
from xiucheng.catalog import snapshot
from xiucheng.kernel import stamps

REPORT, STEP, DESK = 10, 15, 12


@pytest.fixture(autouse=True)
def warm(settings, city):
    """Limits count; what each process reads once a second was just read."""
    settings.RATE_LIMITS = True
    snapshot.current()
    with stamps.held():
        yield


def cost(call) -> list[str]:
    """Statements of a request that succeeds; savepoints of the test's own transaction are none."""
    with CaptureQueriesContext(connection) as captured:
        response = call()
    assert response.status_code < 300, response.content
    return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]


def test_a_report(api, pothole):
    seen = cost(lambda: api.post("/api/v1/reports", json=pothole))
    assert len(seen) <= REPORT, seen


def test_the_retry_of_a_report(api, pothole):
    api.post("/api/v1/reports", json=pothole)
    seen = cost(lambda: api.post("/api/v1/reports", json=pothole))
    assert len(seen) <= 4, seen


def test_the_steps_of_the_loop(api_as, loop, cast, departments):
    """Authentication, limit and the answer with all its parts included."""
    clients = {name: api_as(name) for name in cast}
    photo = [base64.b64encode(jpeg(70)).decode()]
    here = {"longitude": SPOT[0], "latitude": SPOT[1]}
    steps = [
        ("受理员_五华", "accept", {}),
        ("受理员_五华", "request_verify", {"inspector": cast["监督员_五华_甲"].pk}),
        ("监督员_五华_甲", "answer_verify", {"found": True, "photos": photo} | here),
        ("值班长_五华", "file", {"standard": standard().pk}),
        ("派遣员_五华", "dispatch", {"to": departments["环卫"].pk}),
        ("经办人_环卫", "take", {}),
        ("经办人_环卫", "handle", {"note": "已清扫", "photos": photo}),
        ("派遣员_五华", "forward", {}),
        ("受理员_五华", "request_check", {"inspector": cast["监督员_五华_乙"].pk}),
        ("监督员_五华_乙", "answer_check", {"passed": True, "photos": photo} | here),
        ("值班长_五华", "close", {}),
    ]
    found = {}
    for who, step, body in steps:
        call = lambda who=who, step=step, body=body: clients[who].post(  # noqa: E731
            f"/api/v1/cases/{loop.id}/{step}", json=body
        )
        found[step] = len(cost(call))
    assert max(found.values()) <= STEP, found


@pytest.mark.parametrize("path", ["/api/v1/desk", "/api/v1/cases", "/api/v1/me"])
def test_lists_and_the_desk(api_as, loop, path):
    for n in range(5):
        reported(description=f"第 {n} 件")
    client = api_as("受理员_五华")
    seen = cost(lambda: client.get(path))
    assert len(seen) <= DESK, seen


def test_one_case(api_as, loop):
    loop.handled()
    client = api_as("值班长_五华")
    seen = cost(lambda: client.get(f"/api/v1/cases/{loop.id}"))
    assert len(seen) <= DESK, seen
