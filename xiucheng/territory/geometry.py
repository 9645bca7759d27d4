"""Pure geometry over Shapely: soundness, areas in m², containment, overlap. Degrees CGCS2000."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from pyproj import Geod
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from xiucheng.kernel.marking import gettext_noop
from xiucheng.territory import rules
from xiucheng.territory.rules import Fault

GEOD = Geod(a=6378137.0, rf=298.257222101)
"""The ellipsoid of CGCS2000."""
TOLERANCE_M2 = 1.0
"""Overlap or overhang that a survey's rounding may leave: a strip of 1 cm along 100 m."""
DEGREE_M = 111_320.0


def multi(shape: BaseGeometry) -> MultiPolygon:
    """The same area as a MultiPolygon."""
    return MultiPolygon([shape]) if isinstance(shape, Polygon) else MultiPolygon(shapely.get_parts(shape))


def from_geos(shape: Any) -> BaseGeometry:
    """A GeoDjango geometry as Shapely sees it."""
    return shapely.from_wkb(bytes(shape.wkb))


def area_fault(shape: BaseGeometry | None) -> Fault | None:
    """Why this is no sound area on the map, as a sentence, or None."""
    if shape is None or shape.is_empty or not isinstance(shape, Polygon | MultiPolygon):
        return Fault(gettext_noop("范围应是不为空的面（Polygon 或 MultiPolygon）。"))
    west, south, east, north = shape.bounds
    for lon, lat in ((west, south), (east, north)):
        if fault := rules.position_fault(lon, lat):
            return fault
    if not shape.is_valid:
        return Fault(
            gettext_noop("范围的边线自相交或不闭合：{why}，请修复后再导入。"),
            {"why": shapely.is_valid_reason(shape)},
        )
    return None


def areas_m2(shapes: Sequence[BaseGeometry]) -> list[float]:
    """Areas on the ellipsoid, m²."""
    return [abs(GEOD.geometry_area_perimeter(shape)[0]) for shape in shapes]


def envelope(shapes: Sequence[BaseGeometry]) -> Polygon:
    """The rectangle around all shapes."""
    return shapely.box(*shapely.total_bounds(list(shapes)))


def outside(shapes: Sequence[BaseGeometry], homes: Sequence[BaseGeometry | None]) -> list[int]:
    """Indexes of shapes that leave their home by more than the tolerance; a home of None holds anything."""
    at = [n for n, home in enumerate(homes) if home is not None]
    if not at:
        return []
    left = shapely.difference(np.array([shapes[n] for n in at]), np.array([homes[n] for n in at]))
    return [n for n, m2 in zip(at, _square_metres(left), strict=True) if m2 > TOLERANCE_M2]


def overlaps(shapes: Sequence[BaseGeometry], there: Sequence[BaseGeometry]) -> list[tuple[int, int]]:
    """Pairs (index of a shape, index in shapes + there) that overlap by more than the tolerance."""
    if not there and shapely.coverage_is_valid(list(shapes)):
        return []  # edges match vertex by vertex: nothing to measure
    everything = np.array([*shapes, *there], dtype=object)
    one, other = shapely.STRtree(everything).query(
        np.array(list(shapes), dtype=object), predicate="intersects"
    )
    later = (one < other) & ~shapely.touches(everything[one], everything[other])
    one, other = one[later], other[later]
    m2 = _square_metres(shapely.intersection(everything[one], everything[other]))
    return sorted(
        (int(a), int(b)) for a, b in zip(one[m2 > TOLERANCE_M2], other[m2 > TOLERANCE_M2], strict=True)
    )


def _square_metres(shapes: np.ndarray) -> np.ndarray:
    """About the area of small leftovers in m²: 1 % off, good enough to compare with a tolerance."""
    lat = shapely.bounds(shapes)[:, 1] if len(shapes) else np.array([])
    return shapely.area(shapes) * DEGREE_M**2 * np.cos(np.radians(np.nan_to_num(lat)))
