"""The queue with a real worker: run, retried, cancelled, taken up after a kill."""

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from xiucheng.kernel import jobs
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import Job

pytestmark = pytest.mark.django_db(transaction=True)

calls: list[str] = []


@jobs.task
def remember(word):
    calls.append(word)


@jobs.task(once="probe.once")
def only_once():
    calls.append("once")


@jobs.task(retry=jobs.Backoff(attempts=3))
def count_up(job_id, to, fail_until=0):
    calls.append("count")
    if len(calls) <= fail_until:
        raise OSError("the store is away")
    for step in range(to):
        jobs.check_cancelled(job_id)
        if step == 2 and to == 99:
            jobs.cancel(job_id)  # somebody presses the button meanwhile
        jobs.progress(job_id, step + 1)
    return {"counted": to}


@jobs.task
def refuse(job_id):
    calls.append("refuse")
    raise Refused("这份文件读不出来，请重新上传。")


def let_go(sentence, **args):
    calls.append(f"let go {args['word']}: {sentence}")


@jobs.task(retry=jobs.Backoff(attempts=2), stopped=let_go)
def waited_for(word, job_id):
    calls.append(word)
    if word == "broken":
        raise OSError("the store is away")
    if word == "refused":
        raise Refused("这份文件读不出来，请重新上传。")
    if word == "stopped":
        jobs.cancel(job_id)  # somebody presses the button meanwhile
        jobs.check_cancelled(job_id)


@jobs.task
def tell_inside_a_transaction(job_id):
    """What others see, on the connection of somebody else, while the task writes."""
    with jobs.telling(job_id) as tell, transaction.atomic():
        tell(3, 8, "核对")
        seen = connection.copy()
        with seen.cursor() as cursor:
            cursor.execute("SELECT done, total, step FROM kernel_job WHERE id = %s", [job_id])
            calls.append(str(cursor.fetchone()))
        seen.close()
        tell(4, 8, "核对")  # too soon: not written
        jobs.cancel(job_id)
        tell(0, 0, "写入")


@pytest.fixture(autouse=True)
def _fresh():
    calls.clear()


def work():
    """A real worker, on its own connection, until the queue is empty; retries wait for nobody here."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = null WHERE status = 'todo'")
    connector: Any = app.connector
    worker_app = app.with_connector(connector.get_worker_connector())

    async def run():
        async with worker_app.open_async():
            await worker_app.run_worker_async(
                wait=False, install_signal_handlers=False, listen_notify=False, concurrency=1
            )

    async_to_sync(run)()


def queued(queue_id):
    return ProcrastinateJob.objects.get(pk=queue_id)


def test_a_job_runs_once_and_only_if_its_transaction_commits():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        jobs.defer(remember, word="lost")
        _ = 1 / 0
    jobs.defer(remember, word="kept")
    work()
    work()
    assert calls == ["kept"]


def test_a_key_keeps_a_second_one_out_without_harming_the_transaction():
    with transaction.atomic():
        first, second = jobs.defer(only_once), jobs.defer(only_once)
        jobs.defer(remember, word="after")
    assert first
    assert second is None
    work()
    assert calls == ["once", "after"]


def test_a_later_job_waits():
    jobs.defer(remember, word="tomorrow", _at=timezone.now() + timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE scheduled_at > now() + interval '23 hours'"
        )
        assert cursor.fetchone() == (1,)


def test_progress_and_result_are_seen():
    job = jobs.track(count_up, label="数数", total=3, to=3)
    assert (job.state, job.label, job.total) == ("queued", "数数", 3)
    work()
    job.refresh_from_db()
    assert (job.state, job.done, job.result, job.error) == ("done", 3, {"counted": 3}, "")
    assert job.started_at and job.ended_at
    assert job.created_at <= job.started_at <= job.ended_at


def test_a_failed_job_is_tried_again_with_growing_pauses():
    job = jobs.track(count_up, label="数数", to=1, fail_until=2)
    for attempt in (1, 2):
        work()
        job.refresh_from_db()
        assert (job.state, job.error) == ("retrying", "OSError: the store is away")
        row = queued(job.queue_id)
        assert (row.status, row.attempts) == ("todo", attempt)
        assert row.scheduled_at
        pause = (row.scheduled_at - timezone.now()).total_seconds()
        assert 2 * 3 ** (attempt - 1) - 2 < pause <= 2 * 3 ** (attempt - 1)
    work()
    job.refresh_from_db()
    assert (job.state, job.error, calls) == ("done", "", ["count"] * 3)


def test_after_the_last_attempt_it_has_failed():
    job = jobs.track(count_up, label="数数", to=1, fail_until=99)
    for _ in range(5):
        work()
    job.refresh_from_db()
    assert (job.state, len(calls)) == ("failed", 3)
    assert job.ended_at
    with pytest.raises(Refused, match="已经结束"):
        jobs.cancel(job.pk)


def test_a_refusal_is_an_answer_not_a_fault():
    job = jobs.track(refuse, label="读文件")
    work()
    work()
    job.refresh_from_db()
    assert (job.state, job.error, calls) == ("failed", "这份文件读不出来，请重新上传。", ["refuse"])


def test_a_waiting_job_is_cancelled_at_once():
    job = jobs.cancel(jobs.track(count_up, label="数数", to=3).pk)
    assert job.state == "cancelled"
    work()
    assert calls == []


def test_a_running_job_stops_at_its_next_check():
    job = jobs.track(count_up, label="数数", total=99, to=99)
    work()
    job.refresh_from_db()
    assert (job.state, job.done) == ("cancelled", 3)


def test_cancelling_nothing_is_refused():
    with pytest.raises(Refused) as refused:
        jobs.cancel("00000000-0000-0000-0000-000000000000")
    assert refused.value.status == 404


def killed(queue_id, *, attempts=0):
    """The state that a worker leaves behind when it is killed with a job in its hands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '40 seconds') RETURNING id"
        )
        (worker,) = cursor.fetchone()
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s, attempts = %s WHERE id = %s",
            [worker, attempts, queue_id],
        )


