"""One case as its page needs it: rows, timeline, clocks, what I may do and why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.actions.base import env_for
from xiucheng.cases.models import Case, CaseEvent, CaseFile, Clock, Leg, Reporter, Request
from xiucheng.cases.rules.basis import Doer, Env, RuleRefused
from xiucheng.cases.rules.prechecks import why_not_now
from xiucheng.cases.state import CaseState
from xiucheng.cases.store import PARTS, build, part_state
from xiucheng.cases.words import OPEN_LEGS, STEP_NAMES, Step
from xiucheng.catalog import queries as catalog
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Post
from xiucheng.people.rules import Right


@dataclass(frozen=True, slots=True)
class Possible:
    """A step as the page offers it: allowed, or the sentence that says why not."""

    step: Step
    name: str
    allowed: bool
    reason: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class EventView:
    """One line of the timeline. used: the clock that this step stopped, if any."""

    event: CaseEvent
    name: str
    used: Clock | None
    files: tuple[CaseFile, ...]


@dataclass(frozen=True, slots=True)
class ClockView:
    clock: Clock
    leg: Leg | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything of one case that a post may see. merged: other cases that were merged into it."""

    case: Case
    state: CaseState
    events: tuple[EventView, ...]
    clocks: tuple[ClockView, ...]
    legs: tuple[Leg, ...]
    requests: tuple[Request, ...]
    files: tuple[CaseFile, ...]
    merged: tuple[Case, ...]
    steps: tuple[Possible, ...]


def find(key: str | UUID, post: Post | None) -> Case:
    """A case by its id, its 受理号 or its 案件编号, within the scope. Raises: Refused 404."""
    seen = Case.seen_by(post)
    try:
        where = Q(pk=key if isinstance(key, UUID) else UUID(key))
    except ValueError:
        where = Q(number=key) | Q(case_number=key)
    case = seen.filter(where).first()
    if case is None:
        raise Refused(_("没有找到这个案件，请核对编号。"), status=404, code="not_found")
    return case


def case_page(post: Post, key: str | UUID) -> CaseView:
    """A case with all that belongs to it; seven statements."""
    case = find(key, post)
    rows = {part: parts_of(part, case) for part in PARTS}
    state = build(case, {part: tuple(part_state(part, row) for row in rows[part]) for part in PARTS})
    events = CaseEvent.unscoped.filter(chain=case.pk).order_by("seq").defer("canonical", "prev")
    return CaseView(
        case=case,
        state=state,
        events=tuple(timeline(events, rows["clocks"], rows["evidence"])),
        clocks=tuple(clock_views(rows["clocks"], rows["legs"])),
        legs=tuple(rows["legs"]),
        requests=tuple(rows["wishes"]),
        files=tuple(rows["evidence"]),
        merged=tuple(Case.unscoped.filter(merged_into=case.pk).order_by("reported_at")),
        steps=possible_steps(post, state),
    )


def parts_of(part: str, case: Case) -> list[Any]:
    return list(PARTS[part][0]._default_manager.filter(case=case.pk).order_by("index"))


def timeline(
    events: Sequence[CaseEvent] | Any, clocks: Sequence[Clock], files: Sequence[CaseFile]
) -> list[EventView]:
    """Events in order, each with its files and the stage clock that it stopped."""
    return [
        EventView(
            event,
            event.get_step_display(),
            next((c for c in clocks if c.stopped_at == event.at and c.kind not in ("case", "ask")), None),
            tuple(file for file in files if file.seq == event.seq),
        )
        for event in events
    ]


def clock_views(clocks: Sequence[Clock], legs: Sequence[Leg]) -> list[ClockView]:
    by_index = {leg.index: leg for leg in legs}
    return [ClockView(clock, by_index.get(clock.leg) if clock.leg else None) for clock in clocks]


def possible_steps(post: Post, state: CaseState, *, at: datetime | None = None) -> tuple[Possible, ...]:
    """Every step that the post has a right to: allowed now, or why not. Steps without the right are not listed."""
    doer, env = Doer.of(post.actor()), env_for(state.county, at or timezone.now())
    found = []
    for right in sorted(doer.rights, key=order):
        if right in Step._value2member_map_ and right != Step.REPORT:
            found.append(possible(Step(right), doer, state, env))
    return tuple(sorted(found, key=lambda item: not item.allowed))


ORDER = {step.value: place for place, step in enumerate(Step)}


def order(right: str) -> int:
    return ORDER.get(right, len(ORDER))


def possible(step: Step, doer: Doer, state: CaseState, env: Env) -> Possible:
    refusal: RuleRefused | None = why_not_now(state, doer, env, step)
    name = str(_(STEP_NAMES[step]))
    if refusal is None:
        return Possible(step, name, True)
    return Possible(step, name, False, spoken(refusal), refusal.code)


def spoken(refusal: RuleRefused) -> str:
    """The refusal in the language of the reader."""
    return refusal.said(_)


def suggestion(case: Case) -> catalog.Responsible | None:
    """Who should handle it, and why (权责清单, kind of department, fallback); None before a category is known."""
    if not case.category:
        return None
    place = case.community or case.township or case.county
    return catalog.duty_for(catalog.parse_category(case.category), place)


def case_file(post: Post, key: str | UUID, file: UUID) -> CaseFile:
    """A file of a case that the post may see. Raises: Refused 404."""
    case = find(key, post)
    row = CaseFile.unscoped.filter(case=case.pk, file=file).select_related("file", "shown").first()
    if row is None:
        raise Refused(_("没有找到这张照片。"), status=404, code="not_found")
    return row


def contact(post: Post, case: Case) -> Reporter | None:
    """The reporter's contact for whom it was disclosed to, with a recorded reason (practice.md 7).

    A 受理员 who just disclosed it to himself (the newest such event says so), or a department that it was disclosed
    to while its part of the case is open.
    """
    if case.reporter_id is None:
        return None
    events = CaseEvent.unscoped.filter(chain=case.pk, step=Step.DISCLOSE).order_by("-seq")
    if post.department_only:
        open_leg = Leg.unscoped.filter(case=case.pk, department=post.department_id, state__in=OPEN_LEGS)
        given = events.filter(data__department=post.department_id).exists() and open_leg.exists()
    else:
        last = events.first()
        given = Right.VIEW_REPORTER in post.rights and last is not None and last.post_id == post.pk
    return Reporter.objects.filter(pk=case.reporter_id).first() if given else None
