"""The list page, saved filters, columns, exports, the printed file: through the door."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import storages
from django.utils import timezone
from pypdf import PdfReader

from xiucheng.cases import actions, exporting, search_index
from xiucheng.cases.actions import lists
from xiucheng.cases.models import Case, CaseExport, ListChoice, SavedFilter
from xiucheng.cases.queries import FIELDS, filter_of, written
from xiucheng.cases.tests.loop import Loop, photo, reported
from xiucheng.kernel import jobs
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import AdminChange, Job, PersonalDataAccess
from xiucheng.kernel.sheets import read_table
from xiucheng.people.models import Post

pytestmark = pytest.mark.django_db
WHO = "受理员_五华"


@pytest.fixture
def found(cast, departments):
    reported(description="=HYPERLINK(1) 井盖破损，电话13812345678", address="东风西路12号")
    reported(description="路灯不亮", address="人民中路")
    return Case.unscoped.order_by("reported_at")


# --- Addresses of filters ---


@pytest.mark.parametrize(
    ("asked", "filter"),
    [
        (
            {"q": "井盖", "county": "530102", "state": "late"},
            {"words": "井盖", "division": "530102", "overdue": True},
        ),
        ({"urgent": "1", "since": "2026-05-01"}, {"urgent": True}),
        ({"department": "7", "open": "0", "nonsense": "x"}, {"department": 7, "open": False}),
    ],
)
def test_an_address_is_read(asked, filter):
    given = filter_of(asked).given()
    assert filter.items() <= given.items()
    assert filter_of(written(filter_of(asked))) == filter_of(asked)


@pytest.mark.parametrize(
    "asked", [{"since": "2026-13-01"}, {"urgent": "perhaps"}, {"department": "x"}, {"division": "53010"}]
)
def test_an_address_that_means_nothing_is_refused(asked):
    with pytest.raises(Refused) as refused:
        filter_of(asked)
    assert refused.value.field == next(iter(asked))


# --- The page ---


def test_the_list_is_searched_and_says_what_narrows(page_as, found):
    page = page_as(WHO).get("/cases?words=井盖&channel=web").content.decode()
    assert "井盖破损" in page and "路灯不亮" not in page
    assert "来源 市民" in page  # a chip


def test_a_wrong_value_is_told_beside_its_field_and_kept(page_as, found):
    answer = page_as(WHO).get("/cases?person=没有这个人&words=井盖")
    text = answer.content.decode()
    assert answer.status_code == 422 and 'id="e-person"' in text and 'value="没有这个人"' in text
    assert 'value="井盖"' in text


def test_the_page_costs_a_constant_number_of_statements(page_as, found, django_assert_max_num_queries):
    while search_index.index_changed():
        pass
    browser = page_as(WHO)
    for address in ("/cases?sort=newest", "/cases?words=路&channel=web", "/cases?view=table&sort=newest"):
        browser.get(address)
        with django_assert_max_num_queries(20):
            assert browser.get(address).status_code == 200


def test_the_count_comes_by_itself(page_as, found):
    assert page_as(WHO).get("/cases/count?words=井盖").content.decode() == "共 1 件"


def test_a_table_with_the_chosen_columns(page_as, found, cast):
    browser = page_as(WHO)
    browser.post(
        "/cases/columns",
        {"table": "1", "column": ["address", "stage"], "place-address": "2", "place-stage": "1"},
    )
    choice = ListChoice.objects.get(person=cast[WHO].person_id)
    assert choice.columns == ["stage", "address"]
    page = browser.get("/cases?sort=newest").content.decode()
    assert "东风西路12号" in page and page.index('<th scope="col">环节') < page.index('<th scope="col">地址')


def test_the_api_takes_every_field_of_the_page(api_as, found):
    api = api_as(WHO)
    for field in FIELDS:
        document = api.get("/api/v1/cases", {field.key: ""})
        assert document.status_code in (200, 422), field.key
    assert len(api.get("/api/v1/cases", {"words": "井盖", "urgent": "false"}).json()["items"]) == 1
    assert api.get("/api/v1/cases", {"unit_grid": "12"}).status_code == 422


# --- Saved filters ---


def save(browser, name, sharing="", asked="words=井盖&channel=web"):
    return browser.post("/filters/save", {"name": name, "asked": asked, "sharing": sharing})


def test_a_filter_is_kept_opened_first_and_deleted(page_as, found, cast):
    browser = page_as(WHO)
    assert save(browser, "井盖").status_code == 302
    saved = SavedFilter.objects.get()
    assert saved.asked == {"words": "井盖", "channel": "web"}
    browser.post(f"/filters/{saved.pk}/first")
    first = browser.get("/cases")
    assert first.status_code == 302 and "channel=web" in first["Location"]
    assert browser.get("/cases?sort=newest").status_code == 200
    browser.post(f"/filters/{saved.pk}/delete")
    assert not SavedFilter.objects.exists() and browser.get("/cases").status_code == 200


@pytest.mark.parametrize(
    ("sharing", "sees"),
    [
        ("", set()),
        ("department", {"值班长_五华"}),
        ("role", {"受理员_盘龙"}),
        ("place", {"值班长_五华", "派遣员_五华", "经办人_华山街道"}),
    ],
)
def test_who_is_offered_a_shared_filter(page_as, found, sharing, sees):
    save(page_as(WHO), "夜间巡查", sharing)
    others = ("值班长_五华", "受理员_盘龙", "派遣员_五华", "经办人_华山街道", "派遣员_大理")
    offered = {who for who in others if "夜间巡查" in page_as(who).get("/filters").content.decode()}
    assert offered == sees


def test_a_shared_filter_gives_no_rights(page_as, found):
    save(page_as(WHO), "夜间巡查", "role")
    page = page_as("受理员_盘龙").get("/cases?words=井盖&channel=web").content.decode()
    assert "井盖破损" not in page


def test_another_persons_filter_is_not_deleted(page_as, found):
    save(page_as(WHO), "夜间巡查", "role")
    assert page_as("受理员_盘龙").post(f"/filters/{SavedFilter.objects.get().pk}/delete").status_code == 404


def test_a_filter_without_name_or_condition_is_refused(page_as, found):
    browser = page_as(WHO)
    for name, asked in (("", "words=井盖"), ("空的", "sort=newest")):
        save(browser, name, asked=asked)
    assert not SavedFilter.objects.exists()


# --- Exports ---


def export(browser, format, asked="", **more):
    answer = browser.post("/cases/export", {"asked": asked, "format": format, **more})
    assert answer.status_code == 302, answer.content.decode()[:500]
    return CaseExport.objects.order_by("-created_at").first()


def work(made):
    """What the worker does."""
    result = exporting.run(made.pk, str(made.job_id))
    Job.objects.filter(pk=made.job_id).update(state=Job.State.DONE, result=result, ended_at=timezone.now())
    made.refresh_from_db()
    return b"".join(storages["files"].open(made.file).chunks())


@pytest.mark.django_db(transaction=True)
def test_csv_holds_the_rows_of_the_list_masked_and_harmless(page_as, found):
    browser = page_as(WHO)
    made = export(browser, "csv", "words=井盖")
    text = work(made).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == made.rows == 1
    assert rows[0]["问题描述"].startswith("'=HYPERLINK") and "138****5678" in rows[0]["问题描述"]
    assert rows[0]["受理号"] == found[0].number and rows[0]["环节"] == "待受理"
    assert rows[0]["区县"] == "五华区" and rows[0]["上报时间"][:10] == str(timezone.localdate())


@pytest.mark.django_db(transaction=True)
def test_xlsx_holds_the_same(page_as, found):
    made = export(page_as(WHO), "xlsx")
    table = read_table(work(made))
    rows = [row for _number, row in table.dicts()]
    assert [row["受理号"] for row in rows] == [case.number for case in reversed(found)]
    assert rows[1]["问题描述"].startswith("=HYPERLINK") and "138****5678" in rows[1]["问题描述"]


@pytest.mark.django_db(transaction=True)
def test_an_export_is_of_the_scope_and_taken_by_its_owner_alone(page_as, found, cast):
    made = export(page_as("受理员_盘龙"), "csv")
    assert work(made).decode("utf-8-sig").count("\n") == 1  # the heading
    browser = page_as("受理员_盘龙")
    assert browser.get(f"/exports/{made.pk}/file").status_code == 200
    assert PersonalDataAccess.objects.filter(what="cases.export", subject=str(made.pk)).count() == 1
    assert AdminChange.objects.filter(subject=f"export {made.pk}").count() == 1
    assert page_as(WHO).get(f"/exports/{made.pk}/file").status_code == 404
    post = cast["受理员_盘龙"]
    post.scope_codes = ["530102"]
    post.save()
    answer = browser.get(f"/exports/{made.pk}/file")
    assert answer.status_code == 403 and "重新导出" in answer.content.decode()


@pytest.mark.django_db
def test_what_a_deputy_takes_out_is_signed_with_both_names(found, cast):
    holder, deputy = cast["值班长_五华"], cast["受理员_五华"].person
    names = (deputy.username, holder.person.username)
    post = Post.objects.get(pk=holder.pk).taken_by(deputy)
    made = lists.export(by=post, filter=filter_of({}), format="csv")
    row = AdminChange.objects.get(subject=f"export {made.pk}")
    assert (row.by, row.person) == ("{} (shift_leader) for {}".format(*names), deputy.pk)


@pytest.mark.django_db(transaction=True)
def test_a_stopped_export_leaves_nothing(page_as, found, monkeypatch):
    made = export(page_as(WHO), "csv")
    monkeypatch.setattr(exporting, "SAY_EVERY", 1)
    Job.objects.filter(pk=made.job_id).update(cancel_requested=True)
    with pytest.raises(jobs.Cancelled):
        exporting.run(made.pk, str(made.job_id))
    assert not storages["files"].exists(made.file)


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_begins_again(page_as, found):
    made = export(page_as(WHO), "csv")
    once = work(made)
    assert work(made) == once  # a second run meets the first one's file


@pytest.mark.django_db(transaction=True)
def test_files_are_deleted_by_their_owner_and_after_their_days(page_as, found):
    browser = page_as(WHO)
    first, second = export(browser, "csv"), export(browser, "xlsx")
    work(first), work(second)
    browser.post(f"/exports/{first.pk}/delete")
    assert not storages["files"].exists(first.file)
    CaseExport.objects.filter(pk=second.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    assert browser.get(f"/exports/{second.pk}/file").status_code == 410
    assert exporting.remove_expired() == 1 and not storages["files"].exists(second.file)


def test_too_many_exports_at_once_are_refused(page_as, found):
    browser = page_as(WHO)
    for _number in range(lists.WAITING_MAX):
        export(browser, "csv")
    assert browser.post("/cases/export", {"format": "csv"}).status_code == 429


def test_the_page_of_exports(page_as, found, django_assert_max_num_queries):
    browser = page_as(WHO)
    assert "还没有导出过" in browser.get("/exports").content.decode()
    export(browser, "csv", "words=井盖")
    browser.get("/exports")
    with django_assert_max_num_queries(9):
        assert "井盖" in browser.get("/exports").content.decode()


@pytest.mark.parametrize("path", ["/filters", "/exports", "/cases"])
def test_administrators_have_no_lists_of_cases(page_as, cast, path):
    assert page_as("系统管理员").get(path).status_code == 403


# --- The printed file ---


@pytest.fixture
def worked(cast, departments):
    loop = Loop(cast, departments, description="井盖破损" * 5, photos=[photo(5)])
    return loop(actions.accept, "受理员_五华")(actions.note, "受理员_五华", note="已电话核对")


def test_the_file_holds_facts_story_and_proof(page_as, worked):
    case = worked.row
    answer = page_as(WHO).get(f"/cases/{case.number}/file.pdf")
    assert answer.status_code == 200 and answer["Content-Type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(answer.content))
    text = "".join(page.extract_text() for page in reader.pages).replace("\n", "")
    for word in (
        case.number,
        "井盖破损",
        "受理时限",
        "已隐去",
        bytes(case.head_hash).hex()[:20],
        "已电话核对",
    ):
        assert word in text, word
    assert "13812345678" not in text
    resources: list[Any] = [page["/Resources"] for page in reader.pages]
    fonts = {font for one in resources for font in one["/Font"].values()}
    assert all("CJK" in str(font.get_object()["/BaseFont"]) for font in fonts)
    assert any(page.images for page in reader.pages)
    assert PersonalDataAccess.objects.filter(what="cases.file", subject=case.number).count() == 1


@pytest.mark.parametrize(("who", "status"), [("派遣员_大理", 404), ("系统管理员", 404), (None, 302)])
def test_who_may_not_print_it(page_as, worked, who, status):
    assert page_as(who).get(f"/cases/{worked.row.number}/file.pdf").status_code == status


@pytest.mark.parametrize("url", ["http://127.0.0.1/x.png", "file:///etc/passwd", "photo:" + "0" * 32])
def test_nothing_else_is_fetched(url):
    from weasyprint.urls import FatalURLFetchingError

    from xiucheng.cases.pages.printed import store_fetcher

    with pytest.raises(FatalURLFetchingError):
        store_fetcher(set()).fetch(url)
