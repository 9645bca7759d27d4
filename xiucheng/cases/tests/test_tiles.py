"""The map's tiles: the counts are what a count gives, a tile shows what the list shows, and nothing of other places."""

import math
from collections import Counter
from datetime import date, timedelta

import mapbox_vector_tile
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from xiucheng.cases import actions, cells
from xiucheng.cases.models import Case, CaseCell
from xiucheng.cases.queries import CaseFilter, tiles
from xiucheng.cases.queries.lists import cases
from xiucheng.cases.rules import cells as grid
from xiucheng.cases.tests.loop import SPOT, Loop, reported
from xiucheng.kernel import stamps
from xiucheng.people.tests.city import PANLONG, POINTS


def tile_of(z: int, spot: tuple[float, float] = SPOT) -> tuple[int, int, int]:
    return (z, *grid.cell(*spot, z))


def decoded(answer) -> dict:
    return mapbox_vector_tile.decode(answer.content) if answer.content else {}


def counted_in(answer) -> int:
    layers = decoded(answer)
    cells_of = layers.get("cells", {}).get("features", ())
    return sum(one["properties"]["n"] for one in cells_of) + len(layers.get("cases", {}).get("features", ()))


@given(st.floats(73, 135), st.floats(18, 53), st.integers(0, 18))
def test_a_position_lies_in_its_tile(lon, lat, z):
    x, y = grid.cell(lon, lat, z)
    west, south, east, north = grid.edges(z, x, y)
    assert west - 1e-9 <= lon <= east + 1e-9 and south - 1e-9 <= lat <= north + 1e-9
    window = grid.window(z, x, y)
    if window.level >= z:
        cell_x, cell_y = grid.cell(lon, lat, window.level)
        assert 0 <= cell_x - window.left < window.side and 0 <= cell_y - window.top < window.side


@pytest.mark.parametrize(
    ("since", "until", "months"),
    [
        (None, date(2026, 10, 31), (0, 202610)),
        (date(2026, 2, 1), None, (202602, 202611)),
        (date(2026, 2, 1), date(2026, 2, 27), None),
        (date(2026, 11, 1), date(2026, 12, 31), (202611, 202612)),
    ],
)
def test_only_whole_months_are_counted_before(since, until, months):
    assert tiles.whole_months(since, until, date(2026, 11, 24)) == months


@pytest.fixture
def loops(cast, departments):
    """Three in 五华: two open, one closed; the counts are fresh."""
    made = [Loop(cast, departments), Loop(cast, departments).dispatched(), Loop(cast, departments).closed()]
    refresh()
    return made


def refresh() -> None:
    cells.refresh_open()
    cells.refresh_all()
    cells.refresh_months()


def by_hand(rows, level: int) -> Counter:
    found: Counter = Counter()
    for row in rows:
        found[grid.cell(row.lon_e7 / 1e7, row.lat_e7 / 1e7, level)] += 1
    return found


@pytest.mark.parametrize("level", [grid.COARSEST, 17, grid.FINEST])
def test_the_counts_are_what_counting_gives(loops, level):
    for layer, rows in (("open", Case.unscoped.open()), ("all", Case.unscoped.all())):
        kept: Counter[tuple[int, int]] = Counter()
        for cell in CaseCell.objects.filter(layer=layer, level=level).exclude(place__startswith="~"):
            kept[cell.x, cell.y] += cell.n
        assert kept == by_hand(rows, level)


def test_a_refresh_follows_what_happened_and_writes_nothing_else(loops, cast):
    actions.accept(case_id=loops[0].id, by=cast["受理员_五华"])
    actions.decline(case_id=loops[0].id, by=cast["值班长_五华"], note="不属实")
    with CaptureQueriesContext(connection) as captured:
        refresh()
    assert len([one for one in captured if "INSERT" in one["sql"]]) == 3
    assert {c.n for c in CaseCell.objects.filter(layer="open")} == {1}
    assert {c.n for c in CaseCell.objects.filter(layer="all")} == {3}
    Case.unscoped.filter(pk=loops[1].id).update(due_at=timezone.now() - timedelta(hours=1))
    cells.refresh_open()
    assert {c.late for c in CaseCell.objects.filter(layer="open")} == {1}


@pytest.mark.parametrize("z", [9, 12, 15])
@pytest.mark.parametrize(
    ("asked", "filter"),
    [
        ("", CaseFilter()),
        ("state=open", CaseFilter(open=True)),
        ("state=ended", CaseFilter(open=False)),
        ("state=open&q=垃圾", CaseFilter(open=True, words="垃圾")),
        ("stage=handling", CaseFilter(stage="handling")),
        (
            f"since={timezone.localdate().replace(day=1)}",
            CaseFilter(since=timezone.localdate().replace(day=1)),
        ),
    ],
)
def test_a_tile_shows_as_many_as_the_list(loops, page_as, cast, z, asked, filter):
    z, x, y = tile_of(z)
    answer = page_as("值班长_五华").get(f"/tiles/cases/{z}/{x}/{y}.mvt?{asked}")
    assert answer.status_code in (200, 204), answer.content
    assert counted_in(answer) == len(cases(cast["值班长_五华"], filter).rows)
    assert "private" in answer["Cache-Control"]


