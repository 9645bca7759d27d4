"""manage.py database_url: the address of the city's database, for pg_dump and the like."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Print the address of the database, with its password."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        url = os.environ.get("DATABASE_URL")
        if not url:
            raise CommandError("没有数据库地址：请用 script/manage database_url。")
        self.stdout.write(url)
