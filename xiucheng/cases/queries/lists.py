"""Lists of cases by keyset, and open cases near a point."""

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib.gis.db.models.functions import GeometryDistance
from django.contrib.gis.geos import Point
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.models import Case, Clock, Leg
from xiucheng.cases.words import ClockKind, LegStage, Stage
from xiucheng.catalog import queries as catalog
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.geo import distance_m
from xiucheng.people.models import Post, inside

SORTS = {"newest": ("-reported_at", "-id"), "due": ("due_at", "id")}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """What a list is narrowed by. Empty values do not narrow. Days are local (Asia/Shanghai), both included."""

    stage: str = ""
    open: bool | None = None
    division: str = ""
    category: str = ""  # standard/kind/code, or kind/code of the standard in force
    channel: str = ""
    urgent: bool | None = None
    overdue: bool | None = None
    department: int | None = None
    words: str = ""  # in number, case number, description, address
    since: date | None = None
    until: date | None = None
    sort: str = "newest"


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of a list: the case, the clock that matters now, the leg that is the reader's, and the end of 挂账."""

    case: Case
    clock: Clock | None = None
    leg: Leg | None = None
    until: datetime | None = None

    @property
    def category_name(self) -> str:
        return category_name(self.case.category)


@dataclass(frozen=True, slots=True)
class CasePage:
    rows: tuple[CaseRow, ...]
    next: str | None


def cases(
    post: Post | None, filter: CaseFilter | None = None, *, after: str = "", limit: int = 50
) -> CasePage:
    """A page of cases that the post may see. after: the `next` of the page before.

    Raises: Refused 422 for a bad cursor, sort, stage or category.
    """
    filter = filter or CaseFilter()
    if filter.sort not in SORTS:
        raise Refused(_("排序方式应为 newest 或 due。"), field="sort")
    limit = max(1, min(limit, 200))
    found = narrowed(Case.seen_by(post), filter)
    if filter.sort == "due":
        found = found.filter(due_at__isnull=False)
    if after:
        found = found.filter(behind(filter.sort, after))
    page = list(found.order_by(*SORTS[filter.sort])[: limit + 1])
    own = post.department_id if post and post.department_only else None
    rows = tuple(rows_for(page[:limit], department=own))
    more = cursor(filter.sort, page[limit - 1]) if len(page) > limit else None
    return CasePage(rows, more)


def narrowed(found: QuerySet[Case], filter: CaseFilter) -> QuerySet[Case]:
    if filter.stage:
        if filter.stage not in set(Stage):
            raise Refused(_("没有这个环节，请从列表中选择。"), field="stage")
        found = found.filter(stage=filter.stage)
    if filter.open is not None:
        found = found.filter(ended_at__isnull=filter.open)
    if filter.division:
        found = found.filter(inside([filter.division]))
    if filter.category:
        found = found.filter(category=catalog.parse_category(filter.category).key)
    if filter.channel:
        found = found.filter(channel=filter.channel)
    if filter.urgent is not None:
        found = found.filter(urgent=filter.urgent)
    if filter.overdue is not None:
        late = Q(ended_at__isnull=True, due_at__lt=timezone.now())
        found = found.filter(late if filter.overdue else ~late)
    if filter.department:
        legs = Leg.unscoped.filter(department=filter.department).exclude(state=LegStage.RETURNED)
        found = found.filter(pk__in=legs.values("case"))
    if words := filter.words.strip():
        found = found.filter(
            Q(number__istartswith=words)
            | Q(case_number__istartswith=words)
            | Q(description__icontains=words)
            | Q(address__icontains=words)
        )
    return found.filter(between(filter.since, filter.until, timezone.localdate()))


def between(since: date | None, until: date | None, today: date) -> Q:
    """Reported on these days, both included. Raises: Refused 422 for days that hold no case for certain."""
    if since and since > today:
        raise Refused(_("起始日期在今天之后，还没有那时的案件。请改选今天或以前的日期。"), field="since")
    if since and until and since > until:
        raise Refused(_("起始日期在结束日期之后，请把两个日期对调。"), field="since")
    found = Q()
    if since:
        found &= Q(reported_at__gte=midnight(since))
    if until and until < today:  # a later end is no limit, and the calendar has a last day
        found &= Q(reported_at__lt=midnight(until + timedelta(days=1)))
    return found


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())


