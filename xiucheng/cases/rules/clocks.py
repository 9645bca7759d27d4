"""Time limits of a case: the operations that a step writes into its event. Pure.

Sources: standards/workflow.md §2 (units), §3 (延期 挂账 返工), practice.md 4 and 5. All moments UTC.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from xiucheng.cases.rules.basis import Env
from xiucheng.cases.rules.reminders import next_reminder
from xiucheng.cases.state import CaseState, ClockState
from xiucheng.cases.words import ClockKind
from xiucheng.kernel.canonical import stamp
from xiucheng.kernel.windows import Season, parse_season
from xiucheng.kernel.worktime import Due, Limit, Unit, add, between

SOON = Fraction(1, 5)  # the last fifth: the second reminder goes out at 80 % (workflow.md §3 催办 [M])
Op = dict[str, Any]
Pauses = tuple[tuple[datetime, datetime], ...]


def limit_of(env: Env, kind: ClockKind, *, urgent: bool) -> tuple[str, str]:
    """The stage limit (amount, unit). Urgent: half of it, running 24 x 7 (workflow.md §2 default, practice.md 4)."""
    amount, unit = env.policy.limits[kind]
    if not urgent or unit not in (Unit.DUTY_MINUTE, Unit.WORK_HOUR):
        return amount, unit
    hours = Fraction(amount) / (60 if unit == Unit.DUTY_MINUTE else 1) / 2
    return str(hours), Unit.URGENT_HOUR.value


def reckon(env: Env, since: datetime, amount: str, unit: str, season: str = "", pauses: Pauses = ()) -> Due:
    """When a limit ends."""
    return add(
        since, Limit(Fraction(amount), Unit(unit)), env.calendar, season=season_of(season), pauses=pauses
    )


def season_of(text: str) -> Season | None:
    """季节限定: «03-01..05-31» from a standard's row; no text, no season."""
    return parse_season(text) or None


def start(
    env: Env,
    kind: ClockKind,
    amount: str,
    unit: str,
    *,
    leg: int | None = None,
    season: str = "",
    left: str = "",
    due: Due | None = None,
) -> Op:
    """Start a clock. left: less than the whole amount, when a department gets its case back. due: reckoned already."""
    due = due or reckon(env, env.at, left or amount, unit, season)
    op: Op = {"op": "start", "kind": kind.value, "leg": leg, "amount": amount, "unit": unit}
    if left:
        op["left"] = left
    if season:
        op["season"] = season
    op |= due_of(due)
    if kind != ClockKind.HANDLE:
        return op
    total = Fraction(amount)
    return op | reminder(env, env.at, total, Fraction(left or amount), unit, season)


def reminder(
    env: Env, since: datetime, total: Fraction, left: Fraction, unit: str, season: str, reminded: int = 0
) -> Op:
    """The next 催办 of a handling limit reckoned from a moment on."""
    return next_reminder(
        env.policy.remind_percents,
        total=total,
        left=left,
        reminded=reminded,
        reach=lambda amount: reckon(env, since, str(amount), unit, season).at,
    )


def reminder_of(clock: ClockState, env: Env, since: datetime, left: str, *, times: int = 1) -> Op:
    """The next 催办 of a clock that goes on from `since` with `left`. times: the limit, with its extensions."""
    if clock.kind != ClockKind.HANDLE:
        return {}
    total = Fraction(clock.amount) * times
    return reminder(env, since, total, Fraction(left), clock.unit, clock.season, clock.reminded)


def start_stage(env: Env, kind: ClockKind, *, urgent: bool) -> Op:
    """Start a stage's own clock."""
    amount, unit = limit_of(env, kind, urgent=urgent)
    return start(env, kind, amount, unit)


def due_of(due: Due) -> Op:
    op: Op = {"due": stamp(due.at)}
    if due.provisional:
        op["provisional"] = True
    return op


def left_of(clock: ClockState, env: Env) -> str:
    """What is left of a running clock, in its unit; «0» once it is late."""
    if clock.left:
        return clock.left
    if env.at >= clock.due_at:
        return "0"
    return str(between(env.at, clock.due_at, Unit(clock.unit), env.calendar, season=season_of(clock.season)))


def stop(state: CaseState, env: Env, kind: ClockKind, leg: int | None = None) -> list[Op]:
    """Stop a clock if it runs; what is left is kept, because 返工 resumes it."""
    clock = state.clock(kind, leg)
    if clock is None or clock.stopped_at is not None:
        return []
    op: Op = {"op": "stop", "kind": kind.value, "leg": leg}
    if kind in (ClockKind.HANDLE, ClockKind.CASE) and clock.unit:
        op["left"] = left_of(clock, env)
    return [op]


