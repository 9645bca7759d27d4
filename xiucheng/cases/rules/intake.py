"""Rules from the report to the filing (信息收集, 案卷建立), and merging. Pure; each returns a `Draft` or refuses."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from xiucheng.cases.projection_hands import SUPERVISION
from xiucheng.cases.rules import clocks
from xiucheng.cases.rules.basis import (
    Doer,
    Env,
    InspectorFacts,
    StandardFacts,
    photos,
    refuse,
    required,
)
from xiucheng.cases.rules.lapsing import ended, lapsed
from xiucheng.cases.rules.merging import merge as merge
from xiucheng.cases.rules.merging import unmerge as unmerge
from xiucheng.cases.rules.steps import NO_RIGHT, permit
from xiucheng.cases.state import CaseState, Draft, WishState
from xiucheng.cases.words import (
    STEP_NAMES,
    VERIFY_FIRST,
    Channel,
    ClockKind,
    Stage,
    Step,
    Wish,
)
from xiucheng.kernel.canonical import stamp
from xiucheng.kernel.marking import gettext_noop

Files = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """A place resolved by territory: codes or None. lon_e7, lat_e7: 1e-7 degree, CGCS2000 (EPSG:4490)."""

    lon_e7: int
    lat_e7: int
    county: str
    township: str | None = None
    community: str | None = None
    unit_grid: str | None = None
    beat: int | None = None
    near: tuple[str, ...] = ()
    grade: str = "ALL"

    def data(self) -> dict[str, Any]:
        return {
            "lon_e7": self.lon_e7,
            "lat_e7": self.lat_e7,
            "county": self.county,
            "township": self.township,
            "community": self.community,
            "unit_grid": self.unit_grid,
            "beat": self.beat,
            "near": list(self.near),
            "grade": self.grade,
        }


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What a report says once its place is known and its photos are stored. reporter: id of a `Reporter` row."""

    case: UUID
    number: str
    channel: Channel
    description: str
    place: PlaceFacts
    address: str = ""
    imprecise: bool = False
    category: str = ""
    component_code: str = ""
    reporter: int | None = None
    urgent: bool = False
    evidence: Files = field(default_factory=list)
    wished_words: str | None = None
    extra: dict[str, str] = field(default_factory=dict)  # answers to the category's own questions, by key


def report(facts: ReportFacts, doer: Doer, env: Env) -> Draft:
    """上报: a case is born, its acceptance clock starts. A 监督员 brings at least one photo (practice.md 10)."""
    if doer.by.kind == "staff" and Step.REPORT.value not in doer.rights:
        refuse(NO_RIGHT, status=403, code="no_right", step=STEP_NAMES[Step.REPORT])
    if facts.channel == Channel.INSPECTOR and not facts.evidence:
        photos(facts.evidence, "report")
    data = {
        "case": str(facts.case),
        "number": facts.number,
        "channel": facts.channel.value,
        "description": facts.description,
        "address": facts.address,
        "imprecise": facts.imprecise,
        "category": facts.category,
        "component_code": facts.component_code,
        "reporter": facts.reporter,
        "urgent": facts.urgent,
        "evidence": facts.evidence,
        "stage": Stage.REPORTED.value,
        "clocks": [clocks.start_stage(env, ClockKind.ACCEPT, urgent=facts.urgent)],
    }
    wish = {} if facts.wished_words is None else {"wished_words": facts.wished_words}
    extra = {"extra": facts.extra} if facts.extra else {}
    return Draft(Step.REPORT, data | wish | extra | facts.place.data())


def accept(state: CaseState, doer: Doer, env: Env, *, category: str = "", note: str = "") -> Draft:
    """受理: the report is taken on; the filing clock starts. A category may be set right here."""
    permit(state, doer, Step.ACCEPT)
    no_open_question(state)
    data: dict[str, Any] = {
        "stage": Stage.ACCEPTED.value,
        "clocks": [
            *clocks.stop(state, env, ClockKind.ACCEPT),
            clocks.start_stage(env, ClockKind.FILE, urgent=state.urgent),
        ],
    }
    return Draft(Step.ACCEPT, data | ({"category": category} if category else {}), note)


