"""Indexes and constraints of the tables: away while rows are copied, then made again and validated."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from django.db import connection

CONSTRAINTS = """
SELECT c.conrelid::regclass::text, c.conname::text, pg_get_constraintdef(c.oid), c.contype::text
FROM pg_constraint c
WHERE (c.conrelid = ANY(%s::regclass[]) AND c.contype IN ('p', 'u', 'f'))
   OR (c.confrelid = ANY(%s::regclass[]) AND c.contype = 'f')
ORDER BY c.contype = 'f', c.contype, 1, 2
"""
INDEXES = """
SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i WHERE i.indrelid = ANY(%s::regclass[])
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Thing:
    """One constraint or index: how it goes and how it comes back. kind: p, u, f, i."""

    kind: str
    table: str
    name: str
    drop: str
    make: str


def things(tables: Sequence[str]) -> list[Thing]:
    """In the order in which they are made: keys, indexes, foreign keys."""
    names = list(tables)
    with connection.cursor() as cursor:
        cursor.execute(CONSTRAINTS, [names, names])
        found = [
            Thing(
                kind, table, name,
                f'ALTER TABLE {table} DROP CONSTRAINT "{name}"',
                f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {text}',
            )
            for table, name, text, kind in cursor.fetchall()
        ]  # fmt: skip
        cursor.execute(INDEXES, [names])
        found += [
            Thing("i", table, name, f"DROP INDEX {name}", text) for table, name, text in cursor.fetchall()
        ]
    return sorted(found, key=lambda thing: "puif".index(thing.kind))


@contextmanager
def away(tables: Sequence[str], say: Callable[[str], None]) -> Iterator[None]:
    """Without indexes inside; also after an error they are made again, so that the database stays whole."""
    kept = things(tables)
    run(f"ALTER TABLE {table} SET (autovacuum_enabled = false)" for table in tables)
    run(thing.drop for thing in reversed(kept))
    try:
        yield
    finally:
        run(["SET maintenance_work_mem = '1GB'", "SET max_parallel_maintenance_workers = 0"])
        for thing in kept:
            began = monotonic()
            run([thing.make])
            if (seconds := monotonic() - began) > 5:
                say(f"  {thing.name} {seconds:,.0f} s")
        run(f"ALTER TABLE {table} RESET (autovacuum_enabled)" for table in tables)
        run(["RESET maintenance_work_mem", "RESET max_parallel_maintenance_workers"])


def run(statements: Iterator[str] | Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