def stop_all(state: CaseState, env: Env, keep: Iterable[ClockKind] = ()) -> list[Op]:
    """Stop everything that still runs or pauses: the case ends here."""
    live = {(c.kind, c.leg) for c in state.clocks if c.stopped_at is None and c.kind not in keep}
    return [op for kind, leg in sorted(live, key=str) for op in stop(state, env, kind, leg)]


def pause(state: CaseState, env: Env, kind: ClockKind, leg: int | None = None) -> list[Op]:
    """Stop counting for a while: 挂账 (handling), or while the reporter is asked (受理, 立案)."""
    clock = state.clock(kind, leg)
    if clock is None or not clock.running:
        return []
    return [{"op": "pause", "kind": kind.value, "leg": leg, "left": left_of(clock, env)}]


def resume(state: CaseState, env: Env, kind: ClockKind, leg: int | None = None) -> list[Op]:
    """Go on with what was left. A clock that was late stays late: its old due stays (practice.md 4)."""
    clock = state.clock(kind, leg)
    if clock is None or clock.running:
        return []
    op: Op = {"op": "resume", "kind": kind.value, "leg": leg}
    if clock.overdue or not clock.left:
        return [op | {"due": stamp(clock.due_at)}]
    due = due_of(reckon(env, env.at, clock.left, clock.unit, clock.season))
    return [
        op
        | {"left": clock.left}
        | due
        | reminder_of(clock, env, env.at, clock.left, times=1 + clock.extended)
    ]


def resume_since(state: CaseState, env: Env, since: datetime, leg: int) -> list[Op]:
    """A handling clock goes on from its term, also when that is written down later: nobody gains by our delay."""
    ops = resume(state, replace(env, at=since), ClockKind.HANDLE, leg)
    lead = state.lead
    if lead and lead.index == leg:
        ops += case_resumed(state, replace(env, at=since))
    return [op | {"from": stamp(since)} for op in ops] if since != env.at else ops


def extend(state: CaseState, env: Env, leg: int) -> list[Op]:
    """延期: one full original limit from the current due, also when granted late (practice.md 4)."""
    clock = state.clock(ClockKind.HANDLE, leg)
    assert clock is not None, "a leg has a handling clock"
    due = reckon(env, clock.due_at, clock.amount, clock.unit, clock.season)
    left = str(Fraction(clock.base_left) + Fraction(clock.amount))
    move: Op = {"op": "move", "kind": "handle", "leg": leg, "extended": 1, "left": left} | due_of(due)
    move |= reminder_of(clock, env, clock.base_at, left, times=2 + clock.extended)
    if clock.overdue or env.at > clock.due_at:  # granted late: never late once the new due lies ahead
        move["overdue"] = env.at > due.at
    lead = state.lead
    return [move, *case_extended(state, env)] if lead and lead.index == leg else [move]


def hasten(state: CaseState, env: Env, amount: str, unit: str) -> list[Op]:
    """紧急: the earlier of the old due and the urgent limit from now; never later (practice.md 4).

    Where it is earlier, the urgent limit takes the place of the old one: 挂账 and 延期 then count in its unit.
    """
    return [
        op
        for clock in state.clocks
        if clock.running and clock.kind == ClockKind.HANDLE
        for op in sooner(clock, env, amount, unit)
    ]


def sooner(clock: ClockState, env: Env, amount: str, unit: str) -> list[Op]:
    """Another limit from now on in place of a running one, unless it would end later."""
    due = reckon(env, env.at, amount, unit)
    if due.at >= clock.due_at:
        return []
    op: Op = {"op": "move", "kind": clock.kind.value, "leg": clock.leg, "amount": amount, "unit": unit}
    changed = replace(clock, amount=amount, unit=unit, season="")
    return [op | due_of(due) | reminder_of(changed, env, env.at, amount)]


def earlier(first: Op, second: Op) -> Op:
    """Of two clocks that may start, the one that ends sooner (canonical stamps sort as text)."""
    return second if second["due"] < first["due"] else first


# -- 结案期限: one clock over the whole case (practice.md 5) ---

ROUND = (
    ClockKind.DISPATCH,
    ClockKind.HANDLE,
    ClockKind.FEEDBACK,
    ClockKind.CHECK_ISSUE,
    ClockKind.CHECK,
    ClockKind.CLOSE,
)


