"""Where things happen: points drawn on the demo ground, and how their streets are called. Degrees, CGCS2000."""

from bisect import bisect
from itertools import accumulate
from random import Random

import shapely
from shapely.geometry.base import BaseGeometry

from demo.ground import Ground
from demo.spec import CENTRE

GRADE_WEIGHTS = {"A": 7.0, "B": 2.0, "C": 1.2}
BORDER_SHARE, OUTSIDE_SHARE = 0.03, 0.10
BORDER_DEGREES = 0.0006  # some sixty metres
METRES = 111_000.0


class Places:
    """Draws points: mostly in the grids of the core, some outside them, some near a county's border."""

    def __init__(self, ground: Ground) -> None:
        self._grids = [grid.shape for grid in ground.unit_grids]
        self._weights = list(accumulate(GRADE_WEIGHTS.get(grid.grade, 1.0) for grid in ground.unit_grids))
        self._central = [grid.shape for grid in ground.unit_grids if grid.code.startswith(CENTRE)]
        gridded = {grid.code[:12] for grid in ground.unit_grids}
        self._outside = [
            d.shape
            for d in ground.divisions
            if len(d.code) == 12 and d.shape is not None and d.code not in gridded
        ]
        counties = [d.shape for d in ground.divisions if len(d.code) == 6 and d.shape is not None]
        self._borders = _borders(counties)
        self._names = [street.name for street in ground.streets]
        self._tree = shapely.STRtree([street.shape for street in ground.streets])

    def draw(self, rng: Random) -> tuple[float, float]:
        """A point as a report has it; it may lie a step outside the city when drawn at a border."""
        dice = rng.random()
        if dice < BORDER_SHARE:
            return self._at_border(rng)
        if dice < BORDER_SHARE + OUTSIDE_SHARE and self._outside:
            return inside(rng.choice(self._outside), rng)
        return self.in_grid(rng)

    def in_grid(self, rng: Random) -> tuple[float, float]:
        n = bisect(self._weights, rng.random() * self._weights[-1])
        return inside(self._grids[min(n, len(self._grids) - 1)], rng)

    def in_centre(self, rng: Random) -> tuple[float, float]:
        """In a grid of the county whose accounts can work the whole loop."""
        return inside(rng.choice(self._central), rng) if self._central else self.in_grid(rng)

    def _at_border(self, rng: Random) -> tuple[float, float]:
        if not self._borders:
            return self.in_grid(rng)
        line = rng.choice(self._borders)
        spot = line.interpolate(rng.random(), normalized=True)
        return (
            spot.x + rng.uniform(-BORDER_DEGREES, BORDER_DEGREES),
            spot.y + rng.uniform(-BORDER_DEGREES, BORDER_DEGREES),
        )

    def streets(self, lon: float, lat: float) -> tuple[str, str]:
        """The names of the nearest street and of another one close by."""
        point = shapely.Point(lon, lat)
        near = self._tree.query(point.buffer(250 / METRES))
        order = sorted(near, key=lambda n: (self._tree.geometries[n].distance(point), n))
        if not order:
            order = [int(self._tree.nearest(point))]
        names = list(dict.fromkeys(self._names[n] for n in order))
        return names[0], names[1] if len(names) > 1 else names[0]


def beside(lon: float, lat: float, rng: Random, metres: float = 15) -> tuple[float, float]:
    """A point at most so many metres away to each side."""
    step = metres / METRES
    return lon + rng.uniform(-step, step), lat + rng.uniform(-step, step)


def inside(shape: BaseGeometry, rng: Random) -> tuple[float, float]:
    """A point inside a shape; after forty misses its inner point."""
    west, south, east, north = shape.bounds
    for _turn in range(40):
        lon, lat = rng.uniform(west, east), rng.uniform(south, north)
        if shapely.contains_xy(shape, lon, lat):
            return lon, lat
    spot = shape.representative_point()
    return spot.x, spot.y


def _borders(counties: list[BaseGeometry]) -> list[BaseGeometry]:
    """The lines that two counties share."""
    found: list[BaseGeometry] = []
    for n, one in enumerate(counties):
        for other in counties[n + 1 :]:
            common = shapely.line_merge(shapely.intersection(one.boundary, other.boundary))
            found += [part for part in shapely.get_parts(common) if part.geom_type == "LineString"]
    return sorted(found, key=lambda line: (-line.length, line.bounds))[:40]
