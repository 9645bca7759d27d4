"""What every action does: lock in scope, decide, append, write, tell. One transaction, the clock read once."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases import policy
from xiucheng.cases.models import Case, CaseEvent, Notice
from xiucheng.cases.rules.basis import Doer, Env, InspectorFacts, StandardFacts, Target
from xiucheng.cases.rules.notices import Told, standing, told
from xiucheng.cases.state import CaseState, Draft
from xiucheng.cases.store import Written, advance, persist, record_of, state_of
from xiucheng.catalog.models import Standard
from xiucheng.kernel import live
from xiucheng.kernel.calendar import load_calendar
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import StoredFile
from xiucheng.people import queries as people
from xiucheng.people.models import Department, Post

Decide = Callable[[CaseState, Doer, Env], Draft | None]


@dataclass(frozen=True, slots=True)
class Done:
    """What a face needs after a step. seq: the case's version (its ETag)."""

    case_id: UUID
    number: str
    case_number: str | None
    stage: str
    seq: int
    state: CaseState

    @classmethod
    def of(cls, state: CaseState) -> "Done":
        return cls(state.id, state.number, state.case_number, state.stage.value, state.head_seq, state)


def act(
    case_id: UUID,
    decide: Decide,
    *,
    by: Post | None = None,
    doer: Doer | None = None,
    version: int | None = None,
    at: datetime | None = None,
) -> Done:
    """Do one step on one case.

    by: the acting post; or `doer` for the reporter and the system, who see every case.
    version: the caller's `seq`; another one now means that somebody was first (412).
    at: a simulated moment; else the clock is read once the case is ours, so that its events are in order.
    Raises: Refused 404 outside the scope, 412 stale, and whatever the rule refuses.
    """
    with transaction.atomic():
        case = locked(case_id, by=by, doer=doer, version=version)
        state = state_of(case)
        env = env_for(state.county, at or timezone.now())
        draft = decide(state, doer or doer_of(by), env)
        if draft is None:
            return Done.of(state)
        written = write(state, bytes(case.head_hash), [draft], doer=doer or doer_of(by), env=env)
    return Done.of(written.state)


def locked(
    case_id: UUID, *, by: Post | None = None, doer: Doer | None = None, version: int | None = None
) -> Case:
    """The case, locked. Raises: Refused 404, 412."""
    seen = Case.unscoped.all() if doer else Case.seen_by(by)
    case = seen.select_for_update(of=("self",)).filter(pk=case_id).first()
    if case is None:
        raise Refused(_("没有找到这个案件，请核对编号。"), status=404, code="not_found")
    if version is not None and case.head_seq != version:
        raise Refused(_("别人刚刚办理过这个案件。请刷新后查看最新情况再办理。"), status=412, code="stale")
    return case


def write(state: CaseState, head_hash: bytes, drafts: Iterable[Draft], *, doer: Doer, env: Env) -> Written:
    """Append drafts behind a state and tell whom they concern, inside the caller's transaction."""
    written = advance(state, head_hash, drafts, case=state.id, at=env.at, by=doer.by)
    end_waiting(state, written)
    persist(state, written, *messages(written))
    live.poke()
    return written


def doer_of(by: Post | None) -> Doer:
    if by is None:
        raise Refused(_("请先登录。"), status=401, code="login")
    return Doer.of(by.actor())


def env_for(county: str, at: datetime) -> Env:
    return Env(at, load_calendar(county), policy.load(county))


# -- telling ---


def end_waiting(before: CaseState, written: Written) -> None:
    """What a message waits for was done: it is over. One statement, if anything was done."""
    if standing(before) - standing(written.state):
        waits = Notice.objects.filter(case=before.id, waits__gt="", over_at__isnull=True)
        waits.exclude(waits__in=standing(written.state)).update(over_at=written.events[-1].at)


def messages(written: Written) -> list[Notice]:
    rows: list[Notice] = []
    for event in written.events:
        for item in told(written.state, record_of(event)):
            listeners = reporters_of(written.state) if item.audience == "reporter" else ()
            rows += notices(written.state, item, event, listeners)
    return rows


def reporters_of(state: CaseState) -> list[int]:
    return [reporter for reporter in (state.reporter, *merged_reporters(state)) if reporter is not None]


def notices(state: CaseState, item: Told, event: CaseEvent, listeners: Iterable[int]) -> list[Notice]:
    """The rows of one message, unsaved. listeners: the reporters, for what reporters are told."""
    said = {
        "case_id": state.id,
        "msgid": item.msgid,
        "values": item.values,
        "at": event.at,
        "kind": item.kind.value,
    }
    said |= {"waits": item.waits}
    match item.audience:
        case "reporter":
            return [Notice(reporter_id=reporter, **said) for reporter in listeners]
        case "department" | "head":
            return [Notice(department_id=item.id, role=item.role, **said)]
        case "post":
            return [Notice(post_id=item.id, **said)]
        case "role":
            return [Notice(role=item.role, county=state.county, department_id=item.id, **said)]
    raise ValueError(item.audience)


def merged_reporters(state: CaseState) -> list[int | None]:
    """Who reported the cases merged into this one, and into those. One statement a level, one if there are none."""
    found: list[int | None] = []
    level = [state.id] if state.head_seq > 1 else []  # nothing was merged into a newborn
    while level:
        rows = list(Case.unscoped.filter(merged_into__in=level).values_list("pk", "reporter"))
        found += [reporter for _case, reporter in rows]
        level = [case for case, _reporter in rows]
    return found


# -- what rules need to know of other rooms ---


def evidence(files: Sequence[StoredFile], purpose: str) -> list[dict[str, str]]:
    """Stored files as a step's evidence; the hash binds the picture to the ledger."""
    return [{"file": str(file.pk), "sm3": file.sm3, "purpose": purpose} for file in files]


def copy_facts(copy: StoredFile) -> dict[str, str]:
    """A copy with parts covered, as an event names it."""
    return {"file": str(copy.pk), "sm3": copy.sm3}


def target(department: Department) -> Target:
    if not department.active:
        raise Refused(_("这个部门已停用，请选择其他部门。"), field="to")
    return Target(department.pk, centre=department.is_command_centre)


def targets(departments: Collection[Department]) -> tuple[Target, ...]:
    return tuple(target(department) for department in departments)


def inspector_facts(post: Post) -> InspectorFacts:
    return InspectorFacts(post.pk, post.person_id, post.department_id, houses_of(post.person_id))


def houses_of(person: int | None) -> frozenset[int]:
    """Every department that a person holds a post in, or stands in for: two posts of one person are not two persons."""
    return people.houses_of(person)


def at_home(doer: Doer) -> Doer:
    """The doer with all his departments, for the guards of checking and closing."""
    return replace(doer, houses=houses_of(doer.by.person))


def standard_facts(row: Standard, category: str) -> StandardFacts:
    """A row of the standards as it serves a category («standard/kind/code»)."""
    limit = row.limit
    return StandardFacts(row.pk, category, str(limit.amount), limit.unit.value, row.season)
