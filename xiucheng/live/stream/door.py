"""The ASGI application: GET anything is the stream of who is signed in; /healthz is for whoever watches.

The stream stands on a port of its own, so for a browser it is another origin on the same site: the session cookie is sent
along, and CORS lets exactly our own pages read it. A page of a stranger gets 403 and no header that would let it read.
"""

import asyncio
import contextlib
import http.cookies
import json
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from xiucheng.live.stream import reading
from xiucheng.live.stream.client import Client, message
from xiucheng.live.stream.hub import Hub

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

RETRY = (2000, 6000)  # milliseconds before a browser comes back; drawn, so that not all come at once
LANGUAGE_COOKIE = "django_language"
STREAM: Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would keep it back
]


class Application:
    """One hub, and its door."""

    def __init__(self) -> None:
        self.hub: Hub | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                self._started()
                await send({"type": "lifespan.startup.complete"})
            elif event["type"] == "lifespan.shutdown":
                if self.hub:
                    await self.hub.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _started(self) -> Hub:
        if self.hub is None:
            self.hub = Hub()
            self.hub.start()
        return self.hub

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        hub, headers = self._started(), dict(scope["headers"])
        if scope["path"].endswith("/healthz"):
            await answer(send, 200, {"pages": len(hub.clients), "changes": hub.last})
            return
        if scope["method"] not in ("GET", "HEAD"):
            await answer(send, 405, {"detail": "只接受 GET。"})
            return
        allowed = cors(scope, headers)
        if allowed is None:
            await answer(send, 403, {"detail": "不能从别的网站读取。"})
            return
        cookies = cookies_of(headers)
        session = cookies.get(settings.SESSION_COOKIE_NAME, "")
        looker = await hub.ask(reading.who_looks, session) if session else None
        if looker is None or not looker.viewer.may_view:
            await answer(send, 401, {"detail": "请先登录。"}, allowed)
        elif hub.full(session):
            await answer(send, 429, {"detail": "打开的页面太多，请关掉一些。"}, allowed)
        elif scope["method"] == "HEAD":
            await answer(send, 200, {}, allowed)
        else:
            client = Client(session, looker, language(cookies))
            await stream(hub, client, scope, headers, allowed, receive, send)


async def stream(
    hub: Hub,
    client: Client,
    scope: Scope,
    headers: dict[bytes, bytes],
    allowed: Headers,
    receive: Receive,
    send: Send,
) -> None:
    """Send until the browser goes away or the session ends."""
    asked = parse_qs(scope["query_string"].decode("latin-1"))
    last_id = headers.get(b"last-event-id", b"").decode("latin-1") or asked.get("last", [""])[0]
    await send({"type": "http.response.start", "status": 200, "headers": [*STREAM, *allowed]})
    # With a number: a browser that comes back by itself then says what it heard last, also if that was nothing.
    hello = message(
        "hello", {"post": client.looker.post.pk}, number=hub.number(), retry=random.randint(*RETRY)
    )
    await send({"type": "http.response.body", "body": hello, "more_body": True})
    hub.join(client, last_id, seconds(asked.get("age", [""])[0]))
    gone = asyncio.ensure_future(_gone(receive))
    try:
        while not gone.done() and not client.over:
            following = asyncio.ensure_future(client.next())
            await asyncio.wait({gone, following}, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                following.cancel()
                break
            await send({"type": "http.response.body", "body": following.result(), "more_body": True})
        with contextlib.suppress(Exception):
            await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        hub.leave(client)
        gone.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def answer(
    send: Send, status: int, body: dict[str, Any], more: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    content = json.dumps(body, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": False})


def cors(scope: Scope, headers: dict[bytes, bytes]) -> Headers | None:
    """The headers that let our own page read the answer; [] where the browser asks nothing; None for a stranger."""
    host = headers.get(b"host", b"").decode("latin-1")
    domain = split_domain_port(host)[0]
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return None
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not origin:
        return None if headers.get(b"sec-fetch-site", b"") == b"cross-site" else []
    if not is_ours(origin, domain):
        return None
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"Origin"),
    ]


def is_ours(origin: str, domain: str) -> bool:
    """A page of this city: named in XIUCHENG_TRUSTED_ORIGINS, or on this very host at the port of the web process.

    domain: of the Host header, lower case, without the port.
    """
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    try:
        parts = urlsplit(origin)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return False
    scheme = "https" if settings.HTTPS else "http"
    return (split_domain_port(parts.netloc)[0], parts.scheme, port) == (domain, scheme, settings.WEB_PORT)


def cookies_of(headers: dict[bytes, bytes]) -> dict[str, str]:
    jar: http.cookies.SimpleCookie = http.cookies.SimpleCookie()
    with contextlib.suppress(http.cookies.CookieError):
        jar.load(headers.get(b"cookie", b"").decode("latin-1"))
    return {name: morsel.value for name, morsel in jar.items()}


def language(cookies: dict[str, str]) -> str:
    chosen = cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def seconds(text: str) -> float | None:
    """An age in seconds, of at most some minutes; None for anything else."""
    with contextlib.suppress(ValueError):
        age = float(text)
        return age if 0 <= age < 600 else None
    return None
