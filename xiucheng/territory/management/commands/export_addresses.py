"""Write all imported address points as a CSV that import_addresses takes with --crs CGCS2000."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from xiucheng.territory.addresses import exporting


class Command(BaseCommand):
    help = (
        "Export the imported address points (CSV, UTF-8, CGCS2000); import_addresses takes the file as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="the file to write")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["out"]
        try:
            count = exporting.write(path)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        self.stdout.write(f"{path.name}: {count} rows, {exporting.CRS}")
