"""回访: who stands in the queue, what a call does to it, who may see whom."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from xiucheng.cases import actions
from xiucheng.cases.actions import callbacks as calls
from xiucheng.cases.models import Case, CaseEvent
from xiucheng.cases.models.beside import CallbackTry
from xiucheng.cases.queries.callbacks import callback_of, callbacks
from xiucheng.cases.queries.callers import caller
from xiucheng.cases.rules.callbacks import below, drawn
from xiucheng.cases.tests.loop import Loop, clock_at, reported
from xiucheng.kernel import settings, stamps
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models.audit import PersonalDataAccess

WHO = "受理员_五华"


@given(st.uuids(), st.integers(0, 100))
def test_a_draw_is_a_share_and_grows_with_it(case: UUID, percent: int) -> None:
    assert 0 <= below(percent) <= 256
    assert drawn(case, 100) and not drawn(case, 0)
    assert not drawn(case, percent) or drawn(case, min(100, percent + 1))


@pytest.fixture
def closed(cast: Any, departments: Any) -> Any:
    return lambda **report: Loop(cast, departments, **report).closed()


def queued(post: Any, **more: Any) -> list[str]:
    return [row.case.number for row in callbacks(post, **more).rows]


pytestmark = pytest.mark.django_db


def test_the_queue_holds_closed_cases_of_reachable_reporters_oldest_first(cast, departments, closed):
    first, second = closed(), closed()
    closed(reporter_phone="", reporter_name="匿名")
    Loop(cast, departments)
    assert queued(cast[WHO]) == [first.received.number, second.received.number]
    page = callbacks(cast[WHO])
    assert (page.due, page.waiting, page.next) == (2, 0, None)
    assert page.rows[0].phone == "138****5678"


def test_scope_holds(cast, closed):
    one = closed()
    assert queued(cast["派遣员_大理"]) == [] == queued(None)
    with pytest.raises(Refused) as refusal:
        callback_of(cast["派遣员_大理"], one.received.number)
    assert refusal.value.status == 404
    with pytest.raises(Refused) as refusal:
        calls.called_back(case_id=one.id, by=cast["派遣员_大理"], rating="satisfied")
    assert refusal.value.status == 404


def test_a_call_ends_it_and_the_ledger_tells(cast, closed):
    one = closed()
    calls.called_back(case_id=one.id, by=cast[WHO], rating="fair", note="说慢了些")
    assert queued(cast[WHO]) == []
    assert (one.steps[-1], one.row.rating, one.row.stage) == ("callback", "fair", "closed")


def test_what_is_not_solved_is_looked_at_again(cast, closed):
    one = closed()
    calls.called_back(case_id=one.id, by=cast[WHO], rating="unsatisfied", unsolved="还有一堆")
    assert one.steps[-2:] == ["callback", "reopen"]
    assert one.row.stage == "to_check"


def test_all_of_a_call_or_nothing(cast, closed):
    one = closed()
    with clock_at(timezone.now() + timedelta(days=16)), pytest.raises(Refused):
        calls.called_back(case_id=one.id, by=cast[WHO], rating="unsatisfied", unsolved="还有一堆")
    assert "callback" not in one.steps


def test_closed_again_is_called_again(cast, closed):
    one = closed()
    calls.called_back(case_id=one.id, by=cast[WHO], rating="unsatisfied", unsolved="还有一堆")
    one(actions.request_check, WHO)
    who = next(name for name, post in cast.items() if post.pk == one.row.assignee_id)
    one.answer_check(who, passed=False)(actions.rework, "值班长_五华", note="没扫净")
    one.handle()(actions.forward, "派遣员_五华")(actions.request_check, WHO)
    who = next(name for name, post in cast.items() if post.pk == one.row.assignee_id)
    one.answer_check(who)(actions.close, "值班长_五华")
    assert queued(cast[WHO]) == [one.received.number]


def test_not_reached_waits_and_counts(cast, closed):
    one, other = closed(), closed()
    kept = calls.not_reached(case_id=one.id, by=cast[WHO], note="响了没人接")
    assert kept.tries == 1 and kept.next_at > timezone.now()
    assert queued(cast[WHO]) == [other.received.number]
    assert queued(cast[WHO], later=True) == [one.received.number]
    assert (one.steps[-1], one.row.stage) == ("note", "closed")
    assert "第 1 次" in CaseEvent.unscoped.filter(chain=one.id).latest("seq").note
    with clock_at(kept.next_at):
        assert queued(cast[WHO]) == [one.received.number, other.received.number]
    assert calls.not_reached(case_id=one.id, by=cast[WHO]).tries == 2
    calls.called_back(case_id=one.id, by=cast[WHO], rating="satisfied")
    assert not CallbackTry.objects.exists()


@pytest.mark.parametrize(
    ("who", "status"), [("值班长_五华", 403), ("派遣员_大理", 404), ("监督员_五华_甲", 403)]
)
def test_who_may_not(cast, closed, who, status):
    one = closed()
    with pytest.raises(Refused) as refusal:
        calls.not_reached(case_id=one.id, by=cast[who])
    assert refusal.value.status == status
    assert not CallbackTry.objects.exists() and one.steps[-1] != "note"


def test_not_before_now_and_not_while_open(cast, departments, closed):
    with pytest.raises(Refused) as refusal:
        calls.not_reached(case_id=closed().id, by=cast[WHO], next_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert (refusal.value.status, refusal.value.field) == (422, "next_at")
    with pytest.raises(Refused) as refusal:
        calls.not_reached(case_id=Loop(cast, departments).id, by=cast[WHO])
    assert refusal.value.status == 409


def test_window_and_share_are_settings(cast, closed):
    numbers = {closed().received.number for _case in range(4)}
    with clock_at(timezone.now() + timedelta(days=15, hours=1)):
        assert queued(cast[WHO]) == []
    settings.set_value(key="cases.callback_percent", value="50", by="test")
    expected = {case.number for case in Case.unscoped.filter(number__in=numbers) if drawn(case.pk, 50)}
    assert set(queued(cast[WHO])) == expected
    settings.set_value(key="cases.callback_percent", value="0", by="test")
    assert queued(cast[WHO]) == []


def test_pages_of_the_queue_hold_each_case_once(cast, closed):
    numbers = [closed().received.number for _case in range(3)]
    first = callbacks(cast[WHO], limit=2)
    rest = callbacks(cast[WHO], limit=2, after=first.next or "")
    assert [row.case.number for row in (*first.rows, *rest.rows)] == numbers
    assert rest.next is None
    for bad in ("x", "AAAA", "é" * 3):
        with pytest.raises(Refused):
            callbacks(cast[WHO], after=bad)


@pytest.mark.parametrize("number", [1, 5])
def test_what_the_queue_costs(cast, closed, number):
    for _case in range(number):
        closed()
    queued(cast[WHO])
    with stamps.held(), CaptureQueriesContext(connection) as sent:
        assert len(queued(cast[WHO])) == number
    assert len(sent) == 5


# -- the caller's history ---


def test_a_caller_is_known_by_his_number(cast, departments):
    first = reported(reporter_phone="138 1234 5678")
    second = reported(reporter_phone="+86 13812345678")
    reported(reporter_phone="13900000000")
    found = caller("138-1234-5678", cast[WHO])
    assert found is not None and found.phone == "138****5678"
    assert [row.number for row in found.earlier] == [second.number, first.number]
    look = PersonalDataAccess.objects.get()
    assert (look.post, look.what, look.subject) == (cast[WHO].pk, "reporter.history", second.number)


def test_a_number_that_reported_nothing_is_no_look(cast):
    found = caller("13700000000", cast[WHO])
    assert found is not None and found.earlier == ()
    assert not PersonalDataAccess.objects.exists()


@pytest.mark.parametrize("typed", ["", "138", "打错了", "1" * 21, "1" * 40])
def test_half_a_number_is_nobody(cast, typed):
    assert caller(typed, cast[WHO]) is None


def test_only_in_scope_and_with_the_right(cast):
    reported(reporter_phone="13812345678")
    elsewhere = next(post for name, post in cast.items() if name.startswith("受理员") and name != WHO)
    found = caller("13812345678", elsewhere)
    seen = set(Case.seen_by(elsewhere).values_list("number", flat=True))
    assert found is not None and {row.number for row in found.earlier} <= seen
    for who in ("派遣员_五华", "经办人_环卫", "监督员_五华_甲"):
        with pytest.raises(Refused) as refusal:
            caller("13812345678", cast[who])
        assert refusal.value.status == 403


def test_what_a_history_costs(cast):
    for _report in range(7):
        reported()
    caller("13812345678", cast[WHO])
    with stamps.held(), CaptureQueriesContext(connection) as sent:
        found = caller("13812345678", cast[WHO])
    assert found is not None and len(found.earlier) == 5
    assert (
        len([row for row in sent.captured_queries if not row["sql"].startswith(("SAVEPOINT", "RELEASE"))])
        <= 5
    )
