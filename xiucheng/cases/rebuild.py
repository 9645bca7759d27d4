"""Every case folded anew from its events and held against its rows; what differs is named, or put right.

The events stream in order of (chain, seq) through a server-side cursor, part by part, so memory and disk stay small; the
rows of a batch of cases are read at a time, under the same snapshot.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from time import monotonic
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, models, transaction
from django.db.models import Q

from xiucheng.cases.models import Case, CaseEvent
from xiucheng.cases.projection import fold
from xiucheng.cases.state import By, CaseState, EventRecord
from xiucheng.cases.store import CASE_FIELDS, PART_FIELDS, PARTS, case_values, part_rows, record_of, to_row
from xiucheng.kernel import canonical
from xiucheng.kernel.ledger.parts import chain_parts

BATCH = 500
SHOWN = 1000  # differences kept; all are counted
EVENTS = """
    SELECT chain, seq, step, at, data::text, note, kind, post_id, person_id, role, department_id, hash
    FROM cases_caseevent WHERE {part} ORDER BY chain, seq
"""
CASE_COLUMNS = (*(attr for _name, attr in CASE_FIELDS), "due_at", "head_hash")
PART_COLUMNS = {
    part: ("index", *(attr for name, attr in pairs if name != "index")) for part, pairs in PART_FIELDS.items()
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One column of one row that is not what the events say. row: the index within the case. Values as text."""

    case: str
    table: str
    row: int | None
    column: str
    stored: str | None
    rebuilt: str | None


@dataclass(slots=True)
class Report:
    cases: int = 0
    events: int = 0
    seconds: float = 0.0
    count: int = 0
    differences: list[Difference] = field(default_factory=list)
    differing: list[UUID] = field(default_factory=list)  # cases

    @property
    def ok(self) -> bool:
        return not self.count

    def add(self, case: UUID, found: Sequence[Difference]) -> None:
        if found:
            self.count += len(found)
            self.differences += found[: max(0, SHOWN - len(self.differences))]
            self.differing.append(case)


@dataclass(frozen=True, slots=True)
class Folded:
    """A case as its events tell it; state is None where they cannot be folded (why: what was wrong)."""

    id: UUID
    state: CaseState | None
    head: bytes
    why: str = ""


def compare(chain: UUID | None = None) -> Report:
    """Fold every case (or one) and compare it with its rows. Writes nothing."""
    report, started = Report(), monotonic()
    with snapshot():
        for batch in batches(folded(chain, report), BATCH):
            compare_batch(batch, report)
        strays(chain, report)
    report.seconds = monotonic() - started
    return report


