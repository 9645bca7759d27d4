"""Every kind of damage is found and named: real rows, SQL of somebody with all rights."""

import json
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xiucheng.kernel import ledger
from xiucheng.kernel.ledger import parts
from xiucheng.kernel.ledger.anchors import anchor
from xiucheng.kernel.ledger.scan import scan_full
from xiucheng.kernel.ledger.verify import verify
from xiucheng.kernel.models import AnchorTip, LedgerAnchor

from .probe import START, ProbeCase, ProbeEvent, probe_ledger, write_chain

pytestmark = pytest.mark.django_db

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.fixture
def probe(db):
    with probe_ledger() as found:
        for number, length in ((1, 5), (2, 4), (3, 1)):
            write_chain(number, length)
        yield found


@contextmanager
def all_rights():
    """As somebody who turns the triggers off; foreign keys are then silent too."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield cursor
        finally:
            cursor.execute("SET session_replication_role = origin")


@pytest.fixture(params=[False, True], ids=["whole", "in parts"])
def in_parts(request, monkeypatch, probe):
    """A ledger of ten events read as one, or as four parts."""
    if request.param:
        monkeypatch.setattr(parts, "PART", 3)
        monkeypatch.setattr(parts, "SAMPLE", 100)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE probe_event")
        assert len(parts.chain_parts('"probe_event"')) == 3  # two of the four ends are the same chain


def tamper(*statements):
    with all_rights() as cursor:
        for statement in statements:
            cursor.execute(statement)


def found(probe, **options):
    return {(p.kind.value, p.chain, p.seq) for p in verify(probe, **options).problems}


def test_an_untouched_ledger_is_well(probe, in_parts):
    anchor(probe, at=START)
    for fast in (False, True):
        report = verify(probe, fast=fast)
        assert (report.ok, report.events, report.chains, report.anchors) == (True, 10, 3, 1)
        assert report.warnings == []


@pytest.mark.parametrize(
    "change",
    [
        "step = 'close'",
        "at = at + interval '1 microsecond'",
        "at = 'infinity'",
        """data = data || '{"到": "五华区城市管理局"}'""",
        "data = data - 'lon_e7'",
        """data = jsonb_set(data, '{lon_e7}', '1027120002.0')""",
        "note = note || ' '",
        "post_id = 99",
        "person_id = 8",
        "post_id = null",
        "canonical = canonical || ' '::bytea",
        "prev = decode(repeat('00', 32), 'hex')",
        "hash = decode(repeat('ab', 32), 'hex')",
        "hash = ''",
        "prev = prev || canonical, canonical = ''",
    ],
)
def test_a_changed_column_names_its_row(probe, in_parts, change):
    row = ProbeEvent.objects.get(chain=A, seq=2)
    tamper(f"UPDATE probe_event SET {change} WHERE id = {row.pk}")
    problems = verify(probe).problems
    assert [(p.kind, p.chain, p.seq, p.id) for p in problems] == [("changed", A, 2, row.pk)]


def test_the_fast_pass_sees_bytes_only(probe):
    tamper(f"UPDATE probe_event SET note = 'x' WHERE chain = '{A}' AND seq = 2")
    assert found(probe, fast=True) == set()
    tamper(f"UPDATE probe_event SET canonical = canonical || 'x'::bytea WHERE chain = '{A}' AND seq = 2")
    assert found(probe, fast=True) == {("changed", A, 2)}


@pytest.mark.parametrize(
    ("seqs", "expected"),
    [
        ("1", {("removed", A, 1)}),
        ("3", {("removed", A, 3)}),
        ("2,3", {("removed", A, 2), ("removed", A, 3)}),
        ("5", {("tail_missing", A, 5)}),
        ("4,5", {("tail_missing", A, 4), ("tail_missing", A, 5)}),
        ("1,2,3,4,5", {("chain_missing", A, None)}),
    ],
)
@pytest.mark.parametrize("fast", [False, True])
def test_removed_rows_are_missed(probe, in_parts, seqs, expected, fast):
    tamper(f"DELETE FROM probe_event WHERE chain = '{A}' AND seq IN ({seqs})")
    assert found(probe, fast=fast) == expected


def test_a_removed_row_is_missed_even_if_the_rest_moves_up(probe):
    tamper(
        f"DELETE FROM probe_event WHERE chain = '{A}' AND seq = 2",
        f"UPDATE probe_event SET seq = seq - 1 WHERE chain = '{A}' AND seq = 3",
        f"UPDATE probe_event SET seq = seq - 1 WHERE chain = '{A}' AND seq = 4",
        f"UPDATE probe_event SET seq = seq - 1 WHERE chain = '{A}' AND seq = 5",
    )
    reordered = {("reordered", A, seq) for seq in (2, 3, 4)}
    assert found(probe) == {("removed", A, 2), *reordered}


def test_with_the_projection_gone_too_the_anchor_remembers(probe):
    anchor(probe, at=START)
    tamper(f"DELETE FROM probe_event WHERE chain = '{A}'", f"DELETE FROM probe_case WHERE id = '{A}'")
    assert found(probe) == {("chain_missing", A, None)}


def test_a_cut_tail_with_a_corrected_projection_is_missed_by_the_anchor(probe):
    anchor(probe, at=START)
    last = ProbeEvent.objects.get(chain=A, seq=4)
    tamper(f"DELETE FROM probe_event WHERE chain = '{A}' AND seq = 5")
    ProbeCase.objects.filter(pk=A).update(head_seq=4, head_hash=last.hash)
    anchor(probe, at=START)  # a later anchor does not hide it
    assert found(probe) == {("tail_missing", A, 5)}


def test_receipts_remember_chains_without_projection(probe):
    with_receipts = ledger.register(
        ProbeEvent, label="probe", witnesses=lambda: ProbeCase.objects.values_list("id")
    )
    tamper(f"DELETE FROM probe_event WHERE chain = '{C}'")
    assert found(with_receipts) == {("chain_missing", C, None)}


def test_swapped_rows_are_both_named(probe):
    tamper(
        f"UPDATE probe_event SET seq = 99 WHERE chain = '{A}' AND seq = 2",
        f"UPDATE probe_event SET seq = 2 WHERE chain = '{A}' AND seq = 3",
        f"UPDATE probe_event SET seq = 3 WHERE chain = '{A}' AND seq = 99",
    )
    assert found(probe) == {("reordered", A, 2), ("reordered", A, 3)}


def test_a_row_moved_to_another_chain_is_missed_here_and_named_there(probe):
    tamper(f"UPDATE probe_event SET chain = '{C}', seq = 2 WHERE chain = '{B}' AND seq = 2")
    assert found(probe) == {("removed", B, 2), ("reordered", C, 2)}


def forged(chain, seq, prev, **columns):
    row = ledger.draft_row(ProbeEvent, chain=chain, seq=seq, step="close", at=START, note="伪造", **columns)
    return ledger.seal(row, prev)


def test_a_forged_row_at_the_end_is_named(probe):
    last = ProbeEvent.objects.get(chain=A, seq=5)
    forged(A, 6, last.hash).save()
    assert found(probe) == {("inserted", A, 6)}
    assert found(probe, fast=True) == {("inserted", A, 6)}


def test_a_forged_row_in_the_middle_is_told_from_those_it_displaced(probe):
    tamper(*(f"UPDATE probe_event SET seq = {s + 1} WHERE chain = '{A}' AND seq = {s}" for s in (5, 4, 3)))
    row = forged(A, 3, ProbeEvent.objects.get(chain=A, seq=2).hash)
    row.save()
    problems = {(p.kind.value, p.seq, p.id == row.pk) for p in verify(probe).problems}
    assert problems == {("inserted", 3, True), *(("reordered", seq, False) for seq in (4, 5, 6))}


def test_a_forged_chain_is_an_orphan(probe):
    forged(UUID(int=9), 1, ledger.GENESIS).save()
    assert found(probe) == {("orphan", UUID(int=9), None)}


def test_a_row_rewritten_with_its_own_valid_hash_is_named(probe):
    original = ProbeEvent.objects.get(chain=A, seq=3)
    tamper(f"DELETE FROM probe_event WHERE chain = '{A}' AND seq = 3")
    forged(A, 3, original.prev).save()
    assert found(probe) == {("changed", A, 3)}


def rewrite_from(seq):
    """Rewrite A from `seq` to its end, hashes and projection and all."""
    prev = ProbeEvent.objects.get(chain=A, seq=seq - 1).hash
    tamper(f"DELETE FROM probe_event WHERE chain = '{A}' AND seq >= {seq}")
    for number in range(seq, 6):
        row = forged(A, number, prev)
        row.save()
        prev = row.hash
    ProbeCase.objects.filter(pk=A).update(head_hash=prev)


def test_a_chain_rewritten_to_its_end_contradicts_the_anchor(probe):
    anchor(probe, at=START)
    rewrite_from(3)
    assert found(probe) == {("changed", A, 5)}


def test_a_changed_projection_is_noticed(probe):
    ProbeCase.objects.filter(pk=A).update(head_hash=b"\x01" * 32)
    assert found(probe) == {("changed", A, 5)}


@pytest.fixture
def three_anchors(probe):
    made = [anchor(probe, at=START)]
    for number in (11, 12):
        write_chain(number, 2)
        made.append(anchor(probe, at=START))
    yield [row.pk for row in made if row]
    # Django checks foreign keys when a test ends: leave no head without its anchor
    tamper(*(f"DELETE FROM kernel_{table}" for table in ("anchortip", "anchorhead", "ledgeranchor")))


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize(
    "damage",
    [
        ["UPDATE kernel_ledgeranchor SET at = at + interval '1 second' WHERE id = {0}"],
        ["UPDATE kernel_ledgeranchor SET digest = 'x' WHERE id = {0}"],
        ["UPDATE kernel_anchorhead SET seq = seq + 1 WHERE anchor_id = {0}"],
        ["UPDATE kernel_anchorhead SET hash = 'x' WHERE anchor_id = {0}"],
        ["DELETE FROM kernel_anchorhead WHERE anchor_id = {0}"],
        ["DELETE FROM kernel_ledgeranchor WHERE id = {0}"],
        [
            "DELETE FROM kernel_anchorhead WHERE anchor_id = {0}",
            "DELETE FROM kernel_ledgeranchor WHERE id = {0}",
        ],
    ],
)
def test_a_changed_or_removed_anchor_is_named(probe, three_anchors, which, damage):
    tamper(*(statement.format(three_anchors[which]) for statement in damage))
    problems = verify(probe).problems
    assert {p.kind for p in problems} == {"anchor_changed"}
    gone_without_trace = len(damage) == 2 and which < 2  # then its successor is the one that shows it
    named = three_anchors[which + 1] if gone_without_trace else three_anchors[which]
    assert [p.id for p in problems] == [named]


def test_a_removed_registration_of_anchors_is_named(probe, three_anchors):
    AnchorTip.objects.all().delete()
    assert found(probe) == {("anchor_changed", None, None)}


def test_nothing_new_makes_no_anchor(probe):
    first = anchor(probe, at=START)
    assert first
    assert (first.count, anchor(probe, at=START), anchor(probe, at=START, full=True)) == (3, None, None)
    write_chain(20, 2)
    second = anchor(probe, at=START)
    assert second
    assert (second.count, bytes(second.previous)) == (1, bytes(first.digest))
    assert LedgerAnchor.objects.count() == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {0} SET seq = seq",
        "UPDATE {0} SET seq = seq WHERE false",
        "DELETE FROM {0}",
        "TRUNCATE {0} CASCADE",
    ],
)
@pytest.mark.parametrize("table", ["probe_event", "kernel_anchorhead", "kernel_ledgeranchor"])
def test_the_trigger_refuses(probe, table, statement):
    sql = statement.format(table).replace("seq", "id" if table == "kernel_ledgeranchor" else "seq")
    with pytest.raises(DatabaseError, match="只能追加"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql)


def test_a_missing_trigger_is_a_warning_not_damage(probe):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE probe_event DISABLE TRIGGER append_only")
    anchor(probe, at=START)
    report = verify(probe)
    assert report.ok
    assert report.warnings == ["表 probe_event 上防止改动的触发器没有启用。"]


def test_the_commands_say_what_they_found(probe, capsys):
    call_command("anchor_ledger", ledger=["probe"])
    call_command("verify_ledger", "--json", "--ledger", "probe")
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert answer.pop("seconds") > 0
    assert answer == {"ok": True, "events": 10, "chains": 3, "anchors": 1, "problems": [], "warnings": []}
    row = ProbeEvent.objects.get(chain=A, seq=2)
    tamper(f"UPDATE probe_event SET note = 'x' WHERE id = {row.pk}")
    with pytest.raises(SystemExit) as stopped:
        call_command("verify_ledger", "--json", "--ledger", "probe")
    assert stopped.value.code == 1
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    sentence = "第 2 条被修改。不一致的列：note。"
    assert problem == {
        "ledger": "probe", "kind": "changed", "chain": str(A), "seq": 2, "id": row.pk, "sentence": sentence,
    }  # fmt: skip
    with pytest.raises(SystemExit):
        call_command("verify_ledger", "--ledger", "probe")
    assert f"probe changed chain={A} seq=2 id={row.pk}  {sentence}" in capsys.readouterr().out


def test_an_unknown_ledger_is_refused_by_name(db):
    with pytest.raises(CommandError, match="没有名为 nosuch 的记录表"):
        call_command("verify_ledger", "--ledger", "nosuch")


def test_the_text_that_postgresql_writes_is_the_canonical_one(probe):
    """The full pass must not suspect rows only because two programs escape differently."""
    for event in ProbeEvent.objects.all():
        assert bytes(event.canonical) == event.canonical_bytes()
    assert scan_full(probe).suspects == set()


@given(
    note=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
    data=st.dictionaries(
        st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=5),
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text('绣🙂"\\/\n\x01é', max_size=5),
        max_size=5,
    ),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_written_verifies(probe, note, data):
    chain = uuid4()
    row = ledger.draft_row(ProbeEvent, chain=chain, seq=1, step="note", at=START, note=note, data=data)
    ledger.seal(row, ledger.GENESIS).save()
    ProbeCase.objects.create(id=chain, head_seq=1, head_hash=row.hash)
    assert scan_full(probe).suspects == set()
    assert verify(probe).ok
