"""重复案件: one case follows another, and is parted from it again. Pure.

Source: standards/workflow.md §3 重复案件 [M], practice.md 9: merge every duplicate.
"""

from xiucheng.cases.rules import clocks
from xiucheng.cases.rules.basis import Doer, Env, refuse, required
from xiucheng.cases.rules.lapsing import ended
from xiucheng.cases.rules.steps import permit
from xiucheng.cases.state import CaseState, Draft
from xiucheng.cases.words import ClockKind, LegStage, Stage, Step
from xiucheng.kernel.marking import gettext_noop


def merge(
    child: CaseState, parent: CaseState, doer: Doer, env: Env, *, distance_m: int, note: str = ""
) -> tuple[Draft, Draft]:
    """并案: the child follows the parent; every reporter is told what becomes of it. Returns both events."""
    permit(child, doer, Step.MERGE)
    permit(parent, Doer(doer.by, frozenset({Step.ADOPT.value})), Step.ADOPT)
    if child.id == parent.id:
        refuse(gettext_noop("不能并入自己。请选另一件案件。"), status=422, field="into")
    if distance_m > env.policy.merge_radius_m and not note.strip():
        refuse(
            gettext_noop("两件相距 {distance} 米，超过 {limit} 米。确属同一问题的，请写明理由。"),
            status=422,
            field="note",
            code="too_far",
            distance=distance_m,
            limit=env.policy.merge_radius_m,
        )
    if child.category and parent.category and child.category != parent.category and not note.strip():
        refuse(
            gettext_noop("两件的类别不同。确属同一问题的，请写明理由。"),
            status=422,
            field="note",
            code="other_category",
        )
    if any(leg.state == LegStage.SUSPENDED for leg in child.legs):
        refuse(gettext_noop("本案已挂账。请先恢复计时，再并案。"))
    down = ended(child, env, Step.MERGE, Stage.MERGED, note)
    down.data["into"] = str(parent.id)
    return down, Draft(Step.ADOPT, {"child": str(child.id), "number": child.number}, note)


# Where a case goes on after an unjust merge, and the clock that starts there; a task on site is issued anew.
BACK_TO: dict[Stage, tuple[Stage, ClockKind | None]] = {
    Stage.REPORTED: (Stage.REPORTED, ClockKind.ACCEPT),
    Stage.VERIFYING: (Stage.ACCEPTED, ClockKind.FILE),
    Stage.ACCEPTED: (Stage.ACCEPTED, ClockKind.FILE),
    Stage.FILED: (Stage.FILED, ClockKind.DISPATCH),
    Stage.ARBITRATING: (Stage.ARBITRATING, ClockKind.ARBITRATE),
    Stage.HANDLING: (Stage.HANDLING, None),
    Stage.REPLIED: (Stage.REPLIED, ClockKind.FEEDBACK),
    Stage.TO_CHECK: (Stage.TO_CHECK, ClockKind.CHECK_ISSUE),
    Stage.CHECKING: (Stage.TO_CHECK, ClockKind.CHECK_ISSUE),
    Stage.CHECKED: (Stage.CHECKED, ClockKind.CLOSE),
}


def unmerge(child: CaseState, parent: CaseState, doer: Doer, env: Env, *, note: str) -> tuple[Draft, Draft]:
    """撤销并案: the child goes on where it was, its departments with what was left to them."""
    permit(child, doer, Step.UNMERGE)
    if child.merged_into != parent.id:
        refuse(gettext_noop("它已不在这件案件之下。请刷新后再办理。"))
    note = required(note, gettext_noop("请写明撤销并案的理由。"))
    stage, kind = BACK_TO[Stage(child.stage_before_merge)]
    ops = [clocks.start_stage(env, kind, urgent=child.urgent)] if kind else []
    if child.filed_at:
        ops += clocks.resume_case(child, env)
    for leg in child.legs:
        if leg.open:
            ops += clocks.resume(child, env, ClockKind.HANDLE, leg.index)
    up = Draft(Step.UNMERGE, {"stage": stage.value, "clocks": ops}, note)
    return up, Draft(Step.ABANDON, {"child": str(child.id), "number": child.number}, note)
