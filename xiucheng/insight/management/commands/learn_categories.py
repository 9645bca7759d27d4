"""script/manage learn_categories: learn the words of the city's cases now, not at night; measure how well."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from xiucheng.insight import actions, learning
from xiucheng.insight.measuring import figures
from xiucheng.kernel import settings


class Command(BaseCommand):
    help = "Learn which words speak of which category, from the catalogue and the city's filed cases."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--measure",
            action="store_true",
            help="change nothing: learn from four fifths of the cases, say how often the rest is right",
        )

    def handle(self, *args: Any, measure: bool, **options: Any) -> None:
        if measure:
            cases = list(learning.cases(settings.get("insight.learn_max")))
            for line in (
                figures(cases, list(learning.names()), taught=False),
                figures(cases, list(learning.names())),
            ):
                self.stdout.write(str(line))
            return
        model = actions.learn()
        self.stdout.write(f"learnt from {model.cases} cases, {len(model.classes)} categories")
