"""A real browser on a real server on the test database. Chromium is the system's; nothing is fetched.

The city, its people and their password are those of `people/tests/city.py`.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from e2e.town import Town, running_town
from xiucheng.conftest import (  # noqa: F401  # the same city as in the rooms' own tests
    cast,
    city,
    departments,
    django_db_setup,
    password_hash,
    quick_hashes,
)
from xiucheng.people.tests.city import PASSWORD, POINTS

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright's loop runs in the thread of the test

expect.set_options(timeout=15_000)  # two cores, all of them busy: slow is not wrong

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# Root needs the first; the second keeps WebGL where there is no graphics card.
FLAGS = ["--no-sandbox", "--enable-unsafe-swiftshader"]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.fail(f"Chromium 不在 {CHROMIUM}：请运行 script/bootstrap，或用 CHROMIUM 指出它的位置。")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def rooms(transactional_db: None, settings: Any, tmp_path: Path) -> None:
    """Committed rows, files of this test only, and no waiting at the doors."""
    settings.MEDIA_ROOT = tmp_path
    settings.RATE_LIMITS = False


@pytest.fixture
def server(rooms: None, city: Any, live_server: Any) -> str:  # noqa: F811
    """The address of the running city."""
    return str(live_server.url)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town of its own, as script/server runs one, for the tests that kill: e2e/town.py."""
    with running_town(tmp_path_factory.mktemp("town")) as running:
        yield running


Visit = Callable[..., Page]


@pytest.fixture
def visit(chromium: Browser, server: str) -> Iterator[Visit]:
    """Open a page: `visit("/desk", who="受理员_五华", size=DESK)`. A console error fails the test."""
    contexts: dict[Any, BrowserContext] = {}
    errors: list[str] = []

    def opened(path: str, *, who: str = "", size: dict[str, int] = PHONE, scripts: bool = True) -> Page:
        key = (who, size["width"], scripts)
        if key not in contexts:
            contexts[key] = context_for(chromium, server, who, size, scripts)
        page = contexts[key].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(server + path)
        return page

    yield opened
    for context in contexts.values():
        context.close()
    assert errors == []


def context_for(
    browser: Browser, server: str, who: str, size: dict[str, int], scripts: bool
) -> BrowserContext:
    lon, lat = POINTS["甲"]
    context = browser.new_context(
        viewport=size,  # type: ignore[arg-type]
        has_touch=size is PHONE,
        java_script_enabled=scripts,
        geolocation={"longitude": lon, "latitude": lat, "accuracy": 12},
        permissions=["geolocation"],
        locale="zh-CN",
    )
    context.set_default_timeout(30_000)
    if who:
        page = context.new_page()
        page.goto(f"{server}/login?next=/desk")
        page.fill("input[name=username]", who)
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit].btn-primary")
        page.wait_for_url("**/desk*")
        page.close()
    return context
