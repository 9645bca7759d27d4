"""Reports over HTTP, full middleware, 16 clients, fsync on, against pgbench of a create's own statements.

    script/bench create            (or: python bench/create.py [--seconds N] [--rounds N] [--clients N])

The floor is pgbench -M prepared with as many clients, same database, same run: `floor_create.sql` (seven statements,
counter row, NOTIFY); the ratio to `floor_create_plain.sql` is stated too. Rounds alternate; medians. Client, server and
database share the cores. Prints one JSON line a claim; the resident memory of the largest web worker is one of them.
"""

import argparse
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiucheng.settings")
os.environ["XIUCHENG_RATE_LIMITS"] = "off"

import django  # noqa: E402

django.setup()

from django.db import connection  # noqa: E402

from xiucheng.catalog import actions as catalog  # noqa: E402
from xiucheng.catalog.models import Category  # noqa: E402
from xiucheng.people.tests import city  # noqa: E402
from xiucheng.territory.models import Division  # noqa: E402

DEFAULTS = {
    "bench_case": {
        "address": "''", "imprecise": "false", "near": "'{}'", "grade": "'ALL'", "component_code": "''",
        "urgent": "false", "self_handled": "false", "checkers": "'{}'", "supervision": "'{}'", "command": "'{}'",
        "handlers": "'{}'", "departments": "'{}'", "returns": "0", "disputed": "false", "reworks": "0",
        "reopened": "0", "stage_before_merge": "''", "reason": "''", "rating": "''", "head_seq": "1",
        "head_hash": "decode(repeat('00', 32), 'hex')",
    },
    "bench_clock": {"provisional": "false", "extended": "0", "overdue": "false", "reminded": "0"},
}  # fmt: skip
TABLES = (
    """
DROP TABLE IF EXISTS bench_receipt, bench_counter, bench_case, bench_event, bench_clock, bench_job, bench_quiet_job;
DROP SEQUENCE IF EXISTS bench_number;
CREATE SEQUENCE bench_number;
CREATE TABLE bench_receipt (LIKE cases_receipt INCLUDING ALL);
CREATE TABLE bench_case (LIKE cases_case INCLUDING ALL);
CREATE TABLE bench_event (LIKE cases_caseevent INCLUDING ALL);
CREATE TABLE bench_clock (LIKE cases_clock INCLUDING ALL);
CREATE TABLE bench_counter (day int PRIMARY KEY, last int);
INSERT INTO bench_counter VALUES (1, 0);
CREATE TABLE bench_job (id bigserial PRIMARY KEY, task text);
CREATE TABLE bench_quiet_job (id bigserial PRIMARY KEY, task text);
CREATE OR REPLACE FUNCTION bench_notify() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('bench', NEW.id::text); RETURN NEW; END $$;
CREATE TRIGGER bench_notify AFTER INSERT ON bench_job FOR EACH ROW EXECUTE FUNCTION bench_notify();
"""
    + "".join(
        f"ALTER TABLE {table} ALTER {column} SET DEFAULT {value};\n"
        for table, columns in DEFAULTS.items()
        for column, value in columns.items()
    )
    + "ANALYZE;"
)
DROP = TABLES.split("CREATE SEQUENCE")[0]
SPOT = (102.7005, 25.0415)  # in the test city's first grid


def ground() -> tuple[float, float]:
    """A place where a report can be made: the demo city's, or the test city's where there is none."""
    catalog.load_catalog() if not Category.objects.exists() else None
    if not Division.objects.filter(level=6, active=True).exists():
        city.build("!")
    return SPOT


@contextmanager
def server(workers: int) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    granian = Path(sys.executable).parent / "granian"
    command = [
        sys.executable, str(granian), "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(workers), "--blocking-threads", "1", "--log-level", "error", "xiucheng.web.wsgi:application",
    ]  # fmt: skip
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
        resident(child.pid)
    finally:
        child.terminate()
        child.wait(20)


def resident(parent: int) -> None:
    """One JSON line for the largest worker, after the load."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except OSError:
            continue
        if fields.get("PPid", "").strip() == str(parent):
            found.append(int(fields["VmRSS"].split()[0]) / 1024)
    say("web_worker_resident", max(found), "MB", 250, max(found) / 250)


def reports(port: int, seconds: float, clients: int, spot: tuple[float, float]) -> float:
    """Created reports a second, each client over one kept connection.

    Bare sockets: pgbench is a C program, and a client library in Python would take its cores from the server.
    """
    created = [0] * clients
    until = time.perf_counter() + seconds

    def client(place: int) -> None:
        random = Random(place)
        with socket.create_connection(("127.0.0.1", port), 30) as wire:
            while time.perf_counter() < until:
                wire.sendall(request(spot, random))
                answer = received(wire)
                if not answer.startswith(b"HTTP/1.1 201"):
                    raise SystemExit(f"{answer[:300]!r}")
                created[place] += 1

    threads = [threading.Thread(target=client, args=(place,)) for place in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(created) / (time.perf_counter() - begun)


def request(spot: tuple[float, float], random: Random) -> bytes:
    body = json.dumps(
        {
            "uuid": str(uuid.UUID(int=random.getrandbits(64) << 64 | time.time_ns(), version=4)),
            "description": "垃圾桶旁堆了一地垃圾，已经两天没有人清理。",
            "longitude": round(spot[0] + random.uniform(-0.0004, 0.0004), 7),
            "latitude": round(spot[1] + random.uniform(-0.0004, 0.0004), 7),
            "category": "matter/06001",
            "reporter_phone": "13800000000",
        }
    ).encode()
    head = "POST /api/v1/reports HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def received(wire: socket.socket) -> bytes:
    """One whole answer: its head says how long its body is."""
    answer = wire.recv(65536)
    while True:
        head, found, body = answer.partition(b"\r\n\r\n")
        if found:
            length = int(re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)[1])  # type: ignore[index]
            if len(body) >= length:
                return answer
        more = wire.recv(65536)
        if not more:
            raise SystemExit("the server hung up")
        answer += more


def pgbench(script: str, seconds: float, clients: int) -> float:
    program = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), reverse=True)), "pgbench")
    done = subprocess.run(
        [str(program), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(round(seconds)),
         "-f", str(ROOT / "bench" / script), os.environ["DATABASE_URL"]],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return float(next(line for line in done.stdout.splitlines() if line.startswith("tps")).split()[2])


def say(name: str, figure: float, unit: str, floor: float, ratio: float) -> None:
    command = "script/bench create"
    line = {
        "name": name,
        "figure": round(figure, 1),
        "unit": unit,
        "floor": round(floor, 1),
        "ratio": round(ratio, 3),
        "command": command,
    }
    print(json.dumps(line), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2 * (os.cpu_count() or 1))
    given = parser.parse_args()
    spot = ground()
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
    floors, plains, figures = [], [], []
    try:
        with server(given.workers) as port:
            reports(port, 2, given.clients, spot)  # warm
            for _ in range(given.rounds):
                floors.append(pgbench("floor_create.sql", given.seconds, given.clients))
                plains.append(pgbench("floor_create_plain.sql", given.seconds, given.clients))
                figures.append(reports(port, given.seconds, given.clients, spot))
    finally:
        with connection.cursor() as cursor:
            cursor.execute(DROP)
    figure, floor, plain = (statistics.median(values) for values in (figures, floors, plains))
    say("create_over_http", figure, "reports/s", floor, figure / floor)
    say("create_over_http_plain_floor", figure, "reports/s", plain, figure / plain)


if __name__ == "__main__":
    main()
