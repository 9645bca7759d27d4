"""manage.py replay: play real messages through the door and on through the loop of the demo city."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from demo.replay import Outcome, messages, play
from demo.replay.reading import find
from xiucheng.kernel import jobs
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import Job
from xiucheng.web.jobs import replay


class Command(BaseCommand):
    help = (
        "重放真实消息：每条只上报一次，再按各环节办理。一切发生在现在：天数乘以每天件数是重放的件数，"
        "不改动时间。中断后再运行会接着做。"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--messages", required=True, help="CSV 或 CSV.GZ；也可以是样例文件夹里的文件名")
        parser.add_argument("--days", type=int, default=1)
        parser.add_argument("--per-day", type=int, default=20)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--queue", action="store_true", help="交给后台任务进程，不在这里等")

    def handle(self, *args: Any, **options: Any) -> None:
        numbers = {key: options[key] for key in ("days", "per_day", "seed")}
        try:
            path = find(options["messages"]).resolve()
            if options["queue"]:
                job = jobs.track(replay, label=_("重放消息"), path=str(path), **numbers)
                self.stdout.write(str(job.pk))
                return
            self._said(self._here(path, numbers))
        except Refused as refusal:
            raise CommandError(refusal.sentence) from None

    def _here(self, path: Path, numbers: dict[str, int]) -> Outcome:
        """The same job, here and now, with a row that shows its progress to others."""
        at = timezone.now()
        job = Job.objects.create(
            label=_("重放消息"), task=replay.name, state=Job.State.RUNNING, created_at=at, started_at=at
        )
        state = Job.State.FAILED
        try:
            outcome = play(messages(path), job_id=str(job.pk), say=self.stdout.write, **numbers)
            state = Job.State.DONE
            return outcome
        except jobs.Cancelled:
            state = Job.State.CANCELLED
            raise CommandError(_("已按要求停止；再运行一次会接着做。")) from None
        finally:
            Job.objects.filter(pk=job.pk).update(state=state, ended_at=timezone.now())

    def _said(self, outcome: Outcome) -> None:
        self.stdout.write(
            _("重放了 %(played)d 条，其中新上报 %(new)d 条。")
            % {"played": outcome.played, "new": outcome.new}
        )
        for title, counts in (
            (_("所在环节"), outcome.stages),
            (_("被规则拒绝的步骤"), outcome.refused),
            (_("读不出的行"), outcome.unread),
        ):
            if counts:
                self.stdout.write(f"{title}：" + "，".join(f"{key} {n}" for key, n in sorted(counts.items())))
