"""The table of allowed steps: who may do what, from which stage, and by which source. Pure.

A step that is not in its stage, or not in the doer's rights, is refused with a sentence that says what to do.
"""

from dataclasses import dataclass

from xiucheng.cases.projection_hands import PASSIVE, centre_of
from xiucheng.cases.rules.basis import Doer, RuleRefused
from xiucheng.cases.state import CaseState
from xiucheng.cases.words import (
    AFTER_DISPATCH,
    BEFORE_FILING,
    STAGE_NAMES,
    STEP_NAMES,
    Stage,
    Step,
)
from xiucheng.kernel.marking import gettext_noop

FILED_ON = AFTER_DISPATCH | {Stage.FILED}
OPEN = BEFORE_FILING | FILED_ON
ANY = frozenset(Stage)


@dataclass(frozen=True, slots=True)
class StepRule:
    """One edge. doers: kinds of doer; staff also needs the right of the same name."""

    step: Step
    stages: frozenset[Stage]
    source: str
    doers: frozenset[str] = frozenset({"staff"})


STAFF_OR_REPORTER = frozenset({"staff", "reporter"})
STAFF_OR_SYSTEM = frozenset({"staff", "system"})
SYSTEM_ONLY = frozenset({"system"})
H = frozenset({Stage.HANDLING})
# A cooperating department, and the 兜底 of a dispute, works on while the lead is looked for.
ON_LEG = frozenset({Stage.HANDLING, Stage.FILED, Stage.ARBITRATING})

