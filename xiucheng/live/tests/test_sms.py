"""Short messages through the gateway that is a folder: what is written, when, to whom, and what came back."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from xiucheng.cases import actions as cases
from xiucheng.cases.models import Notice, NoticeChoice
from xiucheng.cases.tests.loop import Loop, reported
from xiucheng.kernel import settings, sms
from xiucheng.live import digest, sending
from xiucheng.live import jobs as live_jobs
from xiucheng.live.models import SmsMessage
from xiucheng.live.tests.test_webhooks import work
from xiucheng.people.models import Post

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "13812345678"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path, transactional_db: None, cast: Any, monkeypatch: Any) -> Path:
    """The city's files in a folder of the test; no quiet hours; the hand-out begins now."""
    settings.DATA = tmp_path
    sms.gateway.cache_clear()
    for key in ("notices.quiet_from", "notices.quiet_to"):
        kernel_set(key, "0")
    work()
    return tmp_path / "sms"


def kernel_set(key: str, value: str) -> None:
    settings.set_value(key=key, value=value, by="test")


def sent(folder: Path) -> list[dict[str, Any]]:
    files = sorted((folder / "outbox").glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
    return [json.loads(file.read_text()) for file in files]


def chose(post: Post, *kinds: str, **changes: Any) -> None:
    post.person.phone = "13900001111"
    post.person.save()
    values: dict[str, Any] = {
        "muted": [], "sms": list(kinds), "digest_hour": None, "digest_by": [], "quiet_from": 0, "quiet_to": 0,
    }  # fmt: skip
    cases.choose_notices(by=post.person, **values | changes)


# -- the reporter ---


def test_a_reporter_with_a_number_is_told_the_receipt_and_the_progress(folder: Path, cast: Any) -> None:
    got = reported(reporter_phone="+86 138-1234-5678")
    work()
    first = sent(folder)[0]
    assert first["to"] == PHONE
    assert first["text"] == f"【绣城】您的上报已收到，受理号 {got.number}，查询码 {got.query_code}。"
    cases.accept(case_id=got.case_id, by=cast["受理员_五华"])
    work()
    assert sent(folder)[-1]["text"] == f"【绣城】您的上报 {got.number}：您的上报已受理。"
    work()
    assert len(sent(folder)) == 2  # each occasion once


def test_nobody_is_written_to_without_a_number_or_where_it_is_off(folder: Path) -> None:
    reported(reporter_phone="")
    work()
    kernel_set("sms.reporters", "false")
    reported()
    work()
    assert sent(folder) == [] and not SmsMessage.objects.exists()


def test_the_number_stands_in_the_file_alone(folder: Path, caplog: Any) -> None:
    reported()
    work()
    row = SmsMessage.objects.get()
    assert (row.masked, row.status) == ("138****5678", "sent")
    assert PHONE not in str(SmsMessage.objects.values())
    assert PHONE not in str(list(ProcrastinateJob.objects.values_list("args", flat=True)))
    assert PHONE not in caplog.text
    file = next((folder / "outbox").glob("*.json"))
    assert file.stat().st_mode & 0o077 == 0
    assert not list((folder / "outbox").glob(".*"))  # nothing half written


def test_a_number_gets_so_many_a_day(folder: Path) -> None:
    kernel_set("sms.daily_cap", "2")
    for _ in range(3):
        reported()
    work()
    assert len(sent(folder)) == 2
    assert SmsMessage.objects.filter(status="capped").count() == 1
    SmsMessage.objects.filter(sent_at__isnull=False).update(sent_at=timezone.now() - timedelta(days=1))
    reported()
    work()
    assert len(sent(folder)) == 3


def test_the_text_is_the_citys_own(folder: Path) -> None:
    kernel_set("sms.text.received", "{number} 收到 {0.__class__} {phone}")
    number = reported().number
    work()
    assert sent(folder)[0]["text"] == f"{number} 收到 {{0.__class__}} {{phone}}"


# -- the gateway ---


def test_what_became_of_a_message_is_read_back(folder: Path) -> None:
    for _ in range(2):
        reported()
    work()
    good, bad = SmsMessage.objects.order_by("created_at")
    (folder / "reports").mkdir()
    write = {good.pk: {"status": "delivered"}, bad.pk: {"status": "failed", "reason": "停机"}}
    for key, said in write.items():
        (folder / "reports" / f"{key}.json").write_text(json.dumps({"id": str(key)} | said))
    (folder / "reports" / "odd.json").write_text("{")
    (folder / "reports" / "stranger.json").write_text('{"id": "x", "status": "delivered"}')
    for outcome in sms.gateway().outcomes():
        sending.note_outcome(outcome)
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.status, bad.status, bad.error) == ("delivered", "failed", "停机")
    assert not list((folder / "reports").glob("*.json"))
    assert [file.name for file in (folder / "unreadable").iterdir()] == ["odd.json"]
    assert list(sms.gateway().outcomes()) == []


