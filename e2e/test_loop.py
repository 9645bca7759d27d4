"""The whole loop in a browser, as issue 3 wants it shown: a citizen and six people at their own devices, from the
photo on the phone to «已办结» and the rating. Screenshots of every station lie in var/shots/ afterwards.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, ViewportSize, expect

from e2e.conftest import DESK, PHONE
from e2e.town import SPOT, Town

SHOTS = Path(__file__).resolve().parents[1] / "var" / "shots"
WORDS = "垃圾桶旁堆了一地垃圾，夜里有老鼠"


def picture(rubbish: int) -> FilePayload:
    """A street corner with so many bags of rubbish."""
    image = Image.new("RGB", (960, 720), (176, 196, 214))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 380, 960, 720), fill=(128, 128, 124))
    draw.rectangle((60, 90, 420, 400), fill=(196, 172, 140))
    draw.rectangle((620, 250, 760, 480), fill=(42, 110, 72))
    for place in range(rubbish):
        left, top = 120 + 130 * (place % 5), 470 + 90 * (place // 5)
        draw.ellipse((left, top, left + 110, top + 90), fill=(38 + 7 * place, 40, 46))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return {"name": f"现场{rubbish}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


class Walk:
    """Who is at which device. One context each: nobody shares a session with another."""

    def __init__(self, browser: Browser, town: Town) -> None:
        self.browser, self.town = browser, town
        self.pages: dict[str, Page] = {}
        self.contexts: list[BrowserContext] = []
        self.errors: list[str] = []
        self.station = 0
        self.seen: set[str] = set()

    def at(self, who: str, *, phone: bool = False) -> Page:
        """The person's page; staff are signed in the first time."""
        if who not in self.pages:
            self.pages[who] = self._opened(phone)
            if who != "市民":
                self._sign_in(self.pages[who], who)
        return self.pages[who]

    def _opened(self, phone: bool) -> Page:
        context = self.browser.new_context(
            base_url=self.town.base,
            viewport=PHONE if phone else DESK,
            has_touch=phone,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            permissions=["geolocation"] if phone else [],
            geolocation={"longitude": SPOT[0], "latitude": SPOT[1], "accuracy": 9},
        )
        context.set_default_timeout(30_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "response",
            lambda got: self.errors.append(f"{got.status} {got.url}") if got.status > 399 else None,
        )
        return page

    def _sign_in(self, page: Page, who: str) -> None:
        page.goto("/login?next=/desk")
        page.get_by_label("用户名").or_(page.get_by_label("账号")).first.fill(who)
        page.get_by_label("密码").fill(self.town.names["password"])
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url("**/desk*")

    def shot(self, page: Page, name: str, *, widths: tuple[ViewportSize, ...] = (DESK, PHONE)) -> None:
        """The station at both widths; the page keeps its own."""
        self.station += 1
        own = page.viewport_size
        for size in widths:
            page.set_viewport_size(size)
            page.wait_for_timeout(250)  # maps settle
            page.screenshot(path=SHOTS / f"{self.station:02}-{name}-{size['width']}.png", full_page=True)
        assert own is not None
        page.set_viewport_size(own)

    def open(self, who: str, number: str, step: str) -> Page:
        """From the desk to the case, and there to the form of a step: as a person goes, by what is written."""
        page = self.pages[who]
        page.goto("/desk")
        tabs = page.get_by_role("navigation", name="按要办的事分组").get_by_role("link")
        row = page.locator(f'[data-row="{number}"]')
        for tab in [str(link.get_attribute("href")) for link in tabs.all()]:
            page.goto(f"/desk{tab}")
            if row.count():
                break
        expect(row).to_have_count(1)
        if who not in self.seen:
            self.seen.add(who)
            self.shot(page, f"{who}-待办")
        page.goto(f"/cases/{number}")
        named = re.compile(rf"^\s*{step}(\s[A-Z])?\s*$")  # the letter is its key
        page.locator(".case-actions").get_by_role("link", name=named).click()
        expect(page.locator(".action-form h2")).to_be_in_viewport()  # also below a phone's list of actions
        return page

    def done(self, page: Page, who: str, step: str) -> None:
        self.shot(page, f"{who}-{step}")
        page.locator(".action-form").get_by_role("button", name=step, exact=True).click()
        expect(page.locator(".messages")).to_contain_text(f"已办理：{step}")


@pytest.fixture
def walk(chromium: Browser, town: Town) -> Iterator[Walk]:
    SHOTS.mkdir(parents=True, exist_ok=True)
    for old in SHOTS.glob("[0-9][0-9]-*.png"):
        old.unlink()
    walking = Walk(chromium, town)
    yield walking
    for context in walking.contexts:
        context.close()
    assert walking.errors == []


