"""500 open pages on the one process that tells them what changed: its memory, and how long a change takes to arrive.

    script/bench live              (or: python bench/live.py [--pages N] [--reports N] [--every SECONDS])

Each page is a connection of its own with a session of its own, of posts that see the county. Reports are made by the
action itself, one after another; the clock starts when its transaction has committed and stops when a page has read the
case's number. Client, stream, database share the cores. Prints one JSON line a claim.
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
import threading
import time
import uuid
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "script" / "lib")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiucheng.settings")

import django  # noqa: E402

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.utils import timezone  # noqa: E402

from xiucheng.cases import actions  # noqa: E402
from xiucheng.cases.words import Channel  # noqa: E402
from xiucheng.catalog import actions as catalog  # noqa: E402
from xiucheng.catalog.models import Category  # noqa: E402
from xiucheng.live.stream.reading import store  # noqa: E402
from xiucheng.people.models import Post  # noqa: E402
from xiucheng.people.queries import SESSION_POST  # noqa: E402
from xiucheng.people.tests import city  # noqa: E402
from xiucheng.territory.models import Division  # noqa: E402

SPOT, COUNTY = (102.7005, 25.0415), "530102"  # in the test city's first grid
LIMIT_MB = 400
WITHIN_MS = 1000
ROLES = ("intake", "shift_leader", "dispatcher", "leader", "evaluator")


def sessions(pages: int) -> list[str]:
    """Signed-in sessions of posts that see every case of the county, one a page."""
    if not Category.objects.exists():
        catalog.load_catalog()
    if not Division.objects.filter(level=6, active=True).exists():
        city.build("!")
    posts = list(Post.objects.in_force(timezone.localdate()).filter(role__in=ROLES).select_related("person"))
    posts = [post for post in posts if any(COUNTY.startswith(code) for code in post.scope_codes)]
    keys = []
    for place in range(pages):
        post, session = posts[place % len(posts)], store()()
        session[SESSION_KEY] = str(post.person_id)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = post.person.get_session_auth_hash()
        session[SESSION_POST] = post.pk
        session.create()
        keys.append(session.session_key)
    return keys


def start(port: int) -> "subprocess.Popen[bytes]":
    import server  # script/lib: the very command of script/server

    child = server.live(dict(os.environ), "127.0.0.1", port)
    env = os.environ | {"PORT": "8000", "XIUCHENG_LIVE_PORT": str(port)}
    process = subprocess.Popen(
        child.command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    return process


class Page:
    """One open page: when it first read of which case."""

    def __init__(self) -> None:
        self.heard: dict[str, float] = {}
        self.ready = asyncio.Event()

    async def listen(self, port: int, key: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        writer.write(
            f"GET /stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: sessionid={key}\r\n"
            "Origin: http://127.0.0.1:8000\r\nAccept: text/event-stream\r\n\r\n".encode()
        )
        first = await reader.readline()
        if b" 200 " not in first:
            raise SystemExit(f"a page was refused: {first!r}")
        try:
            while line := await reader.readline():
                at = time.perf_counter()
                self.ready.set() if line.startswith(b"event: hello") else None
                for number in re.findall(rb'\["([0-9-]+)"', line):
                    self.heard.setdefault(number.decode(), at)
        finally:
            writer.close()


def report_all(count: int, every: float, committed: dict[str, float]) -> None:
    random = Random(4)
    for _ in range(count):
        content = actions.Report(
            uuid=uuid.uuid4(),
            description="垃圾桶旁堆了一地垃圾，已经两天没有人清理。",
            lon=SPOT[0] + random.uniform(-0.0004, 0.0004),
            lat=SPOT[1] + random.uniform(-0.0004, 0.0004),
            channel=Channel.WEB,
        )
        number = actions.report(content).number
        committed[number] = time.perf_counter()
        time.sleep(every * random.uniform(0.5, 1.5))


async def measure(port: int, keys: list[str], reports: int, every: float) -> tuple[list[float], int]:
    """Milliseconds from commit to arrival, one a page and report; and how many never arrived."""
    pages = [Page() for _ in keys]
    tasks = [asyncio.create_task(page.listen(port, key)) for page, key in zip(pages, keys, strict=True)]
    for page in pages:
        await asyncio.wait_for(page.ready.wait(), 60)
    committed: dict[str, float] = {}
    maker = threading.Thread(target=report_all, args=(reports, every, committed))
    maker.start()
    while maker.is_alive():
        await asyncio.sleep(0.05)
    await asyncio.sleep(5)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    waits = [
        1000 * (page.heard[number] - at)
        for page in pages
        for number, at in committed.items()
        if number in page.heard
    ]
    return waits, len(pages) * len(committed) - len(waits)


def resident(parent: int) -> float:
    """Megabytes of the largest process below the parent, which is the worker."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except OSError:
            continue
        if fields.get("PPid", "").strip() == str(parent) and "VmRSS" in fields:
            found.append(int(fields["VmRSS"].split()[0]) / 1024)
    return max(found)


def say(name: str, figure: float, unit: str, floor: float, **more: float) -> None:
    line = {"name": name, "figure": round(figure, 1), "unit": unit, "floor": floor}
    print(
        json.dumps(line | {"ratio": round(figure / floor, 3)} | more | {"command": "script/bench live"}),
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--reports", type=int, default=60)
    parser.add_argument("--every", type=float, default=0.5, help="seconds between reports, on average")
    given = parser.parse_args()
    keys = sessions(given.pages)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = start(port)
    try:
        waits, lost = asyncio.run(measure(port, keys, given.reports, given.every))
        memory = resident(process.pid)
    finally:
        process.terminate()
        process.wait(20)
        store().get_model_class().objects.filter(session_key__in=keys).delete()
    waits.sort()
    p95 = waits[int(0.95 * (len(waits) - 1))]
    say("live_worker_resident", memory, "MB", LIMIT_MB, pages=given.pages)
    say("live_arrival_p95", p95, "ms", WITHIN_MS, median=round(statistics.median(waits), 1), lost=lost)
    if lost:
        raise SystemExit(f"{lost} changes never arrived")


if __name__ == "__main__":
    main()
