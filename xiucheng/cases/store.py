"""Between state and rows: load a case locked, append events, write only what changed. No rules here.

The tables mirror the dataclasses of `state.py` field by field (a foreign key's field holds the id), so both ways
are one loop. Bulk writers (the demo city) use `rows_of` and `event_row`; live actions use `persist`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import models

from xiucheng.cases import words
from xiucheng.cases.models import Case, CaseEvent, CaseFile, Clock, Leg, Request
from xiucheng.cases.projection import evolve
from xiucheng.cases.state import (
    By,
    CaseState,
    ClockState,
    Draft,
    EventRecord,
    Evidence,
    LegState,
    WishState,
)
from xiucheng.kernel import canonical, ledger
from xiucheng.kernel.rows import insert_together

GENESIS = bytes(32)
PARTS: dict[str, tuple[type[models.Model], type]] = {
    "legs": (Leg, LegState),
    "clocks": (Clock, ClockState),
    "wishes": (Request, WishState),
    "evidence": (CaseFile, Evidence),
}


def attname(model: type[models.Model], name: str) -> str:
    """The attribute that holds a field's plain value: «reporter» → «reporter_id»."""
    return model._meta.get_field(name).attname  # type: ignore[union-attr]


def scalar_fields(model: type[models.Model], shape: type) -> tuple[tuple[str, str], ...]:
    """(dataclass field, model attribute) for every field but the parts."""
    names = [f.name for f in fields(shape) if f.name not in PARTS]
    own = {f.name for f in model._meta.get_fields()}
    return tuple((name, attname(model, name)) for name in names if name in own)


CASE_FIELDS = scalar_fields(Case, CaseState)
PART_FIELDS = {part: scalar_fields(model, shape) for part, (model, shape) in PARTS.items()}


def to_row(value: Any) -> Any:
    """A state's value as a column takes it."""
    if isinstance(value, tuple):
        return [to_row(item) for item in value]
    return value


def pauses_to_row(pauses: Iterable[tuple[datetime, datetime]]) -> list[list[str]]:
    return [[canonical.stamp(start), canonical.stamp(end)] for start, end in pauses]


def case_values(state: CaseState) -> dict[str, Any]:
    values = {attr: to_row(getattr(state, name)) for name, attr in CASE_FIELDS}
    values["due_at"] = state.due_at
    return values


def part_rows(part: str, state: CaseState) -> list[models.Model]:
    """The rows of one part. Evidence has no index of its own: its place in the list is one."""
    model = PARTS[part][0]
    rows = []
    for place, item in enumerate(getattr(state, part), start=1):
        values = {attr: getattr(item, name) for name, attr in PART_FIELDS[part]}
        if part == "clocks":
            values["pauses"] = pauses_to_row(item.pauses)
        values.setdefault("index", place)
        rows.append(model(case_id=state.id, **values))
    return rows


def rows_of(state: CaseState, head_hash: bytes) -> tuple[Case, dict[str, list[models.Model]]]:
    """All rows of a case, unsaved: for bulk writing."""
    case = Case(**case_values(state), head_hash=head_hash)
    return case, {part: part_rows(part, state) for part in PARTS}


# -- reading ---


def part_state(part: str, row: models.Model) -> Any:
    shape = PARTS[part][1]
    values = {name: getattr(row, attr) for name, attr in PART_FIELDS[part]}
    if part == "clocks":
        values["pauses"] = tuple(
            (canonical.parse_stamp(start), canonical.parse_stamp(end)) for start, end in values["pauses"]
        )
    return shape(**{name: typed(shape, name, value) for name, value in values.items()})


def typed(shape: type, name: str, value: Any) -> Any:
    enum = ENUM_FIELDS.get((shape, name))
    if enum is not None and value is not None:
        return enum(value)
    return tuple(value) if isinstance(value, list) else value


ENUM_FIELDS: dict[tuple[type, str], Any] = {
    (CaseState, "stage"): words.Stage,
    (CaseState, "channel"): words.Channel,
    (LegState, "state"): words.LegStage,
    (ClockState, "kind"): words.ClockKind,
    (WishState, "kind"): words.Wish,
    (WishState, "state"): words.WishStage,
}


def state_of(case: Case) -> CaseState:
    """The state of a stored case; four statements for its parts."""
    return states_of([case])[case.pk]