def test_a_citizens_report_goes_through_the_whole_loop(walk: Walk, town: Town) -> None:
    number, code = reports(walk)

    intake = walk.at("受理员_五华")
    form = walk.open("受理员_五华", number, "受理")
    walk.done(form, "受理员_五华", "受理")
    walk.open("受理员_五华", number, "发核实")
    ask(intake, "监督员_五华_甲")
    walk.done(intake, "受理员_五华", "发核实")

    walk.at("监督员_五华_甲", phone=True)
    phone = walk.open("监督员_五华_甲", number, "核实回复")
    phone.get_by_label("属实", exact=True).check(force=True)
    phone.get_by_label("现场照片").set_input_files(picture(6))
    located(phone)
    walk.done(phone, "监督员_五华_甲", "核实回复")

    walk.at("值班长_五华")
    leader = walk.open("值班长_五华", number, "立案")
    condition = leader.get_by_label("立案条件与时限")
    expect(condition.locator("option:checked")).to_contain_text("处置")  # the one condition, with its limit
    walk.done(leader, "值班长_五华", "立案")

    walk.at("派遣员_五华")
    dispatcher = walk.open("派遣员_五华", number, "派遣")
    expect(dispatcher.locator(".suggestion").first).to_contain_text("建议派往 环卫")
    expect(dispatcher.get_by_label("主办部门").locator("option:checked")).to_have_text("环卫")
    walk.done(dispatcher, "派遣员_五华", "派遣")

    walk.at("经办人_环卫")
    department = walk.open("经办人_环卫", number, "处置完毕")
    assert "13812345678" not in department.content()
    department.get_by_label("处置后照片").set_input_files(picture(0))
    department.get_by_label("处置措施和结果").fill("已清运垃圾 2 车，冲洗地面，增设投放点")
    walk.done(department, "经办人_环卫", "处置完毕")

    walk.open("派遣员_五华", number, "反馈转核查")
    walk.done(dispatcher, "派遣员_五华", "反馈转核查")

    walk.open("受理员_五华", number, "发核查")
    ask(intake, "监督员_五华_乙")
    walk.done(intake, "受理员_五华", "发核查")

    walk.at("监督员_五华_乙", phone=True)
    second = walk.open("监督员_五华_乙", number, "核查回复")
    second.get_by_label("已解决", exact=True).check(force=True)
    second.get_by_label("现场照片").set_input_files(picture(1))
    located(second)
    walk.done(second, "监督员_五华_乙", "核查回复")

    walk.open("值班长_五华", number, "结案")
    walk.done(leader, "值班长_五华", "结案")
    leader.goto(f"/cases/{number}")
    expect(leader.get_by_role("list", name="环节")).to_contain_text("结案")
    walk.shot(leader, "案件")

    rates(walk, number, code)
    ((stage, rating),) = town.ask("SELECT stage, rating FROM cases_case WHERE number = %s", number)
    assert (stage, rating) == ("closed", "satisfied")


def reports(walk: Walk) -> tuple[str, str]:
    """The citizen, on the spot: photo, position, words. Returns 受理号 and 查询码."""
    page = walk.at("市民", phone=True)
    page.goto("/")
    walk.shot(page, "首页")
    page.get_by_role("link", name="随手拍").or_(page.get_by_role("link", name="上报")).first.click()
    page.wait_for_selector("#report-form[data-ready]")
    page.locator("input[name=photos]").set_input_files(picture(7))
    page.get_by_role("button", name="用手机的位置").click()
    expect(page.locator("[data-place-says]")).to_contain_text("手机定位 ± 9 m")
    expect(page.get_by_role("button", name="放大")).to_be_visible()
    page.get_by_label("什么事").fill(WORDS)
    page.get_by_text("垃圾堆放").click()
    page.get_by_text("留下联系方式").click()
    page.get_by_label("电话").fill("13812345678")
    walk.shot(page, "市民-上报")
    page.get_by_role("button", name="提交", exact=True).click()
    page.wait_for_url("**/report/done/*")
    number = page.locator(".number").first.inner_text().strip()
    code = page.locator("[data-code-field]").inner_text().strip()
    assert number in page.url and len(code) >= 6
    walk.shot(page, "市民-已收到")
    return number, code


def rates(walk: Walk, number: str, code: str) -> None:
    """The citizen again: by number and code, as a stranger's device would have to."""
    page = walk.at("市民", phone=True)
    page.goto("/follow")
    expect(page.get_by_role("link", name=number)).to_contain_text(WORDS[:10])  # the phone remembers its own
    walk.shot(page, "市民-查进度")
    page.get_by_label("受理号").fill(number)
    page.get_by_label("查询码").fill(code)
    page.get_by_role("button", name="查看进度").click()
    expect(page.locator("main")).to_contain_text("已办结")
    walk.shot(page, "市民-进度")
    page.get_by_label("满意", exact=True).check(force=True)
    page.get_by_label("还想说的").fill("很快，谢谢")
    page.get_by_role("button", name="提交评价").click()
    expect(page.locator("main")).to_contain_text("您的评价已记下")
    page.goto(f"/follow/{number}?code={code}")
    expect(page.locator("main")).to_contain_text("您的评价：满意")
    walk.shot(page, "市民-已评价")


def ask(page: Page, name: str) -> None:
    """Name the 监督员; left open, one of those on duty is drawn."""
    chosen = page.get_by_label("监督员")
    chosen.select_option(
        label=next(text for text in chosen.locator("option").all_inner_texts() if name in text)
    )


def located(page: Page) -> None:
    """The phone's position goes with the answer: asked by itself, or by the button."""
    says = page.locator("[data-locate-says]")
    if "已定位" not in says.inner_text():
        page.get_by_role("button", name="用手机的位置").click()
    expect(says).to_contain_text("已定位")
