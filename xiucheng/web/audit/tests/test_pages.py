"""The auditor's pages: who may see them, what stands there, and that a proof is a job."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from xiucheng.kernel import audit, settings, stamps
from xiucheng.kernel.models import AdminChange, Job
from xiucheng.web.jobs import verify_ledgers_now

PAGES = ("/admin/audit", "/admin/access")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("who", ["系统管理员", "安全管理员", "值班长_五华", "领导_五华"])
def test_only_the_auditor_reads(page_as, page, who):
    answer = page_as(who).get(page)
    assert answer.status_code == 403 and "审计员" in answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_list_says_what_will_stand_there(page_as, page):
    answer = page_as("审计员").get(f"{page}?words=nothing-like-this")
    assert answer.status_code == 200 and "请放宽条件再找" in answer.content.decode()


def test_a_change_shows_what_was_before_and_after(page_as):
    settings.set_value(key="territory.border_m", value="250", by="张三", note="试点")
    browser = page_as("审计员")
    listed = browser.get("/admin/audit?kind=setting&by=张三").content.decode()
    assert "territory.border_m" in listed and "<ins>250</ins>" in listed and "试点" in listed
    row = AdminChange.objects.get(step="setting")
    shown = browser.get(f"/admin/audit/{row.pk}").content.decode()
    assert bytes(row.hash).hex()[:8] in shown
    assert browser.get(f"/admin/audit/{row.pk + 99}").status_code == 404


def test_text_of_a_change_is_never_markup(page_as):
    audit.record(by="<b>x</b>", subject="setting <script>", before={"a": "<i>"}, after={"a": "<u>"})
    listed = page_as("审计员").get("/admin/audit").content.decode()
    assert "<script>" not in listed.partition("</head>")[2].partition("clock-words")[0]
    assert "&lt;u&gt;" in listed and "&lt;b&gt;x" in listed


def test_lists_go_on_page_by_page_and_cost_the_same(page_as, cast):
    now = timezone.now()
    for place in range(120):
        at = now - timedelta(minutes=place)
        audit.looked(
            by_post=cast["受理员_五华"], what="reporter.phone", of=f"件 {place:03}", reason="回访", at=at
        )
    browser, seen, address = page_as("审计员"), [], "/admin/access?kind=reporter.phone"
    counts = []
    while address:
        with stamps.held(), CaptureQueriesContext(connection) as captured:
            text = browser.get(address).content.decode()
        counts.append(len(captured))
        seen += [line.partition("<")[0] for line in text.split("件 ")[1:]]
        tail = text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        address = "/admin/access" + tail.replace("&amp;", "&") if 'rel="next"' in text else ""
    assert seen == [f"{place:03}" for place in range(120)]
    assert len(set(counts[1:])) == 1 and max(counts) <= 10, counts
    assert "受理员" in text


@pytest.mark.parametrize("query", ["since=2026-13-01", "since=2026-05-02&until=2026-05-01", "after=x"])
def test_a_wrong_filter_is_said_and_kept(page_as, query):
    answer = page_as("审计员").get(f"/admin/audit?words=abc&{query}")
    assert answer.status_code == 422
    assert 'value="abc"' in answer.content.decode() and 'role="alert"' in answer.content.decode()


def test_a_proof_is_a_job_of_the_auditor(page_as, cast):
    browser = page_as("审计员")
    answer = browser.post("/admin/audit/verify")
    job = Job.objects.get()
    assert answer.url == f"/jobs/{job.pk}" and job.owner_id == cast["审计员"].person_id
    assert page_as("系统管理员").post("/admin/audit/verify").status_code == 403


def test_what_is_proved_and_what_is_not(cast):
    settings.set_value(key="territory.border_m", value="250", by="张三")
    assert verify_ledgers_now(None)["ok"]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE kernel_adminchange DISABLE TRIGGER append_only")
        cursor.execute("UPDATE kernel_adminchange SET by = '李四' WHERE step = 'setting'")
    found = verify_ledgers_now(None)
    assert not found["ok"] and found["count"] == 1
    assert AdminChange.objects.filter(step="verify").count() == 2
