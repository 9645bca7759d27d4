"""What a case is at one moment, as frozen data: the shape that rules see and that events fold into. Pure.

Each dataclass mirrors its table in `models.py` column by column; a test compares the two.
Coordinates are whole numbers of 1e-7 degree, CGCS2000 (EPSG:4490). Moments are aware, UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from xiucheng.cases.words import ENDED, OPEN_LEGS, Channel, ClockKind, LegStage, Stage, Wish, WishStage


@dataclass(frozen=True, slots=True)
class By:
    """Who did a step. All None: the reporter or the system (`kind` says which)."""

    kind: str = "staff"  # staff, reporter, system
    post: int | None = None
    person: int | None = None
    role: str = ""
    department: int | None = None


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event as the fold reads it; `data` is canonical (no floats)."""

    seq: int
    step: str
    at: datetime
    by: By
    data: dict[str, Any]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a rule decided; the store gives it a number and a hash."""

    step: str
    data: dict[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class ClockState:
    """A time limit. `left` (in `unit`, exact fraction as text) is known while paused or stopped.

    pauses: 挂账 only. The time between a reply and its 返工 is nobody's and not counted either.
    """

    index: int
    kind: ClockKind
    leg: int | None
    amount: str
    unit: str
    season: str
    started_at: datetime
    due_at: datetime
    base_at: datetime  # the due was last reckoned from here …
    base_left: str  # … over this much of the unit; so it can be reckoned again under another calendar
    provisional: bool = False
    paused_at: datetime | None = None
    stopped_at: datetime | None = None
    left: str = ""
    extended: int = 0
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    overdue: bool = False
    reminded: int = 0  # the highest percent of the limit that was reminded of (催办)
    remind_at: datetime | None = None  # when the next one is

    @property
    def running(self) -> bool:
        return self.stopped_at is None and self.paused_at is None

    def pauses_until(self, at: datetime) -> tuple[tuple[datetime, datetime], ...]:
        """挂账 so far; one that still runs counts up to `at`."""
        return (*self.pauses, (self.paused_at, at)) if self.paused_at else self.pauses

    def is_late(self, at: datetime) -> bool:
        """Past its due now, or was when it stopped. The due moment itself is still in time."""
        return self.overdue or (self.running and at > self.due_at)


@dataclass(frozen=True, slots=True)
class LegState:
    """One department's part: 主办 (lead) or 协办."""

    index: int
    department: int
    lead: bool
    state: LegStage
    sent_at: datetime
    centre: int | None = None  # the 区指挥中心 it came through, practice.md 3
    taken_at: datetime | None = None
    handled_at: datetime | None = None
    until: datetime | None = None  # end of 挂账
    crew: int | None = None  # who of the department does the work
    extensions: int = 0
    suspensions: int = 0
    reworks: int = 0
    wrong: bool = False  # accepted 误派: leaves 应处置
    overdue: bool = False  # the raw fact; an appeal never clears it
    excused: bool = False  # an appeal was granted

    @property
    def open(self) -> bool:
        return self.state in OPEN_LEGS


