"""Writes of the ground: import divisions and unit grids, all or nothing; draw, redraw and retire grids."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from django.contrib.gis import geos
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from xiucheng.kernel.errors import Refused
from xiucheng.territory import geometry, imports, rules
from xiucheng.territory.addresses import derived
from xiucheng.territory.addresses.actions import Imported, import_addresses, import_addresses_now
from xiucheng.territory.models import SRID, Beat, Division, Street, UnitGrid
from xiucheng.territory.problems import ImportRefused, Problem, Problems

BATCH = 2_000


@dataclass(frozen=True, slots=True)
class DivisionRow:
    """One division to import; `shape` in degrees CGCS2000. Parent: the longest loaded prefix."""

    code: str
    name: str
    shape: BaseGeometry | None = None
    grade: str = "ALL"
    active: bool = True
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class GridRow:
    """One unit grid to import; `shape` in degrees CGCS2000."""

    code: str
    shape: BaseGeometry
    grade: str = "ALL"
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class StreetRow:
    """One street to load; `shape` in degrees CGCS2000, width in metres."""

    name: str
    kind: str
    shape: LineString
    width_m: float | None = None
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class BeatRow:
    """One beat to load: codes of the grids in force that it patrols."""

    name: str
    county: str
    grids: Sequence[str]


def import_divisions(*, rows: Iterable[DivisionRow]) -> int:
    """Insert divisions, or update those whose code exists: all or nothing. Returns how many.

    A shape left out keeps the shape that is stored.
    Raises: ImportRefused, with a row and a column for each problem (rows count from 1).
    """
    numbered = sorted(enumerate(rows, start=1), key=lambda item: (len(item[1].code), item[1].code, item[0]))
    with transaction.atomic():
        known = set(Division.objects.values_list("code", flat=True))
        _check_divisions(numbered, known).refuse()
        known |= {row.code for _n, row in numbered}
        shaped = [_division(row, known) for _n, row in numbered if row.shape is not None]
        bare = [_division(row, known) for _n, row in numbered if row.shape is None]
        for batch, fields in ((shaped, ["shape"]), (bare, [])):
            Division.objects.bulk_create(
                batch,
                batch_size=BATCH,
                update_conflicts=True,
                unique_fields=["code"],
                update_fields=["name", "parent", "grade", "active", "synthetic", *fields],
            )
        derived.refresh_divisions()
    return len(numbered)


def _check_divisions(rows: list[tuple[int, DivisionRow]], known: set[str]) -> Problems:
    problems, seen = Problems(), set()
    coming = {row.code for _n, row in rows}
    for n, row in rows:
        if fault := rules.division_code_fault(row.code):
            problems.add(n, "code", fault.said(_))
            continue
        if row.code in seen:
            problems.add(n, "code", _("代码 %(code)s 在文件里出现了两次。") % {"code": row.code})
        seen.add(row.code)
        above = rules.parents(row.code)
        if len(row.code) > 6 and above[-1] not in known and above[-1] not in coming:
            problems.add(n, "code", _("上级 %(code)s 不存在，请先导入上级区划。") % {"code": above[-1]})
        if not row.name.strip() or len(row.name) > 60 or not row.name.isprintable():
            problems.add(n, "name", _("名称不能为空，最多 60 个字，不含控制字符。"))
        if row.grade not in rules.GRADES:
            problems.add(n, "grade", _("管理区域等级只能是 A、B、C 或 ALL。"))
        if row.shape is not None and (fault := geometry.area_fault(row.shape)):
            problems.add(n, "shape", fault.said(_))
    return problems


def _division(row: DivisionRow, known: set[str]) -> Division:
    parent = next((code for code in reversed(rules.parents(row.code)) if code in known), None)
    return Division(
        code=row.code,
        name=row.name.strip(),
        level=len(row.code),
        parent_id=parent,
        shape=None if row.shape is None else _area(row.shape),
        grade=row.grade,
        active=row.active,
        synthetic=row.synthetic,
    )


def import_grids(*, rows: Iterable[GridRow], valid_from: date) -> int:
    """Insert new unit grids that count from `valid_from` on: all or nothing. Returns how many.

    Raises: ImportRefused (rows from 1): a bad or used code, a community that does not exist, a shape that is
    no sound area, leaves its community or overlaps another grid in force.
    """
    numbered = list(enumerate(rows, start=1))
    with transaction.atomic():
        _check_grids(numbered, valid_from).refuse()
        areas = geometry.areas_m2([row.shape for _n, row in numbered])
        UnitGrid.objects.bulk_create(
            [
                _grid(row.code, row.shape, area, row.grade, valid_from, row.synthetic)
                for (_n, row), area in zip(numbered, areas, strict=True)
            ],
            batch_size=BATCH,
        )
    return len(numbered)


def _check_grids(rows: list[tuple[int, GridRow]], on: date, *, redrawn: bool = False) -> Problems:
    problems = Problems()
    used = set() if redrawn else set(UnitGrid.objects.values_list("code", flat=True))
    communities = {
        code: None if shape is None else geometry.from_geos(shape)
        for code, shape in Division.objects.filter(level=12, code__in={row.code[:12] for _n, row in rows})
        .select_for_update()  # two imports into one community wait for one another
        .order_by("code")
        .values_list("code", "shape")
    }
    sound: list[tuple[int, GridRow]] = []
    for n, row in rows:
        before = len(problems)
        if fault := rules.grid_code_fault(row.code):
            problems.add(n, "code", fault.said(_))
        elif row.code in used:
            problems.add(
                n, "code", _("标识码 %(code)s 已经用过，网格编号不得重复使用。") % {"code": row.code}
            )
        elif row.code[:12] not in communities:
            problems.add(n, "code", _("社区 %(code)s 不存在，请先导入区划。") % {"code": row.code[:12]})
        used.add(row.code)
        if row.grade not in rules.GRADES:
            problems.add(n, "grade", _("管理区域等级只能是 A、B、C 或 ALL。"))
        if fault := geometry.area_fault(row.shape):
            problems.add(n, "geometry", fault.said(_))
        if len(problems) == before:
            sound.append((n, row))
    for at in geometry.outside(
        [row.shape for _n, row in sound], [communities[r.code[:12]] for _n, r in sound]
    ):
        problems.add(sound[at][0], "geometry", _("网格超出了所在社区的范围。"))
    _check_overlaps(sound, on, problems)
    return problems


def _check_overlaps(rows: list[tuple[int, GridRow]], on: date, problems: Problems) -> None:
    if not rows:
        return
    shapes = [row.shape for _n, row in rows]
    area = _geos(geometry.envelope(shapes))
    there = list(UnitGrid.in_force(on).filter(shape__bboverlaps=area).values_list("code", "shape"))
    others = [row.code for _n, row in rows] + [code for code, _shape in there]
    for at, other in geometry.overlaps(shapes, [geometry.from_geos(shape) for _code, shape in there]):
        problems.add(rows[at][0], "geometry", _("网格与 %(code)s 重叠。") % {"code": others[other]})


def _grid(code: str, shape: BaseGeometry, area: float, grade: str, on: date, synthetic: bool) -> UnitGrid:
    return UnitGrid(
        code=code,
        community_id=code[:12],
        shape=_area(shape),
        area_m2=round(area, 1),
        grade=grade,
        valid_from=on,
        synthetic=synthetic,
    )


def _area(shape: BaseGeometry) -> geos.MultiPolygon:
    return cast(geos.MultiPolygon, _geos(geometry.multi(shape)))


def _geos(shape: BaseGeometry) -> geos.GEOSGeometry:
    return geos.GEOSGeometry(memoryview(shape.wkb), srid=SRID)


def create_grid(*, community: str, shape: BaseGeometry, grade: str, on: date) -> UnitGrid:
    """Draw a grid with the next number of its community; retired numbers stay used (codes.md §5 [M]).

    Raises: Refused, if the community is unknown or full, or the shape does not fit.
    """
    with transaction.atomic():
        if not Division.objects.select_for_update().filter(code=community, level=12).exists():
            raise Refused(_("没有找到社区 %(code)s，请核对代码。") % {"code": community}, status=404)
        last = UnitGrid.objects.filter(community_id=community).aggregate(last=Max("code"))["last"]
        serial = int(last[12:]) + 1 if last else 1
        if serial > rules.MAX_GRIDS:
            raise Refused(_("这个社区的 999 个网格序号已经用完，请先拆分社区。"), status=409)
        code = f"{community}{serial:03d}"
        import_grids(rows=[GridRow(code, shape, grade)], valid_from=on)
        return UnitGrid.objects.get(code=code)


def retire_grid(*, code: str, on: date) -> UnitGrid:
    """The grid counts no longer from this day on; its code is never given again.

    Raises: Refused 404, if no grid of this code is in force; 422, if the day is not after its first day.
    """
    with transaction.atomic():
        grid = UnitGrid.objects.select_for_update().filter(code=code, valid_to__isnull=True).first()
        if grid is None:
            raise Refused(_("没有找到有效的单元网格 %(code)s，请核对标识码。") % {"code": code}, status=404)
        if on <= grid.valid_from:
            raise Refused(
                _("停用日期必须晚于启用日期 %(day)s。") % {"day": grid.valid_from.isoformat()}, field="on"
            )
        grid.valid_to = on
        grid.save(update_fields=["valid_to"])
    return grid


def redraw_grid(*, code: str, on: date, shape: BaseGeometry | None = None, grade: str = "") -> UnitGrid:
    """A new version of a grid with the same code from this day on; beats keep it. Returns the new version.

    Raises: Refused as `retire_grid`; ImportRefused, if the new shape does not fit.
    """
    with transaction.atomic():
        old = retire_grid(code=code, on=on)
        row = GridRow(code, shape or geometry.from_geos(old.shape), grade or old.grade, old.synthetic)
        _check_grids([(1, row)], on, redrawn=True).refuse()
        (area,) = geometry.areas_m2([row.shape])
        new = _grid(code, row.shape, area, row.grade, on, row.synthetic)
        new.save()
        for beat in old.beats.all():
            beat.grids.add(new)
    return new


def import_divisions_csv(*, data: bytes, crs: str | None = None) -> int:
    """Import divisions from a CSV file (columns: `imports.DIVISION_COLUMNS`). Returns how many.

    crs: needed where the file has a `shape` column (WKT): see `imports.parse_crs`.
    Raises: ImportRefused with row and column; Refused, if the file cannot be read.
    """
    rows, problems = imports.divisions(data, crs)
    problems.refuse()
    return import_divisions(rows=[DivisionRow(**row) for row in rows])


def import_grids_geojson(*, data: bytes, valid_from: date, crs: str | None = None) -> int:
    """Import unit grids from a GeoJSON FeatureCollection (properties `code`, `grade`). Returns how many.

    crs: stated here or in the file's `crs` member; never guessed.
    Raises: ImportRefused with row and column; Refused, if the file cannot be read or the CRS is not stated.
    """
    rows, problems = imports.grids(data, crs)
    problems.refuse()
    return import_grids(rows=[GridRow(**row) for row in rows], valid_from=valid_from)


def load_streets(*, rows: Iterable[StreetRow]) -> int:
    """Replace all streets, and what is found by them: streets and crossings as addresses. Nothing refers to one."""
    with transaction.atomic():
        Street.objects.all().delete()
        made = [
            Street(
                name=r.name,
                kind=r.kind,
                width_m=r.width_m,
                shape=cast(geos.LineString, _geos(r.shape)),
                synthetic=r.synthetic,
            )
            for r in rows
        ]
        Street.objects.bulk_create(made, batch_size=BATCH)
        derived.refresh_streets()
    return len(made)


def load_beats(*, rows: Iterable[BeatRow], on: date) -> list[Beat]:
    """Add beats with their grids in force.

    Raises: Refused, if a grid is not in force on that day.
    """
    rows = list(rows)
    with transaction.atomic():
        grids = dict(UnitGrid.in_force(on).values_list("code", "id"))
        missing = next((code for row in rows for code in row.grids if code not in grids), None)
        if missing:
            raise Refused(_("没有找到有效的单元网格 %(code)s，请核对标识码。") % {"code": missing})
        beats = Beat.objects.bulk_create([Beat(name=row.name, county_id=row.county) for row in rows])
        through = Beat.grids.through
        through.objects.bulk_create(
            [
                through(beat_id=beat.pk, unitgrid_id=grids[code])
                for beat, row in zip(beats, rows, strict=True)
                for code in row.grids
            ],
            batch_size=BATCH,
        )
    return beats


__all__ = [
    "BeatRow",
    "DivisionRow",
    "GridRow",
    "ImportRefused",
    "Imported",
    "Problem",
    "StreetRow",
    "create_grid",
    "import_addresses",
    "import_addresses_now",
    "import_divisions",
    "import_divisions_csv",
    "import_grids",
    "import_grids_geojson",
    "load_beats",
    "load_streets",
    "redraw_grid",
    "retire_grid",
]
