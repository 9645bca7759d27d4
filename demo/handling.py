"""From the department's work to the close, and what follows it: 返工, 重办, 申诉, 评价."""

from datetime import datetime, timedelta

from demo.words import done, reason
from demo.world import Life, Run
from xiucheng.cases.rules import closing, handling, requests
from xiucheng.cases.rules.basis import REPORTER
from xiucheng.cases.state import LegState
from xiucheng.cases.words import LegStage, Stage

LATE_FATES = frozenset({"late", "late_appeal", "late_appeal_denied"})
LATE_HOLDS = frozenset({"appeal_pending", "appeal_reviewed"})
STOPS = {
    "replied": Stage.REPLIED,
    "to_check": Stage.TO_CHECK,
    "checking": Stage.CHECKING,
    "checked": Stage.CHECKED,
}


def work(run: Run) -> Life:
    """Handle, check, close; with rework where the check finds it undone."""
    plan, rng = run.plan, run.rng
    rework = plan.fate == "rework" or plan.hold == "reworking"
    while True:
        yield from handled(run)
        if stops(run):
            return
        yield from forwarded(run)
        if stops(run):
            return
        yield from checked(run, passed=not rework)
        if stops(run):
            return
        yield run.soon(2, 14)
        if not rework:
            break
        run.do(closing.rework, run.who("shift_leader"), note=reason(rng, "rework"))
        if plan.hold == "reworking":
            return
        rework = rng.random() < 0.08
    run.do(closing.close, run.who("shift_leader"))
    yield from afterwards(run)


def stops(run: Run) -> bool:
    """Does the case wait here?"""
    return STOPS.get(run.plan.hold) == run.state.stage


def handled(run: Run) -> Life:
    """处置完毕 of each department that still works on it, the lead last."""
    legs = sorted((leg for leg in run.state.legs if leg.open), key=lambda leg: (leg.lead, leg.index))
    for leg in legs:
        yield when_done(run, leg)
        now = next(other for other in run.state.legs if other.index == leg.index)
        if not now.open or now.state == LegStage.SUSPENDED:
            continue
        evidence = run.files("after", run.rng.choice((1, 1, 2)), clean=True)
        run.do(handling.handle, run.clerk(now.department), evidence=evidence, note=what_was_done(run))


def what_was_done(run: Run) -> str:
    return done(run.rng, run.plan.subject.code, run.plan.subject.name)


def when_done(run: Run, leg: LegState) -> datetime:
    """Mostly within the limit, well before its end; the late ones well after it."""
    plan, rng = run.plan, run.rng
    if plan.enter is not None and plan.hold in (*STOPS, "reworking") and not run.state.reworks:
        return max(plan.enter, run.at + timedelta(minutes=3))
    late = leg.lead and not run.state.reworks and (plan.fate in LATE_FATES or plan.hold in LATE_HOLDS)
    part = 1 + rng.expovariate(1.6) * 0.8 + 0.02 if late else 0.12 + 0.83 * rng.betavariate(2, 2)
    return run.share(part, leg)


def forwarded(run: Run) -> Life:
    """反馈, once sent back for more evidence where that is its fate; then 发核查."""
    yield run.soon(2, 13)
    if run.plan.fate == "send_back" and not run.state.reworks:
        run.do(handling.send_back, run.who("dispatcher"), note=reason(run.rng, "send_back"))
        yield run.soon(30, 150)
        evidence = run.files("after", 2, clean=True)
        run.do(handling.handle, run.clerk(run.leg().department), evidence=evidence, note=what_was_done(run))
        yield run.soon(2, 12)
    run.do(handling.forward, run.who("dispatcher"))


def checked(run: Run, *, passed: bool, but: tuple[int, ...] = ()) -> Life:
    """核查 by somebody who had no hand in it."""
    yield run.soon(2, 13)
    if stops(run):
        return
    to = run.inspector(but=but)
    run.do(closing.request_check, run.who("intake"), inspector=to.inspector)
    if stops(run):
        return
    yield run.soon(12, 55)
    run.do(
        closing.answer_check, to, passed=passed, evidence=run.files("check", clean=passed),
        distance_m=run.rng.randrange(2, 42), note="" if passed else reason(run.rng, "rework"),
    )  # fmt: skip


def afterwards(run: Run) -> Life:
    """What a closed case may still see."""
    plan, rng = run.plan, run.rng
    if plan.fate in ("reopen", "reopen_rework") or plan.hold == "reopened":
        yield from reopened(run)
        if plan.hold == "reopened":
            return
    if plan.fate.startswith("late_appeal") or plan.hold in LATE_HOLDS:
        yield from appealed(run)
        if plan.hold:
            return
    if rng.random() < 0.1:
        yield run.soon(60, 900)
        shown = [item.file for item in run.state.evidence if item.purpose in ("report", "after")]
        run.do(closing.release, run.who("intake"), words=plan.description, files=shown)
    if run.reporter is not None:
        yield from rated(run)


def rated(run: Run) -> Life:
    rng = run.rng
    kind = rng.choices(closing.RATINGS, (72, 20, 8))[0]
    dice = rng.random()
    if dice < 0.3:
        yield run.at + timedelta(hours=rng.uniform(0.5, 60))
        run.do(closing.rate, REPORTER, rating=kind)
    elif dice < 0.42:
        yield run.duty(rng.uniform(200, 1500))
        intake = run.who("intake")
        if run.plan.reporter[1] and rng.random() < 0.4:
            run.do(closing.disclose, intake, note=reason(rng, "disclose"))
        run.do(closing.callback, intake, rating=kind)


def reopened(run: Run) -> Life:
    """上报人申请重办: another inspector looks; rework, or it stays closed."""
    plan, rng = run.plan, run.rng
    usual = run.at + timedelta(days=rng.uniform(0.5, 9))
    yield usual if plan.enter is None else max(plan.enter, run.at + timedelta(minutes=5))
    run.do(closing.reopen, REPORTER, note=reason(rng, "reopen"), evidence=[])
    if plan.hold == "reopened":
        return
    undone = plan.fate == "reopen_rework"
    yield from checked(run, passed=not undone, but=run.state.checkers)
    yield run.soon(3, 14)
    if undone:
        run.do(closing.rework, run.who("shift_leader"), note=reason(rng, "rework"))
        yield from handled(run)
        yield from forwarded(run)
        yield from checked(run, passed=True)
        yield run.soon(3, 14)
    run.do(closing.close, run.who("shift_leader"))


def appealed(run: Run) -> Life:
    """超时申诉: two reviews; the fact stays."""
    plan, rng = run.plan, run.rng
    leg = run.leg()
    if not leg.overdue:
        return
    usual = run.duty(rng.uniform(200, 3000))
    yield usual if plan.enter is None else max(plan.enter, run.at + timedelta(minutes=5))
    run.do(
        requests.appeal, run.clerk(leg.department), note=reason(rng, "appeal"), evidence=run.files("request")
    )
    if plan.hold == "appeal_pending":
        return
    yield run.soon(20, 200)
    run.do(requests.review_appeal, run.who("dispatcher"), granted=True)
    if plan.hold == "appeal_reviewed":
        return
    yield run.soon(20, 200)
    run.do(requests.decide_appeal, run.who("intake"), granted=plan.fate != "late_appeal_denied")
