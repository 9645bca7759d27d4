"""A working day in small: people at their desks over HTTP, nine looks for one deed, for ten minutes without an error.

    script/bench mixed                 (in the city of BENCH_SMALL cases that it makes)
    python bench/mixed.py --city URL --accounts FILE [--people N] [--seconds N] [--think N] [--workers N]

Each person signs in with the name and password of a real account (shared where there are more people), keeps a
connection, thinks (exponentially distributed) and then looks (desk, case, list, filtered list, search, counts of an
open desk) or does something by the forms of the pages: writes a note into a case of the own desk, takes a part of a
case over; or reports a new one by the public API. A deed that somebody else did first is refused with a sentence (409,
422); that is told beside, and is no error. Whatever else is not as expected, and whatever takes 30 s, is one. The
client's own share of a core is printed: it must not be what is measured.
"""

import argparse
import asyncio
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

ROOT = Path(__file__).resolve().parent.parent
LOOKS = {"desk": 30, "case": 30, "list": 10, "filtered": 8, "search": 7, "counts": 15}
DEEDS = {"note": 60, "take": 15, "report": 25}
DEED_SHARE = 0.1
PATIENCE = 30.0
NUMBER = re.compile(r'href="/cases/(\d{8}-\d{6,})["?/]')
WORDS = ("垃圾", "路灯", "人行道", "井盖", "占道经营", "噪音", "积水", "公交站旁")
FILTERS = (
    {"state": "open"},
    {"state": "late"},
    {"stage": "handling"},
    {"channel": "web"},
    {"stage": "closed"},
)
SPOT = (102.7005, 25.0415)
NO_HANDLERS = ("intake", "shift", "dispatcher", "leader", "inspector")


FORM = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://127.0.0.1"}


class Wrong(Exception):
    """An answer that is none."""


