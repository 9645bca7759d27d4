"""The real process on the test's database: who may listen, what is heard, when it ends."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, transaction
from django.utils import timezone

from xiucheng.cases import actions
from xiucheng.cases.models import CaseEvent
from xiucheng.cases.tests.loop import Loop, reported
from xiucheng.kernel import live
from xiucheng.kernel.backup import tools
from xiucheng.live.stream import reading
from xiucheng.live.stream.client import Client
from xiucheng.live.stream.hub import Hub
from xiucheng.live.stream.reading import store
from xiucheng.people.models import Post
from xiucheng.people.queries import SESSION_POST

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture
def port(transactional_db: None, cast: Any) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])
    env = os.environ | {
        "DATABASE_URL": tools.address(connection.settings_dict),
        "XIUCHENG_SECRET_KEY": settings.SECRET_KEY,
        "XIUCHENG_FIELD_KEY": settings.FIELD_KEY,
        "XIUCHENG_CODE_KEY": settings.CODE_KEY,
        "XIUCHENG_ALLOWED_HOSTS": "127.0.0.1,localhost",
        "PORT": "8000",
    }
    command = [
        sys.executable, str(settings.ROOT / "var" / "venv" / "bin" / "granian"), "--interface", "asgi", "--no-ws",
        "--http", "1", "--host", "127.0.0.1", "--port", str(number), "--workers", "1", "xiucheng.live.asgi:application",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=settings.ROOT, env=env, stdout=subprocess.DEVNULL)
    try:
        until(lambda: healthz(number) is not None, 60)
        yield number
    finally:
        process.terminate()
        process.wait(20)


def until(done: Callable[[], Any], seconds: float = 15) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := done():
            return found
        time.sleep(0.05)
    raise AssertionError(f"still not so after {seconds} s")


def healthz(port: int) -> dict[str, Any] | None:
    try:
        status, _headers, body = ask(port, path="/healthz")
    except OSError:
        return None
    found: dict[str, Any] = json.loads(body)
    return found if status == 200 else None


def ask(
    port: int, path: str = "/stream", method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], str]:
    """One whole answer; for what is no stream."""
    with socket.create_connection(("127.0.0.1", port), 10) as wire:
        lines = {"Host": f"127.0.0.1:{port}", "Connection": "close"} | {
            k.replace("_", "-"): v for k, v in headers.items()
        }
        wire.sendall(
            f"{method} {path} HTTP/1.1\r\n".encode()
            + "".join(f"{k}: {v}\r\n" for k, v in lines.items()).encode()
            + b"\r\n"
        )
        answer = b""
        while more := wire.recv(65536):
            answer += more
    head, _, body = answer.decode().partition("\r\n\r\n")
    first, *rest = head.split("\r\n")
    return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in rest), body


def signed_in(post: Post) -> str:
    """The key of a new session of this post."""
    session = store()()
    session[SESSION_KEY] = str(post.person_id)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = post.person.get_session_auth_hash()
    session[SESSION_POST] = post.pk
    session.create()
    return str(session.session_key)


@dataclass
class Page:
    """An open stream."""

    wire: socket.socket
    rest: str = ""
    got: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)  # (event, data, id)

    def read(self) -> None:
        self.wire.settimeout(0.2)
        try:
            self.rest += self.wire.recv(65536).decode()
        except TimeoutError:
            return
        *whole, self.rest = self.rest.split("\n\n")
        for text in whole:
            lines = [line for line in text.replace("\r", "").split("\n") if ": " in line]
            fields = dict(line.split(": ", 1) for line in lines)
            if "event" in fields:
                self.got.append((fields["event"], json.loads(fields["data"]), fields.get("id", "")))

    def hears(
        self, event: str, *, where: Callable[[Any], object] = lambda data: True, seconds: float = 15
    ) -> Any:
        """The data of an event; those before it are kept."""

        def found() -> Any:
            self.read()
            return next((data for name, data, _ in self.got if name == event and where(data)), None)

        return until(found, seconds)

    def numbers(self) -> set[str]:
        return {number for name, data, _ in self.got if name == "case" for number, _ in data["cases"]}

    def hears_of(self, number: str) -> None:
        self.hears("case", where=lambda data: any(number == case[0] for case in data["cases"]))


@contextmanager
def listening(port: int, post: Post, *, session: str = "", query: str = "", **headers: str) -> Iterator[Page]:
    key = session or signed_in(post)
    with socket.create_connection(("127.0.0.1", port), 10) as wire:
        lines = {"Host": f"127.0.0.1:{port}", "Cookie": f"sessionid={key}", "Origin": ORIGIN}
        lines |= {name.replace("_", "-"): value for name, value in headers.items()}
        wire.sendall(f"GET /stream{query} HTTP/1.1\r\n".encode())
        wire.sendall("".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode() + b"\r\n")
        page = Page(wire)
        page.hears("hello")
        yield page


# -- who may listen ---


def test_strangers_hear_nothing(port: int, cast: Any) -> None:
    session = f"sessionid={signed_in(cast['受理员_五华'])}"
    assert ask(port)[0] == 401
    assert ask(port, Cookie="sessionid=nonsense", Origin=ORIGIN)[0] == 401
    for origin in ("http://evil.example", "http://127.0.0.1:9999", "https://127.0.0.1:8000", "null"):
        status, headers, _body = ask(port, Cookie=session, Origin=origin)
        assert status == 403 and "access-control-allow-origin" not in headers, origin
    assert ask(port, Cookie=session, Sec_Fetch_Site="cross-site")[0] == 403
    assert ask(port, Cookie=session, Host="evil.example")[0] == 403
    assert ask(port, method="POST", Cookie=session, Origin=ORIGIN, Content_Length="0")[0] == 405
    administrator = f"sessionid={signed_in(cast['系统管理员'])}"
    assert ask(port, Cookie=administrator, Origin=ORIGIN)[0] == 401  # sees no cases


def test_our_own_page_may_read_the_answer(port: int, cast: Any) -> None:
    session = f"sessionid={signed_in(cast['受理员_五华'])}"
    status, headers, _body = ask(port, method="HEAD", Cookie=session, Origin=ORIGIN)
    assert status == 200
    assert headers["access-control-allow-origin"] == ORIGIN.lower()
    assert headers["access-control-allow-credentials"] == "true"


def test_a_session_holds_so_many_pages_and_no_more(port: int, cast: Any) -> None:
    key = signed_in(cast["受理员_五华"])
    wires = []
    for _ in range(12):
        opened = listening(port, cast["受理员_五华"], session=key)
        wires.append(opened)
        opened.__enter__()
    assert ask(port, Cookie=f"sessionid={key}", Origin=ORIGIN)[0] == 429
    for opened in wires:
        opened.__exit__(None, None, None)
    until(lambda: healthz(port)["pages"] == 0, 30)  # type: ignore[index]


# -- what is heard ---


def test_a_report_is_heard_in_its_county_alone_with_its_message(port: int, cast: Any) -> None:
    here, there = cast["受理员_五华"], cast["派遣员_大理"]
    with listening(port, here) as page, listening(port, there) as other:
        page.hears("notice")  # the count at the start
        began = time.monotonic()
        number = reported().number
        page.hears_of(number)
        assert time.monotonic() - began < 5
        told = page.hears("notice", where=lambda data: data["items"])
        assert told["items"][0]["sentence"] == "有新的上报等待受理。"
        assert (told["items"][0]["number"], told["unread"]) == (number, "1")
        other.read()
        assert other.numbers() == set()
        assert not [data for name, data, _ in other.got if name == "notice" and data["items"]]


def test_a_department_hears_of_its_own_cases(port: int, cast: Any, departments: Any) -> None:
    with listening(port, cast["经办人_环卫"]) as own, listening(port, cast["经办人_排水"]) as other:
        loop = Loop(cast, departments).dispatched("环卫")
        own.hears_of(loop.received.number)
        own.hears(
            "notice",
            where=lambda data: [item for item in data["items"] if "派给您的部门" in item["sentence"]],
        )
        other.read()
        assert other.numbers() == set()


def test_what_committed_late_is_heard_too(port: int, cast: Any) -> None:
    """An id given out first and committed last: the watermark does not pass it by."""
    with listening(port, cast["受理员_五华"]) as page:
        page.hears("notice")
        with transaction.atomic():
            late = reported().number
            first = CaseEvent.unscoped.order_by("-pk").values_list("pk", flat=True)[0]
            early = in_another_connection(lambda: reported(description="另一处也有垃圾").number)
            assert CaseEvent.unscoped.order_by("-pk").values_list("pk", flat=True)[0] > first
            page.hears_of(early)
            time.sleep(1)
        page.hears_of(late)


def in_another_connection(act: Callable[[], Any]) -> Any:
    def run() -> Any:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        return other.submit(run).result()


def test_without_the_word_the_clock_is_enough(port: int, cast: Any, monkeypatch: Any) -> None:
    """NOTIFY may be lost."""
    monkeypatch.setattr(live, "_send", lambda: None)
    with listening(port, cast["受理员_五华"]) as page:
        page.hears("notice")
        page.hears_of(reported().number)


def test_what_was_missed_is_told_on_return(port: int, cast: Any) -> None:
    post = cast["受理员_五华"]
    with listening(port, post) as page:
        first = reported().number
        page.hears_of(first)
        last_id = [number for name, _data, number in page.got if name == "case"][-1]
    second = reported(description="另一处").number
    until(lambda: healthz(port)["changes"] >= 2)  # type: ignore[index]
    with listening(port, post, Last_Event_ID=last_id) as page:
        page.hears_of(second)
        assert page.numbers() == {second}
    with listening(port, post, Last_Event_ID="anotherrun-1") as page:
        assert page.hears("case") == {"cases": [], "many": True}  # look at everything
    with listening(port, post, query="?age=60") as page:  # a page made a minute ago
        page.hears_of(first)


# -- when it ends ---


def test_signing_out_ends_the_stream(port: int, cast: Any) -> None:
    key = signed_in(cast["受理员_五华"])
    with listening(port, cast["受理员_五华"], session=key) as page:
        store().get_model_class().objects.filter(session_key=key).delete()
        assert page.hears("bye", seconds=20) == {"reason": "signed_out"}
        until(lambda: healthz(port)["pages"] == 0)  # type: ignore[index]
    assert ask(port, Cookie=f"sessionid={key}", Origin=ORIGIN)[0] == 401


def test_an_idle_session_ends_the_stream(port: int, cast: Any) -> None:
    key = signed_in(cast["受理员_五华"])
    with listening(port, cast["受理员_五华"], session=key) as page:
        store().get_model_class().objects.filter(session_key=key).update(expire_date=timezone.now())
        assert page.hears("bye", seconds=20) == {"reason": "signed_out"}


def test_pages_that_open_while_sessions_are_looked_at_stay(cast: Any, monkeypatch: Any) -> None:
    """The look takes a moment; whoever comes in it was not asked about and is not signed out."""
    post = cast["受理员_五华"]
    first, second = (Client(key, reading.looker(post), "zh-hans") for key in ("first", "second"))

    async def run() -> None:
        hub = Hub()
        hub.clients.add(first)

        def slow(keys: Any) -> set[str]:
            hub.clients.add(second)
            return set()

        monkeypatch.setattr(reading, "alive", slow)
        monkeypatch.setattr("xiucheng.live.stream.hub.ALIVE_EVERY", 0.01)
        looking = asyncio.create_task(hub._alive())
        while not first.over:
            await asyncio.sleep(0.005)
        assert second.over == ""
        looking.cancel()
        hub.thread.shutdown()

    async_to_sync(run)()


def test_a_closed_page_is_forgotten(port: int, cast: Any) -> None:
    with listening(port, cast["受理员_五华"]):
        until(lambda: healthz(port)["pages"] == 1)  # type: ignore[index]
    until(lambda: healthz(port)["pages"] == 0, 30)  # type: ignore[index]


# -- the word after the commit ---


def test_the_word_is_sent_after_the_commit_and_not_for_each(cast: Any, monkeypatch: Any) -> None:
    sent: list[bool] = []
    monkeypatch.setattr(live._Memory, "sent_at", float("-inf"))
    real = live._send

    def counted() -> None:
        before = live._Memory.sent_at
        real()
        sent.append(live._Memory.sent_at != before)

    monkeypatch.setattr(live, "_send", counted)
    for _ in range(5):
        reported()
    assert len(sent) == 5 and sent[0] and sum(sent) < 5
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        reported()
        _ = 1 / 0
    assert len(sent) == 5  # what was rolled back is no news


def test_steps_send_the_word_too(cast: Any, departments: Any, monkeypatch: Any) -> None:
    loop, sent = Loop(cast, departments), list[int]()
    monkeypatch.setattr(live, "_send", lambda: sent.append(1))
    actions.accept(case_id=loop.id, by=cast["受理员_五华"])
    assert sent == [1]