def refuse_report(state: CaseState, doer: Doer, env: Env, *, note: str) -> Draft:
    """不予受理: before acceptance, with the reason that the reporter is told (practice.md 9)."""
    permit(state, doer, Step.REFUSE)
    note = required(note, gettext_noop("请写明不予受理的理由，它会告知上报人。"))
    return ended(state, env, Step.REFUSE, Stage.REFUSED, note)


def decline(state: CaseState, doer: Doer, env: Env, *, note: str) -> Draft:
    """不予立案: accepted, but not filed; the reason is told (practice.md 9)."""
    permit(state, doer, Step.DECLINE)
    note = required(note, gettext_noop("请写明不予立案的理由，它会告知上报人。"))
    return ended(state, env, Step.DECLINE, Stage.DECLINED, note)


def no_open_question(state: CaseState) -> None:
    if state.wish(Wish.ASK):
        refuse(gettext_noop("正在等上报人补充信息。请等答复，或补充期满后再办理。"))


# -- asking the reporter (practice.md 7) ---


def ask(state: CaseState, doer: Doer, env: Env, *, note: str) -> Draft:
    """请上报人补充: pauses 受理 or 立案 until the answer or the term."""
    permit(state, doer, Step.ASK)
    may_ask(state, doer, env)
    note = required(note, gettext_noop("请写下要问上报人的问题。"))
    until = clocks.natural_days(env.at, env.policy.ask_days)
    days = str(env.policy.ask_days)
    ops = [
        *clocks.pause(state, env, ClockKind.ACCEPT),
        *clocks.pause(state, env, ClockKind.FILE),
        clocks.start(env, ClockKind.ASK, days, "自然日"),
    ]
    return Draft(Step.ASK, {"awaits": "reporter", "until": stamp(until), "clocks": ops}, note)


def may_ask(state: CaseState, doer: Doer, env: Env) -> None:
    if state.reporter is None:
        refuse(gettext_noop("这件上报没有上报人可问。请发核实，由监督员到现场查看。"))
    no_open_question(state)


def answer_ask(state: CaseState, doer: Doer, env: Env, *, note: str, evidence: Files) -> Draft:
    """上报人补充: the clocks go on."""
    permit(state, doer, Step.ANSWER_ASK)
    note = required(note, gettext_noop("请写下您的补充。"))
    return Draft(Step.ANSWER_ASK, question_over(state, env, granted=True) | {"evidence": evidence}, note)


def expire_ask(state: CaseState, doer: Doer, env: Env) -> Draft:
    """补充期满: no answer within the term; the clocks go on from the term."""
    permit(state, doer, Step.EXPIRE_ASK)
    wish = open_question(state)
    if wish.due_at and wish.due_at > env.at:
        refuse(gettext_noop("补充期还没有满。"))
    return Draft(Step.EXPIRE_ASK, question_over(state, env, granted=False))


def question_over(state: CaseState, env: Env, *, granted: bool) -> dict[str, Any]:
    wish = open_question(state)
    since = wish.due_at if wish.due_at and wish.due_at < env.at else env.at
    ops = [
        *clocks.stop(state, env, ClockKind.ASK),
        *clocks.resume_paused(state, env, ClockKind.ACCEPT, since),
        *clocks.resume_paused(state, env, ClockKind.FILE, since),
    ]
    return {"wish": wish.index, "granted": granted, "clocks": ops}


def open_question(state: CaseState) -> WishState:
    wish = state.wish(Wish.ASK)
    if wish is None:
        refuse(gettext_noop("没有等待答复的问题，可能已经答复或期满。"))
    return wish


# -- 核实: on site, before filing ---


