"""What runs later. The queue is procrastinate's table in our own database: docs/developers/jobs.md.

A job is deferred on the connection of the action, so it commits or vanishes with what the action wrote. It
runs at least once: after a kill it runs again, so a task must be able to meet its own half-done work.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Any, cast
from uuid import UUID

import structlog
from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
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
TELL_SECONDS = 0.5
Tell = Callable[[int, int, str], None]
Stopped = Callable[..., None]
_STOPPED: dict[str, Stopped] = {}  # by the name of the task


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
    stopped: Stopped | None = None,
) -> Any:
    """Declare a task in a room's jobs.py; its name is «module.function».

    retry: when to try again after an error. lock: jobs with the same lock run one after another. once: while
    a job with this key waits in the queue, `defer` adds no second one. A task with a parameter `job_id`
    (text) can be tracked. stopped: called with the task's arguments and `sentence` (why, "" if a person stopped
    it) when a tracked job ends without having done its work, also one that never began; in the transaction that
    ends the job, so what waits for it is let go with it. It may be called twice.
    """
    if function is None:
        return functools.partial(task, retry=retry, queue=queue, lock=lock, once=once, stopped=stopped)
    name = f"{function.__module__}.{function.__name__}"
    if stopped is not None:
        _STOPPED[name] = stopped
    declare = app.task(
        name=name,
        queue=queue,
        lock=lock,
        queueing_lock=once,
        retry=retry,
        pass_context=True,
    )
    return declare(_watched(function, retry, stopped))


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


def progress(
    job_id: str | UUID | None, done: int, *, total: int | None = None, step: str | None = None
) -> None:
    """Write how far a job is. Call it outside the task's transactions, or nobody sees it before they end.

    step: what it is at («核对»), for a job that counts several things one after another.
    """
    if job_id:
        given: dict[str, Any] = {"done": done, "total": total, "step": step and step[:60]}
        Job.objects.filter(pk=job_id).update(**{name: v for name, v in given.items() if v is not None})


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
            _let_go(job.task, _arguments(job.queue_id), "")
        job.save(update_fields=["cancel_requested", "state", "ended_at"])
    return job


def check_cancelled(job_id: str | UUID | None) -> None:
    """Raises Cancelled if somebody asked this job to stop. Call it between steps that may stand alone."""
    if job_id and Job.objects.filter(pk=job_id, cancel_requested=True).exists():
        raise Cancelled


@contextmanager
def telling(job_id: str | UUID | None) -> Iterator[Tell]:
    """`tell(done, total, step)` for a long task: asked often, written twice a second.

    It writes on a connection of its own, so that people see it while the task's transaction is open. Raises inside:
    Cancelled, if somebody asked the job to stop; an open transaction is rolled back by it.
    """
    aside, said, last = connection.copy(), "", 0.0

    def tell(done: int, total: int, step: str) -> None:
        nonlocal said, last
        at = monotonic()
        if job_id is None or (step == said and at - last < TELL_SECONDS):
            return
        said, last = step, at
        check_cancelled(job_id)
        with aside.cursor() as cursor:
            cursor.execute(
                "UPDATE kernel_job SET done = %s, total = %s, step = %s WHERE id = %s",
                [done, total, step[:60], job_id],
            )

    try:
        yield tell
    finally:
        aside.close()


# --- Running ---


def _watched(
    function: Callable[..., Any], retry: BaseRetryStrategy, stopped: Stopped | None
) -> Callable[..., Any]:
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
            with transaction.atomic():
                _end(job_id, Job.State.CANCELLED)
                if stopped is not None:
                    stopped(sentence="", **args)
            return None
        except Exception as error:
            again = retry.get_retry_decision(exception=error, job=context.job)
            with transaction.atomic():
                text = _failed(job_id, error, again=again is not None)
                if stopped is not None and again is None:
                    stopped(sentence=text, **args)
            raise
        _end(job_id, Job.State.DONE, result=result)
        return result

    return run


def _write(job_id: str, **values: Any) -> None:
    Job.objects.filter(pk=job_id).update(**values)


def _end(job_id: str, state: Job.State, **values: Any) -> None:
    _write(job_id, state=state, ended_at=timezone.now(), **values)


def _let_go(task_name: str, args: dict[str, Any], sentence: str) -> None:
    """Tell whoever waits for a job that ended outside its task."""
    if stopped := _STOPPED.get(task_name):
        stopped(sentence=sentence, **args)


def _arguments(queue_id: int) -> dict[str, Any]:
    return dict(ProcrastinateJob.objects.values_list("args", flat=True).get(pk=queue_id))


def _failed(job_id: str, error: Exception, *, again: bool) -> str:
    """Returns the sentence it wrote."""
    text = error.sentence if isinstance(error, Refused) else f"{type(error).__name__}: {error}"[:500]
    if again:
        _write(job_id, state=Job.State.RETRYING, error=text)
    else:
        _end(job_id, Job.State.FAILED, error=text)
    return text


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
            await sync_to_async(_given_up)(job)


def _given_up(queued: QueuedJob) -> None:
    text = _("任务多次中断，已停止重试，请联系管理员。")
    with transaction.atomic():
        watched = Job.objects.filter(queue_id=queued.id).exclude(state__in=ENDED)
        if watched.update(state=Job.State.FAILED, error=text, ended_at=timezone.now()):
            _let_go(queued.task_name, dict(queued.task_kwargs), text)


@app.periodic(cron="40 18 * * *")  # 02:40 in China
@app.task(name="xiucheng.kernel.jobs.clean_queue", queueing_lock="kernel.clean", pass_context=True)
async def clean_queue(context: JobContext, timestamp: int) -> None:
    """Drop finished jobs from the queue: succeeded after a week, failed after ninety days."""
    await context.app.job_manager.delete_old_jobs(nb_hours=24 * 7)
    await context.app.job_manager.delete_old_jobs(
        nb_hours=24 * 90, include_failed=True, include_cancelled=True, include_aborted=True
    )


@app.periodic(cron="35 18 * * *")  # 02:35 in China
@task(once="kernel.shelves")
def sweep_shelves(timestamp: int) -> None:
    """Delete uploaded files that no row waits with any more: what a kill left behind."""
    from xiucheng.kernel.files.shelf import SHELVES

    for shelf in SHELVES.values():
        if left := shelf.sweep():
            log.info("shelf_swept", shelf=shelf.folder, files=left)


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
