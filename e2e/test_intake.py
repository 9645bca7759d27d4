"""The desk of a call by keyboard alone: registered, merged, interrupted; and the callbacks afterwards."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import DESK, Visit
from xiucheng.cases.models import Case, CaseEvent
from xiucheng.cases.models.beside import CallbackTry
from xiucheng.cases.tests.loop import SPOT, Loop
from xiucheng.kernel.models.audit import PersonalDataAccess
from xiucheng.territory import actions as territory

pytestmark = pytest.mark.browser
WHO = "受理员_五华"


@pytest.fixture
def loop(cast: Any, departments: Any, server: str) -> Callable[..., Loop]:
    return lambda **report: Loop(cast, departments, **report)


class Keys:
    """A keyboard that counts: strokes that are no typing of words."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, *keys: str) -> "Keys":
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1
        return self

    def type(self, words: str) -> "Keys":
        self.page.keyboard.insert_text(words)
        return self

    def focus_is_on(self, name: str) -> "Keys":
        expect(self.page.locator(f"[name={name}]")).to_be_focused()
        return self


@pytest.fixture
def addresses(server: str) -> None:
    """A shop where the cast's cases lie, and a door elsewhere."""
    lon, lat = SPOT
    rows = [
        "类别,名称,街巷,门牌号,经度,纬度",
        f"店铺,翠湖鲜花店,东风西路,3号,{lon},{lat}",
        "门牌,,人民路,1号,102.7045,25.0415",
    ]
    territory.import_addresses_now(data="\n".join(rows).encode(), crs="CGCS2000", source="测试")


def test_a_call_is_registered_by_keys_alone(visit: Visit, loop: Callable[..., Loop], addresses: None) -> None:
    earlier = loop(description="路灯不亮", category="")
    page = visit("/intake/new", who=WHO, size=DESK)
    keys = Keys(page).focus_is_on("description").type("门口的井盖丢了，车过很响")
    expect(page.locator("#intake-beside [data-pick='1']")).to_contain_text("井盖")
    keys.press("Tab").focus_is_on("address").type("翠湖鲜花")
    expect(page.locator(".place-list [role=option]")).to_have_count(1)
    keys.press("Enter").focus_is_on("category")
    expect(page.locator("[name=address]")).to_have_value("翠湖鲜花店")
    expect(page.locator("#intake-beside")).to_contain_text("责任单位")
    keys.press("Alt+1")
    expect(page.locator("[name=category]")).to_have_value("matter/01023 不明井盖异常")
    expect(page.locator("#intake-beside [data-pick='1']")).to_have_attribute("aria-pressed", "true")
    keys.press("Enter").focus_is_on("reporter_phone")
    keys.type("13812345678")
    expect(page.locator("#intake-caller")).to_contain_text("138****5678")
    expect(page.locator("#intake-caller")).to_contain_text(earlier.received.number)
    keys.press("Control+Enter")
    expect(page.locator(".read-aloud")).to_be_visible()
    case = Case.unscoped.exclude(pk=earlier.id).get()
    assert (case.category, case.channel) == ("GB/T 47678.5-2026/matter/01023", "hotline")
    assert (case.address, case.lon_e7 / 1e7, case.lat_e7 / 1e7) == ("翠湖鲜花店", *SPOT)
    expect(page.locator(".read-aloud")).to_contain_text(case.number)
    assert PersonalDataAccess.objects.filter(what="reporter.history").count() == 1
    next_call = page.get_by_role("link", name="下一通")
    expect(next_call).to_be_focused()
    keys.press("Enter")
    page.wait_for_url("**/intake/new")
    expect(page.locator("[name=description]")).to_have_value("")
    keys.focus_is_on("description")
    assert keys.pressed <= 6, "words, place, category, number: six strokes that are no words"


def test_a_duplicate_appears_and_takes_the_call_in(
    visit: Visit, loop: Callable[..., Loop], addresses: None
) -> None:
    known = loop()
    page = visit("/intake/new", who=WHO, size=DESK)
    keys = Keys(page).type("垃圾桶旁边堆满垃圾").press("Tab").type("cuihuxianhua")
    expect(page.locator(".place-list [role=option]").first).to_contain_text("翠湖鲜花店")
    keys.press("ArrowDown", "Enter")
    same = page.locator(f"[data-merge='{known.received.number}']")
    expect(same).to_contain_text("有人报过")
    keys.press("Alt+4")
    expect(same).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-merging]")).to_contain_text(known.received.number)
    keys.press("Alt+0")
    expect(page.locator("[data-merging]")).to_be_hidden()
    keys.press("Alt+4", "Control+Enter")
    expect(page.locator(".read-out")).to_contain_text(f"已并入 {known.received.number}")
    child = Case.unscoped.exclude(pk=known.id).get()
    assert (child.stage, child.merged_into_id) == ("merged", known.id)


def test_an_interrupted_call_survives_a_reload_in_its_own_tab(visit: Visit, server: str) -> None:
    page = visit("/intake/new", who=WHO, size=DESK)
    Keys(page).type("树倒在路上").press("Tab").type("一二一大街")
    uuid = page.locator("[name=uuid]").input_value()
    page.reload()
    expect(page.locator("[name=description]")).to_have_value("树倒在路上")
    expect(page.locator("[name=address]")).to_have_value("一二一大街")
    expect(page.locator("[name=uuid]")).to_have_value(uuid)
    expect(page.locator("[data-restored]")).to_be_visible()
    other = visit("/intake/new", who=WHO, size=DESK)
    expect(other.locator("[name=description]")).to_have_value("")
    page.locator("[data-forget]").click()
    expect(page.locator("[name=description]")).to_have_value("")


def test_enter_sends_no_half_finished_call(visit: Visit, server: str) -> None:
    page = visit("/intake/new", who=WHO, size=DESK)
    Keys(page).type("坑").press("Tab").type("路口").press("Enter").focus_is_on("category")
    assert page.url.endswith("/intake/new") and not Case.unscoped.exists()


def test_the_keys_of_the_form_are_listed(visit: Visit, server: str) -> None:
    page = visit("/intake/new", who=WHO, size=DESK)
    page.locator("[name=description]").blur()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("登记")
    expect(page.locator("#keys")).to_contain_text("CTRL")


def test_callbacks_are_worked_by_keys(visit: Visit, loop: Callable[..., Loop]) -> None:
    first, second = loop().closed(), loop().closed()
    page = visit("/callbacks", who=WHO, size=DESK)
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(2)
    expect(page.locator("#desk-panel")).to_contain_text("138****5678")
    page.keyboard.press("p")
    expect(page.locator("#desk-panel a.dial")).to_have_text("13812345678")
    page.keyboard.press("2")
    page.keyboard.press("s")
    expect(page.locator(".messages")).to_contain_text("已记下回访")
    event = CaseEvent.unscoped.filter(chain=first.id).latest("seq")
    assert (event.step, event.data["rating"]) == ("callback", "fair")
    expect(rows).to_have_count(1)
    expect(page.locator("#desk-panel")).to_contain_text("138****5678")
    page.keyboard.press("n")
    expect(page.locator(".messages")).to_contain_text("第 1 次")
    expect(page.locator(".empty-title")).to_be_visible()
    assert CallbackTry.objects.get().case_id == second.id


def test_a_callback_without_an_answer_says_so(visit: Visit, loop: Callable[..., Loop]) -> None:
    loop().closed()
    page = visit("/callbacks", who=WHO, size=DESK)
    expect(page.locator("#desk-panel")).to_contain_text("138****5678")
    page.keyboard.press("s")
    expect(page.locator("#desk-panel .error")).to_contain_text("选一项")
