"""Webhooks against a receiver that really listens: signed, retried, paused, never to the own network."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django import app

from xiucheng.cases import actions as cases
from xiucheng.cases.tests.loop import Loop, reported
from xiucheng.kernel import jobs, settings
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import AdminChange
from xiucheng.live import actions
from xiucheng.live import jobs as live_jobs
from xiucheng.live.models import Delivery, Webhook
from xiucheng.live.rules.outside import NotOutside, reachable, target
from xiucheng.live.rules.signing import HEADER, is_signed, sign

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "a-secret-that-is-long-enough"


class Receiver(ThreadingHTTPServer):
    """Another agency's program: what it got, and what it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status, self.location = 200, ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers.items()), body))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    made = Receiver()
    settings.WEBHOOK_HOSTS = [f"127.0.0.1:{made.server_port}"]
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def hook(transactional_db: None, cast: Any, receiver: Receiver) -> Webhook:
    made = actions.save_webhook(by=cast["系统管理员"], name="交警", url=receiver.url, secret=SECRET)
    work()  # from now on
    return made


def work() -> None:
    """Hand out, and a real worker until the queue is empty; retries wait for nobody here."""
    jobs.defer(live_jobs.hand_out)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = null WHERE status = 'todo'")
    connector: Any = app.connector
    worker = app.with_connector(connector.get_worker_connector())

    async def run() -> None:
        async with worker.open_async():
            await worker.run_worker_async(
                wait=False, install_signal_handlers=False, listen_notify=False, concurrency=1
            )

    async_to_sync(run)()


# -- what arrives ---


def test_a_step_arrives_signed_and_without_anybody_in_it(
    hook: Webhook, receiver: Receiver, cast: Any
) -> None:
    number = reported(reporter_name="张三", address="东风西路 1 号", description="门口的井盖没了").number
    work()
    headers, body = receiver.got[0]
    assert is_signed(SECRET, body, headers[HEADER], int(time.time()))
    assert not is_signed("another secret, also long", body, headers[HEADER], int(time.time()))
    assert not is_signed(SECRET, body + b" ", headers[HEADER], int(time.time()))
    assert not is_signed(SECRET, body, headers[HEADER], int(time.time()) + 301)
    said = json.loads(body)
    assert (said["event"], said["case"]["number"], said["case"]["county"]) == (
        "case.report",
        number,
        "530102",
    )
    assert headers["X-Xiucheng-Delivery"] == said["delivery"]
    text = body.decode()
    for personal in ("张三", "13812345678", "东风西路", "井盖"):
        assert personal not in text
    row = Delivery.objects.get()
    assert (row.status, row.attempts, row.answer) == ("sent", 1, 200)


def test_each_event_is_sent_once_however_often_it_is_handed_out(hook: Webhook, receiver: Receiver) -> None:
    for _ in range(3):
        reported()
        work()
    work()
    assert len(receiver.got) == 3 == Delivery.objects.count()


def test_only_the_wanted_steps_of_the_wanted_places(cast: Any, departments: Any, receiver: Receiver) -> None:
    by = cast["系统管理员"]
    actions.save_webhook(by=by, name="立案", url=receiver.url, secret=SECRET, events=["file"])
    actions.save_webhook(by=by, name="盘龙", url=receiver.url, secret=SECRET, scope_codes=["530103"])
    work()
    Loop(cast, departments).dispatched()(cases.note, "派遣员_五华", note="内部的话")
    work()
    assert [json.loads(body)["event"] for _, body in receiver.got] == ["case.file"]


def test_notes_among_staff_never_leave(
    hook: Webhook, receiver: Receiver, cast: Any, departments: Any
) -> None:
    Loop(cast, departments).dispatched()(cases.note, "派遣员_五华", note="内部的话")
    work()
    events = [json.loads(body)["event"] for _, body in receiver.got]
    assert "case.dispatch" in events and "case.note" not in events


def test_what_happened_before_the_first_registration_stays_untold(cast: Any, receiver: Receiver) -> None:
    reported()
    actions.save_webhook(by=cast["系统管理员"], name="新来的", url=receiver.url, secret=SECRET)
    work()
    assert receiver.got == []


