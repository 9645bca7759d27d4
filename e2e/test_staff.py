"""Desks, cases and the phone of the inspector in a browser: keys, forms, refusals, what a page must never do."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import DESK, PHONE, Visit
from e2e.test_public import photo_file
from xiucheng.cases import actions
from xiucheng.cases.models import Case
from xiucheng.cases.tests.loop import SPOT, Loop

pytestmark = pytest.mark.browser
AXE = Path(__file__).parent.parent / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def loop(cast: Any, departments: Any, server: str) -> Callable[[], Loop]:
    return lambda: Loop(cast, departments)


def stage(of: Loop) -> str:
    return Case.unscoped.values_list("stage", flat=True).get(pk=of.id)


def test_the_desk_is_worked_by_keys(visit: Visit, loop: Callable[[], Loop]) -> None:
    both = {one.received.number: one for one in (loop(), loop())}
    page = visit("/desk", who="受理员_五华", size=DESK)
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(2)
    first, second = (both[rows.nth(place).get_attribute("data-row") or ""] for place in (0, 1))
    expect(rows.nth(0)).to_have_attribute("aria-current", "true")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    expect(page.locator("#desk-panel")).to_contain_text(second.received.number)
    page.keyboard.press("k")
    page.keyboard.press("a")  # at once: the letter waits for the panel of its row
    page.locator(".action-form button.btn-primary").click()
    expect(page.locator(".messages")).to_contain_text("已办理：受理")
    assert stage(first) == "accepted"
    expect(rows.nth(0)).to_have_attribute("aria-current", "true")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{second.received.number}")
    page.keyboard.press("g")
    page.wait_for_url("**/desk")


def test_a_long_desk_comes_while_one_scrolls(visit: Visit, loop: Callable[[], Loop]) -> None:
    numbers = {loop().received.number for _case in range(25)}
    page = visit("/desk", who="受理员_五华", size=DESK)
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(20)
    for _row in range(19):
        page.keyboard.press("j")
    expect(rows).to_have_count(25)
    for _row in range(6):
        page.keyboard.press("j")
    expect(rows.nth(24)).to_have_attribute("aria-current", "true")
    assert {row.get_attribute("data-row") for row in rows.all()} == numbers
    points = page.locator("#points, [data-more-points] script").all()
    assert {point["id"] for one in points for point in json.loads(one.text_content() or "")} == numbers
    expect(page.locator(".more-rows")).to_have_count(0)
    plain = visit("/desk", who="受理员_五华", size=PHONE, scripts=False)
    expect(plain.locator("[data-row]")).to_have_count(20)
    plain.get_by_role("link", name="后面还有").click()
    expect(plain.locator("[data-row]")).to_have_count(5)
    plain.get_by_role("link", name="回第一页").click()
    expect(plain.locator("[data-row]")).to_have_count(20)


def test_marked_cases_are_accepted_together(visit: Visit, loop: Callable[[], Loop]) -> None:
    both = [loop(), loop()]
    page = visit("/desk", who="受理员_五华", size=DESK)
    for _case in both:
        page.keyboard.press("x")
        page.keyboard.press("j")
    expect(page.locator("#marked")).to_have_text("已选 2 件")
    page.get_by_role("button", name="批量受理").click()
    expect(page.locator(".messages")).to_contain_text("已办理 2 件：受理")
    assert [stage(one) for one in both] == ["accepted", "accepted"]


def test_the_dispatcher_sees_a_suggestion_with_its_reason(visit: Visit, loop: Callable[[], Loop]) -> None:
    filed = loop().filed()
    page = visit("/desk", who="派遣员_五华", size=DESK)
    expect(page.locator("#desk-panel .suggestion")).to_contain_text("建议派往 城管执法")
    expect(page.locator("#desk-panel .suggestion")).to_contain_text("主管部门类别")
    page.keyboard.press("d")
    expect(page.locator(".action-form select[name=to] option:checked")).to_have_text("城管执法")
    page.locator(".action-form button.btn-primary").click()
    expect(page.locator(".messages")).to_contain_text("已办理：派遣")
    assert stage(filed) == "handling"


def test_a_refusal_comes_back_in_the_form_with_what_was_typed(visit: Visit, loop: Callable[[], Loop]) -> None:
    taken = loop().dispatched()
    page = visit(f"/cases/{taken.received.number}", who="经办人_环卫", size=DESK)
    page.keyboard.press("h")
    page.fill("textarea[name=note]", "已清扫")
    page.evaluate("document.querySelector('.action-form').noValidate = true")
    page.locator(".action-form button.btn-primary").click()
    expect(page.locator(".action-form .error")).to_contain_text("请至少拍一张照片")
    expect(page.locator("textarea[name=note]")).to_have_value("已清扫")
    page.set_input_files("input[name=photos]", photo_file(7))
    expect(page.locator("[data-chosen]")).to_have_text("已选 1 张")
    page.locator(".action-form button.btn-primary").click()
    expect(page.locator(".messages")).to_contain_text("已办理：处置完毕")
    assert stage(taken) == "replied"


def test_a_lost_network_is_said_and_the_form_stays(visit: Visit, loop: Callable[[], Loop]) -> None:
    case = loop()
    page = visit(f"/cases/{case.received.number}", who="受理员_五华", size=DESK)
    page.keyboard.press("a")
    page.fill("textarea[name=note]", "已电话核实")
    page.context.set_offline(True)
    page.locator(".action-form button.btn-primary").click()
    expect(page.locator("#offline")).to_be_visible()
    expect(page.locator("textarea[name=note]")).to_have_value("已电话核实")
    page.context.set_offline(False)
    page.locator(".action-form button.btn-primary").click()
    expect(page.locator(".messages")).to_contain_text("已办理：受理")


def test_who_was_second_is_told_so(visit: Visit, loop: Callable[[], Loop], cast: Any) -> None:
    case = loop()
    page = visit(f"/cases/{case.received.number}", who="受理员_五华", size=DESK)
    page.keyboard.press("a")
    page.wait_for_selector(".action-form")
    case.accepted()
    page.locator(".action-form button.btn-primary").click()
    expect(page.locator(".action-form .error")).to_contain_text("别人刚刚办理过这个案件")


def test_the_case_page_says_why_not(visit: Visit, loop: Callable[[], Loop]) -> None:
    handled = loop().handled()
    page = visit(f"/cases/{handled.received.number}", who="值班长_五华", size=DESK)
    page.locator(".case-actions summary").click()
    expect(page.locator(".why-not")).to_contain_text("不能「结案」")
    expect(page.locator(".why-not")).to_contain_text("须由处置部门以外的人先核查")
    expect(page.locator(".now-whose")).to_contain_text("派遣员")
    expect(page.locator(".timeline")).to_contain_text("处置完毕")
    expect(page.locator(".case-side .facts")).to_contain_text("已隐去")


def test_an_inspector_answers_a_check_on_the_phone(visit: Visit, loop: Callable[[], Loop]) -> None:
    checking = loop().checking()
    page = visit("/desk", who="监督员_五华_乙", size=PHONE)
    page.get_by_role("link", name="核查 1").click()
    page.locator("[data-row] a").click()
    page.get_by_role("link", name="核查回复").click()
    page.get_by_label("已解决").check(force=True)
    page.set_input_files("input[name=photos]", photo_file(11))
    expect(page.locator("[data-locate-says]")).to_contain_text("已定位")
    page.locator(".action-form button.btn-primary").click()
    expect(page.locator(".messages")).to_contain_text("已办理：核查回复")
    state = Case.unscoped.get(pk=checking.id)
    assert (state.stage, state.checked) == ("checked", True)


def test_another_category_brings_its_conditions(visit: Visit, loop: Callable[[], Loop]) -> None:
    verified = loop().verified()
    page = visit(f"/cases/{verified.received.number}", who="受理员_五华", size=DESK)
    page.keyboard.press("p")
    before = page.locator("select[name=standard]").inner_text()
    page.fill("textarea[name=note]", "看过照片")
    page.fill("input[name=category]", "matter/01037")
    page.locator("input[name=category]").blur()
    expect(page.locator("select[name=standard]")).not_to_have_text(before)
    expect(page.locator("textarea[name=note]")).to_have_value("看过照片")


def test_contact_is_shown_only_after_a_reason(visit: Visit, loop: Callable[[], Loop]) -> None:
    case = loop().accepted()
    page = visit(f"/cases/{case.received.number}", who="受理员_五华", size=DESK)
    assert "13812345678" not in page.content()
    page.get_by_role("link", name="写明理由后查看").click()
    page.fill("textarea[name=note]", "回访核对地点")
    page.locator(".action-form button.btn-primary").click()
    expect(page.locator(".facts")).to_contain_text("13812345678")
    other = visit(f"/cases/{case.received.number}", who="值班长_五华", size=DESK)
    assert "13812345678" not in other.content()


def test_a_call_is_registered_by_keyboard(visit: Visit) -> None:
    page = visit("/desk", who="受理员_五华", size=DESK)
    page.keyboard.press("r")
    page.wait_for_url("**/intake/new")
    page.keyboard.type("路灯连着五盏不亮")
    page.fill("input[name=category]", "matter/01037")
    page.get_by_text("按街道、社区选择").click()
    page.select_option("#county", label="五华区")
    page.select_option("#township", label="华山街道")
    page.select_option("#community", label="翠湖西路社区")
    page.get_by_role("button", name="登记").click()
    case = Case.unscoped.get()
    expect(page.locator(".number").first).to_have_text(case.number)
    assert (case.channel, case.community, case.imprecise) == ("hotline", "530102001001", True)


def test_what_lies_outside_the_scope_is_not_there(visit: Visit, loop: Callable[[], Loop]) -> None:
    case = loop()
    page = visit(f"/cases/{case.received.number}", who="派遣员_大理", size=DESK)
    expect(page.locator("main")).to_contain_text("没有找到这个案件")


def test_the_list_finds_by_words_and_number(visit: Visit, loop: Callable[[], Loop]) -> None:
    one, _other = loop(), loop()
    page = visit("/cases", who="受理员_五华", size=DESK)
    expect(page.locator("[data-row]")).to_have_count(2)
    page.keyboard.press("/")
    page.keyboard.type(one.received.number)
    page.keyboard.press("Enter")
    expect(page.locator("[data-row]")).to_have_count(1)


def every_page(case: Loop) -> list[tuple[str, str]]:
    number = case.received.number
    return [
        ("/", ""),
        ("/report", ""),
        ("/follow", ""),
        (f"/follow/{number}?code={case.received.query_code}", ""),
        ("/help", ""),
        ("/privacy", ""),
        ("/login", ""),
        ("/desk", "受理员_五华"),
        ("/cases", "受理员_五华"),
        ("/intake/new", "受理员_五华"),
        (f"/cases/{number}", "受理员_五华"),
        (f"/cases/{number}/callback", "受理员_五华"),
    ]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_no_page_scrolls_sideways_or_breaks_the_rules_of_access(
    visit: Visit, loop: Callable[[], Loop], size: dict[str, int]
) -> None:
    case = loop().closed()
    found = []
    for path, who in every_page(case):
        page = visit(path, who=who, size=size)
        page.wait_for_load_state("networkidle")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{path}: wider than the screen")
        found += [f"{path}: {problem}" for problem in problems(page)]
        page.close()
    assert found == []


def problems(page: Page) -> list[str]:
    """What axe finds wrong, serious or worse (WCAG 2.1 A and AA)."""
    page.evaluate(AXE.read_text("utf-8"))
    violations = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa']}).then(result => result.violations)"
    )
    return [
        f"{item['id']} {node['target']} {node.get('failureSummary', '')[:160]}"
        for item in violations
        if item["impact"] in ("serious", "critical")
        for node in item["nodes"][:3]
    ]


def test_the_map_draws_the_ground_and_the_cases(visit: Visit, loop: Callable[[], Loop]) -> None:
    loop()
    page = visit("/desk", who="受理员_五华", size=DESK)
    page.wait_for_selector("xc-map[data-ready]")
    expect(page.get_by_text("示例数据 · 未经审图")).to_be_visible()


def test_a_pin_is_moved_by_arrow_keys(visit: Visit) -> None:
    page = visit("/report")
    page.wait_for_selector("#report-form[data-ready]")
    page.click("[data-phone]")
    pin = page.locator(".xc-pin")
    pin.focus()
    before = page.input_value("input[name=longitude]")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("input[name=longitude]")).not_to_have_value(before)
    assert float(page.input_value("input[name=longitude]")) > float(before) == SPOT[0]


def test_no_answer_is_lost_when_the_session_ends(visit: Visit, loop: Callable[[], Loop]) -> None:
    case = loop()
    page = visit(f"/cases/{case.received.number}/accept", who="受理员_五华", size=DESK)
    page.fill("textarea[name=note]", "已电话核实")
    page.context.clear_cookies(name="sessionid")
    page.locator(".action-form button.btn-primary").click()
    expect(page.locator("main")).to_contain_text("登录已过期")
    assert stage(case) == "reported"
    assert actions.STEPS
