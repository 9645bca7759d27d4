"""What the API shows of a case. Only the answer to `disclose`, recorded with its reason, names a reporter."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from xiucheng.cases import store
from xiucheng.cases.models import Case, CaseEvent, Reporter
from xiucheng.cases.state import CaseState, ClockState, Evidence, LegState, WishState
from xiucheng.cases.words import (
    CHANNEL_NAMES,
    CLOCK_NAMES,
    LEG_NAMES,
    STAGE_NAMES,
    STEP_NAMES,
    WISH_NAMES,
    Step,
)
from xiucheng.catalog import queries as catalog
from xiucheng.catalog import snapshot
from xiucheng.catalog.queries import Responsible
from xiucheng.people.models import Department, Person

E7 = 10_000_000


class Shape(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class RowOut(Shape):
    """One line of a list."""

    id: UUID
    number: str = Field(description="受理号，上报时即有")
    case_number: str | None = Field(description="案件编号，立案时才有")
    stage: str
    stage_name: str
    category: str = Field(description="standard/kind/code；未定时为空")
    category_name: str
    description: str
    address: str
    county: str
    township: str | None
    community: str | None
    unit_grid: str | None
    channel: str
    channel_name: str
    urgent: bool
    late: bool = Field(description="当前时限已过")
    reported_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    suspended_until: datetime | None
    longitude: float
    latitude: float
    seq: int = Field(description="版本，即 ETag 里的数字")


class LegOut(Shape):
    index: int
    department: int
    department_name: str
    lead: bool = Field(description="主办为 true，协办为 false")
    state: str
    state_name: str
    sent_at: datetime
    taken_at: datetime | None
    handled_at: datetime | None
    suspended_until: datetime | None
    extensions: int
    suspensions: int
    reworks: int
    overdue: bool


class ClockOut(Shape):
    kind: str
    name: str
    leg: int | None
    amount: str
    unit: str
    started_at: datetime
    due_at: datetime
    provisional: bool = Field(description="该年放假安排未公布，到期为暂定")
    paused_at: datetime | None
    stopped_at: datetime | None
    left: str = Field(description="暂停或停止时剩余，单位同 unit")
    pauses: list[tuple[datetime, datetime]]
    late: bool


class RequestOut(Shape):
    kind: str
    name: str
    state: str
    awaits: str
    leg: int | None
    asked_at: datetime
    due_at: datetime | None
    decided_at: datetime | None
    reason: str
    answer: str


class FileOut(Shape):
    file: UUID
    url: str
    purpose: str = Field(description="report、before、after、verify、check、request")
    seq: int = Field(description="随哪一步上传")
    released: bool = Field(description="已对外公开")


class ContactOut(Shape):
    name: str
    phone: str


class CaseOut(Shape):
    """A case as it stands."""

    id: UUID
    number: str
    case_number: str | None
    seq: int
    stage: str
    stage_name: str
    channel: str
    channel_name: str
    category: str
    category_name: str
    standard: int | None
    description: str
    address: str
    longitude: float = Field(description="CGCS2000，度")
    latitude: float
    imprecise: bool
    county: str
    township: str | None
    community: str | None
    unit_grid: str | None
    near: list[str]
    component_code: str
    extra: dict[str, str] = Field(description="现在的类别的附加项，键和值")
    urgent: bool
    verified: bool | None
    checked: bool | None
    self_handled: bool
    disputed: bool
    reworks: int
    returns: int
    reopened: int
    reported_at: datetime
    accepted_at: datetime | None
    filed_at: datetime | None
    dispatched_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None
    ended_at: datetime | None
    assignee: int | None = Field(description="正在核实或核查的岗位")
    merged_into: UUID | None
    reason: str
    rating: str
    public_words: str | None
    has_reporter: bool = Field(description="留有上报人；查看要用 disclose 并写明理由")
    legs: list[LegOut]
    clocks: list[ClockOut]
    requests: list[RequestOut]
    files: list[FileOut]
    contact: ContactOut | None = Field(default=None, description="只在 disclose 的答复里出现")


class EventOut(Shape):
    """One immutable step."""

    seq: int
    step: str
    step_name: str
    at: datetime
    by: str = Field(description="staff、reporter 或 system")
    role: str
    person: str | None
    department: str | None
    note: str
    data: dict[str, Any]
    hash: str = Field(description="SM3 链，16 进制")


class StepOut(Shape):
    """A step of the case, and whether I may do it now."""

    step: str
    name: str
    allowed: bool
    why_not: str = Field(description="不能办时，原因和该怎么做")
    arguments: dict[str, Any] = Field(description="请求体的 JSON Schema")


class ResponsibleOut(Shape):
    """Who should handle a case, and why."""

    lead: int = Field(description="主办部门的 id，dispatch 的 to")
    lead_name: str
    cooperating: list[int]
    cooperating_names: list[str]
    why: str = Field(description="依据，一句话")
    rule: str = Field(description="duty 权责清单，kind 同类部门，fallback 属地兜底，last 暂由指挥中心协调")
    duty: int | None = Field(description="权责清单的条目")


def responsible_out(found: Responsible) -> ResponsibleOut:
    names = department_names([found.lead, *found.cooperating])
    return ResponsibleOut(
        lead=found.lead,
        lead_name=names.get(found.lead, ""),
        cooperating=list(found.cooperating),
        cooperating_names=[names.get(one, "") for one in found.cooperating],
        why=found.why,
        rule=found.rule,
        duty=found.duty_id,
    )


def row_out(row: Any) -> RowOut:
    """A row of `queries.cases` or `queries.desk`, with the clock that matters to the reader."""
    case, clock = row.case, row.clock
    due = clock.due_at if clock else case.due_at
    same = {name: getattr(case, name) for name in RowOut.model_fields if hasattr(case, name)}
    return RowOut(
        **same
        | {
            "stage_name": case.get_stage_display(),
            "channel_name": case.get_channel_display(),
            "category_name": row.category_name,
            "due_at": due,
            "late": case.ended_at is None and due is not None and due < timezone.now(),
            "suspended_until": row.until,
            "longitude": case.lon_e7 / E7,
            "latitude": case.lat_e7 / E7,
            "seq": case.head_seq,
        }
    )


def case_out(case: Case | CaseState, *, at: datetime) -> CaseOut:
    """A case in full: four statements for its parts, none if they are known."""
    state = case if isinstance(case, CaseState) else store.state_of(case)
    same = {name: getattr(state, name) for name in CaseOut.model_fields if hasattr(state, name)}
    names = department_names(leg.department for leg in state.legs)
    return CaseOut(
        **same
        | {
            "seq": state.head_seq,
            "stage_name": _(STAGE_NAMES[state.stage]),
            "channel_name": _(CHANNEL_NAMES[state.channel]),
            "category_name": catalog.category_name(state.category),
            "longitude": state.lon_e7 / E7,
            "latitude": state.lat_e7 / E7,
            "near": list(state.near),
            "extra": state.answers,
            "has_reporter": state.reporter is not None,
            "legs": [_leg(leg, names) for leg in state.legs],
            "clocks": [_clock(clock, at) for clock in state.clocks],
            "requests": [_request(wish) for wish in state.wishes],
            "files": [_file(state, item) for item in state.evidence],
        }
    )


def contact_out(reporter: Reporter | None) -> ContactOut | None:
    return ContactOut(name=reporter.name, phone=reporter.phone) if reporter else None


def _leg(leg: LegState, names: Mapping[int | None, str]) -> LegOut:
    same = {name: getattr(leg, name) for name in LegOut.model_fields if hasattr(leg, name)}
    return LegOut(
        **same,
        department_name=names.get(leg.department, ""),
        state_name=_(LEG_NAMES[leg.state]),
        suspended_until=leg.until,
    )


def _clock(clock: ClockState, at: datetime) -> ClockOut:
    same = {name: getattr(clock, name) for name in ClockOut.model_fields if hasattr(clock, name)}
    return ClockOut(**same, name=_(CLOCK_NAMES[clock.kind]), late=clock.is_late(at))


def _request(wish: WishState) -> RequestOut:
    same = {name: getattr(wish, name) for name in RequestOut.model_fields if hasattr(wish, name)}
    return RequestOut(**same, name=_(WISH_NAMES[wish.kind]))


def _file(state: CaseState, item: Evidence) -> FileOut:
    return FileOut(
        file=item.file,
        url=f"/api/v1/cases/{state.id}/files/{item.file}",
        purpose=item.purpose,
        seq=item.seq,
        released=item.released,
    )


def department_names(ids: Iterable[int | None]) -> Mapping[int | None, str]:
    """Names of departments by id: from the catalogue's memory; one statement for those switched off since."""
    bodies, wanted = snapshot.current().bodies, {key for key in ids if key is not None}
    names: dict[int | None, str] = {key: bodies[key].name for key in wanted & bodies.keys()}
    if unknown := wanted - bodies.keys():
        names |= dict(Department.objects.filter(pk__in=unknown).values_list("pk", "name"))
    return names


def events_out(events: list[CaseEvent]) -> list[EventOut]:
    """Events with the names of who did them: two statements, however many."""
    people = {event.person_id for event in events if event.person_id}
    persons: dict[int | None, str] = (
        dict(Person.objects.filter(pk__in=people).values_list("pk", "name")) if people else {}
    )
    departments = department_names(event.department_id for event in events)
    return [
        EventOut(
            seq=event.seq,
            step=event.step,
            step_name=_(STEP_NAMES[Step(event.step)]),
            at=event.at,
            by=event.kind,
            role=event.role,
            person=persons.get(event.person_id),
            department=departments.get(event.department_id),
            note=event.note,
            data=event.data,
            hash=bytes(event.hash).hex(),
        )
        for event in events
    ]