@dataclass(frozen=True, slots=True)
class WishState:
    """A request waiting for, or given, a decision. `awaits` is the role whose turn it is."""

    index: int
    kind: Wish
    state: WishStage
    awaits: str
    leg: int | None
    asked_at: datetime
    asked_by: int | None  # person
    reviewed_by: int | None = None
    decided_by: int | None = None
    decided_at: datetime | None = None
    due_at: datetime | None = None
    reason: str = ""
    answer: str = ""
    level: str = ""

    @property
    def open(self) -> bool:
        return self.state in (WishStage.PENDING, WishStage.REVIEWED)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A photo or file of a case: what for, at which event, shown to the public or not."""

    file: UUID
    seq: int
    purpose: str  # report, before, after, verify, check, request
    released: bool = False
    shown: UUID | None = None  # a copy with parts covered: what the public sees instead


@dataclass(frozen=True, slots=True)
class CaseState:
    """A case: the fold of its events."""

    id: UUID
    number: str
    stage: Stage
    channel: Channel
    reported_at: datetime
    description: str
    lon_e7: int
    lat_e7: int
    county: str
    head_seq: int
    imprecise: bool = False
    address: str = ""
    township: str | None = None
    community: str | None = None
    unit_grid: str | None = None
    beat: int | None = None
    near: tuple[str, ...] = ()
    grade: str = "ALL"
    reporter: int | None = None
    reported_by: int | None = None  # person, when staff reported
    case_number: str | None = None
    category: str = ""  # standard/kind/code
    standard: int | None = None  # the row whose filing condition was met
    component_code: str = ""
    extra: dict[str, dict[str, str]] = field(
        default_factory=dict
    )  # by category: an answer belongs to its question
    urgent: bool = False
    verified: bool | None = None
    checked: bool | None = None
    self_handled: bool = False
    accepted_at: datetime | None = None
    filed_at: datetime | None = None
    dispatched_at: datetime | None = None
    handled_at: datetime | None = None
    closed_at: datetime | None = None
    ended_at: datetime | None = None
    assignee: int | None = None  # post of the inspector whose task runs
    checkers: tuple[int, ...] = ()  # persons that checked, whoever checked last is last
    charged_checker: int | None = None
    supervision: tuple[int, ...] = ()  # persons that acted for 监督中心
    command: tuple[int, ...] = ()  # persons that acted for 指挥中心
    handlers: tuple[int, ...] = ()  # persons that acted for a handling department
    departments: tuple[int, ...] = ()  # every department that ever held a leg
    returns: int = 0
    disputed: bool = False
    ruled_department: int | None = None
    centre: int | None = None
    reworks: int = 0
    reopened: int = 0
    merged_into: UUID | None = None
    stage_before_merge: str = ""
    reason: str = ""  # of refuse, decline, void, merge
    rating: str = ""
    public_words: str | None = None
    wished_words: str | None = None  # what the reporter would have published; "": nothing at all
    legs: tuple[LegState, ...] = ()
    clocks: tuple[ClockState, ...] = ()
    wishes: tuple[WishState, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def ended(self) -> bool:
        return self.stage in ENDED

    @property
    def answers(self) -> dict[str, str]:
        """What was answered to the questions of the present category."""
        return self.extra.get(self.category, {})

    @property
    def lead(self) -> LegState | None:
        """The 主办 leg in force."""
        return next((leg for leg in reversed(self.legs) if leg.lead and leg.state != LegStage.RETURNED), None)

    def leg_of(self, department: int | None) -> LegState | None:
        """The latest leg of a department that was not returned."""
        return next(
            (
                leg
                for leg in reversed(self.legs)
                if leg.department == department and leg.state != LegStage.RETURNED
            ),
            None,
        )

    def asked_for(self, leg: LegState) -> tuple[int, int]:
        """(延期, 挂账) granted to a leg's department on this case: sent again to it, they go on counting."""
        legs = [other for other in self.legs if other.department == leg.department]
        return sum(other.extensions for other in legs), sum(other.suspensions for other in legs)

    def clock(self, kind: ClockKind, leg: int | None = None) -> ClockState | None:
        """The latest clock of a kind (and leg)."""
        return next((c for c in reversed(self.clocks) if c.kind == kind and c.leg == leg), None)

    def wish(self, kind: Wish, leg: int | None = None) -> WishState | None:
        """The open request of a kind (and leg)."""
        return next((w for w in self.wishes if w.kind == kind and w.open and leg in (None, w.leg)), None)

    @property
    def due_at(self) -> datetime | None:
        """When the next thing is due: the earliest running clock but 结案期限."""
        return min((c.due_at for c in self.clocks if c.running and c.kind != ClockKind.CASE), default=None)
