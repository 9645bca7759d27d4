"""How a ledger table's columns become canonical text inside PostgreSQL, so that verifying needs no model
instances.

The expressions must give, byte for byte, what `kernel.canonical.encode` gives for the same value; a row
whose text differs is looked at again value by value (`diagnose`), so a difference in writing alone is never
called damage.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, models

from xiucheng.kernel.models.ledger import OWN_COLUMNS, LedgerEvent

_STAMP = """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def column_json(model: type[LedgerEvent]) -> dict[str, str]:
    """For each key of the canonical form, sorted, the SQL expression of its JSON text.

    `data` gives PostgreSQL's own text of the jsonb, whose keys are in another order.
    Raises TypeError for a signed column that is no integer, text, boolean or UUID.
    """
    return {name: _json_of(model, name) for name in sorted((*OWN_COLUMNS, *model.signed_columns))}


def around_data(model: type[LedgerEvent]) -> tuple[str, str]:
    """Two SQL expressions: the canonical text before the value of «data» and after it."""
    keys = column_json(model)
    before = [f"'{_key(name)}', {sql}" for name, sql in keys.items() if name < "data"]
    after = [f"'{_key(name)}', {sql}" for name, sql in keys.items() if name > "data"]
    head = ", ',', ".join(before)
    tail = ", ',', ".join(after)
    return f"concat('{{', {head}, ',{_key('data')}')", f"concat(',', {tail}, '}}')"


def quoted_table(model: type[LedgerEvent]) -> str:
    """The table's name, quoted for SQL."""
    return connection.ops.quote_name(model._meta.db_table)


def _key(name: str) -> str:
    return f'"{name}":'


def _json_of(model: type[LedgerEvent], name: str) -> str:
    field: models.Field[Any, Any] = model._meta.get_field(name)  # type: ignore[assignment]
    column = connection.ops.quote_name(str(field.column))
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    if isinstance(field, models.JSONField):
        return f"{column}::text"
    if isinstance(field, models.IntegerField | models.BooleanField):
        return f"coalesce({column}::text, 'null')"
    if isinstance(field, models.CharField | models.TextField | models.UUIDField):
        return f"coalesce(to_json({column})::text, 'null')"
    if isinstance(field, models.DateTimeField) and name == "at":
        return f"""concat('"', {_STAMP.format(column)}, '"')"""
    raise TypeError(f"{model.__name__}.{name} cannot enter the canonical form")