def case_due(
    env: Env,
    filed_at: datetime,
    amount: str,
    unit: str,
    season: str,
    *,
    urgent: bool,
    times: int = 1,
    pauses: Pauses = (),
) -> Due:
    """Filing + 派遣 + 处置 (times with 延期; 挂账 as pauses) + 反馈 + 核查 + 结案, one after the other."""
    at, provisional = filed_at, False
    for kind in ROUND:
        for _ in range(times if kind == ClockKind.HANDLE else 1):
            limit = (amount, unit) if kind == ClockKind.HANDLE else limit_of(env, kind, urgent=urgent)
            due = reckon(env, at, *limit, season if kind == ClockKind.HANDLE else "", pauses)
            at, provisional = due.at, provisional or due.provisional
    return Due(at, provisional)


def start_case(env: Env, amount: str, unit: str, season: str, *, urgent: bool) -> Op:
    due = case_due(env, env.at, amount, unit, season, urgent=urgent)
    return start(env, ClockKind.CASE, amount, unit, season=season, due=due)


def case_redue(state: CaseState, env: Env, *, extra: int = 0) -> Due | None:
    """The case's own limit under the extensions and 挂账 of the lead so far."""
    clock, lead = state.clock(ClockKind.CASE), state.lead
    if clock is None or clock.stopped_at is not None:
        return None
    handle = state.clock(ClockKind.HANDLE, lead.index) if lead else None
    if clock.base_left != clock.amount:  # it went on with what was left, after a reopening or an unjust merge
        since, left = (clock.due_at, clock.amount) if extra else (clock.base_at, clock.base_left)
        return reckon(env, since, left, clock.unit, clock.season)
    return case_due(
        env,
        clock.started_at,
        clock.amount,
        clock.unit,
        clock.season,
        urgent=state.urgent,
        times=1 + (state.asked_for(lead)[0] if lead else 0) + extra,
        pauses=handle.pauses_until(env.at) if handle else (),
    )


def case_extended(state: CaseState, env: Env) -> list[Op]:
    """结案期限 moves with an extension of the lead."""
    clock, due = state.clock(ClockKind.CASE), case_redue(state, env, extra=1)
    if clock is None or due is None:
        return []
    op: Op = {"op": "move", "kind": "case", "leg": None} | due_of(due)
    return [op | {"overdue": env.at > due.at}] if clock.is_late(env.at) else [op]


def case_resumed(state: CaseState, env: Env) -> list[Op]:
    """结案期限 goes on after 挂账 of the lead; late stays late."""
    clock, due = state.clock(ClockKind.CASE), case_redue(state, env)
    if clock is None or due is None or clock.running:
        return []
    op: Op = {"op": "resume", "kind": "case", "leg": None}
    return [op | (due_of(due) if not clock.overdue else {"due": stamp(clock.due_at)})]


def natural_days(at: datetime, days: int) -> datetime:
    """自然日: continuous days of 24 hours (workflow.md §2)."""
    return at + timedelta(days=days)


def resume_paused(state: CaseState, env: Env, kind: ClockKind, since: datetime) -> list[Op]:
    """Go on from a moment, only if it was paused (asking the reporter), not if its stage is over."""
    clock = state.clock(kind)
    if clock is None or clock.paused_at is None:
        return []
    ops = resume(state, replace(env, at=since), kind)
    return [op | {"from": stamp(since)} for op in ops] if since != env.at else ops


def resume_case(state: CaseState, env: Env) -> list[Op]:
    """结案期限 goes on after an unjust merge or a reopening: what was left, or late as it was."""
    return resume(state, env, ClockKind.CASE)


def hasten_stage(state: CaseState, env: Env) -> list[Op]:
    """The stage clocks of a case that became urgent: half of the limit from now, never later."""
    return [
        op
        for clock in state.clocks
        if clock.running and clock.kind in env.policy.limits
        for op in sooner(clock, env, *limit_of(env, clock.kind, urgent=True))
    ]


def recompute(state: CaseState, env: Env) -> list[Op]:
    """The dues of running clocks under the calendar of today (workflow.md §2: holidays and 调休 are data).

    A clock that was late when it stopped or paused stays late; a 督办 is due when its writer said.
    """
    ops: list[Op] = []
    for clock in state.clocks:
        if not clock.running or clock.overdue or clock.kind == ClockKind.SUPERVISE or clock.base_left == "0":
            continue
        if clock.kind == ClockKind.CASE:
            due = case_redue(state, env) or Due(clock.due_at, clock.provisional)
        else:
            due = reckon(env, clock.base_at, clock.base_left, clock.unit, clock.season)
        if due != Due(clock.due_at, clock.provisional):
            op: Op = {"op": "move", "kind": clock.kind.value, "leg": clock.leg} | due_of(due)
            again = reminder_of(clock, env, clock.base_at, clock.base_left, times=1 + clock.extended)
            ops.append(op | again)
    return ops
