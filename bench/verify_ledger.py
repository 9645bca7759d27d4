"""Speed of verify_ledger against bare SM3 over the same events, in the same run. Prints one JSON line a pass.

    python bench/verify_ledger.py [--events N] [--rounds N]

Uses the «cases» ledger if it holds at least N events, otherwise a table of its own with N made-up events in
random order, dropped at the end. Floors: measured.md, row 3 (trial 0.16 full, 0.42 fast).
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiucheng.settings")

import django  # noqa: E402

django.setup()

from django.db import connection  # noqa: E402

from xiucheng.kernel.ledger.link import _BASE  # noqa: E402
from xiucheng.kernel.ledger.registry import Ledger, ledgers  # noqa: E402
from xiucheng.kernel.ledger.verify import verify  # noqa: E402
from xiucheng.kernel.tests.probe import ProbeCase, ProbeEvent, draft_chain, probe_ledger  # noqa: E402

FLOORS = {"full": 0.12, "fast": 0.3}
LENGTH = 10  # events a chain: about what a case of the demo city has


@contextmanager
def measured_ledger(wanted: int) -> Iterator[Ledger]:
    """The cases ledger if large enough, else the probe filled with `wanted` events."""
    for ledger in ledgers():
        if ledger.label == "cases" and ledger.model._default_manager.count() >= wanted:
            yield ledger
            return
    with probe_ledger() as ledger:
        chains = [draft_chain(number, LENGTH) for number in range(1, wanted // LENGTH + 1)]
        rows = [chain[at] for at in range(LENGTH) for chain in random.Random(1).sample(chains, len(chains))]
        ProbeEvent.objects.bulk_create(rows, batch_size=2000)
        heads = [ProbeCase(id=c[-1].chain, head_seq=LENGTH, head_hash=c[-1].hash) for c in chains]
        ProbeCase.objects.bulk_create(heads, batch_size=2000)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE probe_event, probe_case")
        yield ledger


def bare_rate(ledger: Ledger) -> float:
    """SM3 of prev || canonical of every event, events a second of hashing alone."""
    spent, count = 0.0, 0
    rows = ledger.model._default_manager.values_list("prev", "canonical").iterator(chunk_size=20000)
    while bodies := [bytes(prev) + bytes(canonical) for prev, canonical in islice(rows, 20000)]:
        begun = time.perf_counter()
        for body in bodies:
            digest = _BASE.copy()
            digest.update(body)
            digest.digest()
        spent += time.perf_counter() - begun
        count += len(bodies)
    return count / spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with measured_ledger(arguments.events) as ledger:
        rates: dict[str, list[float]] = {name: [] for name in FLOORS}
        ratios: dict[str, list[float]] = {name: [] for name in FLOORS}
        for _ in range(arguments.rounds):
            for name in FLOORS:
                before = bare_rate(ledger)  # around each pass: neighbours on the same cores slow both
                report = verify(ledger, fast=name == "fast")
                if not report.ok:
                    sys.exit(f"the ledger is damaged: {report.problems[:3]}")
                bare = (before + bare_rate(ledger)) / 2
                rates[name].append(report.events / report.seconds)
                ratios[name].append(report.events / report.seconds / bare)
    command = f"python bench/verify_ledger.py --events {arguments.events} --rounds {arguments.rounds}"
    for name, floor in FLOORS.items():
        line = {
            "name": f"verify_ledger {name}",
            "figure": round(statistics.median(rates[name])),
            "unit": "events/s",
            "floor": floor,
            "ratio": round(statistics.median(ratios[name]), 3),
            "command": command,
        }
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
