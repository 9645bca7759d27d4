"""Approved versions of the ground begin to count on their day, and open cases follow their place."""

import structlog
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from xiucheng.cases.actions import relocate
from xiucheng.kernel import jobs
from xiucheng.kernel.errors import Refused
from xiucheng.territory.versions import actions
from xiucheng.territory.versions.models import GroundVersion
from xiucheng.web.admin.ground_effect import candidates

log = structlog.get_logger(__name__)


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
                actions.apply(version=version)
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
