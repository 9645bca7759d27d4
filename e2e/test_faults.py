"""Killed, cut off, doubled, overtaken: nothing acknowledged is lost, doubled or half-written (design §7.1)."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import DESK, PHONE
from e2e.town import SPOT, Town, Visitor, png, report, until
from e2e.work import filed, reported, worker

CLIENTS = 4


@pytest.fixture(autouse=True)
def still_proves_itself(town: Town) -> Iterator[None]:
    """Whatever was done to the town: afterwards the ledger verifies, and every row equals its rebuilt case."""
    yield
    town.revive_web()  # a test that failed must not take the others with it
    for words in (("verify_ledger", "--json"), ("rebuild_cases", "--check", "--json")):
        done = subprocess.run(
            [sys.executable, "manage.py", *words], env=town.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


class Senders:
    """Clients as they should be: each report has one UUID and is sent until somebody says yes."""

    def __init__(self, town: Town, clients: int = CLIENTS) -> None:
        self.town, self.clients = town, clients
        self.acknowledged: dict[str, str] = {}  # uuid → number
        self.answers: list[requests.Response] = []  # those that were no yes
        self.lost = 0  # connections cut without an answer
        self.begun: set[str] = set()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """They send for the time of the block, and each ends what it has begun."""
        over = threading.Event()
        with ThreadPoolExecutor(self.clients) as pool:
            all_of_them = [pool.submit(self._send, over) for _ in range(self.clients)]
            try:
                yield
            finally:
                over.set()
            for one in all_of_them:
                one.result(timeout=90)

    def _send(self, over: threading.Event) -> None:
        visitor = self.town.visitor()
        while not over.is_set():
            self._until_acknowledged(visitor, report(description="断电时的上报"))

    def _until_acknowledged(self, visitor: Visitor, what: dict[str, Any]) -> None:
        self.begun.add(what["uuid"])
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                answer = visitor.post("/api/v1/reports", json=what)
            except requests.RequestException:
                self.lost += 1
            else:
                if answer.status_code in (200, 201):
                    self.acknowledged[what["uuid"]] = answer.json()["number"]
                    return
                self.answers.append(answer)
            time.sleep(0.2)
        raise AssertionError(f"never acknowledged: {what['uuid']}")

    def all_there_once(self) -> None:
        """Each report is one receipt, one case, one first event, under the number that was told."""
        assert self.acknowledged and self.begun == set(self.acknowledged)
        rows = self.town.ask(
            """SELECT r.uuid::text, c.number,
                      (SELECT count(*) FROM cases_caseevent e WHERE e.chain = c.id AND e.seq = 1)
               FROM cases_receipt r JOIN cases_case c ON c.id = r.case_id WHERE r.uuid = ANY(%s::uuid[])""",
            list(self.acknowledged),
        )
        assert {uuid: number for uuid, number, _first in rows} == self.acknowledged
        assert len(rows) == len(self.acknowledged) == len(set(self.acknowledged.values()))
        assert {first for _uuid, _number, first in rows} == {1}
        everything = self.town.counts()
        assert everything["cases_case"] == everything["cases_receipt"], "a case that no client knows of"


# --- The database ---


def stopped(town: Town) -> None:
    town.stop_database()


def killed(town: Town) -> None:
    town.kill_database()


@pytest.mark.parametrize(
    ("gone", "seconds"),
    [
        (stopped, 3),
        (killed, 2),
        pytest.param(stopped, 20, marks=pytest.mark.slow),
        pytest.param(killed, 20, marks=pytest.mark.slow),
    ],
)
def test_the_database_is_away_while_clients_report(
    town: Town, gone: Callable[[Town], None], seconds: float
) -> None:
    senders = Senders(town)
    with senders.at_work():
        until(lambda: len(senders.acknowledged) > 20)
        gone(town)
        time.sleep(seconds)
        before = len(senders.acknowledged)
        town.start_database()
        until(lambda: len(senders.acknowledged) > before + 20, seconds=40)
    senders.all_there_once()

    unavailable = [answer for answer in senders.answers if answer.status_code == 503]
    assert len(unavailable) >= CLIENTS
    assert {answer.status_code for answer in senders.answers} == {503}
    for answer in unavailable:
        assert int(answer.headers["Retry-After"]) > 0
        assert "数据库" in answer.json()["detail"] and "再试" in answer.json()["detail"]


@pytest.fixture
def without_database(town: Town) -> Iterator[Town]:
    """A town where people are signed in and have pages open, and then the database goes."""
    yield town
    town.start_database()


def test_every_door_says_what_to_do_while_the_database_is_away(without_database: Town) -> None:
    town = without_database
    number = reported(town)
    clerk, citizen, program = town.signed_in("受理员_五华"), town.visitor(), worker(town, "受理员_五华")
    accept = clerk.form(f"/cases/{number}/accept", {"note": "写了一半"})
    sign_in = citizen.form("/login", {"username": "受理员_五华", "password": town.names["password"]})
    paper = citizen.form("/report", {"description": "没电", "longitude": "102.7005", "latitude": "25.0415"})
    town.stop_database()
    pages = {
        "report": citizen.hand_in(paper),
        "login": citizen.hand_in(sign_in),
        "nearby": citizen.get("/report/nearby?longitude=102.7&latitude=25.04"),
        "progress": citizen.get(f"/follow/{number}?code=0000"),
        "desk": clerk.get("/desk"),
        "case": clerk.get(f"/cases/{number}"),
        "step": clerk.hand_in(accept),
        "a stranger's session": citizen.get("/desk", cookies={"sessionid": "x" * 32}),
    }
    machines = {
        "report": citizen.post("/api/v1/reports", json=report()),
        "progress": citizen.get(f"/api/v1/reports/{number}?code=0000"),
        "places": citizen.get("/api/v1/places?longitude=102.7005&latitude=25.0415"),
        "tokens": citizen.post("/api/v1/tokens", json={"username": "受理员_五华", "password": "x"}),
        "cases": program.get("/api/v1/cases"),
        "step": program.post(f"/api/v1/cases/{number}/accept", json={}),
        "by session": clerk.get("/api/v1/cases"),
        "open311": citizen.get("/open311/v2/requests.json"),
    }
    alive, ready = citizen.get("/healthz"), citizen.get("/readyz")
    for name, answer in {**pages, **machines}.items():
        assert answer.status_code == 503, f"{name}: {answer.status_code} {answer.text[:200]}"
        assert int(answer.headers["Retry-After"]) > 0, name
        assert "数据库" in answer.text and "再试" in answer.text, f"{name}: {answer.text[:300]}"
    for name, answer in pages.items():
        assert answer.headers["Content-Type"].startswith("text/html"), name
    for name, answer in machines.items():
        assert "json" in answer.headers["Content-Type"], name
    assert (alive.status_code, ready.status_code) == (200, 503)

    town.start_database()
    assert clerk.hand_in(accept).status_code == 302, "the same form, sent again"
    assert citizen.hand_in(paper).status_code == 302


# --- The processes ---


def test_web_processes_are_killed_in_the_middle_of_requests(town: Town) -> None:
    senders = Senders(town)
    with senders.at_work():
        for _ in range(2):
            before = len(senders.acknowledged)
            until(lambda: len(senders.acknowledged) > before + 10)  # noqa: B023
            os.kill(town.web_processes()[0], signal.SIGKILL)
            until(lambda: len(town.web_processes()) == 2)
        before = len(senders.acknowledged)
        until(lambda: len(senders.acknowledged) > before + 10)
    assert senders.lost, "the kills met no request: the test shows nothing"
    assert senders.answers == []
    senders.all_there_once()


def test_a_web_process_is_killed_inside_its_transaction(town: Town) -> None:
    """The number is drawn and rows are on their way when the process dies: nothing of it stays."""
    before, what = town.counts(), report(description="写到一半")
    with psycopg.connect(town.cluster.url) as blocker, ThreadPoolExecutor(1) as pool:
        blocker.execute("LOCK TABLE cases_caseevent IN SHARE MODE")  # readers pass, writers wait
        sent = pool.submit(town.visitor().post, "/api/v1/reports", json=what)
        waits = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%cases_%%'"
        until(lambda: town.ask(waits))
        for process in town.web_processes():
            os.kill(process, signal.SIGKILL)
        with pytest.raises(requests.RequestException):
            sent.result(timeout=30)
        blocker.rollback()
    town.revive_web()
    until(lambda: not town.ask("SELECT 1 FROM pg_stat_activity WHERE state LIKE 'idle in%%'"))
    assert town.counts() == before
    first = town.visitor().post("/api/v1/reports", json=what)
    again = town.visitor().post("/api/v1/reports", json=what)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert town.counts()["cases_case"] == before["cases_case"] + 1


@pytest.mark.slow
def test_a_worker_is_killed_in_the_middle_of_a_job(town: Town) -> None:
    """The job of a dead worker is taken up by the next one, within two minutes, and is done once."""
    deferred = (
        "import django; django.setup()\nfrom xiucheng.kernel import jobs\nfrom e2e.probe.jobs import slow\n"
    )
    deferred += "jobs.defer(slow, word='killed', seconds=600)"
    subprocess.run([sys.executable, "-c", deferred], env=town.env, check=True)

    def runs() -> list[tuple[Any, ...]]:
        return town.ask("SELECT done FROM probe_run WHERE word = 'killed' ORDER BY done")

    town.start_worker()
    try:
        until(lambda: runs() == [(False,)])
        assert town.worker is not None
        os.kill(town.worker.pid, signal.SIGKILL)
        town.worker.wait(10)
        town.start_worker()
        until(lambda: (True,) in runs(), seconds=150, every=1)
        assert runs() == [(False,), (False,), (True,)], "begun twice, done once"
    finally:
        town.stop_worker()


# --- Many at once ---


@pytest.mark.parametrize("form", ["json", "multipart"])
def test_32_parallel_retries_are_one_case(town: Town, form: str) -> None:
    before, what = town.counts(), report(description="手机连发三十二次", reporter_phone="13812345678")
    picture = png(what["uuid"])
    start = threading.Barrier(32)

    def send(_: int) -> requests.Response:
        visitor = town.visitor()
        start.wait(30)
        if form == "json":
            return visitor.post("/api/v1/reports", json=what)
        return visitor.post("/api/v1/reports", data=what, files={"photos": ("a.png", picture, "image/png")})

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(send, range(32)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 31}
    assert len({answer.text for answer in answers}) == 1
    grown = {name: count - before[name] for name, count in town.counts().items() if count != before[name]}
    assert grown.pop("cases_clock") > 0
    once = ("cases_case", "cases_caseevent", "cases_receipt", "cases_reporter", "cases_notice")
    assert grown == dict.fromkeys(once, 1) | ({"cases_casefile": 1} if form == "multipart" else {})


def at_once(*calls: Callable[[], requests.Response]) -> list[requests.Response]:
    start = threading.Barrier(len(calls))

    def call(one: Callable[[], requests.Response]) -> requests.Response:
        start.wait(30)
        return one()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


def dispatched(town: Town, number: str) -> list[tuple[Any, ...]]:
    """What the ledger says was dispatched."""
    sql = """SELECT e.data->>'to' FROM cases_caseevent e JOIN cases_case c ON c.id = e.chain
             WHERE c.number = %s AND e.step = 'dispatch'"""
    return town.ask(sql, number)


@pytest.mark.parametrize(("with_etag", "refusal"), [(True, 412), (False, 409)])
def test_two_dispatchers_at_once(town: Town, with_etag: bool, refusal: int) -> None:
    number = filed(town)
    url = f"/api/v1/cases/{number}"
    both = [town.as_("派遣员_五华"), town.as_("市派遣员")]
    tags = [{"If-Match": one.get(url).headers["ETag"]} if with_etag else {} for one in both]
    homes = [town.names["departments"][name] for name in ("环卫", "市政")]
    answers = at_once(
        lambda: both[0].post(f"{url}/dispatch", json={"to": homes[0]}, headers=tags[0]),
        lambda: both[1].post(f"{url}/dispatch", json={"to": homes[1]}, headers=tags[1]),
    )
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) == [200, refusal], [answer.text for answer in answers]
    refused = answers[statuses.index(refusal)].json()
    assert "刷新" in refused["detail"] or "派遣" in refused["detail"], refused
    assert len(dispatched(town, number)) == 1
    department = both[0].get(url).json()
    assert str(homes[statuses.index(200)]) in json.dumps(department)


def test_two_dispatchers_on_their_pages(town: Town) -> None:
    """The one who was later is told so, and what was typed is still in the form."""
    number = filed(town)
    page = f"/cases/{number}/dispatch"
    first, second = town.signed_in("派遣员_五华"), town.signed_in("市派遣员")
    homes = town.names["departments"]
    late = second.form(page, {"to": homes["市政"], "note": "请连夜处置"})
    done = first.submit(page, {"to": homes["环卫"]})
    assert done.status_code == 302, done.text[:300]
    refused = second.hand_in(late)
    assert refused.status_code == 412
    assert "别人刚刚办理过" in refused.text and "请连夜处置" in refused.text
    assert len(dispatched(town, number)) == 1


# --- Twice ---


def test_a_page_sent_twice_is_one_report(town: Town) -> None:
    """The back button, the impatient thumb: at once and one after the other."""
    before, citizen = town.counts(), town.visitor()
    form = citizen.form(
        "/report", {"description": "点了两下", "longitude": "102.7005", "latitude": "25.0415"}
    )
    answers = [*at_once(*([lambda: citizen.copy().hand_in(form)] * 4)), citizen.hand_in(form)]
    assert {answer.status_code for answer in answers} == {302}, answers[0].text[:300]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    grown = town.counts()
    assert grown["cases_case"] == before["cases_case"] + 1
    assert grown["cases_reporter"] == before["cases_reporter"] + 1


def test_a_step_sent_twice_is_done_once(town: Town) -> None:
    number = town.visitor().post("/api/v1/reports", json=report()).json()["number"]
    clerk = town.signed_in("受理员_五华")
    form = clerk.form(f"/cases/{number}/accept", {"note": "点了两下"})
    answers = at_once(*[lambda: clerk.copy().hand_in(form)] * 3)
    assert sorted(answer.status_code for answer in answers) == [302, 412, 412]
    steps = "SELECT count(*) FROM cases_caseevent e JOIN cases_case c ON c.id = e.chain WHERE c.number = %s"
    assert town.ask(f"{steps} AND e.step = 'accept'", number) == [(1,)]


def test_a_call_taken_twice_is_one_report(town: Town) -> None:
    before, clerk = town.counts(), town.signed_in("受理员_五华")
    spot = {"longitude": "102.7005", "latitude": "25.0415", "channel": "hotline"}
    form = clerk.form("/intake/new", {"description": "热线来电", "reporter_phone": "13812345678", **spot})
    answers = at_once(*[lambda: clerk.copy().hand_in(form)] * 3)
    assert {answer.status_code for answer in answers} <= {200, 201}, answers[0].text[:300]
    assert town.counts()["cases_case"] == before["cases_case"] + 1


# --- A session that ends in the middle ---


def signed_out(town: Town) -> None:
    """All sessions are over, as after 30 minutes of idleness."""
    with psycopg.connect(town.cluster.url) as connection:
        connection.execute("DELETE FROM people_session")


@pytest.fixture
def desk(chromium: Browser, town: Town) -> Iterator[Page]:
    """A clerk's browser, signed in."""
    context = chromium.new_context(base_url=town.base, viewport=DESK, locale="zh-CN")
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto("/login")
    sign_in(page, town)
    yield page
    context.close()


