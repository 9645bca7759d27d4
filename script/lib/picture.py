"""script/picture: photograph the pages of the guides in a running demo city. Accounts come as JSON on standard input."""

import io
import json
import shutil
import sys
from dataclasses import dataclass
from typing import Any

from PIL import Image
from place import ROOT, Failure, main, say
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

FOLDER = ROOT / "docs" / "pictures"
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
COLOURS = 128  # a page of ours has few; the file is a quarter as large


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: its file, who looks ("" for a citizen), where, at which size; keys are pressed before."""

    name: str
    role: str
    path: str
    size: str = "desk"
    keys: str = ""
    open_first: bool = False  # the first case of the list


SHOTS = (
    Shot("desk", "dispatcher", "/desk", keys="j"),
    Shot("intake", "intake", "/intake/new"),
    Shot("callbacks", "intake", "/callbacks"),
    Shot("list", "shift_leader", "/cases?state=open"),
    Shot("case", "dispatcher", "/desk", open_first=True),
    Shot("map", "shift_leader", "/map"),
    Shot("watch", "leader", "/watch"),
    Shot("people", "system_admin", "/admin/people"),
    Shot("settings", "system_admin", "/admin/settings"),
    Shot("calendar", "system_admin", "/admin/calendar"),
    Shot("catalog", "system_admin", "/admin/catalog"),
    Shot("ground", "system_admin", "/admin/ground"),
    Shot("audit", "auditor", "/admin/audit"),
    Shot("retention", "security_admin", "/admin/retention"),
    Shot("report", "", "/report", "phone"),
    Shot("department", "department", "/desk", "phone"),
)


def body() -> int:
    address, accounts = sys.argv[1].rstrip("/"), json.load(sys.stdin)
    wanted = set(sys.argv[2:])
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--enable-unsafe-swiftshader"]
        )
        for shot in SHOTS:
            if not wanted or shot.name in wanted:
                take(browser, address, accounts, shot)
                say(f"✓ docs/pictures/{shot.name}.png")
        browser.close()
    return 0


def take(browser: Browser, address: str, accounts: list[dict[str, Any]], shot: Shot) -> None:
    size = PHONE if shot.size == "phone" else DESK
    context = browser.new_context(viewport=size, locale="zh-CN")
    page = context.new_page()
    if shot.role:
        sign_in(page, address, accounts, shot.role)
    page.goto(f"{address}{shot.path}")
    page.wait_for_load_state("load")
    if shot.keys:
        page.keyboard.press(shot.keys)
    if shot.open_first:
        page.goto(page.locator("a[data-open]").first.evaluate("link => link.href"))
    page.wait_for_timeout(3000)  # the map draws its last tiles
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS).save(FOLDER / f"{shot.name}.png", optimize=True)
    context.close()


def sign_in(page: Page, address: str, accounts: list[dict[str, Any]], role: str) -> None:
    account = next((account for account in accounts if account["role"] == role), None)
    if account is None:
        raise Failure(f"演示城市里没有 {role} 账号，请先用 script/server 生成演示城市。")
    page.goto(f"{address}/login")
    page.fill("input[name=username]", account["username"])
    page.fill("input[name=password]", account["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)


if __name__ == "__main__":
    main(body)
