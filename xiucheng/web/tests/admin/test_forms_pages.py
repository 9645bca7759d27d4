"""Extra fields: declared once, asked by citizen, call-taker and program, kept in the record, shown, exported."""

import uuid

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from xiucheng.cases.models import Case, CaseEvent
from xiucheng.cases.queries.columns import cells, chosen
from xiucheng.cases.tests.loop import COVER, DUSTBIN, SPOT, Loop
from xiucheng.catalog import actions, answers, queries
from xiucheng.catalog.models import ExtraField
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import AdminChange
from xiucheng.territory.rules import Fault

ADMIN = "系统管理员"
ALL = ["citizen", "intake", "inspector", "api"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def fields(cast):
    """井盖: depth (number, required for citizens and call-takers) and material (choice, everywhere)."""
    category = queries.parse_category(COVER)
    depth = actions.set_extra_field(
        category=category, key="depth", label="井深", kind="number", doors=["citizen", "intake"], required=True,
        by=cast[ADMIN],
    )  # fmt: skip
    material = actions.set_extra_field(
        category=category, key="material", label="材质", label_en="Material", kind="choice", doors=ALL,
        choices=["铸铁", "复合"], by=cast[ADMIN], position=1,
    )  # fmt: skip
    return depth, material


@pytest.mark.parametrize("page", ["/admin/forms", "/admin/forms?q=井盖"])
@pytest.mark.parametrize(
    ("who", "status"), [(ADMIN, 200), ("安全管理员", 403), ("审计员", 403), ("受理员_五华", 403), (None, 302)]
)
def test_who_may_open_it(page_as, who, status, page):
    assert page_as(who).get(page).status_code == status


def test_a_field_is_declared_and_changed_without_code(page_as):
    category = queries.parse_category(COVER)
    page, address = page_as(ADMIN), f"/admin/forms/{queries.parse_category(COVER).pk}"
    form = {
        "label": "井深",
        "key": "depth",
        "kind": "number",
        "doors": ["citizen"],
        "position": "0",
        "active": "on",
    }
    assert page.post(address, form).status_code == 302
    assert (
        "井深" in page.get(address).content.decode() and "井深" in page.get("/admin/forms").content.decode()
    )
    changed = form | {"label": "井深（米）", "doors": ALL, "kind": "text"}
    assert page.post(f"{address}?field=depth", changed).status_code == 302
    row = ExtraField.objects.get()
    assert (row.label, row.doors, row.kind) == ("井深（米）", ALL, "number"), "the kind stays"
    assert AdminChange.objects.filter(subject=f"field {category.key} depth").count() == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"label": "联系电话"}, "不能用来填姓名、电话"),
        ({"key": "Depth 1"}, "键只能用小写"),
        ({"kind": "choice", "choices": "铸铁"}, "至少写两个"),
        ({"doors": []}, "至少选一个"),
    ],
)
def test_a_bad_declaration_is_refused_beside_its_field(page_as, change, sentence):
    form = {"label": "井深", "key": "depth", "kind": "number", "doors": ["citizen"], "position": "0"} | change
    answer = page_as(ADMIN).post(f"/admin/forms/{queries.parse_category(COVER).pk}", form)
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert not ExtraField.objects.exists()


def citizen(**more):
    return {
        "uuid": str(uuid.uuid4()), "description": "井盖没了", "longitude": SPOT[0], "latitude": SPOT[1],
        "category": "matter/01001",
    } | more  # fmt: skip


def extra_of(number):
    case = Case.unscoped.get(number=number)
    return CaseEvent.unscoped.get(chain=case.pk, seq=1).data.get("extra", {})


def test_the_citizen_is_asked_and_the_answer_is_in_the_record(client, fields):
    depth, material = fields
    shown = client.get("/report").content.decode()
    assert f'name="{depth.name}"' in shown and 'data-extra-of="matter/01001" hidden disabled' in shown
    missing = client.post("/report", citizen(), headers={"Accept": "application/json"})
    assert missing.status_code == 422 and "请填“井深”" in missing.json()["errors"][depth.name][0]
    bad = client.post("/report", citizen(**{depth.name: "很深", material.name: "铸铁"}))
    page = bad.content.decode()
    assert bad.status_code == 422 and "请填数字" in page and 'value="很深"' in page
    assert 'data-extra-of="matter/01001">' in page, "the questions of the chosen category are open"
    good = client.post(
        "/report",
        citizen(**{depth.name: "3.50", material.name: "铸铁"}),
        headers={"Accept": "application/json"},
    )
    assert good.status_code == 201
    assert extra_of(good.json()["number"]) == {"depth": "3.5", "material": "铸铁"}
    other = client.post("/report", citizen(category="matter/06001"), headers={"Accept": "application/json"})
    assert other.status_code == 201 and extra_of(other.json()["number"]) == {}


