"""Rules of the command side and the departments (任务派遣, 任务处理, 处理反馈). Pure."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from xiucheng.cases.rules import clocks
from xiucheng.cases.rules.basis import (
    Doer,
    Env,
    RuleRefused,
    StandardFacts,
    Target,
    photos,
    refuse,
    required,
)
from xiucheng.cases.rules.lapsing import lapsed
from xiucheng.cases.rules.reminders import reached
from xiucheng.cases.rules.steps import permit
from xiucheng.cases.state import CaseState, Draft, LegState, WishState
from xiucheng.cases.words import (
    WISH_NAMES,
    ClockKind,
    LegStage,
    Stage,
    Step,
    Wish,
)
from xiucheng.kernel.canonical import stamp
from xiucheng.kernel.marking import gettext_noop

Files = list[dict[str, str]]
Pair = tuple[str, str]  # amount and unit of a limit


def dispatch(
    state: CaseState,
    doer: Doer,
    env: Env,
    *,
    to: Target,
    cooperating: tuple[Target, ...] = (),
    standard: StandardFacts,
    urgent: Pair | None = None,
    note: str = "",
) -> Draft:
    """派遣: to the lead department (and cooperating ones), or to a 区指挥中心 that dispatches on (practice.md 3).

    The handling clock runs from here (workflow.md §3). The same department again: what was left goes on. One that
    already works on it (the 兜底 of a dispute) becomes the lead. urgent: the limit of the category's 紧急 row.
    """
    permit(state, doer, Step.DISPATCH)
    if to.id in [other.id for other in cooperating] or len({c.id for c in cooperating}) < len(cooperating):
        refuse(gettext_noop("主办与协办部门不能重复。"), status=422, field="cooperating")
    if state.ruled_department not in (None, to.id):
        refuse(gettext_noop("本案已经仲裁，只能派遣给裁定的部门。"), code="ruled")
    not_holding(state, cooperating)
    if state.centre is not None:
        return dispatch_on(
            state, doer, env, to=to, cooperating=cooperating, standard=standard, urgent=urgent, note=note
        )
    data: dict[str, Any] = {"to": to.id}
    legs, holding = [], state.leg_of(to.id)
    if holding and holding.open:
        data["promoted"] = holding.index
    else:
        legs.append(leg_data(len(state.legs) + 1, to, lead=True))
    index = len(state.legs) + len(legs) + 1
    legs += [leg_data(index + n, target, lead=False) for n, target in enumerate(cooperating)]
    data |= {
        "legs": legs,
        "clocks": [
            *clocks.stop(state, env, ClockKind.DISPATCH),
            *(handling_clock(state, env, item, standard, urgent) for item in legs),
        ],
    }
    if holding and holding.state == LegStage.SUSPENDED:  # 挂账 of the lead pauses 结案期限 too
        data["clocks"] += clocks.pause(state, env, ClockKind.CASE)
    if to.centre:  # it waits there for its own dispatcher; the handling clock already runs
        data["at_centre"] = to.id
        data["clocks"].append(clocks.start_stage(env, ClockKind.DISPATCH, urgent=state.urgent))
    else:
        data["stage"] = Stage.HANDLING.value
    return Draft(Step.DISPATCH, data, note)


def dispatch_on(
    state: CaseState,
    doer: Doer,
    env: Env,
    *,
    to: Target,
    cooperating: tuple[Target, ...],
    standard: StandardFacts,
    urgent: Pair | None,
    note: str,
) -> Draft:
    """A 区指挥中心 hands its leg on: the handling clock started once and goes on."""
    of_that_centre(state, doer)
    if to.centre:
        refuse(gettext_noop("请派给具体的专业部门。"), status=422, field="to")
    not_holding(state, (to,), "to")
    leg = next(leg for leg in reversed(state.legs) if leg.department == state.centre and leg.open)
    index = len(state.legs) + 1
    legs = [leg_data(index + n, target, lead=False) for n, target in enumerate(cooperating)]
    data: dict[str, Any] = {
        "to": to.id,
        "onward": leg.index,
        "centre": state.centre,
        "legs": legs,
        "stage": Stage.HANDLING.value,
        "clocks": [
            *clocks.stop(state, env, ClockKind.DISPATCH),
            *(handling_clock(state, env, item, standard, urgent) for item in legs),
        ],
    }
    return Draft(Step.DISPATCH, data, note)


def of_that_centre(state: CaseState, doer: Doer) -> None:
    if doer.department != state.centre:
        refuse(gettext_noop("本案已派到区指挥中心，由该中心的派遣员续派。"), status=403, code="other_centre")


def leg_data(index: int, target: Target, *, lead: bool) -> dict[str, Any]:
    return {"leg": index, "department": target.id, "lead": lead}


def not_holding(state: CaseState, targets: tuple[Target, ...], field: str = "cooperating") -> None:
    """A department has one open leg of a case at most."""
    open_at = {leg.department for leg in state.legs if leg.open}
    if open_at & {target.id for target in targets}:
        refuse(gettext_noop("所选部门已在办理本案。请选其他部门。"), status=422, field=field)


def handling_clock(
    state: CaseState, env: Env, item: dict[str, Any], standard: StandardFacts, urgent: Pair | None = None
) -> dict[str, Any]:
    """A new clock; for a department that had the case before, what was left then (late stays late).

    An urgent case: the 紧急 limit where it ends sooner.
    """
    op = usual_clock(state, env, item, standard)
    if not state.urgent or op["unit"].startswith("紧急"):
        return op
    amount, unit = urgent or env.policy.urgent_limit
    return clocks.earlier(op, clocks.start(env, ClockKind.HANDLE, amount, unit, leg=item["leg"]))


def usual_clock(state: CaseState, env: Env, item: dict[str, Any], standard: StandardFacts) -> dict[str, Any]:
    amount, unit = standard.amount, standard.unit
    before = next(
        (leg for leg in reversed(state.legs) if leg.department == item["department"] and not leg.open), None
    )
    old = state.clock(ClockKind.HANDLE, before.index) if before else None
    if old is None or not old.left:
        return clocks.start(env, ClockKind.HANDLE, amount, unit, leg=item["leg"], season=standard.season)
    if old.overdue:
        due = clocks.Due(old.due_at, False)
        return clocks.start(
            env, ClockKind.HANDLE, old.amount, old.unit, leg=item["leg"], season=old.season, left="0", due=due
        )
    return clocks.start(
        env, ClockKind.HANDLE, old.amount, old.unit, leg=item["leg"], season=old.season, left=old.left
    )


def split(
    state: CaseState,
    doer: Doer,
    env: Env,
    *,
    cooperating: tuple[Target, ...],
    standard: StandardFacts,
    urgent: Pair | None = None,
    note: str = "",
) -> Draft:
    """拆分协同: further departments, each with its own clock; the lead stays."""
    permit(state, doer, Step.SPLIT)
    if not cooperating:
        refuse(gettext_noop("请选择协办部门。"), status=422, field="cooperating")
    holding = {leg.department for leg in state.legs if leg.state != LegStage.RETURNED}
    if holding & {target.id for target in cooperating}:
        refuse(gettext_noop("所选部门已在办理本案。请选其他部门。"), status=422, field="cooperating")
    index = len(state.legs) + 1
    legs = [leg_data(index + n, target, lead=False) for n, target in enumerate(cooperating)]
    ops = [handling_clock(state, env, item, standard, urgent) for item in legs]
    return Draft(Step.SPLIT, {"legs": legs, "clocks": ops}, note)


def own_leg(state: CaseState, doer: Doer) -> LegState:
    """The open leg of the doer's department."""
    leg = state.leg_of(doer.department)
    if leg is None or not leg.open or state.centre == leg.department:
        raise RuleRefused(
            gettext_noop("本案没有派给您的部门，或您的部门已处置完毕。"), status=403, code="not_yours"
        )
    return leg


