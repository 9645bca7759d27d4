"""Who is told what after a step. Pure; plain words for citizens, never stage names (look/README.md).

A message that says «this waits for you» stands as long as it waits: `waits` names for what, `standing` says what a case
still waits for. So a message does not stay unread at ten desks when one of them has done the work.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from xiucheng.cases.state import CaseState, EventRecord, WishState
from xiucheng.cases.words import VERIFY_FIRST, Stage, Step, Wish, WishStage
from xiucheng.kernel.marking import gettext_noop


class NoticeKind(StrEnum):
    """What a message is about: by this a person chooses what to hear of, and how (/me/notifications)."""

    WAITING = "waiting"
    TASK = "task"
    RETURNED = "returned"
    REQUEST = "request"
    ANSWER = "answer"
    REMIND = "remind"
    OVERDUE = "overdue"
    SUPERVISE = "supervise"
    DISPUTE = "dispute"
    NEWS = "news"
    DIGEST = "digest"


KIND_NAMES = {
    NoticeKind.WAITING: gettext_noop("等我办的"),
    NoticeKind.TASK: gettext_noop("现场任务"),
    NoticeKind.RETURNED: gettext_noop("返工与退回"),
    NoticeKind.REQUEST: gettext_noop("待审批的申请"),
    NoticeKind.ANSWER: gettext_noop("审批结果"),
    NoticeKind.REMIND: gettext_noop("催办"),
    NoticeKind.OVERDUE: gettext_noop("超时"),
    NoticeKind.SUPERVISE: gettext_noop("督办"),
    NoticeKind.DISPUTE: gettext_noop("争议仲裁"),
    NoticeKind.NEWS: gettext_noop("其他进展"),
    NoticeKind.DIGEST: gettext_noop("每日提要"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A message.

    audience: reporter (with every reporter merged into the case), department, head (部门负责人), post, or role.
    id: of the department or post; of a role: its 区指挥中心, None for all of the county. role: of this audience.
    waits: what must still be waited for (`standing`); "" for what simply was said.
    """

    audience: str
    msgid: str
    values: dict[str, Any] = field(default_factory=dict)
    id: int | None = None
    kind: NoticeKind = NoticeKind.NEWS
    role: str = ""
    waits: str = ""


