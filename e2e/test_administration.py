"""Administration without code in a browser: a limit drafted and approved by another, a ground redrawn, words, forms."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.db import connection
from django.utils import timezone
from playwright.sync_api import expect

from e2e.conftest import DESK, PHONE, Visit
from xiucheng.catalog import queries
from xiucheng.catalog.models import Revision
from xiucheng.kernel.tests.test_jobs import work
from xiucheng.territory.models import GroundVersion, UnitGrid
from xiucheng.web.admin import ground_jobs

pytestmark = pytest.mark.browser
ADMIN, LEADER = "系统管理员", "领导_五华"
AXE = Path(__file__).parent.parent / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = (
    "/admin/settings", "/admin/settings/territory.border_m", "/admin/calendar", "/admin/calendar/windows",
    "/admin/catalog", "/admin/catalog/standards", "/admin/catalog/duties", "/admin/ground", "/admin/addresses",
    "/admin/forms",    "/admin/texts", "/admin/numbering", "/admin/jobs", "/admin/config",
)  # fmt: skip


def worked() -> None:
    """What the worker does, in a thread of its own: Playwright holds the event loop of this one."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(run).result()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_is_sound_at_both_sizes(visit: Visit, size: dict[str, int]) -> None:
    """No axe violation, nothing wider than the window."""
    for path in PAGES:
        page = visit(path, who=ADMIN, size=size)
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found["violations"]] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path


def test_a_limit_is_drafted_by_one_and_approved_by_another(visit: Visit) -> None:
    day = timezone.localdate() + timedelta(5)
    page = visit("/admin/catalog", who=ADMIN, size=DESK)
    page.get_by_label("改动名称").fill("年底修订")
    page.get_by_label("从哪天起生效").fill(day.isoformat())
    page.get_by_role("button", name="起草").click()
    page.get_by_role("link", name="改立案标准和时限").click()
    page.get_by_label("代码、名称").fill("06001")
    page.get_by_role("button", name="查找").click()
    page.get_by_role("link", name="修订").first.click()
    page.get_by_label("处置时限").fill("9")
    page.get_by_label("依据文件").fill("市城管局〔2026〕9 号")
    page.get_by_role("button", name="写进改动").click()
    expect(page.locator("td.now").first).to_be_visible()
    page.get_by_role("button", name="提交批准").click()
    expect(page.locator(".notice.wait")).to_contain_text("起草人不能批准自己的改动")
    address = page.url.partition("/admin")[2]
    leader = visit(f"/admin{address}", who=LEADER, size=DESK)
    leader.get_by_label("意见").fill("同意")
    leader.get_by_role("button", name="批准", exact=True).click()
    expect(leader.locator(".messages")).to_contain_text("已批准")
    assert Revision.objects.get().state == "approved"
    after = queries.standards_for(queries.parse_category("matter/06001"), on=day)
    assert any(row.amount_text == "9" for row in after)


def test_a_ground_is_redrawn_with_its_difference_on_a_map(visit: Visit, tmp_path: Path) -> None:
    code, west, east = (
        "530102001001001",
        (102.700, 25.041, 102.7004, 25.042),
        (102.7004, 25.041, 102.701, 25.042),
    )
    features: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "properties": {"code": one, "beat": "甲"},
            "geometry": shapely.geometry.mapping(shapely.box(*box)),
        }
        for one, box in ((code, west), (code[:12] + "005", east))
    ]
    file = tmp_path / "网格.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    page = visit("/admin/ground", who=ADMIN, size=DESK)
    page.get_by_label("版本名称").fill("翠湖西路重划")
    page.get_by_label("从哪天起生效").fill(timezone.localdate().isoformat())
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_role("button", name="上传").click()
    expect(page.locator(".job")).to_contain_text("排队中")
    worked()
    expect(page.locator(".admin-page")).to_contain_text("文件没有写坐标系")  # by itself
    page.get_by_label("坐标系", exact=True).select_option("EPSG:4490")
    page.get_by_role("button", name="确认并核对").click()
    expect(page.locator(".job")).to_be_visible()
    worked()
    expect(page.locator("#list")).to_be_visible()
    page.locator("xc-difference").scroll_into_view_if_needed()
    expect(page.locator("xc-difference[data-ready]")).to_be_visible()
    expect(page.locator("#list")).to_contain_text(code[:12] + "005")
    page.get_by_role("button", name="提交批准").click()
    address = page.url.partition("/admin")[2]
    leader = visit(f"/admin{address}", who=LEADER, size=DESK)
    leader.get_by_role("button", name="批准", exact=True).click()
    expect(leader.locator(".messages")).to_contain_text("核对完即批准")
    worked()
    expect(leader.locator(".facts").first).to_contain_text("批准人")  # by itself
    ground_jobs.begin()  # if the worker has not done it already: it counts from today
    assert GroundVersion.objects.get().state == "in_force"
    assert UnitGrid.objects.filter(code=code).count() == 2


def test_addresses_are_imported_while_the_page_looks_on(visit: Visit, tmp_path: Path) -> None:
    """Faults stand by row and column; the corrected file goes in; another is stopped."""
    good = "类别,名称,经度,纬度\n标志物,双塔,102.709,25.041\n"
    for name, text in (("错.csv", good + "瞎写,三塔,102.708,25.041\n"), ("对.csv", good), ("停.csv", good)):
        file = tmp_path / name
        file.write_text(text, "utf-8")
        page = visit("/admin/addresses", who=ADMIN, size=PHONE)
        page.locator("input[type=file]").set_input_files(str(file))
        page.get_by_label("坐标系", exact=True).select_option("EPSG:4490")
        page.get_by_role("button", name="上传并导入").click()
        expect(page.locator(".job")).to_contain_text("排队中")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        if name == "停.csv":
            page.get_by_role("button", name="停止").click()
            expect(page.locator(".admin-page")).to_contain_text("导入已停止，一行也没有写入")
            continue
        worked()
        told = "有 1 处错误，一行也没有写入" if name == "错.csv" else "导入 1 条：新增 1"
        expect(page.locator(".admin-page")).to_contain_text(told)
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert found["violations"] == []


def test_a_question_declared_by_the_administrator_is_asked_of_the_citizen(visit: Visit) -> None:
    category = queries.parse_category("matter/01003")
    page = visit(f"/admin/forms/{category.pk}", who=ADMIN, size=DESK)
    page.get_by_label("名称", exact=True).fill("井深（米）")
    page.get_by_label("键", exact=True).fill("depth")
    page.get_by_label("填什么").select_option("number")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".messages")).to_contain_text("已保存")
    phone = visit("/report", size=PHONE)
    expect(phone.get_by_label("井深（米）")).to_be_hidden()
    phone.get_by_text("井盖缺损").click()
    expect(phone.get_by_label("井深（米）")).to_be_visible()
    phone.get_by_text("垃圾堆放").click()
    expect(phone.get_by_label("井深（米）")).to_be_hidden()
