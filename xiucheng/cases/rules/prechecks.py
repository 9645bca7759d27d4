"""Whether a step is possible now, before its arguments are known: what a page offers or explains. Pure.

The step's own rule decides again with the arguments; this only spares people a form that could not succeed.
"""

from collections.abc import Callable

from xiucheng.cases.rules import closing, handling, intake, requests
from xiucheng.cases.rules.basis import Doer, Env, RuleRefused, refuse
from xiucheng.cases.rules.steps import why_not
from xiucheng.cases.state import CaseState
from xiucheng.cases.words import LegStage, Step, Wish, WishStage
from xiucheng.kernel.marking import gettext_noop

Check = Callable[[CaseState, Doer, Env], object]


def why_not_now(state: CaseState, doer: Doer, env: Env, step: Step) -> RuleRefused | None:
    """The refusal a doer would meet, or None."""
    refusal = why_not(state, doer, step)
    if refusal:
        return refusal
    try:
        if check := CHECKS.get(step):
            check(state, doer, env)
    except RuleRefused as found:
        return found
    return None


def waits(kind: Wish, stage: WishStage) -> Check:
    def check(state: CaseState, doer: Doer, env: Env) -> None:
        requests.not_oneself(requests.pending(state, kind, stage), doer)

    return check


def may_take(state: CaseState, doer: Doer, env: Env) -> None:
    if handling.own_leg(state, doer).state != LegStage.SENT:
        refuse(gettext_noop("您的部门已经接收。"))


def may_handle(state: CaseState, doer: Doer, env: Env) -> None:
    handling.ready_to_handle(state, handling.own_leg(state, doer))
    handling.never_checked(state, doer)


def may_extend(state: CaseState, doer: Doer, env: Env) -> None:
    leg = handling.own_leg(state, doer)
    requests.once_only(state, Wish.EXTEND, leg)
    requests.may_extend(state, env, leg)
    requests.in_time(state, env, leg, requests.TOO_LATE_TO_EXTEND)


def may_suspend(state: CaseState, doer: Doer, env: Env) -> None:
    leg = handling.own_leg(state, doer)
    requests.once_only(state, Wish.SUSPEND, leg)
    requests.suspendable(state, env, leg)


def may_return(state: CaseState, doer: Doer, env: Env) -> None:
    leg = handling.own_leg(state, doer)
    requests.once_only(state, Wish.RETURN, leg)
    requests.not_ruled(state, leg)


def may_decide_return(state: CaseState, doer: Doer, env: Env) -> None:
    wish = requests.pending(state, Wish.RETURN, WishStage.PENDING)
    requests.not_oneself(wish, doer)
    requests.own_level_first(next(leg for leg in state.legs if leg.index == wish.leg), doer)


def may_resume(state: CaseState, doer: Doer, env: Env) -> None:
    requests.suspended_leg(state, doer, None, env)


def may_review_extend(state: CaseState, doer: Doer, env: Env) -> None:
    wish = requests.pending(state, Wish.EXTEND, WishStage.PENDING)
    requests.not_oneself(wish, doer)
    requests.of_own_department(state, wish, doer)


def may_dispatch(state: CaseState, doer: Doer, env: Env) -> None:
    if state.centre is not None:
        handling.of_that_centre(state, doer)


def may_answer_supervise(state: CaseState, doer: Doer, env: Env) -> None:
    handling.supervised_leg(state, doer)


def may_supervise(state: CaseState, doer: Doer, env: Env) -> None:
    if state.wish(Wish.SUPERVISE):
        refuse(gettext_noop("上一次督办还没有回复。"))


def no_question(state: CaseState, doer: Doer, env: Env) -> None:
    intake.no_open_question(state)


def may_answer_ask(state: CaseState, doer: Doer, env: Env) -> None:
    intake.open_question(state)


def may_urge(state: CaseState, doer: Doer, env: Env) -> None:
    if state.urgent:
        refuse(gettext_noop("本案已是紧急案件。"))


def contactable(state: CaseState, doer: Doer, env: Env) -> None:
    if state.reporter is None:
        refuse(gettext_noop("这件上报没有留下联系方式。"))


def may_arbitrate(state: CaseState, doer: Doer, env: Env) -> None:
    handling.not_its_dispatcher(state, doer)


def may_rate(state: CaseState, doer: Doer, env: Env) -> None:
    if state.rating:
        refuse(gettext_noop("您已经评价过，谢谢。"))


CHECKS: dict[Step, Check] = {
    Step.ACCEPT: no_question,
    Step.ASK: intake.may_ask,
    Step.ANSWER_ASK: may_answer_ask,
    Step.REQUEST_VERIFY: no_question,
    Step.REASSIGN: lambda s, d, e: intake.may_reassign(d),
    Step.ANSWER_VERIFY: lambda s, d, e: intake.assigned_to(s, d),
    Step.FILE: lambda s, d, e: intake.may_file(s, d),
    Step.MARK_URGENT: may_urge,
    Step.SELF_HANDLE: lambda s, d, e: intake.may_self_handle(s, d),
    Step.DISPATCH: may_dispatch,
    Step.TAKE: may_take,
    Step.ASSIGN: lambda s, d, e: handling.may_assign(s, d),
    Step.HANDLE: may_handle,
    Step.RETURN: may_return,
    Step.DECIDE_RETURN: may_decide_return,
    Step.CONFIRM_RETURN: waits(Wish.RETURN, WishStage.REVIEWED),
    Step.EXTEND: may_extend,
    Step.REVIEW_EXTEND: may_review_extend,
    Step.DECIDE_EXTEND: waits(Wish.EXTEND, WishStage.REVIEWED),
    Step.SUSPEND: may_suspend,
    Step.DECIDE_SUSPEND: waits(Wish.SUSPEND, WishStage.PENDING),
    Step.RESUME: may_resume,
    Step.ARBITRATE: may_arbitrate,
    Step.SUPERVISE: may_supervise,
    Step.ANSWER_SUPERVISE: may_answer_supervise,
    Step.ANSWER_CHECK: lambda s, d, e: intake.assigned_to(s, d),
    Step.CLOSE: lambda s, d, e: closing.may_close(s, d),
    Step.REWORK: lambda s, d, e: closing.neither_hand(s, d),
    Step.SIGN_VOID: waits(Wish.VOID, WishStage.PENDING),
    Step.APPEAL: requests.may_appeal,
    Step.REVIEW_APPEAL: waits(Wish.APPEAL, WishStage.PENDING),
    Step.DECIDE_APPEAL: waits(Wish.APPEAL, WishStage.REVIEWED),
    Step.RATE: may_rate,
    Step.DISCLOSE: contactable,
}
