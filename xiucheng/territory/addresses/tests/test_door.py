"""The public door: places by words, beside what stands at a point."""

import pytest

from xiucheng.people.tests.city import POINTS
from xiucheng.territory import actions
from xiucheng.territory.addresses import derived

DATA = """类别,名称,街巷,门牌号,经度,纬度
门牌,,人民路,1号,102.700,25.041
门牌,,人民路,5号,102.702,25.041
标志物,双塔,,,102.709,25.041
店铺,双塔超市,人民路,3号,102.690,25.041
店铺,双塔超市,青年路,3号,102.715,25.041
"""


@pytest.fixture
def addresses(city):
    derived.refresh_divisions()
    actions.import_addresses_now(data=DATA.encode(), crs="CGCS2000", source="测试")


def test_places_by_words(api, addresses):
    body = api.get("/api/v1/places", {"q": "人民路3号"}).json()
    assert body[0] == {
        "kind": "door",
        "kind_name": "门牌",
        "name": "人民路3号",
        "detail": "五华区华山街道翠湖西路社区",
        "lon": 102.701,
        "lat": 25.041,
        "exact": False,
        "why": "没有 3 号的记录，按 1 号和 5 号之间推算",
    }


def test_near_decides_among_equals(api, addresses):
    west = api.get("/api/v1/places", {"q": "双塔超市", "near": "102.69,25.04"}).json()
    east = api.get("/api/v1/places", {"q": "双塔超市", "near": "102.72,25.04"}).json()
    assert [row["lon"] for row in west[:2]] == [102.690, 102.715]
    assert [row["lon"] for row in east[:2]] == [102.715, 102.690]


def test_limit_and_nothing(api, addresses):
    assert len(api.get("/api/v1/places", {"q": "双塔", "limit": 1}).json()) == 1
    assert api.get("/api/v1/places", {"q": "没有这个地方的"}).json() == []
    assert api.get("/api/v1/places", {"q": "双"}).json() == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "longitude"),
        ({"q": "  "}, "longitude"),
        ({"q": "双塔", "near": "here"}, "near"),
        ({"q": "双塔", "near": "25.04,102.7"}, "latitude"),
        ({"q": "双塔", "limit": 0}, "limit"),
        ({"q": "双" * 101}, "q"),
    ],
)
def test_a_question_that_is_none(api, addresses, query, field):
    response = api.get("/api/v1/places", query)
    assert response.status_code == 422, response.content
    assert response.json()["errors"][0]["field"] == field


def test_a_point_is_still_placed(api, addresses):
    lon, lat = POINTS["甲"]
    assert api.get("/api/v1/places", {"longitude": lon, "latitude": lat}).json()["county"] == "530102"


def test_the_door_has_a_limit(api, addresses, settings):
    settings.RATE_LIMITS = True
    from xiucheng.kernel import settings as city_settings

    city_settings.set_value(key="rate.public.address", value="2", by="test")
    codes = [api.get("/api/v1/places", {"q": "双塔"}).status_code for _ in range(4)]
    assert 429 in codes
    assert codes[0] == 200
