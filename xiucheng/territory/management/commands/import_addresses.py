"""Import address points from a file: all or nothing, faults by row and column."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from xiucheng.kernel.errors import Refused
from xiucheng.territory import actions
from xiucheng.territory.problems import ImportRefused

SHOWN = 20


class Command(BaseCommand):
    help = "Import address points (CSV in UTF-8 or GB18030, XLSX, GeoJSON). Importing again updates."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--crs", default="", help="CGCS2000, GCJ02, BD09 or EPSG:…; a GeoJSON may state it itself"
        )
        parser.add_argument(
            "--source", default="", help="where the data come from; the file's name without it"
        )
        parser.add_argument("--synthetic", action="store_true", help="mark as sample data")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            done = actions.import_addresses_now(
                data=path.read_bytes(),
                crs=options["crs"],
                source=options["source"] or path.name,
                synthetic=options["synthetic"],
                tell=self._say,
            )
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except ImportRefused as refusal:
            lines = [f"{one.row}, {one.column}: {one.sentence}" for one in refusal.problems[:SHOWN]]
            raise CommandError("\n".join([refusal.sentence, *lines])) from refusal
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{path.name}: {done.count} rows, {done.new} new, {done.changed} changed")

    def _say(self, rows: int, total: int, step: str) -> None:
        if rows:
            self.stderr.write(f"… {rows}")