@dataclass
class Tally:
    """times: of each kind of request, in seconds."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)


class Wire:
    """One kept connection: HTTP/1.1 by hand, since a client library would take the server's cores."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, {}
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(
        self, method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Status and body. A connection that the server closed while idle is opened again."""
        if self.writer is None or self.writer.is_closing() or (self.reader and self.reader.at_eof()):
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22)
        assert self.reader is not None
        lines = {
            "Host": "127.0.0.1",
            "Content-Length": str(len(body)),
            "Accept-Language": "zh-hans",
            **(headers or {}),
        }
        if self.cookies:
            lines["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        await self.writer.drain()
        return await self._answer(self.reader)

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, str]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, length = int(head.split(" ", 2)[1]), 0
        chunked = False
        for line in head.split("\r\n")[1:]:
            name, _colon, value = line.partition(":")
            name, value = name.lower(), value.strip()
            if name == "content-length":
                length = int(value)
            elif name == "transfer-encoding":
                chunked = value.lower() == "chunked"
            elif name == "set-cookie":
                key, _sign, cookie = value.split(";", 1)[0].partition("=")
                self.cookies[key] = cookie
            elif name == "connection" and value.lower() == "close" and self.writer:
                self.writer.close()
        return status, (await self._chunks(reader) if chunked else await reader.readexactly(length)).decode()

    async def _chunks(self, reader: asyncio.StreamReader) -> bytes:
        found = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            found += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readline()
        return found


class Person:
    """Somebody at work with one account."""

    def __init__(self, name: str, password: str, port: int, tally: Tally, rng: Random, think: float) -> None:
        self.name, self.password, self.tally, self.rng, self.think = name, password, tally, rng, think
        self.wire = Wire(port)
        self.cases: list[str] = []
        self.tab = ""

    async def work(self, starts: float, ends: float) -> None:
        await asyncio.sleep(max(0.0, starts - time.monotonic()))
        await self.timed("sign in", self.sign_in)
        while (pause := self.rng.expovariate(1 / self.think)) + time.monotonic() < ends:
            await asyncio.sleep(pause)
            table = DEEDS if self.rng.random() < DEED_SHARE else LOOKS
            kind = self.rng.choices(list(table), list(table.values()))[0]
            await self.timed(kind, getattr(self, f"do_{kind}"))

    async def timed(self, kind: str, what: Callable[[], Awaitable[None]]) -> None:
        began = time.perf_counter()
        try:
            await asyncio.wait_for(what(), PATIENCE)
        except (Wrong, OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            self.tally.errors.append(f"{kind} as {self.name}: {type(error).__name__} {error}")
            self.wire.writer = None
        else:
            self.tally.times[kind].append(time.perf_counter() - began)

    async def page(self, path: str) -> str:
        status, text = await self.wire.ask("GET", path)
        if status != 200:
            raise Wrong(f"{status} {path}")
        return text

    async def sign_in(self) -> None:
        await self.page("/login")
        form = {
            "username": self.name,
            "password": self.password,
            "csrfmiddlewaretoken": self.wire.cookies["csrftoken"],
        }
        status, _text = await self.wire.ask("POST", "/login", body=urlencode(form).encode(), headers=FORM)
        if status != 302:
            raise Wrong(f"{status} /login")
        await self.do_desk()

    async def step(self, number: str, name: str, fields: dict[str, str]) -> None:
        """A step by its form; the desk or the case comes after it."""
        path = f"/cases/{number}/{name}"
        form = fields | {"csrfmiddlewaretoken": self.wire.cookies["csrftoken"]}
        status, _text = await self.wire.ask("POST", path, body=urlencode(form).encode(), headers=FORM)
        self.judged(status, name, status == 302)

    def judged(self, status: int, name: str, done: bool) -> None:
        if status in (409, 422):
            self.tally.refused[name] += 1
        elif not done:
            raise Wrong(f"{status} {name}")

    # -- looks ---

    async def do_desk(self) -> None:
        text = await self.page(f"/desk?tab={self.tab}" if self.tab else "/desk")
        self.cases = list(dict.fromkeys(NUMBER.findall(text)))
        tabs = re.findall(r"[?&;]tab=(\w+)", text)
        self.tab = self.rng.choice([*tabs, ""]) if tabs else ""

    async def do_case(self) -> None:
        if not self.cases:
            return await self.do_desk()
        await self.page(f"/cases/{self.rng.choice(self.cases)}")

    async def do_list(self) -> None:
        text = await self.page("/cases")
        self.cases = list(dict.fromkeys(NUMBER.findall(text))) or self.cases

    async def do_filtered(self) -> None:
        await self.page(f"/cases?{urlencode(self.rng.choice(FILTERS))}")

    async def do_search(self) -> None:
        await self.page(f"/cases?{urlencode({'q': self.rng.choice(WORDS)})}")

    async def do_counts(self) -> None:
        await self.page(f"/desk/tabs?tab={self.tab}&shown=1")

    # -- deeds ---

    async def do_note(self) -> None:
        if not self.cases:
            return await self.do_report()
        await self.step(self.rng.choice(self.cases), "note", {"note": "已电话联系现场负责人。"})

    async def do_take(self) -> None:
        if not self.cases or self.name.split(".")[-1].startswith(NO_HANDLERS):
            return await self.do_note()
        await self.step(self.rng.choice(self.cases), "take", {})

    async def do_report(self) -> None:
        lon, lat = (round(side + self.rng.uniform(-0.0004, 0.0004), 7) for side in SPOT)
        body = {
            "uuid": str(UUID(int=self.rng.getrandbits(128), version=4)),
            "description": "垃圾桶旁堆了一地垃圾，已经两天没有人清理。",
            "longitude": lon,
            "latitude": lat,
            "category": "matter/06001",
        }
        headers = {"Content-Type": "application/json"}
        citizen = Wire(self.wire.port)
        status, _text = await citizen.ask(
            "POST", "/api/v1/reports", body=json.dumps(body).encode(), headers=headers
        )
        if citizen.writer:
            citizen.writer.close()
        self.judged(status, "report", status == 201)


@contextmanager
def server(url: str, workers: int) -> Any:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = os.environ | {"DATABASE_URL": url, "XIUCHENG_RATE_LIMITS": "off", "XIUCHENG_LOG_LEVEL": "ERROR"}
    command = [
        sys.executable, str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--no-ws",
        "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers), "--blocking-threads", "1",
        "--backlog", "1024", "--log-level", "error", "xiucheng.web.wsgi:application",
    ]  # fmt: skip
    child = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        child.terminate()
        child.wait(20)


async def day(port: int, accounts: dict[str, str], given: argparse.Namespace) -> Tally:
    tally, began = Tally(), time.monotonic()
    names = sorted(accounts)
    people = [
        Person(name, accounts[name], port, tally, Random(n), given.think)
        for n, name in enumerate(names[n % len(names)] for n in range(given.people))
    ]
    arrivals = max(given.think, 0.25 * given.people)  # a password costs a quarter of a second of a core
    ends = began + arrivals + given.seconds
    await asyncio.gather(*(p.work(began + arrivals * n / len(people), ends) for n, p in enumerate(people)))
    return tally


def p95(values: list[float]) -> float:
    return 1000 * statistics.quantiles(values, n=20, method="inclusive")[18] if len(values) > 1 else 0.0


def report(tally: Tally, given: argparse.Namespace, seconds: float, share: float) -> None:
    looks = [value for kind in LOOKS for value in tally.times[kind]]
    deeds = [value for kind in DEEDS for value in tally.times[kind]]
    common = {
        "command": "script/bench mixed",
        "people": given.people,
        "think_s": given.think,
        "seconds": given.seconds,
    }
    for name, values in (("looks", looks), ("deeds", deeds)):
        line = {
            "name": f"mixed load, {name}, p95",
            "figure": round(p95(values)),
            "unit": "ms",
            "floor": None,
            "ratio": None,
        }
        line |= {"requests": len(values), "p50": round(1000 * statistics.median(values or [0]))}
        print(json.dumps(line | common, ensure_ascii=False), flush=True)
    kinds = {kind: [len(values), round(p95(values))] for kind, values in sorted(tally.times.items())}
    line = {
        "name": "mixed load, errors", "figure": len(tally.errors), "unit": "errors", "floor": 0, "ratio": None,
        "requests_s": round((len(looks) + len(deeds)) / seconds, 1), "client_share_of_a_core": round(share, 3),
        "refused": dict(tally.refused), "kinds": kinds,
    }  # fmt: skip
    print(json.dumps(line | common, ensure_ascii=False), flush=True)
    for error in tally.errors[:10]:
        print(error, file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--city", help="DATABASE_URL of a demo city")
    parser.add_argument("--accounts", type=Path, help="its demo_accounts.json")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--think", type=float, default=10)
    parser.add_argument("--workers", type=int, default=2 * (os.cpu_count() or 1))
    given = parser.parse_args()
    if not given.city:
        sys.path.insert(0, str(ROOT))
        from bench.bulk import cluster

        (given.city,) = cluster.cities(int(os.environ.get("BENCH_SMALL", "50000")))
    file = given.accounts or Path(os.environ.get("XIUCHENG_DATA", "var/data")) / "demo_accounts.json"
    at_desks = re.compile(r"intake|shift|dispatcher|leader|inspector|\.head|\.grid|\.clerk|\w+\.[a-z]+\d?$")
    left_out = re.compile(r"admin|audit|evaluator")
    accounts = {
        name: word
        for name, word in json.loads(file.read_text()).items()
        if at_desks.search(name) and not left_out.search(name)
    }
    with server(given.city, given.workers) as port:
        wall, own = time.monotonic(), time.process_time()
        tally = asyncio.run(day(port, accounts, given))
        seconds = time.monotonic() - wall
        report(tally, given, given.seconds, (time.process_time() - own) / seconds)
    sys.exit(1 if tally.errors else 0)


if __name__ == "__main__":
    main()
