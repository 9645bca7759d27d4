"""manage.py demo_accounts: the accounts with which to try the demo city."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from demo.accounts import accounts
from xiucheng.people.models import Role


class Command(BaseCommand):
    help = "列出演示城市的账号和密码。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="输出 JSON 数组")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = accounts()
        if options["json"]:
            self.stdout.write(json.dumps(rows, ensure_ascii=False))
            return
        if not rows:
            raise CommandError(_("没有演示账号：演示城市还没有生成，或数据目录不是生成时的那一个。"))
        names = dict(Role.choices)
        for row in rows:
            role = str(names[row["role"]])
            self.stdout.write(
                f"{row['username']}\t{row['password']}\t{role}\t{row['department']}\t{row['division']}"
            )
