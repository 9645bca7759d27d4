"""Pages of the desks at two sizes of one city: p95 of each at the large one against the small one, in the same run.

    python bench/at_size.py --small URL --large URL [--requests N] [--only WORD]
    script/bench at_size                        (makes both in its own cluster: BENCH_SMALL and BENCH_LARGE cases)

A city of 5,000,000 cases takes some fifty gigabytes and half an hour; `python -m bench.bulk` makes it. Each page is asked
for in the name of real posts (call-takers, shift leaders, dispatchers, departments, inspectors, leaders, of the city, of
counties and of streets in turn), through all middleware, view, query and template, in one process a database; only the
socket is left out. Small and large take turns in blocks, so that what else the machine does meets both. The time inside
the database is printed beside it. One JSON line a page; floor: the p95 at the small size, ratio: large against small.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BLOCK = 25
ROLES = (
    "intake", "shift_leader", "dispatcher", "department", "inspector", "leader", "grid_worker", "evaluator",
)  # fmt: skip
COMMON = ("垃圾", "人行道", "路灯", "占道", "井盖", "噪音")


# -- one database: answers how long a page took ---


class Probe:
    """Asks for pages in this process. Everything random comes from a seed, so that both sizes are asked alike."""

    def __init__(self) -> None:
        sys.path.insert(0, str(ROOT))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiucheng.settings")
        os.environ["XIUCHENG_RATE_LIMITS"] = "off"
        os.environ.setdefault("XIUCHENG_LOG_LEVEL", "CRITICAL")
        warnings.simplefilter("ignore")
        import django

        django.setup()
        from django.db import connection
        from django.test import Client  # without setup_test_environment: it watches every template

        self.connection = connection
        self.sql: list[float] = []
        connection.ensure_connection()
        self.posts = self._posts()
        self.clients: dict[int, Any] = {}
        self.new_client: Callable[[], Any] = lambda: Client(headers={"host": "127.0.0.1"})
        self.span = self._one("SELECT min(reported_at)::date, max(reported_at)::date FROM cases_case")
        self.categories = [row[0] for row in self._all(CATEGORIES)]

    def _posts(self) -> dict[str, list[Any]]:
        from xiucheng.people.models import Post

        found: dict[str, list[Any]] = {}
        rows = Post.objects.filter(active=True, valid_to__isnull=True, person__is_active=True, on_duty=True)
        for post in rows.select_related("person").order_by("pk"):
            if post.role in ROLES:
                found.setdefault(post.role, []).append(post)
        return found

    def _one(self, sql: str, values: Any = ()) -> Any:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()

    def _all(self, sql: str, values: Any = ()) -> list[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()

    def client(self, post: Any) -> Any:
        if post.pk not in self.clients:
            self.clients[post.pk] = self.new_client()
            backend = "django.contrib.auth.backends.ModelBackend"
            self.clients[post.pk].force_login(post.person, backend=backend)
        return self.clients[post.pk]

    def post(self, rng: Random, *roles: str) -> Any:
        role = rng.choice([role for role in (roles or ROLES) if self.posts.get(role)])
        return rng.choice(self.posts[role])

    def block(self, kind: str, seed: int, count: int) -> list[list[float]]:
        rng = Random(f"{kind}/{seed}")
        return [self.ask(*KINDS[kind](self, rng)) for _ in range(count)]

    def ask(self, post: Any, path: str, query: dict[str, str]) -> list[float]:
        """[milliseconds, of these in the database, statements, bytes]"""
        client, spent = self.client(post), []

        def timed(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
            began = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                spent.append(time.perf_counter() - began)

        began = time.perf_counter()
        with self.connection.execute_wrapper(timed):
            answer = client.get(path, query)
        total = time.perf_counter() - began
        if answer.status_code not in (200, 204):  # 204: an empty tile
            raise SystemExit(f"{path} {query} as {post.person.username}: {answer.status_code}")
        return [total * 1000, sum(spent) * 1000, len(spent), len(answer.content)]

    def some_case(self, rng: Random) -> tuple[str, str, str]:
        """Number, county and case number of any case: of the next key behind a random one."""
        found = self._one(ANY_CASE, [f"{rng.getrandbits(128):032x}"])
        return found or self._one(ANY_CASE, ["0" * 32])

    def seer(self, rng: Random, county: str) -> Any:
        """Somebody of a centre who sees that county."""
        posts = [
            post
            for role in ("intake", "shift_leader", "dispatcher")
            for post in self.posts.get(role, ())
            if any(county.startswith(code) or code == county for code in post.scope_codes)
        ]
        return rng.choice(posts)


CATEGORIES = (
    "SELECT category FROM cases_case WHERE category > '' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 40"
)
ANY_CASE = "SELECT number, county, case_number FROM cases_case WHERE id > %s::uuid ORDER BY id LIMIT 1"
SOME_SPOT = "SELECT lon_e7, lat_e7, county FROM cases_case WHERE id > %s::uuid ORDER BY id LIMIT 1"
Asked = tuple[Any, str, dict[str, str]]


def plain(probe: Probe, rng: Random) -> Asked:
    return probe.post(rng), "/cases", {}


def filtered(**fixed: Any) -> Callable[[Probe, Random], Asked]:
    """A list under a filter; values may be chosen by the random generator."""

    def asked(probe: Probe, rng: Random) -> Asked:
        query = {key: value(probe, rng) if callable(value) else value for key, value in fixed.items()}
        return probe.post(rng), "/cases", query

    return asked


def month(probe: Probe, rng: Random) -> str:
    first, last = probe.span
    return str(first + (last - first) * rng.random())


def county(probe: Probe, rng: Random) -> str:
    return rng.choice(("530102", "530103", "530111", "530112", "530114"))


def place_words(probe: Probe, rng: Random) -> str:
    """A street and a number as they stand in some case's address."""
    address = probe._one(
        "SELECT address FROM cases_case WHERE id > %s::uuid AND address ~ '号' ORDER BY id LIMIT 1",
        [f"{rng.getrandbits(127):032x}"],
    )[0]
    return str(address.split("街道")[-1].split("号")[0]) + "号"