def sign_in(page: Page, town: Town) -> None:
    page.locator("input[name=username]").fill("受理员_五华")
    page.locator("input[name=password]").fill(town.names["password"])
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/desk*")


def test_a_session_ends_in_a_half_filled_form(desk: Page, town: Town) -> None:
    """The person is told; signs in beside it; the typed words are still there, and go through."""
    number = reported(town)
    desk.goto(f"/cases/{number}")
    desk.locator('.case-actions a[href$="/accept"]').click()
    desk.locator("textarea[name=note]").fill("上报人说夜里更多")
    signed_out(town)
    desk.locator(".action-form button.btn-primary").click()
    expect(desk.get_by_text("请先登录")).to_be_visible()
    expect(desk.locator("textarea[name=note]")).to_have_value("上报人说夜里更多")
    with desk.context.expect_page() as opened:
        desk.get_by_role("link", name="在新窗口登录").click()
    sign_in(opened.value, town)
    opened.value.close()
    desk.locator(".action-form button.btn-primary").click()
    expect(desk.locator(".messages")).to_contain_text("已办理：受理")
    assert notes(town, number, "accept") == ["上报人说夜里更多"]


def test_a_session_ends_in_a_half_filled_page(desk: Page, town: Town) -> None:
    """A whole page (登记) sent after the end of the session: nothing typed is lost by signing in again."""
    before = town.counts()["cases_case"]
    desk.goto("/intake/new")
    desk.get_by_label("什么事").fill("热线来电：路灯连着五盏不亮")
    desk.get_by_text("按街道、社区选择").click()
    desk.locator("#county").select_option(label="五华区")
    signed_out(town)
    desk.get_by_role("button", name=re.compile("^登记")).click()
    expect(desk.get_by_text("登录已过期，填写的内容还在")).to_be_visible()
    expect(desk.get_by_text("热线来电：路灯连着五盏不亮")).to_be_visible()  # to copy, come what may
    with desk.context.expect_page() as opened:
        desk.get_by_role("link", name="在新窗口登录").click()
    sign_in(opened.value, town)
    opened.value.close()
    kept = desk.get_by_label("什么事")
    if not kept.count():
        desk.go_back()
    expect(kept).to_have_value("热线来电：路灯连着五盏不亮")
    desk.get_by_role("button", name=re.compile("^登记")).click()
    expect(desk.locator("main")).to_contain_text("查询码")
    assert town.counts()["cases_case"] == before + 1


