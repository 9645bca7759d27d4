"""What tests need because ledgers refuse to be emptied. Imported by conftest, never by the product."""

from typing import Any

from django.db import connection

_LIFT = (
    "SET LOCAL session_replication_role = replica"  # silences triggers for this transaction; superusers only
)


def let_tests_empty_ledgers() -> None:
    """After a transactional test Django truncates every table; let it, although ledgers refuse TRUNCATE.

    Call once for the session. Only Django's own flush is exempt: a test's TRUNCATE is refused as in a city.
    """
    original = connection.ops.sql_flush

    def sql_flush(*args: Any, **options: Any) -> list[str]:
        statements = original(*args, **options)
        return [_LIFT, *statements] if statements else statements

    connection.ops.sql_flush = sql_flush  # type: ignore[method-assign]
