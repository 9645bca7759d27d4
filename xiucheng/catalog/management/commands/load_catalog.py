"""Load the national categories, the shipped limits and the glossary."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from xiucheng.catalog import actions
from xiucheng.kernel.errors import Refused


class Command(BaseCommand):
    help = "Load categories, standards and glossary from CSV; all or nothing, a second time changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--directory",
            type=Path,
            default=actions.SHIPPED,
            help="where the three sheets are (default: shipped)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = actions.load_catalog(directory=options["directory"])
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(
            f"categories {loaded.categories}, standards {loaded.standards}, "
            f"terms {loaded.terms}, new {loaded.new}"
        )