def test_the_same_message_again_is_the_same_file(folder: Path) -> None:
    message = sms.Outgoing("a", PHONE, "第一次", timezone.now())
    sms.FileDrop(folder).send(message)
    sms.FileDrop(folder).send(message)
    assert len(sent(folder)) == 1


def test_a_gateway_that_is_away_is_tried_again(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "outbox").rmdir() if (folder / "outbox").exists() else None
    (folder / "outbox").write_text("a file where the folder should be")
    reported()
    work()
    assert SmsMessage.objects.get().status == "waiting"
    (folder / "outbox").unlink()
    work()
    assert SmsMessage.objects.get().status == "sent" and len(sent(folder)) == 1


# -- staff ---


def test_staff_who_chose_it_are_told_what_is_for_them(folder: Path, cast: Any, departments: Any) -> None:
    chose(cast["经办人_环卫"], "waiting")
    chose(cast["经办人_排水"], "waiting")
    chose(cast["派遣员_大理"], "waiting")
    loop = Loop(cast, departments).dispatched("环卫")
    work()
    texts = [said["text"] for said in sent(folder) if said["to"] == "13900001111"]
    assert texts == [f"【绣城】有新的案件派给您的部门。 {loop.received.number}"]
    assert SmsMessage.objects.get(template="staff").person_id == cast["经办人_环卫"].person_id


def test_in_quiet_hours_it_waits(folder: Path, cast: Any, departments: Any) -> None:
    now = timezone.localtime()
    chose(cast["经办人_环卫"], "waiting", quiet_from=now.hour, quiet_to=(now.hour + 2) % 24)
    Loop(cast, departments).dispatched("环卫")
    live_jobs.write_down()
    row = SmsMessage.objects.get(template="staff")
    job = next(job for job in ProcrastinateJob.objects.all() if job.args.get("message_id") == str(row.pk))
    assert job.scheduled_at is not None
    assert timezone.localtime(job.scheduled_at).hour == (now.hour + 2) % 24


# -- the digest ---


def at_hour(hour: int) -> datetime:
    return timezone.localtime().replace(hour=hour, minute=0, second=0, microsecond=0)


def test_the_digest_counts_what_waits_and_comes_once_a_day(folder: Path, cast: Any, departments: Any) -> None:
    Loop(cast, departments)
    Loop(cast, departments).dispatched("环卫")
    assert digest.write(at_hour(7)) == 0
    assert digest.write(at_hour(8)) > 0
    notice = Notice.objects.get(kind="digest", post=cast["受理员_五华"])
    assert notice.values["waiting"] == 1
    assert Notice.objects.get(kind="digest", post=cast["经办人_环卫"]).values["waiting"] == 1
    assert not Notice.objects.filter(kind="digest", post=cast["派遣员_大理"]).exists()  # nothing to say
    assert digest.write(at_hour(8)) == 0


def test_what_is_due_and_what_is_late(folder: Path, cast: Any, departments: Any) -> None:
    loop = Loop(cast, departments, at="2026-11-24 08:30").dispatched("环卫")
    due = loop.row.due_at
    assert due is not None
    post = cast["经办人_环卫"]
    assert digest.figures(post, due - timedelta(hours=1), due + timedelta(hours=1)) == {
        "waiting": 1,
        "due": 1,
        "late": 0,
    }
    assert digest.figures(post, due + timedelta(hours=1), due + timedelta(hours=9))["late"] == 1
    assert digest.figures(post, due + timedelta(hours=30), due + timedelta(hours=40))["late"] == 0


def test_a_digest_at_the_chosen_hour_by_the_chosen_way(folder: Path, cast: Any, page_as: Any) -> None:
    Loop(cast, {})
    chose(cast["受理员_五华"], digest_hour=6, digest_by=["sms"])
    assert digest.write(at_hour(6)) == 1
    work()
    mine = [said["text"] for said in sent(folder) if said["to"] == "13900001111"]
    assert len(mine) == 1 and "今天等您办的 1 件" in mine[0]
    page = page_as("受理员_五华").get("/messages?kind=digest").content.decode()
    assert "今天等您办的 1 件" in page and "unread-mark" not in page  # by SMS alone: nothing unread


def test_a_digest_on_the_page_leads_to_the_desk(folder: Path, cast: Any, page_as: Any, api_as: Any) -> None:
    Loop(cast, {})
    digest.write(at_hour(8))
    page = page_as("受理员_五华").get("/messages").content.decode()
    assert "今天等您办的 1 件" in page and "去待办" in page
    answer = api_as("受理员_五华").get("/api/v1/notices", {"kind": "digest"})
    assert answer.json()["items"][0]["case"] is None


def test_who_chose_no_digest_gets_none(folder: Path, cast: Any) -> None:
    Loop(cast, {})
    kernel_set("notices.digest", "false")
    assert digest.write(at_hour(8)) == 0
    assert not NoticeChoice.objects.exists()
