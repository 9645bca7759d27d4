"""What is past its term goes, what is on hold stays, and the register proves it without naming anybody."""

from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.utils import timezone

from xiucheng.cases.models import Case, CaseFile, Reporter
from xiucheng.cases.rebuild import compare
from xiucheng.cases.retention import FILES, REPORTERS, remove_left_over
from xiucheng.cases.tests.loop import Loop, jpeg, photo
from xiucheng.kernel import retention, settings
from xiucheng.kernel.backup import reading
from xiucheng.kernel.files import rules
from xiucheng.kernel.ledger import sm3
from xiucheng.kernel.ledger.registry import ledgers
from xiucheng.kernel.ledger.verify import verify
from xiucheng.kernel.models import Deletion, Hold, Job, StoredFile
from xiucheng.web.jobs import sweep_retention_now

LATER = timedelta(days=2000)


@pytest.fixture(autouse=True)
def files(settings, tmp_path):  # the fixture of pytest-django
    settings.STORAGES = settings.STORAGES | {
        "files": {"BACKEND": "xiucheng.kernel.files.storage.LocalFiles", "OPTIONS": {"location": tmp_path}}
    }


@pytest.fixture
def loops(cast, departments):
    """One case closed, one still in work, both with a photo and a reporter."""
    closed = Loop(cast, departments, photos=[photo(11)], reporter_name="张三").closed()
    going = Loop(cast, departments, photos=[photo(12)], reporter_name="李四").dispatched()
    return closed, going


def original(row: StoredFile) -> str:
    return rules.path(row.sm3, row.mime, "original")


def test_contacts_of_ended_cases_go_and_those_at_work_stay(loops):
    closed, going = loops
    assert retention.sweep(REPORTERS, at=timezone.now() + timedelta(days=729)) == 0
    assert retention.sweep(REPORTERS, at=timezone.now() + timedelta(days=731)) == 1
    gone, kept = (Reporter.objects.get(pk=loop.row.reporter_id) for loop in (closed, going))
    assert (gone.name, gone.phone, gone.phone_index) == ("", "", "")
    assert (kept.name, kept.phone) == ("李四", "13812345678")
    row = Deletion.objects.get()
    assert (row.kind, row.subject) == ("reporters", f"reporter {gone.pk}")
    assert "张" not in str(row.data) + row.note and "138" not in str(row.data) + row.note
    assert retention.sweep(REPORTERS, at=timezone.now() + LATER) == 0
    assert compare().ok


def test_photos_go_and_their_hashes_stay(loops, django_capture_on_commit_callbacks, page_as):
    closed, going = loops
    theirs = CaseFile.unscoped.filter(case=going.id).values("file")  # the same content is one file
    mine = list(
        StoredFile.objects.filter(pk__in=CaseFile.unscoped.filter(case=closed.id).values("file")).exclude(
            pk__in=theirs
        )
    )
    with django_capture_on_commit_callbacks(execute=True):
        assert retention.sweep(FILES, at=timezone.now() + LATER) == len(mine) > 0
    for row in mine:
        assert not storages["files"].exists(original(row))
    assert set(Deletion.objects.values_list("digest", flat=True)) == {row.sm3 for row in mine}
    assert StoredFile.objects.filter(deleted_at__isnull=True).exists(), "the case at work keeps its own"
    assert compare().ok and reading.broken_files() == []
    seen = page_as("值班长_五华").get(f"/cases/{closed.row.number}/photos/{mine[0].pk}")
    assert seen.status_code == 410 and "保存期限" in seen.content.decode()


def test_the_same_photo_sent_again_is_there_again(cast, departments, django_capture_on_commit_callbacks):
    Loop(cast, departments, photos=[photo(99)]).closed()
    with django_capture_on_commit_callbacks(execute=True):
        retention.sweep(FILES, at=timezone.now() + LATER)
    assert StoredFile.objects.filter(deleted_at__isnull=False, sm3=sm3(jpeg(99)).hex()).exists()
    row = photo(99)
    assert row.deleted_at is None and storages["files"].exists(original(row))


