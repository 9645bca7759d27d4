"""Keeping the index of cases up to date: what changed is put in again a few seconds later, off the writer's way.

A GIN entry a token would cost a report a tenth of its time. Its trigger writes one short row instead.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from xiucheng.cases.models import Case, CaseToken
from xiucheng.cases.rules import search

BATCH = 1000
COLUMNS = ("id", *search.COLUMNS)


def index_changed(limit: int = BATCH) -> int:
    """Make the tokens of the cases that changed, the longest waiting first; how many entries that settled.

    One transaction: what changes meanwhile waits for the next round.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM cases_casetoindex WHERE id IN (SELECT id FROM cases_casetoindex ORDER BY id LIMIT %s "
                "FOR UPDATE SKIP LOCKED) RETURNING case_id",
                [limit],
            )
            taken: list[UUID] = [key for (key,) in cursor.fetchall()]
        if taken:
            rows = Case.unscoped.filter(pk__in=set(taken)).order_by("pk").values_list(*COLUMNS)
            write(list(rows))
    return len(taken)


def write(rows: Sequence[tuple[Any, ...]]) -> None:
    """rows: the COLUMNS of cases."""
    CaseToken.objects.bulk_create(
        [CaseToken(case_id=key, at=at, tokens=tokens) for key, at, tokens in entries(rows)],
        update_conflicts=True,
        unique_fields=["case"],
        update_fields=["at", "tokens"],
    )


def entries(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[UUID, datetime, list[int]]]:
    for row in rows:
        case = SimpleNamespace(**dict(zip(COLUMNS, row, strict=True)))
        yield case.id, case.reported_at, search.tokens(case)


def rebuild(*, batch: int = 20_000) -> Iterator[int]:
    """Make the whole index anew, without its GIN while it fills: yields how many cases are in. For many millions.

    Searches wait while it runs, and nobody's change is lost: it stays in the list of what changed.
    """
    index = CaseToken._meta.indexes[0]
    with transaction.atomic():
        with connection.schema_editor() as editor:
            editor.remove_index(CaseToken, index)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE cases_casetoken")
            cursor.execute("DELETE FROM cases_casetoindex")
        done = 0
        rows = Case.unscoped.order_by().values_list(*COLUMNS).iterator(chunk_size=batch)
        while chunk := [row for _number, row in zip(range(batch), rows, strict=False)]:
            copy(chunk)
            done += len(chunk)
            yield done
        with connection.schema_editor() as editor:
            editor.add_index(CaseToken, index)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cases_casetoken")


def copy(rows: Sequence[tuple[Any, ...]]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY cases_casetoken (case_id, at, tokens) FROM STDIN") as target,
    ):
        for entry in entries(rows):
            target.write_row(entry)
