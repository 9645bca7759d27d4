"""manage.py rebuild_cases: fold every case anew from its events; compare with the rows, or put them right."""

import json
import sys
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from xiucheng.cases.rebuild import Difference, Report, chain_of, compare, restore


class Command(BaseCommand):
    help = "由记录重新推算每个案件，与数据表逐列核对（--check）；或按记录改正数据表（--yes）。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="只核对，不改动；有差异时退出码为 1")
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")
        parser.add_argument("--case", default="", metavar="编号", help="只处理这一个受理号或案件编号")
        parser.add_argument("--yes", action="store_true", help="确认按记录改正数据表")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"] and not options["yes"]:
            raise CommandError(_("这会按记录改写数据表。只核对请加 --check，确认改写请加 --yes。"))
        chain = self.chain(options["case"])
        report = compare(chain)
        if options["check"]:
            self.say(report, as_json=options["json"])
            if not report.ok:
                sys.exit(1)
            return
        left = restore(report.differing)
        after = compare(chain)
        self.say(after, as_json=options["json"], restored=len(report.differing) - len(left))
        if not after.ok:
            sys.exit(1)

    def chain(self, number: str) -> UUID | None:
        if not number:
            return None
        found = chain_of(number)
        if found is None:
            raise CommandError(_("没有编号为 %(number)s 的案件。") % {"number": number})
        return found

    def say(self, report: Report, *, as_json: bool, restored: int | None = None) -> None:
        if as_json:
            self.stdout.write(json.dumps(as_object(report, restored), ensure_ascii=False))
            return
        for difference in report.differences:
            self.stdout.write(line(difference))
        if restored is not None:
            self.stdout.write(_("已按记录改正 %(count)d 个案件。") % {"count": restored})
        text = _("核对了 %(cases)d 个案件、%(events)d 条记录，用时 %(seconds).1f 秒：")
        facts = {"cases": report.cases, "events": report.events, "seconds": report.seconds}
        end = _("没有差异。") if report.ok else _("有 %(count)d 处差异。") % {"count": report.count}
        self.stdout.write(text % facts + end)


def line(difference: Difference) -> str:
    row = "" if difference.row is None else f"[{difference.row}]"
    return (
        f"{difference.case} {difference.table}{row}.{difference.column}: "
        f"{difference.stored} ≠ {difference.rebuilt}"
    )


def as_object(report: Report, restored: int | None) -> dict[str, Any]:
    """differences: the first thousand; count: all."""
    return {
        "ok": report.ok,
        "cases": report.cases,
        "events": report.events,
        "seconds": round(report.seconds, 3),
        "differences": [asdict(difference) for difference in report.differences],
        "count": report.count,
    } | ({} if restored is None else {"restored": restored})
