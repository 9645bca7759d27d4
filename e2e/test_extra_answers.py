"""Correcting extra answers at the desk: the questions follow the category that is typed."""

from typing import Any

import pytest
from playwright.sync_api import expect

from e2e.conftest import DESK, Visit
from xiucheng.cases.tests.loop import COVER, DUSTBIN, Loop
from xiucheng.catalog import queries
from xiucheng.catalog.actions import set_extra_field

pytestmark = pytest.mark.browser


def test_a_category_typed_anew_asks_its_own_questions(visit: Visit, cast: Any, departments: Any) -> None:
    common: dict[str, Any] = {"doors": ["citizen", "intake", "api"], "by": cast["系统管理员"]}
    depth = set_extra_field(
        category=queries.parse_category(COVER), key="depth", label="井深（米）", kind="number", **common
    )
    full = set_extra_field(
        category=queries.parse_category(DUSTBIN),
        key="full",
        label="已满",
        kind="yes_no",
        required=True,
        **common,
    )
    loop = Loop(cast, departments, category=COVER, extra={"depth": "3"})
    page = visit(f"/cases/{loop.row.number}", who="受理员_五华", size=DESK)
    page.locator(".case-actions").get_by_text("更正").first.click()
    form = page.locator(".action-form")
    expect(form.locator(f"[name={depth.name}]")).to_have_value("3")
    expect(form.locator(f"[name={full.name}]")).to_be_hidden()
    form.locator("[name=category]").fill("matter/06001")
    expect(form.locator(f"[name={depth.name}]")).to_be_hidden()
    form.locator("button[type=submit]").click()
    expect(form.locator(f"[data-error={full.name}]")).to_contain_text("请填“已满”")
    form.locator(f"[name={full.name}]").select_option("yes")
    form.locator("button[type=submit]").click()
    expect(page.locator(".messages")).to_contain_text("已办理：更正")
    expect(page.locator(".timeline")).to_contain_text("附加项留在记录里：井深（米）：3")
    expect(page.locator(".facts")).to_contain_text("已满")
