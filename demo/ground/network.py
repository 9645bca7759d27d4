"""Streets of a town: a lattice, turned, rounded and warped like a grown city, then divided block by block.

Coordinates are metres in the city's projection. A lattice place (u, v) is in metres from the town's centre;
`Warp` turns it into the projection. Streets are the lines that bound blocks, so boundaries follow streets.
"""

import math
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon

from demo.ground.names import Namer
from demo.ground.spec import Town

Corner = tuple[float, float]
OVERSHOOT = 2.0
"""Metres that a dividing line runs past the street it meets, so that they cross; the stub bounds none."""
STEP = 45.0
"""Distance of points on a curved line, metres."""


@dataclass(frozen=True, slots=True)
class Road:
    """A street's centre line in metres."""

    name: str
    kind: str
    width_m: float
    line: LineString


@dataclass
class Network:
    """What a town adds to the mosaic."""

    area: shapely.Geometry
    lines: list[LineString] = field(default_factory=list)
    roads: list[Road] = field(default_factory=list)


class Warp:
    """(u, v) → (x, y): rounds the square rings, turns the lattice, bends it by a few long waves."""

    def __init__(self, centre: Corner, town: Town, rng: np.random.Generator) -> None:
        self.centre = np.array(centre)
        self.span = town.radius * 1.25
        self.turn = math.radians(town.angle)
        lengths = rng.uniform(2200, 6500, 6)
        angles = rng.uniform(0, 2 * math.pi, 6)
        self.waves = np.column_stack([np.cos(angles), np.sin(angles)]) * (2 * math.pi / lengths)[:, None]
        push = rng.uniform(0, 2 * math.pi, 6)
        self.push = np.column_stack([np.cos(push), np.sin(push)]) * (lengths * 0.014)[:, None]
        self.phase = rng.uniform(0, 2 * math.pi, 6)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        u, v = points[:, 0], points[:, 1]
        round_ = 0.42 / self.span**2
        p = np.column_stack(
            [
                u * np.sqrt(np.maximum(1 - round_ * v * v, 0.2)),
                v * np.sqrt(np.maximum(1 - round_ * u * u, 0.2)),
            ]
        )
        cos, sin = math.cos(self.turn), math.sin(self.turn)
        p = p @ np.array([[cos, sin], [-sin, cos]])
        return self.centre + p + np.sin(p @ self.waves.T + self.phase) @ self.push

    def line(self, a: Corner, b: Corner, beyond: float = 0.0) -> LineString:
        """The image of a straight lattice line, `beyond` metres longer at both ends."""
        a_, b_ = np.array(a), np.array(b)
        length = float(np.hypot(*(b_ - a_)))
        along = (b_ - a_) / length
        t = np.linspace(0, 1, max(2, math.ceil(length / STEP) + 1))[:, None]
        points = a_ + (b_ - a_) * t
        if beyond:
            points = np.vstack([a_ - along * beyond, points, b_ + along * beyond])
        return LineString(self(points))


def ticks(town: Town, rng: np.random.Generator) -> list[float]:
    """Positions of arterials along one axis, the centre line at 0: close in the old town, wider outside."""
    out = {0.0}
    for sign in (1, -1):
        at = 0.0
        while True:
            close = 0.62 + 0.38 * min(1.0, at / (2 * town.old_town))
            at += town.spacing * close * rng.uniform(0.8, 1.25)
            if at > town.radius * 1.1:
                break
            out.add(sign * at)
    return sorted(out)


def lay(
    town: Town, centre: Corner, keep: shapely.Geometry, rng: np.random.Generator, namer: Namer
) -> Network:
    """Streets of one town, inside `keep` (the counties' land without water)."""
    warp = Warp(centre, town, rng)
    us, vs = ticks(town, rng), ticks(town, rng)
    cells = _cells(town, us, vs, warp, keep, rng)
    outlines = {cell: _outline(warp, us, vs, cell) for cell in cells}
    network = Network(shapely.union_all(list(outlines.values()), grid_size=0.1))
    _arterials(network, town, us, vs, set(cells), warp, namer)
    middle = np.array(centre)
    for i, j in cells:
        quad = ((us[i], vs[j]), (us[i + 1], vs[j]), (us[i + 1], vs[j + 1]), (us[i], vs[j + 1]))
        far = float(np.hypot(*(np.array(outlines[i, j].centroid.coords[0]) - middle)))
        goal = 75_000 if far < town.old_town else 110_000 if far < town.grid_radius + 500 else 190_000
        _divide(network, quad, goal, 0, warp, rng, namer)
    return network


