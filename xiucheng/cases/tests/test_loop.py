"""The whole loop through the actions."""

import uuid

import pytest

from xiucheng.cases import actions, queries
from xiucheng.cases.models import Case, CaseEvent
from xiucheng.cases.projection import fold
from xiucheng.cases.store import record_of, state_of
from xiucheng.cases.tests.loop import Loop, reported
from xiucheng.cases.words import Step
from xiucheng.kernel.errors import Refused

pytestmark = pytest.mark.django_db


def test_a_report_goes_through_the_whole_loop(cast, departments):
    loop = Loop(cast, departments).closed()
    case = Case.unscoped.get(pk=loop.id)
    steps = list(CaseEvent.unscoped.filter(chain=loop.id).order_by("seq").values_list("step", flat=True))
    assert steps == [
        "report", "accept", "request_verify", "answer_verify", "file", "dispatch", "handle", "forward",
        "request_check", "answer_check", "close",
    ]  # fmt: skip
    assert case.stage == "closed"
    assert case.case_number and case.case_number.startswith("530102")
    assert fold(record_of(e) for e in CaseEvent.unscoped.filter(chain=case.pk).order_by("seq")) == state_of(
        case
    )


def test_of_two_people_acting_at_once_the_second_is_told(cast, departments):
    """Both read version 1; whoever comes second must look again (412), and nothing of his is written."""
    loop = Loop(cast, departments)
    loop(actions.accept, "受理员_五华", version=1)
    loop.refuses(actions.refuse, "兼岗_受理", note="不归城管", version=1, code="stale", status=412)
    loop(actions.ask, "兼岗_受理", note="哪一侧？", version=2)
    assert loop.steps == ["report", "accept", "ask"]


def test_a_page_offers_what_the_step_itself_allows(cast, departments):
    """The head of the checked department is not offered to choose another inspector."""
    loop = Loop(cast, departments).checking()
    for who in ("受理员_五华", "经办人_环卫"):
        steps = {item.step: item for item in queries.possible_steps(cast[who], loop.state)}
        reassign = steps.get(Step.REASSIGN)
        assert (reassign is not None and reassign.allowed) == (who == "受理员_五华")


def test_a_report_sent_twice_is_one_case_and_with_other_content_is_refused(cast, departments):
    key = uuid.uuid4()
    first, again = reported(uuid=key), reported(uuid=key)
    assert (first.body, first.created, again.created) == (again.body, True, False)
    with pytest.raises(Refused) as refusal:
        reported(uuid=key, description="别的事")
    assert (refusal.value.status, Case.unscoped.count()) == (409, 1)
