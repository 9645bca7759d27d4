"""manage.py import_config DIR: make the city's configuration equal to files."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from xiucheng.kernel import configuration
from xiucheng.kernel.configuration.tables import tables
from xiucheng.kernel.errors import Refused


class Command(BaseCommand):
    help = "Make the configuration equal to the files that export_config wrote: all of it or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path)
        parser.add_argument("--check", action="store_true", help="say what would change, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        directory: Path = options["directory"]
        if not directory.is_dir():
            raise CommandError(f"没有目录 {directory}。")
        known = {table.path for table in tables()} | {"manifest.json"}
        found = {
            path.name: path.read_bytes()
            for path in sorted(directory.iterdir())
            if path.is_file() and (path.name in known or path.suffix in (".csv", ".geojson", ".json"))
        }
        try:
            content = configuration.read(found)
            if options["check"]:
                self._say(configuration.plan(content))
                return
            done = configuration.apply(content, by="import_config")
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"已导入：新增 {done.added} 行，改动 {done.changed} 行，去掉 {done.removed} 行。")

    def _say(self, plans: list[configuration.FilePlan]) -> None:
        for plan in plans:
            if not plan.empty:
                counts = f"新增 {len(plan.added)}，改动 {len(plan.changed)}，去掉 {len(plan.removed)}"
                self.stdout.write(f"{plan.table.path}：{counts}")
        if all(plan.empty for plan in plans):
            self.stdout.write("与现在的配置没有不同。")
