"""What is in force, as the checks want it."""

from datetime import date

from xiucheng.territory import geometry
from xiucheng.territory.models import Beat, Division, UnitGrid
from xiucheng.territory.versions.checking import Row


def divisions(prefix: str = "") -> dict[str, Row]:
    """All divisions in force, by code; those retired are left out."""
    rows = Division.objects.filter(code__startswith=prefix, valid_to__isnull=True)
    return {
        code: Row(0, code, name, grade, None if shape is None else geometry.from_geos(shape))
        for code, name, grade, shape in rows.values_list("code", "name", "grade", "shape")
    }


def grids(on: date, prefix: str = "") -> dict[str, Row]:
    """The grids in force on a day, with the name of their beat."""
    rows = UnitGrid.in_force(on).filter(code__startswith=prefix)
    through = Beat.grids.through.objects.filter(unitgrid__in=rows, beat__active=True)
    beats = dict(through.order_by("-beat_id").values_list("unitgrid_id", "beat__name"))
    return {
        code: Row(0, code, "", grade, geometry.from_geos(shape), beat=beats.get(pk, ""))
        for pk, code, grade, shape in rows.values_list("pk", "code", "grade", "shape")
    }


def used_codes() -> set[str]:
    """Every grid code that was ever given."""
    return set(UnitGrid.objects.values_list("code", flat=True))


def communities() -> dict[str, Row]:
    return {code: row for code, row in divisions().items() if len(code) == 12}


def busy(on: date) -> set[str]:
    """Communities with grids in force: they cannot be retired."""
    return set(UnitGrid.in_force(on).values_list("community_id", flat=True).distinct())
