"""Numbers people quote: the receipt number (受理号) of every report, the case number (案件编号) of
every filed case.

A receipt number is «YYYYMMDD-NNNNNN»: the local day and one ever growing sequence of the whole
platform. Unique, in order, never waited for; a report that fails leaves a gap. A case number is
county(6) + yyyymmdd + sequence(5), from a counter row per county and local day: without gaps, since it
rolls back with the filing. The counter row stays locked until the commit, so take it as the last
statement before it (measured.md: a counter row costs 40 % when it comes early).
Form: standards/codes.md §2, no standard fixes it [L].
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection
from django.db.models import CharField, Func, Value

from xiucheng.kernel.worktime import CHINA

_NEXT_CASE = """
INSERT INTO kernel_casecounter (division_code, day, last) VALUES (%s, %s, %s)
ON CONFLICT (division_code, day) DO UPDATE SET last = kernel_casecounter.last + EXCLUDED.last
RETURNING last
"""


class NextReceipt(Func):
    """A receipt number as an expression, to be filled in by the INSERT itself: no statement of its own."""

    # 9 prints only digits that are there, 0 always: at least six, and no upper end
    template = "(%(expressions)s || to_char(nextval('kernel_receipt_seq'), 'FM9999999999999000000'))"
    output_field = CharField()

    def __init__(self, at: datetime) -> None:
        super().__init__(Value(f"{local_day(at):%Y%m%d}-", output_field=CharField()))


def receipt_number(at: datetime) -> str:
    """The next receipt number, for a report that arrived at `at`; one statement. Raises: ValueError for
    a naive moment.

    Not bound to the transaction: number and report may part, and then the number stays unused.
    """
    return receipt_numbers([local_day(at)])[0]


def receipt_numbers(days: Sequence[date]) -> list[str]:
    """One number for each local day given, in that order; for bulk writing, one statement for all."""
    if not days:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval('kernel_receipt_seq') FROM generate_series(1, %s) ORDER BY 1", [len(days)]
        )
        numbers = [number for (number,) in cursor.fetchall()]
    return [f"{day:%Y%m%d}-{number:06d}" for day, number in zip(days, numbers, strict=True)]


def case_number(division_code: str, at: datetime) -> str:
    """The next case number of a county on the local day of `at`; the last statement of the filing
    transaction.

    Raises: ValueError (not a county code, naive moment); RuntimeError outside a transaction, where it
    could not roll back.
    """
    return case_numbers(division_code, local_day(at), 1)[0]


def case_numbers(division_code: str, day: date, count: int) -> list[str]:
    """The next `count` case numbers of a county and local day, for bulk writing. Raises: as `case_number`."""
    if not (len(division_code) == 6 and division_code.isascii() and division_code.isdigit()):
        raise ValueError(f"not a county code: {division_code!r}")
    if count < 1:
        return []
    if not connection.in_atomic_block:
        raise RuntimeError("a case number is taken inside the transaction that files the case")
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_CASE, [division_code, day, count])
        (last,) = cursor.fetchone()
    return [f"{division_code}{day:%Y%m%d}{number:05d}" for number in range(last - count + 1, last + 1)]


def local_day(at: datetime) -> date:
    """The day in China of a moment. Raises: ValueError for a naive moment.

    >>> from datetime import UTC
    >>> local_day(datetime(2026, 11, 23, 16, tzinfo=UTC))
    datetime.date(2026, 11, 24)
    """
    if at.utcoffset() is None:
        raise ValueError(f"a moment without a time zone: {at!r}")
    return at.astimezone(CHINA).date()
