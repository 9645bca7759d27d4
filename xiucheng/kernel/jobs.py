"""What runs later. The queue is procrastinate's table in our own database: docs/developers/jobs.md.

A job is deferred on the connection of the action, so it commits or vanishes with what the action wrote. It
runs at least once: after a kill it runs again, so a task must be able to meet its own half-done work.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job as QueuedJob
from procrastinate.jobs import Status

from xiucheng.kernel import texts
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import Job

log = structlog.get_logger(__name__)

STALLED_SECONDS = (
    30.0  # a worker gives a sign every 10 s; three missing signs and its jobs are taken up again
)
ENDED = (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED)


class Cancelled(Exception):
    """Raised inside a task by `check_cancelled`: a person asked the job to stop."""


class Backoff(BaseRetryStrategy):
    """Try again after 2, 6, 18, 54 … seconds, an hour at most; a refusal is an answer, not tried again."""

    def __init__(self, attempts: int = 9) -> None:
        self.attempts = attempts

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        if isinstance(exception, Refused) or job.attempts + 1 >= self.attempts:
            return None
        return RetryDecision(retry_in={"seconds": min(3600, 2 * 3**job.attempts)})


BACKOFF = Backoff()


def task(
    function: Callable[..., Any] | None = None,
    *,
    retry: BaseRetryStrategy = BACKOFF,
    queue: str = "default",
    lock: str | None = None,
    once: str | None = None,
) -> Any:
    """Declare a task in a room's jobs.py; its name is «module.function».

    retry: when to try again after an error. lock: jobs with the same lock run one after another. once: while
    a job with this key waits in the queue, `defer` adds no second one. A task with a parameter `job_id`
    (text) can be tracked.
    """
    if function is None:
        return functools.partial(task, retry=retry, queue=queue, lock=lock, once=once)
    declare = app.task(
        name=f"{function.__module__}.{function.__name__}",
        queue=queue,
        lock=lock,
        queueing_lock=once,
        retry=retry,
        pass_context=True,
    )
    return declare(_watched(function, retry))


def defer(
    task: Any, *, _at: datetime | None = None, _lock: str | None = None, _once: str | None = None, **args: Any
) -> int | None:
    """Put a job into the queue, inside the current transaction. args: JSON values, no personal data.

    _at: not before this moment. _lock, _once: instead of those the task declares. Returns the id in the
    queue; None if the same is waiting there already.
    """
    options: dict[str, Any] = {"schedule_at": _at, "lock": _lock, "queueing_lock": _once}
    configured = task.configure(**{name: value for name, value in options.items() if value is not None})
    try:
        with transaction.atomic():  # a savepoint: «waiting already» is a unique violation
            return cast(int, configured.defer(**args))
    except AlreadyEnqueued:
        return None


def track(task: Any, *, label: str, total: int = 0, owner: int | None = None, **args: Any) -> Job:
    """Put a job into the queue and give it a row that a person can watch; the task gets `job_id`.

    label: Chinese, what the person sees. total: number of steps, 0 if not known. owner: id of the Person who
    started it; he and whoever manages jobs see it at /jobs/<id>. A result `{"url": …, "words": …}` is shown there
    as a link.
    """
    with transaction.atomic():
        job = Job(label=label, task=task.name, total=total, owner_id=owner, created_at=timezone.now())
        job.save(force_insert=True)
        job.queue_id = defer(task, job_id=str(job.pk), **args)
        job.save(update_fields=["queue_id"])
    return job


def progress(job_id: str | UUID | None, done: int, *, total: int | None = None) -> None:
    """Write how far a job is. Call it outside the task's transactions, or nobody sees it before they end."""
    if job_id:
        values = {"done": done} if total is None else {"done": done, "total": total}
        Job.objects.filter(pk=job_id).update(**values)


def cancel(job_id: str | UUID) -> Job:
    """Ask a job to stop: one that waits never starts, one that runs stops at its next `check_cancelled`.

    Raises: Refused (404 no such job, 409 it has ended).
    """
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=job_id).first()
        if job is None:
            raise Refused(_("没有找到这个任务，它可能已被清理。"), status=404)
        if job.state in ENDED:
            raise Refused(_("这个任务已经结束，不能再取消。"), status=409)
        job.cancel_requested = True
        if job.queue_id and app.job_manager.cancel_job_by_id(job.queue_id):
            job.state, job.ended_at = Job.State.CANCELLED, timezone.now()
        job.save(update_fields=["cancel_requested", "state", "ended_at"])
    return job