def states_of(cases: Sequence[Case]) -> dict[UUID, CaseState]:
    """The states of stored cases; four statements for the parts of all of them, three before any dispatch."""
    keys = [case.pk for case in cases]
    with_legs = [case.pk for case in cases if case.departments]  # whoever ever held a leg
    parts = {part: load_part(part, with_legs if part == "legs" else keys) for part in PARTS}
    return {case.pk: build(case, {part: parts[part].get(case.pk, ()) for part in PARTS}) for case in cases}


def build(case: Case, parts: dict[str, tuple[Any, ...]]) -> CaseState:
    values: dict[str, Any] = {name: typed(CaseState, name, getattr(case, attr)) for name, attr in CASE_FIELDS}
    return CaseState(**values | parts)


def load_part(part: str, ids: Sequence[UUID]) -> dict[UUID, tuple[Any, ...]]:
    """One part of many cases, in order of its index: {case: (…)}."""
    model = PARTS[part][0]
    found: dict[UUID, list[Any]] = {}
    if not ids:
        return {}
    for row in model._default_manager.filter(case__in=ids).order_by("case", "index"):
        found.setdefault(row.case_id, []).append(part_state(part, row))  # type: ignore[attr-defined]
    return {case: tuple(items) for case, items in found.items()}


def record_of(event: CaseEvent) -> EventRecord:
    """A stored event as the fold reads it."""
    by = By(event.kind, event.post_id, event.person_id, event.role, event.department_id)
    return EventRecord(event.seq, event.step, event.at, by, event.data, event.note)


# -- writing ---


@dataclass(frozen=True, slots=True)
class Written:
    """What an action did: the state after, and its events."""

    state: CaseState
    events: tuple[CaseEvent, ...]
    head_hash: bytes


def event_row(draft: Draft, *, case: UUID, seq: int, at: datetime, by: By, prev: bytes) -> CaseEvent:
    """A sealed, unsaved event."""
    row = ledger.draft_row(
        CaseEvent,
        chain=case,
        seq=seq,
        step=draft.step,
        at=at,
        data=draft.data,
        note=draft.note,
        kind=by.kind,
        post_id=by.post,
        person_id=by.person,
        role=by.role,
        department_id=by.department,
    )
    return ledger.seal(row, prev)


def advance(
    state: CaseState | None, head_hash: bytes, drafts: Iterable[Draft], *, case: UUID, at: datetime, by: By
) -> Written:
    """Seal drafts behind a head and fold them; nothing is saved."""
    events = []
    for draft in drafts:
        seq = (state.head_seq if state else 0) + 1
        row = event_row(draft, case=case, seq=seq, at=at, by=by, prev=head_hash)
        state, head_hash = evolve(state, record_of(row)), bytes(row.hash)
        events.append(row)
    assert state is not None, "at least one draft"
    return Written(state, tuple(events), head_hash)


def persist_new(written: Written, *beside: models.Model) -> None:
    """Save a new case with its events and whatever else belongs to its birth: one statement."""
    case, parts = rows_of(written.state, written.head_hash)
    insert_together([case, *beside, *chain.from_iterable(parts.values()), *written.events])


def persist(before: CaseState, written: Written, *beside: models.Model) -> None:
    """Save events, whatever of the case they changed and new rows beside it, inside the caller's transaction."""
    state = written.state
    Case.unscoped.filter(pk=state.id).update(**changed(before, state), head_hash=written.head_hash)
    for part in PARTS:
        upsert(part, before, state)
    insert_together([*written.events, *beside])


def changed(before: CaseState, after: CaseState) -> dict[str, Any]:
    old, new = case_values(before), case_values(after)
    return {key: value for key, value in new.items() if old[key] != value}


def upsert(part: str, before: CaseState, after: CaseState) -> None:
    old, new = getattr(before, part), getattr(after, part)
    if old == new:
        return
    fresh = [
        row
        for place, row in enumerate(part_rows(part, after))
        if place >= len(old) or old[place] != new[place]
    ]
    model = PARTS[part][0]
    columns = [f.name for f in model._meta.concrete_fields if f.name not in ("id", "case", "index")]
    model._default_manager.bulk_create(
        fresh, update_conflicts=True, unique_fields=["case", "index"], update_fields=columns
    )
