"""Addresses that need no import: streets and their crossings from the centre lines, divisions from their areas."""

from collections.abc import Iterator

from django.db import transaction

from xiucheng.territory.addresses import store
from xiucheng.territory.addresses.models import AddressPoint
from xiucheng.territory.addresses.rules import naming
from xiucheng.territory.addresses.rules.kinds import Family, Kind
from xiucheng.territory.addresses.rules.naming import Address, Written
from xiucheng.territory.models import Street

Origin = AddressPoint.Origin

NEAR_DEGREES = 0.00012
"""About 12 m: centre lines of a side street often end at the kerb of the main one [P]."""

MIDDLES = """
SELECT s.name, ST_X(p), ST_Y(p) FROM (
  SELECT s.name, ST_LineInterpolatePoint(s.shape, 0.5) AS p,
         row_number() OVER (PARTITION BY s.name, c.code ORDER BY ST_Length(s.shape) DESC, s.id) AS place
    FROM territory_street s
    LEFT JOIN territory_division c
      ON c.level = 6 AND c.active AND ST_Covers(c.shape, ST_LineInterpolatePoint(s.shape, 0.5))
   WHERE s.name <> '') s
 WHERE place = 1 ORDER BY s.name, p
"""
# Where two streets meet twice, a ring road say, there are two crossings: points 70 m apart are another one.
CROSSINGS = """
WITH met AS (
  SELECT least(a.name, b.name) AS one, greatest(a.name, b.name) AS other,
         (ST_Dump(ST_Points(CASE WHEN ST_Intersects(a.shape, b.shape) THEN ST_Intersection(a.shape, b.shape)
                                 ELSE ST_ClosestPoint(a.shape, b.shape) END))).geom AS p
    FROM territory_street a JOIN territory_street b
      ON a.id < b.id AND a.name <> b.name AND a.name <> '' AND b.name <> ''
     AND ST_DWithin(a.shape, b.shape, %(near)s)
), grouped AS (
  SELECT one, other, p, ST_ClusterDBSCAN(p, 0.0007, 1) OVER (PARTITION BY one, other) AS part FROM met
)
SELECT one, other, part, ST_X(ST_Centroid(ST_Collect(p))), ST_Y(ST_Centroid(ST_Collect(p)))
  FROM grouped GROUP BY one, other, part ORDER BY one, other, part
"""
# What lies above the counties has no shape of its own: it stands in its first county.
AREAS = """
SELECT d.code, d.name, ST_X(p), ST_Y(p)
  FROM (SELECT d.code, d.name, ST_PointOnSurface(CASE WHEN d.level >= 6 THEN d.shape ELSE
               (SELECT c.shape FROM territory_division c
                 WHERE c.level = 6 AND c.active AND c.shape IS NOT NULL AND left(c.code, d.level) = d.code
                 ORDER BY c.code LIMIT 1) END) AS p
          FROM territory_division d
         WHERE EXISTS (SELECT FROM territory_division c WHERE c.level = 6 AND c.active
                          AND (left(d.code, 6) = c.code OR left(c.code, d.level) = d.code))) d
 WHERE p IS NOT NULL ORDER BY d.code
"""


def refresh_streets() -> int:
    """Derive streets and crossings anew from the centre lines. Returns how many addresses they make.

    What lies outside the city is left out: nobody can report there.
    """
    with transaction.atomic():
        store.forget(Origin.STREETS)
        synthetic = not Street.objects.filter(synthetic=False).exists()
        return _write(_streets(), Origin.STREETS, synthetic=synthetic, locate=True)


def refresh_divisions() -> int:
    """Derive the divisions of the city as places to be found. Returns how many."""
    with transaction.atomic():
        store.forget(Origin.DIVISIONS)
        return _write(_divisions(), Origin.DIVISIONS, synthetic=False, locate=False)


def _write(rows: Iterator[tuple[Written, Address]], origin: str, *, synthetic: bool, locate: bool) -> int:
    with store.staging() as staged:
        staged.add((n, written, address) for n, (written, address) in enumerate(list(rows), start=1))
        if locate:
            staged.index()
            staged.drop(staged.locate())
        staged.complete_keys()
        staged.drop([row for row, _first in staged.twice()])
        new, changed = staged.merge(origin=origin, synthetic=synthetic)
    store.prune()
    return new + changed


def _streets() -> Iterator[tuple[Written, Address]]:
    for name, lon, lat in store.rows(MIDDLES):
        code = f"street/{name}"  # keys of their own: what was measured and imported is not replaced by what is derived
        written = Written(Kind.STREET, name=name, code=code, lon=lon, lat=lat, source="territory.Street")
        if isinstance(address := naming.sorted_out(written), Address):
            yield written, address
    for one, other, part, lon, lat in store.rows(CROSSINGS, {"near": NEAR_DEGREES}):
        code = f"crossing/{one}/{other}/{part}"
        written = Written(
            Kind.CROSSING, street=one, cross=other, code=code, lon=lon, lat=lat, source="territory.Street"
        )  # fmt: skip
        if isinstance(address := naming.sorted_out(written), Address):
            yield written, address


def _divisions() -> Iterator[tuple[Written, Address]]:
    for code, name, lon, lat in store.rows(AREAS):
        written = Written(
            Kind.DIVISION, name=name, code=f"division/{code}", county=code[:6], township=code[:9] * (len(code) > 6),
            community=code * (len(code) > 9), lon=lon, lat=lat, source="territory.Division",
        )  # fmt: skip
        yield written, Address(Family.DIVISION, name, "", name, None, "", "", "", ())
