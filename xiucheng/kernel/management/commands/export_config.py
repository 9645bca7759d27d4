"""manage.py export_config DIR: the whole configuration as files."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from xiucheng.kernel import configuration


class Command(BaseCommand):
    help = "Write the whole configuration of the city into a directory: CSV, GeoJSON, and a manifest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        directory: Path = options["directory"]
        if directory.exists() and not directory.is_dir():
            raise CommandError(f"{directory} 不是目录，请换一个名字。")
        directory.mkdir(parents=True, exist_ok=True)
        count = 0
        with transaction.atomic():
            with connection.cursor() as cursor:  # all files show the city at one moment
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for name, data in configuration.written():
                (directory / name).write_bytes(data)
                count += 1
        self.stdout.write(f"已写出 {count} 个文件到 {directory}。")
