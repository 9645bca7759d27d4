"""Write docs/administrators/settings.md from the declarations; --check only compares."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

import xiucheng
from xiucheng.kernel import settings

ROOT = Path(xiucheng.__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "administrators" / "settings.md"

HEAD = """# 系统设置

本页由 `script/manage document_settings` 根据程序中的声明生成，请勿手工修改。

管理员在“系统设置”页面修改后，一秒左右在所有进程生效，不必重启；每次修改都留有记录。一项设置可以只对某个行政区划
（及其下级）生效：先取本级，再逐级向上，最后取全市的值，都没有时取默认值。

可信度：H 见于原文，M 公认，L 推测，P 本系统的约定。时限写作“数量 单位”，例如 `4 工作时`、`1/6 紧急工作时`。

"""


def page() -> str:
    """The whole page."""
    rooms: dict[str, list[settings.Declared]] = {}
    for key in sorted(settings.ALL):
        rooms.setdefault(key.partition(".")[0], []).append(settings.ALL[key])
    return HEAD + "\n".join(_table(room, rows) for room, rows in rooms.items())


def _table(room: str, rows: list[settings.Declared]) -> str:
    lines = [
        f"## {room}",
        "",
        "| 键 | 含义 | 默认值 | 单位 | 允许的值 | 依据 | 可信度 |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [f"| `{row.key}` | {' | '.join(_cell(cell) for cell in _cells(row))} |" for row in rows]
    return "\n".join([*lines, ""])


def _cells(row: settings.Declared) -> tuple[object, ...]:
    default = settings.write(row.default)
    return row.label, f"`{default}`" if default else "", row.unit, _bounds(row), row.source, row.confidence


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _bounds(row: settings.Declared) -> str:
    if row.choices:
        return "、".join(f"`{choice}`" for choice in row.choices)
    if row.kind is bool:
        return "`true`、`false`"
    low = "" if row.minimum is None else f"≥ {row.minimum}"
    high = "" if row.maximum is None else f"≤ {row.maximum}"
    return f"{low} {high}".strip()


class Command(BaseCommand):
    requires_system_checks = []
    help = "Write docs/administrators/settings.md from the declared settings."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only say whether the page is up to date")

    def handle(self, *args: Any, **options: Any) -> None:
        text = page()
        if options["check"]:
            if not PAGE.exists() or PAGE.read_text("utf-8") != text:
                raise CommandError(f"{PAGE.relative_to(ROOT)} is out of date: run document_settings")
            return
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(text, "utf-8")
        self.stdout.write(f"{PAGE.relative_to(ROOT)}: {len(settings.ALL)} settings")