def test_a_job_whose_worker_was_killed_runs_again():
    job = jobs.track(count_up, label="数数", to=2)
    killed(job.queue_id)
    Job.objects.filter(pk=job.pk).update(state="running")
    jobs.defer(jobs.take_up_stalled, timestamp=0)
    work()
    job.refresh_from_db()
    assert (job.state, calls) == ("done", ["count"])


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("done", []),
        ("refused", ["let go refused: 这份文件读不出来，请重新上传。"]),
        ("stopped", ["let go stopped: "]),
    ],
)
def test_who_waits_for_a_job_is_told_when_it_ends_without_its_work(word, told):
    jobs.track(waited_for, label="等", word=word)
    work()
    work()
    assert calls == [word, *told]


def test_who_waits_is_told_of_a_fault_only_when_it_is_not_tried_again():
    jobs.track(waited_for, label="等", word="broken")
    work()
    assert calls == ["broken"]
    work()
    assert calls == ["broken", "broken", "let go broken: OSError: the store is away"]


def test_who_waits_is_told_of_a_job_that_never_began():
    jobs.cancel(jobs.track(waited_for, label="等", word="early").pk)
    work()
    assert calls == ["let go early: "]


def test_who_waits_is_told_of_a_job_that_is_given_up():
    job = jobs.track(waited_for, label="等", word="deadly")
    killed(job.queue_id, attempts=8)
    jobs.defer(jobs.take_up_stalled, timestamp=0)
    work()
    assert len(calls) == 1 and calls[0].startswith("let go deadly: 任务多次中断")


def test_how_far_it_is_is_seen_while_its_transaction_is_open():
    job = jobs.track(tell_inside_a_transaction, label="核对")
    work()
    assert calls == ["(3, 8, '核对')"]
    job.refresh_from_db()
    assert (job.state, job.done, job.step) == ("cancelled", 3, "核对")


def test_a_job_of_a_living_worker_is_left_alone():
    queue_id = jobs.defer(remember, word="busy")
    killed(queue_id)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now()")
    jobs.defer(jobs.take_up_stalled, timestamp=0)
    work()
    assert queued(queue_id).status == "doing"


def test_a_job_that_ends_every_worker_is_given_up():
    job = jobs.track(count_up, label="数数", to=2)
    killed(job.queue_id, attempts=8)
    jobs.defer(jobs.take_up_stalled, timestamp=0)
    work()
    job.refresh_from_db()
    assert (job.state, calls) == ("failed", [])
    assert "多次中断" in job.error


def test_deferring_sends_no_notify():
    """A NOTIFY inside a writing transaction makes all commits wait; look again after upgrades."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE t.tgrelid = 'procrastinate_jobs'::regclass AND p.prosrc ILIKE '%%pg_notify%%'"
        )
        assert cursor.fetchall() == []
    assert app.worker_defaults["listen_notify"] is False
    assert app.worker_defaults["fetch_job_polling_interval"] <= 1
