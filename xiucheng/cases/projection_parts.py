"""Legs and requests of a case, folded from its events. Pure."""

from dataclasses import replace
from typing import Any

from xiucheng.cases.state import CaseState, EventRecord, LegState, WishState
from xiucheng.cases.words import LegStage, Wish, WishStage
from xiucheng.kernel.canonical import parse_stamp


def answers_after(
    extra: dict[str, dict[str, str]], category: str, data: dict[str, Any]
) -> dict[str, dict[str, str]]:
    """Answers by category after an event of a case now in `category`; those of other categories stay beside."""
    if "extra" not in data:
        return extra
    others = {key: given for key, given in extra.items() if key != category}
    return others | {category: data["extra"]} if data["extra"] else others


def added(items: tuple[int, ...], item: int) -> tuple[int, ...]:
    return items if item in items else (*items, item)


def with_lapsed(state: CaseState, event: EventRecord) -> CaseState:
    """Requests that this step made pointless."""
    for index in event.data["lapsed"]:
        state = wish_changed(state, index, state=WishStage.EXPIRED, decided_at=event.at, awaits="")
    return state


def leg_changed(case: CaseState, index: int | None, /, **changes: Any) -> CaseState:
    return replace(
        case, legs=tuple(replace(leg, **changes) if leg.index == index else leg for leg in case.legs)
    )


def leg_at(state: CaseState, index: int | None) -> LegState:
    return next(leg for leg in state.legs if leg.index == index)


def wish_opened(state: CaseState, event: EventRecord, kind: Wish) -> CaseState:
    data = event.data
    wish = WishState(
        index=len(state.wishes) + 1,
        kind=kind,
        state=WishStage.PENDING,
        awaits=data["awaits"],
        leg=data.get("leg"),
        asked_at=event.at,
        asked_by=event.by.person,
        due_at=parse_stamp(data["until"]) if data.get("until") else None,
        reason=event.note,
        level=data.get("level", ""),
    )
    return replace(state, wishes=(*state.wishes, wish))


def wish_changed(case: CaseState, index: int, /, **changes: Any) -> CaseState:
    return replace(case, wishes=tuple(replace(w, **changes) if w.index == index else w for w in case.wishes))


def wish_reviewed(state: CaseState, event: EventRecord) -> CaseState:
    """First of two decisions: passed on to the next role, or denied."""
    data = event.data
    if data["granted"]:
        return wish_changed(
            state,
            data["wish"],
            state=WishStage.REVIEWED,
            reviewed_by=event.by.person,
            awaits=data["awaits"],
        )
    return wish_decided(state, event)


def wish_decided(state: CaseState, event: EventRecord) -> CaseState:
    data = event.data
    return wish_changed(
        state,
        data["wish"],
        state=WishStage.GRANTED if data["granted"] else WishStage.DENIED,
        decided_by=event.by.person,
        decided_at=event.at,
        answer=event.note,
        awaits="",
    )


def legs_opened(state: CaseState, event: EventRecord) -> CaseState:
    legs = tuple(
        LegState(
            index=item["leg"],
            department=item["department"],
            lead=item["lead"],
            state=LegStage.SENT,
            sent_at=event.at,
            centre=item.get("centre"),
        )
        for item in event.data["legs"]
    )
    departments = state.departments
    for leg in legs:
        departments = added(departments, leg.department)
    return replace(state, legs=state.legs + legs, departments=departments)
