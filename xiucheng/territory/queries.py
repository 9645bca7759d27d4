"""Reads of the ground: point to place, names, choices, rough addresses. Degrees: CGCS2000 (EPSG:4490)."""

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.geo import check_position
from xiucheng.territory import rules
from xiucheng.territory.addresses.queries import FoundPlace, find_place
from xiucheng.territory.models import Division, Level
from xiucheng.territory.rules import Place

__all__ = [
    "Choice",
    "FoundPlace",
    "Place",
    "Spot",
    "chain",
    "children",
    "division_at_choice",
    "find_place",
    "locate",
    "rough_address",
    "street_near",
]

# One statement. `home` is the grid, or else the finest division, that covers the point; an edge goes to the
# lowest code. Divisions are those of the day: what a version changed later is looked up in the past. Only then are
# other counties measured: planar degrees sieve, then geography decides in metres on the part nearby (the whole
# county would cost ten times as much).
LOCATE = """
WITH spot AS MATERIALIZED (
  SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490) AS p
), land AS NOT MATERIALIZED (
  SELECT code, level, grade, active, shape FROM territory_division
   WHERE valid_from IS NULL OR valid_from <= %(on)s
   UNION ALL
  SELECT code, level, grade, active, shape FROM territory_divisionpast
   WHERE (valid_from IS NULL OR valid_from <= %(on)s) AND valid_to > %(on)s
), grid AS MATERIALIZED (
  SELECT g.id, g.code, g.grade
    FROM spot JOIN territory_unitgrid g ON ST_Covers(g.shape, spot.p)
   WHERE g.valid_from <= %(on)s AND (g.valid_to IS NULL OR g.valid_to > %(on)s)
     AND EXISTS (SELECT FROM land c WHERE c.code = left(g.code, 6) AND c.active)
   ORDER BY g.code LIMIT 1
), home AS MATERIALIZED (
  SELECT id, code, grade FROM grid
  UNION ALL
  (SELECT NULL, d.code, d.grade
     FROM spot JOIN land d ON ST_Covers(d.shape, spot.p)
    WHERE d.level >= 6 AND NOT EXISTS (SELECT FROM grid)
      AND EXISTS (SELECT FROM land c WHERE c.code = left(d.code, 6) AND c.active)
    ORDER BY d.level DESC, d.code LIMIT 1)
)
SELECT home.code, home.grade,
       ARRAY(SELECT c.code FROM land c, spot
              WHERE c.level = 6 AND c.active AND c.code <> left(home.code, 6)
                AND ST_DWithin(c.shape, spot.p, %(degrees)s)
                AND CASE WHEN ST_DWithin(c.shape, spot.p, %(degrees)s)
                         THEN ST_DWithin(
                             ST_ClipByBox2D(c.shape, ST_Expand(spot.p, 2 * %(degrees)s + 1e-6))::geography,
                             spot.p::geography, %(border_m)s) END
              ORDER BY c.code),
       (SELECT min(b.id) FROM territory_beat_grids bg JOIN territory_beat b ON b.id = bg.beat_id
         WHERE bg.unitgrid_id = home.id AND b.active)
  FROM home
"""


def locate(lon: float, lat: float, *, on: date, border_m: float) -> Place:
    """The place of a point: unit grid → community → township → county, near counties, beat. ONE statement.

    lon, lat: degrees, CGCS2000 (EPSG:4490); GCJ-02 and BD-09 are converted at the face.
    on: the day whose grids count. border_m: metres, measured on the ellipsoid.
    An edge belongs to the lowest code: standards/codes.md §5 [L].
    In the city but outside the grids `unit_grid` is None.
    Raises: Refused 422, if the position is impossible or in no active county.
    """
    check_position(lon, lat)
    with connection.cursor() as cursor:
        cursor.execute(
            LOCATE,
            {
                "lon": lon,
                "lat": lat,
                "on": on,
                "border_m": border_m,
                "degrees": rules.border_degrees(lat, border_m),
            },
        )
        row = cursor.fetchone()
    if row is None:
        raise Refused(
            _("这个位置不在本市范围内，请核对坐标和坐标系，或者在地图上重新选点。"),
            field="longitude",
            code="outside_city",
        )
    code, grade, near, beat_id = row
    return rules.place_of(code, grade, tuple(near), beat_id)


