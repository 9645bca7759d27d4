"""Extra answers after the report: corrected by staff, kept in the record, never read as another category's."""

from importlib import import_module

import pytest
from django.db import connection

from xiucheng.cases import actions, rebuild
from xiucheng.cases.models import Case, CaseEvent
from xiucheng.cases.queries.columns import cells, chosen
from xiucheng.cases.tests.loop import COVER, DUSTBIN, Loop
from xiucheng.catalog import queries
from xiucheng.catalog.actions import set_extra_field
from xiucheng.kernel.errors import Refused

INTAKE = "受理员_五华"
pytestmark = pytest.mark.django_db


@pytest.fixture
def declare(cast):
    def made(category, key, label, **more):
        given = {"kind": "text", "doors": ["citizen", "intake", "api"]} | more
        return set_extra_field(
            category=queries.parse_category(category), key=key, label=label, by=cast["系统管理员"], **given
        )

    return made


@pytest.fixture
def fields(declare):
    """井盖: depth (a required number), material (a choice of citizens only); 垃圾箱: full (required yes or no)."""
    depth = declare(COVER, "depth", "井深", kind="number", required=True)
    material = declare(
        COVER, "material", "材质", kind="choice", choices=["铸铁", "复合"], doors=["citizen"], position=1
    )
    full = declare(DUSTBIN, "full", "已满", kind="yes_no", required=True)
    return depth, material, full


@pytest.fixture
def cover(cast, departments, fields):
    return Loop(cast, departments, category=COVER, extra={"depth": "3", "material": "铸铁"})


def last(loop):
    return CaseEvent.unscoped.filter(chain=loop.id).order_by("seq").last()


def sound(loop):
    """The row is the fold of the events, also with answers in it."""
    return rebuild.compare(loop.id).ok


def test_an_answer_is_corrected_as_an_event_and_the_old_one_stays_in_the_record(cover):
    cover(actions.correct, INTAKE, extra={"depth": "4.50"}, note="打电话问过")
    assert cover.row.extra == {COVER: {"depth": "4.5", "material": "铸铁"}}
    event = last(cover)
    assert (event.step, event.note) == ("correct", "打电话问过")
    assert event.data["extra"] == {"depth": "4.5", "material": "铸铁"} and event.data["category"] == COVER
    first = CaseEvent.unscoped.get(chain=cover.id, seq=1)
    assert first.data["extra"] == {"depth": "3", "material": "铸铁"}
    assert sound(cover)


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"depth": "很深"}, "extra.depth", "extra_value"),
        ({"depth": " "}, "extra.depth", "extra_required"),
        ({"material": "木头"}, "extra.material", "extra_value"),
        ({"colour": "红"}, "extra.colour", "extra_unknown"),
    ],
)
def test_it_is_checked_as_at_the_intake(cover, given, field, code):
    with pytest.raises(Refused) as refusal:
        cover(actions.correct, INTAKE, extra=given, address="东风西路")
    assert (refusal.value.field, refusal.value.code) == (field, code)
    assert last(cover).seq == 1 and cover.row.extra[COVER]["depth"] == "3"


def test_nothing_changed_is_nothing_to_correct_and_the_right_comes_first(cover):
    cover.refuses(actions.correct, INTAKE, code="refused", extra={"depth": "3.0"})
    cover.refuses(actions.correct, "派遣员_五华", code="no_right", status=403, extra={"depth": "x"})


def test_other_corrections_leave_the_answers_alone_even_outdated_ones(cover, declare):
    declare(COVER, "material", "材质", kind="choice", choices=["复合", "塑料"], doors=["citizen"])
    cover(actions.correct, INTAKE, address="东风西路")
    assert "extra" not in last(cover).data
    cover(actions.correct, INTAKE, extra={"depth": "5"})
    assert cover.row.extra == {COVER: {"depth": "5", "material": "铸铁"}}, "what was right when given stays"


def test_another_category_leaves_its_answers_behind_and_asks_its_own(cover):
    dustbin = queries.parse_category(DUSTBIN)
    with pytest.raises(Refused) as refusal:
        cover(actions.correct, INTAKE, category=dustbin)
    assert refusal.value.field == "extra.full", "asked as at the intake"
    cover(actions.correct, INTAKE, category=dustbin, extra={"full": "是"})
    assert cover.row.extra == {COVER: {"depth": "3", "material": "铸铁"}, DUSTBIN: {"full": "yes"}}
    assert cells([cover.row], chosen(["extra"], []))[cover.id] == ("已满：yes",)
    cover(actions.correct, INTAKE, category=queries.parse_category(COVER))
    assert cells([cover.row], chosen(["extra"], []))[cover.id] == ("井深：3；材质：铸铁",)
    assert sound(cover)


def test_a_category_changed_elsewhere_does_not_inherit_the_answers(cover):
    cover(actions.accept, INTAKE, category=queries.parse_category(DUSTBIN))
    assert cells([cover.row], chosen(["extra"], []))[cover.id] == ("",)
    assert cover.row.extra == {COVER: {"depth": "3", "material": "铸铁"}} and sound(cover)


