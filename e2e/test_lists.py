"""Walks of search: by keys to the words, a filter kept and opened again, columns, an export taken home; the case on
paper."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from e2e.conftest import DESK, PHONE, Visit
from xiucheng.cases.tests.loop import reported
from xiucheng.kernel.sheets import read_table
from xiucheng.kernel.tests.test_jobs import work

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parent.parent / "frontend/node_modules/axe-core/axe.min.js").read_text("utf-8")


def sound(page: Page) -> None:
    """No rule of access is broken, nothing scrolls sideways."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [(rule["id"], node["html"][:160]) for rule in found for node in rule["nodes"]] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def worked() -> None:
    """What the worker does, on a connection of its own."""
    try:
        work()
    finally:
        connection.close()


def test_search_keep_export_download(visit: Visit) -> None:
    for words in ("东风路井盖破损", "路灯不亮", "=1+1 井盖丢失"):
        reported(description=words, address="东风西路")
    page = visit("/cases?sort=newest", who="受理员_五华", size=DESK)
    sound(page)
    page.keyboard.press("/")
    page.keyboard.type("井盖")
    page.keyboard.press("Enter")
    expect(page.locator("[data-row]")).to_have_count(2)
    expect(page.locator(".found-count")).to_have_text("共 2 件")
    sound(page)

    page.get_by_text("保存条件", exact=True).click()
    page.get_by_label("名称").fill("井盖的事")
    page.get_by_role("button", name="保存").first.click()
    page.goto(page.url.split("/cases")[0] + "/cases?sort=newest")
    expect(page.locator("[data-row]")).to_have_count(3)
    page.get_by_role("link", name="井盖的事").click()
    expect(page.locator("[data-row]")).to_have_count(2)

    page.get_by_text("显示列", exact=True).click()
    page.get_by_label("用表格显示").check()
    page.get_by_role("button", name="保存").last.click()
    expect(page.get_by_role("columnheader", name="受理号")).to_be_visible()
    sound(page)

    page.get_by_text("导出", exact=True).last.click()
    page.get_by_role("button", name="开始导出").click()
    expect(page.get_by_role("heading", name="我的导出")).to_be_visible()
    sound(page)
    with ThreadPoolExecutor(1) as thread:  # Playwright holds the event loop of this one
        thread.submit(worked).result()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载").click()
    rows = [row for _number, row in read_table(Path(download.value.path()).read_bytes()).dicts()]
    assert [row["问题描述"] for row in rows] == ["=1+1 井盖丢失", "东风路井盖破损"]


def test_filters_by_phone_and_the_case_on_paper(visit: Visit) -> None:
    number = reported(description="东风路井盖破损").number
    page = visit("/filters", who="受理员_五华", size=PHONE)
    expect(page.get_by_text("还没有保存的筛选条件")).to_be_visible()
    sound(page)
    page.goto(page.url.replace("/filters", "/cases?words=井盖&view=table"))
    sound(page)
    answer = page.request.get(page.url.split("/cases")[0] + f"/cases/{number}/file.pdf")
    assert answer.status == 200 and answer.body().startswith(b"%PDF")
