"""How a case goes from its report to its filing, and from there on. Each `yield` is the moment of the next step."""

from datetime import timedelta

from demo.detours import requests, returned
from demo.handling import work
from demo.words import reason
from demo.world import Hand, Life, Run
from xiucheng.cases.rules import closing, handling, intake
from xiucheng.cases.rules.basis import REPORTER, SYSTEM, Doer, Target
from xiucheng.cases.words import ENDED, VERIFY_FIRST, Channel, Stage, Step

ON_THE_SPOT = ("当场清理完毕。", "已当场劝导整改。", "随手处理，现场恢复。")
POST_OF = {"inspector": "inspector", "leader": "leader", "hotline": "intake"}


def life(run: Run) -> Life:
    """The whole life of one case. A held one stops on the desk where it is to wait."""
    yield run.plan.at
    own = report(run)
    if run.plan.hold == "reported":
        return
    if run.plan.fate == "self" and isinstance(own, Hand):
        yield from self_handled(run, own)
        return
    yield from accepted(run)
    if run.state.ended or run.plan.hold in ("asked", "verifying", "accepted"):
        return
    yield from filed(run)
    if run.state.ended or run.plan.hold == "filed":
        return
    yield from dispatched(run)
    if run.plan.hold in ("at_centre", "sent"):
        return
    yield from returned(run)
    if run.state.stage != Stage.HANDLING or run.plan.hold in (
        "return_pending",
        "return_reviewed",
        "arbitrating",
    ):
        return
    yield from requests(run)
    if run.state.ended or run.plan.hold in WAITING_IN_HANDLING:
        return
    yield from work(run)


WAITING_IN_HANDLING = frozenset(
    {"taken", "extend_pending", "extend_reviewed", "suspend_pending", "suspended", "void_pending", "supervised",
     "overdue"}
)  # fmt: skip


def report(run: Run) -> Hand | Doer:
    """上报 by whoever the channel means."""
    plan = run.plan
    who = reporter_of(run)
    doer = who.doer if isinstance(who, Hand) else who
    facts = intake.ReportFacts(
        case=run.id,
        number=run.number,
        channel=Channel(plan.channel),
        description=plan.description,
        place=run.place,
        address=plan.address,
        category=plan.subject.key if plan.named else "",
        reporter=run.reporter,
        evidence=run.files("report", plan.photos),
    )
    run.world.write(run, intake.report(facts, doer, run.env), doer)
    return who


def reporter_of(run: Run) -> Hand | Doer:
    people, channel = run.world.people, run.plan.channel
    if channel == "grid_worker":
        street = people.centres.get((run.place.county, "grid_worker"), [])
        own = [hand for hand in street if run.place.township in hand.scope]
        return run.rng.choice(own or street) if street else REPORTER
    if channel == "inspector":
        own = people.centres[run.place.county, "inspector"]
        near = [hand for hand in own if run.place.beat in hand.beats or run.place.township in hand.scope]
        return run.rng.choice(near or own)
    return people.of(run.place.county, POST_OF[channel], run.rng) if channel in POST_OF else REPORTER


def self_handled(run: Run, own: Hand) -> Life:
    """自处置: solved on the spot; the 值班长 closes it."""
    yield run.at + timedelta(minutes=run.rng.uniform(6, 40))
    run.do(intake.self_handle, own, evidence=run.files("after", clean=True), note=run.rng.choice(ON_THE_SPOT))
    yield run.soon(3, 14)
    run.do(closing.close, run.who("shift_leader"))


def accepted(run: Run) -> Life:
    """受理, and what may happen before the case can be filed: asking, merging, 核实."""
    plan, rng = run.plan, run.rng
    yield run.soon(1, 9)
    if plan.fate == "refuse":
        run.do(intake.refuse_report, run.who("intake"), note=reason(rng, "refuse"))
        return
    if plan.fate in ("ask", "ask_silent") or plan.hold == "asked":
        yield from asked(run)
        if plan.hold == "asked":
            return
    run.do(intake.accept, run.who("intake"), category="" if run.state.category else plan.subject.key)
    if plan.twin is not None:
        yield run.soon(2, 8)
        yield from merged(run)
        if run.state.stage in ENDED:
            return
    if plan.fate == "correct":
        yield run.soon(1, 4)
        run.do(
            intake.correct,
            run.who("intake"),
            changes={"address": f"{plan.address}（已核对）"},
            note="按上报人说明更正地址。",
        )
    if run.state.channel in VERIFY_FIRST:
        yield from verified(run)