def cursor(sort: str, case: Case) -> str:
    moment = case.reported_at if sort == "newest" else case.due_at
    assert moment is not None, "a list by due holds cases with a due"
    text = json.dumps([sort, moment.isoformat(), str(case.pk)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def behind(sort: str, after: str) -> Q:
    """What comes after a cursor. Raises: Refused 422 for one that this list did not make."""
    try:
        padded = after + "=" * (-len(after) % 4)
        was, moment_text, key_text = json.loads(base64.urlsafe_b64decode(padded.encode()))
        moment, key = datetime.fromisoformat(moment_text), UUID(key_text)
        if was != sort or moment.tzinfo is None:
            raise ValueError(was)
    except (ValueError, TypeError, binascii.Error, AttributeError) as error:
        raise Refused(_("翻页标记无效，请从第一页重新查。"), field="after") from error
    if sort == "newest":
        return Q(reported_at__lt=moment) | Q(reported_at=moment, pk__lt=key)
    return Q(due_at__gt=moment) | Q(due_at=moment, pk__gt=key)


def rows_for(found: Sequence[Case], *, department: int | None = None) -> list[CaseRow]:
    """Rows with the clock that matters: of the department's own leg, else what is due next. Two statements."""
    keys = [case.pk for case in found]
    clocks = by_case(Clock.unscoped.filter(case__in=keys, stopped_at__isnull=True))
    legs = by_case(Leg.unscoped.filter(case__in=keys).exclude(state=LegStage.RETURNED))
    rows = []
    for case in found:
        own = next((leg for leg in legs.get(case.pk, ()) if leg.department_id == department), None)
        paused = next((leg for leg in legs.get(case.pk, ()) if leg.state == LegStage.SUSPENDED), None)
        shown = own or paused
        rows.append(CaseRow(case, matters(clocks.get(case.pk, ()), own), own, shown.until if shown else None))
    return rows


def by_case(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.case_id, []).append(row)
    return found


def matters(clocks: Sequence[Clock], own: Leg | None) -> Clock | None:
    """The own leg's handling clock; else the running one that is due first; else one that pauses."""
    shown = [clock for clock in clocks if clock.kind != ClockKind.CASE]
    if own:
        mine = [clock for clock in shown if clock.kind == ClockKind.HANDLE and clock.leg == own.index]
        shown = mine or shown
    running = [clock for clock in shown if clock.paused_at is None]
    return min(running or shown, key=lambda clock: clock.due_at, default=None)


def category_name(key: str) -> str:
    """The Chinese name of a full category key; empty for none."""
    if not key:
        return ""
    standard, kind, code = key.rsplit("/", 2)
    found = catalog.category(standard, kind, code)
    return found.name if found else key


def nearby(
    lon: float, lat: float, *, post: Post | None = None, public: bool = False, radius_m: int, limit: int = 5
) -> list[tuple[CaseRow, int]]:
    """Open cases around a point (degrees, CGCS2000, EPSG:4490) with their distance in metres, nearest first.

    public: for the reporter's «可能是同一件», whatever the post; the face shows released words only.
    """
    spot = Point(lon, lat, srid=4490)
    found = Case.unscoped.all() if public else Case.seen_by(post)
    degrees = radius_m / 90_000  # a sieve: at 30° N a degree of longitude is 96 km, one of latitude 111 km
    near = (
        found.open()
        .filter(point__dwithin=(spot, degrees))
        .order_by(GeometryDistance("point", spot), "id")[: 4 * limit]
    )
    pairs = [(case, round(distance_m(lon, lat, case.lon_e7 / 1e7, case.lat_e7 / 1e7))) for case in near]
    kept = [(case, metres) for case, metres in pairs if metres <= radius_m][:limit]
    rows = rows_for([case for case, _metres in kept])
    return list(zip(rows, (metres for _case, metres in kept), strict=True))
