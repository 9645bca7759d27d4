"""What of the ground runs later."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from xiucheng.kernel import jobs
from xiucheng.territory.addresses import actions


def _let_go(import_id: str, sentence: str, **_rest: Any) -> None:
    actions.let_go(import_id, sentence)


@jobs.task(retry=jobs.Backoff(attempts=3), stopped=_let_go)
def import_addresses(import_id: str, job_id: str, language: str = "zh-hans") -> dict[str, Any]:
    """Import a file of address points that an administrator sent."""
    with translation.override(language), jobs.telling(job_id) as tell:
        done = actions.run_import(import_id, tell=tell)
        if done is None:
            return {"words": _("已经导入过了。")}
        words = _("导入 %(count)d 条：新增 %(new)d，更新 %(changed)d。")
        return {"words": words % {"count": done.count, "new": done.new, "changed": done.changed}}
