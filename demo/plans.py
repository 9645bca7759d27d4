"""What will happen in the demo city: one plan a case, drawn from the seed before the simulated clock starts.

A plan says when, where and what is reported, what becomes of it (`fate`), and on whose desk it waits at the
end (`hold`). Shares are quotas, not chances, so that a small city has every kind of case too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random

from demo import names, profile
from demo.places import Places, beside
from demo.profile import PUBLIC
from demo.spec import Wanted
from demo.words import describe
from xiucheng.cases.rules.basis import StandardFacts
from xiucheng.kernel.worktime import CHINA

# What may become of a case, and of how many in a thousand. Fates of PUBLIC_FATES need a reporter.
FATES: Mapping[str, float] = {
    "refuse": 12, "decline": 30, "decline_plain": 8, "void": 7, "void_signed": 6, "duplicate": 35,
    "unmerge": 2, "self": 40, "ask": 12, "ask_silent": 4, "return": 26, "wrong": 12, "return_denied": 6,
    "dispute": 6, "extend": 42, "extend_denied": 8, "extend_twice": 5, "suspend": 11, "suspend_denied": 2,
    "suspend_early": 3, "rework": 52, "send_back": 16, "reopen": 8, "reopen_rework": 4, "split": 8,
    "supervise": 15, "urgent": 8, "correct": 10, "reassign": 4, "onward": 40, "onward_return": 3,
    "together": 12, "note": 12, "late": 62, "late_appeal": 9, "late_appeal_denied": 4, "remind": 25,
}  # fmt: skip
PUBLIC_FATES = frozenset({"refuse", "ask", "ask_silent", "reopen", "reopen_rework", "decline"})
STAFF_FATES = frozenset({"self"})
DAY_FATES = frozenset(
    {"extend", "extend_denied", "extend_twice", "suspend", "suspend_denied", "suspend_early", "supervise"}
)
# Where cases wait at the end; of each so many parts.
HOLDS: Mapping[str, float] = {
    "reported": 14, "asked": 4, "verifying": 11, "accepted": 12, "filed": 12, "at_centre": 4, "sent": 14,
    "taken": 10, "extend_pending": 5, "extend_reviewed": 4, "suspend_pending": 4, "suspended": 6,
    "return_pending": 5, "return_reviewed": 3, "arbitrating": 4, "void_pending": 3, "supervised": 4,
    "replied": 10, "to_check": 9, "checking": 9, "checked": 9, "reworking": 4, "reopened": 4,
    "appeal_pending": 3, "appeal_reviewed": 3, "overdue": 7,
}  # fmt: skip
PUBLIC_HOLDS = frozenset({"asked", "verifying", "reopened"})
TWINS = frozenset({"duplicate", "unmerge"})
EARLY = frozenset({"reported", "asked", "verifying", "accepted", "filed", "at_centre", "sent"})
# Steps between the report (early ones) or the reply or request and the desk where a held case waits.
STEPS_BEFORE: Mapping[str, int] = {
    "asked": 1, "accepted": 1, "verifying": 2, "filed": 3, "at_centre": 4, "sent": 4, "to_check": 1, "checking": 2,
    "checked": 3, "reworking": 4, "extend_reviewed": 1, "suspended": 1, "return_reviewed": 1, "arbitrating": 5,
    "appeal_reviewed": 1,
}  # fmt: skip
STEP_MINUTES = 3.2
UNHURRIED = frozenset(
    {"asked", "sent", "taken", "extend_pending", "suspend_pending", "suspended", "return_pending", "arbitrating",
     "void_pending", "supervised", "reworking", "appeal_pending", "appeal_reviewed"}
)  # fmt: skip
# Limits, in working days, of the held cases: long enough for a request, short enough to be closed or late.
LIMIT_DAYS: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(
        ("extend_pending", "extend_reviewed", "suspend_pending", "suspended", "supervised"), (5, 15)
    ),
    **dict.fromkeys(("return_pending", "return_reviewed", "void_pending"), (3, 15)),
    **dict.fromkeys(("reopened", "appeal_pending", "appeal_reviewed"), (1, 1)),
    "overdue": (1, 3),
}
AFTER_CLOSE = frozenset({"reopened", "appeal_pending", "appeal_reviewed"})
CENTRAL_SHARE = 0.4  # of what waits, so that the desks of one county are full
DESCRIBED_CATEGORY = 0.5  # of public reports name a category themselves


@dataclass(frozen=True, slots=True)
class Subject:
    """A category with its rows of 立案处置结案标准."""

    code: str
    key: str
    name: str
    rows: tuple[StandardFacts, ...]


@dataclass(slots=True)
class Plan:
    """One case to be. at: aware. twin: the plan it repeats. enter: when a held case comes to its desk."""

    n: int
    at: datetime
    channel: str
    subject: Subject
    row: StandardFacts
    lon: float
    lat: float
    description: str
    address: str
    fate: str = ""
    hold: str = ""
    twin: int | None = None
    enter: datetime | None = None
    reporter: tuple[str, str] = ("", "")
    photos: int = 0
    named: bool = field(default=False)

    @property
    def public(self) -> bool:
        return self.channel in PUBLIC


class Planner:
    """Draws the plans of one city."""

    def __init__(self, wanted: Wanted, places: Places, subjects: Sequence[Subject]) -> None:
        self.wanted, self.places, self.subjects = wanted, places, subjects
        self.months = {month: [profile.weight_of(s.code, month) for s in subjects] for month in range(1, 13)}

    def plans(self) -> list[Plan]:
        """All plans in order of their reports. Duplicates follow the case they repeat; no class is left out."""
        waiting = min(self.wanted.waiting, self.wanted.cases // 2)
        rng = Random(f"{self.wanted.seed}/plans")
        found = [self._held(n, hold) for n, hold in enumerate(quotas(HOLDS, waiting))]
        fates = quotas(FATES, self.wanted.cases * sum(FATES.values()) / 1000)
        fates += [""] * (self.wanted.cases - len(found) - len(fates))
        fates = fates[: self.wanted.cases - len(found)]
        rng.shuffle(fates)
        days, weights = profile.days(self.wanted)
        whens = rng.choices(days, weights, k=len(fates))
        plain = iter(sorted({s.code[:2] for s in self.subjects}))
        twins = [fate for fate in fates if fate in TWINS]
        for n, (fate, day) in enumerate(zip(fates, whens, strict=True), start=len(found)):
            if fate not in TWINS:
                found.append(self._usual(n, fate, day, next(plain, "") if not fate else ""))
        originals = [p for p in found if not p.hold and p.fate in ("", "late", "rework", "extend")]
        for n, fate in enumerate(twins, start=self.wanted.cases):
            found.append(self._twin(n, rng.choice(originals), fate))
        found.sort(key=lambda plan: (plan.at, plan.n))
        place = {plan.n: where for where, plan in enumerate(found)}
        for where, plan in enumerate(found):
            plan.twin = place[plan.twin] if plan.twin is not None else None
            plan.n = where
        return found

    def _usual(self, n: int, fate: str, day: date, of_class: str) -> Plan:
        rng = Random(f"{self.wanted.seed}/{n}")
        channel = self._channel(rng, fate)
        at = profile.moment(rng, day, public=channel in PUBLIC)
        while at >= self.wanted.now:
            at -= timedelta(days=1)
        plan = self._plan(rng, n, at, channel, by_the_day=fate in DAY_FATES, of_class=of_class)
        plan.fate = fate
        return plan

    def _channel(self, rng: Random, fate: str) -> str:
        words, weights = zip(*profile.CHANNELS, strict=True)
        while True:
            channel = rng.choices(words, weights)[0]
            if fate in PUBLIC_FATES and channel not in ("web", "hotline"):
                continue
            if fate in STAFF_FATES and channel not in ("inspector", "grid_worker"):
                continue
            return channel

    def _held(self, n: int, hold: str) -> Plan:
        """A case that comes to its desk shortly before the city's clock stops."""
        rng = Random(f"{self.wanted.seed}/{n}")
        wait = rng.uniform(5, 240) if hold in UNHURRIED else rng.uniform(1, 17)
        enter = at_work(self.wanted.now) - timedelta(minutes=wait + STEPS_BEFORE.get(hold, 0) * STEP_MINUTES)
        public = hold in PUBLIC_HOLDS or (hold in ("reported", "accepted") and rng.random() < 0.6)
        channel = rng.choice(("web", "web", "hotline")) if public else "inspector"
        if hold in EARLY:
            at = enter
        elif hold in AFTER_CLOSE:
            at = enter - timedelta(days=rng.uniform(6, 10))
        elif hold == "overdue":
            at = enter - timedelta(days=rng.uniform(8, 16))
        else:
            at = enter - timedelta(days=rng.choice((1, 1, 2, 2, 3)), minutes=rng.uniform(0, 120))
        plan = self._plan(
            rng, n, at, channel, by_the_day=True, days=LIMIT_DAYS.get(hold, (0, 5)), central=True
        )
        plan.hold, plan.enter = hold, enter
        return plan

    def _twin(self, n: int, other: Plan, fate: str) -> Plan:
        """Somebody else reports the same thing, some minutes to a day later."""
        rng = Random(f"{self.wanted.seed}/twin/{n}")
        at = other.at + timedelta(minutes=rng.uniform(6, 400))
        lon, lat = beside(other.lon, other.lat, rng)
        street, cross = self.places.streets(lon, lat)
        channel = rng.choice(("web", "web", "hotline", "inspector"))
        text, where = describe(rng, other.subject.code, other.subject.name, channel, street, cross)
        return Plan(
            n, min(at, self.wanted.now - timedelta(minutes=2)), channel, other.subject, other.row, lon, lat, text,
            where, fate=fate, twin=other.n, reporter=names.citizen(rng), photos=1,
        )  # fmt: skip

    def _plan(
        self, rng: Random, n: int, at: datetime, channel: str, *, by_the_day: bool,
        days: tuple[int, int] = (0, 999),
        of_class: str = "",
        central: bool = False,
    ) -> Plan:  # fmt: skip
        month = at.astimezone(CHINA).month
        while True:
            subject = rng.choices(self.subjects, self.months[month])[0]
            if not subject.code.startswith(of_class):
                continue
            rows = [row for row in subject.rows if not by_the_day or in_days(row, *days)]
            if rows:
                break
        row = rng.choices(rows, [ease(row) for row in rows])[0]
        central = central and rng.random() < CENTRAL_SHARE
        lon, lat = self.places.in_centre(rng) if central else self.places.draw(rng)
        street, cross = self.places.streets(lon, lat)
        text, where = describe(rng, subject.code, subject.name, channel, street, cross)
        photos = rng.choice((1, 1, 2)) if channel in ("inspector", "grid_worker") else 0
        if channel in ("web", "open311"):
            photos = rng.choice((0, 1, 1, 2))
        return Plan(
            n, at, channel, subject, row, lon, lat, text, where, reporter=names.citizen(rng), photos=photos,
            named=channel not in PUBLIC or rng.random() < DESCRIBED_CATEGORY,
        )  # fmt: skip


