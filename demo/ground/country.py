"""Outside the towns: fields (cells of a disturbed pattern, with winding edges) and country roads."""

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPoint
from shapely.geometry.base import BaseGeometry

from demo.ground.names import Namer
from demo.ground.network import Road

FIELD_M = 850.0
"""Mean distance of fields' centres."""


def field_lines(land: BaseGeometry, towns: BaseGeometry, rng: np.random.Generator) -> list[BaseGeometry]:
    """Edges of fields outside the towns: Voronoi cells of a disturbed pattern, winding like ridges."""
    west, south, east, north = land.bounds
    rows = np.arange(south - FIELD_M, north + FIELD_M, FIELD_M * 0.87)
    points = [
        (x + (FIELD_M / 2 if n % 2 else 0), y)
        for n, y in enumerate(rows)
        for x in np.arange(west - FIELD_M, east + FIELD_M, FIELD_M)
    ]
    centres = np.array(points) + rng.normal(0, FIELD_M * 0.24, (len(points), 2))
    shapely.prepare(near := land.buffer(2 * FIELD_M))
    centres = centres[shapely.contains_xy(near, centres[:, 0], centres[:, 1])]
    edges = shapely.get_parts(shapely.voronoi_polygons(MultiPoint(centres), only_edges=True))
    edges = edges[shapely.intersects(near, edges)]
    first = shapely.get_coordinates(shapely.get_point(edges, 0))
    edges = edges[np.lexsort((first[:, 1], first[:, 0], shapely.length(edges)))]
    wound = np.array([_wind(line, rng) for line in edges], dtype=object)
    outside = shapely.difference(wound, towns)
    return [line for line in outside if not line.is_empty]


def _wind(line: LineString, rng: np.random.Generator, share: float = 0.06) -> LineString:
    """Displace midpoints sideways, three times, each time by half as much."""
    points = np.array(line.coords)[[0, -1]]
    for _turn in range(3):
        a, b = points[:-1], points[1:]
        side = np.column_stack([a[:, 1] - b[:, 1], b[:, 0] - a[:, 0]])
        middle = (a + b) / 2 + side * rng.normal(0, share, (len(a), 1))
        points = np.insert(points, np.arange(1, len(points)), middle, axis=0)
    return LineString(points)


def highways(
    seats: np.ndarray, land: BaseGeometry, towns: list[BaseGeometry], rng: np.random.Generator, namer: Namer
) -> list[Road]:
    """Country roads: the shortest tree between villages and towns, and to each next village.

    Only what lies outside the towns and on the city's land is a road.
    """
    built = shapely.union_all(towns)
    centres = np.array([town.centroid.coords[0] for town in towns])
    ends = np.vstack([_gates(towns), seats])
    gap = np.hypot(*(ends[:, None] - ends[None]).transpose(2, 0, 1))
    links = _tree(gap)
    loops = [(i, int(j)) for i in range(len(ends)) for j in np.argsort(gap[i], kind="stable")[1:3]]
    links += sorted({(min(p), max(p)) for p in loops} - {(min(p), max(p)) for p in links})
    roads = []
    for n, (i, j) in enumerate(links):
        line = _wind(LineString([ends[i], ends[j]]), rng, 0.07)
        line = shapely.intersection(shapely.difference(line, built), land)
        parts = [p for p in shapely.get_parts(line) if p.geom_type == "LineString" and p.length > 250]
        main = n < len(ends) - 1 and _far(ends[i], centres) < 30_000
        name = namer.road()
        roads += [Road(name, "collector" if main else "lane", 12.0 if main else 6.0, part) for part in parts]
    return roads


def _gates(towns: list[BaseGeometry]) -> np.ndarray:
    """Twelve points on each town's rim, where country roads begin."""
    gates = []
    for town in towns:
        rim = max(shapely.get_parts(town), key=lambda part: part.area).exterior
        gates += [rim.interpolate(k / 12, normalized=True).coords[0] for k in range(12)]
    return np.array(gates)


def _tree(gap: np.ndarray) -> list[tuple[int, int]]:
    """Shortest spanning tree (Prim)."""
    done = np.zeros(len(gap), dtype=bool)
    done[0] = True
    near, from_ = gap[0].copy(), np.zeros(len(gap), dtype=int)
    links = []
    for _turn in range(len(gap) - 1):
        n = int(np.where(done, np.inf, near).argmin())
        links.append((int(from_[n]), n))
        done[n] = True
        closer = gap[n] < near
        near[closer], from_[closer] = gap[n][closer], n
    return links


def _far(point: np.ndarray, centres: np.ndarray) -> float:
    return float(np.hypot(*(centres - point).T).min())
