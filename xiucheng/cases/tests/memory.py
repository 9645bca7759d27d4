"""A case in memory over the pure rules: who could do what, with arguments drawn from a number."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from xiucheng.cases.projection import evolve
from xiucheng.cases.rules import closing, handling, intake, requests
from xiucheng.cases.rules.basis import (
    REPORTER,
    SYSTEM,
    Doer,
    Env,
    InspectorFacts,
    Policy,
    StandardFacts,
    Target,
)
from xiucheng.cases.state import By, CaseState, Draft, EventRecord
from xiucheng.cases.words import Channel, Step
from xiucheng.kernel import canonical
from xiucheng.kernel.workdays import shipped_calendar
from xiucheng.people.rules import Role, rights_of

CALENDAR = shipped_calendar()
POLICY = Policy()

SUPERVISION_CENTRE, COMMAND_CENTRE, DISTRICT_CENTRE = 1, 2, 3
ROADS, DRAINS, CLEANING, STREET = 11, 12, 13, 14
DEPARTMENTS = (ROADS, DRAINS, CLEANING, STREET)


def doer(post: int, person: int, role: Role, department: int | None, *, head: bool = False) -> Doer:
    rights = frozenset(right.value for right in rights_of(role, is_head=head))
    return Doer(By("staff", post, person, role.value, department), rights, department)


# Posts of persons; some persons hold two, also across the centres and in a department.
CAST: tuple[Doer, ...] = (
    doer(1, 101, Role.INTAKE, SUPERVISION_CENTRE),
    doer(2, 102, Role.SHIFT_LEADER, SUPERVISION_CENTRE),
    doer(3, 103, Role.SHIFT_LEADER, SUPERVISION_CENTRE),
    doer(4, 104, Role.INSPECTOR, SUPERVISION_CENTRE),
    doer(5, 105, Role.INSPECTOR, SUPERVISION_CENTRE),
    doer(6, 106, Role.INSPECTOR, SUPERVISION_CENTRE),
    doer(7, 107, Role.DISPATCHER, COMMAND_CENTRE),
    doer(8, 108, Role.DISPATCHER, DISTRICT_CENTRE),
    doer(9, 109, Role.LEADER, None),
    doer(11, 111, Role.DEPARTMENT, ROADS),
    doer(12, 112, Role.DEPARTMENT, ROADS, head=True),
    doer(13, 113, Role.DEPARTMENT, DRAINS),
    doer(14, 114, Role.DEPARTMENT, DRAINS, head=True),
    doer(15, 115, Role.DEPARTMENT, CLEANING),
    doer(16, 116, Role.GRID_WORKER, STREET),
    # second posts
    doer(21, 102, Role.INSPECTOR, SUPERVISION_CENTRE),
    doer(22, 107, Role.INTAKE, SUPERVISION_CENTRE),
    doer(23, 103, Role.DEPARTMENT, CLEANING),
    doer(24, 105, Role.SHIFT_LEADER, SUPERVISION_CENTRE),
    doer(25, 107, Role.LEADER, None),
    doer(26, 109, Role.SHIFT_LEADER, SUPERVISION_CENTRE),
    doer(27, 106, Role.DEPARTMENT, ROADS),
)
HOUSES: dict[int, frozenset[int]] = {
    person: frozenset(d.department for d in CAST if d.by.person == person and d.department is not None)
    for person in {d.by.person for d in CAST if d.by.person is not None}
}
CAST = tuple(replace(d, houses=HOUSES[d.by.person or 0]) for d in CAST)
INSPECTORS = tuple(
    InspectorFacts(d.by.post or 0, d.by.person or 0, d.department, d.houses)
    for d in CAST
    if d.by.role == "inspector"
)
STANDARDS = (
    StandardFacts(1, "S/matter/01001", "4", "工作时"),
    StandardFacts(2, "S/matter/01001", "2", "工作日"),
    StandardFacts(3, "S/matter/01001", "2", "紧急工作时"),
    StandardFacts(4, "S/matter/04002", "15", "工作日", "03-01..05-31"),
)


@dataclass(frozen=True, slots=True)
class Draw:
    """Small choices out of one number."""

    number: int
    flag: bool
    word: str

    def one(self, items: Any, salt: int = 0) -> Any:
        return items[(self.number // (1 + salt)) % len(items)]


def target(number: int) -> Target:
    return Target(number, centre=number == DISTRICT_CENTRE)


def files(purpose: str, draw: Draw) -> list[dict[str, str]]:
    return [{"file": str(UUID(int=draw.number % 1000)), "sm3": "00", "purpose": purpose}]


def lead(draw: Draw) -> Target:
    return target(draw.one((*DEPARTMENTS, DISTRICT_CENTRE)))


def others(draw: Draw) -> tuple[Target, ...]:
    if draw.number % 3:
        return ()
    return (target(draw.one(DEPARTMENTS, 2)),)


Rule = Callable[[CaseState, Doer, Env, Draw], Draft | None]
RULES: dict[Step, Rule] = {
    Step.ACCEPT: lambda s, d, e, x: intake.accept(s, d, e),
    Step.REFUSE: lambda s, d, e, x: intake.refuse_report(s, d, e, note=x.word),
    Step.DECLINE: lambda s, d, e, x: intake.decline(s, d, e, note=x.word),
    Step.ASK: lambda s, d, e, x: intake.ask(s, d, e, note=x.word),
    Step.ANSWER_ASK: lambda s, d, e, x: intake.answer_ask(s, d, e, note=x.word, evidence=[]),
    Step.EXPIRE_ASK: lambda s, d, e, x: intake.expire_ask(s, d, e),
    Step.REQUEST_VERIFY: lambda s, d, e, x: intake.request_verify(s, d, e, inspector=x.one(INSPECTORS)),
    Step.ANSWER_VERIFY: lambda s, d, e, x: intake.answer_verify(
        s, d, e, found=x.flag or x.number % 4 > 0, evidence=files("verify", x), note=x.word
    ),
    Step.REASSIGN: lambda s, d, e, x: intake.reassign(s, d, e, inspector=x.one(INSPECTORS)),
    Step.PROPOSE: lambda s, d, e, x: intake.propose(s, d, e, standard=x.one(STANDARDS)),
    Step.CORRECT: lambda s, d, e, x: intake.correct(s, d, e, changes={"address": x.word}),
    Step.FILE: lambda s, d, e, x: intake.file(
        s, d, e, standard=x.one(STANDARDS), case_number=f"530102{x.number}"
    ),
    Step.MARK_URGENT: lambda s, d, e, x: intake.mark_urgent(s, d, e, limit=("2", "紧急工作时")),
    Step.SELF_HANDLE: lambda s, d, e, x: intake.self_handle(
        s, d, e, evidence=files("before", x) + files("after", x)
    ),
    Step.DISPATCH: lambda s, d, e, x: handling.dispatch(
        s, d, e, to=lead(x), cooperating=others(x), standard=x.one(STANDARDS, 1)
    ),
    Step.SPLIT: lambda s, d, e, x: handling.split(
        s, d, e, cooperating=(target(x.one(DEPARTMENTS)),), standard=x.one(STANDARDS, 1)
    ),
    Step.TAKE: lambda s, d, e, x: handling.take(s, d, e),
    Step.ASSIGN: lambda s, d, e, x: handling.assign(
        s, d, e, crew=handling.CrewFacts(100 + x.number % 5, d.department or 0, x.number % 4 > 0)
    ),
    Step.INSTRUCT: lambda s, d, e, x: closing.instruct(s, d, e, note=x.word),
    Step.HANDLE: lambda s, d, e, x: handling.handle(s, d, e, evidence=files("after", x), note=x.word),
    Step.FORWARD: lambda s, d, e, x: handling.forward(s, d, e),
    Step.SEND_BACK: lambda s, d, e, x: handling.send_back(
        s, d, e, department=x.one((None, *DEPARTMENTS)), note=x.word
    ),
    Step.ARBITRATE: lambda s, d, e, x: handling.arbitrate(
        s, d, e, to=target(x.one(DEPARTMENTS)), note=x.word
    ),
    Step.REMIND: lambda s, d, e, x: (
        handling.remind_due(s, d, e, leg=1 + x.number % 3)
        if d.by.kind == "system"
        else handling.remind(s, d, e, note=x.word)
    ),
    Step.SUPERVISE: lambda s, d, e, x: handling.supervise(
        s, d, e, level="重点", reply_by=e.at + timedelta(days=1 + x.number % 5), note=x.word
    ),
    Step.ANSWER_SUPERVISE: lambda s, d, e, x: handling.answer_supervise(s, d, e, note=x.word),
    Step.RETURN: lambda s, d, e, x: requests.return_(s, d, e, note=x.word),
    Step.DECIDE_RETURN: lambda s, d, e, x: requests.decide_return(
        s, d, e, granted=x.flag or x.number % 3 > 0, wrong=x.flag, fallback=Target(STREET), note=x.word
    ),
    Step.CONFIRM_RETURN: lambda s, d, e, x: requests.confirm_return(s, d, e, granted=x.flag),
    Step.EXTEND: lambda s, d, e, x: requests.extend(s, d, e, note=x.word),
    Step.REVIEW_EXTEND: lambda s, d, e, x: requests.review_extend(s, d, e, granted=x.number % 4 > 0),
    Step.DECIDE_EXTEND: lambda s, d, e, x: requests.decide_extend(s, d, e, granted=x.number % 4 > 0),
    Step.SUSPEND: lambda s, d, e, x: requests.suspend(
        s, d, e, until=e.at + timedelta(days=1 + x.number % 400), note=x.word, evidence=files("request", x)
    ),
    Step.DECIDE_SUSPEND: lambda s, d, e, x: requests.decide_suspend(s, d, e, granted=x.number % 4 > 0),
    Step.RESUME: lambda s, d, e, x: requests.resume(s, d, e),
    Step.REQUEST_CHECK: lambda s, d, e, x: closing.request_check(s, d, e, inspector=x.one(INSPECTORS)),
    Step.ANSWER_CHECK: lambda s, d, e, x: closing.answer_check(
        s, d, e, passed=x.number % 3 > 0, evidence=files("check", x), note=x.word
    ),
    Step.CLOSE: lambda s, d, e, x: closing.close(s, d, e),
    Step.REWORK: lambda s, d, e, x: closing.rework(
        s, d, e, departments=(x.one(DEPARTMENTS),) if x.flag else (), note=x.word
    ),
    Step.VOID: lambda s, d, e, x: closing.void(s, d, e, reason=x.one(closing.VOID_REASONS), note=x.word),
    Step.SIGN_VOID: lambda s, d, e, x: closing.sign_void(s, d, e, granted=x.flag),
    Step.REOPEN: lambda s, d, e, x: closing.reopen(s, d, e, note=x.word, evidence=[]),
    Step.APPEAL: lambda s, d, e, x: requests.appeal(s, d, e, note=x.word, evidence=[]),
    Step.REVIEW_APPEAL: lambda s, d, e, x: requests.review_appeal(s, d, e, granted=x.flag),
    Step.DECIDE_APPEAL: lambda s, d, e, x: requests.decide_appeal(s, d, e, granted=x.flag),
    Step.RATE: lambda s, d, e, x: closing.rate(s, d, e, rating=x.one(closing.RATINGS)),
    Step.CALLBACK: lambda s, d, e, x: closing.callback(s, d, e, rating=x.one(closing.RATINGS)),
    Step.NOTE: lambda s, d, e, x: closing.note_(s, d, e, note=x.word),
    Step.RELEASE: lambda s, d, e, x: closing.release(
        s, d, e, words=x.word, files=[item.file for item in s.evidence[:1]]
    ),
    Step.DISCLOSE: lambda s, d, e, x: closing.disclose(s, d, e, note=x.word),
    Step.RECOMPUTE: lambda s, d, e, x: closing.recompute(s, d, e),
    Step.RELOCATE: lambda s, d, e, x: closing.relocate(
        s, d, e, place={"community": x.one(("530102001001", "530102001002"))}, version=1
    ),
}
DOERS: tuple[Doer, ...] = (*CAST, REPORTER, SYSTEM)


class MemoryCase:
    """A case and its record, in memory."""

    def __init__(self, number: int, at: datetime, channel: Channel, by: Doer = REPORTER) -> None:
        place = intake.PlaceFacts(1_027_005_000, 250_415_000, "530102", near=("530103",))
        facts = intake.ReportFacts(
            case=UUID(int=number),
            number=f"R{number}",
            channel=channel,
            description="垃圾",
            place=place,
            category="S/matter/01001",
            reporter=7 if by is REPORTER else None,
            evidence=[{"file": str(UUID(int=1)), "sm3": "00", "purpose": "report"}],
        )
        self.events: list[EventRecord] = []
        self.folded: CaseState | None = None
        self.write(intake.report(facts, by, self.env(at)), by, at)

    @property
    def state(self) -> CaseState:
        assert self.folded is not None, "born with its first event"
        return self.folded

    @staticmethod
    def env(at: datetime) -> Env:
        return Env(at, CALENDAR, POLICY)

    def write(self, draft: Draft, by: Doer, at: datetime) -> None:
        """Append and fold, with data as it comes back from the store."""
        data = canonical.plain(draft.data)
        event = EventRecord(len(self.events) + 1, str(draft.step), at, by.by, data, draft.note)
        self.folded = evolve(self.folded, event)
        self.events.append(event)
