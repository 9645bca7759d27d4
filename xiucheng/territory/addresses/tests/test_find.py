"""The search on PostgreSQL: what is found first, where it stands, how exact it is, in how many statements."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from xiucheng.territory import actions
from xiucheng.territory.addresses.models import AddressName, AddressPoint
from xiucheng.territory.addresses.rules.kinds import Kind
from xiucheng.territory.addresses.rules.naming import Written
from xiucheng.territory.addresses.tests.conftest import STREETS, stored, written
from xiucheng.territory.queries import find_place


@pytest.mark.parametrize(
    ("typed", "kind", "name", "exact"),
    [
        ("人民路", "street", "人民路", True),
        ("人民路12号", "door", "人民路12号", True),
        ("人民路一百二十二号", "door", "人民路122号", True),
        ("甲区人民路１２号", "door", "人民路12号", True),
        ("某市甲区南街道西社区人民路12号", "door", "人民路12号", True),
        ("人民路123号", "door", "人民路123号", False),
        ("人民路999号", "door", "人民路199号", False),
        ("北京路5号", "street", "北京路", False),
        ("槐井1巷", "street", "槐井一巷", True),
        ("121大街", "street", "一二一大街", True),
        ("翠湖花园", "estate", "翠湖花园小区", True),
        ("翠湖花园3栋", "building", "翠湖花园小区3栋", True),
        ("翠湖花园小区3号楼1单元", "building", "翠湖花园小区3栋1单元", True),
        ("翠湖花园小区3栋2单元", "building", "翠湖花园小区3栋", False),
        ("市政府", "unit", "某市人民政府", True),
        ("市一院", "landmark", "某市第一人民医院", True),
        ("红会医院", "landmark", "某市第一人民医院", True),
        ("沃尔玛", "shop", "沃尔玛超市", True),
        ("灯杆 0123", "component", "灯杆 DG-0123", True),
        ("DG-0123", "component", "灯杆 DG-0123", True),
        ("人民路路灯123", "component", "灯杆 DG-0123", True),
        ("人民路与北京路交叉口", "crossing", "人民路与北京路路口", True),
        ("北京路 人民路 路口", "crossing", "人民路与北京路路口", True),
        ("人民路槐井一巷", "crossing", "人民路与槐井一巷路口", True),
        ("renminlu", "street", "人民路", True),
        ("renminlu12", "door", "人民路12号", True),
        ("chongqinglu", "street", "重庆路", True),
        ("rml", "street", "人民路", True),
        ("chhy", "estate", "翠湖花园小区", False),
        ("人名路", "street", "人民路", False),
        ("人民璐12号", "door", "人民路12号", False),
        ("翠胡花园", "estate", "翠湖花园小区", False),
        ("翠发花园", "estate", "翠湖花园小区", False),
        ("米线店", "shop", "老周米线店", True),
        ("renmnlu", "street", "人民路", False),
        ("rneminlu", "street", "人民路", False),
        ("南街道", "division", "南街道", True),
        ("河滨路1号", "door", "河滨路1号", True),
    ],
)
def test_found_first(town, typed, kind, name, exact):
    first = find_place(typed)[0]
    assert (first.kind, first.name, first.exact) == (kind, name, exact), first
    assert first.why


@pytest.mark.parametrize(
    "typed", ["", "人", "  ", "12", "％", "不存在的地名处", "zzzzzzz", "灯杆9999", "\x00", "路" * 500]
)
def test_nothing_is_made_up(town, typed):
    assert find_place(typed) == []


def test_a_missing_number_stands_between_its_neighbours_on_its_side(town):
    (first, *_rest) = find_place("人民路123号")
    assert first.lon == pytest.approx(100 + 123 / 2000)
    assert first.lat == pytest.approx(25.01)
    assert first.why == "没有 123 号的记录，按 119 号和 125 号之间推算"


def test_the_crossing_stands_where_the_lines_meet(town):
    (first, *_rest) = find_place("人民路与北京路交叉口")
    assert (first.lon, first.lat) == (pytest.approx(100.05), pytest.approx(25.01))
    # a lane that ends 11 m short of the main street meets it too
    assert find_place("槐井一巷与人民路路口")[0].lat == pytest.approx(25.0099, abs=2e-4)


def test_streets_that_do_not_meet_are_said_so(town):
    found = find_place("人民路与重庆路路口")
    assert [(place.kind, place.exact) for place in found[:2]] == [("street", False), ("street", False)]
    assert "没有查到这两条路的路口" in found[0].why


def test_what_is_near_comes_first(town):
    south, north = find_place("沃尔玛", near=(100.05, 25.01)), find_place("沃尔玛", near=(100.05, 25.06))
    assert [place.lat for place in south[:2]] == [25.0102, 25.06]
    assert [place.lat for place in north[:2]] == [25.06, 25.0102]
    assert south[0].detail == "甲区南街道西社区人民路100号"


def test_only_in_the_counties_asked_for(town):
    assert find_place("河滨路", county_codes=["530901"]) == []
    assert find_place("河滨路", county_codes=["530902"])[0].name == "河滨路"
    assert find_place("人民路12号", county_codes=["530902"]) == []


def test_a_street_of_two_counties_is_told_apart_by_the_county_named(town):
    stored([Written(Kind.DOOR, street="人民路", number="12", lon=100.15, lat=25.02)])
    assert {place.lon for place in find_place("人民路12号")} == {100.006, 100.15}
    assert find_place("乙区人民路12号")[0].lon == 100.15
    assert find_place("甲区人民路12号")[0].lon == 100.006


def test_only_addresses_of_the_day_count(town):
    stored(
        [
            Written(
                Kind.SHOP,
                name="旧货市场",
                lon=100.01,
                lat=25.02,
                valid_from=date(2020, 1, 1),
                valid_to=date(2026, 1, 1),
            )
        ]
    )
    assert [place.name for place in find_place("旧货市场", on=date(2025, 6, 1)) if place.exact] == [
        "旧货市场"
    ]
    assert find_place("旧货市场", on=date(2026, 1, 1)) == []
    assert find_place("旧货市场", on=date(2019, 1, 1)) == []


@pytest.mark.parametrize(
    ("typed", "most"),
    [("人民路12号", 3), ("rml", 3), ("人名路", 4), ("人民路与北京路", 3), ("不存在的地名处", 2)],
)
def test_few_statements_however_many_rows(town, typed, most):
    with CaptureQueriesContext(
        connection,
    ) as statements:
        find_place(typed)
    assert len(statements) <= most, [one["sql"][:80] for one in statements]


def test_new_streets_replace_the_old_ones_and_doors_stay(town):
    before = AddressPoint.objects.filter(origin="imported").count()
    actions.load_streets(rows=[*STREETS[1:]])
    assert AddressPoint.objects.filter(origin="imported").count() == before
    assert not AddressPoint.objects.filter(kind="crossing", name__contains="人民路").exists()
    assert find_place("人民路12号")[0].exact
    assert find_place("人民路")[0].exact is False  # doors, but no centre line any more
    actions.load_streets(rows=[])
    assert not AddressName.objects.filter(name="重庆路").exists()


def test_the_same_rows_again_change_nothing(town):
    before = AddressPoint.objects.count()
    assert stored(written()) == (0, len(written()))
    assert AddressPoint.objects.count() == before
    assert AddressName.objects.filter(normal="人民路", base=None).count() == 1