def test_the_database_goes_while_a_form_is_filled_in(desk: Page, without_database: Town) -> None:
    town = without_database
    number = reported(town)
    desk.goto(f"/cases/{number}")
    desk.locator('.case-actions a[href$="/accept"]').click()
    desk.locator("textarea[name=note]").fill("上报人说夜里更多")
    town.stop_database()
    desk.locator(".action-form button.btn-primary").click()
    expect(desk.get_by_text("数据库暂时连接不上")).to_be_visible()
    expect(desk.locator("textarea[name=note]")).to_have_value("上报人说夜里更多")
    town.start_database()
    desk.locator(".action-form button.btn-primary").click()
    expect(desk.locator(".messages")).to_contain_text("已办理：受理")
    assert notes(town, number, "accept") == ["上报人说夜里更多"]


def notes(town: Town, number: str, step: str) -> list[str]:
    sql = """SELECT e.note FROM cases_caseevent e JOIN cases_case c ON c.id = e.chain
             WHERE c.number = %s AND e.step = %s"""
    return [note for (note,) in town.ask(sql, number, step)]


def test_a_phone_sends_by_itself_when_the_database_is_back(chromium: Browser, without_database: Town) -> None:
    """The citizen presses once and waits; the page tells why, tries again, and shows the number."""
    town = without_database
    before = town.counts()["cases_case"]
    lon, lat = SPOT
    context = chromium.new_context(
        base_url=town.base,
        viewport=PHONE,
        locale="zh-CN",
        permissions=["geolocation"],
        geolocation={"longitude": lon, "latitude": lat, "accuracy": 9},
    )
    page = context.new_page()
    page.goto("/report")
    page.wait_for_selector("#report-form[data-ready]")
    page.get_by_role("button", name="用手机的位置").click()
    expect(page.locator("[data-place-says]")).to_contain_text("手机定位")
    page.get_by_label("什么事").fill("数据库停了也要能报")
    town.stop_database()
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("[data-network]")).to_contain_text("系统正忙，稍后自动再发")
    town.start_database()
    page.wait_for_url("**/report/done/*", timeout=30_000)
    assert town.counts()["cases_case"] == before + 1
    context.close()
