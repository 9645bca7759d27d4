"""«Everything that this person changed»: every record names the person, and the auditor's page asks by it."""

import ast
from pathlib import Path

import pytest

import xiucheng
from xiucheng.cases.tests.loop import COVER
from xiucheng.catalog import queries
from xiucheng.kernel import audit, texts
from xiucheng.kernel.models import AdminChange
from xiucheng.people.models import Person
from xiucheng.people.tests.city import PASSWORD
from xiucheng.web.admin.texts import key

ADMIN, AUDITOR = "系统管理员", "审计员"
SENTENCE = "收到您的上报。"
WINDOWS = {
    "division": "530102", "valid_from": "2027-01-01", "source": "区政府通知", "name_1": "全年", "first_1": "01-01",
    "last_1": "12-31", "work_1": "08:00-12:00 15:00-18:00", "duty_1": "07:00-22:00",
}  # fmt: skip
DAY = {"form": "day", "day": "2031-03-03", "is_workday": "0", "name": "试验"}
YEAR = {"form": "year", "year": "2031", "source": "国办发明电〔2030〕7 号", "days": "10-01..10-07 休 国庆节"}
FIELD = {"label": "井深", "key": "depth", "kind": "number", "doors": ["citizen"], "position": "0"}
SETTING = "/admin/settings/territory.border_m"

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(cast):
    return Person.objects.get(pk=cast[ADMIN].person_id)


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        ("setting", [(SETTING, {"value": "80", "division": ""}), (SETTING, {"reset": ""})]),
        ("text", [("TEXT", {"text_zh_hans": "收到。", "text_en": "Received."}), ("TEXT", {"reset": "1"})]),
        ("calendar", [("/admin/calendar", DAY)]),
        ("calendar", [("/admin/calendar", YEAR)]),
        ("calendar", [("/admin/calendar/windows", WINDOWS)]),
        ("catalog", [("FORM", FIELD)]),
    ],
)
def test_a_page_records_who_did_it(page_as, chief, kind, steps):
    page = page_as(ADMIN)
    names = {
        "TEXT": f"/admin/texts/{key(SENTENCE)}",
        "FORM": f"/admin/forms/{queries.parse_category(COVER).pk}",
    }
    assert SENTENCE in texts.shipped()
    for path, form in steps:
        answer = page.post(names.get(path, path), form)
        assert answer.status_code == 302, answer.content.decode()[-2000:]
    found = AdminChange.objects.filter(step=kind)
    assert len(found) >= len(steps) and {row.person for row in found} == {chief.pk}


def test_a_term_of_keeping_is_recorded_too(page_as, cast):
    answer = page_as("安全管理员").post(
        "/admin/retention", {"what": "reporters", "reporters-days": "900", "reporters-note": "批文"}
    )
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    assert AdminChange.objects.get(step="setting").person == cast["安全管理员"].person_id


def test_the_own_password_is_changed_by_its_owner_and_not_by_the_system(page_as, cast):
    person = Person.objects.get(pk=cast[ADMIN].person_id)
    form = {"old_password": PASSWORD, "new_password": "Ganz-Neu-2031-xyz", "again": "Ganz-Neu-2031-xyz"}
    answer = page_as(ADMIN).post("/password", form)
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    row = AdminChange.objects.get(subject=f"password {person.username}")
    assert (row.by, row.person) == (person.username, person.pk)


def test_everything_that_a_person_changed(page_as, cast, chief):
    """By the id: not what others did for him, nor whoever has a name that his begins."""
    longer = f"{chief.username}2"
    audit.record(
        by=f"{chief.username} (system_admin)", person=chief.pk, subject="setting a", before=1, after=2
    )
    audit.record(by=f"{chief.username} (security_admin)", subject="post b", before=1, after=2)  # of before
    audit.record(by=f"{longer} (system_admin)", subject="setting c", before=1, after=2)
    audit.record(
        by=f"li.lei (system_admin) for {chief.username}", person=cast[AUDITOR].person_id, subject="setting d",
        before=1, after=2,
    )  # fmt: skip
    audit.record(by=audit.SYSTEM, subject="backup e", before=None, after=1)
    browser = page_as(AUDITOR)
    listed = browser.get("/admin/audit").content.decode()
    assert f'href="?person={chief.pk}"' in listed
    asked = browser.get(f"/admin/audit?person={chief.pk}").content.decode()
    assert "setting a" in asked and "post b" in asked
    assert not [one for one in ("setting c", "setting d", "backup e") if one in asked]
    assert f"只看 {chief.name} ({chief.username}) 办的" in asked
    assert f'<input type="hidden" name="person" value="{chief.pk}">' in asked, "another filter keeps it"
    narrowed = browser.get(f"/admin/audit?person={chief.pk}&kind=post").content.decode()
    assert "post b" in narrowed and "setting a" not in narrowed
    own = AdminChange.objects.get(subject="setting a")
    one = browser.get(f"/admin/audit/{own.pk}").content.decode()
    assert f'href="/admin/audit?person={chief.pk}"' in one


def test_the_name_of_a_person_finds_what_his_account_did(page_as, chief):
    Person.objects.filter(pk=chief.pk).update(name="欧阳一二三")
    audit.record(by="x1 (system_admin)", person=chief.pk, subject="setting a", before=1, after=2)
    assert "setting a" in page_as(AUDITOR).get("/admin/audit?by=欧阳一二三").content.decode()


@pytest.mark.parametrize("page", ["/admin/audit", "/admin/access"])
@pytest.mark.parametrize("person", ["x", "99999999", "٣", "-1", "9" * 18])
def test_nobody_of_that_number(page_as, page, person):
    answer = page_as(AUDITOR).get(f"{page}?person={person}")
    assert answer.status_code == 422 and "没有这个人" in answer.content.decode()


def test_every_record_in_the_source_names_a_person_or_the_system():
    """`audit.record(by=…)` without `person` is how the question loses an answer."""
    root = Path(xiucheng.__file__).parent
    calls, nameless = 0, []
    for path in sorted(root.rglob("*.py")):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record"):
                continue
            calls += 1
            given = {one.arg: ast.unparse(one.value) for one in node.keywords}
            if "person" not in given and None not in given and given.get("by") != "audit.SYSTEM":
                nameless.append(f"{path.relative_to(root)}:{node.lineno}")
    assert calls > 10 and nameless == []