def test_the_call_taker_is_asked_the_same(page_as, fields):
    depth, material = fields
    page = page_as("受理员_五华")
    assert f'name="{material.name}"' in page.get("/intake/new").content.decode()
    assert page.post("/intake/new", citizen()).status_code == 422
    assert page.post("/intake/new", citizen(**{depth.name: "2"})).status_code == 201
    inspector = page_as("监督员_五华_甲").get("/intake/new").content.decode()
    assert f'name="{material.name}"' in inspector and f'name="{depth.name}"' not in inspector


def test_programs_are_told_of_the_fields_and_answer_by_key(api, fields):
    rows = api.get("/api/v1/categories?words=01001").json()
    row = next(row for row in rows if row["short"] == "matter/01001")
    assert [(f["key"], f["kind"], f["choices"]) for f in row["fields"]] == [
        ("material", "choice", ["铸铁", "复合"])
    ]
    body = {
        "uuid": str(uuid.uuid4()), "description": "井盖没了", "longitude": SPOT[0], "latitude": SPOT[1],
        "category": "matter/01001", "extra": {"material": "复合"},
    }  # fmt: skip
    sent = api.post("/api/v1/reports", json=body)
    assert sent.status_code == 201 and extra_of(sent.json()["number"]) == {"material": "复合"}
    again = api.post("/api/v1/reports", json=body)
    assert again.status_code == 200 and again.json()["number"] == sent.json()["number"]
    for wrong in ({"material": "木头"}, {"colour": "红"}, {"material": {"a": 1}}, [1], "{"):
        answer = api.post("/api/v1/reports", json=body | {"uuid": str(uuid.uuid4()), "extra": wrong})
        assert answer.status_code == 422, wrong


def test_personal_data_does_not_enter_the_record(cast):
    actions.set_extra_field(
        category=queries.parse_category(DUSTBIN),
        key="where",
        label="位置细说",
        kind="text",
        doors=ALL,
        by=cast[ADMIN],
    )
    for text in ("打 13812345678", "530102199001011234", "a.b@example.com"):
        with pytest.raises(Refused) as refusal:
            Loop(cast, {}, extra={"where": text})
        assert refusal.value.field == "extra.where"
    assert extra_of(Loop(cast, {}, extra={"where": "北门  右手"}).received.number) == {"where": "北门 右手"}


def test_it_is_shown_on_the_case_and_exported_with_its_label(page_as, cast, departments, fields):
    loop = Loop(cast, departments, category=COVER, extra={"depth": "3", "material": "铸铁"})
    shown = page_as("受理员_五华").get(f"/cases/{loop.row.number}").content.decode()
    assert "井深：3" in shown and "材质：铸铁" in shown
    found = cells([loop.row], chosen(["extra"], []))
    assert found[loop.id] == ("井深：3；材质：铸铁",)
    actions.set_extra_field(
        category=fields[0].category, key="depth", label="井深", kind="number", doors=["citizen"], active=False,
        by=cast[ADMIN],
    )  # fmt: skip
    assert "井深：3" in page_as("受理员_五华").get(f"/cases/{loop.row.number}").content.decode(), (
        "old answers stay read"
    )


def test_forms_cost_no_statement(client, fields):
    client.get("/report")
    asked: list[str] = []

    def watch(execute, sql, *rest):
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        assert client.get("/report").status_code == 200
    assert not [sql for sql in asked if "extrafield" in sql]


@given(text=st.text(max_size=60), kind=st.sampled_from(["text", "number", "choice", "date", "yes_no"]))
def test_a_canonical_answer_is_read_as_itself(text, kind):
    """Whatever is taken is taken again unchanged, so an export can be sent back."""
    first = answers.read(kind, text, ["甲", "乙"])
    if not isinstance(first, Fault) and first:
        assert answers.read(kind, first, ["甲", "乙"]) == first
