"""The whole loop through the actions."""

import pytest

from xiucheng.cases.models import Case, CaseEvent
from xiucheng.cases.projection import fold
from xiucheng.cases.store import record_of, state_of
from xiucheng.cases.tests.loop import Loop

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
