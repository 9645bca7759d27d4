"""Rules of checking, closing and what follows (核查结案, 监督评价). Pure."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from xiucheng.cases.rules import clocks
from xiucheng.cases.rules.basis import Doer, Env, InspectorFacts, photos, refuse, required
from xiucheng.cases.rules.intake import assigned_to, independent, on_site
from xiucheng.cases.rules.lapsing import ended
from xiucheng.cases.rules.requests import not_oneself, pending
from xiucheng.cases.rules.steps import permit
from xiucheng.cases.state import CaseState, Draft, LegState
from xiucheng.cases.words import (
    BEFORE_FILING,
    ClockKind,
    LegStage,
    Stage,
    Step,
    Wish,
    WishStage,
)
from xiucheng.kernel.marking import gettext_noop

Files = list[dict[str, str]]
VOID_REASONS = ("误报", "不符合立案条件")
RATINGS = ("satisfied", "fair", "unsatisfied")  # 满意, 基本满意, 不满意: workflow.md §9


def request_check(
    state: CaseState, doer: Doer, env: Env, *, inspector: InspectorFacts, note: str = ""
) -> Draft:
    """发核查: to somebody other than the fixer; after a reopening, other than the first checker."""
    permit(state, doer, Step.REQUEST_CHECK)
    independent(state, inspector)
    ops = [
        *clocks.stop(state, env, ClockKind.CHECK_ISSUE),
        clocks.start_stage(env, ClockKind.CHECK, urgent=state.urgent),
    ]
    data = {"inspector": inspector.post, "stage": Stage.CHECKING.value, "clocks": ops}
    return Draft(Step.REQUEST_CHECK, data, note)


def answer_check(
    state: CaseState,
    doer: Doer,
    env: Env,
    *,
    passed: bool,
    evidence: Files,
    distance_m: int | None = None,
    note: str = "",
) -> Draft:
    """核查回复: fixed or not, with a photo from the same view; far away only with a reason (practice.md 10)."""
    permit(state, doer, Step.ANSWER_CHECK)
    assigned_to(state, doer)
    inspector = InspectorFacts(doer.by.post or 0, doer.by.person or 0, doer.department, doer.houses)
    independent(state, inspector)
    on_site(env, distance_m, note)
    photos(evidence, "check")
    if not passed:
        note = required(note, gettext_noop("请写明没有修好的地方。"))
    ops = [
        *clocks.stop(state, env, ClockKind.CHECK),
        clocks.start_stage(env, ClockKind.CLOSE, urgent=state.urgent),
    ]
    data = {
        "passed": passed,
        "distance_m": distance_m,
        "evidence": evidence,
        "stage": Stage.CHECKED.value,
        "clocks": ops,
    }
    return Draft(Step.ANSWER_CHECK, data, note)


def close(state: CaseState, doer: Doer, env: Env, *, note: str = "") -> Draft:
    """结案: after a passed check, by a person who neither handled nor checked it."""
    permit(state, doer, Step.CLOSE)
    may_close(state, doer)
    return ended(state, env, Step.CLOSE, Stage.CLOSED, note)


def may_close(state: CaseState, doer: Doer) -> None:
    neither_hand(state, doer)
    if state.self_handled and not state.legs:
        return
    if not state.checked:
        refuse(gettext_noop("核查没有通过，不能结案。请返工。"), code="check_failed")
    if state.lead is None or state.lead.state != LegStage.HANDLED:
        refuse(gettext_noop("主办部门还没有确认处置完毕，不能结案。"), code="lead_open")


def neither_hand(state: CaseState, doer: Doer) -> None:
    """Two persons, not two posts of one person; and never the handling department."""
    person, houses = doer.by.person, doer.houses | {doer.department}
    if person in state.handlers or houses & set(state.departments):
        refuse(
            gettext_noop("您或您的部门处置过本案，不能自己核查或结案。请同事办理。"),
            status=403,
            code="not_independent",
        )
    if person in state.checkers or (state.self_handled and person == state.reported_by):
        refuse(gettext_noop("您核查（或自处置）过本案，结案须由另一人办理。"), status=403, code="same_person")


def rework(state: CaseState, doer: Doer, env: Env, *, departments: Collection[int] = (), note: str) -> Draft:
    """返工: back to the department; the remaining time goes on, late stays late (practice.md 4).

    A reopened case charges whoever checked it before, on whose word it was closed (practice.md 7).
    """
    permit(state, doer, Step.REWORK)
    neither_hand(state, doer)
    note = required(note, gettext_noop("请写明返工的理由和要求。"))
    if state.self_handled and not state.legs:
        refuse(gettext_noop("自处置的案件没有处置部门可返工。请作废，或由监督员重新上报。"))
    chosen = [
        leg for leg in latest_replies(state) if (leg.department in departments if departments else leg.lead)
    ]
    if not chosen:
        refuse(gettext_noop("请选择要返工的部门。"), status=422, field="departments")
    ops = [*clocks.stop(state, env, ClockKind.CLOSE)]
    for leg in chosen:
        ops += clocks.resume(state, env, ClockKind.HANDLE, leg.index)
    case_clock = state.clock(ClockKind.CASE)
    if case_clock and case_clock.stopped_at:
        ops += clocks.resume_case(state, env)
    data: dict[str, Any] = {
        "legs": [leg.index for leg in chosen],
        "stage": Stage.HANDLING.value,
        "clocks": ops,
    }
    if state.wish(Wish.REOPEN) and len(state.checkers) > 1:
        data["charged_checker"] = state.checkers[-2]  # the last one is who found it not fixed
    return Draft(Step.REWORK, data, note)


def latest_replies(state: CaseState) -> list[LegState]:
    """What the departments that hold the case replied last; who was sent it twice has two legs."""
    return [
        leg for leg in state.legs if leg.state == LegStage.HANDLED and leg == state.leg_of(leg.department)
    ]


# -- 作废 ---


def void(state: CaseState, doer: Doer, env: Env, *, reason: str, note: str) -> Draft:
    """作废: 误报 or 不符合立案条件 only; after dispatch the centre signs it off (practice.md 9)."""
    permit(state, doer, Step.VOID)
    if reason not in VOID_REASONS:
        refuse(
            gettext_noop("作废理由只能是“误报”或“不符合立案条件”；重复的请并案。"), status=422, field="reason"
        )
    note = f"{reason}：{required(note, gettext_noop('请写明作废的具体情况。'))}"
    if state.stage in BEFORE_FILING | {Stage.FILED} and not state.departments:
        return ended(state, env, Step.VOID, Stage.VOID, note)
    if state.wish(Wish.VOID):
        refuse(gettext_noop("作废已在等会签。"), code="pending")
    return Draft(Step.VOID, {"awaits": "leader"}, note)


def sign_void(state: CaseState, doer: Doer, env: Env, *, granted: bool, note: str = "") -> Draft:
    """作废会签, by another person than who asked."""
    permit(state, doer, Step.SIGN_VOID)
    wish = pending(state, Wish.VOID, WishStage.PENDING)
    not_oneself(wish, doer)
    data: dict[str, Any] = {"wish": wish.index, "granted": granted}
    if granted:
        data |= ended(state, env, Step.SIGN_VOID, Stage.VOID, note).data | {"reason": wish.reason}
        data["lapsed"] = [index for index in data["lapsed"] if index != wish.index]
    return Draft(Step.SIGN_VOID, data, note)


# -- the reporter after closing ---


def reopen(state: CaseState, doer: Doer, env: Env, *, note: str, evidence: Files) -> Draft:
    """上报人申请重办: a request; another 监督员 checks (practice.md 7)."""
    permit(state, doer, Step.REOPEN)
    note = required(note, gettext_noop("请告诉我们哪里没有解决。"))
    closed = state.closed_at or env.at
    if env.at > clocks.natural_days(closed, env.policy.reopen_days):
        refuse(
            gettext_noop("结案已超过 {days} 天，不能再申请重办。请重新上报。"),
            code="too_late",
            days=env.policy.reopen_days,
        )
    if state.self_handled and not state.legs:
        refuse(gettext_noop("这件是监督员当场处理的。问题还在的话，请重新上报。"))
    data = {
        "awaits": "shift_leader",
        "stage": Stage.TO_CHECK.value,
        "evidence": evidence,
        "clocks": [clocks.start_stage(env, ClockKind.CHECK_ISSUE, urgent=state.urgent)],
    }
    return Draft(Step.REOPEN, data, note)


def rate(
    state: CaseState, doer: Doer, env: Env, *, rating: str, parent_closed: bool = False, note: str = ""
) -> Draft:
    """评价 by the reporter, also of a merged report once its case is closed."""
    permit(state, doer, Step.RATE)
    known_rating(rating)
    if state.stage == Stage.MERGED and not parent_closed:
        refuse(gettext_noop("这件事还在办理，办结后请再评价。"))
    if state.rating:
        refuse(gettext_noop("您已经评价过，谢谢。"), code="too_many")
    return Draft(Step.RATE, {"rating": rating}, note)


def callback(state: CaseState, doer: Doer, env: Env, *, rating: str, note: str = "") -> Draft:
    """回访 by the 受理员: what the reporter says on the telephone."""
    permit(state, doer, Step.CALLBACK)
    known_rating(rating)
    return Draft(Step.CALLBACK, {"rating": rating}, note)


def known_rating(rating: str) -> None:
    if rating not in RATINGS:
        refuse(gettext_noop("评价应为满意、基本满意或不满意。"), status=422, field="rating")


# -- what is shown to whom ---


def disclose(state: CaseState, doer: Doer, env: Env, *, department: int | None = None, note: str) -> Draft:
    """查看联系方式: with a reason, recorded; to oneself, or to a department that handles (practice.md 7)."""
    permit(state, doer, Step.DISCLOSE)
    note = required(note, gettext_noop("请写明查看联系方式的理由，它会留下记录。"))
    if state.reporter is None:
        refuse(gettext_noop("这件上报没有留下联系方式。"))
    if department is not None and state.leg_of(department) is None:
        refuse(gettext_noop("只能向正在办理本案的部门提供。"), status=422, field="department")
    return Draft(Step.DISCLOSE, {"department": department}, note)


def release(
    state: CaseState,
    doer: Doer,
    env: Env,
    *,
    words: str,
    files: Collection[UUID] = (),
    covered: Mapping[UUID, dict[str, str]] | None = None,
    note: str = "",
) -> Draft:
    """公开审核: what the public may read and see; nothing is shown before.

    covered: for a photo, the copy with parts covered that is shown instead: its file and SM3. Whoever goes against a
    reporter that wants nothing published says why.
    """
    permit(state, doer, Step.RELEASE)
    known = {item.file for item in state.evidence}
    if not {*files, *(covered or {})} <= known:
        refuse(gettext_noop("所选照片不属于本案。"), status=422, field="files")
    if state.wished_words == "" and (words.strip() or files):
        note = required(note, gettext_noop("上报人不愿公开文字和照片。确需公开的，请写明理由。"))
    data: dict[str, Any] = {"words": words.strip(), "files": sorted(str(file) for file in files)}
    if covered:
        data["shown"] = {str(file): copy for file, copy in covered.items()}
    return Draft(Step.RELEASE, data, note)


def note_(state: CaseState, doer: Doer, env: Env, *, note: str, evidence: Files | None = None) -> Draft:
    """备注: words and files beside the flow."""
    permit(state, doer, Step.NOTE)
    note = required(note, gettext_noop("请写下备注。"))
    return Draft(Step.NOTE, {"evidence": evidence or []}, note)


def instruct(state: CaseState, doer: Doer, env: Env, *, note: str) -> Draft:
    """批示: a leader writes what he wants; departments and desks are told, the case page keeps it in sight."""
    permit(state, doer, Step.INSTRUCT)
    return Draft(Step.INSTRUCT, {}, required(note, gettext_noop("请写下批示。")))


def recompute(state: CaseState, doer: Doer, env: Env) -> Draft | None:
    """时限重算: provisional dues under the announced calendar; None when nothing moves."""
    permit(state, doer, Step.RECOMPUTE)
    ops = clocks.recompute(state, env)
    return Draft(Step.RECOMPUTE, {"clocks": ops}) if ops else None


def relocate(state: CaseState, doer: Doer, env: Env, *, place: dict[str, Any], version: int) -> Draft | None:
    """归属随新区划: divisions or grids were redrawn, and the point lies in another; None where it does not.

    place: county, township, community, unit_grid, beat, near and grade of the day. version: whose doing it was.
    The point, the limits and the department stay: who handles is for the 派遣员 to look at.
    """
    permit(state, doer, Step.RELOCATE)
    now = {name: list(state.near) if name == "near" else getattr(state, name) for name in place}
    if now == place:
        return None
    return Draft(Step.RELOCATE, place | {"version": version})
