"""What tests need: ledgers that may be emptied, a job run at once. Imported by tests, never by the product."""

from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import Job

_LIFT = (
    "SET LOCAL session_replication_role = replica"  # silences triggers for this transaction; superusers only
)


def let_tests_empty_ledgers() -> None:
    """After a transactional test Django truncates every table; let it, although ledgers refuse TRUNCATE.

    Call once for the session. Only Django's own flush is exempt: a test's TRUNCATE is refused as in a city.
    """
    original = connection.ops.sql_flush

    def sql_flush(*args: Any, **options: Any) -> list[str]:
        statements = original(*args, **options)
        return [_LIFT, *statements] if statements else statements

    connection.ops.sql_flush = sql_flush  # type: ignore[method-assign]


def run_job(job: Job | None) -> Job:
    """Run a tracked job as the worker would, within the test's own transaction. A refusal ends it and is kept in it."""
    assert job is not None and job.queue_id is not None
    queued = ProcrastinateJob.objects.get(pk=job.queue_id)
    context: Any = SimpleNamespace(job=SimpleNamespace(attempts=0))
    with suppress(Refused):
        app.tasks[queued.task_name].func(context, **queued.args)
    job.refresh_from_db()
    return job
