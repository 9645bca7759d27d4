"""The ledger of cases proves itself: one test per kind of change to the real table, found and named.

Done as somebody with all rights would: triggers silenced, SQL by hand. The kinds themselves are tested in the kernel.
"""

import json

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from xiucheng.cases.models import Case, CaseEvent
from xiucheng.cases.state import By, Draft
from xiucheng.cases.store import event_row
from xiucheng.cases.tests.loop import Loop
from xiucheng.kernel.ledger.anchors import anchor
from xiucheng.kernel.ledger.registry import ledgers

pytestmark = pytest.mark.django_db


@pytest.fixture
def loops(cast, departments):
    """A closed case of eleven events, and a fresh one; anchored."""
    loops = Loop(cast, departments).closed(), Loop(cast, departments)
    for ledger in ledgers(("cases",)):
        anchor(ledger, at=timezone.now())
    return loops


def tamper(*statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            for statement in statements:
                cursor.execute(statement)
        finally:
            cursor.execute("SET session_replication_role = origin")


def found(capsys) -> set[tuple[str, str, int | None]]:
    """What `verify_ledger --json` names, as (kind, chain, seq); it stops with 1 if there is anything."""
    capsys.readouterr()
    try:
        call_command("verify_ledger", "--json", "--ledger", "cases")
        code: object = 0
    except SystemExit as stopped:
        code = stopped.code
    answer = json.loads(capsys.readouterr().out)
    assert (code, answer["ok"]) in {(0, True), (1, False)}
    return {(problem["kind"], problem["chain"], problem["seq"]) for problem in answer["problems"]}


def test_an_untouched_ledger_is_well(loops, capsys):
    assert found(capsys) == set()


@pytest.mark.parametrize(
    "change",
    [
        "data = jsonb_set(data, '{county}', '\"530103\"')",
        "data = data - 'clocks'",
        "at = at - interval '1 hour'",
        "note = '别的话'",
        "step = 'note'",
        "person_id = NULL",
        "post_id = NULL",
        "department_id = NULL",
        "role = 'dispatcher'",
        "kind = 'system'",
        "canonical = canonical || ' '::bytea",
        "prev = decode(repeat('00', 32), 'hex')",
        "hash = decode(repeat('ab', 32), 'hex')",
    ],
)
def test_a_changed_column_is_found(loops, capsys, change):
    case = loops[0].id
    tamper(f"UPDATE cases_caseevent SET {change} WHERE chain = '{case}' AND seq = 7")
    assert found(capsys) == {("changed", str(case), 7)}


def test_a_removed_event_is_missed(loops, capsys):
    case = loops[0].id
    tamper(f"DELETE FROM cases_caseevent WHERE chain = '{case}' AND seq = 4")
    assert found(capsys) == {("removed", str(case), 4)}


def test_the_last_event_of_a_case_is_missed(loops, capsys):
    case = loops[0].id
    tamper(f"DELETE FROM cases_caseevent WHERE chain = '{case}' AND seq = 11")
    assert found(capsys) == {("tail_missing", str(case), 11)}


def test_the_last_event_is_missed_also_when_the_row_was_corrected_to_it(loops, capsys):
    case = loops[0].id
    before = CaseEvent.unscoped.get(chain=case, seq=10)
    tamper(f"DELETE FROM cases_caseevent WHERE chain = '{case}' AND seq = 11")
    Case.unscoped.filter(pk=case).update(head_seq=10, head_hash=before.hash, stage="checked", ended_at=None)
    assert found(capsys) == {("tail_missing", str(case), 11)}


def test_a_whole_case_is_missed(loops, capsys):
    case = loops[1].id
    tamper(f"DELETE FROM cases_caseevent WHERE chain = '{case}'")
    assert found(capsys) == {("chain_missing", str(case), None)}


@pytest.mark.parametrize("anchored", [True, False])
def test_a_whole_case_is_missed_with_all_its_rows(loops, capsys, anchored):
    """The anchor remembers it; before the first anchor the receipt does."""
    case = loops[1].id
    tables = ("clock", "leg", "request", "casefile", "notice")
    tamper(
        *(f"DELETE FROM cases_{table} WHERE case_id = '{case}'" for table in tables),
        f"DELETE FROM cases_caseevent WHERE chain = '{case}'",
        f"DELETE FROM cases_case WHERE id = '{case}'",
        *([] if anchored else ["DELETE FROM kernel_anchorhead", "DELETE FROM kernel_ledgeranchor",
                               "DELETE FROM kernel_anchortip"]),
    )  # fmt: skip
    if anchored:
        tamper(f"DELETE FROM cases_receipt WHERE case_id = '{case}'")
    assert found(capsys) == {("chain_missing", str(case), None)}
    tamper(f"DELETE FROM cases_receipt WHERE case_id = '{case}'")  # no dangling key at the test's end


def test_two_events_swapped_are_named(loops, capsys):
    case = loops[0].id
    tamper(
        f"UPDATE cases_caseevent SET seq = 99 WHERE chain = '{case}' AND seq = 5",
        f"UPDATE cases_caseevent SET seq = 5 WHERE chain = '{case}' AND seq = 6",
        f"UPDATE cases_caseevent SET seq = 6 WHERE chain = '{case}' AND seq = 99",
    )
    assert found(capsys) == {("reordered", str(case), 5), ("reordered", str(case), 6)}


def test_an_event_moved_to_another_case_is_missed_here_and_named_there(loops, capsys):
    one, other = (loop.id for loop in loops)
    tamper(f"UPDATE cases_caseevent SET chain = '{other}', seq = 2 WHERE chain = '{one}' AND seq = 11")
    assert found(capsys) == {("tail_missing", str(one), 11), ("reordered", str(other), 2)}


def test_a_forged_event_is_named(loops, capsys):
    case = loops[0].id
    last = CaseEvent.unscoped.get(chain=case, seq=11)
    forged = event_row(
        Draft("note", {}, "伪造"), case=case, seq=12, at=timezone.now(), by=By(), prev=bytes(last.hash)
    )
    forged.save()
    assert found(capsys) == {("inserted", str(case), 12)}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cases_caseevent SET note = 'x'",
        "DELETE FROM cases_caseevent",
        "TRUNCATE cases_caseevent",
    ],
)
def test_the_store_refuses_to_change_the_record(loops, statement):
    with pytest.raises(DatabaseError, match="只能追加"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)