@contextmanager
def snapshot() -> Iterator[None]:
    """One moment of the store for all that is read; people go on working meanwhile."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def batches(items: Iterator[Folded], size: int) -> Iterator[list[Folded]]:
    while batch := list(islice(items, size)):
        yield batch


def folded(chain: UUID | None, report: Report) -> Iterator[Folded]:
    """Cases from the stream of events."""
    for part in [f"chain = '{chain}'"] if chain else chain_parts(CaseEvent._meta.db_table):
        with connection.chunked_cursor() as cursor:
            cursor.execute(EVENTS.format(part=part))
            rows = (row for rows in iter(lambda: cursor.fetchmany(2000), []) for row in rows)
            for key, group in groupby(rows, key=itemgetter(0)):
                events = list(group)
                report.cases += 1
                report.events += len(events)
                yield folded_case(key, events)


def folded_case(key: UUID, rows: list[tuple[Any, ...]]) -> Folded:
    head = bytes(rows[-1][11])
    try:
        return Folded(key, fold(record(row) for row in rows), head)
    except Exception as error:  # a damaged event must not hide the other cases
        return Folded(key, None, head, f"{type(error).__name__}: {error}")


def record(row: tuple[Any, ...]) -> EventRecord:
    _chain, seq, step, at, data, note, kind, post, person, role, department, _hash = row
    return EventRecord(seq, step, at, By(kind, post, person, role, department), orjson.loads(data), note)


# -- comparing ---


def compare_batch(batch: list[Folded], report: Report) -> None:
    keys = [item.id for item in batch]
    cases = {row[0]: row for row in Case.unscoped.filter(pk__in=keys).values_list(*CASE_COLUMNS)}
    parts = {part: stored_parts(part, keys) for part in PARTS}
    for item in batch:
        stored = cases.get(item.id)
        report.add(item.id, differences(item, stored, {part: parts[part].get(item.id, []) for part in PARTS}))


def stored_parts(part: str, keys: list[UUID]) -> dict[UUID, list[tuple[Any, ...]]]:
    found: dict[UUID, list[tuple[Any, ...]]] = {}
    rows = PARTS[part][0]._default_manager.filter(case__in=keys).order_by("case", "index")
    for case, *values in rows.values_list("case", *PART_COLUMNS[part]):
        found.setdefault(case, []).append(tuple(values))
    return found


def differences(
    item: Folded, stored: tuple[Any, ...] | None, parts: dict[str, list[tuple[Any, ...]]]
) -> list[Difference]:
    if item.state is None:
        return [Difference(str(item.id), CaseEvent._meta.db_table, None, "data", item.why, None)]
    number, table = item.state.number, Case._meta.db_table
    if stored is None:
        return [Difference(number, table, None, "number", None, number)]
    values = case_values(item.state) | {"head_hash": item.head}
    wanted = tuple(values[column] for column in CASE_COLUMNS)
    found = columns_differ(number, table, None, CASE_COLUMNS, stored, wanted)
    for part, rows in parts.items():
        found += rows_differ(number, part, rows, wanted_parts(part, item.state))
    return found


def wanted_parts(part: str, state: CaseState) -> list[tuple[Any, ...]]:
    """The rows that a part should have, as tuples in order of `PART_COLUMNS`."""
    if part != "clocks":
        names = {attr: name for name, attr in PART_FIELDS[part]}
        return [
            (
                place,
                *(to_row(getattr(value, names[column])) for column in PART_COLUMNS[part][1:]),
            )
            for place, value in enumerate(getattr(state, part), start=1)
        ]
    return [tuple(getattr(row, column) for column in PART_COLUMNS[part]) for row in part_rows(part, state)]


def rows_differ(
    number: str, part: str, stored: list[tuple[Any, ...]], wanted: list[tuple[Any, ...]]
) -> list[Difference]:
    if stored == wanted:
        return []
    table, columns = PARTS[part][0]._meta.db_table, PART_COLUMNS[part]
    old, new = {row[0]: row for row in stored}, {row[0]: row for row in wanted}
    found: list[Difference] = []
    for index in sorted(old.keys() | new.keys()):
        if index in old and index in new:
            found += columns_differ(number, table, index, columns, old[index], new[index])
        else:
            here = [str(index) if index in side else None for side in (old, new)]
            found.append(Difference(number, table, index, "index", here[0], here[1]))
    return found


def columns_differ(
    number: str,
    table: str,
    row: int | None,
    columns: Sequence[str],
    stored: tuple[Any, ...],
    wanted: tuple[Any, ...],
) -> list[Difference]:
    return [
        Difference(number, table, row, column, shown(old), shown(new))
        for column, old, new in zip(columns, stored, wanted, strict=True)
        if plain(old) != plain(new)
    ]


def plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def shown(value: Any) -> str | None:
    value = plain(value)
    if value is None:
        return None
    if isinstance(value, datetime):
        return canonical.stamp(value)
    return value.hex() if isinstance(value, bytes) else str(value)


def strays(chain: UUID | None, report: Report) -> None:
    """Cases that have rows but no event."""
    cases = Case.unscoped.filter(pk=chain) if chain else Case.unscoped.all()
    without = cases.exclude(pk__in=CaseEvent.unscoped.filter(seq=1).values("chain"))
    for key, number in without.values_list("pk", "number").order_by("pk").iterator():
        report.cases += 1
        report.add(key, [Difference(number, Case._meta.db_table, None, "number", number, None)])


# -- putting right ---


def restore(keys: Sequence[UUID], progress: Callable[[UUID], None] = lambda _key: None) -> list[UUID]:
    """Write the rows of these cases from their events, a transaction each. Returns those that have no events."""
    left = []
    for key in keys:
        if not restore_case(key):
            left.append(key)
        progress(key)
    return left


def restore_case(key: UUID) -> bool:
    """False, if there is nothing to restore from: rows without events are for a person to judge."""
    with transaction.atomic():
        locked = Case.unscoped.select_for_update().filter(pk=key).exists()
        events = list(CaseEvent.unscoped.filter(chain=key).order_by("seq"))
        if not events:
            return False
        state, head = fold(record_of(event) for event in events), bytes(events[-1].hash)
        values = case_values(state) | {"head_hash": head}
        if locked:
            Case.unscoped.filter(pk=key).update(**values)
        else:
            Case(**values).save(force_insert=True)
        for part in PARTS:
            restore_part(part, state)
    return True


def restore_part(part: str, state: CaseState) -> None:
    """Rows of a projection may go: they say nothing that the events do not."""
    model: type[models.Model] = PARTS[part][0]
    rows = part_rows(part, state)
    model._default_manager.filter(case=state.id, index__gt=len(rows)).delete()
    if rows:
        columns = [f.name for f in model._meta.concrete_fields if f.name not in ("id", "case", "index")]
        model._default_manager.bulk_create(
            rows, update_conflicts=True, unique_fields=["case", "index"], update_fields=columns
        )


def chain_of(number: str) -> UUID | None:
    """The case behind a 受理号 or 案件编号, from its row or, if that is gone, from its events."""
    row = Case.unscoped.filter(Q(number=number) | Q(case_number=number)).values_list("pk", flat=True).first()
    if row:
        return row
    said = Q(step="report", data__number=number) | Q(step="file", data__case_number=number)
    return CaseEvent.unscoped.filter(said).values_list("chain", flat=True).first()
