"""manage.py build_demo: make the demo city, or go on where an earlier start was interrupted."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from demo import spec
from demo.building import AlreadyBuilt, build
from xiucheng.kernel.errors import Refused


class Command(BaseCommand):
    help = "生成演示城市：区划、部门、人员和一年的案件；中断后再运行会接着做。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=spec.SEED, help="相同的种子和日期得到相同的城市")
        parser.add_argument(
            "--today", type=date.fromisoformat, help="城市截至这一天上午十点（YYYY-MM-DD）；默认截至现在"
        )
        parser.add_argument("--cases", type=int, default=6500, help="案件数")

    def handle(self, *args: Any, **options: Any) -> None:
        now = spec.ending(options["today"], timezone.now())
        wanted = spec.Wanted(seed=options["seed"], now=now, cases=options["cases"])
        try:
            seconds = build(wanted, self._say)
        except AlreadyBuilt as refusal:
            self._say(refusal.sentence)
        except Refused as refusal:
            raise CommandError(refusal.sentence) from None
        else:
            self._say(_("演示城市建成，用时 %(seconds).0f 秒。") % {"seconds": sum(seconds.values())})

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
