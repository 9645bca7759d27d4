"""What runs later: long imports, and forgetting what has ended."""

from datetime import timedelta
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from xiucheng.kernel import jobs
from xiucheng.kernel.errors import Refused
from xiucheng.people import queries
from xiucheng.people.actions import imports
from xiucheng.people.models import PeopleImport
from xiucheng.people.sessions import SessionStore

KEPT = timedelta(days=7)  # an upload nobody confirmed, passwords nobody fetched


def _let_go(import_id: str, sentence: str, **_rest: Any) -> None:
    imports.let_go(import_id, sentence)


@jobs.task(stopped=_let_go)
def run_import(
    import_id: str, what: str, post_id: int, language: str = "zh-hans", job_id: str | None = None
) -> dict[str, str]:
    """Check or apply a long table; a second run meets a state that says it was done."""
    found = PeopleImport.objects.get(pk=import_id)
    by = next((post for post in queries.may_act_as(found.owner) if post.pk == post_id), None)
    with translation.override(language), jobs.telling(job_id) as tell:
        if by is None:
            raise Refused(_("导入人已经没有这个岗位，导入没有进行。"), status=403, code="no_right")
        imports.require(by, imports.RIGHTS[found.kind])
        if what == "check" and found.state == PeopleImport.State.CHECKING:
            imports.check(found, by)
        elif what == "apply" and found.state == PeopleImport.State.RUNNING:
            imports.apply(found, by, tell)
        jobs.progress(job_id, found.total, total=found.total)
        return {"url": f"/admin/imports/{found.pk}", "words": _("看结果")}


@app.periodic(cron="50 18 * * *")  # 02:50 in China
@jobs.task(once="people.sweep")
def sweep(timestamp: int) -> None:
    """Forget sessions that have ended and uploads that nobody wants any more. timestamp: given by the queue."""
    SessionStore.clear_expired()
    forget_imports()


def forget_imports() -> int:
    """Rows and passwords of uploads older than a week; how many there were."""
    now = timezone.now()
    old = PeopleImport.objects.filter(created_at__range=(now - 5 * KEPT, now - KEPT))
    return old.update(rows="", passwords="")
