"""What a department asks for and another decides: 回退, 延期, 挂账, 超时申诉. Pure.

Source: standards/workflow.md §3 [H], practice.md 1, 3, 4, 8. A pending request never stops a clock.
"""

from datetime import datetime
from typing import Any

from xiucheng.cases.projection_hands import HANDLING
from xiucheng.cases.rules import clocks
from xiucheng.cases.rules.basis import Doer, Env, RuleRefused, Target, refuse, required
from xiucheng.cases.rules.handling import own_leg
from xiucheng.cases.rules.lapsing import lapsed
from xiucheng.cases.rules.steps import permit
from xiucheng.cases.state import CaseState, Draft, LegState, WishState
from xiucheng.cases.words import (
    ClockKind,
    LegStage,
    Stage,
    Step,
    Wish,
    WishStage,
)
from xiucheng.kernel.canonical import stamp
from xiucheng.kernel.marking import gettext_noop

Files = list[dict[str, str]]
TOO_LATE_TO_EXTEND = gettext_noop("已超过处置时限，不能申请延期。")
NOTHING_ASKED = gettext_noop("没有等待您审批的这项申请，可能已经办过。请刷新页面。")


def pending(state: CaseState, kind: Wish, stage: WishStage) -> WishState:
    wish = next((w for w in state.wishes if w.kind == kind and w.state == stage), None)
    if wish is None:
        raise RuleRefused(NOTHING_ASKED, status=409, code="nothing_pending")
    return wish


def not_oneself(wish: WishState, doer: Doer) -> None:
    """Two persons, not two posts of one person."""
    if doer.by.person in (wish.asked_by, wish.reviewed_by):
        refuse(gettext_noop("不能审批自己提出或初审过的申请。请同事办理。"), status=403, code="same_person")


def in_time(state: CaseState, env: Env, leg: LegState, msgid: str) -> None:
    clock = state.clock(ClockKind.HANDLE, leg.index)
    if clock is None or clock.is_late(env.at):
        refuse(msgid, code="overdue")


def once_only(state: CaseState, kind: Wish, leg: LegState) -> None:
    if any(w.open and w.kind == kind and w.leg == leg.index for w in state.wishes):
        refuse(gettext_noop("您的部门已有一项同样的申请在等审批。"), code="pending")


# -- 回退 ---


def return_(state: CaseState, doer: Doer, env: Env, *, note: str, evidence: Files | None = None) -> Draft:
    """申请回退: not ours, and why. The clock runs on until it is decided."""
    permit(state, doer, Step.RETURN)
    leg = own_leg(state, doer)
    note = required(note, gettext_noop("请写明回退的理由和您认为应当负责的部门。"))
    once_only(state, Wish.RETURN, leg)
    not_ruled(state, leg)
    data = {"awaits": "dispatcher", "leg": leg.index, "evidence": evidence or []}
    return Draft(Step.RETURN, data, note)


def not_ruled(state: CaseState, leg: LegState) -> None:
    if state.ruled_department == leg.department:
        refuse(gettext_noop("本案已经仲裁由您的部门办理，不能再回退。"), code="ruled")


def decide_return(
    state: CaseState,
    doer: Doer,
    env: Env,
    *,
    granted: bool,
    wrong: bool = False,
    fallback: Target | None = None,
    note: str = "",
) -> Draft:
    """回退审批. Granted: dispatch anew, or one level up to the 区指挥中心; the second one goes to arbitration.

    wrong: the dispatcher says it was 误派; the 值班长 confirms, and only then it leaves 应处置 (practice.md 1, 4).
    fallback: for an urgent case in dispute, the 兜底 department that acts first (practice.md 8).
    """
    permit(state, doer, Step.DECIDE_RETURN)
    wish = pending(state, Wish.RETURN, WishStage.PENDING)
    not_oneself(wish, doer)
    leg = next(leg for leg in state.legs if leg.index == wish.leg)
    own_level_first(leg, doer)
    data: dict[str, Any] = {"wish": wish.index, "leg": leg.index, "granted": granted}
    if not granted:
        note = required(note, gettext_noop("请写明不同意回退的理由。"))
        return Draft(Step.DECIDE_RETURN, data, note)
    if wrong:
        data["awaits"] = "shift_leader"
    data |= lapsed(state, leg=leg.index, kinds=(Wish.EXTEND, Wish.SUSPEND))
    if leg.centre is not None and leg.lead and not in_dispute(state, env):
        return Draft(Step.DECIDE_RETURN, data | up_one_level(state, env, leg), note)
    data["clocks"] = clocks.stop(state, env, ClockKind.HANDLE, leg.index)
    waiting = any(other.open for other in state.legs if other.index != leg.index)
    if leg.lead:
        if leg.state == LegStage.SUSPENDED:  # 挂账 ends with its leg
            data["clocks"] += clocks.case_resumed(state, env)
        again_at_desk(state, env, data, fallback)
    elif state.stage == Stage.HANDLING and not waiting:
        data["stage"] = Stage.REPLIED.value
        data["clocks"].append(clocks.start_stage(env, ClockKind.FEEDBACK, urgent=state.urgent))
    return Draft(Step.DECIDE_RETURN, data, note)


