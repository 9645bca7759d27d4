"""回访: who is called back after closing, and what an unanswered call means. Pure.

Source: practice.md 1 [F]: the 受理员 calls back; which share, for how long and when again are settings [P].
"""

from datetime import datetime, timedelta
from uuid import UUID

from xiucheng.cases.rules.basis import Doer, Env, refuse
from xiucheng.cases.rules.steps import permit
from xiucheng.cases.state import CaseState, Draft
from xiucheng.cases.words import Step
from xiucheng.kernel.marking import gettext_noop
from xiucheng.kernel.worktime import Limit, add

BYTE = 256


def below(percent: int) -> int:
    """The last byte of a case's id must be below this: a share of all cases, the same ones for everybody, drawn when
    the case is born and not by whoever calls.

    >>> below(100), below(50), below(0)
    (256, 128, 0)
    """
    return -(-percent * BYTE // 100)


def drawn(case: UUID, percent: int) -> bool:
    """Is this case among those to be called back?"""
    return case.bytes[-1] < below(percent)


def since(at: datetime, days: int) -> datetime:
    """Cases closed before this moment are no longer called back."""
    return at - timedelta(days=days)


def again(env: Env, wait: Limit) -> datetime:
    """When to try again: after `wait`, which counts as the city's clocks do, so that nobody is called at night."""
    return add(env.at, wait, env.calendar).at


def not_reached(
    state: CaseState, doer: Doer, env: Env, *, words: str, next_at: datetime | None, note: str = ""
) -> Draft:
    """回访未接通: a note in the ledger, which leaves the case closed and in the queue. words: the sentence kept."""
    permit(state, doer, Step.CALLBACK)
    if state.reporter is None:
        refuse(gettext_noop("这件上报没有留下联系方式。"))
    if next_at is not None and next_at <= env.at:
        refuse(gettext_noop("下次回访的时间已经过去，请改成以后的时间。"), status=422, field="next_at")
    return Draft(Step.NOTE, {"evidence": []}, f"{words} {note}".strip())
