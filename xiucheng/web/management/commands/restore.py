"""manage.py restore: a backup becomes a city again, and proves itself."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from xiucheng.cases.rebuild import compare
from xiucheng.kernel.backup import reading
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.ledger.registry import ledgers
from xiucheng.kernel.ledger.verify import verify


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "把备份恢复到空数据库，然后核对：记录链、案件、文件、行数、密钥。有问题时退出码为 1。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", help="backup 命令写成的一份备份")
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wanted = reading.restore(
                Path(options["folder"]), say=lambda text: self.stderr.write(f"  … {text}")
            )
        except Refused as refusal:
            raise CommandError(refusal.said(_)) from refusal
        self.stderr.write(f"  … {_('核对')}")
        proof = proved(reading.differences(wanted))
        if options["json"]:
            self.stdout.write(json.dumps(proof, ensure_ascii=False))
        else:
            for sentence in proof["problems"]:
                self.stdout.write(sentence)
            text = _("已恢复 %(events)d 条记录、%(cases)d 个案件、%(files)d 个文件：")
            end = (
                _("全部核对无误。")
                if proof["ok"]
                else _("发现 %(count)d 处问题。") % {"count": len(proof["problems"])}
            )
            self.stdout.write(text % proof + end)
        if not proof["ok"]:
            sys.exit(1)


def proved(differences: list[str]) -> dict[str, Any]:
    """The restored city against itself: every ledger, every case folded anew, every file's hash."""
    problems, events = list(differences), 0
    for ledger in ledgers():
        report = verify(ledger)
        events += report.events
        problems += [problem.sentence for problem in report.problems]
    cases = compare()
    problems += [f"{one.case} {one.table}.{one.column}" for one in cases.differences]
    broken = reading.broken_files()
    problems += [_("文件 %(sm3)s 缺失或内容不符。") % {"sm3": sm3} for sm3 in broken]
    files = reading.StoredFile.objects.count() - len(broken)
    return {"ok": not problems, "events": events, "cases": cases.cases, "files": files, "problems": problems}
