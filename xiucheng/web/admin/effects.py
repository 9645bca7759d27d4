"""What a change would do to open cases, before it counts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from xiucheng.cases.actions.base import env_for
from xiucheng.cases.models import Case, Clock
from xiucheng.cases.models.case import CaseQuerySet
from xiucheng.cases.rules import closing
from xiucheng.cases.rules.basis import SYSTEM
from xiucheng.cases.state import CaseState
from xiucheng.cases.store import states_of
from xiucheng.cases.words import ClockKind
from xiucheng.catalog import queries as catalog
from xiucheng.catalog.models import Category, RevisionItem
from xiucheng.kernel.canonical import parse_stamp
from xiucheng.kernel.days import midnight
from xiucheng.people.models import inside
from xiucheng.web.admin.common import undone

LOOKED_AT = 3_000  # cases reckoned one by one; above it the number of those that may move is told
SHOWN = 50
BATCH = 200


@dataclass(frozen=True, slots=True)
class Moved:
    """One open case whose limits would change."""

    number: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class ClockEffect:
    """How many open cases' limits would move. exact: reckoned one by one; else no more than `count`."""

    count: int
    exact: bool
    rows: tuple[Moved, ...] = ()


def of_calendar(
    change: Callable[[], object], *, first: date | None = None, last: date | None = None
) -> ClockEffect:
    """The effect of a change of the calendar. change: does it; it is taken back.

    first, last: the days whose work may change (both included); None: any.
    """
    candidates = _running(first, last)
    count = candidates.count()
    if count > LOOKED_AT:
        return ClockEffect(count, exact=False)
    moved: list[Moved] = []
    total = 0
    keys = list(candidates.order_by("pk").values_list("pk", flat=True))
    now = timezone.now()
    with undone():
        change()
        for start in range(0, len(keys), BATCH):
            batch = list(Case.unscoped.filter(pk__in=keys[start : start + BATCH]).order_by("pk"))
            for _key, state in states_of(batch).items():
                draft = closing.recompute(state, SYSTEM, env_for(state.county, now))
                if draft is None:
                    continue
                total += 1
                if len(moved) < SHOWN:
                    moved.append(_moved(state, draft.data["clocks"]))
    return ClockEffect(total, exact=True, rows=tuple(moved))


def _running(first: date | None, last: date | None) -> CaseQuerySet:
    clocks = Clock.unscoped.filter(stopped_at__isnull=True, paused_at__isnull=True)
    if first is not None:
        clocks = clocks.filter(due_at__gte=midnight(first))
    if last is not None:
        clocks = clocks.filter(base_at__lt=midnight(last + timedelta(1)))
    return Case.unscoped.open().filter(pk__in=clocks.values("case"))


def _moved(state: CaseState, ops: list[dict[str, Any]]) -> Moved:
    """The earliest of the limits that move, and what it becomes."""
    pairs = []
    for op in ops:
        clock = state.clock(ClockKind(op["kind"]), op.get("leg"))
        pairs.append((clock.due_at if clock else None, parse_stamp(op["due"])))
    before, after = min(pairs, key=lambda pair: pair[1])
    return Moved(state.case_number or state.number, before, after)


@dataclass(frozen=True, slots=True)
class CaseEffect:
    """Open cases that a change of the catalogue concerns. new: will go by it; old: keep what they were filed or sent by,
    and are to be looked at by hand."""

    new: int
    old: int
    numbers: tuple[str, ...] = ()


def of_item(item: RevisionItem) -> CaseEffect:
    """What one change of the catalogue means for open cases. Three statements at most."""
    kinds = RevisionItem.Kind
    opened = Case.unscoped.open()
    if item.kind == kinds.FALLBACK_SET:
        return CaseEffect(0, 0)
    if item.standard is not None:
        kept = opened.filter(standard=item.standard)
        of_today = item.standard.category
    else:
        kept, of_today = opened.none(), item.category
    keys = _keys(of_today)
    if item.kind in (kinds.DUTY_SET, kinds.DUTY_END):
        place = inside([item.division_code])
        mine = opened.filter(place, category__in=keys)
        kept = mine.filter(dispatched_at__isnull=False)
        return _counted(mine.filter(dispatched_at__isnull=True).count(), kept)
    coming = opened.filter(category__in=keys, filed_at__isnull=True).count() if keys else 0
    if item.kind == kinds.CATEGORY_END:
        return _counted(0, opened.filter(category__in=keys))
    return _counted(coming, kept)


def _keys(category: Category | None) -> list[str]:
    """The category and its twin: a matter of the classes 01–05 takes the limits of its component."""
    if category is None:
        return []
    twins = (catalog.matter_of(category), catalog.component_of(category))
    return [category.key, *(row.key for row in twins if row)]


def _counted(new: int, kept: CaseQuerySet) -> CaseEffect:
    numbers = kept.order_by("-reported_at").values_list("case_number", "number")[:SHOWN]
    return CaseEffect(new, kept.count(), tuple(case or number for case, number in numbers))
