"""The citizen's pages in a browser: report, draft, border, without scripts, follow, rate, reopen, answer."""

import json
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from e2e.conftest import Visit
from xiucheng.cases import actions, queries
from xiucheng.cases.models import Case
from xiucheng.cases.tests.loop import Loop, jpeg
from xiucheng.cases.words import Step
from xiucheng.people.tests.city import PANLONG, POINTS, WUHUA

pytestmark = pytest.mark.browser
WORDS = "井盖没了，晚上有人绊倒"


def photo_file(shade: int = 120) -> FilePayload:
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": jpeg(shade)}


def fill(page: Page) -> None:
    """A report as somebody on the spot makes it."""
    page.wait_for_selector("#report-form[data-ready]")
    page.set_input_files("input[name=photos]", photo_file())
    page.click("[data-phone]")
    page.fill("#description", WORDS)
    page.get_by_text("井盖缺损").click()


def code_on(page: Page) -> str:
    return page.locator("[data-code-field]").inner_text()


def test_a_report_by_phone_gets_its_number_and_is_remembered(visit: Visit, server: str) -> None:
    page = visit("/report")
    fill(page)
    expect(page.locator("[data-place-says]")).to_contain_text("手机定位 ± 12 m")
    expect(page.locator(".photos img")).to_have_count(1)
    page.click("[data-submit]")
    page.wait_for_url("**/report/done/*")
    case = Case.unscoped.get()
    expect(page.locator(".number").first).to_have_text(case.number)
    assert (case.description, case.unit_grid) == (WORDS, "530102001001001")
    kept = json.loads(page.evaluate("localStorage.getItem('xiucheng.receipts')"))
    assert [receipt["number"] for receipt in kept] == [case.number]
    page.click("[data-follow]")
    expect(page.locator("main h2").first).to_have_text("已收到，等待受理")
    page.goto(server)
    expect(page.locator("[data-receipts] li")).to_contain_text(case.number)


def test_a_draft_outlives_the_network_and_a_reload_and_is_sent_once(visit: Visit) -> None:
    page = visit("/report")
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    fill(page)
    page.wait_for_selector("#report-form[data-saved]")
    page.context.set_offline(True)
    page.click("[data-submit]")
    expect(page.locator("[data-network]")).to_contain_text("没有网络。内容和 1 张照片已存在手机里")
    page.reload()
    expect(page.locator("#description")).to_have_value(WORDS)
    expect(page.locator(".photos img")).to_have_count(1)
    assert Case.unscoped.count() == 0
    page.context.set_offline(False)
    page.wait_for_url("**/report/done/*")
    assert Case.unscoped.count() == 1
    page.goto(page.url.partition("/report")[0] + "/report")
    page.wait_for_selector("#report-form[data-ready]")
    expect(page.locator("#description")).to_have_value("")


def test_pressing_twice_is_one_report(visit: Visit) -> None:
    page = visit("/report")
    fill(page)
    page.evaluate("for (let i = 0; i < 3; i++) document.querySelector('[data-submit]').click()")
    page.wait_for_url("**/report/done/*")
    assert Case.unscoped.count() == 1


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(visit: Visit) -> None:
    page = visit("/report")
    page.wait_for_selector("#report-form[data-ready]")
    page.fill("#address", "翠湖边")
    page.click("[data-submit]")
    expect(page.locator("[data-error=description]")).to_have_text("请写一句是什么事。")
    expect(page.locator("[data-error=longitude]")).to_contain_text("请告诉我们在哪里")
    expect(page.locator("#address")).to_have_value("翠湖边")


def test_near_a_border_the_reporter_is_asked_and_decides(visit: Visit) -> None:
    page = visit("/report")
    lon, lat = POINTS["边界_五华"]
    page.context.set_geolocation({"longitude": lon, "latitude": lat, "accuracy": 5})
    fill(page)
    page.get_by_label("盘龙区").check(force=True)
    page.click("[data-submit]")
    page.wait_for_url("**/report/done/*")
    case = Case.unscoped.get()
    assert (case.county, case.near) == (PANLONG, [WUHUA])


