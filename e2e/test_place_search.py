"""The field that finds a place, on the report page: by keys, by mouse, with late answers, without scripts."""

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from e2e.conftest import DESK, Visit
from xiucheng.cases.models import Case
from xiucheng.territory import actions
from xiucheng.territory.addresses import derived

pytestmark = pytest.mark.browser

DATA = """类别,名称,街巷,门牌号,经度,纬度
门牌,,人民路,1号,102.7001,25.0415
门牌,,人民路,5号,102.7025,25.0415
标志物,双塔,,,102.7005,25.0405
店铺,双塔超市,人民路,3号,102.7015,25.0415
"""


@pytest.fixture
def addresses(chromium: Any, rooms: None, city: Any) -> None:
    """Named after `chromium`: the browser's loop has to run before the database is set up, as in all tests here."""
    derived.refresh_divisions()
    actions.import_addresses_now(data=DATA.encode(), crs="CGCS2000", source="测试")


def field(page: Page) -> Any:
    page.wait_for_selector("#report-form[data-ready]")
    return page.get_by_role("combobox", name="地点怎么说")


def options(page: Page) -> Locator:
    return page.locator(".place-list:visible [role=option]")


def test_a_place_is_chosen_by_keys_and_puts_the_pin(visit: Visit, addresses: None) -> None:
    page = visit("/report")
    box = field(page)
    box.press_sequentially("人民路3号")
    found = options(page)
    expect(found.first).to_contain_text("人民路3号")
    expect(found.first).to_contain_text("推算")
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    expect(found.first).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == found.first.get_attribute("id")
    box.press("Enter")
    expect(box).to_have_value("人民路3号")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(page.locator("[data-place-says]")).to_contain_text("华山街道")
    assert float(page.locator("[name=longitude]").input_value()) == pytest.approx(102.7013)
    page.fill("#description", "路灯不亮")
    page.click("[data-submit]")
    page.wait_for_url("**/report/done/*")
    case = Case.unscoped.get()
    assert (case.address, case.unit_grid) == ("人民路3号", "530102001001002")


def test_escape_closes_and_keeps_the_words(visit: Visit, addresses: None) -> None:
    page = visit("/report")
    box = field(page)
    box.press_sequentially("双塔")
    expect(options(page)).to_have_count(2)
    box.press("ArrowUp")
    expect(options(page).last).to_have_attribute("aria-selected", "true")
    box.press("Escape")
    expect(page.locator(".place-list:visible")).to_have_count(0)
    expect(box).to_have_value("双塔")
    assert page.locator("[name=longitude]").input_value() == ""


def test_a_place_is_chosen_by_mouse(visit: Visit, addresses: None) -> None:
    page = visit("/report", size=DESK)
    box = field(page)
    box.press_sequentially("renminlu1")
    options(page).filter(has_text="人民路1号").click()
    expect(box).to_have_value("人民路1号")
    expect(page.locator(".place-list:visible")).to_have_count(0)


def test_what_is_not_found_is_said_and_no_hindrance(visit: Visit, addresses: None) -> None:
    page = visit("/report")
    box = field(page)
    box.press_sequentially("没有这个地方的")
    expect(page.get_by_text("没有找到这个地点，照样可以提交")).to_be_attached()
    expect(page.locator(".place-list:visible")).to_have_count(0)


def test_a_late_answer_is_dropped(visit: Visit, addresses: None) -> None:
    page = visit("/report")
    box = field(page)
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "q=%E5%8F%8C%E5%A1%94&" in f"{route.request.url}&":
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/v1/places?q=*", hold)
    box.press_sequentially("双塔")
    page.wait_for_timeout(400)
    box.press_sequentially("超市")
    expect(options(page).first).to_contain_text("双塔超市")
    for route in held:
        route.fulfill(status=200, content_type="application/json", body=json.dumps([]))
    page.wait_for_timeout(200)
    expect(options(page).first).to_contain_text("双塔超市")


def test_without_scripts_the_words_are_sent_as_they_are(visit: Visit, addresses: None) -> None:
    page = visit("/report", scripts=False)
    expect(page.locator("#address")).to_be_visible()
    page.fill("#address", "双塔旁边")
    expect(page.locator("[role=listbox]")).to_have_count(0)
    assert page.locator("#address").input_value() == "双塔旁边"
