"""Where clones happen: points inside unit grids with all codes of their place. Degrees, CGCS2000 (EPSG:4490).

Places near a county's border are left out: which counties see them is then not to be asked point by point.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import shapely
from django.db import connection

from bench.bulk.programs import NULL, PLACE, fielded, size
from xiucheng.kernel import settings

POINTS = 6  # a grid; each clone steps aside from one of them as far as the grid allows
OUTSIDE = 40  # points a community without grids
GRADES = {"A": 7.0, "B": 2.0, "C": 1.2}
METRES = 111_000.0
FEWER = 0.7  # spread of how much happens in a grid: lognormal, so that there are hot spots

GRIDS = """
SELECT g.code, g.grade, ST_AsBinary(g.shape), (SELECT b.beat_id FROM territory_beat_grids b
         JOIN territory_beat t ON t.id = b.beat_id AND t.active WHERE b.unitgrid_id = g.id ORDER BY 1 LIMIT 1)
FROM territory_unitgrid g WHERE g.valid_to IS NULL ORDER BY g.code
"""
COMMUNITIES = """
SELECT d.code, d.grade, ST_AsBinary(d.shape), NULL FROM territory_division d
WHERE d.level = 12 AND d.active AND d.shape IS NOT NULL
  AND NOT EXISTS (SELECT FROM territory_unitgrid g WHERE g.community_id = d.code) ORDER BY d.code
"""
LEVELS = """
SELECT code, ST_AsBinary(shape) FROM territory_division WHERE active AND length(code) = 6 AND shape IS NOT NULL
"""


@dataclass(slots=True)
class Pool:
    """Points of one division, and how likely each is."""

    points: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    cumulated: np.ndarray | None = None

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        if self.cumulated is None:
            self.cumulated = np.cumsum(self.weights)
        found = np.searchsorted(self.cumulated, rng.random(count) * self.cumulated[-1])
        return np.asarray(self.points, dtype=np.int32)[np.minimum(found, len(self.points) - 1)]


@dataclass
class Places:
    """lon, lat, room: of each point (degrees); area: which tuple of `PLACE` fields and which streets it has."""

    lon: np.ndarray
    lat: np.ndarray
    room: np.ndarray
    area: np.ndarray
    fields: list[tuple[bytes, ...]]
    streets: list[tuple[str, str]]
    labels: list[str]  # names of county and township, in front of an address
    pools: dict[tuple[str, bool], Pool]

    def pool(self, codes: list[str], gridded: bool) -> Pool | None:
        return next((self.pools[code, gridded] for code in codes if (code, gridded) in self.pools), None)


def load(seed: int) -> Places:
    rng = np.random.default_rng(seed)
    with connection.cursor() as cursor:
        cursor.execute(LEVELS)
        counties = [shapely.from_wkb(bytes(shape)) for _code, shape in cursor.fetchall()]
        cursor.execute(GRIDS)
        areas = [(*row, True) for row in cursor.fetchall()]
        cursor.execute(COMMUNITIES)
        areas += [(*row, False) for row in cursor.fetchall()]
        cursor.execute("SELECT code, name FROM territory_division")
        names = dict(cursor.fetchall())
        cursor.execute("SELECT name, ST_AsBinary(shape) FROM territory_street ORDER BY id")
        streets = cursor.fetchall()
    shapes = shapely.from_wkb([bytes(row[2]) for row in areas])
    kept = inland(shapes, counties)
    none = np.zeros(0)
    found = Places(none, none, none, none, [], [], [], defaultdict(Pool))
    tree = shapely.STRtree(shapely.from_wkb([bytes(shape) for _name, shape in streets]))
    lons: list[Any] = []
    lats: list[Any] = []
    rooms: list[Any] = []
    owners: list[Any] = []
    for (code, grade, _wkb, beat, gridded), shape, far in zip(areas, shapes, kept, strict=True):
        if not far:
            continue
        points = inside(shape, POINTS if gridded else OUTSIDE, rng)
        weight = GRADES.get(grade, 1.0) * rng.lognormal(0, FEWER) / len(points) if gridded else 1.0
        for key in (code[:6], code[:9]):
            pool = found.pools[key, gridded]
            pool.points += range(len(lons), len(lons) + len(points))
            pool.weights += [weight] * len(points)
        owners += [len(found.fields)] * len(points)
        lons += list(shapely.get_x(points))
        lats += list(shapely.get_y(points))
        rooms += list(shapely.distance(shapely.boundary(shape), points))
        found.fields.append(fields(code, grade, beat, gridded))
        found.streets.append(street_names(tree, [name for name, _shape in streets], shape))
        found.labels.append(names.get(code[:6], "") + names.get(code[:9], ""))
    found.lon, found.lat, found.room = np.array(lons), np.array(lats), np.array(rooms) * 0.6
    found.area = np.array(owners, dtype=np.int32)
    return found


def inland(shapes: np.ndarray, counties: list[shapely.Geometry]) -> np.ndarray:
    """Which shapes are far enough from every line that two counties share."""
    step = 2 * float(settings.get("territory.border_m")) / METRES
    lines = [
        shapely.intersection(one.boundary, other.buffer(step / 4))
        for n, one in enumerate(counties)
        for other in counties[n + 1 :]
    ]
    lines = [line for line in lines if not line.is_empty]
    if not lines:
        return np.ones(len(shapes), dtype=bool)
    border = shapely.union_all(lines)
    shapely.prepare(border)
    return ~shapely.dwithin(border, shapes, step)


def inside(shape: shapely.Geometry, count: int, rng: np.random.Generator) -> np.ndarray:
    west, south, east, north = shape.bounds
    tried = shapely.points(rng.uniform(west, east, 8 * count), rng.uniform(south, north, 8 * count))
    hits = tried[shapely.contains(shape, tried)][:count]
    return hits if len(hits) else np.array([shape.representative_point()])


def street_names(tree: shapely.STRtree, names: list[str], shape: shapely.Geometry) -> tuple[str, str]:
    spot = shape.centroid
    near = tree.query(spot.buffer(250 / METRES))
    order = sorted(near, key=lambda n: tree.geometries[n].distance(spot))[:4] or [int(tree.nearest(spot))]
    found = list(dict.fromkeys(names[n] for n in order))
    return found[0], found[-1]


def fields(code: str, grade: str, beat: int | None, gridded: bool) -> tuple[bytes, ...]:
    """The fields of a place in order of `PLACE`, as JSON and as binary COPY."""
    grid = code if gridded else None
    texts = {"township": code[:9], "community": code[:12], "unit_grid": grid, "grade": grade}
    made = {f"{key}_j": orjson.dumps(text) for key, text in texts.items()}
    made |= {f"{key}_f": fielded(text.encode() if text else None) for key, text in texts.items()}
    made["beat_j"] = b"null" if beat is None else b"%d" % beat
    made["beat_f"] = NULL if beat is None else size(8) + beat.to_bytes(8)
    made["near_j"], made["near_f"] = b"[]", fielded(bytes(8) + (1043).to_bytes(4))  # an empty varchar[]
    made["division_j"] = orjson.dumps(code[:12])
    return tuple(made[name] for name in PLACE)