def own_level_first(leg: LegState, doer: Doer) -> None:
    """A return goes to the level that dispatched to the department (practice.md 3)."""
    if leg.centre is not None and leg.centre != doer.department:
        refuse(
            gettext_noop("这个部门由区指挥中心派遣，回退先由该中心的派遣员审批。"),
            status=403,
            code="other_centre",
        )


def in_dispute(state: CaseState, env: Env) -> bool:
    """Would one more return bring it to arbitration? Once only: a ruling binds."""
    return state.returns + 1 >= env.policy.returns_before_arbitration and state.ruled_department is None


def up_one_level(state: CaseState, env: Env, leg: LegState) -> dict[str, Any]:
    """A department returns to its own level first; the handling clock goes on (practice.md 3)."""
    ops = clocks.resume_since(state, env, env.at, leg.index) if leg.state == LegStage.SUSPENDED else []
    return {
        "back_to_centre": leg.centre,
        "stage": Stage.FILED.value,
        "clocks": [*ops, clocks.start_stage(env, ClockKind.DISPATCH, urgent=state.urgent)],
    }


def again_at_desk(state: CaseState, env: Env, data: dict[str, Any], fallback: Target | None) -> None:
    """Back to the dispatcher; or, after as many returns as the city allows, to arbitration."""
    disputed = in_dispute(state, env)
    kind = ClockKind.ARBITRATE if disputed else ClockKind.DISPATCH
    data["stage"] = (Stage.ARBITRATING if disputed else Stage.FILED).value
    data["clocks"].append(clocks.start_stage(env, kind, urgent=state.urgent))
    if not disputed:
        return
    data["disputed"] = True
    holding = state.leg_of(fallback.id) if fallback else None
    going_on = holding is not None and holding.open and holding.index != data["leg"]
    if state.urgent and fallback and not going_on:
        index = len(state.legs) + 1
        amount, unit = env.policy.urgent_limit
        data["legs"] = [{"leg": index, "department": fallback.id, "lead": False}]
        data["clocks"].append(clocks.start(env, ClockKind.HANDLE, amount, unit, leg=index))


def confirm_return(state: CaseState, doer: Doer, env: Env, *, granted: bool, note: str = "") -> Draft:
    """误派确认 by the 值班长."""
    permit(state, doer, Step.CONFIRM_RETURN)
    wish = pending(state, Wish.RETURN, WishStage.REVIEWED)
    not_oneself(wish, doer)
    left = any(leg.index == wish.leg and leg.state == LegStage.RETURNED for leg in state.legs)
    # A leg that went up to its 区指挥中心 is still to be handled: the 误派 stands in the request alone.
    data = {"wish": wish.index, "leg": wish.leg, "granted": granted, "wrong": granted and left}
    return Draft(Step.CONFIRM_RETURN, data, note)


# -- 延期 ---


def extend(state: CaseState, doer: Doer, env: Env, *, note: str, evidence: Files | None = None) -> Draft:
    """申请延期: only before overdue, at most twice; a refused request does not count."""
    permit(state, doer, Step.EXTEND)
    leg = own_leg(state, doer)
    note = required(note, gettext_noop("请写明延期的理由。"))
    once_only(state, Wish.EXTEND, leg)
    may_extend(state, env, leg)
    in_time(state, env, leg, TOO_LATE_TO_EXTEND)
    data = {"awaits": "department_head", "leg": leg.index, "evidence": evidence or []}
    return Draft(Step.EXTEND, data, note)


