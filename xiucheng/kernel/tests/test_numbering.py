import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.db import connection, transaction

from xiucheng.kernel import numbering
from xiucheng.kernel.models import CaseCounter, Stamp

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 16, tzinfo=UTC)  # the 25th has begun in China


@pytest.fixture
def committed(django_db_blocker, django_db_setup):
    """Real commits from real connections; what they left is taken away afterwards."""
    with django_db_blocker.unblock():
        yield
        CaseCounter.objects.filter(division_code__startswith="9901").delete()
        connection.close()


def in_threads(work, count, workers=8):
    """Run work(n) in threads, each with its own connection."""

    def one(n):
        try:
            return work(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.django_db
def test_a_receipt_number_is_the_local_day_and_a_growing_number():
    first, second = numbering.receipt_number(NOON), numbering.receipt_number(NIGHT)
    assert re.fullmatch(r"20261124-\d{6}", first) and re.fullmatch(r"20261125-\d{6}", second)
    assert int(second[9:]) == int(first[9:]) + 1


@pytest.mark.django_db
def test_receipt_numbers_in_bulk_take_one_statement(django_assert_num_queries):
    days = [date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 2)]
    with django_assert_num_queries(1):
        numbers = numbering.receipt_numbers(days)
    assert [number[:8] for number in numbers] == ["20260101", "20260101", "20260102"]
    assert sorted(numbers) == numbers and len(set(numbers)) == 3
    assert numbering.receipt_numbers([]) == []


@pytest.mark.django_db
@pytest.mark.parametrize(("value", "text"), [(7, "000007"), (999_999, "999999"), (1_234_567, "1234567")])
def test_the_insert_can_fill_in_the_number_itself(value, text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('kernel_receipt_seq', %s, false)", [value])
    row = Stamp.objects.annotate(number=numbering.NextReceipt(NIGHT)).order_by().values_list("number")
    Stamp.objects.create(name="probe", value="00000000-0000-0000-0000-000000000000")
    assert row.get(name="probe") == (f"20261125-{text}",)


@pytest.mark.usefixtures("committed")
def test_receipt_numbers_are_unique_under_threads():
    numbers = in_threads(lambda _: numbering.receipt_number(NOON), 200)
    assert len(set(numbers)) == 200


@pytest.mark.usefixtures("committed")
def test_case_numbers_have_no_gap_though_half_the_filings_fail():
    def file(n):
        try:
            with transaction.atomic():
                number = numbering.case_number("990102" if n % 4 < 2 else "990103", NOON)
                if n % 2:
                    raise InterruptedError
                return number
        except InterruptedError:
            return None

    numbers = [number for number in in_threads(file, 200) if number]
    for county in ("990102", "990103"):
        assert sorted(number for number in numbers if number.startswith(county)) == [
            f"{county}20261124{n:05d}" for n in range(1, 51)
        ]


@pytest.mark.django_db
def test_counties_and_local_days_count_for_themselves():
    assert numbering.case_number("530102", NOON) == "5301022026112400001"
    assert numbering.case_number("530102", NOON) == "5301022026112400002"
    assert numbering.case_number("530103", NOON) == "5301032026112400001"
    assert numbering.case_number("530102", NIGHT) == "5301022026112500001"
    assert numbering.case_numbers("530102", date(2026, 11, 24), 3)[-1] == "5301022026112400005"
    assert numbering.case_numbers("530102", date(2026, 11, 24), 0) == []
    assert numbering.case_number("530102", NOON) == "5301022026112400006"


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["5301", "530102001", "53010a", "五三零一零二", ""])
def test_only_a_county_has_case_numbers(code):
    with pytest.raises(ValueError):
        numbering.case_number(code, NOON)


@pytest.mark.usefixtures("committed")
def test_a_case_number_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError):
        numbering.case_number("990102", NOON)


def test_a_naive_moment_is_refused():
    with pytest.raises(ValueError):
        numbering.local_day(datetime(2026, 11, 24))  # noqa: DTZ001
