"""What the doors do later: forget clients whose accounts are level again; prove the ledgers; play messages to the
demo city."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog
from procrastinate.contrib.django import app

from xiucheng.cases.rebuild import compare
from xiucheng.kernel import audit, jobs, retention
from xiucheng.kernel.ledger import ledgers
from xiucheng.kernel.ledger.verify import verify
from xiucheng.web import rate
from xiucheng.web.admin import catalog_jobs, config_jobs, ground_jobs  # noqa: F401  their tasks are found here

log = structlog.get_logger(__name__)
SHOWN = 100  # problems kept with the result; the command lists all


@app.periodic(cron="*/10 * * * *")
@jobs.task(once="web.sweep")
def sweep_rates(timestamp: int) -> None:
    """timestamp: seconds, given by the queue."""
    rate.sweep()


@app.periodic(cron="30 19 * * 6")  # Sunday 03:30 in China
@jobs.task(once="web.verify_weekly", lock="web.verify")
def verify_weekly(timestamp: int) -> None:
    """Prove everything once a week, asked or not; what is wrong stands in the log and in the audit."""
    verify_ledgers_now(None)


@jobs.task(lock="web.verify")
def verify_ledgers(job_id: str | None = None) -> dict[str, Any]:
    """Prove every ledger and fold every case anew; the result says what is wrong. Not recorded by whom it was asked:
    the job's owner says so."""
    return verify_ledgers_now(job_id)


def verify_ledgers_now(job_id: str | None) -> dict[str, Any]:
    """{ok, events, cases, count, problems: the first sentences}. Each ledger is one step of the progress."""
    known = ledgers()
    problems, events = [], 0
    for place, ledger in enumerate(known):
        jobs.progress(job_id, place, total=len(known) + 1)
        jobs.check_cancelled(job_id)
        report = verify(ledger)
        events += report.events
        problems += [f"{ledger.label} {one.chain or ''} {one.sentence}" for one in report.problems]
    jobs.progress(job_id, len(known))
    cases = compare()
    problems += [f"{one.case} {one.table}.{one.column}" for one in cases.differences]
    jobs.progress(job_id, len(known) + 1)
    found = {
        "ok": not problems,
        "events": events,
        "cases": cases.cases,
        "count": len(problems),
        "problems": problems[:SHOWN],
    }
    if problems:
        log.error("ledger_problems", count=len(problems))
    audit.record(by=audit.SYSTEM, subject="verify ledgers", before=None, after=found)
    return found


@app.periodic(cron="50 19 * * *")  # 03:50 in China
@jobs.task(once="web.sweep_retention_nightly", lock="web.retention")
def sweep_retention_nightly(timestamp: int) -> None:
    sweep_retention_now(None)


@jobs.task(lock="web.retention")
def sweep_retention(job_id: str | None = None) -> dict[str, Any]:
    """Delete what is past its term, as a person asked to do it now."""
    return sweep_retention_now(job_id)


def sweep_retention_now(job_id: str | None) -> dict[str, Any]:
    """{kind: how many were deleted}. Stopped in the middle it has deleted whole batches, each in the register."""
    known, found = retention.kinds(), {}

    def check(done: int) -> None:
        jobs.check_cancelled(job_id)

    for place, kind in enumerate(known):
        jobs.progress(job_id, place, total=len(known))
        found[kind.key] = retention.sweep(kind, check=check)
    jobs.progress(job_id, len(known), total=len(known))
    log.info("retention_swept", **found)
    return found


@jobs.task
def replay(path: str, days: int, per_day: int, seed: int, job_id: str | None = None) -> dict[str, Any]:
    """Play messages of a file to the demo city (demo.replay); begun again, it goes on where it was."""
    from demo.replay import messages, play  # the demo city is no part of a city in production

    return asdict(play(messages(Path(path)), days=days, per_day=per_day, seed=seed, job_id=job_id))