def test_without_scripts_the_place_is_chosen_from_lists(visit: Visit) -> None:
    page = visit("/report", scripts=False)
    page.fill("#description", WORDS)
    for level, name in (("county", "五华区"), ("township", "华山街道"), ("community", "翠湖西路社区")):
        page.select_option(f"#{level}", label=name)
        if level != "community":
            page.click("button[name=look]")
            expect(page.locator("#description")).to_have_value(WORDS)
    page.set_input_files("input[name=photos]", photo_file())
    page.click("[data-submit]")
    page.wait_for_url("**/report/done/*")
    case = Case.unscoped.get()
    assert (case.community, case.imprecise) == ("530102001001", True)
    assert queries.public_progress(case.number, code_on(page)).number == case.number


def test_without_scripts_the_border_is_asked_too(visit: Visit, server: str) -> None:
    page = visit("/report", scripts=False)
    lon, lat = POINTS["边界_五华"]
    page.fill("#description", WORDS)
    token = page.locator("#report-form input[name=csrfmiddlewaretoken]").get_attribute("value") or ""
    uuid = page.locator("input[name=uuid]").get_attribute("value") or ""
    answer = page.request.post(
        f"{server}/report",
        multipart={
            "csrfmiddlewaretoken": token,
            "uuid": uuid,
            "description": WORDS,
            "longitude": str(lon),
            "latitude": str(lat),
        },
    )
    assert answer.status == 422
    assert "请先确认问题在哪一边" in answer.text()
    assert Case.unscoped.count() == 0


@pytest.fixture
def closed(cast: Any, departments: Any, server: str) -> Loop:
    return Loop(cast, departments).closed()


def progress(loop: Loop) -> str:
    return f"/follow/{loop.received.number}?code={loop.received.query_code}"


def test_a_wrong_code_is_no_way_in(visit: Visit, cast: Any, departments: Any) -> None:
    loop = Loop(cast, departments)
    page = visit("/follow")
    page.fill("#number", loop.received.number)
    page.fill("#code", "AAAA-AAAA")
    with page.expect_response(lambda answer: "/follow/" in answer.url) as answer:
        page.get_by_role("button", name="查看进度").click()
    assert answer.value.status == 404
    expect(page.locator(".error")).to_contain_text("没有找到这件上报")


def test_a_closed_report_is_rated(visit: Visit, closed: Loop) -> None:
    page = visit(progress(closed))
    expect(page.locator("main h2").first).to_have_text("已办结")
    page.get_by_label("基本满意").check(force=True)
    page.get_by_role("button", name="提交评价").click()
    expect(page.get_by_text("您的评价已记下")).to_be_visible()
    assert Case.unscoped.get(pk=closed.id).rating == "fair"


def test_not_solved_is_a_request_to_reopen(visit: Visit, closed: Loop) -> None:
    page = visit(progress(closed))
    page.get_by_text("没解决？").click()
    page.fill("#reopen-note", "井盖还是松的")
    page.set_input_files("input[name=photos]", photo_file(9))
    page.get_by_role("button", name="要求重办").click()
    expect(page.get_by_text("会另派一位监督员到现场查看")).to_be_visible()
    assert Case.unscoped.get(pk=closed.id).reopened == 1


def test_a_question_is_answered_by_its_link(visit: Visit, cast: Any, departments: Any) -> None:
    loop = Loop(cast, departments)
    loop(actions.STEPS[Step.ASK], "受理员_五华", note="井盖在路中间吗？")
    page = visit(progress(loop))
    page.get_by_role("link", name="去答复").click()
    expect(page.get_by_text("井盖在路中间吗？")).to_be_visible()
    page.fill("#note", "在人行道上")
    page.get_by_role("button", name="提交答复").click()
    expect(page.get_by_text("您的补充已转给受理员")).to_be_visible()
    page.go_back()
    page.reload()
    expect(page.get_by_text("这个链接已失效")).to_be_visible()
