"""Tiles through the door: decoded by another library, cached, refused beyond their limits."""

import math

import mapbox_vector_tile  # type: ignore[import-untyped]
import pytest

from xiucheng.territory.tests.conftest import A_EAST

pytestmark = pytest.mark.urls("xiucheng.territory.urls")


def number(lon, lat, z):
    """The tile that holds a point (web mercator, WGS 84)."""
    n = 2**z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return int((lon + 180) / 360 * n), int(y * n)


def degrees(point, z, x, y):
    """Where a decoded tile point (origin at the lower left, 4096 wide) lies."""
    n = 2**z
    across = (x + point[0] / 4096) / n
    down = (y + 1 - point[1] / 4096) / n
    return across * 360 - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * down))))


def fetch(client, lon, lat, z, **headers):
    x, y = number(lon, lat, z)
    return client.get(f"/tiles/ground/{z}/{x}/{y}.mvt", **headers), x, y


@pytest.mark.parametrize(
    ("z", "layers"),
    [
        (6, {"counties"}),
        (9, {"counties", "townships"}),
        (12, {"counties", "townships", "communities", "streets"}),
        (14, {"counties", "townships", "communities", "streets", "grids"}),
        (18, {"counties", "townships", "communities", "streets", "grids"}),
    ],
)
def test_layers_appear_where_they_can_be_read(client, squares, z, layers):
    response, _x, _y = fetch(client, 100.0985, 25.001, z)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/vnd.mapbox-vector-tile"
    decoded = mapbox_vector_tile.decode(response.content)
    assert set(decoded) - {"names"} == layers  # a name stands in one tile only
    for layer in decoded.values():
        assert layer["extent"] == 4096
        for feature in layer["features"]:
            assert isinstance(feature["properties"]["synthetic"], bool)


def test_a_name_is_written_once_however_many_tiles_a_division_spans(client, squares):
    """The squares lie around 100.1 E 25.0 N: at zoom 16 over many tiles."""
    west, north = number(100.05, 25.05, 16)
    east, south = number(100.15, 24.95, 16)
    written: dict[tuple[int, str], int] = {}
    for x in range(west, east + 1):
        for y in range(north, south + 1):
            response = client.get(f"/tiles/ground/16/{x}/{y}.mvt")
            layer = mapbox_vector_tile.decode(response.content).get("names") if response.content else None
            for feature in layer["features"] if layer else ():
                key = (feature["properties"]["level"], feature["properties"]["name"])
                written[key] = written.get(key, 0) + 1
    assert written and set(written.values()) == {1}


def test_a_grid_is_drawn_where_it_lies(client, squares):
    response, x, y = fetch(client, 100.0995, 25.0005, 16)
    layer = mapbox_vector_tile.decode(response.content)["grids"]
    (grid,) = [f for f in layer["features"] if f["properties"]["code"] == f"{A_EAST}004"]
    assert grid["properties"] == {"code": f"{A_EAST}004", "grade": "A", "synthetic": True}
    ring = grid["geometry"]["coordinates"][0]
    lons, lats = zip(*(degrees(point, 16, x, y) for point in ring), strict=True)
    # one step of the tile's raster at this zoom is 1.3e-6 degree
    assert (min(lons), max(lons)) == pytest.approx((100.099, 100.1), abs=2e-6)
    assert (min(lats), max(lats)) == pytest.approx((25.0, 25.001), abs=2e-6)


def test_properties_of_divisions_and_streets(client, squares):
    response, _x, _y = fetch(client, 100.0985, 25.001, 14)
    decoded = mapbox_vector_tile.decode(response.content)
    named = {
        layer: {f["properties"]["name"] for f in decoded[layer]["features"]}
        for layer in decoded
        if layer != "grids"
    }
    assert {"甲区", "乙区"} >= named["counties"]
    assert "南街道" in named["townships"]
    assert "东社区" in named["communities"]
    assert named["streets"] == {"翠屏东路", "槐井巷"}
    flags = {
        f["properties"]["name"]: f["properties"]["synthetic"] for f in decoded["communities"]["features"]
    }
    assert flags["东社区"] is True
    assert decoded["counties"]["features"][0]["properties"]["synthetic"] is False


def test_an_inactive_county_is_not_drawn(client, squares):
    response, _x, _y = fetch(client, 100.25, 25.05, 14)
    assert response.status_code == 204


def test_an_empty_tile_is_204_and_cacheable(client, squares):
    response, _x, _y = fetch(client, 10.0, 10.0, 12)
    assert (response.status_code, response.content) == (204, b"")
    assert response["Cache-Control"] == "public, max-age=3600"


def test_a_caller_who_has_the_tile_gets_304_until_it_changes(client, squares):
    first, _x, _y = fetch(client, 100.0995, 25.0005, 15)
    again, _x, _y = fetch(client, 100.0995, 25.0005, 15, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    squares.grids.first().delete()
    changed, _x, _y = fetch(client, 100.0995, 25.0005, 15, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


@pytest.mark.parametrize("path", ["19/0/0", "3/8/0", "3/0/8", "0/1/0", "99/0/0", f"18/{2**40}/0"])
def test_a_tile_that_cannot_exist(client, db, path):
    response = client.get(f"/tiles/ground/{path}.mvt")
    assert response.status_code == 404
    assert "没有这个地图瓦片" in response.content.decode()


def test_only_reading(client, db):
    assert client.post("/tiles/ground/0/0/0.mvt").status_code == 405


def test_one_statement(client, squares, django_assert_num_queries):
    with django_assert_num_queries(1):
        fetch(client, 100.0995, 25.0005, 15)