def _cells(town, us, vs, warp, keep, rng) -> list[tuple[int, int]]:
    """Lattice cells that are built up: inside the radius with a ragged rim, and on land."""
    shapely.prepare(keep)
    found = []
    for i in range(len(us) - 1):
        for j in range(len(vs) - 1):
            corners = warp(np.array([(us[a], vs[b]) for a in (i, i + 1) for b in (j, j + 1)]))
            middle = corners.mean(axis=0)
            rim = town.radius * rng.uniform(0.84, 1.0)
            must = town.grid_radius + town.spacing  # blocks that touch the gridded circle may not be missing
            far = np.hypot(*(middle - warp.centre))
            if far < must or (far < rim and shapely.contains_xy(keep, *middle)):
                found.append((i, j))
    return found


def _outline(warp: Warp, us: list[float], vs: list[float], cell: tuple[int, int]) -> Polygon:
    i, j = cell
    bottom, top = (warp.line((us[i], v), (us[i + 1], v)).coords[:] for v in (vs[j], vs[j + 1]))
    left, right = (warp.line((u, vs[j]), (u, vs[j + 1])).coords[:] for u in (us[i], us[i + 1]))
    return Polygon([*bottom, *right[1:], *top[::-1][1:], *left[::-1][1:-1]])


def _arterials(network, town, us, vs, cells, warp, namer) -> None:
    """Whole arterials, broken at gaps and at the centre, where a name changes from 东 to 西 or 南 to 北."""
    mid_u, mid_v = us.index(0.0), vs.index(0.0)
    for upright, lines, steps, mid, mid_step in ((True, us, vs, mid_u, mid_v), (False, vs, us, mid_v, mid_u)):
        for n, at in enumerate(lines):
            name = namer.arterial()
            run: list[int] = []
            for s in range(len(steps)):
                sides = ((n - 1, s), (n, s)) if upright else ((s, n - 1), (s, n))
                here = s < len(steps) - 1 and any(side in cells for side in sides)
                if here:
                    run.append(s)
                if run and (not here or s + 1 == mid_step):
                    ring = _ring_of(town, n - mid, run, mid_step)
                    for part, label in _parts(run, ring, mid_step, upright, name, n < mid):
                        a, b = steps[part[0]], steps[part[-1] + 1]
                        ends = ((at, a), (at, b)) if upright else ((a, at), (b, at))
                        line = warp.line(*ends)
                        network.lines.append(line)
                        kind, width = ("expressway", 50.0) if label[1] else ("arterial", 40.0)
                        network.roads.append(Road(label[0], kind, width, line))
                    run = []


def _ring_of(town: Town, offset: int, run: list[int], mid: int) -> tuple[str, int] | None:
    return next((ring for ring in town.rings if ring[1] == abs(offset)), None)


def _parts(run, ring, mid, upright, name, low):
    """Split a run of steps where it joins a ring, and name each part; True marks a ring (快速路)."""
    after = run[0] >= mid
    side = ("北" if after else "南") if upright else ("东" if after else "西")
    if ring is None:
        return [(run, (f"{name}{side}路", False))]
    on = [s for s in run if mid - ring[1] <= s < mid + ring[1]]
    off = [s for s in run if s not in on]
    quarter = ("西" if low else "东") if upright else ("南" if low else "北")
    parts = [(on, (f"{ring[0]}{quarter}路", True))] if on else []
    return parts + ([(off, (f"{name}{side}路", False))] if off else [])


def _divide(network, quad, goal, depth, warp, rng, namer) -> None:
    """Cut a four-cornered block in two, across its longer sides, until it is about `goal` m²."""
    a, b, c, d = (np.array(p) for p in quad)
    size = _area(quad)
    if size < goal * rng.uniform(1.1, 1.7):
        return
    if np.hypot(*(b - a)) + np.hypot(*(c - d)) < np.hypot(*(d - a)) + np.hypot(*(c - b)):
        a, b, c, d = b, c, d, a  # now a–b and d–c are the long sides
    t = rng.uniform(0.4, 0.6)
    skew = rng.normal(0, 0.02)
    p, q = a + (b - a) * (t + skew), d + (c - d) * (t - skew)
    line = warp.line(tuple(p), tuple(q), OVERSHOOT)
    network.lines.append(line)
    wide = depth < 2
    name = namer.collector() if wide else namer.lane()
    network.roads.append(Road(name, "collector" if wide else "lane", 24.0 if wide else 14.0, line))
    for half in ((a, p, q, d), (p, b, c, q)):
        _divide(network, tuple(tuple(map(float, x)) for x in half), goal, depth + 1, warp, rng, namer)


def _area(quad) -> float:
    x, y = np.array(quad).T
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2