def test_bytes_that_a_kill_left_go_the_next_night(loops):
    retention.sweep(FILES, at=timezone.now() + LATER)  # nothing is committed: as killed right after it
    row = StoredFile.objects.get(deleted_at__isnull=False)
    assert storages["files"].exists(original(row))
    remove_left_over()
    assert not storages["files"].exists(original(row))


def test_a_case_on_hold_keeps_everything(loops, page_as):
    closed, _going = loops
    browser = page_as("安全管理员")
    wanted = {"what": "hold", "hold-number": closed.row.number, "hold-reason": "（2026）云行初 12 号"}
    assert browser.post("/admin/retention", wanted).status_code == 302
    again = browser.post("/admin/retention", wanted)
    assert again.status_code == 409 and "已经在保留名单" in again.content.decode()
    assert retention.sweep(REPORTERS, at=timezone.now() + LATER) == 0
    assert retention.sweep(FILES, at=timezone.now() + LATER) == 0
    asked = {"what": "forget", "forget-number": closed.row.number, "forget-reason": "本人要求"}
    assert browser.post("/admin/retention", asked).status_code == 409
    hold = Hold.objects.get()
    assert browser.post(f"/admin/retention/holds/{hold.pk}/end").status_code == 302
    assert browser.post(f"/admin/retention/holds/{hold.pk}/end").status_code == 404
    assert retention.sweep(REPORTERS, at=timezone.now() + LATER) == 1


def test_nobody_is_forgotten_while_another_case_of_the_same_reporter_is_on_hold(loops, page_as):
    closed, going = loops
    Case.unscoped.filter(pk=going.id).update(reporter=closed.row.reporter_id)  # as after a merge
    browser = page_as("安全管理员")
    held = {"what": "hold", "hold-number": closed.row.number, "hold-reason": "（2026）云行初 12 号"}
    assert browser.post("/admin/retention", held).status_code == 302
    asked = {"what": "forget", "forget-number": going.row.number, "forget-reason": "本人要求"}
    assert browser.post("/admin/retention", asked).status_code == 409
    assert Reporter.objects.get(pk=closed.row.reporter_id).name == "张三"


def test_a_reporter_is_forgotten_on_request(loops, page_as, cast):
    _closed, going = loops
    browser = page_as("安全管理员")
    asked = {"what": "forget", "forget-number": going.row.number, "forget-reason": "本人持身份证来要求"}
    assert browser.post("/admin/retention", asked).status_code == 302
    assert Reporter.objects.get(pk=going.row.reporter_id).phone == ""
    row = Deletion.objects.get()
    assert (row.person, row.note) == (cast["安全管理员"].person_id, "本人持身份证来要求")
    listed = browser.get("/admin/retention").content.decode()
    assert "本人持身份证来要求" in listed and "李四" not in listed


def test_terms_are_set_by_the_security_administrator_and_read_by_the_auditor(page_as):
    given = {"what": "photos", "photos-days": "400", "photos-note": "市档案局〔2026〕3 号"}
    assert page_as("安全管理员").post("/admin/retention", given).status_code == 302
    assert settings.get("retention.photos_days") == 400
    assert page_as("系统管理员").get("/admin/retention").status_code == 403
    auditor = page_as("审计员")
    assert auditor.post("/admin/retention", given).status_code == 403
    seen = auditor.get("/admin/retention")
    assert seen.status_code == 200 and "现在就删除到期的" not in seen.content.decode()
    wrong = page_as("安全管理员").post("/admin/retention", given | {"photos-days": "-1"})
    assert wrong.status_code == 422 and 'value="-1"' in wrong.content.decode()


def test_the_night_sweeps_everything_and_the_register_proves_itself(loops, page_as):
    assert set(sweep_retention_now(None).values()) == {0}
    settings.set_value(key="retention.reporters_days", value="1", by="x")
    retention.sweep(REPORTERS, at=timezone.now() + timedelta(days=3))
    (ledger,) = ledgers(("deletions",))
    assert verify(ledger).problems == [] and Deletion.objects.count() == 1
    answer = page_as("安全管理员").post("/admin/retention/sweep")
    assert answer.url == f"/jobs/{Job.objects.get().pk}"
