"""GCJ-02 and BD-09 against the library prcoords; the plane against Krüger's series and the meridian arc."""

import math

import prcoords
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from xiucheng.kernel import geo
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.geo import Crs

# every corner of the country; the first is the middle of Kunming
PLACES = [
    (102.712, 25.040),
    (97.5, 28.9),
    (105.0, 35.0),
    (87.6, 43.8),
    (126.6, 45.8),
    (110.3, 20.0),
    (121.5, 31.2),
]

lons = st.floats(73.5, 135.0)
lats = st.floats(3.5, 53.5)


@pytest.mark.parametrize(("lon", "lat"), PLACES)
def test_the_offsets_are_those_of_the_library(lon, lat):
    here = prcoords.Coords(lat, lon)
    gcj = prcoords.wgs_gcj(here)
    bd = prcoords.gcj_bd(gcj)
    assert geo.convert(lon, lat, Crs.CGCS2000, Crs.GCJ02) == pytest.approx((gcj.lon, gcj.lat), abs=1e-10)
    assert geo.convert(lon, lat, Crs.WGS84, Crs.BD09) == pytest.approx((bd.lon, bd.lat), abs=1e-10)
    assert geo.convert(gcj.lon, gcj.lat, Crs.GCJ02, Crs.BD09) == pytest.approx((bd.lon, bd.lat), abs=1e-10)
    assert geo.convert(gcj.lon, gcj.lat, Crs.GCJ02) == pytest.approx((lon, lat), abs=1e-9)
    assert geo.convert(bd.lon, bd.lat, Crs.BD09) == pytest.approx((lon, lat), abs=1e-9)
    assert geo.convert(bd.lon, bd.lat, Crs.BD09, Crs.GCJ02) == pytest.approx((gcj.lon, gcj.lat), abs=1e-9)
    back = prcoords.gcj_wgs_bored(gcj)  # the library's own inverse, good to about a centimetre
    assert geo.convert(gcj.lon, gcj.lat, Crs.GCJ02) == pytest.approx((back.lon, back.lat), abs=1e-7)


@given(lons, lats, st.sampled_from(list(Crs)), st.sampled_from(list(Crs)))
def test_there_and_back_again(lon, lat, source, target):
    there = geo.convert(lon, lat, source, target)
    assert geo.convert(*there, target, source) == pytest.approx((lon, lat), abs=1e-9)
    assert math.dist(there, (lon, lat)) < 0.03  # never more than a few kilometres


@pytest.mark.parametrize(("lon", "lat"), [(2.35, 48.85), (-73.9, 40.7), (139.7, 35.7), (102.7, -25.0)])
@pytest.mark.parametrize("target", list(Crs))
def test_abroad_nothing_is_offset(lon, lat, target):
    assert not geo.in_china(lon, lat)
    assert geo.convert(lon, lat, Crs.WGS84, target) == (lon, lat)


def test_the_two_national_datums_are_one_here():
    assert geo.convert(102.712, 25.04, Crs.WGS84, Crs.CGCS2000) == (102.712, 25.04)


def kruger(lon, lat, meridian):
    """Easting and northing by Krüger's series in n to the fourth order, on the ellipsoid of CGCS2000."""
    a, f = 6378137.0, 1 / 298.257222101
    n = f / (2 - f)
    alpha = (
        n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16 + 41 * n**4 / 180,
        13 * n**2 / 48 - 3 * n**3 / 5 + 557 * n**4 / 1440,
        61 * n**3 / 240 - 103 * n**4 / 140,
        49561 * n**4 / 161280,
    )
    phi, lam = math.radians(lat), math.radians(lon - meridian)
    e = math.sqrt(f * (2 - f))
    t = math.sinh(math.atanh(math.sin(phi)) - e * math.atanh(e * math.sin(phi)))
    xi, eta = math.atan2(t, math.cos(lam)), math.asinh(math.sin(lam) / math.hypot(t, math.cos(lam)))
    radius = a / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    north = xi + sum(k * math.sin(2 * j * xi) * math.cosh(2 * j * eta) for j, k in enumerate(alpha, 1))
    east = eta + sum(k * math.cos(2 * j * xi) * math.sinh(2 * j * eta) for j, k in enumerate(alpha, 1))
    return 500_000 + radius * east, radius * north


