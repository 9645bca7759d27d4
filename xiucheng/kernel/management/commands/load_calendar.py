"""Put the shipped calendar, or a file of days, into the tables where an administrator edits it."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from xiucheng.kernel import calendar, windows, workdays
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import WorkingWindows


class Command(BaseCommand):
    help = (
        "Load working days (all or nothing), and the national windows if the city has none. May be repeated."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--file", type=Path, help="CSV with date,is_workday,name; the shipped one without it"
        )
        parser.add_argument("--source", help="where the file comes from; its name without it")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"] or workdays.SHIPPED
        source = options["source"] or (path.name if options["file"] else workdays.SHIPPED_SOURCE)
        try:
            with transaction.atomic():
                change = calendar.import_days(content=path.read_bytes(), source=source, by="load_calendar")
                if not WorkingWindows.objects.exists():
                    self._national_windows()
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{path.name}: {change.days} days changed, years announced: {list(change.years)}")

    def _national_windows(self) -> None:
        part = windows.NATIONAL.seasons[0]
        season = calendar.SeasonInput(
            part.days.first,
            part.days.last,
            windows.format_windows(part.work),
            windows.format_windows(part.duty),
        )
        calendar.set_windows(
            division_code="",
            valid_from=date(2019, 1, 1),
            seasons=[season],
            source="standards/workflow.md §2 [H]; duty windows [L]",
            by="load_calendar",
        )
