"""The grid in which the map counts cases. Pure.

A tile of zoom z is divided into 16 × 16 cells, those of level z + 4: each has room for a circle with its number. For
a picture of heat there are 64 × 64. Web mercator (EPSG:3857) is used for drawing only;
positions are CGCS2000 (EPSG:4490), which counts as WGS 84 there (less than a decimetre apart).
"""

import math
from dataclasses import dataclass

PER_TILE = 4  # 2^4 cells a side
PER_HEAT = 6
FINEST = 19  # a cell of about 70 m in Yunnan
COARSEST = 11
MONTHLY = 16  # months are counted no finer: about 550 m
RAW_ZOOM = 14  # from here on open cases are drawn one by one
EXTENT = 4096


@dataclass(frozen=True, slots=True)
class Window:
    """The cells of one tile: x from `left` to `left + side`, y alike, of `level`. `size`: units of a cell in the tile."""

    level: int
    left: int
    top: int
    side: int

    @property
    def size(self) -> int:
        return EXTENT // self.side


def window(z: int, x: int, y: int, *, finest: int = FINEST, per: int = PER_TILE) -> Window:
    """The cells that a tile shows, no finer than there are.

    >>> window(10, 804, 438)
    Window(level=14, left=12864, top=7008, side=16)
    >>> window(10, 804, 438, per=PER_HEAT)
    Window(level=16, left=51456, top=28032, side=64)
    >>> window(13, 6432, 3506, finest=16)
    Window(level=16, left=51456, top=28048, side=8)
    """
    level = max(COARSEST, min(z + per, finest))
    side = 2 ** max(0, level - z)
    return Window(level, x * side, y * side, side)


def cell(lon: float, lat: float, level: int = FINEST) -> tuple[int, int]:
    """The cell of a position, degrees CGCS2000.

    >>> cell(102.7005, 25.0415, 10)
    (804, 438)
    """
    x, y = exact(lon, lat, level)
    return math.floor(x), math.floor(y)


def exact(lon: float, lat: float, level: int) -> tuple[float, float]:
    """A position in the grid of a level, with its fraction of a cell."""
    scale = 2**level
    return (lon + 180) / 360 * scale, (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * scale


def edges(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """West, south, east, north of a tile, degrees.

    >>> [round(one, 3) for one in edges(10, 804, 438)]
    [102.656, 24.847, 103.008, 25.165]
    """
    scale = 2**z

    def lat(row: int) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / scale))))

    return x / scale * 360 - 180, lat(y + 1), (x + 1) / scale * 360 - 180, lat(y)


def month_of(year: int, month: int) -> int:
    """202611 for November 2026."""
    return year * 100 + month
