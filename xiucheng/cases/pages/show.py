"""Cases as pages show them: a row of a list, the stitched stages, who is next, the story so far."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from xiucheng.cases.models import Case, Clock, Leg
from xiucheng.cases.pages.answers import answers_told
from xiucheng.cases.pages.names import Names, listed, who, with_more
from xiucheng.cases.queries import CaseRow, CaseView, EventView
from xiucheng.cases.rules.clocks import SOON, season_of
from xiucheng.cases.words import CLOCK_NAMES, WISH_NAMES, ClockKind, LegStage, Stage, Step, Wish
from xiucheng.catalog import queries as catalog
from xiucheng.catalog.queries import Responsible
from xiucheng.kernel.calendar import load_calendar
from xiucheng.kernel.canonical import parse_stamp
from xiucheng.kernel.worktime import Calendar, Unit, between
from xiucheng.people.models import Department, Post
from xiucheng.territory.models import Division

E7 = 10_000_000
WORDS_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a desk or list, in the words of the page."""

    case: Case
    title: str
    words: str
    where: str
    clock: Clock | None
    until: datetime | None
    to: str = ""
    why: str = ""
    others: int = 0
    flags: list[str] = field(default_factory=list)


def rows(
    found: Sequence[CaseRow], names: Names, *, responsible: dict[Any, Responsible] | None = None
) -> list[Row]:
    """Rows with names; two statements, whatever their number."""
    suggested = responsible or {}
    cases = [row.case for row in found]
    names.want(Division, [code for case in cases for code in (case.county, case.township)])
    names.want(Department, [holder(case, suggested.get(case.pk)) for case in cases])
    return [row_of(row, names, suggested.get(row.case.pk)) for row in found]


def holder(case: Case, suggested: Responsible | None) -> int | None:
    """The department that has it, or would get it."""
    if suggested and not case.departments:
        return suggested.lead
    return case.departments[-1] if case.departments else None


def row_of(row: CaseRow, names: Names, suggested: Responsible | None = None, others: int = 0) -> Row:
    case = row.case
    to = names.department(holder(case, suggested))
    return Row(
        case=case,
        title=catalog.category_name(case.category),
        words=case.description[:WORDS_SHOWN],
        where=names.where(case),
        clock=row.clock,
        until=row.until,
        to=f"→ {to}" if to else "",
        why=short_reason(suggested) if suggested and not case.departments else "",
        others=others,
        flags=flags(case),
    )


def short_reason(found: Responsible) -> str:
    """Why this department, in few words; the whole sentence stands in the panel."""
    words = {
        "duty": _("权责清单第 %(id)s 项") % {"id": found.duty_id},
        "kind": _("主管部门类别"),
        "fallback": _("属地兜底"),
        "last": _("暂由其协调"),
    }
    return str(words.get(found.rule, ""))


def flags(case: Case) -> list[str]:
    """What is unusual about a case, each in a word or two."""
    found = []
    if case.returns:
        found.append(ngettext("回退 %(n)d 次", "回退 %(n)d 次", case.returns) % {"n": case.returns})
    if case.reworks:
        found.append(ngettext("返工 %(n)d 次", "返工 %(n)d 次", case.reworks) % {"n": case.reworks})
    if case.reopened:
        found.append(_("上报人要求重办"))
    if case.disputed:
        found.append(_("有争议"))
    if case.self_handled:
        found.append(_("自处置"))
    return [str(flag) for flag in found]


def state_of_clock(clock: Clock | None, at: datetime, calendar: Calendar) -> str:
    """late, soon, ok or wait, for the map: counted as the row's own clock counts, so shape and chip agree."""
    if clock is None or clock.paused_at is not None:
        return "wait"
    if at > clock.due_at:
        return "late"
    unit, season = Unit(clock.unit), season_of(clock.season)
    pauses = [(parse_stamp(start), parse_stamp(end)) for start, end in clock.pauses]
    started = min(clock.started_at, at)
    total = between(started, clock.due_at, unit, calendar, season=season, pauses=pauses)
    left = between(at, clock.due_at, unit, calendar, season=season, pauses=pauses)
    return "soon" if left < total * SOON else "ok"


def points(found: Iterable[Row], url: Any) -> list[dict[str, Any]]:
    """What <xc-map> draws."""
    at, calendar = timezone.now(), load_calendar()
    return [
        {
            "id": row.case.number,
            "longitude": row.case.lon_e7 / E7,
            "latitude": row.case.lat_e7 / E7,
            "state": state_of_clock(row.clock, at, calendar),
            "label": row.title or row.words,
            "url": url(row.case.number),
        }
        for row in found
    ]


# -- the stages, stitched ---