def request_verify(
    state: CaseState, doer: Doer, env: Env, *, inspector: InspectorFacts, note: str = ""
) -> Draft:
    """发核实: the filing clock stops; the inspector's runs."""
    permit(state, doer, Step.REQUEST_VERIFY)
    no_open_question(state)
    ops = [
        *clocks.stop(state, env, ClockKind.FILE),
        clocks.start_stage(env, ClockKind.VERIFY, urgent=state.urgent),
    ]
    data = {"inspector": inspector.post, "stage": Stage.VERIFYING.value, "clocks": ops}
    return Draft(Step.REQUEST_VERIFY, data, note)


def assigned_to(state: CaseState, doer: Doer) -> None:
    if state.assignee != doer.by.post:
        refuse(
            gettext_noop("这件任务派给了另一位监督员，您不能代答。需要时请受理员改派。"),
            status=403,
            code="not_assigned",
        )


def answer_verify(
    state: CaseState,
    doer: Doer,
    env: Env,
    *,
    found: bool,
    evidence: Files,
    distance_m: int | None = None,
    note: str = "",
) -> Draft:
    """核实回复: is it so? With a photo of the place; far from it only with a reason (practice.md 10)."""
    permit(state, doer, Step.ANSWER_VERIFY)
    assigned_to(state, doer)
    on_site(env, distance_m, note)
    photos(evidence, "verify")
    ops = [
        *clocks.stop(state, env, ClockKind.VERIFY),
        clocks.start_stage(env, ClockKind.FILE, urgent=state.urgent),
    ]
    if state.wish(Wish.ASK):  # the reporter still owes an answer: 立案 waits for it
        ops.append({"op": "pause", "kind": "file", "leg": None, "left": ops[-1]["amount"]})
    data = {
        "found": found,
        "distance_m": distance_m,
        "evidence": evidence,
        "stage": Stage.ACCEPTED.value,
        "clocks": ops,
    }
    return Draft(Step.ANSWER_VERIFY, data, note)


def on_site(env: Env, distance_m: int | None, note: str) -> None:
    """Within the city's distance of the case, or with a reason."""
    far = distance_m is None or distance_m > env.policy.check_distance_m
    if far and not note.strip():
        refuse(
            gettext_noop("您的位置不在案件 {limit} 米以内（或没有定位）。请到现场，或在备注里写明原因。"),
            status=422,
            field="note",
            code="too_far",
            limit=env.policy.check_distance_m,
        )


def reassign(state: CaseState, doer: Doer, env: Env, *, inspector: InspectorFacts, note: str = "") -> Draft:
    """改派监督员: the task goes to another; its clock runs on."""
    permit(state, doer, Step.REASSIGN)
    may_reassign(doer)
    if inspector.post == state.assignee:
        refuse(gettext_noop("任务已在这位监督员手上。请选另一位。"))
    if state.stage == Stage.CHECKING:
        independent(state, inspector)
    return Draft(Step.REASSIGN, {"inspector": inspector.post}, note)


def may_reassign(doer: Doer) -> None:
    if doer.by.role not in SUPERVISION:  # a department never chooses who checks it
        refuse(gettext_noop("核实和核查由监督中心改派。"), status=403, code="no_right")


def independent(state: CaseState, inspector: InspectorFacts) -> None:
    """Whoever checks is neither of a handling department nor had a hand in handling or dispatching it."""
    houses = inspector.houses | {inspector.department}
    if houses & set(state.departments) or inspector.person in state.handlers + state.command:
        refuse(
            gettext_noop("这位监督员所在部门或本人参与了处置，不能核查本案。请选另一位。"),
            code="not_independent",
        )
    reopening = state.wish(Wish.REOPEN)
    if reopening and inspector.person in state.checkers:
        refuse(gettext_noop("重办的核查须由另一位监督员进行。请选另一位。"), code="same_checker")


# -- before filing ---


def propose(state: CaseState, doer: Doer, env: Env, *, standard: StandardFacts, note: str = "") -> Draft:
    """建议立案: the 受理员 names category and filing condition; the 值班长 decides."""
    permit(state, doer, Step.PROPOSE)
    return Draft(Step.PROPOSE, {"category": standard.category, "standard": standard.id}, note)


