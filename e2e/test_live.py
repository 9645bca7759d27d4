"""Two people at two browsers, the processes of script/server: what one does the other sees without asking."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect

from e2e.conftest import DESK
from e2e.town import Town, end, report, until


@pytest.fixture(scope="module")
def lively(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town with its stream."""
    town = Town(tmp_path_factory.mktemp("lively"))
    try:
        town.found()
        town.start_live()
        town.start_web()
        yield town
    finally:
        town.end()


@pytest.fixture
def desk_of(lively: Town, chromium: Browser) -> Iterator[Any]:
    """Sign in somebody of the cast and open a page; a console error fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opened(name: str, path: str = "/desk", context: BrowserContext | None = None) -> Page:
        if context is None:
            context = chromium.new_context(viewport=DESK, locale="zh-CN")  # type: ignore[arg-type]
            context.set_default_timeout(30_000)
            contexts.append(context)
            page = context.new_page()
            page.goto(f"{lively.base}/login?next={path}")
            page.fill("input[name=username]", name)
            page.fill("input[name=password]", lively.names["password"])
            page.click("main button[type=submit], main button.btn-primary")
            page.wait_for_url(f"**{path}*")
        else:
            page = context.new_page()
            page.goto(lively.base + path)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda said: errors.append(f"{said.text} {said.location}") if said.type == "error" else None,
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    # Whoever is signed out while the page asks for news is told so: that is an answer, not a fault.
    assert [said for said in errors if "status of 401" not in said or "/desk/tabs" not in said] == []


def listens(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-live", "on")


def send(town: Town, **changes: Any) -> str:
    answer = requests.post(f"{town.base}/api/v1/reports", json=report(**changes), timeout=30)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


def test_a_report_appears_on_the_others_desk_without_reload(lively: Town, desk_of: Any) -> None:
    page = desk_of("受理员_五华")
    listens(page)
    page.evaluate("() => { window.notReloaded = true; }")
    number = send(lively)
    expect(page.locator(f'[data-row="{number}"]')).to_be_visible()
    expect(page.locator(".toast-card").first).to_contain_text("有新的上报等待受理。")
    expect(page.locator("#unread")).to_contain_text("1")
    expect(page.locator(".tabs [aria-current=page] .count")).to_have_text("1")
    assert page.evaluate("() => window.notReloaded === true")


def test_what_one_does_another_sees_on_the_case_he_has_open(lively: Town, desk_of: Any) -> None:
    number = send(lively, description="井盖没了")
    shown = desk_of("值班长_五华", f"/cases/{number}")
    listens(shown)
    expect(shown.locator(".case-head")).to_contain_text("待受理")
    lively.as_("受理员_五华").post(f"/api/v1/cases/{number}/accept", json={}).raise_for_status()
    expect(shown.locator(".case-head")).to_contain_text("待立案")
    expect(shown.locator(".timeline")).to_contain_text("受理")


def test_what_somebody_is_writing_is_not_taken_away(lively: Town, desk_of: Any) -> None:
    number = send(lively, description="树倒了")
    shown = desk_of("受理员_五华", f"/cases/{number}")
    listens(shown)
    shown.locator(".case-actions a", has_text="备注").click()
    note = shown.locator("#step-form textarea")
    note.fill("写到一半")
    lively.as_("受理员_五华").post(f"/api/v1/cases/{number}/accept", json={}).raise_for_status()
    expect(shown.locator(".toast-card", has_text="这个案件有变化")).to_be_visible()
    expect(note).to_have_value("写到一半")


def test_one_stream_serves_all_tabs_of_a_browser(lively: Town, desk_of: Any) -> None:
    first = desk_of("派遣员_五华")
    listens(first)
    pages = int(healthz(lively)["pages"])
    second = desk_of("派遣员_五华", "/messages", first.context)
    expect(second.locator("#live")).to_be_attached()
    second.wait_for_timeout(1500)
    assert healthz(lively)["pages"] == pages
    number = send(lively, description="路灯不亮")
    dispatcher = lively.as_("受理员_五华")
    dispatcher.post(f"/api/v1/cases/{number}/accept", json={}).raise_for_status()
    first.close()  # the other tab takes over
    until(lambda: second.locator("html").get_attribute("data-live") == "on")


def test_signing_out_elsewhere_ends_the_stream(lively: Town, desk_of: Any) -> None:
    page = desk_of("领导_五华")
    listens(page)
    lively.forget_sessions("领导_五华")
    expect(page.locator("html")).to_have_attribute("data-live", "over", timeout=20_000)


def test_without_the_stream_the_page_works_and_finds_it_again(lively: Town, chromium: Browser) -> None:
    """The process falls and comes back: nobody is alarmed, the page hears again."""
    context = chromium.new_context(viewport=DESK, locale="zh-CN")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{lively.base}/login?next=/desk")
    page.fill("input[name=username]", "考评员_五华")
    page.fill("input[name=password]", lively.names["password"])
    page.click("main button[type=submit], main button.btn-primary")
    listens(page)
    port = lively.env["XIUCHENG_LIVE_PORT"]
    end(lively.live)
    expect(page.locator("html")).to_have_attribute("data-live", "off")
    expect(page.locator("#offline")).to_be_hidden()
    number = send(lively, description="没有人听见")
    lively.start_live(port=int(port))
    expect(page.locator("html")).to_have_attribute("data-live", "on", timeout=60_000)
    expect(page.locator(f'[data-row="{number}"]')).to_be_visible(
        timeout=20_000
    )  # what was missed is made up for
    context.close()


def healthz(town: Town) -> dict[str, Any]:
    said: dict[str, Any] = requests.get(
        f"http://127.0.0.1:{town.env['XIUCHENG_LIVE_PORT']}/healthz", timeout=5
    ).json()
    return said
