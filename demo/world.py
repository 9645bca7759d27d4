"""The simulated city: who is there, what they know, the clock of events. Decides by the real rules of cases.

A case is a Python generator that does one step and yields the moment of its next one; a heap runs all cases in
order of time. So counters run, cases meet (duplicates), and events are written in the order they happened.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID

from demo.pictures import scene_of
from demo.plans import Plan
from demo.spec import CITY
from xiucheng.cases.rules import clocks
from xiucheng.cases.rules.basis import Doer, Env, InspectorFacts, Policy
from xiucheng.cases.rules.intake import PlaceFacts
from xiucheng.cases.rules.prechecks import why_not_now
from xiucheng.cases.state import CaseState, Draft, LegState
from xiucheng.cases.store import GENESIS, Written, advance
from xiucheng.cases.words import ClockKind, Step
from xiucheng.kernel.worktime import CHINA, Calendar, Limit, Unit, add
from xiucheng.people.models import Post

Life = Iterator[datetime]


@dataclass(frozen=True, slots=True)
class Hand:
    """A post at work. on: it has an account, so its desk can be opened."""

    post: int
    person: int
    department: int | None
    doer: Doer
    scope: tuple[str, ...]
    beats: tuple[int, ...]
    on: bool

    @property
    def inspector(self) -> InspectorFacts:
        return InspectorFacts(self.post, self.person, self.department)


@dataclass
class People:
    """The posts of the city by what they are asked for."""

    centres: dict[tuple[str, str], list[Hand]] = field(default_factory=lambda: defaultdict(list))
    clerks: dict[int, list[Hand]] = field(default_factory=lambda: defaultdict(list))
    heads: dict[int, list[Hand]] = field(default_factory=lambda: defaultdict(list))
    command: dict[str, int] = field(default_factory=dict)  # county → department of its command centre

    @classmethod
    def load(cls) -> "People":
        people = cls()
        rows = Post.objects.select_related("department").prefetch_related("beats").order_by("pk")
        for post in rows:
            hand = Hand(
                post.pk,
                post.person_id,
                post.department_id,
                Doer.of(post.actor()),
                tuple(post.scope_codes),
                tuple(beat.pk for beat in post.beats.all()),
                post.on_duty,
            )
            if post.role == "department" and post.department_id:
                (people.heads if post.is_head else people.clerks)[post.department_id].append(hand)
            elif post.scope_codes:
                people.centres[post.scope_codes[0][:6], post.role].append(hand)
            if post.department and post.department.is_command_centre:
                people.command[post.department.division_code] = post.department_id or 0
        return people

    def of(self, county: str, role: str, rng: Random) -> Hand:
        """Somebody of a county in a role; of the city where the county has nobody."""
        return rng.choice(self.centres.get((county, role)) or self.centres[CITY, role])


@dataclass
class Run:
    """One case on its way through the loop."""

    world: "World"
    plan: Plan
    id: UUID
    number: str
    place: PlaceFacts
    lead: int
    helpers: tuple[int, ...]
    reporter: int | None
    rng: Random
    at: datetime
    state_: CaseState | None = None
    head: bytes = GENESIS
    late: bool = False  # this one will miss its limit

    @property
    def state(self) -> CaseState:
        assert self.state_ is not None, "reported"
        return self.state_

    @property
    def env(self) -> Env:
        return self.world.env(self.place.county, self.at)

    def do(self, rule: Callable[..., Draft], who: Hand | Doer, **arguments: Any) -> None:
        """Do one step now, by its real rule."""
        doer = who.doer if isinstance(who, Hand) else who
        self.world.write(self, rule(self.state, doer, self.env, **arguments), doer)

    def may(self, step: Step, who: Hand | Doer) -> bool:
        """Would the rules let somebody do it now?"""
        doer = who.doer if isinstance(who, Hand) else who
        return why_not_now(self.state, doer, self.env, step) is None

    def who(self, role: str) -> Hand:
        return self.world.people.of(self.place.county, role, self.rng)

    def clerk(self, department: int) -> Hand:
        return self.rng.choice(self.world.people.clerks[department])

    def head_of(self, department: int) -> Hand:
        return self.rng.choice(self.world.people.heads[department])

    def inspector(self, *, but: Sequence[int] = ()) -> Hand:
        """Of this beat, else of the township; lately and for tasks that wait, one whose desk can be opened."""
        own = self.world.people.centres[self.place.county, "inspector"]
        free = [hand for hand in own if hand.person not in but and hand.person not in self.state.command]
        if self.plan.hold or self.world.now - self.at < timedelta(days=2):
            return self.rng.choice([hand for hand in free if hand.on] or free)
        near = [hand for hand in free if self.place.beat is not None and self.place.beat in hand.beats]
        near = near or [hand for hand in free if self.place.township in hand.scope]
        return self.rng.choice(near or free)

    def soon(self, low: float, high: float) -> datetime:
        """Some minutes later, as the centres count them (8–20 h); sometimes they are slow."""
        minutes = self.rng.uniform(low, high) * (3 if self.rng.random() < 0.05 else 1)
        if self.plan.enter is not None and self.at >= self.plan.enter - timedelta(minutes=1):
            return self.at + timedelta(minutes=min(minutes, self.rng.uniform(1.5, 3)))
        if self.state_ is not None and self.state.urgent:
            return self.at + timedelta(minutes=minutes / 2)
        return self.duty(minutes)

    def duty(self, minutes: float) -> datetime:
        limit = Limit(Fraction(round(minutes * 60), 60), Unit.DUTY_MINUTE)
        return add(self.at, limit, self.env.calendar).at

    def leg(self) -> LegState:
        assert self.state.lead is not None, "dispatched"
        return self.state.lead

    def share(self, part: float, leg: LegState | None = None) -> datetime:
        """When this part of a leg's handling limit is used up; hours from now where nothing is left."""
        clock = self.state.clock(ClockKind.HANDLE, (leg or self.leg()).index)
        assert clock is not None, "a leg has a clock"
        left = Fraction(clock.base_left)
        if left <= 0:
            return self.duty(self.rng.uniform(60, 400))
        amount = left * Fraction(round(part * 1000), 1000)
        season = clocks.season_of(clock.season)
        return add(clock.base_at, Limit(amount, Unit(clock.unit)), self.env.calendar, season=season).at

    def files(self, purpose: str, count: int = 1, *, clean: bool = False) -> list[dict[str, str]]:
        """Evidence: pictures of the scene, of the problem or (clean) of the place in order."""
        scene = scene_of(self.plan.subject.code)
        variants = (2,) if clean else (0, 1)
        picked = [self.world.pictures[scene, variants[n % len(variants)]] for n in range(count)]
        return [{"file": str(pk), "sm3": sm3, "purpose": purpose} for pk, sm3 in picked]


