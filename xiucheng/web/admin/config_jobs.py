"""What of an uploaded configuration runs later: comparing it, and writing it, one after another."""

from collections.abc import Callable
from typing import Any

from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xiucheng.kernel import jobs
from xiucheng.kernel.configuration import archive, uploads
from xiucheng.kernel.models import ConfigUpload, Job
from xiucheng.people.rules import Right
from xiucheng.web.admin.common import still_held

RIGHTS = (Right.MANAGE_SETTINGS, Right.MANAGE_RIGHTS)


def _let_go(upload_id: int, sentence: str, **_rest: Any) -> None:
    uploads.let_go(upload_id, sentence)


def deferred(task: Any, label: str, owner: int, **args: Any) -> Callable[[ConfigUpload], Job]:
    """The job of an upload, as its actions want it."""

    def put(row: ConfigUpload) -> Job:
        language = get_language() or "zh-hans"
        return jobs.track(
            task, label=f"{label}：{row.name}", owner=owner, upload_id=row.pk, language=language, **args
        )

    return put


@jobs.task()
def export_config(post_id: int, person_id: int, language: str, job_id: str) -> dict[str, Any]:
    """Pack the whole configuration; the file waits a day for whoever asked."""
    with translation.override(language), jobs.telling(job_id) as tell:
        still_held(person_id, post_id, *RIGHTS)
        data = archive.packed(lambda done, total: tell(done, total, _("写文件")))
        kept = archive.EXPORTED.keep(data)
        return {
            "file": kept.name,
            "url": f"/admin/config/export/{job_id}",
            "words": _("下载（%(size)d KB）") % {"size": -(-kept.size // 1024)},
        }


@jobs.task(lock="web.config", stopped=_let_go)
def read_config(upload_id: int, language: str, job_id: str) -> None:
    """Compare an archive with what is stored."""
    with translation.override(language), jobs.telling(job_id) as tell:
        uploads.look(upload_id, tell)


@jobs.task(lock="web.config", stopped=_let_go)
def apply_config(upload_id: int, post_id: int, language: str, job_id: str) -> dict[str, Any] | None:
    """Take up the part of whoever asked, if he may still do so."""
    with translation.override(language), jobs.telling(job_id) as tell:
        person = ConfigUpload.objects.get(pk=upload_id).asked.get("person")
        if person is None:
            return None  # it was done before a kill
        post = still_held(person, post_id, *RIGHTS)
        done = uploads.take_up(upload_id, rights=post.rights, tell=tell)
        if done is None:
            return None
        values = {"added": done.added, "changed": done.changed, "removed": done.removed}
        words = _("已采用：新增 %(added)d 行，改动 %(changed)d 行，去掉 %(removed)d 行。")
        return {"words": words % values}