# -- when it does not arrive ---


def test_a_failure_is_tried_again_and_its_success_forgives(hook: Webhook, receiver: Receiver) -> None:
    receiver.status = 503
    reported()
    work()  # the first try
    row = Delivery.objects.get()
    assert (row.status, row.answer) == ("retrying", 503) and row.error == "对方答复 503。"
    receiver.status = 200
    work()
    row.refresh_from_db()
    hook.refresh_from_db()
    assert (row.status, hook.failures) == ("sent", 0) and row.attempts >= 2
    first, last = receiver.got[0][1], receiver.got[-1][1]
    assert first == last  # the same number: the receiver may know it


def test_after_so_many_failures_in_a_row_it_pauses_and_can_be_resumed(
    hook: Webhook, receiver: Receiver, cast: Any
) -> None:
    settings.set_value(key="webhook.failures_max", value="2", by="test")
    receiver.status = 500
    reported()
    work()
    work()
    hook.refresh_from_db()
    assert hook.paused_at and hook.failures == 2
    tried = len(receiver.got)
    reported()
    work()
    work()
    assert len(receiver.got) == tried
    assert not Delivery.objects.exclude(status="failed").exists()
    receiver.status = 200
    actions.resume_webhook(by=cast["系统管理员"], webhook_id=hook.pk)
    reported()
    work()
    assert Delivery.objects.filter(status="sent").count() == 1


def test_redirects_are_not_followed(hook: Webhook, receiver: Receiver) -> None:
    receiver.status, receiver.location = 302, "http://127.0.0.1:1/secret"
    reported()
    work()
    assert Delivery.objects.get().answer == 302 and Delivery.objects.get().status == "retrying"


def test_sending_again_sends_the_same(hook: Webhook, receiver: Receiver, cast: Any) -> None:
    reported()
    work()
    row = Delivery.objects.get()
    actions.send_again(by=cast["系统管理员"], webhook_id=hook.pk, delivery_id=row.pk)
    with pytest.raises(Refused) as refused:
        actions.send_again(by=cast["系统管理员"], webhook_id=hook.pk, delivery_id=row.pk)
    assert refused.value.status == 409
    work()
    assert [body for _, body in receiver.got] == [row.body.encode()] * 2


# -- where it may go ---


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x", "http://localhost/x", "http://10.1.2.3/", "http://192.168.0.9/", "http://172.16.0.1/",
        "http://169.254.169.254/latest/meta-data", "http://[::1]/", "http://[fe80::1]/", "http://[fd00::1]/",
        "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/", "http://100.64.0.1/", "http://224.0.0.1/",
        "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "ftp://example.org/", "https://", "nonsense",
        "https://user:secret@example.org/", "http://a.internal/", "https://example.org:99999/", "http://127.0.0.1:1/x",
    ],
)  # fmt: skip
def test_the_own_network_is_refused_at_once(db: None, cast: Any, url: str) -> None:
    with pytest.raises(Refused) as refused:
        actions.save_webhook(by=cast["系统管理员"], name="x", url=url, secret=SECRET)
    assert refused.value.field == "url" and not Webhook.objects.exists()


def test_a_name_of_the_own_network_is_refused_when_it_is_sent_to(hook: Webhook, settings: Any) -> None:
    settings.WEBHOOK_HOSTS = []  # the operator took it back
    Webhook.objects.update(url=f"http://localhost.localdomain:{hook.url.split(':')[2]}")
    reported()
    work()
    row = Delivery.objects.get()
    assert row.answer is None and row.status == "retrying"