def take(state: CaseState, doer: Doer, env: Env, *, note: str = "") -> Draft:
    """接收: the department has read it; its clock runs since dispatch."""
    permit(state, doer, Step.TAKE)
    leg = own_leg(state, doer)
    if leg.state != LegStage.SENT:
        refuse(gettext_noop("您的部门已经接收。"))
    return Draft(Step.TAKE, {"leg": leg.index}, note)


@dataclass(frozen=True, slots=True)
class CrewFacts:
    """A crew as the rules see it. posts: its members at this moment."""

    id: int
    department: int
    active: bool
    posts: tuple[int, ...] = ()


def assign(state: CaseState, doer: Doer, env: Env, *, crew: CrewFacts, note: str = "") -> Draft:
    """派工: the department hands its part to one of its crews; again, to another. No clock changes."""
    permit(state, doer, Step.ASSIGN)
    leg = may_assign(state, doer)
    if crew.department != leg.department or not crew.active:
        refuse(gettext_noop("这不是您部门在用的班组，请从列表中选择。"), status=422, field="crew")
    if crew.id == leg.crew:
        refuse(gettext_noop("已经派给这个班组了。"), status=422, field="crew")
    return Draft(Step.ASSIGN, {"leg": leg.index, "crew": crew.id, "posts": list(crew.posts)}, note)


