"""Approval of many changes: asked for by a person, done by a job; a few are written at once (`revisions`)."""

from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _

from xiucheng.catalog.actions import revisions
from xiucheng.catalog.models import Revision
from xiucheng.kernel.jobs import Tell
from xiucheng.kernel.models import Job
from xiucheng.people.models import Post

AT_ONCE = 200  # changes written within a request; each takes some five milliseconds
State = Revision.State


def approve(*, revision: Revision, by: Post, answer: str, job: Callable[[Revision], Job]) -> Revision:
    """批准: at once, or by a job where it is long. `job` puts it into the queue. Raises: as `approve_revision`."""
    if revision.items.count() <= AT_ONCE:
        return revisions.approve_revision(revision=revision, by=by, answer=answer)
    with transaction.atomic():
        held = revisions.decidable(revision, State.SUBMITTED, by)
        held.state, held.answer, held.job = State.APPROVING, answer.strip()[:500], job(held)
        held.save()
    return held


def approve_asked(revision_id: int, *, by: Post, tell: Tell) -> None:
    """What `approve` asked for, in one transaction. A second run meets a state that says it was done."""
    row = Revision.objects.get(pk=revision_id)
    if row.state == State.APPROVING:
        step = _("写入")
        revisions.approve_revision(
            revision=row,
            by=by,
            answer=row.answer,
            of=State.APPROVING,
            tick=lambda done, total: tell(done, total, step),
        )


def let_go(revision_id: int, sentence: str) -> None:
    """The job ended without having approved: it waits again. sentence: why; it stands with the job."""
    with transaction.atomic():
        row = Revision.objects.select_for_update().get(pk=revision_id)
        if row.state == State.APPROVING:
            row.state, row.answer = State.SUBMITTED, ""
            row.save()
