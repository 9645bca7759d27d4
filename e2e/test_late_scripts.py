"""Scripts that come late, on a slow network or a busy machine: what a person did before them counts."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from e2e.conftest import DESK, PHONE, context_for
from e2e.test_public import WORDS, photo_file

pytestmark = pytest.mark.browser


class Late:
    """A browser that gets the scripts named only when `come()` is called."""

    def __init__(self, context: BrowserContext, pattern: str | re.Pattern[str]) -> None:
        self.held: list[Route] | None = []
        self.page = context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.route(pattern, self.hold)

    def hold(self, route: Route) -> None:
        if self.held is None:
            route.continue_()
        else:
            self.held.append(route)

    def wait(self) -> None:
        """Until one of the scripts has been asked for."""
        for _turn in range(300):
            if self.held:
                return
            self.page.wait_for_timeout(50)
        pytest.fail("没有截住任何脚本")

    def come(self) -> None:
        self.wait()
        held, self.held = self.held or [], None
        for route in held:
            route.continue_()


@pytest.fixture
def late(chromium: Browser, server: str) -> Iterator[Any]:
    opened: list[Late] = []

    def opens(path: str, pattern: str | re.Pattern[str], who: str = "", size: dict[str, int] = PHONE) -> Late:
        one = Late(context_for(chromium, server, who, size, True), pattern)
        opened.append(one)
        one.page.goto(server + path, wait_until="commit")
        return one

    yield opens
    for one in opened:
        one.page.context.close()
        assert one.errors == []


def test_the_phone_is_located_before_the_map_is_there(late: Any) -> None:
    slow = late("/report", re.compile(r"/assets/map-(?!style|page)"))
    slow.page.wait_for_selector("#report-form[data-ready]")
    slow.page.locator("xc-map").scroll_into_view_if_needed()
    slow.wait()
    slow.page.click("[data-phone]")
    expect(slow.page.locator("[data-place-says]")).to_contain_text("手机定位 ± 12 m")
    slow.come()
    expect(slow.page.locator(".xc-pin")).to_be_visible()


def test_a_report_begun_before_its_script_is_kept(late: Any) -> None:
    slow = late("/report", "**/assets/report-*.js")
    slow.page.fill("#description", WORDS)
    slow.page.set_input_files("input[name=photos]", photo_file())
    slow.come()
    expect(slow.page.locator(".photos img")).to_have_count(1)
    slow.page.wait_for_selector("#report-form[data-saved]")
    slow.page.reload()
    expect(slow.page.locator("#description")).to_have_value(WORDS)
    expect(slow.page.locator(".photos img")).to_have_count(1)


def test_a_call_taken_before_its_script_is_answered_beside(late: Any) -> None:
    slow = late("/intake/new", "**/assets/intake-*.js", "受理员_五华", DESK)
    slow.page.fill("[name=description]", WORDS)
    slow.come()
    expect(slow.page.locator("#intake-beside [data-category]").first).to_be_visible()


def test_a_password_typed_before_its_rules_is_marked(late: Any) -> None:
    slow = late("/password", "**/assets/password-*.js", "受理员_五华", DESK)
    slow.page.fill("input[name=new_password]", "短")
    slow.come()
    expect(slow.page.locator("li[data-rule=length]")).to_have_attribute("data-state", "unmet")