def may_extend(state: CaseState, env: Env, leg: LegState) -> None:
    times = state.asked_for(leg)[0]
    if times >= env.policy.extensions_max:
        refuse(gettext_noop("已延期 {times} 次，不能再延期。"), code="too_many", times=times)
    if leg.state == LegStage.SUSPENDED:
        refuse(gettext_noop("本案已挂账，计时已停，不需要延期。"))


def review_extend(state: CaseState, doer: Doer, env: Env, *, granted: bool, note: str = "") -> Draft:
    """延期初审 by the head of the department that asks."""
    permit(state, doer, Step.REVIEW_EXTEND)
    wish = pending(state, Wish.EXTEND, WishStage.PENDING)
    not_oneself(wish, doer)
    of_own_department(state, wish, doer)
    data = {"wish": wish.index, "leg": wish.leg, "granted": granted, "awaits": "dispatcher"}
    return Draft(Step.REVIEW_EXTEND, data, note)


def of_own_department(state: CaseState, wish: WishState, doer: Doer) -> None:
    leg = next(leg for leg in state.legs if leg.index == wish.leg)
    if leg.department != doer.department:
        refuse(gettext_noop("延期由申请部门的负责人初审。"), status=403, code="not_yours")


def decide_extend(state: CaseState, doer: Doer, env: Env, *, granted: bool, note: str = "") -> Draft:
    """延期审批: adds the original limit to the due in force, also when granted late (practice.md 4)."""
    permit(state, doer, Step.DECIDE_EXTEND)
    wish = pending(state, Wish.EXTEND, WishStage.REVIEWED)
    not_oneself(wish, doer)
    data: dict[str, Any] = {"wish": wish.index, "leg": wish.leg, "granted": granted}
    if granted:
        leg = next(leg for leg in state.legs if leg.index == wish.leg)
        may_extend(state, env, leg)
        if not leg.open:
            refuse(gettext_noop("部门已处置完毕，不再需要延期。请不同意这项申请。"))
        data["clocks"] = clocks.extend(state, env, leg.index)
    return Draft(Step.DECIDE_EXTEND, data, note)


# -- 挂账 ---


def suspend(state: CaseState, doer: Doer, env: Env, *, until: datetime, note: str, evidence: Files) -> Draft:
    """申请挂账: once, at most a year, before overdue, with the signed form as evidence."""
    permit(state, doer, Step.SUSPEND)
    leg = own_leg(state, doer)
    note = required(note, gettext_noop("请写明挂账的理由（工程、季节或政策原因）。"))
    once_only(state, Wish.SUSPEND, leg)
    may_suspend(state, env, leg, until)
    data = {"awaits": "shift_leader", "leg": leg.index, "until": stamp(until), "evidence": evidence}
    return Draft(Step.SUSPEND, data, note)


def may_suspend(state: CaseState, env: Env, leg: LegState, until: datetime) -> None:
    suspendable(state, env, leg)
    latest = clocks.natural_days(env.at, env.policy.suspend_days_max)
    if not env.at < until <= latest:
        refuse(
            gettext_noop("挂账截止时间要晚于现在，且不超过 {days} 天。"),
            status=422,
            field="until",
            days=env.policy.suspend_days_max,
        )


def suspendable(state: CaseState, env: Env, leg: LegState) -> None:
    if state.asked_for(leg)[1] >= env.policy.suspensions_max:
        refuse(gettext_noop("本案已挂账过，不能再次挂账。"), code="too_many")
    in_time(state, env, leg, gettext_noop("已超过处置时限，不能挂账。"))


