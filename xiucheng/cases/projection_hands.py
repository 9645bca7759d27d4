"""Who acted for which side of a case, folded from its events. Pure.

Two axes (workflow.md §1 [H]): 监督中心 collects, files, checks and closes; 指挥中心 dispatches and coordinates.
"""

from dataclasses import replace
from typing import Any

from xiucheng.cases.state import CaseState, EventRecord
from xiucheng.cases.words import Step

SUPERVISION = frozenset({"intake", "shift_leader", "inspector"})
COMMAND = frozenset({"dispatcher"})
HANDLING = frozenset({"department", "grid_worker"})
# A leader stands above both centres; what he decides on a case makes him act for one (practice.md 8, 9).
LEADER = {Step.ARBITRATE: "command", Step.SIGN_VOID: "supervision"}
# Looking and writing notes is not acting on a case.
PASSIVE = frozenset({Step.NOTE, Step.RELEASE, Step.DISCLOSE, Step.CALLBACK, Step.REPORT})


def centre_of(role: str, step: str) -> str:
    """For which centre a role acts with a step: «supervision», «command» or neither."""
    if role in SUPERVISION:
        return "supervision"
    if role in COMMAND:
        return "command"
    return LEADER.get(Step(step), "") if role == "leader" else ""


def with_hands(state: CaseState, event: EventRecord) -> CaseState:
    """Remember who acted for which side; the guards of two persons and two centres read it."""
    by = event.by
    if by.person is None or event.step in PASSIVE:
        return state
    side = centre_of(by.role, event.step)
    hands: dict[str, Any] = {}
    if side and by.person not in getattr(state, side):
        hands[side] = (*getattr(state, side), by.person)
    handled = by.role in HANDLING or event.step == Step.SELF_HANDLE
    if handled and by.person not in state.handlers:
        hands["handlers"] = (*state.handlers, by.person)
    return replace(state, **hands) if hands else state
