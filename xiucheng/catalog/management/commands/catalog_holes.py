"""manage.py catalog_holes: what the catalogue leaves open: duties nobody was given, categories without a limit."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from xiucheng.catalog import queries


class Command(BaseCommand):
    help = "List categories × counties without a row of the 权责清单, and categories that no limit lets anybody file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--county", action="append", default=[], help="only these counties (6 digits)")

    def handle(self, *args: Any, **options: Any) -> None:
        duties = queries.duty_holes(counties=options["county"])
        limits = queries.limit_holes()
        if options["json"]:
            found = {
                "duties": [
                    {
                        "category": hole.category.key,
                        "county": hole.county,
                        "falls_to": hole.falls_to,
                        "why": hole.why,
                    }
                    for hole in duties
                ],
                "limits": [category.key for category in limits],
            }
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        for hole in duties:
            self.stdout.write(f"{hole.county} {hole.county_name} {hole.category}：{hole.why}")
        for category in limits:
            self.stdout.write(f"{category}：没有处置时限，补上以前不能立案。")
        self.stdout.write(f"权责清单缺 {len(duties)} 条；{len(limits)} 个类别没有处置时限。")
