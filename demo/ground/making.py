"""Build the ground: counties, atoms (blocks, fields), townships, communities, unit grids. Pure, seeded.

All is made of one mosaic of atoms, so divisions nest and neighbours share edges vertex by vertex.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry import LineString, MultiPolygon
from shapely.geometry.base import BaseGeometry

from demo.ground import counties, grids, mosaic, regions
from demo.ground.country import field_lines, highways
from demo.ground.names import Namer
from demo.ground.network import Network, Road, lay
from demo.ground.spec import KUNMING, City

DEGREE_DIGITS = 8
"""About a millimetre: far below `mosaic.PRECISION`, so rounding moves no edge across another."""

CRUMB_M2 = 3_500.0


@dataclass(frozen=True, slots=True)
class Area:
    """A division: code, name, and its shape in degrees CGCS2000 (None above the county)."""

    code: str
    name: str
    shape: MultiPolygon | None
    grade: str
    synthetic: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """A unit grid; area in m² on the ellipsoid is computed when it is loaded."""

    code: str
    shape: MultiPolygon
    grade: str


@dataclass(frozen=True, slots=True)
class Street:
    """A street's centre line in degrees CGCS2000."""

    name: str
    kind: str
    width_m: float
    shape: LineString


@dataclass(frozen=True, slots=True)
class BeatPlan:
    """A beat: the unit grids of one community."""

    name: str
    county: str
    grids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """The whole demo ground."""

    seed: int
    divisions: tuple[Area, ...]
    unit_grids: tuple[Grid, ...]
    streets: tuple[Street, ...]
    beats: tuple[BeatPlan, ...]


@dataclass
class Atoms:
    """The smallest pieces of land before grids: a block in town, a field outside."""

    shapes: np.ndarray
    county: np.ndarray
    centres: np.ndarray
    mass: np.ndarray
    town: np.ndarray
    near: dict[int, dict[int, float]]


def build(seed: int, city: City = KUNMING) -> Ground:
    """The demo ground of a city. The same seed gives the same ground, to the last digit."""
    rng = np.random.default_rng(seed)
    namer = Namer(rng)
    plane = Plane(city)
    names = counties.names(city)
    outlines = [plane.metres(shape) for shape in counties.polygons(city).values()]
    land = shapely.union_all(outlines, grid_size=mosaic.PRECISION)
    water = shapely.union_all([plane.ellipse(w) for w in city.waters])
    dry = shapely.difference(land, water)
    networks = [lay(town, plane.point(town.lon, town.lat), dry, rng, namer) for town in city.towns]
    atoms = _atoms(city, plane, outlines, land, water, networks, rng)
    community = _communities(city, atoms, sorted(names), plane, rng)
    pieces, keys, lanes = _grids(city, plane, atoms, community, rng, namer)
    roads = [road for network in networks for road in network.roads]
    roads += lanes + highways(_seats(atoms, community), dry, [n.area for n in networks], rng, namer)
    return _assemble(seed, city, plane, names, pieces, keys, roads)


class Plane:
    """Degrees CGCS2000 ↔ metres in the city's projection."""

    def __init__(self, city: City) -> None:
        self._to = Transformer.from_crs(4490, city.epsg, always_xy=True)
        self._from = Transformer.from_crs(city.epsg, 4490, always_xy=True)

    def point(self, lon: float, lat: float) -> tuple[float, float]:
        return self._to.transform(lon, lat)

    def metres(self, shape: BaseGeometry) -> BaseGeometry:
        return shapely.transform(shape, lambda p: np.column_stack(self._to.transform(p[:, 0], p[:, 1])))

    def degrees(self, shape: BaseGeometry) -> BaseGeometry:
        def move(p: np.ndarray) -> np.ndarray:
            return np.round(np.column_stack(self._from.transform(p[:, 0], p[:, 1])), DEGREE_DIGITS)

        return shapely.transform(shape, move)

    def ellipse(self, water) -> BaseGeometry:
        turn = np.linspace(0, 2 * np.pi, 90, endpoint=False)
        x, y = self.point(water.lon, water.lat)
        return shapely.polygons(
            np.column_stack([x + water.east * np.cos(turn), y + water.north * np.sin(turn)])
        )