LINE: tuple[tuple[Any, frozenset[Stage], str], ...] = (
    (gettext_lazy("上报 受理"), frozenset({Stage.REPORTED}), "accepted_at"),
    (gettext_lazy("核实 立案"), frozenset({Stage.VERIFYING, Stage.ACCEPTED}), "filed_at"),
    (gettext_lazy("派遣"), frozenset({Stage.FILED, Stage.ARBITRATING}), "dispatched_at"),
    (gettext_lazy("处置"), frozenset({Stage.HANDLING, Stage.REPLIED}), "handled_at"),
    (gettext_lazy("核查"), frozenset({Stage.TO_CHECK, Stage.CHECKING}), ""),
    (gettext_lazy("结案"), frozenset({Stage.CHECKED}), "closed_at"),
    (gettext_lazy("回访 评价"), frozenset({Stage.CLOSED}), ""),
)


def stages(case: Case, moment: Any) -> list[dict[str, str]]:
    """The seven stages: done, now or still to come. moment: how a time is written."""
    now = next((place for place, (_n, here, _f) in enumerate(LINE) if case.stage in here), None)
    found = []
    for place, (name, _here, column) in enumerate(LINE):
        at = getattr(case, column) if column else None
        if now is None:  # refused, declined, void, merged: what happened stays done, nothing follows
            state = "done" if at else "todo"
        else:
            state = "done" if place < now else "now" if place == now else "todo"
        sub = moment(at) if at and state == "done" else ""
        if place == 0 and state != "done":
            sub = moment(case.reported_at)
        found.append({"name": str(name), "state": state, "sub": sub})
    return found


WHOSE = {
    Stage.REPORTED: gettext_lazy("受理员：受理"),
    Stage.ACCEPTED: gettext_lazy("受理员发核实或建议，值班长立案"),
    Stage.FILED: gettext_lazy("派遣员：派遣"),
    Stage.ARBITRATING: gettext_lazy("领导：仲裁由谁负责"),
    Stage.REPLIED: gettext_lazy("派遣员：看回复，转核查"),
    Stage.TO_CHECK: gettext_lazy("受理员：发核查"),
    Stage.CHECKED: gettext_lazy("值班长：结案或返工"),
    Stage.CLOSED: gettext_lazy("已结案，可以回访"),
    Stage.REFUSED: gettext_lazy("不予受理，已告知上报人"),
    Stage.DECLINED: gettext_lazy("不予立案，已告知上报人"),
    Stage.VOID: gettext_lazy("已作废"),
    Stage.MERGED: gettext_lazy("已并入另一件"),
}


def whose_turn(view: CaseView, names: Names) -> str:
    """Who has to act now, by name where one is named."""
    case = view.case
    if case.stage in (Stage.VERIFYING, Stage.CHECKING):
        post = names.post(case.assignee_id)
        task = _("核实") if case.stage == Stage.VERIFYING else _("核查")
        return _("%(who)s：%(task)s") % {"who": who("staff", post) if post else _("监督员"), "task": task}
    if case.stage == Stage.HANDLING:
        open_legs = [
            leg for leg in view.legs if leg.state in (LegStage.SENT, LegStage.TAKEN, LegStage.SUSPENDED)
        ]
        held = listed(
            with_more(names.department(leg.department_id), leg.get_state_display()) for leg in open_legs
        )
        return held or str(_("处置部门"))
    return str(WHOSE[Stage(case.stage)])


# -- the story ---


@dataclass(frozen=True, slots=True)
class Told:
    """One step in the timeline."""

    at: datetime
    name: str
    by: str
    lines: list[str]
    note: str
    photos: int
    used: Clock | None


def timeline(view: CaseView, names: Names) -> list[Told]:
    """What happened, in order; used: the stage clock that the step stopped."""
    wanted = [item.event.post_id for item in view.events]
    wanted += [item.event.data.get("inspector") for item in view.events]
    names.want(Post, wanted).want(Department, departments_of(view))
    answers = answers_told(item.event for item in view.events)
    return [told(item, view, names, said) for item, said in zip(view.events, answers, strict=True)]


def departments_of(view: CaseView) -> set[int]:
    found = {leg.department_id for leg in view.legs}
    for item in view.events:
        found |= {one for key in ("to", "back_to_centre", "centre") if (one := item.event.data.get(key))}
        found |= {leg["department"] for leg in item.event.data.get("legs", ()) if isinstance(leg, dict)}
    return found


def told(item: EventView, view: CaseView, names: Names, answers: Iterable[str] = ()) -> Told:
    event = item.event
    return Told(
        at=event.at,
        name=item.name,
        by=who(event.kind, names.post(event.post_id)),
        lines=[*lines(event.step, event.data, view, names), *answers],
        note="" if event.step == Step.REPORT else event.note,
        photos=len(item.files),
        used=item.used,
    )


