"""The demo city's ground: real names, exact mosaics, grids by the book, the same for the same seed."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from demo.ground import build, load
from demo.ground.spec import KUNMING
from xiucheng.territory import geometry, queries, rules
from xiucheng.territory.models import Division, Street, UnitGrid

DAY = date(2025, 1, 1)
PLANE = Transformer.from_crs(4490, 4543, always_xy=True)
SMALL = replace(KUNMING, counties=("530114",), towns=KUNMING.towns[1:], waters=())


@pytest.fixture(scope="session")
def ground():
    return build(20261124)


def shapes(ground, digits):
    return {d.code: d.shape for d in ground.divisions if len(d.code) == digits and d.shape is not None}


def edges(shape):
    """Every edge of a shape, counted once per ring that uses it."""
    return Counter(
        tuple(sorted(edge))
        for part in shape.geoms
        for ring in (part.exterior, *part.interiors)
        for edge in pairwise(ring.coords)
    )


def test_divisions_are_the_real_ones(ground):
    names = {d.code: d.name for d in ground.divisions}
    assert Counter(map(len, names)) == {2: 1, 4: 1, 6: 5, 9: 57, 12: 560}
    assert (names["530102"], names["530102001"]) == ("五华区", "华山街道")
    assert names["530102001001"] == "翠湖西路社区居民委员会"
    for d in ground.divisions:
        assert rules.division_code_fault(d.code) is None
        assert len(d.code) < 6 or d.shape is not None, d.code
        assert d.synthetic is (len(d.code) > 6)


@pytest.mark.parametrize("digits", [6, 9, 12])
def test_no_two_divisions_overlap_or_leave_a_gap(ground, digits):
    every = list(shapes(ground, digits).values())
    assert shapely.is_valid(every).all()
    assert shapely.coverage_is_valid(every, gap_width=1e-5)  # 1 m


@pytest.mark.parametrize(("digits", "above"), [(12, 9), (9, 6)])
def test_parts_make_the_whole_edge_by_edge(ground, digits, above):
    """Edges of the parts that no other part shares are the edges of the whole: no gap, not by a digit."""
    parts: dict[str, Counter] = defaultdict(Counter)
    for code, shape in shapes(ground, digits).items():
        parts[code[:above]].update(edges(shape))
    for code, whole in shapes(ground, above).items():
        assert set(parts[code].values()) <= {1, 2}
        assert {edge for edge, uses in parts[code].items() if uses == 1} == set(edges(whole)), code


def test_unit_grids_tile_their_communities(ground):
    every = [grid.shape for grid in ground.unit_grids]
    assert shapely.is_valid(every).all()
    assert shapely.coverage_is_valid(every, gap_width=1e-5)
    communities = shapes(ground, 12)
    homes = [communities[grid.code[:12]] for grid in ground.unit_grids]
    assert geometry.outside(every, homes) == []
    area = np.array(geometry.areas_m2(every))
    assert 9_000 < np.median(area) < 11_000
    assert area.min() > 3_000
    assert area.max() < 50_000
    assert (area < 15_000).mean() > 0.9


def test_unit_grids_cover_the_core(ground):
    x, y = PLANE.transform(102.712, 25.040)
    core = shapely.Point(x, y).buffer(6_000, quad_segs=90)
    covered = shapely.coverage_union_all([grid.shape for grid in ground.unit_grids])
    covered = shapely.transform(covered, lambda p: np.column_stack(PLANE.transform(p[:, 0], p[:, 1])))
    assert shapely.difference(core, covered).area < 1
    assert len(ground.unit_grids) > 10_000
    assert {grid.code[:6] for grid in ground.unit_grids} == set(KUNMING.counties)


def test_numbers_run_without_a_hole_from_the_north_west(ground):
    serials = defaultdict(list)
    for grid in ground.unit_grids:
        assert rules.grid_code_fault(grid.code) is None
        centre = grid.shape.centroid
        centre = shapely.Point(PLANE.transform(centre.x, centre.y))
        serials[grid.code[:12]].append((int(grid.code[12:]), centre))
    for code, found in serials.items():
        assert [serial for serial, _c in found] == list(range(1, len(found) + 1)), code
        assert found[0][1].y > np.mean([c.y for _s, c in found]) or len(found) < 5
        for (_a, one), (_b, two) in pairwise(found):  # on: east in the same row, or south to the next
            assert two.x > one.x or two.y < one.y + 0.1


def test_grades_fall_from_the_centre(ground):
    assert {grid.grade for grid in ground.unit_grids} == {"A", "B", "C"}
    far = defaultdict(list)
    for grid in ground.unit_grids:
        far[grid.grade].append(grid.shape.centroid.distance(shapely.Point(102.712, 25.04)))
    assert min(far["C"]) > np.median(far["B"])


def test_streets_are_named_and_lie_in_the_city(ground):
    assert {s.kind for s in ground.streets} == {"expressway", "arterial", "collector", "lane"}
    assert len(ground.streets) > 3_000
    assert all(2 < len(s.name) < 12 and s.width_m > 0 and s.shape.is_valid for s in ground.streets)
    city = shapely.coverage_union_all(list(shapes(ground, 6).values())).buffer(0.002)
    shapely.prepare(city)
    inside = shapely.intersects(city, [s.shape for s in ground.streets])
    assert inside.all()


def test_beats_hold_each_grid_once(ground):
    held = [code for beat in ground.beats for code in beat.grids]
    assert sorted(held) == sorted(grid.code for grid in ground.unit_grids)
    assert all(code[:6] == beat.county for beat in ground.beats for code in beat.grids)
    assert len({(beat.county, beat.name) for beat in ground.beats}) == len(ground.beats)


def test_the_same_seed_makes_the_same_ground():
    one, two, other = build(5, SMALL), build(5, SMALL), build(6, SMALL)
    assert one == two
    assert [g.shape.wkb for g in one.unit_grids] == [g.shape.wkb for g in two.unit_grids]
    assert [s.name for s in one.streets] == [s.name for s in two.streets]
    assert [g.shape.wkb for g in one.unit_grids] != [g.shape.wkb for g in other.unit_grids]


def test_the_loaded_ground_answers(ground, db):
    beats = load(ground, valid_from=DAY)
    assert Division.objects.count() == len(ground.divisions)
    assert UnitGrid.objects.count() == len(ground.unit_grids)
    assert Street.objects.count() == len(ground.streets)
    assert [beat.name for beat in beats] == [plan.name for plan in ground.beats]
    assert not UnitGrid.objects.filter(synthetic=False).exists()
    for grid in ground.unit_grids[:: len(ground.unit_grids) // 40]:
        point = grid.shape.representative_point()
        place = queries.locate(point.x, point.y, on=date(2026, 11, 24), border_m=100)
        assert (place.unit_grid, place.grade) == (grid.code, grid.grade)
        assert place.beat_id is not None
    _corners_have_a_place(ground)


def _corners_have_a_place(ground):
    """Where counties share a vertex, one of them has the point and all others are near, at 0 m."""
    owners = defaultdict(set)
    for code, shape in shapes(ground, 6).items():
        for point in shapely.get_coordinates(shape):
            owners[tuple(point)].add(code)
    shared = sorted((point, codes) for point, codes in owners.items() if len(codes) > 1)
    assert len(shared) > 500
    for (lon, lat), codes in shared[:: len(shared) // 60]:
        place = queries.locate(lon, lat, on=date(2026, 11, 24), border_m=0)
        assert place.county in codes
        assert set(place.near) == codes - {place.county}