def case_page(probe: Probe, rng: Random) -> Asked:
    number, code, _case_number = probe.some_case(rng)
    return probe.seer(rng, code), f"/cases/{number}", {}


def by_number(probe: Probe, rng: Random) -> Asked:
    number, code, case_number = probe.some_case(rng)
    return probe.seer(rng, code), "/cases", {"q": rng.choice([number, case_number or number])}


def desk(*roles: str) -> Callable[[Probe, Random], Asked]:
    return lambda probe, rng: (probe.post(rng, *roles), "/desk", {})


def tile(zoom: int, **query: str) -> Callable[[Probe, Random], Asked]:
    """A tile of the map that holds some case, for a post of a centre."""

    def asked(probe: Probe, rng: Random) -> Asked:
        lon, lat, code = probe._one(SOME_SPOT, [f"{rng.getrandbits(127):032x}"])
        across = 2**zoom
        x = int((lon / 1e7 + 180) / 360 * across)
        y = int((1 - math.asinh(math.tan(math.radians(lat / 1e7))) / math.pi) / 2 * across)
        return probe.seer(rng, code), f"/tiles/cases/{zoom}/{x}/{y}.mvt", query

    return asked


def full_desk(probe: Probe, rng: Random) -> Asked:
    """A desk of the whole city, at a tab that is full at both sizes: as many rows here as there."""
    role = rng.choice(list(FULL))
    posts = [post for post in probe.posts[role] if len(post.scope_codes[0]) == 4]
    return rng.choice(posts), "/desk", {"tab": rng.choice(FULL[role])}


FULL = {"intake": ("accept", "out"), "dispatcher": ("dispatch", "out"), "evaluator": ("open",)}


