"""The catalogue without code: drafted with a day, looked at, approved by another person, counting from its day."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone

from xiucheng.cases.tests.loop import COVER, DUSTBIN, Loop, standard
from xiucheng.catalog import actions, queries
from xiucheng.catalog.actions import approvals
from xiucheng.catalog.models import Category, Duty, Revision, RevisionItem, Standard
from xiucheng.kernel.models import AdminChange, Job
from xiucheng.kernel.sheets import read_table, write_xlsx
from xiucheng.kernel.testing import run_job
from xiucheng.people.models import Person, Post
from xiucheng.web.admin import catalog_sheets

pytestmark = pytest.mark.django_db
ADMIN, LEADER = "系统管理员", "领导_五华"
TODAY, SOON = timezone.localdate(), timezone.localdate() + timedelta(9)
DECIDE = {"answer": "同意"}


@pytest.fixture
def draft(cast):
    return actions.open_revision(title="年底修订", effective=SOON, by=cast[ADMIN])


@pytest.fixture
def second_admin(cast):
    """Another person who manages the catalogue."""
    person = Person.objects.create(username="second.admin", name="第二位", password="!")
    return Post.objects.create(
        person=person, role="system_admin", department=cast[ADMIN].department, scope_codes=["5301"],
        valid_from="2020-01-01",
    )  # fmt: skip


def limit_form(row, **changes):
    values = {
        "filing_condition": row.filing_condition, "amount": row.amount_text, "unit": row.unit, "season": row.season,
        "closing_condition": row.closing_condition, "area_grade": row.area_grade, "source": "市城管局〔2026〕9 号",
        "confidence": "high",
    }  # fmt: skip
    return values | changes


def path(revision, *parts):
    return "/".join(["/admin/catalog/revisions", str(revision.pk), *parts])


PAGES = (
    "/admin/catalog",
    "/admin/catalog/standards",
    "/admin/catalog/duties",
    "/admin/catalog/export/duties.xlsx",
)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("who", "status"),
    [(ADMIN, 200), (LEADER, 200), ("安全管理员", 403), ("审计员", 403), ("受理员_五华", 403), (None, 302)],
)
def test_who_may_open_it(page_as, who, status, page):
    assert page_as(who).get(page).status_code == status


def test_only_who_manages_the_catalogue_drafts(page_as, draft):
    row = standard()
    form = {"title": "x", "effective": SOON.isoformat()}
    assert page_as(LEADER).post("/admin/catalog", form).status_code == 403
    assert page_as(LEADER).get(path(draft, "standard_revise") + f"?standard={row.pk}").status_code == 403
    assert page_as(ADMIN).post("/admin/catalog", form | {"effective": "2020-01-01"}).status_code == 422
    assert Revision.objects.count() == 1


def test_a_limit_is_revised_from_its_day_on_and_cases_filed_before_keep_theirs(
    page_as, cast, departments, draft
):
    row = standard()
    filed = Loop(cast, departments).filed(row)
    waiting = Loop(cast, departments).accepted()
    page = page_as(ADMIN)
    address = path(draft, "standard_revise") + f"?standard={row.pk}"
    assert row.filing_condition in page.get(address).content.decode()
    assert page.post(address, limit_form(row, amount="0")).status_code == 422
    assert page.post(address, limit_form(row, amount="9", unit="工作日")).status_code == 302
    shown = page.get(path(draft)).content.decode()
    assert f'<td class="was">{row.amount_text}</td><td class="now">9</td>' in shown
    assert "<b>1</b> 件还没有立案" in shown and "<b>1</b> 件已经立案" in shown
    assert (filed.row.case_number or "")[-5:] in shown
    assert page.post(path(draft), {"do": "approve"}).status_code == 409, "not handed in"
    assert page.post(path(draft), {"do": "submit"}).status_code == 302
    refused = page.post(path(draft), {"do": "approve"})
    assert refused.status_code == 403 and "起草人不能批准自己的改动" in refused.content.decode()
    assert page_as(LEADER).post(path(draft), DECIDE | {"do": "approve"}).status_code == 302
    category = queries.parse_category(DUSTBIN)
    assert row.limit in [one.limit for one in queries.standards_for(category, on=SOON - timedelta(1))]
    after = queries.standards_for(category, on=SOON)
    assert "9 工作日" in [str(one.limit) for one in after] and row.pk not in [one.pk for one in after]
    draft.refresh_from_db()
    assert draft.state == "approved" and draft.decided_by == cast[LEADER]
    assert draft.items.get().before["amount"] == row.amount_text
    assert filed.row.standard_id == row.pk and waiting.row.standard_id is None
    assert AdminChange.objects.filter(subject__startswith=f"revision {draft.pk}").exists()
    past = page.get(path(draft)).content.decode()
    assert f'<td class="was">{row.amount_text}</td>' in past and "批准人" in past


def test_two_posts_of_one_person_are_not_two_persons(cast, draft):
    other = Post.objects.create(
        person=cast[ADMIN].person, role="leader", department=cast[ADMIN].department, scope_codes=["5301"],
        valid_from="2020-01-01",
    )  # fmt: skip
    row = standard()
    change = actions.Change(kind="standard_end", standard=row, after={"source": "不再适用"})
    actions.put_changes(revision=draft, changes=[change], by=cast[ADMIN])
    actions.submit_revision(revision=draft, by=cast[ADMIN])
    with pytest.raises(queries.Refused) as refusal:
        actions.approve_revision(revision=draft, by=other)
    assert refusal.value.code == "approve_self"


def test_a_limit_of_low_confidence_needs_a_leader(cast, draft, second_admin):
    row = standard()
    change = actions.Change(
        kind="standard_revise", standard=row, category=row.category, after=limit_form(row, confidence="low")
    )
    actions.put_changes(revision=draft, changes=[change], by=cast[ADMIN])
    actions.submit_revision(revision=draft, by=cast[ADMIN])
    with pytest.raises(queries.Refused) as refusal:
        actions.approve_revision(revision=draft, by=second_admin)
    assert refusal.value.code == "approve_low"
    actions.approve_revision(revision=draft, by=cast[LEADER])
    assert Standard.objects.get(valid_from=SOON, code=row.code, seq=row.seq).scores


def test_a_duty_routes_from_its_day_on(page_as, cast, departments, draft, second_admin):
    category = queries.parse_category(COVER)
    sent = Loop(cast, departments, category=COVER).filed(queries.standards_for(category)[0])
    sent.dispatch("排水")
    Loop(cast, departments, category=COVER)
    page = page_as(ADMIN)
    address = path(draft, "duty_set") + f"?category={category.pk}&division=530102"
    form = {
        "division_code": "530102",
        "lead": departments["市政"].code,
        "cooperating": [departments["排水"].code],
    }
    assert page.post(address, form | {"lead": "nobody"}).status_code == 422
    assert page.post(address, form).status_code == 302
    assert page.post(address, form | {"legal_basis": "第八条"}).status_code == 302
    assert draft.items.count() == 1, "the second takes the place of the first"
    shown = page.get(path(draft)).content.decode()
    assert departments["市政"].name in shown
    assert "<b>1</b> 件还没有立案或派遣" in shown and "<b>1</b> 件已经立案或派出" in shown
    actions.submit_revision(revision=draft, by=cast[ADMIN])
    actions.approve_revision(revision=draft, by=second_admin)
    assert queries.duty_for(category, "530102", SOON - timedelta(1)).rule != "duty"
    found = queries.duty_for(category, "530102001", SOON)
    assert (found.lead, found.cooperating, found.rule) == (
        departments["市政"].pk,
        (departments["排水"].pk,),
        "duty",
    )


def test_a_local_category_begins_and_ends_on_its_days(page_as, cast, draft, second_admin):
    page = page_as(ADMIN)
    form = {
        "name": "共享电单车乱停",
        "class_code": "09",
        "class_name": "街面秩序",
        "subclass_code": "998",
        "source": "市规",
    }
    assert page.post(path(draft, "category_add"), form | {"subclass_code": "9x8"}).status_code == 422
    assert page.post(path(draft, "category_add"), form).status_code == 302
    actions.submit_revision(revision=draft, by=cast[ADMIN])
    actions.approve_revision(revision=draft, by=second_admin)
    made = Category.objects.get(code="09998")
    assert queries.category("", "matter", "09998", SOON) == made
    assert made not in queries.categories(on=TODAY) and made in queries.categories(on=SOON)
    actions.end_category(category=made, by=cast[ADMIN], on=SOON + timedelta(5))
    assert made in queries.categories(on=SOON + timedelta(4))
    assert made not in queries.categories(on=SOON + timedelta(5))
    assert made in queries.limit_holes(on=SOON)


def test_a_row_changed_meanwhile_stops_the_whole_approval(cast, draft):
    row, other = standard(), queries.standards_for(queries.parse_category(COVER))[0]
    changes = [
        actions.Change(kind="standard_end", standard=other, after={"source": "x"}),
        actions.Change(kind="standard_end", standard=row, after={"source": "x"}),
    ]
    actions.put_changes(revision=draft, changes=changes, by=cast[ADMIN])
    actions.submit_revision(revision=draft, by=cast[ADMIN])
    actions.end_standard(standard=row, by=cast[ADMIN], on=TODAY)
    with pytest.raises(queries.Refused) as refusal:
        actions.approve_revision(revision=draft, by=cast[LEADER])
    assert refusal.value.status == 409
    assert Standard.objects.get(pk=other.pk).valid_to is None
    draft.refresh_from_db()
    assert draft.state == "submitted"


def test_a_ruling_is_adopted_or_declined_with_a_reason(page_as, cast, departments):
    made = [
        actions.draft_duty(
            category_key=COVER,
            division_code=division,
            lead=departments["市政"],
            basis="井盖属道路",
            ruling="5301-1",
        )
        for division in ("530102", "530103")
    ]
    page = page_as(ADMIN)
    assert "仲裁留下的草稿" in page.get("/admin/catalog").content.decode()
    address = f"/admin/catalog/rulings/{made[0].pk}"
    assert "井盖属道路" in page.get(address).content.decode()
    assert page.post(address, {"do": "adopt", "on": SOON.isoformat()}).status_code == 302
    assert queries.duty_for(queries.parse_category(COVER), "530102", SOON).rule == "duty"
    other = f"/admin/catalog/rulings/{made[1].pk}"
    assert page.post(other, {"do": "decline"}).status_code == 422
    assert page.post(other, {"do": "decline", "reason": "与条例不符"}).status_code == 302
    assert "仲裁留下的草稿" not in page.get("/admin/catalog").content.decode()
    assert Duty.objects.get(pk=made[1].pk).draft, "it stays to be read"


def sheet_of(answer):
    table = read_table(answer.content)
    return list(table.header), [cells for _number, cells in table.rows]


def upload(header, rows):
    file = io.BytesIO()
    write_xlsx(file, header, rows, "表")
    file.seek(0)
    file.name = "改.xlsx"
    return file


def test_a_table_goes_out_and_its_differences_come_back_as_a_draft(page_as, draft):
    page = page_as(ADMIN)
    header, rows = sheet_of(page.get("/admin/catalog/export/standards.xlsx"))
    assert len(rows) > 100
    same = page.post(path(draft, "load"), {"file": upload(header, rows)})
    assert same.status_code == 302 and not RevisionItem.objects.exists()
    rows[3][header.index("处置时限")] = "17"
    rows[4][header.index("停用")] = "是"
    page.post(path(draft, "load"), {"file": upload(header, rows)})
    assert sorted(draft.items.values_list("kind", flat=True)) == ["standard_end", "standard_revise"]
    assert draft.items.get(kind="standard_revise").after["amount"] == "17"


def test_a_bad_table_is_refused_by_row_and_column_and_adds_nothing(page_as, draft):
    page = page_as(ADMIN)
    header, rows = sheet_of(page.get("/admin/catalog/export/standards.xlsx"))
    rows[0][header.index("处置时限")] = "很久"
    rows[1][header.index("类别")] = "matter/99000"
    rows[2][header.index("处置时限")] = "5"
    said = page.post(path(draft, "load"), {"file": upload(header, rows)}, follow=True).content.decode()
    assert "第 2 行“处置时限”列" in said and "第 3 行“类别”列" in said
    assert not RevisionItem.objects.exists()
    assert (
        "表头对不上"
        in page.post(path(draft, "load"), {"file": upload(["甲"], [["1"]])}, follow=True).content.decode()
    )


def test_holes_lead_to_where_they_are_filled(page_as, cast, draft):
    page = page_as(ADMIN)
    hole = queries.limit_holes()[0]
    assert hole.code in page.get("/admin/catalog").content.decode()
    shown = page.get(f"/admin/catalog/standards?holes=1&kind={hole.kind}&q={hole.code}").content.decode()
    assert "没有时限，不能立案" in shown and f"standard_add?category={hole.pk}" in shown
    assert "没有写到" in page.get("/admin/catalog/duties?holes=1&county=530102").content.decode()


@pytest.mark.parametrize("page", PAGES[:3])
def test_a_page_costs_as_many_statements_however_much_there_is(
    page_as, cast, departments, page, django_assert_max_num_queries
):
    browser = page_as(ADMIN)
    for number in range(3):
        actions.open_revision(title=f"改动 {number}", effective=SOON, by=cast[ADMIN])
        actions.draft_duty(
            category_key=COVER,
            division_code=f"53010200{number}",
            lead=departments["市政"],
            basis="",
            ruling="1",
        )
    browser.get(page)
    with django_assert_max_num_queries(16):
        browser.get(page)


# --- Many changes at once ---


@pytest.fixture
def many(page_as, draft, cast, departments, monkeypatch):
    """A sheet of 60 duties in a draft that is handed in; above the number that is written at once."""
    monkeypatch.setattr(approvals, "AT_ONCE", 20)
    header, _rows = sheet_of(page_as(ADMIN).get("/admin/catalog/export/duties.xlsx"))
    code = departments["市政"].code
    rows = [
        [category.key, "", "530102", code, "", "", "", "", "市〔2026〕9 号", ""]
        for category in queries.categories()[:60]
    ]
    answer = page_as(ADMIN).post(path(draft, "load"), {"file": upload(header, rows)}, follow=True)
    assert "已加入改动" in answer.content.decode()
    actions.submit_revision(revision=draft, by=cast[ADMIN])
    return draft


def in_force():
    return Duty.objects.filter(source="市〔2026〕9 号").count()


def test_many_changes_are_shown_in_pages_and_approved_by_a_job(page_as, many):
    page, address = page_as("领导_五华"), f"/admin/catalog/revisions/{many.pk}"
    shown = page.get(address).content.decode()
    assert "共 60 处改动" in shown and shown.count("指定责任部门 ·") == 50
    assert page.get(f"{address}?from=50").content.decode().count("指定责任部门 ·") == 10
    assert page.post(address, {"do": "approve", "answer": "同意"}).status_code == 302
    many.refresh_from_db()
    assert (many.state, in_force()) == ("approving", 0)
    waiting = page.get(address).content.decode()
    assert f'hx-get="{address}/progress"' in waiting and 'value="approve"' not in waiting
    busy = page_as(ADMIN).post(address, {"do": "withdraw"})
    assert busy.status_code == 409 and "请等它完成" in busy.content.decode()
    assert page_as(ADMIN).post(address, {"do": "stop"}).status_code == 403
    run_job(many.job)
    many.refresh_from_db()
    assert (many.state, many.answer, in_force()) == ("approved", "同意", 60)
    assert page.get(f"{address}/progress")["HX-Refresh"] == "true"
    run_job(many.job)
    assert in_force() == 60, "a job may run twice"


def test_an_approval_of_many_is_stopped_and_nothing_is_written(page_as, many):
    page, address = page_as("领导_五华"), f"/admin/catalog/revisions/{many.pk}"
    page.post(address, {"do": "approve"})
    many.refresh_from_db()
    Job.objects.filter(pk=many.job_id).update(cancel_requested=True)
    assert run_job(many.job).state == "cancelled"
    many.refresh_from_db()
    assert (many.state, many.decided_by, in_force()) == ("submitted", None, 0)
    page.post(address, {"do": "approve"})
    assert page.post(address, {"do": "stop"}).status_code == 302
    many.refresh_from_db()
    assert many.state == "submitted"


def test_whoever_drafted_many_or_lost_the_post_does_not_approve_them(page_as, many, cast):
    address = f"/admin/catalog/revisions/{many.pk}"
    assert page_as(ADMIN).post(address, {"do": "approve"}).status_code == 403
    page_as("领导_五华").post(address, {"do": "approve"})
    many.refresh_from_db()
    Post.objects.filter(pk=cast["领导_五华"].pk).update(active=False)
    assert "已经没有这个岗位" in run_job(many.job).error
    many.refresh_from_db()
    assert (many.state, in_force()) == ("submitted", 0)
    assert "上一次没有办成" in page_as(ADMIN).get(address).content.decode()


def test_a_long_sheet_costs_as_many_statements_as_a_short_one(
    page_as, draft, departments, django_assert_max_num_queries
):
    """Read and compared in a second or two at 5,000 changes, so it stays in the request."""
    page = page_as(ADMIN)
    header, _rows = sheet_of(page.get("/admin/catalog/export/duties.xlsx"))
    code = departments["市政"].code
    rows = [[category.key, "", "530102", code, "", "", "", "", "x", ""] for category in queries.categories()]
    file = upload(header, rows)
    with django_assert_max_num_queries(25):
        assert page.post(path(draft, "load"), {"file": file}).status_code == 302
    assert draft.items.count() == len(rows) > 100
    page.post(path(draft, "load"), {"file": upload(header, [[*rows[0][:8], "y", ""]])})
    assert draft.items.count() == len(rows), "one about the same row takes the place of the one before"
    assert draft.items.filter(after__source="y").count() == 1


def test_more_changes_than_fit_are_refused(page_as, draft, departments, monkeypatch):
    monkeypatch.setattr(catalog_sheets, "MOST", 3)
    page = page_as(ADMIN)
    header, _rows = sheet_of(page.get("/admin/catalog/export/duties.xlsx"))
    code = departments["市政"].code
    rows = [
        [category.key, "", "530102", code, "", "", "", "", "x", ""] for category in queries.categories()[:5]
    ]
    said = page.post(path(draft, "load"), {"file": upload(header, rows)}, follow=True).content.decode()
    assert "一次最多 3 处" in said and draft.items.count() == 0
