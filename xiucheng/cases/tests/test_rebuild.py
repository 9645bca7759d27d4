"""Rows are the fold of the events: every difference is found and named, and put right."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from xiucheng.cases import actions, rebuild
from xiucheng.cases.models import Case, CaseFile, Clock, Leg, Request
from xiucheng.cases.tests.loop import Loop, china, photo
from xiucheng.kernel.ledger import parts

pytestmark = pytest.mark.django_db


@pytest.fixture
def loops(cast, departments):
    """A closed one, one with everything a case can have, a fresh one."""
    closed, busy, fresh = Loop(cast, departments).closed(), Loop(cast, departments), Loop(cast, departments)
    busy.at("2026-11-24 09:00").dispatched("环卫", ("排水",))
    busy(actions.suspend, "经办人_环卫", until=china("2026-12-24 09:00"), note="等迁改", photos=[photo(5)])
    busy(actions.decide_suspend, "值班长_五华", granted=True)
    return closed, busy, fresh


def differences(**options):
    return [(d.table, d.row, d.column) for d in rebuild.compare(**options).differences]


def test_untouched_rows_are_what_the_events_say(loops):
    report = rebuild.compare()
    assert (report.ok, report.cases, report.differences) == (True, 3, [])
    assert report.events == sum(loop.events for loop in loops)


def test_in_parts_it_finds_the_same(loops, monkeypatch):
    Case.unscoped.filter(pk=loops[1].id).update(description="改过")
    monkeypatch.setattr(parts, "PART", 5)
    monkeypatch.setattr(parts, "SAMPLE", 100)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cases_caseevent")
    assert len(parts.chain_parts("cases_caseevent")) > 1
    report = rebuild.compare()
    assert (report.cases, report.count, report.differing) == (len(loops), 1, [loops[1].id])


@pytest.mark.parametrize(
    ("model", "column", "value"),
    [
        (Case, "stage", "filed"),
        (Case, "due_at", None),
        (Case, "departments", []),
        (Case, "near", ["530103"]),
        (Case, "lon_e7", 1),
        (Case, "description", "别的"),
        (Case, "head_seq", 99),
        (Case, "head_hash", b"\x01" * 32),
        (Leg, "overdue", True),
        (Leg, "until", None),
        (Clock, "due_at", china("2030-01-01 00:00")),
        (Clock, "pauses", [["a", "b"]]),
        (Clock, "remind_at", china("2030-01-01 00:00")),
        (Request, "state", "denied"),
        (CaseFile, "released", True),
    ],
)
def test_a_changed_column_is_named_and_put_right(loops, model, column, value, capsys):
    busy = loops[1]
    rows = model._default_manager.filter(
        **({"pk": busy.id} if model is Case else {"case": busy.id, "index": 1})
    )
    rows.update(**{column: value})
    row = None if model is Case else 1
    assert differences() == [(model._meta.db_table, row, column)]
    assert differences(chain=loops[0].id) == []
    call_command("rebuild_cases", "--yes", "--json")
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["restored"], differences()) == (True, 1, [])
    busy.state  # noqa: B018  (folds and compares)


def test_a_missing_row_and_one_too_many_are_named_and_put_right(loops):
    busy = loops[1]
    Clock.unscoped.filter(case=busy.id, index=2).delete()
    extra = Leg.unscoped.get(case=busy.id, index=2)
    extra.pk, extra.index = None, 3
    extra.save()
    assert differences() == [("cases_leg", 3, "index"), ("cases_clock", 2, "index")]
    rebuild.restore(rebuild.compare().differing)
    assert differences() == []


def test_a_case_without_its_row_is_named_and_put_right(loops):
    fresh = loops[2]
    number = fresh.received.number
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM cases_case WHERE id = %s", [fresh.id])
        cursor.execute("SET session_replication_role = origin")
    report = rebuild.compare()
    assert [(d.case, d.table, d.stored, d.rebuilt) for d in report.differences] == [
        (number, "cases_case", None, number)
    ]
    call_command("rebuild_cases", "--yes", "--case", number)
    assert (differences(), fresh.row.number) == ([], number)


def test_a_row_without_events_is_named_and_left_to_a_person(loops):
    case = loops[2].row
    case.pk, case.number = "00000000-0000-0000-0000-000000000009", "伪造"
    case.save(force_insert=True)
    report = rebuild.compare()
    assert [(d.case, d.stored, d.rebuilt) for d in report.differences] == [("伪造", "伪造", None)]
    with pytest.raises(SystemExit):
        call_command("rebuild_cases", "--yes")
    assert Case.unscoped.filter(number="伪造").exists()


def test_events_that_cannot_be_folded_hide_no_other_case(loops):
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            """UPDATE cases_caseevent SET data = data || '{"stage": "nowhere"}' WHERE chain = %s AND seq = 2""",
            [loops[0].id],
        )
        cursor.execute("SET session_replication_role = origin")
    Leg.unscoped.filter(case=loops[1].id, index=1).update(lead=False)
    assert sorted(table for table, _row, _column in differences()) == ["cases_caseevent", "cases_leg"]


def test_the_command_answers_as_json_and_in_words(loops, capsys):
    call_command("rebuild_cases", "--check", "--json")
    answer = json.loads(capsys.readouterr().out)
    assert answer.pop("seconds") >= 0
    events = sum(loop.events for loop in loops)
    assert answer == {"ok": True, "cases": 3, "events": events, "differences": [], "count": 0}
    Case.unscoped.filter(pk=loops[0].id).update(rating="fair")
    with pytest.raises(SystemExit) as stopped:
        call_command("rebuild_cases", "--check", "--json", "--case", loops[0].row.case_number)
    assert stopped.value.code == 1
    (difference,) = json.loads(capsys.readouterr().out)["differences"]
    assert difference == {
        "case": loops[0].received.number, "table": "cases_case", "row": None, "column": "rating",
        "stored": "fair", "rebuilt": "",
    }  # fmt: skip
    with pytest.raises(SystemExit):
        call_command("rebuild_cases", "--check")
    assert "有 1 处差异" in capsys.readouterr().out
    assert Case.unscoped.get(pk=loops[0].id).rating == "fair"


def test_nothing_is_rewritten_without_saying_so(loops):
    with pytest.raises(CommandError, match="--check"):
        call_command("rebuild_cases")
    with pytest.raises(CommandError, match="没有编号为 无"):
        call_command("rebuild_cases", "--check", "--case", "无")
