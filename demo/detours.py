"""What comes between dispatch and reply: returns and arbitration, extensions, 挂账, 督办, splits, 作废."""

from datetime import datetime, timedelta

from demo.words import reason
from demo.world import Hand, Life, Run
from xiucheng.cases.rules import closing, handling
from xiucheng.cases.rules import requests as rules
from xiucheng.cases.rules.basis import SYSTEM, Target
from xiucheng.cases.words import LegStage, Stage, Step


def returned(run: Run) -> Life:
    """回退, once, denied, through the centre, or twice and arbitrated; ends with the right department at work."""
    plan = run.plan
    if plan.hold == "return_pending":
        yield from ask_back(run)
    elif plan.hold == "return_reviewed":
        yield from ask_back(run)
        yield run.soon(4, 30)
        run.do(rules.decide_return, run.who("dispatcher"), granted=True, wrong=True)
    elif plan.hold == "arbitrating" or plan.fate == "dispute":
        yield from disputed(run)
    elif plan.fate in ("return", "wrong", "onward_return"):
        yield from sent_back(run, wrong=plan.fate == "wrong")
        yield from again(run, run.lead)
    elif plan.fate == "return_denied":
        yield from ask_back(run)
        yield run.soon(10, 60)
        run.do(rules.decide_return, run.who("dispatcher"), granted=False, note=reason(run.rng, "deny_return"))


def ask_back(run: Run) -> Life:
    yield held_or(run, run.share(run.rng.uniform(0.04, 0.2)))
    run.do(rules.return_, run.clerk(run.leg().department), note=reason(run.rng, "return"))


def held_or(run: Run, usual: datetime) -> datetime:
    """The moment a held case comes to its desk, else the usual one."""
    if run.plan.enter is None:
        return usual
    return max(run.plan.enter, run.at + timedelta(minutes=2))


def sent_back(run: Run, *, wrong: bool) -> Life:
    yield from ask_back(run)
    yield run.soon(6, 50)
    run.do(rules.decide_return, run.who("dispatcher"), granted=True, wrong=wrong)
    if wrong:
        yield run.soon(6, 60)
        run.do(rules.confirm_return, run.who("shift_leader"), granted=run.rng.random() < 0.85)


def again(run: Run, to: int) -> Life:
    """派遣 anew; where it went back to a county's centre, by that centre's dispatcher."""
    yield run.soon(3, 14)
    run.do(handling.dispatch, run.who("dispatcher"), to=Target(to), standard=run.plan.row)


def disputed(run: Run) -> Life:
    first = run.leg().department
    yield from sent_back(run, wrong=False)
    yield from again(run, run.world.wrong_body(run, (run.lead, first)))
    yield from sent_back(run, wrong=False)
    if run.plan.hold == "arbitrating" or run.state.stage != Stage.ARBITRATING:
        return
    yield run.duty(run.rng.uniform(60, 500))
    words = reason(run.rng, "arbitrate")
    leader = run.who("leader")
    run.do(handling.arbitrate, leader, to=Target(run.lead), note=words)
    run.world.rulings.append((run, run.lead, words))
    yield from again(run, run.lead)


def requests(run: Run) -> Life:
    """接收, then whatever the department asks for or is told before it replies."""
    fate, hold = run.plan.fate, run.plan.hold
    yield run.share(run.rng.uniform(0.02, 0.12)) if not hold else run.soon(3, 20)
    clerk = run.clerk(run.leg().department)
    if run.may(Step.TAKE, clerk):
        run.do(handling.take, clerk)
    if fate.startswith("extend") or hold.startswith("extend"):
        yield from extended(run, clerk)
    elif fate.startswith("suspend") or hold.startswith("suspend"):
        yield from suspended(run, clerk)
    elif fate == "supervise" or hold == "supervised":
        yield from supervised(run, clerk)
    elif fate == "void_signed" or hold == "void_pending":
        yield from voided(run)
    elif fate == "split":
        yield run.share(0.2)
        other = run.world.wrong_body(run, run.state.departments)
        run.do(handling.split, run.who("dispatcher"), cooperating=(Target(other),), standard=run.plan.row)
    elif fate == "note":
        run.do(closing.note_, clerk, note=reason(run.rng, "note"))
    elif fate == "remind":
        yield run.share(0.8)
        if run.rng.random() < 0.5:
            run.do(handling.remind, SYSTEM, percent=80)
        else:
            run.do(handling.remind, run.who("dispatcher"), note=reason(run.rng, "remind"))


def extended(run: Run, clerk: Hand) -> Life:
    """延期: the head reviews, the dispatcher decides."""
    times = 2 if run.plan.fate == "extend_twice" else 1
    for _n in range(times):
        yield held_or(run, run.share(run.rng.uniform(0.5, 0.85)))
        if not run.may(Step.EXTEND, clerk):
            return
        run.do(rules.extend, clerk, note=reason(run.rng, "extend"))
        if run.plan.hold == "extend_pending":
            return
        yield run.soon(15, 90)
        run.do(rules.review_extend, run.head_of(run.leg().department), granted=True)
        if run.plan.hold == "extend_reviewed":
            return
        yield run.soon(10, 60)
        granted = run.plan.fate != "extend_denied"
        run.do(
            rules.decide_extend,
            run.who("dispatcher"),
            granted=granted,
            note="" if granted else "理由不充分。",
        )


def suspended(run: Run, clerk: Hand) -> Life:
    """挂账 until a day; it goes on by itself, or earlier."""
    rng = run.rng
    yield held_or(run, run.share(rng.uniform(0.15, 0.5)))
    if not run.may(Step.SUSPEND, clerk):
        return
    until = (run.at + timedelta(days=rng.uniform(12, 110))).replace(microsecond=0)
    run.do(rules.suspend, clerk, until=until, note=reason(rng, "suspend"), evidence=run.files("request"))
    if run.plan.hold == "suspend_pending":
        return
    yield run.soon(15, 120)
    shift = run.who("shift_leader")
    if not run.may(Step.DECIDE_SUSPEND, shift):
        return
    run.do(rules.decide_suspend, shift, granted=run.plan.fate != "suspend_denied")
    if run.plan.hold == "suspended" or run.leg().state != LegStage.SUSPENDED:
        return
    if run.plan.fate == "suspend_early":
        yield run.at + (until - run.at) / 2
        run.do(rules.resume, clerk, note="条件已具备，提前恢复。")
    else:
        yield until + timedelta(minutes=1)
        run.do(rules.resume, SYSTEM)


def supervised(run: Run, clerk: Hand) -> Life:
    """督办 with an answer due."""
    rng = run.rng
    yield held_or(run, run.share(rng.uniform(0.3, 0.6)))
    level = rng.choice(("一般", "一般", "重点", "领导"))
    by = run.who("leader" if level == "领导" else "shift_leader")
    reply_by = run.at + timedelta(days=rng.choice((1, 2, 3)))
    run.do(handling.supervise, by, level=level, reply_by=reply_by, note=reason(rng, "supervise"))
    if run.plan.hold == "supervised":
        return
    yield run.soon(40, 240)
    run.do(handling.answer_supervise, clerk, note=reason(rng, "answered"))


def voided(run: Run) -> Life:
    """作废 after dispatch, signed off by the leader."""
    yield held_or(run, run.share(run.rng.uniform(0.2, 0.5)))
    run.do(closing.void, run.who("shift_leader"), reason="误报", note=reason(run.rng, "void"))
    if run.plan.hold == "void_pending":
        return
    yield run.soon(30, 240)
    run.do(closing.sign_void, run.who("leader"), granted=True)
