"""Covering parts of photos and words before anybody sees them: the citizen's way and the call-taker's."""

from typing import Any

import pytest
from playwright.sync_api import expect

from e2e.conftest import DESK, Visit
from e2e.test_public import fill
from xiucheng.cases.models import Case, CaseFile
from xiucheng.cases.tests.loop import Loop, photo

pytestmark = pytest.mark.browser


def test_a_reporter_covers_a_part_and_chooses_the_words(visit: Visit) -> None:
    page = visit("/report")
    fill(page)
    page.fill("#description", "云A12345 堵着消防通道，我电话13812345678")
    page.locator(".photos .cover").click()
    dialog = page.locator("dialog.redact-dialog")
    dialog.get_by_role("button", name="遮住一块").click()
    box = dialog.locator(".redact-box")
    expect(box).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowRight")
    dialog.get_by_role("button", name="好了").click()
    expect(page.locator(".photos .cover")).to_have_text("已遮 1 处")
    page.get_by_text("公众会看到什么").click()
    expect(page.locator("#public_words")).to_have_value("云A***45 堵着消防通道，我电话138****5678")
    page.fill("#public_words", "消防通道被堵")
    page.click("[data-submit]")
    page.wait_for_url("**/report/done/*")
    case = Case.unscoped.get()
    assert case.wished_words == "消防通道被堵"
    assert CaseFile.unscoped.get(case=case.pk).shown is not None


def test_staff_see_what_the_public_will_see_and_cover_more(visit: Visit, cast: Any, departments: Any) -> None:
    loop = Loop(cast, departments, photos=[photo(210)])
    page = visit(f"/cases/{loop.received.number}/release", who="受理员_五华", size=DESK)
    page.locator("input[name=files]").check()
    layer = page.locator(".redact-layer")
    layer.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.redact-frame img').complete")
    place = layer.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 3, place["y"] + 3)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.mouse.up()
    expect(page.locator(".redact-box")).to_have_count(1)
    page.locator(".action-form button[type=submit]").click()
    expect(page.locator(".messages")).to_contain_text("已办理：公开审核")
    row = CaseFile.unscoped.get(case=loop.id, purpose="report")
    assert row.released and row.shown is not None