def asked(run: Run) -> Life:
    run.do(intake.ask, run.who("intake"), note=reason(run.rng, "ask"))
    if run.plan.hold == "asked":
        return
    if run.plan.fate == "ask":
        yield run.at + timedelta(hours=run.rng.uniform(0.2, 40))
        run.do(intake.answer_ask, REPORTER, note=reason(run.rng, "answer"), evidence=[])
    else:
        yield run.at + timedelta(days=run.env.policy.ask_days, minutes=1)
        run.do(intake.expire_ask, SYSTEM)
    yield run.soon(2, 9)


def merged(run: Run) -> Life:
    """并案 into the case it repeats, if that still goes on; later perhaps undone."""
    assert run.plan.twin is not None
    parent = run.world.runs[run.plan.twin]
    if parent.state_ is None or parent.state.ended or parent.state.merged_into is not None:
        return
    who = run.who("intake")
    parent.at = run.at
    down, up = intake.merge(run.state, parent.state, who.doer, run.env, distance_m=run.rng.randrange(2, 24))
    run.world.write(parent, up, who.doer)
    run.world.write(run, down, who.doer)
    if run.plan.fate == "unmerge":
        yield run.soon(30, 200)
        who = run.who("intake")
        parent.at = run.at
        down, up = intake.unmerge(run.state, parent.state, who.doer, run.env, note=reason(run.rng, "unmerge"))
        run.world.write(parent, up, who.doer)
        run.world.write(run, down, who.doer)
        yield run.soon(2, 9)


def verified(run: Run) -> Life:
    """核实: a public report is seen on site before it is filed."""
    plan, rng = run.plan, run.rng
    if plan.hold == "accepted":
        return
    yield run.soon(1, 8)
    to = run.inspector()
    run.do(intake.request_verify, run.who("intake"), inspector=to.inspector)
    if plan.hold == "verifying":
        return
    if plan.fate == "reassign":
        yield run.soon(3, 9)
        other = run.inspector(but=(to.person,))
        if other.post != to.post:
            run.do(intake.reassign, run.who("intake"), inspector=other.inspector)
            to = other
    yield run.soon(8, 29)
    found = plan.fate not in ("decline",)
    run.do(
        intake.answer_verify, to, found=found, evidence=run.files("verify", clean=not found),
        distance_m=rng.randrange(2, 42), note="" if found else reason(rng, "decline"),
    )  # fmt: skip


def filed(run: Run) -> Life:
    """立案, or why not."""
    plan, rng = run.plan, run.rng
    if plan.fate in ("decline", "decline_plain"):
        yield run.soon(2, 12)
        run.do(intake.decline, run.who("shift_leader"), note=reason(rng, "decline"))
        return
    if rng.random() < 0.6:
        yield run.soon(1, 6)
        run.do(intake.propose, run.who("intake"), standard=run.plan.row)
    if plan.fate == "urgent":
        yield run.soon(1, 4)
        shift = run.who("shift_leader")
        if run.may(Step.MARK_URGENT, shift):
            run.do(intake.mark_urgent, shift, note="涉及安全，从速办理。")
    yield run.soon(2, 13)
    shift = run.who("shift_leader")
    intake.may_file(run.state, shift.doer)
    number = run.world.case_number(run.place.county, run.at)
    run.do(intake.file, shift, standard=run.plan.row, case_number=number)
    if plan.fate == "void":
        yield run.soon(4, 30)
        void = run.rng.choice(closing.VOID_REASONS)
        run.do(closing.void, run.who("shift_leader"), reason=void, note=reason(rng, "void"))


def dispatched(run: Run) -> Life:
    """派遣: straight to the department, or by the city through the county's command centre."""
    plan = run.plan
    yield run.soon(2, 13)
    through = plan.fate in ("onward", "onward_return") or plan.hold == "at_centre"
    centre = run.world.people.command.get(run.place.county)
    if through and centre is not None:
        city = run.world.people.of("5301", "dispatcher", run.rng)
        run.do(handling.dispatch, city, to=Target(centre, centre=True), standard=run.plan.row)
        if plan.hold == "at_centre":
            return
        yield run.soon(2, 12)
    wrong = plan.fate in ("return", "wrong", "dispute", "onward_return") or plan.hold in (
        "return_pending",
        "return_reviewed",
        "arbitrating",
    )
    to = run.world.wrong_body(run, (run.lead,)) if wrong else run.lead
    helpers = run.helpers if not wrong and plan.fate in ("together", "") else ()
    if plan.fate == "together" and not helpers:
        helpers = (run.world.wrong_body(run, (run.lead,)),)
    run.do(
        handling.dispatch, run.who("dispatcher"), to=Target(to),
        cooperating=tuple(Target(body) for body in helpers), standard=run.plan.row,
    )  # fmt: skip
