"""What every rule of a case reads beside the case: the moment, the calendar, the city's settings, who acts. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from xiucheng.cases.state import By
from xiucheng.cases.words import ClockKind
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.marking import gettext_noop
from xiucheng.kernel.worktime import Calendar
from xiucheng.people.rules import Actor


class RuleRefused(Refused):
    """A refusal by a rule: keeps its msgid and values, so that a face may say it in another language."""

    def __init__(
        self, msgid: str, *, status: int = 422, field: str = "", code: str = "refused", **values: Any
    ):
        super().__init__(msgid.format(**values), status=status, field=field, code=code)
        self.msgid = msgid
        self.values = values

    def said(self, translate: Callable[[str], str]) -> str:
        """The sentence in another language; values that are msgids themselves are translated too."""
        spoken = {
            key: translate(value) if isinstance(value, str) and value else value
            for key, value in self.values.items()
        }
        return translate(self.msgid).format(**spoken)


def refuse(
    msgid: str, *, status: int = 409, field: str = "", code: str = "refused", **values: Any
) -> NoReturn:
    """Raise a `RuleRefused`; 409 because most rules refuse for the state the case is in."""
    raise RuleRefused(msgid, status=status, field=field, code=code, **values)


@dataclass(frozen=True, slots=True)
class Policy:
    """The city's settings that rules of a case read; `cases.policy` declares them with source and confidence.

    limits: (amount, unit) of each stage clock. Days are 自然日.
    """

    limits: Mapping[ClockKind, tuple[str, str]] = field(
        default_factory=lambda: {
            ClockKind.ACCEPT: ("10", "值班分钟"),
            ClockKind.VERIFY: ("30", "值班分钟"),
            ClockKind.FILE: ("15", "值班分钟"),
            ClockKind.DISPATCH: ("15", "值班分钟"),
            ClockKind.FEEDBACK: ("15", "值班分钟"),
            ClockKind.CHECK_ISSUE: ("15", "值班分钟"),
            ClockKind.CHECK: ("60", "值班分钟"),
            ClockKind.CLOSE: ("15", "值班分钟"),
            ClockKind.ARBITRATE: ("1", "工作日"),
        }
    )
    urgent_limit: tuple[str, str] = ("4", "紧急工作时")
    extensions_max: int = 2
    suspensions_max: int = 1
    suspend_days_max: int = 365
    returns_before_arbitration: int = 2
    reopen_days: int = 15
    appeal_days: int = 15
    ask_days: int = 3
    check_distance_m: int = 50
    merge_radius_m: int = 50
    remind_percents: tuple[int, ...] = (50, 80, 100)


@dataclass(frozen=True, slots=True)
class Env:
    """The moment (aware, UTC), the calendar and the settings under which a rule decides."""

    at: datetime
    calendar: Calendar
    policy: Policy


@dataclass(frozen=True, slots=True)
class Doer:
    """Who wants to do a step: a post with its rights, the reporter, or the system.

    houses: every department that the person holds a post in; only the guards of checking and closing ask.
    """

    by: By
    rights: frozenset[str] = frozenset()
    department: int | None = None
    houses: frozenset[int] = frozenset()

    @classmethod
    def of(cls, actor: Actor) -> "Doer":
        by = By("staff", actor.post_id, actor.person_id, str(actor.role), actor.department_id)
        return cls(by, frozenset(str(right) for right in actor.rights), actor.department_id)


REPORTER = Doer(By("reporter"))
SYSTEM = Doer(By("system"))


@dataclass(frozen=True, slots=True)
class Target:
    """A department as rules see it. centre: it is a 区指挥中心 that dispatches on."""

    id: int
    centre: bool = False


@dataclass(frozen=True, slots=True)
class StandardFacts:
    """A row of 立案处置结案标准: which filing condition, how long, in which unit, in which season."""

    id: int
    category: str  # standard/kind/code
    amount: str
    unit: str
    season: str = ""

    @property
    def urgent(self) -> bool:
        return self.unit.startswith("紧急")


@dataclass(frozen=True, slots=True)
class InspectorFacts:
    """An inspector who may be given a 核实 or 核查. houses: every department that the person holds a post in."""

    post: int
    person: int
    department: int | None
    houses: frozenset[int] = frozenset()


def required(text: str, msgid: str, field_name: str = "note") -> str:
    """The text without surrounding space; refused when nothing is left."""
    text = text.strip()
    if not text:
        refuse(msgid, status=422, field=field_name, code="required")
    return text


def photos(evidence: list[dict[str, str]], purpose: str, least: int = 1) -> list[dict[str, str]]:
    """The evidence given with a step; at least so many of a purpose (practice.md 10)."""
    if sum(item["purpose"] == purpose for item in evidence) < least:
        refuse(NEED_PHOTO[purpose], status=422, field="photos", code="photo_required")
    return evidence


NEED_PHOTO = {
    "report": gettext_noop("请至少上传一张现场照片。"),
    "before": gettext_noop("请上传处置前照片。"),
    "after": gettext_noop("请上传处置后的照片，至少一张。"),
    "verify": gettext_noop("请上传核实现场照片，至少一张。"),
    "check": gettext_noop("请上传核查现场照片，至少一张，尽量与处置前同一角度。"),
}