def may_assign(state: CaseState, doer: Doer) -> LegState:
    leg = own_leg(state, doer)
    if leg.state == LegStage.SENT:
        refuse(gettext_noop("请先接收，再派给班组。"))
    return leg


def handle(state: CaseState, doer: Doer, env: Env, *, evidence: Files, note: str) -> Draft:
    """处置完毕: what was done, with a photo after; the handling clock stops (workflow.md §2 [H]).

    The case goes on once the lead and all cooperating departments have answered.
    """
    permit(state, doer, Step.HANDLE)
    leg = own_leg(state, doer)
    ready_to_handle(state, leg)
    never_checked(state, doer)
    note = required(note, gettext_noop("请写明处置措施和结果。"))
    if leg.lead:
        photos(evidence, "after")
    ops = clocks.stop(state, env, ClockKind.HANDLE, leg.index)
    data: dict[str, Any] = {"leg": leg.index, "evidence": evidence, "clocks": ops}
    data |= lapsed(state, leg=leg.index, kinds=(Wish.EXTEND,))
    waiting = any(other.open for other in state.legs if other.index != leg.index)
    if state.stage == Stage.HANDLING and not waiting:
        data["stage"] = Stage.REPLIED.value
        ops.append(clocks.start_stage(env, ClockKind.FEEDBACK, urgent=state.urgent))
    return Draft(Step.HANDLE, data, note)


def ready_to_handle(state: CaseState, leg: LegState) -> None:
    if leg.state == LegStage.SUSPENDED:
        refuse(gettext_noop("本案已挂账。请先恢复计时，再回复处置完毕。"))
    if pending := wish_of_leg(state, leg.index):
        refuse(
            gettext_noop("您还有一项申请（{wish}）等待审批。请等审批后再回复。"), wish=pending, code="pending"
        )


def never_checked(state: CaseState, doer: Doer) -> None:
    """Whoever checked a case does not handle it afterwards, in another post."""
    if doer.by.person in state.checkers:
        refuse(gettext_noop("您核查过本案，不能再处置它。请同事办理。"), status=403, code="not_independent")


def wish_of_leg(state: CaseState, leg: int) -> str:
    """The name of an undecided request of a leg that would be decided over a finished one."""
    blocking = (Wish.RETURN, Wish.SUSPEND)
    return next(
        (WISH_NAMES[w.kind] for w in state.wishes if w.open and w.leg == leg and w.kind in blocking), ""
    )


def forward(state: CaseState, doer: Doer, env: Env, *, note: str = "") -> Draft:
    """反馈: the reply is complete; the 受理员 issues the 核查 (practice.md 2)."""
    permit(state, doer, Step.FORWARD)
    ops = [
        *clocks.stop(state, env, ClockKind.FEEDBACK),
        clocks.start_stage(env, ClockKind.CHECK_ISSUE, urgent=state.urgent),
    ]
    return Draft(Step.FORWARD, {"stage": Stage.TO_CHECK.value, "clocks": ops}, note)


def send_back(state: CaseState, doer: Doer, env: Env, *, department: int | None = None, note: str) -> Draft:
    """退回补充: evidence is missing; the department's remaining time goes on (practice.md 2)."""
    permit(state, doer, Step.SEND_BACK)
    note = required(note, gettext_noop("请写明缺什么，部门才好补充。"))
    leg = state.leg_of(department) if department else state.lead
    if leg is None or leg.state != LegStage.HANDLED:
        raise RuleRefused(gettext_noop("请选择一个已回复的部门。"), field="department")
    ops = [
        *clocks.stop(state, env, ClockKind.FEEDBACK),
        *clocks.resume(state, env, ClockKind.HANDLE, leg.index),
    ]
    return Draft(Step.SEND_BACK, {"leg": leg.index, "stage": Stage.HANDLING.value, "clocks": ops}, note)