STEPS: dict[Step, StepRule] = {
    rule.step: rule
    for rule in (
        StepRule(Step.ACCEPT, frozenset({Stage.REPORTED}), "workflow.md §1 stage 1 [H]"),
        StepRule(Step.REFUSE, frozenset({Stage.REPORTED}), "practice.md 9 [P]"),
        StepRule(Step.ASK, BEFORE_FILING, "practice.md 7 [P]: before filing only"),
        StepRule(Step.ANSWER_ASK, BEFORE_FILING, "practice.md 7 [P]", STAFF_OR_REPORTER),
        StepRule(Step.EXPIRE_ASK, BEFORE_FILING, "practice.md 7 [P]", SYSTEM_ONLY),
        StepRule(Step.REQUEST_VERIFY, frozenset({Stage.ACCEPTED}), "workflow.md §1 核实 [H]"),
        StepRule(Step.ANSWER_VERIFY, frozenset({Stage.VERIFYING}), "workflow.md §1 核实 [H]"),
        StepRule(Step.REASSIGN, frozenset({Stage.VERIFYING, Stage.CHECKING}), "practice.md 13 [P]"),
        StepRule(Step.PROPOSE, frozenset({Stage.ACCEPTED}), "practice.md 1 [F]"),
        StepRule(Step.CORRECT, BEFORE_FILING, "workflow.md §1 stage 2 [H]"),
        StepRule(Step.FILE, frozenset({Stage.ACCEPTED}), "workflow.md §1 stage 2 [H]"),
        StepRule(Step.DECLINE, frozenset({Stage.ACCEPTED}), "practice.md 9 [P]"),
        StepRule(Step.MARK_URGENT, BEFORE_FILING | ON_LEG, "workflow.md §3 紧急 [M]"),
        StepRule(Step.MERGE, OPEN, "workflow.md §3 重复案件 [M], practice.md 9: every duplicate"),
        StepRule(Step.ADOPT, OPEN, "workflow.md §3 重复案件 [M]"),
        StepRule(Step.UNMERGE, frozenset({Stage.MERGED}), "workflow.md §3 重复案件 [M]"),
        StepRule(Step.ABANDON, ANY, "workflow.md §3 重复案件 [M]"),
        StepRule(Step.SELF_HANDLE, frozenset({Stage.REPORTED, Stage.VERIFYING}), "workflow.md §3 自处置 [H]"),
        StepRule(Step.DISPATCH, frozenset({Stage.FILED}), "workflow.md §1 stage 3 [H]"),
        StepRule(Step.SPLIT, H, "workflow.md §3 跨级/多部门 [M]"),
        StepRule(Step.TAKE, ON_LEG, "workflow.md §1 stage 4 [H]"),
        StepRule(Step.ASSIGN, ON_LEG, "workflow.md §6 协同工作 [M]: to a crew of the department"),
        StepRule(Step.HANDLE, ON_LEG, "workflow.md §1 stage 4 [H]"),
        StepRule(Step.RETURN, ON_LEG, "workflow.md §3 回退 [H]"),
        StepRule(Step.DECIDE_RETURN, ON_LEG, "workflow.md §3 回退 [H]"),
        StepRule(Step.CONFIRM_RETURN, ANY, "practice.md 1 [F]"),
        StepRule(Step.EXTEND, ON_LEG, "workflow.md §3 延期 [H]"),
        StepRule(Step.REVIEW_EXTEND, ON_LEG, "workflow.md §3 延期 [H]"),
        StepRule(Step.DECIDE_EXTEND, ON_LEG, "workflow.md §3 延期 [H]"),
        StepRule(Step.SUSPEND, ON_LEG, "workflow.md §3 挂账 [H]"),
        StepRule(Step.DECIDE_SUSPEND, ON_LEG, "workflow.md §3 挂账 [H]"),
        StepRule(Step.RESUME, ON_LEG, "workflow.md §3 挂账 [H]", STAFF_OR_SYSTEM),
        StepRule(Step.ARBITRATE, frozenset({Stage.ARBITRATING}), "practice.md 8 [P]"),
        StepRule(Step.INSTRUCT, OPEN, "workflow.md §4 批示 [M]"),
        StepRule(Step.SUPERVISE, AFTER_DISPATCH - {Stage.ARBITRATING}, "workflow.md §3 督办 [M]"),
        StepRule(
            Step.ANSWER_SUPERVISE, FILED_ON | {Stage.CLOSED}, "workflow.md §3 督办 [M]: reply mandatory"
        ),
        StepRule(Step.REMIND, ON_LEG, "workflow.md §3 催办 [M]", STAFF_OR_SYSTEM),
        StepRule(Step.FORWARD, frozenset({Stage.REPLIED}), "practice.md 2 [P]"),
        StepRule(Step.SEND_BACK, frozenset({Stage.REPLIED}), "practice.md 2 [P]"),
        StepRule(Step.REQUEST_CHECK, frozenset({Stage.TO_CHECK}), "practice.md 2 [P]"),
        StepRule(Step.ANSWER_CHECK, frozenset({Stage.CHECKING}), "workflow.md §1 stage 6 [H]"),
        StepRule(Step.CLOSE, frozenset({Stage.CHECKED}), "workflow.md §1 stage 6 [H]"),
        StepRule(Step.REWORK, frozenset({Stage.CHECKED}), "workflow.md §3 返工 [H]"),
        StepRule(Step.VOID, FILED_ON | {Stage.ACCEPTED, Stage.VERIFYING}, "practice.md 9 [P]"),
        StepRule(Step.SIGN_VOID, FILED_ON, "practice.md 9 [P]"),
        StepRule(Step.REOPEN, frozenset({Stage.CLOSED}), "practice.md 7 [P]", STAFF_OR_REPORTER),
        StepRule(Step.APPEAL, frozenset({Stage.CLOSED}), "workflow.md §3 超时申诉 [H]"),
        StepRule(Step.REVIEW_APPEAL, ANY, "workflow.md §3 超时申诉 [H]"),
        StepRule(Step.DECIDE_APPEAL, ANY, "workflow.md §3 超时申诉 [H]"),
        StepRule(Step.RATE, frozenset({Stage.CLOSED, Stage.MERGED}), "workflow.md §9 [M]", STAFF_OR_REPORTER),
        StepRule(Step.CALLBACK, frozenset({Stage.CLOSED}), "practice.md 1 [F]"),
        StepRule(Step.DISCLOSE, ANY, "practice.md 7 [P]"),
        StepRule(Step.RELEASE, ANY, "security.md §4 [M]"),
        StepRule(Step.NOTE, ANY, "workflow.md §6 协同工作 [M]"),
        StepRule(Step.RECOMPUTE, ANY, "practice.md 4: deadlines follow the calendar", SYSTEM_ONLY),
        StepRule(Step.RELOCATE, OPEN, "codes.md §5 [M]: grids are redrawn; issue 4 §2", SYSTEM_ONLY),
    )
}

