"""`evolve`: one event folded into a case's state. Pure: no calendar, no settings, no database.

Everything that a rule decided stands in the event's data; folding only copies it to its place. So a case can be
rebuilt under other rules in ten years and be the same.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from uuid import UUID

from xiucheng.cases.projection_clocks import with_clocks
from xiucheng.cases.projection_evidence import on_release, with_evidence
from xiucheng.cases.projection_hands import HANDLING, with_hands
from xiucheng.cases.projection_parts import (
    added,
    answers_after,
    leg_at,
    leg_changed,
    legs_opened,
    wish_changed,
    wish_decided,
    wish_opened,
    wish_reviewed,
    with_lapsed,
)
from xiucheng.cases.state import CaseState, EventRecord
from xiucheng.cases.words import ENDED, Channel, ClockKind, LegStage, Stage, Step, Wish, WishStage
from xiucheng.kernel.canonical import parse_stamp


def evolve(state: CaseState | None, event: EventRecord) -> CaseState:
    """The state after one event. The first event must be a report."""
    if state is None:
        new = born(event)
    else:
        new, change = state, CHANGES.get(event.step)
        if change:
            new = change(new, event)
        if "lapsed" in event.data:
            new = with_lapsed(new, event)
        new = enter(new, event)
    new = with_evidence(new, event)
    new = with_clocks(new, event)
    return with_hands(new, event)


def fold(events: Iterable[EventRecord]) -> CaseState:
    """A case from all its events, in order."""
    state: CaseState | None = None
    for event in events:
        state = evolve(state, event)
    if state is None:
        raise ValueError("a case has at least one event")
    return state


def born(event: EventRecord) -> CaseState:
    data = event.data
    return CaseState(
        id=UUID(data["case"]),
        number=data["number"],
        stage=Stage(data["stage"]),
        channel=Channel(data["channel"]),
        reported_at=event.at,
        description=data["description"],
        lon_e7=data["lon_e7"],
        lat_e7=data["lat_e7"],
        county=data["county"],
        township=data.get("township"),
        community=data.get("community"),
        unit_grid=data.get("unit_grid"),
        beat=data.get("beat"),
        near=tuple(data.get("near", ())),
        grade=data.get("grade", "ALL"),
        imprecise=data.get("imprecise", False),
        address=data.get("address", ""),
        reporter=data.get("reporter"),
        reported_by=event.by.person,
        category=data.get("category", ""),
        component_code=data.get("component_code", ""),
        extra=answers_after({}, data.get("category", ""), data),
        urgent=data.get("urgent", False),
        self_handled=data.get("self_handled", False),
        wished_words=data.get("wished_words"),
        head_seq=event.seq,
    )


def enter(state: CaseState, event: EventRecord) -> CaseState:
    """Count the event and enter its stage, keeping the moments that lists and figures ask for.

    One copy for both: copying a state is what a fold of a city's events costs.
    """
    if "stage" not in event.data:
        return replace(state, head_seq=event.seq)
    stage = Stage(event.data["stage"])
    if stage not in ENDED:
        return replace(state, head_seq=event.seq, stage=stage, ended_at=None)
    closed_at = state.closed_at or (event.at if stage == Stage.CLOSED else None)
    return replace(
        state, head_seq=event.seq, stage=stage, ended_at=event.at, assignee=None, closed_at=closed_at
    )


# -- one function per step that changes more than stage, clocks and evidence ---


def on_accept(state: CaseState, event: EventRecord) -> CaseState:
    return replace(on_category(state, event), accepted_at=event.at)


def on_category(state: CaseState, event: EventRecord) -> CaseState:
    """Another category leaves the filing condition of the old one behind."""
    category = event.data.get("category", state.category)
    kept = state.standard if category == state.category else None
    return replace(state, category=category, standard=event.data.get("standard", kept))


def on_correct(state: CaseState, event: EventRecord) -> CaseState:
    data = event.data
    keys = (
        "lon_e7", "lat_e7", "county", "township", "community", "unit_grid", "beat", "grade", "imprecise",
        "address", "description", "component_code",
    )  # fmt: skip
    changes = {key: data[key] for key in keys if key in data}
    if "near" in data:
        changes["near"] = tuple(data["near"])
    new = on_category(state, event)
    return replace(new, **changes, extra=answers_after(new.extra, new.category, data))


def on_reason(state: CaseState, event: EventRecord) -> CaseState:
    return replace(state, reason=event.note)


def on_assign(state: CaseState, event: EventRecord) -> CaseState:
    return replace(state, assignee=event.data["inspector"])


def on_answer_verify(state: CaseState, event: EventRecord) -> CaseState:
    return replace(state, assignee=None, verified=event.data["found"])


def on_file(state: CaseState, event: EventRecord) -> CaseState:
    state = on_category(state, event)
    data = event.data
    return replace(
        state, case_number=data["case_number"], filed_at=event.at, urgent=state.urgent or data["urgent"]
    )


def on_urgent(state: CaseState, event: EventRecord) -> CaseState:
    return replace(state, urgent=True)


def on_merge(state: CaseState, event: EventRecord) -> CaseState:
    return replace(
        state,
        merged_into=UUID(event.data["into"]),
        stage_before_merge=state.stage.value,
        reason=event.note,
        assignee=None,
    )


def on_unmerge(state: CaseState, event: EventRecord) -> CaseState:
    return replace(state, merged_into=None, stage_before_merge="", reason="")


def on_self_handle(state: CaseState, event: EventRecord) -> CaseState:
    by, departments = event.by, state.departments
    if by.role in HANDLING and by.department is not None:
        departments = added(departments, by.department)
    return replace(
        state,
        self_handled=True,
        handled_at=event.at,
        verified=True,
        assignee=None,
        accepted_at=state.accepted_at or event.at,
        departments=departments,
    )


def on_dispatch(state: CaseState, event: EventRecord) -> CaseState:
    """A new leg, or the leg of a 区指挥中心 handed on without a new clock."""
    data = event.data
    if "onward" in data:
        state = leg_changed(
            state,
            data["onward"],
            department=data["to"],
            centre=data["centre"],
            state=LegStage.SENT,
            taken_at=None,
        )
        departments = added(state.departments, data["to"])
        state = replace(state, departments=departments, centre=None)
    if "promoted" in data:
        state = leg_changed(state, data["promoted"], lead=True)
    state = legs_opened(state, event)
    return replace(state, centre=data.get("at_centre"), dispatched_at=state.dispatched_at or event.at)


def on_take(state: CaseState, event: EventRecord) -> CaseState:
    return leg_changed(state, event.data["leg"], state=LegStage.TAKEN, taken_at=event.at)


def on_crew(state: CaseState, event: EventRecord) -> CaseState:
    return leg_changed(state, event.data["leg"], crew=event.data["crew"])


def on_handle(state: CaseState, event: EventRecord) -> CaseState:
    leg = leg_at(state, event.data["leg"])
    clock = state.clock(ClockKind.HANDLE, leg.index)
    state = leg_changed(
        state,
        leg.index,
        state=LegStage.HANDLED,
        handled_at=event.at,
        taken_at=leg.taken_at or event.at,
        overdue=leg.overdue or bool(clock and clock.is_late(event.at)),
    )
    return replace(state, handled_at=event.at) if leg.lead else state


def on_decide_return(state: CaseState, event: EventRecord) -> CaseState:
    data = event.data
    state = wish_reviewed(state, event) if "awaits" in data else wish_decided(state, event)
    if not data["granted"]:
        return state
    if centre := data.get("back_to_centre"):  # one level up; the leg and its clock stay (practice.md 3)
        state = leg_changed(
            state, data["leg"], state=LegStage.SENT, department=centre, centre=None, taken_at=None, until=None
        )
        return replace(state, centre=centre, returns=state.returns + 1)
    leg, clock = leg_at(state, data["leg"]), state.clock(ClockKind.HANDLE, data["leg"])
    late = leg.overdue or bool(clock and clock.is_late(event.at))
    state = leg_changed(state, leg.index, state=LegStage.RETURNED, until=None, overdue=late)
    return replace(
        legs_opened(state, event) if "legs" in data else state,
        returns=state.returns + 1,
        disputed=state.disputed or data.get("disputed", False),
    )


def on_confirm_return(state: CaseState, event: EventRecord) -> CaseState:
    state = wish_decided(state, event)
    return leg_changed(state, event.data["leg"], wrong=True) if event.data["wrong"] else state


def on_decide_extend(state: CaseState, event: EventRecord) -> CaseState:
    state = wish_decided(state, event)
    if not event.data["granted"]:
        return state
    leg = leg_at(state, event.data["leg"])
    return leg_changed(state, leg.index, extensions=leg.extensions + 1)


def on_decide_suspend(state: CaseState, event: EventRecord) -> CaseState:
    state = wish_decided(state, event)
    if not event.data["granted"]:
        return state
    leg = leg_at(state, event.data["leg"])
    return leg_changed(
        state,
        leg.index,
        state=LegStage.SUSPENDED,
        suspensions=leg.suspensions + 1,
        until=parse_stamp(event.data["until"]),
    )


def on_resume(state: CaseState, event: EventRecord) -> CaseState:
    leg = leg_at(state, event.data["leg"])
    return leg_changed(state, leg.index, state=LegStage.TAKEN if leg.taken_at else LegStage.SENT, until=None)


def on_arbitrate(state: CaseState, event: EventRecord) -> CaseState:
    return replace(state, ruled_department=event.data["to"])


def on_send_back(state: CaseState, event: EventRecord) -> CaseState:
    state = leg_changed(state, event.data["leg"], state=LegStage.TAKEN, handled_at=None)
    return replace(state, handled_at=None) if leg_at(state, event.data["leg"]).lead else state


def on_answer_check(state: CaseState, event: EventRecord) -> CaseState:
    checkers = state.checkers
    if event.by.person is not None:  # whoever checked last is last
        checkers = (*(person for person in checkers if person != event.by.person), event.by.person)
    return replace(state, assignee=None, checked=event.data["passed"], checkers=checkers)


def on_rework(state: CaseState, event: EventRecord) -> CaseState:
    for index in event.data["legs"]:
        leg = leg_at(state, index)
        state = leg_changed(state, index, state=LegStage.TAKEN, handled_at=None, reworks=leg.reworks + 1)
    lead = any(leg_at(state, index).lead for index in event.data["legs"])
    state = replace(
        state,
        reworks=state.reworks + 1,
        checked=None,
        handled_at=None if lead else state.handled_at,
        closed_at=None,
    )
    if "charged_checker" in event.data:
        state = replace(state, charged_checker=event.data["charged_checker"])
    return settle_reopening(state, event, granted=True)


def on_close(state: CaseState, event: EventRecord) -> CaseState:
    return settle_reopening(state, event, granted=False)


def settle_reopening(state: CaseState, event: EventRecord, *, granted: bool) -> CaseState:
    """A pending 重办 request ends with the decision on its check."""
    wish = state.wish(Wish.REOPEN)
    if wish is None:
        return state
    return wish_changed(
        state,
        wish.index,
        state=WishStage.GRANTED if granted else WishStage.DENIED,
        decided_by=event.by.person,
        decided_at=event.at,
        answer=event.note,
        awaits="",
    )


def on_reopen(state: CaseState, event: EventRecord) -> CaseState:
    state = wish_opened(state, event, Wish.REOPEN)
    return replace(state, reopened=state.reopened + 1, checked=None)


def on_void(state: CaseState, event: EventRecord) -> CaseState:
    if event.data.get("stage") == Stage.VOID:
        return replace(state, reason=event.note)
    return wish_opened(state, event, Wish.VOID)


def on_sign_void(state: CaseState, event: EventRecord) -> CaseState:
    state = wish_decided(state, event)
    if not event.data["granted"]:
        return state
    return replace(state, reason=event.data["reason"])


def on_expire_ask(state: CaseState, event: EventRecord) -> CaseState:
    return wish_changed(state, event.data["wish"], state=WishStage.EXPIRED, decided_at=event.at, awaits="")


def on_decide_appeal(state: CaseState, event: EventRecord) -> CaseState:
    state = wish_decided(state, event)
    if not event.data["granted"]:
        return state
    return leg_changed(state, event.data["leg"], excused=True)


def on_rate(state: CaseState, event: EventRecord) -> CaseState:
    return replace(state, rating=event.data["rating"])


def opener(kind: Wish) -> Callable[[CaseState, EventRecord], CaseState]:
    return lambda state, event: wish_opened(state, event, kind)


CHANGES: dict[str, Callable[[CaseState, EventRecord], CaseState]] = {
    Step.ACCEPT: on_accept,
    Step.REFUSE: on_reason,
    Step.ASK: opener(Wish.ASK),
    Step.ANSWER_ASK: wish_decided,
    Step.EXPIRE_ASK: on_expire_ask,
    Step.REQUEST_VERIFY: on_assign,
    Step.ANSWER_VERIFY: on_answer_verify,
    Step.REASSIGN: on_assign,
    Step.PROPOSE: on_category,
    Step.CORRECT: on_correct,
    Step.RELOCATE: on_correct,
    Step.FILE: on_file,
    Step.DECLINE: on_reason,
    Step.MARK_URGENT: on_urgent,
    Step.MERGE: on_merge,
    Step.UNMERGE: on_unmerge,
    Step.SELF_HANDLE: on_self_handle,
    Step.DISPATCH: on_dispatch,
    Step.SPLIT: legs_opened,
    Step.TAKE: on_take,
    Step.ASSIGN: on_crew,
    Step.HANDLE: on_handle,
    Step.RETURN: opener(Wish.RETURN),
    Step.DECIDE_RETURN: on_decide_return,
    Step.CONFIRM_RETURN: on_confirm_return,
    Step.EXTEND: opener(Wish.EXTEND),
    Step.REVIEW_EXTEND: wish_reviewed,
    Step.DECIDE_EXTEND: on_decide_extend,
    Step.SUSPEND: opener(Wish.SUSPEND),
    Step.DECIDE_SUSPEND: on_decide_suspend,
    Step.RESUME: on_resume,
    Step.ARBITRATE: on_arbitrate,
    Step.SUPERVISE: opener(Wish.SUPERVISE),
    Step.ANSWER_SUPERVISE: wish_decided,
    Step.SEND_BACK: on_send_back,
    Step.REQUEST_CHECK: on_assign,
    Step.ANSWER_CHECK: on_answer_check,
    Step.CLOSE: on_close,
    Step.REWORK: on_rework,
    Step.VOID: on_void,
    Step.SIGN_VOID: on_sign_void,
    Step.REOPEN: on_reopen,
    Step.APPEAL: opener(Wish.APPEAL),
    Step.REVIEW_APPEAL: wish_reviewed,
    Step.DECIDE_APPEAL: on_decide_appeal,
    Step.RATE: on_rate,
    Step.CALLBACK: on_rate,
    Step.RELEASE: on_release,
}
