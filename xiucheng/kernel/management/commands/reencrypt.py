"""manage.py reencrypt: write every encrypted value again with the first key of FIELD_KEY."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from xiucheng.kernel.crypto import EncryptedText, decrypt, encrypt, is_current

BATCH = 500


class Command(BaseCommand):
    help = "用 XIUCHENG_FIELD_KEY 的第一个密钥重新加密全部个人信息；可中断，可重复运行。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="只统计还用旧密钥加密的值")

    def handle(self, *args: Any, **options: Any) -> None:
        for model in apps.get_models():
            for field in model._meta.local_fields:
                if isinstance(field, EncryptedText) and model._meta.managed:
                    count = _renew(model, field, only_count=options["check"])
                    text = _("%(table)s.%(column)s：%(count)d 个值")
                    values = {"table": model._meta.db_table, "column": field.column, "count": count}
                    self.stdout.write(text % values)


def _renew(model: type[models.Model], field: EncryptedText, *, only_count: bool) -> int:
    """Renew the old values of a column, a batch a transaction; returns how many there were.

    In SQL, because the tokens themselves are wanted and query sets of some models hide rows.
    """
    names = (model._meta.db_table, field.column, str(model._meta.pk.column))
    table, column, key = (connection.ops.quote_name(str(name)) for name in names)
    last, count = None, 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            after = f"AND {key} > %s" if last is not None else ""
            cursor.execute(
                f"SELECT {key}, {column} FROM {table} WHERE {column} <> '' {after}"
                f" ORDER BY {key} LIMIT {BATCH} FOR UPDATE",
                [last] if last is not None else [],
            )
            rows = cursor.fetchall()
            if not rows:
                return count
            last = rows[-1][0]
            old = [(row, token) for row, token in rows if not is_current(token)]
            count += len(old)
            if not only_count:
                renewed = [(encrypt(decrypt(token)), row) for row, token in old]
                cursor.executemany(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", renewed)