def _atoms(city, plane, outlines, land, water, networks: list[Network], rng) -> Atoms:
    towns = shapely.union_all([n.area for n in networks], grid_size=mosaic.PRECISION)
    lines = [shapely.boundary(outline) for outline in outlines]
    lines += [line for n in networks for line in n.lines]
    lines.append(shapely.boundary(towns))
    lines += field_lines(land, towns, rng)
    found = mosaic.faces(lines)
    county = mosaic.inside_of(found, outlines)
    in_town = mosaic.inside_of(found, [n.area for n in networks])
    found, county = _gaps(found, county)
    in_town = mosaic.inside_of(found, [n.area for n in networks])
    least = np.where(in_town >= 0, 9_000.0, 120_000.0)
    shapes, county = mosaic.absorb(found, county, lambda n, _area: float(least[n]))
    in_town = mosaic.inside_of(shapes, [n.area for n in networks])
    centres = np.column_stack([shapely.get_x(c := shapely.centroid(shapes)), shapely.get_y(c)])
    mass = shapely.area(shapes) * _density(city, plane, centres, in_town, water)
    return Atoms(shapes, county, centres, mass, in_town, mosaic.neighbours(shapes))


def _gaps(found: np.ndarray, county: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slivers between counties go to the neighbour with the longest common edge; others are dropped."""
    near = mosaic.neighbours(found)
    for n in np.flatnonzero(county < 0):
        edges: dict[int, float] = defaultdict(float)
        for other, length in near[n].items():
            if county[other] >= 0:
                edges[int(county[other])] += length
        around = sum(shapely.get_coordinates(found[n]).shape) > 0 and shapely.length(found[n])
        if edges and sum(edges.values()) > 0.99 * around and shapely.area(found[n]) < 500_000:
            county[n] = max(edges, key=lambda k: (edges[k], -k))
    keep = county >= 0
    return found[keep], county[keep]


def _density(city, plane, centres, in_town, water) -> np.ndarray:
    """Relative density of people: dense old towns, fading suburbs, thin country, no one on the water."""
    out = np.full(len(centres), 0.012)
    for town in city.towns:
        far = np.hypot(*(centres - np.array(plane.point(town.lon, town.lat))).T)
        out += 0.9 * np.exp(-((far / (0.75 * town.radius)) ** 2)) + 0.05 * np.exp(-far / (1.6 * town.radius))
    out[in_town < 0] *= 0.6
    out[shapely.contains_xy(water, centres[:, 0], centres[:, 1])] = 0.002
    return out


def _communities(city, atoms: Atoms, codes: list[str], plane, rng) -> np.ndarray:
    """Community code of each atom. Weights of townships are their numbers of communities."""
    middle = np.array(plane.point(city.towns[0].lon, city.towns[0].lat))
    out = np.empty(len(atoms.shapes), dtype=object)
    for n, county in enumerate(city.counties):
        members = np.flatnonzero(atoms.county == n)
        townships = sorted((c for c in codes if len(c) == 9 and c[:6] == county), key=_rank)
        below = {t: [c for c in codes if len(c) == 12 and c[:9] == t] for t in townships}
        townships = [t for t in townships if below[t]]
        far = np.hypot(*(atoms.centres - middle).T)
        shares = np.array([len(below[t]) for t in townships], dtype=float)
        label = _divide(atoms, members, shares, far, rng)
        for k, township in enumerate(townships):
            mine = members[label == k]
            inner = _divide(atoms, mine, np.ones(len(below[township])), -atoms.centres[:, 1], rng)
            out[mine] = np.array(below[township], dtype=object)[inner]
    return out


def _rank(township: str) -> tuple[int, str]:
    """Low codes lie in the centre; zones (4xx) are put among the middle ones."""
    serial = int(township[6:])
    return (serial if serial < 400 else 6, township)


def _divide(atoms: Atoms, members: np.ndarray, shares, order_by, rng) -> np.ndarray:
    if len(members) < len(shares):
        raise ValueError(f"{len(shares)} divisions do not fit into {len(members)} atoms")
    local = {int(n): i for i, n in enumerate(members)}
    near = {
        i: {local[o]: length for o, length in atoms.near[n].items() if o in local} for n, i in local.items()
    }
    return regions.divide(atoms.centres[members], atoms.mass[members], near, shares, order_by[members], rng)


def _grids(city, plane, atoms: Atoms, community, rng, namer):
    """Cut the blocks of the gridded zone.

    Returns the pieces of all land, for each its community code and 1 (a unit grid) or 0, and lanes.
    """
    zones = [shapely.Point(plane.point(t.lon, t.lat)).buffer(t.grid_radius, quad_segs=64) for t in city.towns]
    zone = shapely.union_all(zones)
    shapely.prepare(zone)
    gridded = shapely.intersects(zone, atoms.shapes) & (atoms.town >= 0)
    parts: list[BaseGeometry] = []
    holder: list[int] = []
    lines = [shapely.boundary(shape) for shape in atoms.shapes]
    lanes: list[Road] = []
    for n, shape in enumerate(atoms.shapes):
        if not gridded[n]:
            parts.append(shape)
            holder.append(n)
            continue
        for block in shapely.get_parts(shape):
            pieces, cuts = grids.cut_block(block, rng, park=rng.random() < 0.03)
            parts += pieces
            holder += [n] * len(pieces)
            lines += [cut.line for cut in cuts]
            lanes += [Road(namer.lane(), "lane", 7.0, cut.line) for cut in cuts if cut.lane]
    found = mosaic.faces(lines)
    label = mosaic.inside_of(found, parts)
    members: dict[int, list[int]] = defaultdict(list)
    for face, part in enumerate(label):
        if part >= 0:
            members[int(part)].append(face)
    parts_ = sorted(members)
    shapes = np.array([mosaic.joined(found[members[part]]) for part in parts_], dtype=object)
    holders = np.array([holder[part] for part in parts_])
    # An odd-shaped block leaves crumbs; they join a grid of the same community.
    least = np.where(gridded[holders], CRUMB_M2, 0.0)
    keys = np.array([f"{community[n]}{gridded[n]:d}" for n in holders], dtype=object)
    shapes, keys = mosaic.absorb(shapes, keys, lambda n, _area: float(least[n]))
    return shapes, keys, lanes


def _seats(atoms: Atoms, community) -> np.ndarray:
    """Villages: the inner point of each community that lies outside the towns, where country roads lead."""
    groups: dict[str, list[int]] = defaultdict(list)
    for n, code in enumerate(community):
        groups[code].append(n)
    heavy = [max(group, key=lambda n: (atoms.mass[n], -n)) for _code, group in sorted(groups.items())]
    return atoms.centres[[n for n in heavy if atoms.town[n] < 0]]


def _assemble(seed, city, plane, names, pieces, keys, roads) -> Ground:
    by_community: dict[str, list[int]] = defaultdict(list)
    for n, key in enumerate(keys):
        by_community[key[:-1]].append(n)
    shapes: dict[str, BaseGeometry] = {}
    unit_grids: list[Grid] = []
    for code, parts in sorted(by_community.items()):
        shapes[code] = mosaic.joined(pieces[parts])
        cells = [pieces[n] for n in parts if keys[n].endswith("1")]
        if len(cells) > 999:
            raise ValueError(f"community {code} has {len(cells)} grids; three digits number 999")
        for serial, n in enumerate(grids.number(cells) if cells else (), start=1):
            grade = _grade(city, plane, cells[n])
            unit_grids.append(Grid(f"{code}{serial:03d}", mosaic.multi(plane.degrees(cells[n])), grade))
    for digits in (9, 6):
        groups: dict[str, list[BaseGeometry]] = defaultdict(list)
        for code, shape in sorted(shapes.items()):
            if len(code) == (12 if digits == 9 else 9):
                groups[code[:digits]].append(shape)
        shapes |= {code: mosaic.joined(np.array(group, dtype=object)) for code, group in groups.items()}
    divisions = tuple(
        Area(
            code,
            name,
            mosaic.multi(plane.degrees(shapes[code])) if code in shapes else None,
            _grade(city, plane, shapes[code]) if len(code) == 12 and code in shapes else "ALL",
            len(code) > 6,
        )
        for code, name in sorted(names.items(), key=lambda item: (len(item[0]), item[0]))
    )
    streets = tuple(Street(r.name, r.kind, r.width_m, plane.degrees(r.line)) for r in roads)
    return Ground(seed, divisions, tuple(unit_grids), streets, _beats(names, unit_grids))


def _grade(city: City, plane: Plane, shape: BaseGeometry) -> str:
    """A in and around the old town, B in the rest of the gridded core, C outside (codes.md §5 [L])."""
    centre = np.array(shape.centroid.coords[0])
    best = "C"
    for town in city.towns:
        far = np.hypot(*(centre - np.array(plane.point(town.lon, town.lat))))
        if far < town.old_town * 1.3:
            return "A"
        if far < town.grid_radius:
            best = "B"
    return best


def _beats(names: dict[str, str], unit_grids: list[Grid]) -> tuple[BeatPlan, ...]:
    """One beat for each community that has grids."""
    groups: dict[str, list[str]] = defaultdict(list)
    for grid in unit_grids:
        groups[grid.code[:12]].append(grid.code)
    return tuple(
        BeatPlan(_beat_name(names, code), code[:6], tuple(members))
        for code, members in sorted(groups.items())
    )


def _beat_name(names: dict[str, str], code: str) -> str:
    short = names[code]
    for tail in ("居民委员会", "村民委员会", "社区"):
        short = short.removesuffix(tail)
    return f"{names[code[:9]]}·{short}（{code[9:]}）"