NO_RIGHT = gettext_noop("您当前的岗位不能「{step}」。请切换岗位，或请有此权限的同事办理。")
NO_STAGE = gettext_noop("案件现在是「{stage}」，不能「{step}」。{hint}")
BOTH_CENTRES = gettext_noop("您已代表{centre}办理过本案，按“双轴分离”不能再代表另一中心办理。请同事办理。")

# What has to happen first, said where people most often stumble.
HINTS: dict[tuple[Step, Stage], str] = {
    (Step.ACCEPT, Stage.ACCEPTED): gettext_noop("它已受理。"),
    (Step.FILE, Stage.REPORTED): gettext_noop("请受理员先受理。"),
    (Step.FILE, Stage.VERIFYING): gettext_noop("请等监督员核实回复。"),
    (Step.REQUEST_VERIFY, Stage.REPORTED): gettext_noop("请先受理。"),
    (Step.DISPATCH, Stage.REPORTED): gettext_noop("请先受理、立案。"),
    (Step.DISPATCH, Stage.ACCEPTED): gettext_noop("请值班长先立案。"),
    (Step.DISPATCH, Stage.ARBITRATING): gettext_noop("已多次回退，请先仲裁。"),
    (Step.DISPATCH, Stage.HANDLING): gettext_noop("它已派遣；如派错，由部门申请回退。"),
    (Step.FORWARD, Stage.HANDLING): gettext_noop("处置部门还没有回复处置完毕。"),
    (Step.FORWARD, Stage.FILED): gettext_noop("部门已回退，请重新派遣，不能直接转核查。"),
    (Step.REQUEST_CHECK, Stage.FILED): gettext_noop("部门已回退，请重新派遣，不能直接转核查。"),
    (Step.REQUEST_CHECK, Stage.HANDLING): gettext_noop("处置完毕并反馈后才能核查。"),
    (Step.REQUEST_CHECK, Stage.REPLIED): gettext_noop("请派遣员先转核查。"),
    (Step.CLOSE, Stage.FILED): gettext_noop("处置前须先派遣。"),
    (Step.CLOSE, Stage.HANDLING): gettext_noop("处置完毕并经监督员核查后才能结案。"),
    (Step.CLOSE, Stage.REPLIED): gettext_noop("须由处置部门以外的人先核查。"),
    (Step.CLOSE, Stage.TO_CHECK): gettext_noop("须由处置部门以外的人先核查。"),
    (Step.CLOSE, Stage.CHECKING): gettext_noop("请等监督员核查回复。"),
    (Step.REFUSE, Stage.ACCEPTED): gettext_noop("已受理的由值班长决定立案或不予立案。"),
    (Step.APPEAL, Stage.HANDLING): gettext_noop("结案后才能申诉。"),
    (Step.HANDLE, Stage.FILED): gettext_noop("还没有派遣到部门。"),
}


def permit(state: CaseState, doer: Doer, step: Step) -> None:
    """Is the step in the doer's rights, in its stage, and in one centre only?

    Raises: RuleRefused, 403 without the right or against the two centres, 409 in the wrong stage.
    """
    refusal = why_not(state, doer, step)
    if refusal:
        raise refusal


def why_not(state: CaseState, doer: Doer, step: Step) -> RuleRefused | None:
    rule = STEPS[step]
    kind = doer.by.kind
    if kind not in rule.doers or (kind == "staff" and step.value not in doer.rights):
        return RuleRefused(NO_RIGHT, status=403, code="no_right", step=STEP_NAMES[step])
    if state.stage not in rule.stages:
        hint = HINTS.get((step, state.stage), "")
        return RuleRefused(
            NO_STAGE,
            status=409,
            code="wrong_stage",
            stage=STAGE_NAMES[state.stage],
            step=STEP_NAMES[step],
            hint=hint,
        )
    return other_centre(state, doer, step)


def other_centre(state: CaseState, doer: Doer, step: Step) -> RuleRefused | None:
    """Nobody acts for both centres on one case (practice.md 1)."""
    if step in PASSIVE or doer.by.person is None:
        return None
    side = centre_of(doer.by.role, step)
    if side == "supervision" and doer.by.person in state.command:
        return RuleRefused(BOTH_CENTRES, status=403, code="both_centres", centre=gettext_noop("指挥中心"))
    if side == "command" and doer.by.person in state.supervision:
        return RuleRefused(BOTH_CENTRES, status=403, code="both_centres", centre=gettext_noop("监督中心"))
    return None
