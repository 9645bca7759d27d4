"""What of the ground runs later."""

from typing import Any

from django.utils.translation import gettext as _

from xiucheng.kernel import jobs
from xiucheng.territory.addresses import actions


@jobs.task(retry=jobs.Backoff(attempts=3))
def import_addresses(import_id: str, job_id: str) -> dict[str, Any]:
    """Import a file of address points that an administrator sent."""

    def progress(done: int) -> None:
        jobs.progress(job_id, done)
        jobs.check_cancelled(job_id)

    done = actions.run_import(import_id, progress=progress)
    if done is None:
        return {"words": _("已经导入过了。")}
    words = _("导入 %(count)d 条：新增 %(new)d，更新 %(changed)d。")
    return {"words": words % {"count": done.count, "new": done.new, "changed": done.changed}}
