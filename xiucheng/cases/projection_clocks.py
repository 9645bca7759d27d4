"""Clock operations of an event folded into a case's clocks. Pure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from xiucheng.cases.state import CaseState, ClockState, EventRecord
from xiucheng.cases.words import ClockKind
from xiucheng.kernel.canonical import parse_stamp


def with_clocks(state: CaseState, event: EventRecord) -> CaseState:
    clocks = list(state.clocks)
    for op in event.data.get("clocks", ()):
        if op["op"] == "start":
            clocks.append(started(len(clocks) + 1, op, event.at))
            continue
        for place in range(len(clocks) - 1, -1, -1):
            if clocks[place].kind == op["kind"] and clocks[place].leg == op.get("leg"):
                clocks[place] = CLOCK_OPS[op["op"]](clocks[place], op, event.at)
                break
        else:
            raise ValueError(f"no clock {op['kind']} to {op['op']}")
    return replace(state, clocks=tuple(clocks)) if event.data.get("clocks") else state


def started(index: int, op: dict[str, Any], at: datetime) -> ClockState:
    return ClockState(
        index=index,
        kind=ClockKind(op["kind"]),
        leg=op.get("leg"),
        amount=op["amount"],
        unit=op["unit"],
        season=op.get("season", ""),
        started_at=at,
        due_at=parse_stamp(op["due"]),
        base_at=at,
        base_left=op.get("left", op["amount"]),
        provisional=op.get("provisional", False),
        reminded=op.get("reminded", 0),
        remind_at=moment(op, "remind"),
    )


def moment(op: dict[str, Any], key: str) -> datetime | None:
    return parse_stamp(op[key]) if op.get(key) else None


def stopped(clock: ClockState, op: dict[str, Any], at: datetime) -> ClockState:
    late = clock.overdue or (clock.running and at > clock.due_at)
    return replace(
        clock, stopped_at=at, paused_at=None, left=op.get("left", ""), overdue=late, remind_at=None
    )


def paused(clock: ClockState, op: dict[str, Any], at: datetime) -> ClockState:
    late = clock.overdue or at > clock.due_at
    return replace(clock, paused_at=at, left=op["left"], overdue=late, remind_at=None)


def resumed(clock: ClockState, op: dict[str, Any], at: datetime) -> ClockState:
    at = moment(op, "from") or at  # 挂账 ends at its term, also when that is written down later
    return replace(
        clock,
        due_at=parse_stamp(op["due"]),
        base_at=at,
        base_left=op.get("left", clock.base_left),
        provisional=op.get("provisional", False),
        paused_at=None,
        stopped_at=None,
        left="",
        pauses=clock.pauses_until(at),
        reminded=op.get("reminded", clock.reminded),
        remind_at=moment(op, "remind"),
    )


def moved(clock: ClockState, op: dict[str, Any], at: datetime) -> ClockState:
    """Another due: 延期, 紧急 (then another limit counts, from here), or another calendar."""
    if "amount" in op:
        clock = replace(
            clock,
            amount=op["amount"],
            unit=op["unit"],
            season="",
            base_at=at,
            base_left=op["amount"],
            extended=0,
        )
    return replace(
        clock,
        due_at=parse_stamp(op["due"]),
        provisional=op.get("provisional", False),
        base_left=op.get("left", clock.base_left),
        extended=clock.extended + op.get("extended", 0),
        overdue=op.get("overdue", clock.overdue),
        reminded=op.get("reminded", clock.reminded),
        remind_at=moment(op, "remind"),
    )


def reminded(clock: ClockState, op: dict[str, Any], at: datetime) -> ClockState:
    return replace(clock, reminded=op["percent"], remind_at=moment(op, "remind"))


CLOCK_OPS: dict[str, Callable[[ClockState, dict[str, Any], datetime], ClockState]] = {
    "stop": stopped,
    "pause": paused,
    "resume": resumed,
    "move": moved,
    "remind": reminded,
}