@pytest.mark.parametrize("z", [9, 12, 15])
@pytest.mark.parametrize("asked", ["", "state=open"])
def test_who_watches_a_county_sees_what_lies_at_its_border(page_as, departments, cast, z, asked):
    """On the side of 五华, near 盘龙: both see it, once; another city does not."""
    lon, lat = POINTS["边界_五华"]
    made = reported(lon=lon, lat=lat)
    assert Case.unscoped.get(number=made.number).near == [PANLONG]
    refresh()
    z, x, y = tile_of(z, POINTS["边界_五华"])
    for who, number in {"派遣员_五华": 1, "派遣员_盘龙": 1, "市派遣员": 1, "派遣员_大理": 0}.items():
        answer = page_as(who).get(f"/tiles/cases/{z}/{x}/{y}.mvt?{asked}")
        assert counted_in(answer) == len(cases(cast[who], CaseFilter()).rows) == number, who


@pytest.mark.parametrize("z", [9, 16])
def test_heat_is_drawn_from_finer_cells(loops, page_as, z):
    z, x, y = tile_of(z)
    layers = decoded(page_as("值班长_五华").get(f"/tiles/cases/{z}/{x}/{y}.mvt?state=open&heat=1"))
    assert set(layers) == {"cells"}
    left, top = grid.exact(*SPOT, z)
    at = layers["cells"]["features"][0]["geometry"]["coordinates"]
    half = 4096 / 2 ** (min(grid.FINEST, z + grid.PER_HEAT) - z) / 2
    assert abs(at[0] - (left - x) * 4096) <= half + 1 and abs(4096 - at[1] - (top - y) * 4096) <= half + 1


def test_near_a_case_is_drawn_with_its_state_where_it_lies(loops, page_as):
    z, x, y = tile_of(16)
    layer = decoded(page_as("值班长_五华").get(f"/tiles/cases/{z}/{x}/{y}.mvt?state=open"))["cases"]
    assert layer["extent"] == 4096 and len(layer["features"]) == 2
    feature = next(f for f in layer["features"] if f["properties"]["id"] == loops[1].row.number)
    assert feature["properties"]["state"] in ("late", "soon", "ok", "wait") and feature["properties"]["label"]
    left, top = grid.exact(*SPOT, z)
    at = feature["geometry"]["coordinates"]
    assert math.isclose(at[0], (left - x) * 4096, abs_tol=1.5)
    assert math.isclose(4096 - at[1], (top - y) * 4096, abs_tol=1.5)  # the decoder turns y upwards


@pytest.mark.parametrize("z", [9, 15])
@pytest.mark.parametrize("asked", ["", "state=open", "state=open&q=垃圾"])
def test_other_places_and_departments_see_nothing(loops, page_as, z, asked):
    z, x, y = tile_of(z)
    for who in ("派遣员_大理", "经办人_市政"):
        answer = page_as(who).get(f"/tiles/cases/{z}/{x}/{y}.mvt?{asked}")
        assert counted_in(answer) == 0, who
    own = page_as("经办人_环卫").get(f"/tiles/cases/{z}/{x}/{y}.mvt?{asked}")
    assert counted_in(own) == len({loop.id for loop in loops[1:]} if not asked else {loops[1].id})
    assert page_as("审计员").get(f"/tiles/cases/{z}/{x}/{y}.mvt").status_code == 403
    assert page_as(None).get(f"/tiles/cases/{z}/{x}/{y}.mvt").status_code in (302, 401)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/tiles/cases/3/9/0.mvt", 404),
        ("/tiles/cases/10/0/0.mvt", 204),
        ("/tiles/cases/10/0/0.mvt?since=2026-13-01", 422),
        ("/tiles/cases/10/0/0.mvt?stage=nowhere", 422),
        ("/map/list?bbox=1,2,3", 422),
        ("/map/list?bbox=103,25,102,26", 422),
        ("/map?since=x", 422),
    ],
)
def test_what_cannot_be_is_refused(page_as, address, status):
    assert page_as("值班长_五华").get(address).status_code == status


def test_the_list_is_what_lies_on_the_map(loops, page_as):
    lon, lat = SPOT
    browser = page_as("值班长_五华")
    here = browser.get(f"/map/list?state=open&bbox={lon - 0.01},{lat - 0.01},{lon + 0.01},{lat + 0.01}")
    assert here.content.decode().count("data-number") == 2
    wide = browser.get(f"/map/list?bbox={lon - 1},{lat - 1},{lon + 1},{lat + 1}").content.decode()
    assert wide.count("data-number") == 3
    away = browser.get(f"/map/list?bbox={lon + 0.1},{lat},{lon + 0.2},{lat + 0.1}").content.decode()
    assert "没有符合条件的案件" in away


def test_a_tile_costs_the_same_however_many_cases(cast, departments, page_as):
    browser, costs = page_as("值班长_五华"), []
    for _turn in range(2):
        for _more in range(3):
            Loop(cast, departments)
        refresh()
        for z in (10, 15):
            z, x, y = tile_of(z)
            browser.get(f"/tiles/cases/{z}/{x}/{y}.mvt?state=open")
            with stamps.held(), CaptureQueriesContext(connection) as captured:
                browser.get(f"/tiles/cases/{z}/{x}/{y}.mvt?state=open")
            costs.append(len(captured))
    assert costs[:2] == costs[2:] and max(costs) <= 8, costs


def test_the_page_opens_on_the_posts_own_place(page_as):
    text = page_as("值班长_五华").get("/map").content.decode()
    assert 'id="map-view"' in text and "data-map-page" in text and 'value="open" selected' in text