def decide_suspend(state: CaseState, doer: Doer, env: Env, *, granted: bool, note: str = "") -> Draft:
    """挂账审批: the handling clock pauses and goes on by itself at the term."""
    permit(state, doer, Step.DECIDE_SUSPEND)
    wish = pending(state, Wish.SUSPEND, WishStage.PENDING)
    not_oneself(wish, doer)
    data: dict[str, Any] = {"wish": wish.index, "leg": wish.leg, "granted": granted}
    if granted:
        leg = next(leg for leg in state.legs if leg.index == wish.leg)
        if not leg.open:
            refuse(gettext_noop("部门已处置完毕，不需要挂账。请不同意这项申请。"))
        assert wish.due_at is not None, "挂账 is asked for until a moment"
        may_suspend(state, env, leg, wish.due_at)
        data["until"] = stamp(wish.due_at)
        data["clocks"] = clocks.pause(state, env, ClockKind.HANDLE, leg.index)
        if leg.lead:
            data["clocks"] += clocks.pause(state, env, ClockKind.CASE)
    return Draft(Step.DECIDE_SUSPEND, data, note)


def resume(state: CaseState, doer: Doer, env: Env, *, department: int | None = None, note: str = "") -> Draft:
    """恢复计时: earlier by a person, or by the system at the term."""
    permit(state, doer, Step.RESUME)
    leg = suspended_leg(state, doer, department, env)
    since = leg.until if leg.until and leg.until < env.at else env.at
    ops = clocks.resume_since(state, env, since, leg.index)
    return Draft(Step.RESUME, {"leg": leg.index, "clocks": ops}, note)


def suspended_leg(state: CaseState, doer: Doer, department: int | None, env: Env) -> LegState:
    """The 挂账 that a department (its own only), the 值班长, or at its term the system ends."""
    own = doer.department if doer.by.role in HANDLING else department
    legs = [leg for leg in state.legs if leg.state == LegStage.SUSPENDED and own in (None, leg.department)]
    if not legs:
        refuse(gettext_noop("本案没有挂账。"))
    if doer.by.kind == "system":
        legs = [leg for leg in legs if leg.until and leg.until <= env.at]
        if not legs:
            refuse(gettext_noop("挂账期还没有满。"))
    return legs[0]


# -- 超时申诉 ---


def appeal(state: CaseState, doer: Doer, env: Env, *, note: str, evidence: Files) -> Draft:
    """超时申诉: once, after closing; two reviews. The fact of being late stays (workflow.md §3 [H])."""
    permit(state, doer, Step.APPEAL)
    note = required(note, gettext_noop("请写明申诉的理由。"))
    leg = may_appeal(state, doer, env)
    data = {"awaits": "dispatcher", "leg": leg.index, "evidence": evidence}
    return Draft(Step.APPEAL, data, note)


def may_appeal(state: CaseState, doer: Doer, env: Env) -> LegState:
    leg = state.leg_of(doer.department)
    if leg is None:
        raise RuleRefused(gettext_noop("本案没有由您的部门处置。"), status=403, code="not_yours")
    if not leg.overdue:
        refuse(gettext_noop("您的部门没有超时，不需要申诉。"))
    if any(w.kind == Wish.APPEAL and w.leg == leg.index for w in state.wishes):
        refuse(gettext_noop("您的部门已经申诉过，每件只能申诉一次。"), code="too_many")
    if state.closed_at and env.at > clocks.natural_days(state.closed_at, env.policy.appeal_days):
        refuse(
            gettext_noop("结案已超过 {days} 天，不能再申诉。"), code="too_late", days=env.policy.appeal_days
        )
    return leg


def review_appeal(state: CaseState, doer: Doer, env: Env, *, granted: bool, note: str = "") -> Draft:
    """申诉初审 by the 派遣员."""
    permit(state, doer, Step.REVIEW_APPEAL)
    wish = pending(state, Wish.APPEAL, WishStage.PENDING)
    not_oneself(wish, doer)
    data = {"wish": wish.index, "leg": wish.leg, "granted": granted, "awaits": "intake"}
    return Draft(Step.REVIEW_APPEAL, data, note)


def decide_appeal(state: CaseState, doer: Doer, env: Env, *, granted: bool, note: str = "") -> Draft:
    """申诉复审 by the supervision centre: granted, it leaves the overdue figures."""
    permit(state, doer, Step.DECIDE_APPEAL)
    wish = pending(state, Wish.APPEAL, WishStage.REVIEWED)
    not_oneself(wish, doer)
    return Draft(Step.DECIDE_APPEAL, {"wish": wish.index, "leg": wish.leg, "granted": granted}, note)