def test_one_address_inside_among_many_is_enough_to_refuse() -> None:
    assert reachable(["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]) == "93.184.215.14"
    with pytest.raises(NotOutside):
        reachable(["93.184.215.14", "127.0.0.1"])
    assert target("http://10.0.0.1:8080/x", ["10.0.0.1:8080"]).inside
    assert not target("http://10.0.0.1:8081/x", ["10.0.0.1:8080"]).inside


def test_the_signature_is_what_the_documentation_says() -> None:
    assert sign("s3cret", b"{}", 1764000000).startswith("t=1764000000,v1=6850ae36adb3d514")


# -- who may, and the pages ---


@pytest.mark.parametrize("who", ["受理员_五华", "安全管理员", "审计员"])
def test_only_whoever_manages_settings(db: None, cast: Any, page_as: Any, who: str) -> None:
    with pytest.raises(Refused) as refused:
        actions.save_webhook(by=cast[who], name="x", url="https://example.org/", secret=SECRET)
    assert refused.value.status == 403
    assert page_as(who).get("/admin/webhooks").status_code == 403
    assert page_as(who).post("/admin/webhooks/new", {}).status_code == 403


def test_an_administrator_registers_tests_and_reads_the_record(
    cast: Any, page_as: Any, receiver: Receiver
) -> None:
    desk = page_as("系统管理员")
    assert "还没有推送地址" in desk.get("/admin/webhooks").content.decode()
    form = {
        "name": "交警",
        "url": receiver.url,
        "secret": SECRET,
        "scope_codes": "530102，530103",
        "active": "on",
    }
    answer = desk.post("/admin/webhooks/new", form | {"events": ["file", "close"]})
    hook = Webhook.objects.get()
    assert (
        answer.status_code == 302
        and hook.scope_codes == ["530102", "530103"]
        and hook.events == ["close", "file"]
    )
    desk.post(f"/admin/webhooks/{hook.pk}/test")
    work()
    page = desk.get(f"/admin/webhooks/{hook.pk}").content.decode()
    assert "已送达" in page and "测试" in page and SECRET not in page
    assert json.loads(receiver.got[0][1])["event"] == "case.ping"
    row = Delivery.objects.get()
    assert desk.post(f"/admin/webhooks/{hook.pk}/deliveries/{row.pk}/again").status_code == 302
    work()
    assert len(receiver.got) == 2
    assert desk.post(f"/admin/webhooks/{hook.pk}", form | {"secret": "", "name": "交管"}).status_code == 302
    hook.refresh_from_db()
    assert (hook.name, hook.secret, hook.events) == ("交管", SECRET, [])
    kept = " ".join(str(change.data) for change in AdminChange.objects.filter(subject__startswith="webhook"))
    assert "交警" in kept and SECRET not in kept
    assert desk.post(f"/admin/webhooks/{hook.pk}/delete").status_code == 302
    assert not Webhook.objects.exists()
    assert desk.get(f"/admin/webhooks/{hook.pk}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": "http://127.0.0.1/"}, "内部网络"),
        ({"secret": "short"}, "至少 16 个字符"),
        ({"scope_codes": "999999"}, "没有区划 999999"),
        ({"name": ""}, "请填这一项"),
    ],
)
def test_what_was_typed_is_kept(db: None, page_as: Any, changes: dict[str, str], said: str) -> None:
    form = {"name": "交警", "url": "https://example.org/hook", "secret": SECRET, "scope_codes": ""} | changes
    answer = page_as("系统管理员").post("/admin/webhooks/new", form)
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page
    assert form["url"] in page and not Webhook.objects.exists()


def test_old_records_are_dropped(hook: Webhook, receiver: Receiver) -> None:
    reported()
    work()
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=91))
    live_jobs.drop_old()
    assert not Delivery.objects.exists()


def test_a_list_costs_the_same_for_one_and_for_many(
    db: None, cast: Any, page_as: Any, receiver: Receiver
) -> None:
    desk, by = page_as("系统管理员"), cast["系统管理员"]
    costs = []
    desk.get("/admin/webhooks")
    for count in (1, 4):
        for number in range(count):
            actions.save_webhook(by=by, name=f"n{number}", url="https://example.org/", secret=SECRET)
        with CaptureQueriesContext(connection) as captured:
            desk.get("/admin/webhooks")
        costs.append(len(captured))
    assert abs(costs[0] - costs[1]) <= 1  # the stamps are looked at once a second