@dataclass(frozen=True, slots=True)
class Choice:
    """One division to choose where there is no map, with a point inside it (degrees, CGCS2000)."""

    code: str
    name: str
    level: int
    lon: float | None
    lat: float | None
    synthetic: bool


@dataclass(frozen=True, slots=True)
class Spot:
    """An imprecise place: somewhere in a chosen division, with a representative point inside it."""

    place: Place
    name: str
    lon: float
    lat: float


CHOICES = """
SELECT d.code, d.name, d.level, ST_X(p), ST_Y(p), d.synthetic, d.grade
  FROM territory_division d
  JOIN territory_division c ON c.code = left(d.code, 6) AND c.active
 CROSS JOIN LATERAL (SELECT ST_PointOnSurface(d.shape) AS p) point
 WHERE {where} AND d.valid_to IS NULL ORDER BY d.code
"""


def children(code: str = "") -> list[Choice]:
    """The divisions one step below `code`; without one the counties of the city. Of an unknown code: none."""
    with connection.cursor() as cursor:
        if code:
            below = {6: 9, 9: 12}.get(len(code), 6)
            cursor.execute(
                CHOICES.format(where="d.level = %s AND left(d.code, %s) = %s"), [below, len(code), code]
            )
        else:
            cursor.execute(CHOICES.format(where="d.level = 6"))
        return [Choice(*row[:6]) for row in cursor.fetchall()]


def division_at_choice(code: str) -> Spot:
    """The imprecise place of a chosen county, township or community; nobody pointed, so no `unit_grid`.

    Raises: Refused 422, if the division is unknown, not in the city, or has no area to stand in.
    """
    with connection.cursor() as cursor:
        cursor.execute(CHOICES.format(where="d.code = %s AND d.level >= 6"), [code])
        row = cursor.fetchone()
    if row is None or row[3] is None:
        raise Refused(
            _("没有找到所选的区县、街道或社区，请从列表中重新选择。"),
            field="division",
            code="unknown_division",
        )
    code, name, _level, lon, lat, _synthetic, grade = row
    return Spot(rules.place_of(code, grade), name, lon, lat)


def chain(code: str) -> list[tuple[str, str]]:
    """Codes and names from the highest loaded division down to `code`; of a grid, to its community."""
    wanted = [*rules.parents(code), code]
    found = Division.objects.filter(code__in=wanted).order_by("level")
    return list(found.values_list("code", "name"))


def chain_name(code: str) -> str:
    """County, township and community in one line: «五华区华山街道翠湖西路社区居民委员会»."""
    return "".join(name for part, name in chain(code) if len(part) >= Level.COUNTY)


STREET = """
WITH spot AS MATERIALIZED (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490) AS p),
candidates AS MATERIALIZED (
  SELECT s.name, s.shape FROM territory_street s, spot
   WHERE ST_DWithin(s.shape, spot.p, %(degrees)s) ORDER BY s.shape <-> spot.p LIMIT 8
)
SELECT name, ST_Distance(shape::geography, spot.p::geography) AS metres
  FROM candidates, spot ORDER BY metres, name LIMIT 1
"""


def street_near(lon: float, lat: float, *, within_m: float = 300) -> str | None:
    """Name of the nearest street, if one is within `within_m` metres (on the ellipsoid)."""
    with connection.cursor() as cursor:
        cursor.execute(STREET, {"lon": lon, "lat": lat, "degrees": rules.border_degrees(lat, within_m)})
        row = cursor.fetchone()
    return row[0] if row and row[1] <= within_m else None


def rough_address(lon: float, lat: float, place: Place) -> str:
    """An address as one would say it: «五华区华山街道翠湖东路附近», or the community if no street is near."""
    if street := street_near(lon, lat):
        return _("%(division)s%(street)s附近") % {
            "division": chain_name(place.township or place.county),
            "street": street,
        }
    return chain_name(place.division)
