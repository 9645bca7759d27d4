"""Random doers do random things at random times: no guard is ever broken, and the fold of the events is the state.

The invariants are written from the record alone, without asking the rules they test.
"""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from xiucheng.cases.projection import fold
from xiucheng.cases.rules import merging
from xiucheng.cases.rules.basis import REPORTER, Doer, RuleRefused
from xiucheng.cases.rules.prechecks import why_not_now
from xiucheng.cases.state import CaseState, EventRecord
from xiucheng.cases.tests.loop import china
from xiucheng.cases.tests.memory import CAST, DOERS, HOUSES, RULES, Draw, MemoryCase
from xiucheng.cases.words import Channel, Step

STAGE_CLOCK = {
    "reported": "accept", "verifying": "verify", "accepted": "file", "filed": "dispatch",
    "arbitrating": "arbitrate", "replied": "feedback", "to_check": "check_issue", "checking": "check",
    "checked": "close",
}  # fmt: skip
OVER = {"closed", "refused", "declined", "void", "merged"}
# Which centre a step belongs to (practice.md 1), for the roles that have it.
COMMANDS = {"dispatch", "split", "decide_return", "decide_extend", "forward", "send_back", "remind",
            "review_appeal", "arbitrate"}  # fmt: skip
SUPERVISES = {"accept", "refuse", "ask", "answer_ask", "request_verify", "answer_verify", "reassign", "propose",
              "correct", "file", "decline", "mark_urgent", "merge", "unmerge", "confirm_return", "decide_suspend",
              "request_check", "answer_check", "close", "rework", "void", "sign_void", "decide_appeal",
              "reopen"}  # fmt: skip
HANDLES = {"take", "handle", "return", "extend", "review_extend", "suspend", "answer_supervise", "appeal"}


# What ends a case early, or is always possible, would drown the rest.
WEIGHT = {
    Step.REFUSE: 1, Step.DECLINE: 1, Step.VOID: 1, Step.SIGN_VOID: 4, Step.SELF_HANDLE: 2, Step.CORRECT: 1, Step.ASK: 3,
    Step.PROPOSE: 1, Step.MARK_URGENT: 1, Step.NOTE: 1, Step.RELEASE: 1, Step.DISCLOSE: 1, Step.SUPERVISE: 2,
    Step.REMIND: 2, Step.SPLIT: 4, Step.RATE: 1, Step.CALLBACK: 1, Step.REASSIGN: 4, Step.TAKE: 6, Step.SEND_BACK: 4,
    Step.RETURN: 5, Step.RECOMPUTE: 2,
}  # fmt: skip


