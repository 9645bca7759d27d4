"""The frame of the desks in a browser: the table of keys, single letters switched off, windows, the folded rail."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from e2e.conftest import DESK, PHONE, Visit
from xiucheng.cases.tests.loop import Loop

pytestmark = pytest.mark.browser


@pytest.fixture
def loop(cast: Any, departments: Any, server: str) -> Callable[[], Loop]:
    return lambda: Loop(cast, departments)


def test_the_question_mark_lists_the_keys_of_this_page(visit: Visit, loop: Callable[[], Loop]) -> None:
    case = loop()
    page = visit(f"/cases/{case.received.number}", who="受理员_五华", size=DESK)
    page.keyboard.press("?")
    window = page.locator("dialog#keys")
    expect(window).to_be_visible()
    expect(window.locator("[data-page-keys]")).to_contain_text("受理")
    expect(window).to_contain_text("待办")
    page.keyboard.press("g")  # the desk is not left while the window is open
    expect(window).to_be_visible()
    page.keyboard.press("Escape")
    expect(window).to_be_hidden()
    page.keyboard.press("a")
    expect(page.locator(".action-form")).to_be_visible()


def test_single_letters_can_be_switched_off(visit: Visit, loop: Callable[[], Loop]) -> None:
    case = loop()
    page = visit(f"/cases/{case.received.number}", who="受理员_五华", size=DESK)
    page.keyboard.press("?")
    page.locator("[data-letters]").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.wait_for_timeout(300)
    expect(page.locator(".action-form")).to_have_count(0)
    page.reload()
    page.keyboard.press("?")  # still opens, to be switched on again
    expect(page.locator("[data-letters]")).not_to_be_checked()


def test_a_chosen_night_is_there_at_the_first_paint(visit: Visit) -> None:
    page = visit("/desk", who="受理员_五华", size=DESK)
    page.locator(".menu summary").click()
    page.get_by_role("button", name="深色").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    night = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.context.clear_cookies(name="theme")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != night


def test_the_folded_rail_leads_everywhere_on_a_phone(visit: Visit) -> None:
    page = visit("/desk", who="受理员_五华", size=PHONE)
    page.get_by_role("button", name="更多").click()
    sheet = page.locator("#rail-all")
    expect(sheet).to_be_visible()
    sheet.get_by_role("link", name="帮助").click()
    page.wait_for_url("**/help")


def test_the_first_tab_leads_to_the_text(visit: Visit) -> None:
    page = visit("/cases", who="受理员_五华", size=DESK)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