def correct(state: CaseState, doer: Doer, env: Env, *, changes: dict[str, Any], note: str = "") -> Draft:
    """更正 before filing: place, address, words, category, extra answers. The old ones stay in the record."""
    may_correct(state, doer)
    if not changes:
        refuse(gettext_noop("没有要更正的内容。"), status=422)
    return Draft(Step.CORRECT, changes, note)


def may_correct(state: CaseState, doer: Doer) -> None:
    """What can be said before the answers are looked at."""
    permit(state, doer, Step.CORRECT)


def file(
    state: CaseState,
    doer: Doer,
    env: Env,
    *,
    standard: StandardFacts,
    case_number: str,
    urgent_limit: tuple[str, str] | None = None,
    note: str = "",
) -> Draft:
    """立案: a filing condition is met; the case gets its number; 派遣 and the case's own limit start.

    urgent_limit: of the category's 紧急 row, for a case marked urgent before; the city's, if there is none.
    """
    may_file(state, doer)
    urgent = state.urgent or standard.urgent
    whole = clocks.start_case(env, standard.amount, standard.unit, standard.season, urgent=urgent)
    if urgent and not standard.urgent:
        limit = urgent_limit or env.policy.urgent_limit
        whole = clocks.earlier(whole, clocks.start_case(env, *limit, "", urgent=True))
    data = {
        "category": standard.category,
        "standard": standard.id,
        "case_number": case_number,
        "urgent": urgent,
        "stage": Stage.FILED.value,
        "clocks": [
            *clocks.stop(state, env, ClockKind.FILE),
            clocks.start_stage(env, ClockKind.DISPATCH, urgent=urgent),
            whole,
        ],
    }
    return Draft(Step.FILE, data, note)


def may_file(state: CaseState, doer: Doer) -> None:
    """What can be said before a number is taken. A public report is seen on site first, unless it is urgent."""
    permit(state, doer, Step.FILE)
    no_open_question(state)
    if state.verified is False:
        refuse(
            gettext_noop("核实结果为不属实，不能立案。请不予立案，或重新发核实。"), code="not_found_on_site"
        )
    if state.channel in VERIFY_FIRST and state.verified is None and not state.urgent:
        refuse(gettext_noop("公众上报须先核实。请受理员发核实，监督员回复后再立案。"), code="verify_first")


def mark_urgent(
    state: CaseState, doer: Doer, env: Env, *, limit: tuple[str, str] | None = None, note: str = ""
) -> Draft:
    """标记紧急: continuous clocks; a running handling limit becomes the 紧急 row's, never later (practice.md 4)."""
    permit(state, doer, Step.MARK_URGENT)
    if state.urgent:
        refuse(gettext_noop("本案已是紧急案件。"))
    amount, unit = limit or env.policy.urgent_limit
    ops = [*clocks.hasten_stage(state, env), *clocks.hasten(state, env, amount, unit)]
    return Draft(Step.MARK_URGENT, {"amount": amount, "unit": unit, "clocks": ops}, note)


def self_handle(state: CaseState, doer: Doer, env: Env, *, evidence: Files, note: str = "") -> Draft:
    """自处置: solved on the spot, with photos before and after; the 值班长 closes it (practice.md 1)."""
    permit(state, doer, Step.SELF_HANDLE)
    may_self_handle(state, doer)
    if not any(item.purpose in ("report", "before") for item in state.evidence):
        photos(evidence, "before")
    photos(evidence, "after")
    ops = [*clocks.stop_all(state, env), clocks.start_stage(env, ClockKind.CLOSE, urgent=state.urgent)]
    data = {"evidence": evidence, "stage": Stage.CHECKED.value, "clocks": ops}
    return Draft(Step.SELF_HANDLE, data | lapsed(state, kinds=(Wish.ASK,)), note)


def may_self_handle(state: CaseState, doer: Doer) -> None:
    if state.stage == Stage.VERIFYING:
        assigned_to(state, doer)
    elif state.reported_by != doer.by.person:
        refuse(gettext_noop("自处置只用于您本人上报或派给您核实的案件。"), status=403)