class Loop(RuleBasedStateMachine):
    """Two cases, so that they can be merged."""

    @initialize(
        start=st.sampled_from(
            ["2026-09-30 17:30", "2026-11-24 09:00", "2026-12-30 16:00", "2026-02-13 11:59"]
        ),
        inspector=st.booleans(),
    )
    def begin(self, start: str, inspector: bool) -> None:
        self.now: datetime = china(start)
        by = CAST[3] if inspector else REPORTER
        channel = Channel.INSPECTOR if inspector else Channel.WEB
        self.cases = [MemoryCase(1, self.now, channel, by), MemoryCase(2, self.now, Channel.WEB)]

    def pass_time(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(
        which=st.sampled_from((0, 0, 0, 1)),
        pick=st.integers(0, 10_000),
        draw=st.builds(Draw, st.integers(0, 5_000), st.booleans(), st.just("理由")),
        minutes=st.sampled_from((0, 1, 5, 30, 60, 240, 1440, 4000)),
    )
    def somebody_does_what_is_offered(self, which: int, pick: int, draw: Draw, minutes: int) -> None:
        self.pass_time(minutes)
        case = self.cases[which]
        env = case.env(self.now)
        offered = {
            step: [doer for doer in DOERS if why_not_now(case.state, doer, env, step) is None]
            for step in RULES
        }
        steps = [step for step, doers in offered.items() if doers for _ in range(WEIGHT.get(step, 12))]
        if steps:
            step = steps[pick % len(steps)]
            self.attempt(case, step, offered[step][pick // len(steps) % len(offered[step])], draw)

    @rule(
        which=st.sampled_from((0, 1)),
        step=st.sampled_from(sorted(RULES)),
        doer=st.sampled_from(DOERS),
        draw=st.builds(Draw, st.integers(0, 5_000), st.booleans(), st.sampled_from(("理由", " "))),
    )
    def somebody_tries_anything(self, which: int, step: Step, doer: Doer, draw: Draw) -> None:
        self.attempt(self.cases[which], step, doer, draw)

    @rule(pick=st.integers(0, 100), apart=st.booleans(), child=st.sampled_from((0, 1)))
    def cases_are_merged_or_parted(self, pick: int, apart: bool, child: int) -> None:
        if pick > (60 if apart else 4):
            return
        small, large = self.cases[child], self.cases[1 - child]
        doer, env = CAST[0], small.env(self.now)
        try:
            if apart:
                down, up = merging.unmerge(small.state, large.state, doer, env, note="不是")
            else:
                down, up = merging.merge(small.state, large.state, doer, env, distance_m=0, note="同一处")
        except RuleRefused:
            return
        small.write(down, doer, self.now)
        large.write(up, doer, self.now)

    def attempt(self, case: MemoryCase, step: Step, doer: Doer, draw: Draw) -> None:
        before = case.state
        try:
            draft = RULES[step](before, doer, case.env(self.now), draw)
        except RuleRefused as refusal:
            assert refusal.sentence and 400 <= refusal.status < 500
            return
        if draft is not None:
            case.write(draft, doer, self.now)
            check_change(before, case.state, case.events[-1])

    @invariant()
    def no_guard_is_broken(self) -> None:
        for case in getattr(self, "cases", ()):
            check_state(case.state, case.events)

    def teardown(self) -> None:
        for case in getattr(self, "cases", ()):
            assert fold(case.events) == case.state


def check_state(
    state: CaseState, events: list[EventRecord], houses: dict[int, frozenset[int]] = HOUSES
) -> None:
    running = [clock for clock in state.clocks if clock.stopped_at is None and clock.paused_at is None]
    unstopped = [clock for clock in state.clocks if clock.stopped_at is None]
    over = state.stage.value in OVER
    assert (state.ended_at is not None) == over
    if over:
        assert not unstopped
    # One clock of a kind (and leg) at most, and the one of the stage.
    assert len({(clock.kind, clock.leg) for clock in unstopped}) == len(unstopped)
    if kind := STAGE_CLOCK.get(state.stage.value):
        (own,) = [clock for clock in unstopped if clock.kind == kind]
        asked = any(wish.kind == "ask" and wish.open for wish in state.wishes)
        assert (own.paused_at is not None) == (asked and kind in ("accept", "file"))
    # A case number from the filing on, and never before; the case's own limit with it.
    assert (state.case_number is not None) == any(event.step == "file" for event in events)
    if state.case_number and not over:
        reopened = any(wish.kind == "reopen" and wish.open for wish in state.wishes)  # only 返工 resumes it
        assert any(clock.kind == "case" for clock in unstopped) or state.self_handled or reopened
    # Legs: one open leg a department; each with its clock, which pauses with 挂账 and only then.
    open_legs = [leg for leg in state.legs if leg.state in ("sent", "taken", "suspended")]
    assert len({leg.department for leg in open_legs}) == len(open_legs)
    assert sum(leg.lead for leg in state.legs if leg.state != "returned") <= 1 or state.ruled_department
    for leg in state.legs:
        assert (leg.until is not None) == (leg.state == "suspended")
        live = [clock for clock in unstopped if clock.kind == "handle" and clock.leg == leg.index]
        if leg in open_legs and not over:
            (clock,) = live
            assert (clock.paused_at is not None) == (leg.state == "suspended")
        else:
            assert not live
    if state.stage.value in ("replied", "to_check", "checking", "checked", "closed"):
        assert not open_legs
    if state.stage.value == "handling":
        assert open_legs and state.lead is not None
    suspended_lead = state.lead is not None and state.lead.state == "suspended"
    for clock in unstopped:
        if clock.kind == "case":
            assert (clock.paused_at is not None) == suspended_lead
        if clock.remind_at is not None:
            assert clock.kind == "handle" and clock in running
    # At most two extensions and one suspension of a department on a case, whatever came between.
    for department in {leg.department for leg in state.legs}:
        legs = [leg for leg in state.legs if leg.department == department]
        assert sum(leg.extensions for leg in legs) <= 2
        assert sum(leg.suspensions for leg in legs) <= 1
    if state.legs:
        assert state.returns == sum(e.step == "decide_return" and e.data["granted"] for e in events)
    if over and state.stage.value != "merged":
        left = {wish.kind.value for wish in state.wishes if wish.open}
        assert left <= {"appeal", "supervise", "return"}
    check_persons(events, houses)


def check_persons(events: list[EventRecord], houses: dict[int, frozenset[int]]) -> None:
    """Two persons, two centres, never the handling department: as the record stood at each step."""
    command: set[int] = set()
    supervision: set[int] = set()
    handled_by: set[int] = set()
    checked_by: set[int] = set()
    departments: set[int] = set()
    for event in events:
        by, step = event.by, event.step
        if by.person is None:
            departments |= legs_in(event)
            continue
        if step == "answer_check":
            assert not houses[by.person] & departments and by.person not in handled_by | command
            checked_by.add(by.person)
        if step in ("close", "rework"):
            assert by.person not in handled_by | checked_by
            assert not houses[by.person] & departments
        if step == "arbitrate":
            assert by.person not in command
        if step == "handle":
            assert by.person not in checked_by
        if step in COMMANDS:
            command.add(by.person)
        if step in SUPERVISES and by.role != "department":
            supervision.add(by.person)
        if step in HANDLES or step == "self_handle":
            handled_by.add(by.person)
        if step == "self_handle" and by.role == "grid_worker" and by.department:
            departments.add(by.department)
        assert not command & supervision
        departments |= legs_in(event)


def legs_in(event: EventRecord) -> set[int]:
    found = {leg["department"] for leg in event.data.get("legs", ()) if isinstance(leg, dict)}
    return found | ({event.data["to"]} if "onward" in event.data else set())


def check_change(before: CaseState, after: CaseState, event: EventRecord) -> None:
    step = event.step
    if step == "file":
        seen = before.verified is True or before.urgent or before.channel == Channel.INSPECTOR
        assert seen and before.stage == "accepted"
    if step == "forward":
        assert before.stage == "replied"
    if step == "close" and after.legs:
        assert before.checked is True and after.lead is not None and after.lead.state == "handled"
    if step == "answer_check":
        assert before.handled_at is not None
    if step == "mark_urgent":
        for old, new in zip(before.clocks, after.clocks, strict=True):
            assert new.due_at <= old.due_at
    if step == "decide_extend" and event.data["granted"]:
        assert not any(new.due_at < old.due_at for old, new in zip(before.clocks, after.clocks, strict=False))
    for old, new in zip(before.clocks, after.clocks, strict=False):
        if old.overdue and step not in ("decide_extend",):
            assert new.overdue  # late stays late
    # Nothing is taken away.
    assert len(after.evidence) >= len(before.evidence) and len(after.wishes) >= len(before.wishes)
    assert set(before.departments) <= set(after.departments)
    assert all(leg.overdue for leg, was in zip(after.legs, before.legs, strict=False) if was.overdue)


TestLoop = Loop.TestCase
TestLoop.settings = settings(
    max_examples=100,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
