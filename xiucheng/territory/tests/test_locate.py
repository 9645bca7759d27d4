"""A point and its place: inside, on edges and corners, near a border, outside."""

import math
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry import box

from xiucheng.kernel.errors import Refused
from xiucheng.territory import actions, queries
from xiucheng.territory.models import Division
from xiucheng.territory.tests.conftest import A_EAST, B_WEST, START

TODAY = date(2026, 11, 24)
GEOD = Geod(ellps="GRS80")


def at(lon, lat, on=TODAY, border_m=100):
    return queries.locate(lon, lat, on=on, border_m=border_m)


@pytest.mark.parametrize(
    ("lon", "lat", "finest", "grade"),
    [
        pytest.param(100.0995, 25.0005, f"{A_EAST}004", "A", id="inside a grid"),
        pytest.param(100.099, 25.0015, f"{A_EAST}001", "A", id="edge of two grids: the lower code"),
        pytest.param(100.0985, 25.001, f"{A_EAST}001", "A", id="edge, north and south"),
        pytest.param(100.099, 25.001, f"{A_EAST}001", "A", id="corner of four grids"),
        pytest.param(100.1, 25.0005, f"{A_EAST}004", "A", id="county border, grids on both sides"),
        pytest.param(100.1, 25.001, f"{A_EAST}002", "A", id="corner of three grids on a county border"),
        pytest.param(100.1005, 25.0005, f"{B_WEST}001", "B", id="inside the neighbour's grid"),
        pytest.param(100.1005, 25.001, f"{B_WEST}001", "B", id="outer edge of a grid still belongs to it"),
        pytest.param(100.06, 25.03, A_EAST, "B", id="community without grids"),
        pytest.param(100.05, 25.03, "530901001001", "B", id="edge of two communities"),
        pytest.param(100.1, 25.03, A_EAST, "B", id="county border without grids"),
        pytest.param(100.02, 25.07, "530901002", "C", id="township without communities"),
        pytest.param(100.02, 25.05, "530901001001", "B", id="a community goes before a bare township"),
        pytest.param(100.1, 25.07, "530901002", "C", id="county border, townships only"),
        pytest.param(100.2, 25.07, "530902001", "ALL", id="border with a county that is not active"),
        pytest.param(100.0, 25.0, "530901001001", "B", id="outermost corner"),
    ],
)
def test_the_finest_area_that_covers_a_point(squares, lon, lat, finest, grade):
    place = at(lon, lat)
    assert (place.unit_grid or place.division, place.grade) == (finest, grade)
    levels = [place.county, place.township, place.community, place.unit_grid]
    assert levels == [finest[:n] if len(finest) >= n else None for n in (6, 9, 12, 15)]


@pytest.mark.parametrize(
    ("lon", "lat", "words"),
    [
        pytest.param(100.25, 25.05, "不在本市范围内", id="loaded county that is not active"),
        pytest.param(99.9, 25.05, "不在本市范围内", id="no county at all"),
        pytest.param(100.05, 25.1001, "不在本市范围内", id="11 m north of the city"),
        pytest.param(25.05, 100.05, "写反", id="swapped"),
        pytest.param(-100.0, 25.0, "不在本市范围内", id="other side of the world"),
        pytest.param(math.nan, 25.0, "必须是数字", id="not a number"),
        pytest.param(math.inf, 25.0, "必须是数字", id="infinite"),
    ],
)
def test_a_place_outside_is_refused_in_words(squares, lon, lat, words):
    with pytest.raises(Refused, match=words) as caught:
        at(lon, lat)
    assert caught.value.status == 422
    assert caught.value.field in ("longitude", "latitude")


@pytest.mark.parametrize(
    ("metres", "border_m", "near"),
    [
        (99.9, 100, ("530902",)),
        (100.1, 100, ()),
        (0, 0, ("530902",)),
        (0, 100, ("530902",)),
        (999, 1000, ("530902",)),
        (1001, 1000, ()),
    ],
)
def test_near_is_measured_in_metres(squares, metres, border_m, near):
    lon, lat, _back = GEOD.fwd(100.1, 25.03, 270, metres)
    place = at(lon, lat, border_m=border_m)
    assert (place.county, place.near) == ("530901", near)


