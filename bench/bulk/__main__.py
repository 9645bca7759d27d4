"""python -m bench.bulk --cases 5000000 --events-per-case 8

Fills the database of DATABASE_URL, a demo city (`manage.py build_demo`), up to so many cases. Run it from the project's
folder. Only where the database's name says that it is for benches: «bench» in it, or beginning with «b» and a digit.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing import get_context

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiucheng.settings")

FOR_BENCHES = re.compile(r"bench|^b\d|^test_")
FEW = 2_000  # below, indexes stay: making them anew costs more


def fill(
    cases: int,
    events_per_case: float = 8,
    *,
    seed: int = 1,
    workers: int = 2,
    lean: bool = False,
    say: Callable[[str], None] = print,
) -> None:
    """Bring the city to so many cases in all. Raises: SystemExit, where that cannot be done here."""
    from django.db import connection, connections

    from bench.bulk import indexes, writing
    from bench.bulk.planning import plan
    from bench.bulk.templates import CASES, EVENTS, PARTS, REPORTERS, tables
    from xiucheng.kernel.ledger.anchors import anchor
    from xiucheng.kernel.ledger.registry import ledgers

    name = connection.settings_dict["NAME"]
    if not FOR_BENCHES.search(str(name)):
        raise SystemExit(f"«{name}» is not named for benches: bench…, or b and a digit.")
    began = time.monotonic()
    now = datetime.now(UTC)
    all_tables = tables()
    have_cases, have_events = counted(CASES), counted(EVENTS)
    more = cases - have_cases
    if not have_cases or more < 1:
        raise SystemExit(
            f"{have_cases:,} cases are there: build a demo city first, and ask for more than that."
        )
    programs, places, categories = ground(all_tables, seed, say)
    mean = max(3.5, (cases * events_per_case - have_events) / more)
    planned = plan(
        programs, places, cases=more, events=mean, now=micros(now), seed=seed + have_cases, lean=lean
    )
    say(f"{more:,} cases planned from {len(programs):,} templates, {time.monotonic() - began:,.0f} s")
    people = writing.callers(max(100, min(100_000, planned.reporters // 8)), seed)
    shop = writing.Shop(
        programs, places, planned, all_tables, categories, people, seed + have_cases, micros(now)
    )
    names = (CASES, EVENTS, *PARTS, REPORTERS, "kernel_anchorhead")
    with indexes.away(names if more > FEW else (), say):
        if workers > 1:
            connections.close_all()  # a fork must not share a connection
            copy_in_parallel(shop, workers, say)
        else:
            writing.write(shop, 0, 1, get_context("fork").Value("q", 0))
        settle(planned)
        say(f"copied, {time.monotonic() - began:,.0f} s")
    say(f"indexes and constraints made, {time.monotonic() - began:,.0f} s")
    for ledger in ledgers():
        anchor(ledger, at=now, full=True)
    say(f"anchored, {time.monotonic() - began:,.0f} s")
    derive()
    say(f"what is derived from cases is made, {time.monotonic() - began:,.0f} s")
    if more > FEW:
        indexes.run([f"VACUUM (ANALYZE, PARALLEL 0) {name}" for name in names])
    have_cases, have_events = counted(CASES), counted(EVENTS)
    seconds = time.monotonic() - began
    say(
        f"{have_cases:,} cases, {have_events:,} events, {more / seconds:,.0f} cases/s, {seconds:,.0f} s; {disk()}"
    )


def ground(all_tables, seed, say):  # type: ignore[no-untyped-def]
    """The templates as programs, the places, and code and name of each category."""
    from bench.bulk import places, templates
    from bench.bulk.programs import Compiler, Odd
    from xiucheng.catalog import queries as catalog
    from xiucheng.catalog.rules import GB2026
    from xiucheng.people.models import Department

    streets = frozenset(row.pk for row in Department.objects.all() if len(row.division_code) == 9)
    programs = []
    for group in templates.load(all_tables):
        try:
            programs.append(Compiler(group, all_tables, streets).program())
        except Odd as why:
            say(f"a template is left out: {why}")
    spots = places.load(seed)
    for program in programs:
        pool = spots.pool([program.township or "", program.county], True) or next(iter(spots.pools.values()))
        program.area = int(spots.area[pool.points[0]])
    rows = catalog.categories(kind="matter", standard=GB2026)
    categories = {row.key: (row.code, row.name) for row in rows}
    categories["*"] = next(iter(categories.values()))
    return programs, spots, categories


def copy_in_parallel(shop, workers: int, say: Callable[[str], None]) -> None:  # type: ignore[no-untyped-def]
    from bench.bulk import writing

    context = get_context("fork")
    done, began = context.Value("q", 0), time.monotonic()
    hands = [context.Process(target=writing.write, args=(shop, n, workers, done)) for n in range(workers)]
    for hand in hands:
        hand.start()
    while any(hand.is_alive() for hand in hands):
        hands[0].join(15)
        say(writing.progress(done, shop.plan.cases, began))
    if any(hand.exitcode for hand in hands):
        raise SystemExit("a writer failed; what it said stands above")


def settle(planned) -> None:  # type: ignore[no-untyped-def]
    """The counters behind what was given out."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.executemany(
            """INSERT INTO kernel_casecounter (division_code, day, last) VALUES (%s, %s, %s)
               ON CONFLICT (division_code, day) DO UPDATE SET last = EXCLUDED.last""",
            [(code, day, last) for (code, day), last in planned.counters.items()],
        )
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('cases_reporter', 'id'), greatest(1, (SELECT max(id) FROM"
            " cases_reporter)))"
        )


def derive() -> None:
    """What is kept beside the cases, made anew: the index of the search, the cells of the map."""
    from xiucheng.cases import cells, search_index

    for _done in search_index.rebuild():
        pass
    cells.refresh_open()
    cells.refresh_all()
    cells.refresh_months()


def counted(table: str) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def micros(at: datetime) -> int:
    from bench.bulk.programs import EPOCH

    return int((at - EPOCH).total_seconds() * 1_000_000)


def disk() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        return str(cursor.fetchone()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, required=True, help="in all, with those already there")
    parser.add_argument("--events-per-case", type=float, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--lean", action="store_true", help="oftener cases of few bytes, to spare the disk")
    given = parser.parse_args()

    import django

    django.setup()

    def say(text: str) -> None:
        print(f"{datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)  # noqa: DTZ005

    fill(given.cases, given.events_per_case, seed=given.seed, workers=given.workers, lean=given.lean, say=say)


if __name__ == "__main__":
    main()
