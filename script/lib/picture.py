"""script/picture: photograph a dispatcher's desk. Accounts come as JSON on standard input."""

import json
import shutil
import sys

from place import ROOT, Failure, main, say
from playwright.sync_api import sync_playwright

PICTURE = ROOT / "docs" / "pictures" / "desk.png"
ROLE = "dispatcher"


def body() -> int:
    address = sys.argv[1].rstrip("/")
    account = next((account for account in json.load(sys.stdin) if account["role"] == ROLE), None)
    if account is None:
        raise Failure("演示城市里没有派遣员账号，请先用 script/server 生成演示城市。")
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--enable-unsafe-swiftshader"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN")
        page.goto(f"{address}/login")
        page.fill("input[name=username]", account["username"])
        page.fill("input[name=password]", account["password"])
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/desk")
        page.wait_for_load_state("networkidle")
        page.keyboard.press("j")  # the panel of the first case, as a dispatcher would open it
        page.wait_for_timeout(3000)  # the map draws its last tiles
        page.screenshot(path=PICTURE)
        browser.close()
    say(f"✓ {PICTURE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    main(body)
