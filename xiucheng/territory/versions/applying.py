"""A version begins to count: old values go to the past, new ones hold from its day."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from xiucheng.kernel.errors import Refused
from xiucheng.territory import geometry
from xiucheng.territory.actions import BATCH
from xiucheng.territory.addresses import derived
from xiucheng.territory.models import Beat, Division, UnitGrid
from xiucheng.territory.rules import parents
from xiucheng.territory.versions import comparing, shelf
from xiucheng.territory.versions.models import DivisionPast, GroundVersion, VersionFeature


def apply(*, version: GroundVersion, checked: bool = False) -> GroundVersion:
    """Make it count from its day. checked: it was checked in this very transaction.

    Raises: Refused 409, where the ground has changed so that it no longer fits; the caller marks it failed.
    """
    with transaction.atomic():
        row = GroundVersion.objects.select_for_update().get(pk=version.pk)
        if not checked:
            comparing.write(row, comparing.compared(row, comparing.stored_rows(row)))
        errors = [problem["sentence"] for problem in row.problems if problem["level"] == "error"]
        if errors:
            raise Refused("；".join(errors[:3]), status=409, code="stale")
        changed = row.features.exclude(change=VersionFeature.Change.SAME)
        (_apply_grids if row.kind == GroundVersion.Kind.GRIDS else _apply_divisions)(row, list(changed))
        if row.kind == GroundVersion.Kind.DIVISIONS:
            derived.refresh_divisions()  # a place is found by its new name from now on
        shelf.UPLOADS.forget(row.upload)
        row.applied_at, row.upload, row.state = timezone.now(), "", GroundVersion.State.IN_FORCE
        row.save()
    return row


def _apply_divisions(version: GroundVersion, features: list[VersionFeature]) -> None:
    """Old values go to the past, new ones count; a retired division keeps its row without a shape, since grids, beats
    and posts of the past refer to it."""
    on, change = version.effective, VersionFeature.Change
    old = Division.objects.in_bulk([feature.code for feature in features])
    features.sort(key=lambda feature: len(feature.code))
    for feature in features:
        division = old.get(feature.code)
        if division is None:
            _new_division(feature, on)
            continue
        if division.valid_from is None or division.valid_from < on:
            DivisionPast.objects.update_or_create(
                code=division.code,
                valid_to=on,
                defaults={
                    name: getattr(division, name)
                    for name in ("name", "level", "shape", "grade", "active", "synthetic", "valid_from")
                },
            )
        division.valid_from, division.valid_to = on, None
        if feature.change == change.REMOVED:
            division.shape, division.active, division.valid_to = None, False, on
            division.valid_from = None
        else:
            division.name = feature.name or division.name
            division.grade = feature.grade
            division.shape = feature.shape if feature.shape is not None else division.shape
            division.synthetic = False
        division.save()


def _new_division(feature: VersionFeature, on: date) -> None:
    above = parents(feature.code)
    known = set(Division.objects.filter(code__in=above).values_list("code", flat=True))
    Division.objects.create(
        code=feature.code,
        name=feature.name,
        level=len(feature.code),
        parent_id=next((code for code in reversed(above) if code in known), None),
        shape=feature.shape,
        grade=feature.grade,
        valid_from=on,
    )


def _apply_grids(version: GroundVersion, features: list[VersionFeature]) -> None:
    """Old versions end on the day, new ones begin; a redrawn grid keeps its beat unless the file names another."""
    on, change = version.effective, VersionFeature.Change
    # By a subquery, not by a list: a province has more grids than a statement may have parameters.
    touched = version.features.exclude(change=change.SAME).values("code")
    there = UnitGrid.in_force(on).filter(code__in=touched)
    old = {grid.code: grid for grid in there}
    beats: dict[str, list[int]] = {}
    through = Beat.grids.through
    for code, beat in through.objects.filter(unitgrid__in=there).values_list("unitgrid__code", "beat_id"):
        beats.setdefault(code, []).append(beat)
    # A version that begins the same day is replaced in place; one that began before ends.
    there.exclude(valid_from=on).update(valid_to=on)
    there.filter(valid_from=on).delete()
    live = [feature for feature in features if feature.change != change.REMOVED]
    shapes = [feature.shape if feature.shape is not None else old[feature.code].shape for feature in live]
    areas = geometry.areas_m2([geometry.from_geos(shape) for shape in shapes])
    made = UnitGrid.objects.bulk_create(
        [
            UnitGrid(
                code=feature.code,
                community_id=feature.code[:12],
                shape=shape,
                area_m2=round(area, 1),
                grade=feature.grade,
                valid_from=on,
            )
            for feature, shape, area in zip(live, shapes, areas, strict=True)
        ],
        batch_size=BATCH,
    )
    named = _beats({(feature.code[:6], feature.beat) for feature in live if feature.beat})
    joins = []
    for feature, grid in zip(live, made, strict=True):
        of = [named[feature.code[:6], feature.beat]] if feature.beat else beats.get(feature.code, [])
        joins += [through(beat_id=beat, unitgrid_id=grid.pk) for beat in of]
    through.objects.bulk_create(joins, batch_size=BATCH)


def _beats(wanted: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The beats of these names, made where a county has none of that name."""
    found = {}
    for county, name in sorted(wanted):
        found[county, name] = Beat.objects.get_or_create(county_id=county, name=name)[0].pk
    return found