def stage(probe: Probe, rng: Random) -> str:
    return rng.choice(("reported", "filed", "handling", "checked", "closed", "declined"))


KINDS: dict[str, Callable[[Probe, Random], Asked]] = {
    "case list": plain,
    "list, open": filtered(state="open"),
    "list, overdue": filtered(state="late"),
    "list, urgent": filtered(state="urgent"),
    "list, stage": filtered(stage=stage),
    "list, county": filtered(county=county),
    "list, category": filtered(category=lambda probe, rng: rng.choice(probe.categories)),
    "list, channel": filtered(channel=lambda probe, rng: rng.choice(("web", "hotline", "video", "leader"))),
    "list, since": filtered(since=month),
    "list, until": filtered(until=month),
    "words, common": filtered(q=lambda probe, rng: rng.choice(COMMON)),
    "words, place": filtered(q=place_words),
    "words, none": filtered(q=lambda probe, rng: rng.choice(("恐龙化石", "北极熊", "空中花园塌了"))),
    "number": by_number,
    "case page": case_page,
    **{f"tile z{zoom}": tile(zoom) for zoom in (9, 11, 13, 15, 17)},
    **{f"tile z{zoom}, open": tile(zoom, state="open") for zoom in (11, 15)},
    "desk, full": full_desk,
    **{f"desk, {role}": desk(role) for role in ROLES},
}


def serve() -> None:
    """A probe by lines: «kind, seed, count» in, times out."""
    probe = Probe()
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(probe.block(*json.loads(line))), flush=True)


# -- both together ---


class Other:
    """A probe in a process of its own."""

    def __init__(self, url: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--probe"], env=os.environ | {"DATABASE_URL": url}, cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._line()

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a probe ended; what it said stands above")
        return line

    def block(self, kind: str, seed: int, count: int) -> list[list[float]]:
        assert self.process.stdin is not None
        print(json.dumps([kind, seed, count]), file=self.process.stdin, flush=True)
        return list(json.loads(self._line()))

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[18]


def compare(small: Other, large: Other, kind: str, requests: int) -> dict[str, Any]:
    small.block(kind, -1, 5), large.block(kind, -1, 5)
    taken: tuple[list[list[float]], list[list[float]]] = ([], [])
    for turn in range(max(1, requests // BLOCK)):
        for found, probe in zip(taken, (small, large), strict=True):
            found += probe.block(kind, turn, BLOCK)
    whole = [p95([row[0] for row in found]) for found in taken]
    inside = [p95([row[1] for row in found]) for found in taken]
    return {
        "name": f"{kind}, p95",
        "figure": round(whole[1], 1),
        "unit": "ms",
        "floor": round(whole[0], 1),
        "ratio": round(whole[1] / whole[0], 2),
        "sql_ms": [round(value, 1) for value in inside],
        "sql_ratio": round(inside[1] / inside[0], 2),
        "statements": round(max(row[2] for row in taken[1])),
        "kilobytes": round(max(row[3] for row in taken[1]) / 1024),
        "command": "script/bench at_size",
    }


def made() -> list[str]:
    """The two cities, in the cluster of DATABASE_URL; made where they are missing."""
    sys.path.insert(0, str(ROOT))
    from bench.bulk import cluster

    return cluster.cities(
        int(os.environ.get("BENCH_SMALL", "50000")), int(os.environ.get("BENCH_LARGE", "500000"))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small")
    parser.add_argument("--large")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--only", default="", help="pages whose name contains this")
    parser.add_argument("--probe", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.probe:
        return serve()
    urls = [given.small, given.large] if given.small and given.large else made()
    probes = [Other(url) for url in urls]
    try:
        for kind in KINDS:
            if given.only in kind:
                print(json.dumps(compare(*probes, kind, given.requests), ensure_ascii=False), flush=True)
    finally:
        for probe in probes:
            probe.end()


if __name__ == "__main__":
    main()