@dataclass
class World:
    """Everything the cases share. sink: is given each written step, in order of time."""

    now: datetime
    people: People
    calendars: Mapping[str, Calendar]
    policies: Mapping[str, Policy]
    pictures: Mapping[tuple[str, int], tuple[UUID, str]]
    bodies: Mapping[str, Sequence[int]]  # county → departments that clerks work in
    sink: Callable[[Run, Written], None]
    runs: list[Run] = field(default_factory=list)
    numbers: Counter[tuple[str, Any]] = field(default_factory=Counter)
    rulings: list[tuple[Run, int, str]] = field(default_factory=list)

    def env(self, county: str, at: datetime) -> Env:
        return Env(at, self.calendars[county], self.policies[county])

    def case_number(self, county: str, at: datetime) -> str:
        """As kernel.numbering writes it; the counters themselves are taken when all is written."""
        day = at.astimezone(CHINA).date()
        self.numbers[county, day] += 1
        return f"{county}{day:%Y%m%d}{self.numbers[county, day]:05d}"

    def write(self, run: Run, draft: Draft, doer: Doer) -> None:
        written = advance(run.state_, run.head, [draft], case=run.id, at=run.at, by=doer.by)
        run.state_, run.head = written.state, written.head_hash
        self.sink(run, written)

    def play(self, life: Callable[[Run], Life], progress: Callable[[int], None]) -> None:
        """Let all cases live until the city's clock stops."""
        lives = [life(run) for run in self.runs]
        queue = [(next(one), n) for n, one in enumerate(lives)]
        heapq.heapify(queue)
        done = 0
        while queue and queue[0][0] <= self.now:
            at, n = heapq.heappop(queue)
            run = self.runs[n]
            run.at = at
            if run.state_ is None:
                done += 1
                progress(done)
            coming = next(lives[n], None)
            if coming is not None:
                heapq.heappush(queue, (max(coming, at + timedelta(seconds=20)).replace(microsecond=0), n))

    def wrong_body(self, run: Run, but: Sequence[int]) -> int:
        """A department of the county that is not the right one."""
        return run.rng.choice([body for body in self.bodies[run.place.county] if body not in but])