REPORTER: dict[str, str] = {
    Step.ACCEPT: gettext_noop("您的上报已受理。"),
    Step.REFUSE: gettext_noop("您的上报未能受理：{note}"),
    Step.ASK: gettext_noop("需要您补充：{note}"),
    Step.DECLINE: gettext_noop("您的上报未予立案：{note}"),
    Step.FILE: gettext_noop("您反映的问题已立案。"),
    Step.DISPATCH: gettext_noop("已交责任部门处置。"),
    Step.MERGE: gettext_noop("您反映的问题已有人上报，合并到同一件办理，进展会同样告诉您。"),
    Step.UNMERGE: gettext_noop("您反映的问题改为单独办理。"),
    Step.FORWARD: gettext_noop("责任部门已处置，我们正派人到现场查看。"),
    Step.REWORK: gettext_noop("现场查看后还需改进，已退回责任部门继续处置。"),
    Step.CLOSE: gettext_noop("您反映的问题已办结。请评价；没有解决的，也请告诉我们。"),
    Step.REOPEN: gettext_noop("您的重办申请已收到，我们会另派一位监督员到现场查看。"),
}
VOIDED = gettext_noop("您反映的问题经查不再办理：{note}")
TO_DEPARTMENT: dict[str, str] = {
    Step.REWORK: gettext_noop("核查未通过，请返工：{note}"),
    Step.SEND_BACK: gettext_noop("处置回复需要补充：{note}"),
    Step.SUPERVISE: gettext_noop("督办：{note}"),
    Step.INSTRUCT: gettext_noop("领导批示：{note}"),
    Step.REMIND: gettext_noop("催办：请尽快处置。{note}"),
    Step.DECIDE_EXTEND: gettext_noop("延期申请已审批。"),
    Step.DECIDE_SUSPEND: gettext_noop("挂账申请已审批。"),
    Step.DECIDE_RETURN: gettext_noop("回退申请已审批。"),
    Step.DECIDE_APPEAL: gettext_noop("超时申诉已审批。"),
    Step.RESUME: gettext_noop("挂账结束，处置计时恢复。"),
    Step.MERGE: gettext_noop("本案已并入另一件案件，不再单独处置。"),
    Step.UNMERGE: gettext_noop("本案改为单独办理，处置计时恢复。"),
    Step.MARK_URGENT: gettext_noop("本案转为紧急，处置时限已提前。"),
}
USED_UP = gettext_noop("催办：处置时限已用去 {percent}%，请尽快处置。")
OVERDUE_HERE = gettext_noop("处置时限已用去 {percent}%，已经超时，请立即处置。")
OVERDUE_THERE = gettext_noop("部门处置已超时，请督促。")
DEPARTMENT_KINDS: dict[str, NoticeKind] = {
    Step.REWORK: NoticeKind.RETURNED,
    Step.SEND_BACK: NoticeKind.RETURNED,
    Step.SUPERVISE: NoticeKind.SUPERVISE,
    Step.INSTRUCT: NoticeKind.SUPERVISE,
    Step.REMIND: NoticeKind.REMIND,
    Step.DECIDE_EXTEND: NoticeKind.ANSWER,
    Step.DECIDE_SUSPEND: NoticeKind.ANSWER,
    Step.DECIDE_RETURN: NoticeKind.ANSWER,
    Step.DECIDE_APPEAL: NoticeKind.ANSWER,
}
TO_CREW = gettext_noop("一件案件派给您的班组。{note}")
NEW_LEG = gettext_noop("有新的案件派给您的部门。")
TASKS: dict[str, str] = {
    Step.REQUEST_VERIFY: gettext_noop("请到现场核实。"),
    Step.REQUEST_CHECK: gettext_noop("请到现场核查。"),
    Step.REASSIGN: gettext_noop("一项现场任务改派给您。"),
}
# Whose turn a stage is, as the desks have it (queries.desk.TABS).
TURN: dict[Stage, tuple[str, NoticeKind, str]] = {
    Stage.REPORTED: ("intake", NoticeKind.WAITING, gettext_noop("有新的上报等待受理。")),
    Stage.ACCEPTED: ("shift_leader", NoticeKind.WAITING, gettext_noop("有案件等待立案。")),
    Stage.FILED: ("dispatcher", NoticeKind.WAITING, gettext_noop("有案件等待派遣。")),
    Stage.ARBITRATING: ("leader", NoticeKind.DISPUTE, gettext_noop("多次回退，等待仲裁。")),
    Stage.REPLIED: ("dispatcher", NoticeKind.WAITING, gettext_noop("部门已回复处置完毕，等待反馈。")),
    Stage.TO_CHECK: ("intake", NoticeKind.WAITING, gettext_noop("处置完毕，等待发核查。")),
    Stage.CHECKED: ("shift_leader", NoticeKind.WAITING, gettext_noop("核查已回复，等待结案。")),
}
# Whose turn a request is: (request, how far it is) → role.
DECIDERS: dict[tuple[Wish, WishStage], tuple[str, str]] = {
    (Wish.RETURN, WishStage.PENDING): ("dispatcher", gettext_noop("部门申请回退：{note}")),
    (Wish.RETURN, WishStage.REVIEWED): ("shift_leader", gettext_noop("派遣员认为是误派，请确认。")),
    (Wish.EXTEND, WishStage.PENDING): ("department_head", gettext_noop("经办人申请延期，请初审：{note}")),
    (Wish.EXTEND, WishStage.REVIEWED): ("dispatcher", gettext_noop("部门申请延期，请审批。")),
    (Wish.SUSPEND, WishStage.PENDING): ("shift_leader", gettext_noop("部门申请挂账，请审批：{note}")),
    (Wish.VOID, WishStage.PENDING): ("leader", gettext_noop("作废需要会签：{note}")),
    (Wish.APPEAL, WishStage.PENDING): ("dispatcher", gettext_noop("部门提出超时申诉，请初审：{note}")),
    (Wish.APPEAL, WishStage.REVIEWED): ("intake", gettext_noop("超时申诉已初审，请复审。")),
}
ASKING: dict[str, Wish] = {
    Step.RETURN: Wish.RETURN,
    Step.DECIDE_RETURN: Wish.RETURN,
    Step.EXTEND: Wish.EXTEND,
    Step.REVIEW_EXTEND: Wish.EXTEND,
    Step.SUSPEND: Wish.SUSPEND,
    Step.VOID: Wish.VOID,
    Step.APPEAL: Wish.APPEAL,
    Step.REVIEW_APPEAL: Wish.APPEAL,
}
TO_ROLES: dict[str, tuple[tuple[str, NoticeKind, str], ...]] = {
    Step.ANSWER_ASK: (("intake", NoticeKind.NEWS, gettext_noop("上报人已补充：{note}")),),
    Step.EXPIRE_ASK: (("intake", NoticeKind.NEWS, gettext_noop("上报人没有按期补充。")),),
    Step.ANSWER_VERIFY: (("intake", NoticeKind.NEWS, gettext_noop("核实已回复。")),),
    Step.REOPEN: (("shift_leader", NoticeKind.RETURNED, gettext_noop("上报人申请重办：{note}")),),
    Step.INSTRUCT: (
        ("shift_leader", NoticeKind.SUPERVISE, gettext_noop("领导批示：{note}")),
        ("dispatcher", NoticeKind.SUPERVISE, gettext_noop("领导批示：{note}")),
    ),
    Step.ANSWER_SUPERVISE: (
        ("shift_leader", NoticeKind.SUPERVISE, gettext_noop("督办已回复：{note}")),
        ("leader", NoticeKind.SUPERVISE, gettext_noop("督办已回复：{note}")),
    ),
}


