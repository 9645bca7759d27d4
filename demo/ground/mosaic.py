"""Planar mosaics: faces of noded lines, their neighbours, and unions that keep shared edges vertex by vertex.

All lines are snapped to `PRECISION`, so that two faces that share an edge share every vertex of it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

PRECISION = 0.1
"""Metres."""


def faces(lines: Iterable[BaseGeometry]) -> np.ndarray:
    """All bounded faces between the lines, in an order that depends on shape only. Loose ends bound none."""
    noded = shapely.union_all(list(lines), grid_size=PRECISION)
    found = shapely.get_parts(shapely.polygonize([noded]))
    inside = shapely.point_on_surface(found)
    return found[np.lexsort((shapely.get_x(inside), shapely.get_y(inside)))]


def inside_of(things: np.ndarray, areas: Sequence[BaseGeometry]) -> np.ndarray:
    """For each polygon the index of the area that holds its inner point, or -1."""
    label = np.full(len(things), -1)
    if len(areas):
        which, area = shapely.STRtree(areas).query(shapely.point_on_surface(things), predicate="intersects")
        for n, a in sorted(zip(which, area, strict=True), reverse=True):
            label[n] = a
    return label


def neighbours(things: Sequence[BaseGeometry]) -> dict[int, dict[int, float]]:
    """Index → neighbour's index → length of the common edge, by identical segments."""
    owner: dict[tuple[float, ...], int] = {}
    shared: dict[int, dict[int, float]] = {n: defaultdict(float) for n in range(len(things))}
    for n, thing in enumerate(things):
        for (x1, y1), (x2, y2) in segments(thing):
            key = (x1, y1, x2, y2) if (x1, y1) < (x2, y2) else (x2, y2, x1, y1)
            other = owner.setdefault(key, n)
            if other != n:
                length = float(np.hypot(x2 - x1, y2 - y1))
                shared[n][other] += length
                shared[other][n] += length
    return shared


def segments(thing: BaseGeometry) -> Iterable[tuple[tuple[float, float], tuple[float, float]]]:
    """Every edge of a polygon's rings."""
    for part in getattr(thing, "geoms", [thing]):
        for ring in (part.exterior, *part.interiors):
            points = list(ring.coords)
            yield from pairwise(points)


def absorb(
    things: np.ndarray, group: np.ndarray, small: Callable[[int, float], float]
) -> tuple[np.ndarray, np.ndarray]:
    """Join each face under `small(index, area)` to the neighbour of its group with the longest edge.

    Returns the joined faces and their groups. A face without a neighbour of its group stays.
    """
    near = neighbours(things)
    area = shapely.area(things).tolist()
    root = list(range(len(things)))

    def find(n: int) -> int:
        while root[n] != n:
            root[n] = root[root[n]]
            n = root[n]
        return n

    for n in sorted(range(len(things)), key=lambda n: (area[n], n)):
        mine = find(n)
        if area[mine] >= small(n, area[mine]):
            continue
        edges: dict[int, float] = defaultdict(float)
        for other, length in near[mine].items():
            if (there := find(other)) != mine and group[there] == group[mine]:
                edges[there] += length
        if not edges:
            continue
        into = max(edges, key=lambda k: (edges[k], -k))
        root[mine] = into
        area[into] += area[mine]
        for other, length in near[mine].items():
            near[into][other] = near[into].get(other, 0.0) + length
    members: dict[int, list[int]] = defaultdict(list)
    for n in range(len(things)):
        members[find(n)].append(n)
    keys = sorted(members)
    return np.array([joined(things[members[k]]) for k in keys], dtype=object), group[keys]


def joined(parts: np.ndarray) -> BaseGeometry:
    """Union of faces of one mosaic. Vertices on its outline stay, also where they lie on a straight edge."""
    return parts[0] if len(parts) == 1 else shapely.coverage_union_all(parts)


def multi(shape: BaseGeometry) -> MultiPolygon:
    """The same area as a MultiPolygon."""
    return MultiPolygon([shape]) if isinstance(shape, Polygon) else MultiPolygon(shapely.get_parts(shape))
