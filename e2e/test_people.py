"""Walks of the administration of people and of one's own things: import with errors and then right, a delegation
acted in, a second factor set up and used, sign-in at a real provider, a session ended from afar."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pyotp
import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import DESK, PHONE, Visit, context_for
from xiucheng.cases.models import Case, CaseEvent
from xiucheng.cases.tests.loop import reported
from xiucheng.kernel import sheets
from xiucheng.people.models import Person, Totp
from xiucheng.people.tests.city import PASSWORD
from xiucheng.people.tests.provider.__main__ import CLIENT, SECRET
from xiucheng.people.tests.provider.__main__ import PASSWORD as PROVIDERS_PASSWORD
from xiucheng.people.tests.provider.process import running

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parent.parent / "frontend/node_modules/axe-core/axe.min.js").read_text("utf-8")


def sound(page: Page) -> None:
    """No rule of access is broken, nothing scrolls sideways."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    told = [(rule["id"], node["html"][:160]) for rule in found for node in rule["nodes"]]
    assert told == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def table(*rows: list[str]) -> dict[str, Any]:
    file = BytesIO()
    sheets.write_xlsx(file, ["用户名", "姓名", "电话"], [list(row) for row in rows], title="人员")
    return {"name": "人员.xlsx", "mimeType": "application/octet-stream", "buffer": file.getvalue()}


def test_an_import_with_errors_then_right(visit: Visit, chromium: Browser, server: str) -> None:
    page = visit("/admin/people", who="系统管理员", size=DESK)
    sound(page)
    page.get_by_role("link", name="从表格导入").click()
    sound(page)
    page.set_input_files("input[type=file]", table(["zhang.san", "张三", "1"], ["", "李四", ""]))
    page.get_by_role("button", name="检查").click()
    expect(page.get_by_role("alert")).to_contain_text("有 2 处错误")
    expect(page.get_by_role("row")).to_have_count(3)
    sound(page)
    page.get_by_role("link", name="改好再上传").click()
    page.set_input_files(
        "input[type=file]", table(["zhang.san", "张三", "13812345678"], ["li.si", "李四", ""])
    )
    page.get_by_role("button", name="检查").click()
    expect(page.get_by_text("新建 2 个")).to_be_visible()
    sound(page)
    page.get_by_role("button", name="确认导入").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="取走初始密码").click()
    words = {
        row["用户名"]: row["初始密码"]
        for _n, row in sheets.read_table(Path(download.value.path()).read_bytes()).dicts()
    }
    page.reload()
    expect(page.get_by_text("已在")).to_be_visible()
    new = chromium.new_context().new_page()
    new.goto(f"{server}/login")
    new.fill("input[name=username]", "li.si")
    new.fill("input[name=password]", words["li.si"])
    new.click("button.btn-primary")
    expect(new.get_by_role("heading", name="修改密码")).to_be_visible()
    new.fill("input[name=old_password]", words["li.si"])
    new.fill("input[name=new_password]", "li.si")
    expect(new.locator("li[data-rule=username]")).to_have_attribute("data-state", "unmet")
    new.fill("input[name=new_password]", "Wo-de.2026")
    for rule in ("length", "kinds", "username", "old"):
        expect(new.locator(f"li[data-rule={rule}]")).to_have_attribute("data-state", "met")
    new.fill("input[name=again]", "Wo-de.2026")
    sound(new)
    new.click("button.btn-primary")
    expect(new.get_by_text("没有可用的岗位")).to_be_visible()
    new.context.close()


def test_a_delegation_is_arranged_and_acted_in(visit: Visit, cast: dict[str, Any]) -> None:
    number = reported().number
    page = visit("/me/delegation", who="受理员_五华", size=PHONE)
    page.fill("input[name=to]", "派遣员_五华")
    page.fill("input[name=starts_on]", timezone.localdate().isoformat())
    page.fill("input[name=ends_on]", (timezone.localdate() + timedelta(days=5)).isoformat())
    page.fill("input[name=reason]", "年休假")
    sound(page)
    page.get_by_role("button", name="委托").click()
    expect(page.get_by_text("正在代理")).to_be_visible()
    sound(page)
    deputy = visit("/post", who="派遣员_五华", size=DESK)
    deputy.get_by_label("代 受理员_五华").check()
    sound(deputy)
    deputy.get_by_role("button", name="以这个岗位办理").click()
    deputy.goto(deputy.url.split("/desk")[0] + f"/cases/{number}")
    expect(deputy.locator(".who")).to_contain_text("代 受理员_五华")
    deputy.keyboard.press("a")
    deputy.locator(".action-form button.btn-primary").click()
    expect(deputy.locator(".messages")).to_contain_text("已办理：受理")
    event = CaseEvent._default_manager.get(chain=Case.unscoped.get(number=number).pk, step="accept")
    assert (event.post_id, event.person_id) == (cast["受理员_五华"].pk, cast["派遣员_五华"].person_id)