def lines(step: str, data: dict[str, Any], view: CaseView, names: Names) -> Iterable[str]:
    """The facts that a step decided, each in a sentence."""
    if step == Step.REPORT:
        yield data.get("description", "")[:200]
    if data.get("category") and step != Step.REPORT:
        yield _("类别：%(name)s") % {"name": catalog.category_name(data["category"])}
    if data.get("case_number"):
        yield _("案件编号 %(number)s") % {"number": data["case_number"]}
    if "found" in data:
        yield _("属实") if data["found"] else _("不属实")
    if "passed" in data:
        yield _("已解决") if data["passed"] else _("没有解决")
    if "granted" in data and step not in (Step.ANSWER_ASK, Step.EXPIRE_ASK):
        yield _("同意") if data["granted"] else _("不同意")
    if data.get("distance_m") is not None:
        yield _("距现场 %(metres)d m") % {"metres": data["distance_m"]}
    if data.get("inspector"):
        yield _("派给 %(who)s") % {"who": who("staff", names.post(data["inspector"]))}
    legs = [leg for leg in data.get("legs", ()) if isinstance(leg, dict)]
    for lead, word in ((True, _("主办")), (False, _("协办"))):
        held = [names.department(leg["department"]) for leg in legs if leg.get("lead") is lead]
        if held:
            yield f"{word} " + listed(held)
    if step == Step.ARBITRATE and data.get("to"):
        yield _("由 %(name)s 负责") % {"name": names.department(data["to"])}
    if step == Step.RELOCATE:
        yield _("区划或网格调整后，现在归 %(code)s") % {
            "code": data.get("unit_grid")
            or data.get("community")
            or data.get("township")
            or data.get("county")
        }
    if data.get("rating"):
        yield str(RATING_WORDS.get(data["rating"], data["rating"]))
    if data.get("level"):
        yield _("级别：%(level)s") % {"level": data["level"]}


RATING_WORDS = {
    "satisfied": gettext_lazy("满意"),
    "fair": gettext_lazy("基本满意"),
    "unsatisfied": gettext_lazy("不满意"),
}


# -- clocks, photos, facts ---


@dataclass(frozen=True, slots=True)
class ShownClock:
    clock: Clock
    name: str
    who: str
    until: datetime | None
    live: bool
    pauses: list[tuple[datetime, datetime]]


def clocks(view: CaseView, names: Names) -> list[ShownClock]:
    """Every limit of the case, those that run first."""
    found = [shown_clock(item.clock, item.leg, names) for item in view.clocks]
    return sorted(found, key=lambda shown: (not shown.live, shown.clock.index))


def shown_clock(clock: Clock, leg: Leg | None, names: Names) -> ShownClock:
    pauses = [(parse(start), parse(end)) for start, end in clock.pauses]
    return ShownClock(
        clock=clock,
        name=str(_(CLOCK_NAMES[ClockKind(clock.kind)])),
        who=names.department(leg.department_id) if leg else "",
        until=leg.until if leg else None,
        live=clock.stopped_at is None,
        pauses=pauses,
    )


def parse(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp.replace("Z", "+00:00"))


PURPOSES = {
    "report": gettext_lazy("处置前"),
    "before": gettext_lazy("处置前"),
    "verify": gettext_lazy("核实"),
    "after": gettext_lazy("处置后"),
    "check": gettext_lazy("核查"),
    "request": gettext_lazy("附件"),
}


def photos(view: CaseView, names: Names) -> list[dict[str, Any]]:
    """Photos before and after, with who took them, when, and how far from the place."""
    events = {item.event.seq: item.event for item in view.events}
    found = []
    for row in view.files:
        event = events[row.seq]
        found.append(
            {
                "file": row.file_id,
                "words": str(PURPOSES.get(row.purpose, row.purpose)),
                "side": "before" if row.purpose == "report" else row.purpose,
                "at": event.at,
                "by": who(event.kind, names.post(event.post_id)),
                "distance": event.data.get("distance_m"),
                "released": row.released,
            }
        )
    return found


def chosen(found: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The photos that tell the story, the first before and the last after, and all the others."""
    first = next((photo for photo in found if photo["side"] == "before"), None)
    last = [
        next((photo for photo in reversed(found) if photo["side"] == side), None)
        for side in ("verify", "after", "check")
    ]
    main = [photo for photo in (first, *last) if photo]
    main.sort(key=lambda photo: photo["at"])
    return main, [photo for photo in found if photo not in main]


def open_requests(view: CaseView) -> list[str]:
    """What waits for a decision, in words."""
    found = [request for request in view.requests if request.state in ("pending", "reviewed")]
    return [str(_(WISH_NAMES[Wish(request.kind)])) for request in found]
