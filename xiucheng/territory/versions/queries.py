"""Reads of versions: which open points they touch is asked by whoever has points; what they change, for a map."""

from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from xiucheng.territory.models import Division, UnitGrid
from xiucheng.territory.versions.models import GroundVersion

MOST_DRAWN = 4_000
TOLERANCE = 0.000005  # degrees, half a metre: for drawing only

# The shapes that a version changes: its own, and what they were on the day before.
TOUCHED = """
SELECT f.shape FROM territory_versionfeature f
 WHERE f.version_id = %(version)s AND f.change <> 'same' AND f.shape IS NOT NULL
 UNION ALL
SELECT g.shape FROM territory_versionfeature f JOIN territory_unitgrid g ON g.code = f.code
 WHERE f.version_id = %(version)s AND f.change <> 'same'
   AND g.valid_from <= %(before)s AND (g.valid_to IS NULL OR g.valid_to > %(before)s)
 UNION ALL
SELECT d.shape FROM territory_versionfeature f JOIN territory_division d ON d.code = f.code
 WHERE f.version_id = %(version)s AND f.change <> 'same' AND (d.valid_from IS NULL OR d.valid_from <= %(before)s)
 UNION ALL
SELECT p.shape FROM territory_versionfeature f JOIN territory_divisionpast p ON p.code = f.code
 WHERE f.version_id = %(version)s AND f.change <> 'same'
   AND (p.valid_from IS NULL OR p.valid_from <= %(before)s) AND p.valid_to > %(before)s
"""


def touched(version: GroundVersion) -> tuple[str, dict[str, Any]]:
    """A SELECT of the shapes that a version changes, with its parameters: for a join with points."""
    return TOUCHED, {"version": version.pk, "before": version.effective - timedelta(1)}


DRAWN = """
WITH changed AS (
  SELECT code, change, shape FROM territory_versionfeature
   WHERE version_id = %(version)s AND change <> 'same' ORDER BY change, code LIMIT %(most)s
), old AS (
  SELECT c.code, c.change, g.shape FROM changed c JOIN territory_unitgrid g ON g.code = c.code
   WHERE g.valid_from <= %(before)s AND (g.valid_to IS NULL OR g.valid_to > %(before)s)
   UNION ALL
  SELECT c.code, c.change, d.shape FROM changed c JOIN territory_division d ON d.code = c.code
   WHERE d.valid_from IS NULL OR d.valid_from <= %(before)s
   UNION ALL
  SELECT c.code, c.change, p.shape FROM changed c JOIN territory_divisionpast p ON p.code = c.code
   WHERE (p.valid_from IS NULL OR p.valid_from <= %(before)s) AND p.valid_to > %(before)s
), drawn AS (
  SELECT code, CASE WHEN change = 'added' THEN 'added' WHEN change = 'words' THEN 'words' ELSE 'new' END AS kind, shape
    FROM changed WHERE shape IS NOT NULL AND change <> 'removed'
   UNION ALL
  SELECT code, CASE change WHEN 'removed' THEN 'removed' ELSE 'old' END, shape
    FROM old WHERE shape IS NOT NULL AND change IN ('removed', 'shape')
)
SELECT coalesce(json_agg(json_build_object('type', 'Feature',
         'properties', json_build_object('code', code, 'kind', kind),
         'geometry', ST_AsGeoJSON(ST_SimplifyPreserveTopology(shape, %(tolerance)s), 6)::json)), '[]'::json)::text
  FROM drawn
"""


def drawn(version: GroundVersion) -> str:
    """The difference as a GeoJSON FeatureCollection; `kind` is added, removed, new, old or words. The first 4,000."""
    values: dict[str, int | float | str | date] = {
        "version": version.pk,
        "before": min(version.effective - timedelta(1), timezone.localdate()),
        "most": MOST_DRAWN,
        "tolerance": TOLERANCE,
    }
    with connection.cursor() as cursor:
        cursor.execute(DRAWN, values)
        features = cursor.fetchone()[0]
    return f'{{"type":"FeatureCollection","features":{features}}}'


def in_force_counts(on: date) -> dict[int, int]:
    """How many divisions of each level (by digits of the code), and grids (15), count on a day."""
    found = {15: UnitGrid.in_force(on).count()}
    for level in Division.objects.filter(valid_to__isnull=True).values_list("level", flat=True):
        found[level] = found.get(level, 0) + 1
    return dict(sorted(found.items()))
