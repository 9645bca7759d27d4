"""docs/users says of each role what its desk shows: a tab renamed or added must be told there."""

import pytest
from django.conf import settings

from xiucheng.cases.queries.desk import TABS
from xiucheng.people.models import Role

PAGES = {
    Role.INTAKE: "intake",
    Role.SHIFT_LEADER: "shift_leader",
    Role.DISPATCHER: "dispatcher",
    Role.DEPARTMENT: "department",
    Role.GRID_WORKER: "inspector",
    Role.INSPECTOR: "inspector",
    Role.LEADER: "leader",
    Role.EVALUATOR: "leader",
}


@pytest.mark.parametrize("role", TABS)
def test_the_page_of_a_role_names_the_tabs_of_its_desk(role):
    text = (settings.ROOT / "docs" / "users" / f"{PAGES[Role(role)]}.md").read_text(encoding="utf-8")
    assert not [tab.name for tab in TABS[role] if f"**{tab.name}**" not in text]


def test_every_page_is_listed():
    folder = settings.ROOT / "docs" / "users"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    pages = {path.name for path in folder.glob("*.md")} - {"README.md"}
    assert len(pages) == 8
    assert all(f"({page})" in listed for page in pages)
