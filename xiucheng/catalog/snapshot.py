"""The catalogue in memory, one copy a process: it is asked at every report and dispatch, and changes once a
month.

It is read anew when its stamp changes (kernel.stamps; the triggers are in migration 0001). Its rows are
shared by all
requests: read them, never change them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from xiucheng.catalog import rules
from xiucheng.catalog.models import Category, Duty, ExtraField, FallbackDuty, Standard
from xiucheng.kernel import stamps
from xiucheng.people.models import Department
from xiucheng.territory.models import Division

GROUP = "catalog"
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Snapshot:
    """All categories, limits, duties and departments of one moment."""

    categories: dict[int, Category]
    by_key: dict[Key, Category]
    standards: dict[int, Standard]
    by_category: dict[int, list[Standard]]
    by_origin: dict[int, list[Standard]]
    duties: dict[int, list[rules.DutyRow]]
    bodies: dict[int, rules.Body]
    fallbacks: list[rules.DutyRow]
    division_names: dict[str, str]
    search: list[tuple[str, Category]] = field(default_factory=list)
    extra: dict[int, list[ExtraField]] = field(default_factory=dict)  # by category, those in use
    extra_all: dict[int, list[ExtraField]] = field(default_factory=dict)


class _Memory:
    stamp: str | None = None
    snapshot: Snapshot | None = None


def current() -> Snapshot:
    """The catalogue as it is now; a second late at most after another process's change."""
    stamp = stamps.current(GROUP)
    if _Memory.snapshot is None or _Memory.stamp != stamp:
        _Memory.snapshot, _Memory.stamp = _read(), stamp
    return _Memory.snapshot


def changed(**_signal: object) -> None:
    """Read it anew at the next question: whoever changes the catalogue says so, inside his transaction."""
    stamps.changed()


def _read() -> Snapshot:
    with transaction.atomic():
        categories = list(Category.objects.all())
        standards = list(Standard.objects.all())
        duties = list(Duty.objects.filter(draft=False).order_by("pk"))
        helpers = Duty.cooperating.through.objects.order_by("pk").values_list("duty_id", "department_id")
        fallbacks = list(FallbackDuty.objects.all())
        departments = list(Department.objects.filter(active=True))
        questions = list(ExtraField.objects.all())
    places = {row.division_code for row in duties} | {row.division_code for row in fallbacks}
    places |= {row.division_code for row in departments}
    names = dict(Division.objects.filter(code__in=places).values_list("code", "name"))
    cooperating: dict[int, list[int]] = defaultdict(list)
    for duty_id, department_id in helpers:
        cooperating[duty_id].append(department_id)
    return Snapshot(
        categories={row.pk: row for row in categories},
        by_key={(row.standard, row.kind, row.code): row for row in categories},
        standards={row.pk: row for row in standards},
        by_category=_grouped(standards, "category_id"),
        by_origin=_grouped(standards, "origin_id"),
        duties=_duties(duties, cooperating),
        bodies={row.pk: _body(row) for row in departments},
        fallbacks=[
            rules.DutyRow(row.pk, row.division_code, row.department_id, (), row.valid_from, row.valid_to)
            for row in fallbacks
        ],
        division_names=names,
        extra=_questions(row for row in questions if row.active),
        extra_all=_questions(questions),
        search=[(f"{row.code} {row.name} {row.class_name}".casefold(), row) for row in categories],
    )


def _questions(rows: Iterable[ExtraField]) -> dict[int, list[ExtraField]]:
    groups: dict[int, list[ExtraField]] = defaultdict(list)
    for row in rows:
        groups[row.category_id].append(row)
    return dict(groups)


def _grouped(standards: list[Standard], column: str) -> dict[int, list[Standard]]:
    groups: dict[int, list[Standard]] = defaultdict(list)
    for row in standards:  # the model's order: position, then seq
        if (key := getattr(row, column)) is not None:
            groups[key].append(row)
    return dict(groups)


def _duties(rows: list[Duty], cooperating: dict[int, list[int]]) -> dict[int, list[rules.DutyRow]]:
    groups: dict[int, list[rules.DutyRow]] = defaultdict(list)
    for row in rows:
        helpers = tuple(cooperating.get(row.pk, ()))
        groups[row.category_id].append(
            rules.DutyRow(row.pk, row.division_code, row.lead_id, helpers, row.valid_from, row.valid_to)
        )
    return dict(groups)


def _body(row: Department) -> rules.Body:
    return rules.Body(
        id=row.pk,
        name=row.name,
        kinds=row.kinds,
        division=row.division_code,
        is_fallback=row.is_fallback,
        is_command_centre=row.is_command_centre,
    )
