"""manage.py verify_ledger: prove that no record was changed, removed, reordered or inserted."""

import dataclasses
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from xiucheng.kernel.ledger.registry import Ledger, ledgers
from xiucheng.kernel.ledger.verify import Problem, Report, verify


def named(labels: list[str]) -> tuple[Ledger, ...]:
    """The ledgers a command was asked for, all if none. Raises CommandError for an unknown name."""
    try:
        return ledgers(tuple(labels))
    except KeyError as unknown:
        known = "、".join(ledger.label for ledger in ledgers())
        text = _("没有名为 %(label)s 的记录表。可用的名字：%(known)s。")
        raise CommandError(text % {"label": unknown.args[0], "known": known}) from None


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # a tool for bad days: it needs the store, not the pages
    help = "核对记录链：逐条指出被修改、删除、调换或插入的记录；有问题时退出码为 1。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")
        parser.add_argument("--fast", action="store_true", help="只核对保存的规范字节，不从各列重建")
        parser.add_argument("--ledger", action="append", default=[], help="只核对这一张记录表，可重复")

    def handle(self, *args: Any, **options: Any) -> None:
        reports = [verify(ledger, fast=options["fast"]) for ledger in named(options["ledger"])]
        total = _total(reports)
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(total), ensure_ascii=False))
        else:
            self._print(total)
        if not total.ok:
            sys.exit(1)

    def _print(self, report: Report) -> None:
        for problem in report.problems:
            self.stdout.write(_line(problem))
        for warning in report.warnings:
            self.stderr.write(_("注意：%(text)s") % {"text": warning})
        text = _("核对了 %(events)d 条记录、%(chains)d 条链、%(anchors)d 个锚点，用时 %(seconds).1f 秒：")
        self.stdout.write(text % dataclasses.asdict(report), ending="")
        if report.ok:
            self.stdout.write(_("没有发现问题。"))
        else:
            self.stdout.write(_("发现 %(count)d 处问题。") % {"count": len(report.problems)})


def _total(reports: list[Report]) -> Report:
    total = Report()
    for report in reports:
        total.events += report.events
        total.chains += report.chains
        total.anchors += report.anchors
        total.seconds += report.seconds
        total.problems += report.problems
        total.warnings += [text for text in report.warnings if text not in total.warnings]
    return total


def _line(problem: Problem) -> str:
    where = [problem.ledger, problem.kind.value]
    where += [f"chain={problem.chain}"] if problem.chain else []
    where += [f"seq={problem.seq}"] if problem.seq is not None else []
    where += [f"id={problem.id}"] if problem.id is not None else []
    return f"{' '.join(where)}  {problem.sentence}"


def _as_json(report: Report) -> dict[str, Any]:
    problems = [dataclasses.asdict(problem) for problem in report.problems]
    for problem in problems:
        problem["chain"] = str(problem["chain"]) if problem["chain"] else None
    return {
        "ok": report.ok,
        "events": report.events,
        "chains": report.chains,
        "anchors": report.anchors,
        "seconds": round(report.seconds, 3),
        "problems": problems,
        "warnings": report.warnings,
    }
