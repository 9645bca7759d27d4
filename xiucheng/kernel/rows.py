"""Inserting rows of several tables in ONE statement, where a round trip each would cost more than the rows.

The report is the door that a whole city knocks at at once; five inserts by five statements are two thirds of its time
(bench/create.py). Columns and values are Django's own; only the statement that carries them is written here.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connection, models


@cache
def _columns(model: type[models.Model]) -> tuple[models.Field, ...]:
    """What an INSERT names: not what the database makes itself (serial keys, generated columns)."""
    return tuple(
        field
        for field in model._meta.local_concrete_fields
        if not field.generated and not isinstance(field, models.AutoField)
    )


def insert_together(rows: Iterable[models.Model]) -> None:
    """Insert new rows of any tables by one statement, inside the caller's transaction.

    Foreign keys may point at one another: Django's are checked at commit. Serial keys are not read back.
    Raises: IntegrityError, as each INSERT alone would.
    """
    tables: dict[type[models.Model], list[models.Model]] = {}
    for row in rows:
        tables.setdefault(type(row), []).append(row)
    parts: list[str] = []
    values: list[Any] = []
    for model, found in tables.items():
        columns = _columns(model)
        parts.append(_insert(model, columns, len(found)))
        for row in found:
            values += [_value(field, row) for field in columns]
    with connection.cursor() as cursor:
        *first, last = parts
        carried = ", ".join(f"part{place} AS ({part} RETURNING 1)" for place, part in enumerate(first))
        cursor.execute(f"WITH {carried} {last}" if carried else last, values)


def _insert(model: type[models.Model], columns: Sequence[models.Field], count: int) -> str:
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in columns)
    one = "(" + ", ".join(["%s"] * len(columns)) + ")"
    return f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES {', '.join([one] * count)}"


def _value(field: models.Field, row: models.Model) -> Any:
    return field.get_db_prep_save(field.pre_save(row, add=True), connection)