def sign_in(chromium: Browser, server: str, who: str, **context: Any) -> Page:
    page = chromium.new_context(locale="zh-CN", **context).new_page()
    page.goto(f"{server}/login")
    page.fill("input[name=username]", who)
    page.fill("input[name=password]", PASSWORD)
    page.click("button.btn-primary")
    return page


def test_a_second_factor_is_set_up_and_used(visit: Visit, chromium: Browser, server: str) -> None:
    page = visit("/me", who="受理员_五华", size=PHONE)
    sound(page)
    page.get_by_role("link", name="动态口令").click()
    sound(page)
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="开始设置").click()
    expect(page.locator("img.qr")).to_be_visible()
    sound(page)
    secret = page.locator("code").inner_text().replace(" ", "")
    page.fill("input[name=code]", pyotp.TOTP(secret).now())
    page.get_by_role("button", name="启用").click()
    codes = page.locator(".recovery-codes code").all_inner_texts()
    assert len(codes) == 10
    sound(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="存成文件").click()
    assert codes[0] in Path(download.value.path()).read_text("utf-8")
    Totp.objects.update(last_step=0)  # a code is good once; the walk does not wait for the next
    other = sign_in(chromium, server, "受理员_五华")
    expect(other.get_by_role("heading", name="动态口令")).to_be_visible()
    sound(other)
    other.fill("input[name=code]", "000000")
    other.click("button.btn-primary")
    expect(other.get_by_role("alert")).to_contain_text("动态口令不对")
    other.fill("input[name=code]", pyotp.TOTP(secret).now())
    other.click("button.btn-primary")
    other.wait_for_url("**/desk*")
    other.context.close()


def test_sign_in_at_a_real_provider(chromium: Browser, server: str, settings: Any, tmp_path: Path) -> None:
    with running(tmp_path, [server], ["受理员_五华"]) as issuer:
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = issuer, CLIENT, SECRET
        page = chromium.new_context(locale="zh-CN").new_page()
        page.goto(f"{server}/login?next=/cases")
        sound(page)
        page.get_by_role("link", name="用统一身份认证登录").click()
        page.fill("input[name=username]", "受理员_五华")
        page.fill("input[name=password]", PROVIDERS_PASSWORD)
        page.get_by_role("button", name="进入").click()
        page.wait_for_url(f"{server}/cases*")
        page.goto(f"{server}/me/sessions")
        expect(page.get_by_text("统一认证")).to_be_visible()
        page.locator("details.menu summary").click()
        page.get_by_role("button", name="退出登录").click()
        page.wait_for_url(f"{server}/login*")
        page.get_by_role("link", name="用统一身份认证登录").click()
        expect(page.locator("input[name=password]")).to_be_visible()
        assert page.url.startswith(issuer.removesuffix("/o")), "signed out there too"
        page.context.close()


def test_a_session_is_ended_from_afar(visit: Visit, chromium: Browser, server: str) -> None:
    lost = sign_in(chromium, server, "受理员_五华", user_agent="Mozilla/5.0 (Android 15) Firefox/140.0")
    lost.wait_for_url("**/desk*")
    page = visit("/me/sessions", who="受理员_五华", size=PHONE)
    sound(page)
    page.get_by_role("button", name="结束 Firefox · Android").click()
    expect(page.get_by_text("已结束那一处登录")).to_be_visible()
    lost.goto(f"{server}/me")
    expect(lost.get_by_role("heading", name="登录")).to_be_visible()
    lost.context.close()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_pages_of_posts_and_departments_are_sound(
    chromium: Browser, server: str, cast: dict[str, Any], size: dict[str, int]
) -> None:
    post = cast["监督员_五华_甲"]
    for who, paths in {
        "安全管理员": (
            "/admin/posts",
            "/admin/posts/new",
            f"/admin/posts/{post.pk}",
            f"/admin/people/{post.person_id}",
            "/admin/import/posts",
        ),
        "系统管理员": (
            "/admin/people",
            "/admin/people/new",
            "/admin/departments",
            "/admin/departments/new",
            f"/admin/departments/{post.department_id}",
        ),
    }.items():
        context = context_for(chromium, server, who, size, True)
        page = context.new_page()
        for path in paths:
            page.goto(server + path)
            sound(page)
        context.close()


def test_a_post_is_granted_by_picking_divisions(visit: Visit, cast: dict[str, Any]) -> None:
    Person.objects.create(username="li.si", name="李四")
    page = visit("/admin/posts/new?person=li.si", who="安全管理员", size=DESK)
    page.get_by_label("五华区", exact=True).check()
    page.locator("summary", has_text="五华区").click()
    page.get_by_label("护国街道", exact=True).check()
    page.get_by_role("button", name="授予岗位").click()
    expect(page.get_by_text("岗位已授予李四")).to_be_visible()
    made = Person.objects.get(username="li.si").posts.get()
    assert made.scope_codes == ["530102", "530102002"]