# -- the page ---


def form_of(loop, **more):
    return {
        "category": "matter/01001",
        "address": loop.row.address,
        "description": loop.row.description,
        "head": loop.row.head_seq,
    } | more


def test_the_form_begins_with_the_answers_and_the_story_tells_what_changed(page_as, cover, fields):
    depth, material, full = fields
    page, address = page_as(INTAKE), f"/cases/{cover.row.number}/correct"
    shown = page.get(address).content.decode()
    assert f'name="{depth.name}" value="3"' in shown
    assert '<option value="铸铁" selected>' in shown, "answered at another door, corrected here"
    assert (
        'data-extra-of="matter/01001">' in shown and 'data-extra-of="matter/06001" hidden disabled' in shown
    )
    typed = form_of(cover, **{depth.name: "4", material.name: "复合", full.name: ""})
    assert page.post(address, typed).status_code == 302
    story = page.get(f"/cases/{cover.row.number}").content.decode()
    assert "井深：3 → 4" in story and "材质：铸铁 → 复合" in story
    assert "<dt>井深</dt><dd>4</dd>" in story


def test_a_bad_answer_stands_beside_its_field_and_all_that_was_typed_is_kept(page_as, cover, fields):
    depth, material, _full = fields
    page, address = page_as(INTAKE), f"/cases/{cover.row.number}/correct"
    typed = form_of(cover, **{depth.name: "很深", material.name: "复合", "address": "东风西路 8 号"})
    answer = page.post(address, typed)
    shown = answer.content.decode()
    assert answer.status_code == 422 and last(cover).seq == 1
    assert f'data-error="{depth.name}" role="alert">“井深”：请填数字。' in shown
    assert 'value="很深"' in shown and 'value="东风西路 8 号"' in shown
    assert '<option value="复合" selected>' in shown


def test_an_address_is_corrected_without_being_asked_what_was_never_answered(
    page_as, cast, departments, declare
):
    loop = Loop(cast, departments, category=COVER)
    depth = declare(COVER, "depth", "井深", required=True)
    page, address = page_as(INTAKE), f"/cases/{loop.row.number}/correct"
    done = page.post(address, form_of(loop, **{depth.name: "", "address": "东风西路"}))
    assert done.status_code == 302 and last(loop).data == {"address": "东风西路"}
    nothing = page.post(address, form_of(loop, **{depth.name: ""}))
    assert nothing.status_code == 422 and "没有要更正的内容" in nothing.content.decode()


def test_the_story_says_what_another_category_left_behind(page_as, cover, fields):
    _depth, _material, full = fields
    page = page_as(INTAKE)
    address = f"/cases/{cover.row.number}/correct"
    missing = page.post(address, form_of(cover, category="matter/06001", **{full.name: ""}))
    assert missing.status_code == 422 and "请填“已满”" in missing.content.decode()
    done = page.post(address, form_of(cover, category="matter/06001", **{full.name: "yes"}))
    assert done.status_code == 302
    story = page.get(f"/cases/{cover.row.number}").content.decode()
    name = queries.category_name(COVER)
    assert f"原类别“{name}”的附加项留在记录里：井深：3、材质：铸铁" in story
    assert "已满：（没有填） → 是" in story and "<dt>已满</dt><dd>是</dd>" in story
    assert "<dt>井深</dt>" not in story


# -- the API ---


def test_programs_correct_answers_by_key(api_as, cover):
    api, address = api_as(INTAKE), f"/api/v1/cases/{cover.row.number}"
    assert api.get(address).json()["extra"] == {"depth": "3", "material": "铸铁"}
    done = api.post(f"{address}/correct", json={"extra": {"depth": 4}})
    assert done.status_code == 200 and done.json()["extra"] == {"depth": "4", "material": "铸铁"}
    formed = api.post(f"{address}/correct", data={"extra": '{"material": ""}'})
    assert formed.status_code == 200, formed.json()
    assert formed.json()["extra"] == {"depth": "4"}, "an empty text takes an answer back"
    for wrong in ({"depth": "x"}, {"colour": "红"}, [1], "{"):
        bad = api.post(f"{address}/correct", json={"extra": wrong})
        assert bad.status_code == 422, wrong
    events = api.get(f"{address}/events").json()["items"]
    assert [one["data"].get("extra") for one in events] == [
        {"depth": "3", "material": "铸铁"}, {"depth": "4", "material": "铸铁"}, {"depth": "4"},
    ]  # fmt: skip


def test_the_migration_brings_the_answers_of_before_into_the_rows(cover):
    migration = import_module("xiucheng.cases.migrations.0013_extra_answers")
    Case.unscoped.filter(pk=cover.id).update(extra={})
    assert not sound(cover)
    with connection.cursor() as cursor:
        cursor.execute(migration.ANSWERS_OF_BEFORE)
    assert sound(cover)