def in_days(row: StandardFacts, least: int, most: int) -> bool:
    return row.unit == "工作日" and not row.season and least <= Fraction(row.amount) <= most


def ease(row: StandardFacts) -> float:
    """Small things happen more often than those that take weeks; a season's work is rare."""
    days = float(row.amount) if row.unit.endswith("日") else float(row.amount) / 8
    return (0.05 if row.season else 0.5 if row.urgent else 1.0) / (1 + days)


def at_work(now: datetime) -> datetime:
    """The moment itself in the hours of the centres (8–20), else the last evening before it."""
    local = now.astimezone(CHINA)
    if local.hour < 8:
        local = (local - timedelta(days=1)).replace(hour=20, minute=0)
    elif local.hour >= 20:
        local = local.replace(hour=20, minute=0)
    return local.astimezone(UTC)


def quotas(parts: Mapping[str, float], total: float) -> list[str]:
    """Each word about as often as its part of the total, and at least once.

    >>> quotas({"a": 3, "b": 1}, 8), quotas({"a": 300, "b": 1}, 3)
    (['a', 'a', 'a', 'a', 'a', 'a', 'b', 'b'], ['a', 'a', 'a', 'b'])
    """
    whole = sum(parts.values())
    return list(_repeated((word, max(1, round(total * part / whole))) for word, part in parts.items()))


def _repeated(counts: Iterable[tuple[str, int]]) -> Iterator[str]:
    for word, count in counts:
        yield from [word] * count
