"""Looks for what is new and tells the open pages whom it concerns. One asyncio loop; the store is asked in one thread.

Two things wake it: NOTIFY of a process that wrote (kernel.live), and time. NOTIFY may be lost and is only sent for the
first of a burst, so while something keeps happening it looks every `BUSY` seconds, else every `IDLE`.
"""

import asyncio
import contextlib
import secrets
import time
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import structlog
from django.conf import settings

from xiucheng.kernel.live import CHANNEL
from xiucheng.live import watching
from xiucheng.live.rules.scope import CaseFacts, Viewer, addressed, sees
from xiucheng.live.stream import reading
from xiucheng.live.stream.client import Client

log = structlog.get_logger(__name__)

IDLE, BUSY, CALM = (
    2.0,
    0.25,
    2.0,
)  # seconds: between looks, while busy, and how long busy lasts after the last news
ALIVE_EVERY = 5.0  # seconds between two looks whether sessions still exist
CHECK_EVERY = 60.0  # seconds after which a page's session, post and scope are looked up anew
COUNTING = 0.1  # seconds of one look that may go into counting unread messages
REMEMBERED = 2000  # changes that a page may have missed while it was away
MOST_PAGES, MOST_OF_A_SESSION = 5000, 12


class Hub:
    """The open pages and what they are told."""

    def __init__(self) -> None:
        self.clients: set[Client] = set()
        self.thread = ThreadPoolExecutor(1, "store")
        self.wake = asyncio.Event()
        self.ring: deque[tuple[int, float, CaseFacts]] = deque(maxlen=REMEMBERED)
        self.boot = secrets.token_hex(4)  # numbers of another run of this process mean nothing here
        self.last = 0
        self.counting: deque[Client] = deque()
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """A question to the store, in its thread."""
        return await asyncio.get_running_loop().run_in_executor(self.thread, function, *arguments)

    def start(self) -> None:
        for work in (self._listen, self._look, self._alive, self._check):
            self.tasks.append(asyncio.create_task(self._always(work)))

    async def stop(self) -> None:
        for client in self.clients:
            client.end("restart")
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.thread.shutdown(wait=False)

    async def _always(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """A broken connection is a reason to try again, not to end."""
        while True:
            try:
                await work()
            except Exception as error:
                log.warning(
                    "live_trouble", work=work.__name__, error=f"{type(error).__name__}: {error}"[:200]
                )
                await asyncio.sleep(2)

    # -- pages come and go --

    def full(self, session: str) -> bool:
        own = sum(client.session == session for client in self.clients)
        return len(self.clients) >= MOST_PAGES or own >= MOST_OF_A_SESSION

    def join(self, client: Client, last_id: str, since: float | None) -> None:
        """A page listens from now on; what it missed it is told. since: seconds since the page was made."""
        boot, _, number = last_id.partition("-")
        if last_id and (boot != self.boot or not number.isdigit() or self._forgotten(int(number))):
            client.everything(self.number())
        else:
            after = int(number) if last_id else self.last
            began = time.monotonic() - (since or 0)
            for seq, at, case in self.ring:
                missed = seq > after if last_id else since is not None and at >= began
                if missed and sees(client.looker.viewer, case):
                    client.case(case, f"{self.boot}-{seq}")
        self.clients.add(client)
        self.counting.append(client)
        self.wake.set()

    def leave(self, client: Client) -> None:
        self.clients.discard(client)

    def _forgotten(self, number: int) -> bool:
        return number > self.last or (bool(self.ring) and number < self.ring[0][0] - 1)

    def number(self) -> str:
        return f"{self.boot}-{self.last}"

    # -- what goes on all the time --

    async def _listen(self) -> None:
        """The one listening connection."""
        async with await psycopg.AsyncConnection.connect(conninfo(), autocommit=True) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            async for _ in connection.notifies():
                self.wake.set()

    async def _look(self) -> None:
        look: reading.Look = await self.ask(reading.Look)
        for client in self.clients:  # we were here before and fell: what was missed is not known
            client.everything(self.number())
        busy_until = 0.0
        while True:
            pause = BUSY if time.monotonic() < busy_until or self.counting else IDLE
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wake.wait(), pause)
            woken = self.wake.is_set()
            self.wake.clear()
            news: reading.News = await self.ask(look)
            if woken or news.cases or news.notices:
                busy_until = time.monotonic() + CALM
            if news.cases or news.notices:
                self.tell(news)
                await self.ask(watching.something_happened)
            await self._count()

    def tell(self, news: reading.News) -> None:
        """Give each page what concerns it; pages of one post are asked about once."""
        at, first = time.monotonic(), self.last + 1
        for case in news.cases:
            self.last += 1
            self.ring.append((self.last, at, case))
        groups: dict[Viewer, list[Client]] = {}
        for client in self.clients:
            groups.setdefault(client.looker.viewer, []).append(client)
        for viewer, pages in groups.items():
            for number, case in enumerate(news.cases, first):
                if sees(viewer, case):
                    for client in pages:
                        client.case(case, f"{self.boot}-{number}")
            for notice in news.notices:
                if notice.kind not in viewer.muted and addressed(viewer, notice):
                    for client in pages:
                        client.notice(notice)
                        self.counting.append(client)

    async def _count(self) -> None:
        """Look up the unread counts that were asked for, within a bounded time; the rest waits for the next look."""
        until, known = time.monotonic() + COUNTING, {}
        while self.counting and time.monotonic() < until:
            client = self.counting.popleft()
            if client.counted or client not in self.clients:
                continue
            post = client.looker.post
            if post.pk not in known:
                known[post.pk] = await self.ask(reading.unread_of, post)
            client.count(known[post.pk])

    async def _alive(self) -> None:
        """Sessions that were ended, by their person or by somebody who may, end their pages' streams."""
        while True:
            await asyncio.sleep(ALIVE_EVERY)
            if keys := {client.session for client in self.clients}:
                gone = keys - await self.ask(
                    reading.alive, keys
                )  # pages that came meanwhile were not asked about
                for client in [client for client in self.clients if client.session in gone]:
                    client.end("signed_out")

    async def _check(self) -> None:
        """Each minute: is the session still good, and what may its post see now? A few pages at a time."""
        while True:
            await asyncio.sleep(1)
            old = time.monotonic() - CHECK_EVERY
            for client in [client for client in self.clients if client.checked < old][:50]:
                looker = await self.ask(reading.who_looks, client.session)
                client.checked = time.monotonic()
                if looker is None:
                    client.end("signed_out")
                else:
                    client.looker = looker


def conninfo() -> str:
    """The database of the settings, for a connection of our own."""
    store: dict[str, Any] = settings.DATABASES["default"]
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    given = {ours: store[theirs] for ours, theirs in named.items() if store.get(theirs)}
    kept = {name: value for name, value in store["OPTIONS"].items() if name.startswith("ssl")}
    return psycopg.conninfo.make_conninfo(
        **given, **kept, connect_timeout=5, application_name="xiucheng-live", keepalives_idle=30
    )