def standing(state: CaseState) -> frozenset[str]:
    """What a case waits for: its stage, its open requests. A message bound to anything else is over."""
    return frozenset({state.stage.value, *(asked(w.kind, w.state) for w in state.wishes if w.open)})


def asked(kind: Wish, stage: WishStage) -> str:
    return f"{kind}/{stage}"


def told(state: CaseState, event: EventRecord) -> list[Told]:
    """The messages of one event, under the state after it."""
    step, values = event.step, {"note": event.note}
    found: list[Told] = []
    if step in REPORTER and not (step == Step.CLOSE and state.self_handled and state.reporter is None):
        found.append(Told("reporter", REPORTER[step], values))
    if step in (Step.VOID, Step.SIGN_VOID) and event.data.get("stage"):
        found.append(Told("reporter", VOIDED, {"note": state.reason}))
    found += [
        Told("department", NEW_LEG, {}, item["department"], NoticeKind.WAITING)
        for item in event.data.get("legs", ())
        if isinstance(item, dict)
    ]
    if "onward" in event.data:
        found.append(Told("department", NEW_LEG, {}, event.data["to"], NoticeKind.WAITING))
    if "promoted" in event.data:
        found.append(Told("department", NEW_LEG, {}, event.data["to"], NoticeKind.WAITING))
    found += to_departments(state, event)
    if step in TASKS:
        found.append(Told("post", TASKS[step], values, event.data["inspector"], NoticeKind.TASK))
    if step == Step.ASSIGN:
        found += [Told("post", TO_CREW, values, post, NoticeKind.TASK) for post in event.data["posts"]]
    return found + to_desks(state, event)


def to_departments(state: CaseState, event: EventRecord) -> list[Told]:
    """What a step says to the departments that handle the case."""
    step, legs = event.step, concerned(state, event)
    percent = event.data.get("percent")
    if step == Step.REMIND and event.by.kind == "system":
        if not percent:
            return []
        late = percent >= 100
        msgid, kind = (OVERDUE_HERE, NoticeKind.OVERDUE) if late else (USED_UP, NoticeKind.REMIND)
        return [Told("department", msgid, {"percent": percent}, leg, kind) for leg in legs]
    if step not in TO_DEPARTMENT:
        return []
    kind, values = DEPARTMENT_KINDS.get(step, NoticeKind.NEWS), {"note": event.note}
    return [Told("department", TO_DEPARTMENT[step], values, leg, kind) for leg in legs]


def to_desks(state: CaseState, event: EventRecord) -> list[Told]:
    """What a step says to the roles whose turn it is now, and to those who have to know."""
    values = {"note": event.note}
    found = [
        Told("role", msgid, values, None, kind, role) for role, kind, msgid in TO_ROLES.get(event.step, ())
    ]
    if (event.data.get("percent") or 0) >= 100 and event.step == Step.REMIND:
        found.append(Told("role", OVERDUE_THERE, {}, state.centre, NoticeKind.OVERDUE, "dispatcher"))
    if "stage" in event.data and state.stage in TURN and ripe(state):
        role, kind, msgid = TURN[state.stage]
        centre = state.centre if role == "dispatcher" else None
        found.append(Told("role", msgid, {}, centre, kind, role, state.stage.value))
    if wish := latest_wish(state, event):
        role, msgid = DECIDERS[wish.kind, wish.state]
        waits = asked(wish.kind, wish.state)
        if role == "department_head":
            found += [
                Told("head", msgid, values, leg, NoticeKind.REQUEST, role, waits)
                for leg in concerned(state, event)
            ]
        else:
            centre = centre_of_leg(state, wish.leg) if role == "dispatcher" else None
            found.append(Told("role", msgid, values, centre, NoticeKind.REQUEST, role, waits))
    return found


def ripe(state: CaseState) -> bool:
    """May it be filed? What has to be seen on site first waits for the 受理员, who has it in hand."""
    return state.stage != Stage.ACCEPTED or state.channel not in VERIFY_FIRST or state.verified is not None


def latest_wish(state: CaseState, event: EventRecord) -> WishState | None:
    """The request that this step made or moved on to its next decider."""
    kind, index = ASKING.get(event.step), event.data.get("wish")
    wishes = [w for w in state.wishes if w.kind == kind and w.open and (w.kind, w.state) in DECIDERS]
    return next((w for w in reversed(wishes) if index in (None, w.index)), None)


def centre_of_leg(state: CaseState, index: int | None) -> int | None:
    """A department answers to the level that dispatched to it first (practice.md 3)."""
    return next((leg.centre for leg in state.legs if leg.index == index), None)


def concerned(state: CaseState, event: EventRecord) -> list[int]:
    """The departments whose legs an event names; all open ones if it names none."""
    named = event.data.get("legs") or [event.data.get("leg")]
    legs = [leg for leg in state.legs if leg.index in named] or [leg for leg in state.legs if leg.open]
    return list(dict.fromkeys(leg.department for leg in legs))
