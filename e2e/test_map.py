"""The map of cases in a browser: tiles, list, filter, months, measuring."""

from typing import Any

import pytest
from playwright.sync_api import expect

from e2e.conftest import DESK, PHONE, Visit
from xiucheng.cases import cells
from xiucheng.cases.tests.loop import Loop

pytestmark = pytest.mark.browser


@pytest.fixture
def loops(cast: Any, departments: Any, server: str) -> list[Loop]:
    made = [Loop(cast, departments), Loop(cast, departments).dispatched()]
    cells.refresh_open()
    cells.refresh_all()
    cells.refresh_months()
    return made


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_map_and_list_are_one(visit: Visit, loops: list[Loop], size: dict[str, int]) -> None:
    page = visit("/map", who="值班长_五华", size=size)
    page.wait_for_selector("#case-map[data-ready]")
    rows = page.locator("#map-list [data-number]")
    expect(rows).to_have_count(2)
    number = loops[1].row.case_number or ""
    if size == DESK:  # on a phone the whole row opens the case
        rows.filter(has_text=number[-5:]).first.locator(".meta").click()
        expect(page.locator("#map-panel")).to_contain_text(number[-5:])
    page.select_option("select[name=stage]", "handling")
    expect(rows).to_have_count(1)
    assert "stage=handling" in page.url


def test_months_heat_and_measures(visit: Visit, loops: list[Loop]) -> None:
    page = visit("/map", who="值班长_五华", size=DESK)
    page.wait_for_selector("#case-map[data-ready]")
    page.get_by_label("热力").check()
    page.locator("#month").focus()
    page.keyboard.press("ArrowLeft")  # this month
    page.wait_for_function("location.search.includes('since=')")
    expect(page.locator("#map-list [data-number]")).to_have_count(2)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#map-list")).to_contain_text("没有符合条件的案件")
    page.get_by_role("button", name="量距离").click()
    add = page.get_by_role("button", name="在地图中心加一点")
    add.click()
    page.mouse.click(900, 400)
    expect(page.locator("[data-measured]")).to_contain_text("全长")
    page.keyboard.press("Escape")
    expect(page.locator("[data-measured]")).to_have_text("")
