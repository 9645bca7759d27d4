"""What of the catalogue runs later: the approval of thousands of changes."""

from collections.abc import Callable
from typing import Any

from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xiucheng.catalog.actions import approvals
from xiucheng.catalog.models import Revision
from xiucheng.kernel import jobs
from xiucheng.kernel.models import Job
from xiucheng.people.models import Post
from xiucheng.people.rules import Right
from xiucheng.web.admin.common import still_held


def _let_go(revision_id: int, sentence: str, **_rest: Any) -> None:
    approvals.let_go(revision_id, sentence)


def deferred(post: Post) -> Callable[[Revision], Job]:
    """The job of an approval by this post."""

    def put(row: Revision) -> Job:
        return jobs.track(
            approve_revision,
            label=_("批准改动：%(title)s") % {"title": row.title},
            owner=post.person_id,
            revision_id=row.pk,
            person_id=post.person_id,
            post_id=post.pk,
            language=get_language() or "zh-hans",
        )

    return put


@jobs.task(lock="web.catalog", stopped=_let_go)
def approve_revision(revision_id: int, person_id: int, post_id: int, language: str, job_id: str) -> None:
    """Write the changes of a revision and approve it, if whoever approved may still do so."""
    with translation.override(language), jobs.telling(job_id) as tell:
        post = still_held(person_id, post_id, Right.MANAGE_CATALOG, Right.APPROVE_STANDARD)
        approvals.approve_asked(revision_id, by=post, tell=tell)
