"""What of the versions of the ground runs later: reading, checking, approving; they begin to count on their day, and
open cases follow their place. One after another: two checks at once would each miss what the other changes.
"""

from collections.abc import Callable
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import get_language
from procrastinate.contrib.django import app

from xiucheng.cases.actions import relocate
from xiucheng.kernel import jobs
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import Job
from xiucheng.people.rules import Right
from xiucheng.territory.versions import actions, applying, working
from xiucheng.territory.versions.models import GroundVersion
from xiucheng.web.admin.common import still_held
from xiucheng.web.admin.ground_effect import candidates, effect

log = structlog.get_logger(__name__)


def _let_go(version_id: int, sentence: str, **_rest: Any) -> None:
    actions.let_go(version_id, sentence)


def deferred(task: Any, label: str, owner: int, **args: Any) -> Callable[[GroundVersion], Job]:
    """The job of a version, as its actions want it."""

    def put(row: GroundVersion) -> Job:
        language = get_language() or "zh-hans"
        return jobs.track(
            task, label=f"{label}：{row.title}", owner=owner, version_id=row.pk, language=language, **args
        )

    return put


@jobs.task(lock="web.ground", stopped=_let_go)
def read_version(version_id: int, language: str, job_id: str) -> None:
    """Look into the file of an upload."""
    with translation.override(language), jobs.telling(job_id) as tell:
        working.read(version_id, tell)


@jobs.task(lock="web.ground", stopped=_let_go)
def check_version(version_id: int, language: str, job_id: str) -> None:
    """Read, check, compare, and reckon what it does to open cases."""
    with translation.override(language), jobs.telling(job_id) as tell:
        working.check(version_id, tell, effect)


@jobs.task(lock="web.ground", stopped=_let_go)
def approve_version(version_id: int, post_id: int, language: str, job_id: str) -> None:
    """Check a last time and approve, if whoever approved may still do so."""
    with translation.override(language), jobs.telling(job_id) as tell:
        person = GroundVersion.objects.get(pk=version_id).asked.get("by")
        if person is not None:
            still_held(person, post_id, Right.MANAGE_TERRITORY, Right.APPROVE_STANDARD)
        done = working.approve(version_id, tell, effect)
        if done is not None:
            jobs.defer(begin_versions, timestamp=0)


@app.periodic(cron="*/5 * * * *")
@jobs.task(once="web.ground", lock="web.ground")
def begin_versions(timestamp: int) -> None:
    """Every five minutes: let what is approved and due count. timestamp: seconds, given by the queue."""
    begin()


def begin() -> int:
    """How many versions began to count. One that no longer fits is marked failed, with the reason."""
    due = GroundVersion.objects.filter(
        state=GroundVersion.State.APPROVED, effective__lte=timezone.localdate()
    ).order_by("effective", "decided_at")
    done = 0
    for version in due:
        try:
            with transaction.atomic():
                applying.apply(version=version)
                jobs.defer(relocate_cases, version_id=version.pk)
        except Refused as refusal:
            log.warning("ground_version_failed", version=version.pk, why=refusal.code)
            actions.failed(version=version, sentence=refusal.sentence)
        else:
            done += 1
    return done


@jobs.task(lock="web.ground")
def relocate_cases(version_id: int) -> int:
    """Write where open cases lie now. Begun again, it finds those already done unchanged."""
    version = GroundVersion.objects.get(pk=version_id)
    moved = 0
    for case in candidates(version):
        try:
            moved += relocate(case_id=case, version=version.pk, since=version.effective) is not None
        except Refused:
            continue  # it ended meanwhile
    shown = version.effect or {}
    actions.keep_effect(version=version, effect=shown | {"relocated": shown.get("relocated", 0) + moved})
    return moved
