"""Places, divisions, categories, filing conditions: public knowledge."""

import pytest

from xiucheng.people.tests.city import POINTS


def test_a_point_is_placed_and_named(api, city):
    lon, lat = POINTS["甲"]
    body = api.get("/api/v1/places", {"longitude": lon, "latitude": lat}).json()
    assert (body["county"], body["township"], body["community"], body["unit_grid"], body["near"]) == (
        "530102",
        "530102001",
        "530102001001",
        "530102001001001",
        [],
    )
    assert [row["name"] for row in body["names"]][-2:] == ["华山街道", "翠湖西路社区"]


def test_the_other_systems_are_converted(api, city):
    lon, lat = POINTS["边界_五华"]
    own = api.get("/api/v1/places", {"longitude": lon, "latitude": lat, "crs": "WGS84"}).json()
    shifted = api.get("/api/v1/places", {"longitude": lon, "latitude": lat, "crs": "BD09"}).json()
    assert own["near"] == ["530103"]
    assert shifted["unit_grid"] != own["unit_grid"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"longitude": 102.7}, "latitude"),
        ({"longitude": "x", "latitude": 25}, "longitude"),
        ({"longitude": "NaN", "latitude": 25}, "longitude"),
        ({"longitude": 25.04, "latitude": 102.7}, "latitude"),
        ({"longitude": 2.3, "latitude": 48.8}, "longitude"),
        ({"longitude": 1000, "latitude": 25}, "longitude"),
        ({"longitude": 102.7, "latitude": 25.04, "crs": "EPSG:4326"}, "crs"),
    ],
)
def test_an_impossible_point_is_422(api, city, query, field):
    response = api.get("/api/v1/places", query)
    assert response.status_code == 422, response.content
    assert response.json()["errors"][0]["field"] == field


def test_divisions_step_by_step(api, city):
    assert [row["code"] for row in api.get("/api/v1/divisions").json()] == ["530102", "530103"]
    below = api.get("/api/v1/divisions", {"parent": "530102"}).json()
    assert [row["name"] for row in below] == ["华山街道", "护国街道"]
    assert api.get("/api/v1/divisions", {"parent": "53010"}).status_code == 422
    assert api.get("/api/v1/divisions", {"parent": "999999"}).json() == []


def test_categories_of_the_standard_in_force(api):
    rows = api.get("/api/v1/categories", {"kind": "matter"}).json()
    assert {row["standard"] for row in rows} <= {"GB/T 47678.5-2026", "LOCAL"} or len(rows) > 100
    keys = {row["short"] for row in rows}
    assert "matter/06001" in keys
    assert api.get("/api/v1/categories", {"kind": "thing"}).status_code == 422
    old = api.get("/api/v1/categories", {"standard": "GB/T 30428.2-2013", "kind": "matter"}).json()
    assert {row["kind_name"] for row in old} == {"事件"}
    found = api.get("/api/v1/categories", {"words": "路灯"}).json()
    assert found and all("路灯" in row["name"] + row["class_name"] for row in found)


def test_filing_conditions_of_a_category(api):
    rows = api.get("/api/v1/standards", {"category": "matter/06001"}).json()
    assert rows and all(row["unit"] and row["filing_condition"] for row in rows)
    assert api.get("/api/v1/standards", {"category": "06001"}).status_code == 422
