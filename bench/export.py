"""Speed of an export: CSV against COPY of the same rows, XLSX by itself. Prints one JSON line each.

    python bench/export.py [--rows N] [--rounds N]

Uses the newest N cases of the database, written by the job's own writers with the usual 28 columns. The floor of CSV
is COPY of the same cases in the same order, their columns as they lie in the table. Memory is the peak of this process
above what it had before.
"""

import argparse
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiucheng.settings")

import django  # noqa: E402

django.setup()

from xiucheng.cases import exporting  # noqa: E402
from xiucheng.cases.models import Case  # noqa: E402
from xiucheng.cases.queries import columns  # noqa: E402

FLOORS = {"csv": 0.3, "xlsx": 5_000}
RAW = (
    *("number", "case_number", "stage", "urgent", "due_at", "category", "channel", "reported_at", "county"),
    *(
        "township",
        "community",
        "unit_grid",
        "address",
        "description",
        "departments",
        "accepted_at",
        "filed_at",
    ),
    *(
        "dispatched_at",
        "handled_at",
        "closed_at",
        "returns",
        "reworks",
        "reopened",
        "rating",
        "lon_e7",
        "lat_e7",
    ),
    "ended_at",
)


def memory() -> float:
    """The peak so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def newest(count: int) -> Any:
    total = Case.unscoped.count()
    found = Case.unscoped.order_by("-reported_at", "-id")
    if count >= total:
        return found
    first = found.values_list("reported_at", flat=True)[count - 1]
    return found.filter(reported_at__gte=first)


def copied(path: Path, found: Any) -> int:
    keys, values = found.order_by().values("pk").query.sql_with_params()
    raw = ", ".join(f"c.{name}" for name in RAW)
    sql = f"SELECT {raw} FROM cases_case c WHERE c.id IN ({keys}) ORDER BY c.reported_at DESC, c.id DESC"
    rows = 0
    statement = f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)"
    with exporting.streaming() as cursor, path.open("wb", buffering=1 << 20) as file:
        for part in streamed(cursor, statement, values):
            file.write(part)
            rows += 1
    return rows


def streamed(cursor: Any, statement: str, values: Any) -> Any:
    with cursor.copy(statement, values) as parts:
        yield from parts


def rate(write: Any) -> float:
    """Rows a second."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        rows: int = write(Path(folder) / "file")
        return rows / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    found, usual = newest(asked.rows), columns.chosen((), columns.EXPORTED)
    before = memory()
    rates: dict[str, list[float]] = {"copy": [], "csv": [], "xlsx": []}
    for _round in range(asked.rounds):
        rates["copy"].append(rate(lambda path: copied(path, found)))
        rates["csv"].append(rate(lambda path: exporting.write_csv(path, found, usual, lambda rows: None)))
        rates["xlsx"].append(rate(lambda path: exporting.write_xlsx(path, found, usual, lambda rows: None)))
    figures = {name: statistics.median(values) for name, values in rates.items()}
    said = {
        "unit": "rows/s",
        "rows": found.count(),
        "memory_mb": round(memory() - before),
        "command": "script/bench export",
    }
    csv_ratio, xlsx_ratio = figures["csv"] / figures["copy"], figures["xlsx"] / FLOORS["xlsx"]
    for name, floor, ratio, least in (
        ("csv", figures["copy"], csv_ratio, FLOORS["csv"]),
        ("xlsx", FLOORS["xlsx"], xlsx_ratio, 1.0),
    ):
        line = {
            "name": f"export_{name}",
            "figure": round(figures[name]),
            "floor": round(floor),
            "ratio": round(ratio, 2),
        }
        print(json.dumps(line | said | {"least": least, "ok": ratio >= least}))
    if csv_ratio < FLOORS["csv"] or xlsx_ratio < 1:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