@pytest.mark.parametrize(
    ("lon", "lat", "meridian", "epsg"),
    [
        (102.712, 25.040, 102, 4543),
        (97.6, 27.8, 99, 4542),
        (100.4999, 22.0, 99, 4542),
        (104.9, 23.4, 105, 4544),
    ],
)
def test_the_plane_of_a_place(lon, lat, meridian, epsg):
    plane = geo.gauss_kruger(lon, lat)
    assert plane.epsg == epsg
    assert (plane.easting, plane.northing) == pytest.approx(kruger(lon, lat, meridian), abs=0.001)
    assert geo.from_gauss_kruger(plane.easting, plane.northing, meridian=meridian) == pytest.approx(
        (lon, lat), abs=1e-10
    )


@pytest.mark.parametrize("meridian", [99, 102, 105])
def test_on_the_central_meridian_northing_is_the_arc(meridian):
    plane = geo.gauss_kruger(meridian, 25.0)
    arc = Geod(a=6378137.0, f=1 / 298.257222101).inv(meridian, 0, meridian, 25.0)[2]
    assert (plane.easting, plane.northing) == pytest.approx((500_000, arc), abs=0.001)


def test_a_city_has_one_plane_also_beyond_its_zone():
    plane = geo.gauss_kruger(103.8, 25.5, meridian=102)
    assert (plane.epsg, plane.easting > 650_000) == (4543, True)
    for wrong in (100, 72, 138):
        with pytest.raises(ValueError):
            geo.gauss_kruger(102.7, 25.0, meridian=wrong)


@given(st.floats(97.5, 106.5), st.floats(21.0, 29.5), st.sampled_from([99, 102, 105]))
def test_the_plane_and_back(lon, lat, meridian):
    plane = geo.gauss_kruger(lon, lat, meridian=meridian)
    assert geo.from_gauss_kruger(plane.easting, plane.northing, meridian=meridian) == pytest.approx(
        (lon, lat), abs=1e-9
    )


@pytest.mark.parametrize(
    ("lon", "lat", "said"),
    [
        (25.04, 102.712, "写反"),
        (40.0, 80.0, "写反"),  # a latitude in range, but no place in China looks like that
        (-10.0, 120.0, "写反"),
        (102.7, 120.0, "纬度"),
        (102.7, -90.1, "纬度"),
        (180.1, 25.0, "经度"),
        (math.nan, 25.0, "数字"),
        (102.7, math.inf, "数字"),
        ("102.7", 25.0, "数字"),
        (True, 25.0, "数字"),
        (None, None, "数字"),
    ],
)
def test_what_cannot_be_a_position_is_refused(lon, lat, said):
    with pytest.raises(Refused) as caught:
        geo.check_position(lon, lat)
    assert said in caught.value.sentence
    assert caught.value.field in ("longitude", "latitude")


@pytest.mark.parametrize(
    ("lon", "lat"), [(102.712, 25.04), (0, 0), (-180, -90), (2.35, 48.85), (139.7, 35.7)]
)
def test_a_position_is_taken(lon, lat):
    assert geo.check_position(lon, lat) == (lon, lat)


@pytest.mark.parametrize(
    ("text", "crs"),
    [
        ("GCJ02", Crs.GCJ02),
        ("gcj-02", Crs.GCJ02),
        ("BD-09", Crs.BD09),
        ("EPSG:4490", Crs.CGCS2000),
        (" wgs 84", Crs.WGS84),
    ],
)
def test_a_system_has_several_names(text, crs):
    assert Crs.parse(text) is crs


@pytest.mark.parametrize("text", ["", "EPSG:3857", "火星坐标"])
def test_an_unknown_system_is_refused(text):
    with pytest.raises(Refused) as caught:
        Crs.parse(text)
    assert caught.value.field == "crs"


@given(st.integers(-1_800_000_000, 1_800_000_000))
def test_ten_millionths_of_a_degree_survive(number):
    assert geo.to_e7(geo.from_e7(number)) == number