def check_cancelled(job_id: str | UUID | None) -> None:
    """Raises Cancelled if somebody asked this job to stop. Call it between steps that may stand alone."""
    if job_id and Job.objects.filter(pk=job_id, cancel_requested=True).exists():
        raise Cancelled


# --- Running ---


def _watched(function: Callable[..., Any], retry: BaseRetryStrategy) -> Callable[..., Any]:
    """The function as procrastinate calls it, with the Job row kept up to date where there is one."""

    @functools.wraps(function)
    def run(context: JobContext, **args: Any) -> Any:
        texts.refresh()  # a message that a job writes speaks the city's words
        job_id = args.get("job_id")
        if job_id is None:
            return function(**args)
        try:
            check_cancelled(job_id)
            _write(job_id, state=Job.State.RUNNING, started_at=timezone.now(), error="")
            result = function(**args)
        except Cancelled:
            _end(job_id, Job.State.CANCELLED)
            return None
        except Exception as error:
            again = retry.get_retry_decision(exception=error, job=context.job)
            _failed(job_id, error, again=again is not None)
            raise
        _end(job_id, Job.State.DONE, result=result)
        return result

    return run


def _write(job_id: str, **values: Any) -> None:
    Job.objects.filter(pk=job_id).update(**values)


def _end(job_id: str, state: Job.State, **values: Any) -> None:
    _write(job_id, state=state, ended_at=timezone.now(), **values)


def _failed(job_id: str, error: Exception, *, again: bool) -> None:
    text = error.sentence if isinstance(error, Refused) else f"{type(error).__name__}: {error}"[:500]
    if again:
        _write(job_id, state=Job.State.RETRYING, error=text)
    else:
        _end(job_id, Job.State.FAILED, error=text)


# --- What the kernel itself does again and again (cron in UTC) ---


@app.periodic(cron="* * * * *")
@app.task(name="xiucheng.kernel.jobs.take_up_stalled", queueing_lock="kernel.stalled", pass_context=True)
async def take_up_stalled(context: JobContext, timestamp: int) -> None:
    """Queue again the jobs of workers that give no sign; give up on one that ended nine workers."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        log.warning("job_stalled", job=job.id, task=job.task_name, attempts=job.attempts)
        if job.attempts + 1 < BACKOFF.attempts:
            await manager.retry_job(job)
        else:
            await manager.finish_job(job, status=Status.FAILED, delete_job=False)
            text = _("任务多次中断，已停止重试，请联系管理员。")
            jobs = Job.objects.filter(queue_id=job.id).exclude(state__in=ENDED)
            await jobs.aupdate(state=Job.State.FAILED, error=text, ended_at=timezone.now())


@app.periodic(cron="40 18 * * *")  # 02:40 in China
@app.task(name="xiucheng.kernel.jobs.clean_queue", queueing_lock="kernel.clean", pass_context=True)
async def clean_queue(context: JobContext, timestamp: int) -> None:
    """Drop finished jobs from the queue: succeeded after a week, failed after ninety days."""
    await context.app.job_manager.delete_old_jobs(nb_hours=24 * 7)
    await context.app.job_manager.delete_old_jobs(
        nb_hours=24 * 90, include_failed=True, include_cancelled=True, include_aborted=True
    )


@app.periodic(cron="*/5 * * * *")
@task(once="kernel.anchor", lock="kernel.anchor")
def anchor_ledgers(timestamp: int) -> None:
    """Anchor what grew in every ledger."""
    _anchor(full=False)


@app.periodic(cron="10 19 * * *")  # 03:10 in China
@task(once="kernel.anchor_daily", lock="kernel.anchor")
def anchor_ledgers_daily(timestamp: int) -> None:
    """Anchor every ledger, comparing all chains."""
    _anchor(full=True)


def _anchor(*, full: bool) -> None:
    from xiucheng.kernel.ledger.anchors import anchor
    from xiucheng.kernel.ledger.registry import ledgers

    at = timezone.now()
    for ledger in ledgers():
        anchor(ledger, at=at, full=full)