@pytest.mark.parametrize("angle", [200, 225, 250])
def test_near_measures_alike_in_every_direction(squares, angle):
    """Degrees of longitude are shorter than degrees of latitude: B's corner is met at the same metres."""
    actions.import_divisions(rows=[actions.DivisionRow("530902", "乙区", box(100.1, 25.05, 100.2, 25.1))])
    for metres, near in ((99, ("530902",)), (101, ())):
        lon, lat, _back = GEOD.fwd(100.1, 25.05, angle, metres)
        assert at(lon, lat).near == near


def test_an_inactive_county_is_not_near(squares):
    assert at(100.1999, 25.05).near == ()
    Division.objects.filter(code="530903").update(active=True)
    assert at(100.1999, 25.05).near == ("530903",)


def test_a_county_put_out_of_action_takes_its_grids_along(squares):
    Division.objects.filter(code="530901").update(active=False)
    with pytest.raises(Refused, match="不在本市范围内"):
        at(100.0995, 25.0005)


def test_the_beat_of_the_grid(squares):
    assert at(100.0995, 25.0005).beat_id == squares.pk
    assert at(100.0985, 25.0005).beat_id is None
    squares.active = False
    squares.save()
    assert at(100.0995, 25.0005).beat_id is None


def test_the_day_decides_which_grids_count(squares):
    actions.retire_grid(code=f"{A_EAST}004", on=date(2026, 6, 1))
    assert at(100.0995, 25.0005, on=date(2026, 5, 31)).unit_grid == f"{A_EAST}004"
    assert at(100.0995, 25.0005, on=date(2026, 6, 1)).unit_grid is None
    assert at(100.0995, 25.0005, on=START.replace(year=2024)).unit_grid is None


@pytest.mark.parametrize("lon", [100.0995, 100.06, 100.1])
def test_one_statement(squares, django_assert_num_queries, lon):
    with django_assert_num_queries(1):
        at(lon, 25.0005, border_m=1000)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(99.99, 100.31), st.floats(24.99, 25.11))
def test_codes_nest_and_own_county_is_never_near(squares, lon, lat):
    inside = 100.0 <= lon <= 100.2 and 25.0 <= lat <= 25.1
    try:
        place = at(lon, lat, border_m=2000)
    except Refused:
        assert not inside
        return
    assert inside
    for finer, coarser in (
        (place.unit_grid, place.community),
        (place.community, place.township),
        (place.township, place.county),
    ):
        assert finer is None or (coarser is not None and finer.startswith(coarser))
    assert place.county not in place.near


def test_names_choices_and_rough_addresses(squares):
    assert queries.chain(f"{A_EAST}004") == [
        ("53", "某省"),
        ("5309", "某市"),
        ("530901", "甲区"),
        ("530901001", "南街道"),
        (A_EAST, "东社区"),
    ]
    assert [(c.code, c.name) for c in queries.children()] == [("530901", "甲区"), ("530902", "乙区")]
    assert [c.code for c in queries.children("530901")] == ["530901001", "530901002"]
    assert [c.code for c in queries.children("530901001")] == ["530901001001", A_EAST]
    assert queries.children("530901002") == queries.children(A_EAST) == queries.children("999999") == []
    for choice in queries.children("530901001"):
        assert at(choice.lon, choice.lat).community == choice.code
    place = at(100.0995, 25.0009)
    assert queries.rough_address(100.0995, 25.0009, place) == "甲区南街道翠屏东路附近"
    assert queries.street_near(100.09851, 25.0005) == "槐井巷"
    assert queries.street_near(100.06, 25.03) is None
    assert queries.rough_address(100.06, 25.03, at(100.06, 25.03)) == "甲区南街道东社区"


def test_an_imprecise_place_has_no_grid(squares):
    spot = queries.division_at_choice(A_EAST)
    assert (spot.place.community, spot.place.unit_grid, spot.place.grade) == (A_EAST, None, "B")
    assert at(spot.lon, spot.lat).community == A_EAST
    assert queries.division_at_choice("530901").place.township is None
    for unknown in ("530903", "999999", "53", f"{A_EAST}004", "'; --"):
        with pytest.raises(Refused, match="没有找到所选的"):
            queries.division_at_choice(unknown)
