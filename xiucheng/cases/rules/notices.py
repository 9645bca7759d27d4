"""Who is told what after a step. Pure; plain words for citizens, never stage names (look/README.md)."""

from dataclasses import dataclass, field
from typing import Any

from xiucheng.cases.state import CaseState, EventRecord
from xiucheng.cases.words import Step
from xiucheng.kernel.marking import gettext_noop


@dataclass(frozen=True, slots=True)
class Told:
    """A message. audience: reporter (with every reporter merged into the case), department or post; id: of these two."""

    audience: str
    msgid: str
    values: dict[str, Any] = field(default_factory=dict)
    id: int | None = None


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
NEW_LEG = gettext_noop("有新的案件派给您的部门。")
TASKS: dict[str, str] = {
    Step.REQUEST_VERIFY: gettext_noop("请到现场核实。"),
    Step.REQUEST_CHECK: gettext_noop("请到现场核查。"),
    Step.REASSIGN: gettext_noop("一项现场任务改派给您。"),
}


def told(state: CaseState, event: EventRecord) -> list[Told]:
    """The messages of one event, under the state after it."""
    step, values = event.step, {"note": event.note}
    found: list[Told] = []
    if step in REPORTER and not (step == Step.CLOSE and state.self_handled and state.reporter is None):
        found.append(Told("reporter", REPORTER[step], values))
    if step in (Step.VOID, Step.SIGN_VOID) and event.data.get("stage"):
        found.append(Told("reporter", VOIDED, {"note": state.reason}))
    found += [
        Told("department", NEW_LEG, {}, item["department"])
        for item in event.data.get("legs", ())
        if isinstance(item, dict)
    ]
    if "onward" in event.data:
        found.append(Told("department", NEW_LEG, {}, event.data["to"]))
    if "promoted" in event.data:
        found.append(Told("department", NEW_LEG, {}, event.data["to"]))
    if step == Step.REMIND and event.by.kind == "system":
        said = {"percent": event.data.get("percent")}
        found += [
            Told("department", USED_UP, said, leg) for leg in concerned(state, event) if said["percent"]
        ]
    elif step in TO_DEPARTMENT:
        found += [Told("department", TO_DEPARTMENT[step], values, leg) for leg in concerned(state, event)]
    if step in TASKS:
        found.append(Told("post", TASKS[step], values, event.data["inspector"]))
    return found


def concerned(state: CaseState, event: EventRecord) -> list[int]:
    """The departments whose legs an event names; all open ones if it names none."""
    named = event.data.get("legs") or [event.data.get("leg")]
    legs = [leg for leg in state.legs if leg.index in named] or [leg for leg in state.legs if leg.open]
    return list(dict.fromkeys(leg.department for leg in legs))
