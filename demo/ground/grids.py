"""Unit grids: blocks divided to about 10,000 m² along lanes, and their numbers."""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

GOAL_M2 = 10_000
"""standards/codes.md §5 [H]: 万米单元网格."""
PARK_M2 = 30_000
"""A park or campus stays whole longer: natural units are kept (§5 [M])."""
STUB = 0.3
ROW_M = 100.0
"""Height of a row when grids are numbered: about one grid."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A line between grids; a lane, if it is one of the first cuts of its block."""

    line: LineString
    lane: bool


def cut_block(block: Polygon, rng: np.random.Generator, park: bool) -> tuple[list[Polygon], list[Cut]]:
    """Divide a block into pieces of about the goal's size, each cut across the longer side."""
    pieces: list[Polygon] = []
    cuts: list[Cut] = []
    goal = PARK_M2 if park else GOAL_M2
    todo = [(block, 0)]
    while todo:
        piece, depth = todo.pop()
        wanted = round(piece.area / goal)
        if wanted < 2:
            pieces.append(piece)
            continue
        line = _across(piece, (wanted // 2) / wanted, rng)
        halves = [part for part in _halves(piece, line) if part.area > 1]
        if len(halves) < 2:
            pieces.append(piece)
            continue
        for part in shapely.get_parts(shapely.intersection(piece, line)):
            if isinstance(part, LineString) and part.length > 1:
                cuts.append(Cut(_longer(part), lane=depth < 2 and not park and part.length > 90))
        todo += [(half, depth + 1) for half in halves]
    return pieces, cuts


def _across(piece: Polygon, share: float, rng: np.random.Generator) -> LineString:
    """A line across the longer side that leaves about `share` of the area on one side, a little askew."""
    box = np.array(shapely.minimum_rotated_rectangle(piece).exterior.coords)[:4]
    if np.hypot(*(box[1] - box[0])) < np.hypot(*(box[2] - box[1])):
        box = np.roll(box, -1, axis=0)
    along, across = box[1] - box[0], box[3] - box[0]
    length = float(np.hypot(*along))
    unit = along / length
    share = min(max(share + rng.normal(0, 0.025), 0.25), 0.75)
    low, high = 0.0, length
    start = box[0]
    for _turn in range(9):  # halving finds the place where the area fits
        at = (low + high) / 2
        part = Polygon([start, start + unit * at, start + unit * at + across, start + across])
        if shapely.intersection(piece, part).area < share * piece.area:
            low = at
        else:
            high = at
    tilt = unit * math.tan(rng.normal(0, 0.04)) * float(np.hypot(*across))
    foot = start + unit * at - tilt / 2 - across * 0.5
    return LineString([foot, foot + across * 2 + tilt * 2])


def _halves(piece: Polygon, line: LineString) -> list[Polygon]:
    noded = shapely.union(shapely.boundary(piece), line)
    parts = shapely.get_parts(shapely.polygonize([noded]))
    inner = shapely.point_on_surface(parts)
    return list(parts[shapely.intersects(piece, inner)])


def _longer(line: LineString) -> LineString:
    """Both ends a stub longer, so that the cut surely meets the edge it ends on."""
    points = np.array(line.coords)
    first, last = points[0] - points[1], points[-1] - points[-2]
    points[0] += first / np.hypot(*first) * STUB
    points[-1] += last / np.hypot(*last) * STUB
    return LineString(points)


def number(shapes: list[BaseGeometry]) -> list[int]:
    """Order of grids inside one community: west to east in a row, rows north to south (codes.md §5 [H])."""
    centres = np.array([shape.centroid.coords[0] for shape in shapes])
    top = max(shape.bounds[3] for shape in shapes)
    rows = np.floor((top - centres[:, 1]) / ROW_M)
    return [int(n) for n in np.lexsort((centres[:, 1], centres[:, 0], rows))]
