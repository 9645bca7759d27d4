"""manage.py openapi: write docs/developers/openapi.json, or with --check say whether it is up to date."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from xiucheng.web.api import document

PATH = settings.ROOT / "docs" / "developers" / "openapi.json"


class Command(BaseCommand):
    help = "写出接口说明 docs/developers/openapi.json；--check 只比较"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="只比较，不同则以 1 退出")

    def handle(self, *args: Any, **options: Any) -> None:
        from xiucheng.web.api.v1 import api

        wanted = document.text(api.document)
        if not options["check"]:
            PATH.write_text(wanted, encoding="utf-8")
        elif not PATH.exists() or PATH.read_text(encoding="utf-8") != wanted:
            raise CommandError("docs/developers/openapi.json 不是最新的，请运行 manage.py openapi 后提交。")