def arbitrate(state: CaseState, doer: Doer, env: Env, *, to: Target, note: str) -> Draft:
    """仲裁: binding; back to the dispatcher, who may send it nowhere else (practice.md 8)."""
    permit(state, doer, Step.ARBITRATE)
    note = required(note, gettext_noop("请写明裁定的理由和依据，它将成为权责清单的草案。"))
    not_its_dispatcher(state, doer)
    ops = [
        *clocks.stop(state, env, ClockKind.ARBITRATE),
        clocks.start_stage(env, ClockKind.DISPATCH, urgent=state.urgent),
    ]
    return Draft(Step.ARBITRATE, {"to": to.id, "stage": Stage.FILED.value, "clocks": ops}, note)


def not_its_dispatcher(state: CaseState, doer: Doer) -> None:
    if doer.by.person in state.command:
        refuse(gettext_noop("派遣过本案的人不能仲裁本案。"), status=403, code="not_independent")


def remind(state: CaseState, doer: Doer, env: Env, *, percent: int | None = None, note: str = "") -> Draft:
    """催办: a message, nothing else (workflow.md §3). percent: by the system, of the handling limit."""
    permit(state, doer, Step.REMIND)
    legs = [leg.index for leg in state.legs if leg.open]
    data: dict[str, Any] = {"legs": legs}
    if percent is not None:
        data["percent"] = percent
    return Draft(Step.REMIND, data, note)


def remind_due(state: CaseState, doer: Doer, env: Env, *, leg: int) -> Draft | None:
    """催办 by the system: the highest percent whose moment has come; None if it was said already."""
    permit(state, doer, Step.REMIND)
    clock = state.clock(ClockKind.HANDLE, leg)
    if clock is None or not clock.running or clock.remind_at is None or clock.remind_at > env.at:
        return None
    percent, op = reached(
        env.policy.remind_percents,
        total=Fraction(clock.amount) * (1 + clock.extended),
        left=Fraction(clock.base_left),
        reminded=clock.reminded,
        reach=lambda amount: clocks.reckon(env, clock.base_at, str(amount), clock.unit, clock.season).at,
        now=env.at,
    )
    op |= {"op": "remind", "kind": ClockKind.HANDLE.value, "leg": leg, "percent": percent}
    data: dict[str, Any] = {"legs": [leg], "clocks": [op]}
    return Draft(Step.REMIND, data | ({"percent": percent} if percent > clock.reminded else {}))


def supervise(state: CaseState, doer: Doer, env: Env, *, level: str, reply_by: Any, note: str) -> Draft:
    """督办: 一般, 重点 or 领导; the lead department must answer by a moment (workflow.md §3)."""
    permit(state, doer, Step.SUPERVISE)
    note = required(note, gettext_noop("请写明督办要求。"))
    if level not in ("一般", "重点", "领导"):
        refuse(gettext_noop("督办级别应为一般、重点或领导。"), status=422, field="level")
    if reply_by <= env.at:
        refuse(gettext_noop("回复期限要晚于现在。"), status=422, field="reply_by")
    if state.wish(Wish.SUPERVISE):
        refuse(gettext_noop("上一次督办还没有回复。"))
    lead = state.lead
    due = clocks.Due(reply_by, False)
    ops = [clocks.start(env, ClockKind.SUPERVISE, "1", "自然日", due=due)]
    data = {
        "awaits": "department",
        "leg": lead.index if lead else None,
        "level": level,
        "until": stamp(reply_by),
        "clocks": ops,
    }
    return Draft(Step.SUPERVISE, data, note)


def answer_supervise(
    state: CaseState, doer: Doer, env: Env, *, note: str, evidence: Files | None = None
) -> Draft:
    """督办回复 by the lead department."""
    permit(state, doer, Step.ANSWER_SUPERVISE)
    note = required(note, gettext_noop("请写明办理情况。"))
    wish = supervised_leg(state, doer)
    data = {
        "wish": wish.index,
        "granted": True,
        "evidence": evidence or [],
        "clocks": clocks.stop(state, env, ClockKind.SUPERVISE),
    }
    return Draft(Step.ANSWER_SUPERVISE, data, note)


def supervised_leg(state: CaseState, doer: Doer) -> WishState:
    """The open 督办 that the doer's department has to answer: the lead of today, also after a return."""
    wish = state.wish(Wish.SUPERVISE)
    if wish is None:
        refuse(gettext_noop("没有等待回复的督办。"))
    if state.lead is None or state.lead.department != doer.department:
        refuse(gettext_noop("这次督办由主办部门回复。"), status=403, code="not_yours")
    return wish
