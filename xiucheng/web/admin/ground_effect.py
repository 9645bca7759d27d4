"""What a version of the ground does to open cases: before it counts, and when it does."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.models import Case, Leg
from xiucheng.catalog import queries as catalog
from xiucheng.kernel import settings
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Department
from xiucheng.territory.models import Beat
from xiucheng.territory.queries import Place, locate
from xiucheng.territory.rules import place_of
from xiucheng.territory.versions import applying, queries
from xiucheng.territory.versions.models import GroundVersion
from xiucheng.web.admin.common import undone

LOOKED_AT = 3_000
SHOWN = 100
E7 = 10_000_000
FIELDS = ("county", "township", "community", "unit_grid", "beat", "department")


def candidates(version: GroundVersion) -> list[UUID]:
    """Open cases that lie where the version changes something."""
    shapes, values = queries.touched(version)
    statement = (
        "SELECT DISTINCT c.id FROM (" + shapes + ") t "
        "JOIN cases_case c ON ST_Covers(t.shape, c.point) WHERE c.ended_at IS NULL ORDER BY 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]


def effect(version: GroundVersion) -> dict[str, Any]:
    """How many open cases change county, township, community, grid, beat or responsible department, and which.

    The version is applied, asked, and taken back. Of more than 3,000 cases the first are looked at (`looked` < `cases`).
    """
    keys = candidates(version)
    found: dict[str, Any] = {
        "cases": len(keys),
        "looked": min(len(keys), LOOKED_AT),
        "fields": dict.fromkeys(FIELDS, 0),
        "moved": 0,
        "outside": 0,
        "hand": 0,
        "rows": [],
    }
    cases = list(Case.unscoped.filter(pk__in=keys[:LOOKED_AT]).order_by("-reported_at"))
    legs = dict(
        Leg.unscoped.filter(case__in=cases, lead=True)
        .exclude(state="returned")
        .values_list("case", "department")
    )
    border = float(settings.get("territory.border_m"))
    places: dict[UUID, Place | None] = {}
    with undone():
        applying.apply(version=version, checked=True)
        for case in cases:
            places[case.pk] = _place(case, version, border)
    names = dict(Beat.objects.values_list("id", "name"))
    departments = dict(Department.objects.values_list("id", "name"))
    for case in cases:
        for line in _lines(case, places[case.pk], legs.get(case.pk), names, departments, found):
            if len(found["rows"]) < SHOWN:
                found["rows"].append(line)
    found["at"] = timezone.now().isoformat()
    return found


def _place(case: Case, version: GroundVersion, border: float) -> Place | None:
    try:
        return locate(case.lon_e7 / E7, case.lat_e7 / E7, on=version.effective, border_m=border)
    except Refused:
        return None


def _lines(
    case: Case,
    place: Place | None,
    leg: int | None,
    beats: dict[int, str],
    departments: dict[int, str],
    found: dict[str, Any],
) -> Iterator[dict[str, Any]]:
    number = case.case_number or case.number
    if place is None:
        found["outside"] += 1
        found["hand"] += 1
        yield {"number": number, "changes": [], "hand": _("不再属于本市任何区县，归属不变，请人工处理。")}
        return
    pairs = {
        "county": (case.county, place.county),
        "township": (case.township, place.township),
        "community": (case.community, place.community),
        "unit_grid": (case.unit_grid, place.unit_grid),
        "beat": (beats.get(case.beat or 0), beats.get(place.beat_id or 0)),
    }
    changes = [[field, old or "", new or ""] for field, (old, new) in pairs.items() if old != new]
    before, after = _lead(case, None), _lead(case, place)
    if before != after:
        changes.append(["department", departments.get(before or 0, ""), departments.get(after or 0, "")])
    if not changes:
        return
    found["moved"] += 1
    for field, _old, _new in changes:
        found["fields"][field] += 1
    hand = ""
    if case.imprecise:
        hand = _("位置不精确，归属不变，请人工核对。")
    elif leg is not None and after is not None and leg != after:
        found["hand"] += 1
        hand = _("已派给%(old)s，新归属应由%(new)s负责：不自动改派，请派遣员核对。") % {
            "old": departments.get(leg, ""),
            "new": departments.get(after, ""),
        }
    yield {"number": number, "changes": changes, "hand": hand}


def _lead(case: Case, place: Place | None) -> int | None:
    if not case.category:
        return None
    here = place or place_of(case.unit_grid or case.community or case.township or case.county, case.grade)
    try:
        return catalog.duty_for(catalog.parse_category(case.category), here).lead
    except Refused:
        return None
