"""What the demo ground is made of: real counties, where towns stand, what is water. The rest is seeded."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Town:
    """A built-up area with streets. Lengths in metres, angles in degrees; the centre in degrees CGCS2000."""

    lon: float
    lat: float
    radius: float
    """How far streets and blocks reach."""
    grid_radius: float
    """Every block that meets this circle is divided into unit grids."""
    old_town: float
    """Within this radius streets stand closer."""
    spacing: float
    """Mean distance of arterials."""
    angle: float
    """How far the street lattice is turned from north."""
    rings: tuple[tuple[str, int], ...]
    """Ring roads: name, and how many arterials they lie from the centre."""


@dataclass(frozen=True, slots=True)
class Water:
    """An ellipse where nobody lives: centre in degrees, half axes in metres (east, north)."""

    lon: float
    lat: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class City:
    """One demo city."""

    prefecture: str
    counties: tuple[str, ...]
    towns: tuple[Town, ...]
    waters: tuple[Water, ...]
    epsg: int
    """Projected coordinates for lengths and areas: CGCS2000 3-degree Gauss–Krüger (codes.md §6 [M])."""


KUNMING = City(
    prefecture="5301",
    counties=("530102", "530103", "530111", "530112", "530114"),
    towns=(
        Town(102.712, 25.040, 9000, 6050, 2200, 900, 7.0, (("内环", 2), ("中环", 5), ("外环", 8))),
        Town(102.817, 24.885, 4300, 1500, 600, 900, -18.0, (("新城环", 2),)),
    ),
    waters=(Water(102.690, 24.810, 6500, 15500), Water(102.652, 24.965, 1300, 3600)),
    epsg=4543,
)
