"""Lists of cases by keyset, and open cases near a point."""

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.gis.db.models.functions import GeometryDistance
from django.contrib.gis.geos import Point
from django.db import OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from xiucheng.cases.models import Case, Clock, Leg
from xiucheng.cases.queries import found
from xiucheng.cases.queries.fields import CaseFilter, conditions, day_conditions, sieve_of
from xiucheng.cases.rules.search import Sieve
from xiucheng.cases.words import ClockKind, LegStage
from xiucheng.catalog import queries as catalog
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.geo import distance_m
from xiucheng.kernel.marking import gettext_noop
from xiucheng.people.models import Post

CAPPED = 1000
COUNT_MS = 800  # longer, and nobody is told how many
SORTED_MAX = 2000  # found by the index and then put into another order than by the day of the report


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of a list: by one moment, then by id. A case without the moment is not in it."""

    column: str
    down: bool
    label: str

    @property
    def order(self) -> tuple[str, str]:
        sign = "-" if self.down else ""
        return f"{sign}{self.column}", f"{sign}id"


SORTS = {
    "newest": Sort("reported_at", True, gettext_noop("最新上报")),
    "oldest": Sort("reported_at", False, gettext_noop("最早上报")),
    "due": Sort("due_at", False, gettext_noop("最先到期")),
    "filed": Sort("filed_at", True, gettext_noop("最近立案")),
    "closed": Sort("closed_at", True, gettext_noop("最近结案")),
}


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of a list: the case, the clock that matters now, the leg that is the reader's, and the end of 挂账."""

    case: Case
    clock: Clock | None = None
    leg: Leg | None = None
    until: datetime | None = None

    @property
    def category_name(self) -> str:
        return catalog.category_name(self.case.category)


@dataclass(frozen=True, slots=True)
class CasePage:
    rows: tuple[CaseRow, ...]
    next: str | None


def cases(
    post: Post | None, filter: CaseFilter | None = None, *, after: str = "", limit: int = 50
) -> CasePage:
    """A page of cases that the post may see. after: the `next` of the page before.

    Raises: Refused 422 for a bad cursor, sort, or value of a filter.
    """
    filter = filter or CaseFilter()
    limit = max(1, min(limit, 200))
    page = Listing(post, filter, after).first(limit + 1)
    own = post.department_id if post and post.department_only else None
    rows = tuple(rows_for(page[:limit], department=own))
    more = cursor(filter.sort, page[limit - 1]) if len(page) > limit else None
    return CasePage(rows, more)


def count(post: Post | None, filter: CaseFilter) -> int | None:
    """How many cases a filter finds, up to 1001; None if that would take too long.

    Raises: Refused 422 for a bad value of a filter.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {COUNT_MS}")
            return len(Listing(post, filter).keys(CAPPED + 1))
    except OperationalError:
        return None


class Listing:
    """One list: a scope, a filter, an order, and the place where a page begins."""

    def __init__(self, post: Post | None, filter: CaseFilter, after: str = "") -> None:
        if filter.sort not in SORTS:
            raise Refused(_("排序方式应为 %(names)s 之一。") % {"names": "、".join(SORTS)}, field="sort")
        self.filter, self.sort = filter, SORTS[filter.sort]
        self.place = Place.read(filter.sort, after) if after else None
        self.begin = self.place.behind(self.sort) if self.place else Q()
        self.exact = Case.seen_by(post).filter(conditions(filter), self.begin)
        if self.sort.column != "reported_at":
            self.exact = self.exact.filter(**{f"{self.sort.column}__isnull": False})
        self.sieve: Sieve = sieve_of(filter)
        # A department's few among a county's many: the index knows them, the order of the days does not.
        handler = post is not None and (post.department_only or post.role == "grid_worker")
        if self.sieve or (handler and self.sort.column == "reported_at"):
            self.sieve += found.scope_sieve(post)

    def first(self, limit: int) -> list[Case]:
        if not self.sieve:
            return list(self.exact.order_by(*self.sort.order)[:limit])
        if self.sort.column != "reported_at":
            return self.in_another_order(limit)
        page = list(self.newest().order_by(*self.sort.order)[:limit])
        if len(page) == limit:
            return page
        keys = self.sifted(self.sort, limit)
        return list(Case.unscoped.filter(pk__in=keys).order_by(*self.sort.order)[:limit])

    def keys(self, limit: int) -> list[UUID]:
        """The ids of the first cases, in no order."""
        if not self.sieve:
            return list(self.exact.values_list("pk", flat=True).order_by(*self.sort.order)[:limit])
        return self.sifted(SORTS["newest"], limit)[:limit]

    def newest(self) -> QuerySet[Case]:
        """Those among the first few hundred of the whole city: what fits many is found at once."""
        near = Case.unscoped.filter(self.begin, day_conditions(self.filter))
        return self.exact.filter(pk__in=near.order_by(*self.sort.order).values("pk")[: found.WALK])

    def sifted(self, sort: Sort, limit: int) -> list[UUID]:
        """At least the first `limit`: those that the index finds, and those that changed since it was written."""
        stretch = self.stretch(sort)
        if stretch is None:
            return []
        keys = found.first_of(self.exact, self.sieve, stretch, limit)
        late = found.changed(self.exact).order_by(*sort.order).values_list("pk", flat=True)[:limit]
        return list({*keys, *late})

    def in_another_order(self, limit: int) -> list[Case]:
        """Few are found first and then put in order; many are met on the way along the order."""
        keys = self.sifted(SORTS["newest"], SORTED_MAX + 1)
        if len(keys) <= SORTED_MAX:
            listed = Case.unscoped.filter(pk__in=keys)
        else:
            listed = self.exact
        return list(listed.order_by(*self.sort.order)[:limit])

    def stretch(self, sort: Sort) -> found.Stretch | None:
        """When the cases of this list can have been reported; None: there is no case."""
        span = found.bounds(day_conditions(self.filter))
        if span is None:
            return None
        low, high = span
        if self.place and sort.column == self.sort.column == "reported_at":
            low, high = (
                (low, min(high, self.place.moment)) if sort.down else (max(low, self.place.moment), high)
            )
        return found.Stretch(low, high, sort.down)


@dataclass(frozen=True, slots=True)
class Place:
    """The last row of a page: the next one begins behind it."""

    moment: datetime
    key: UUID

    @classmethod
    def read(cls, sort: str, after: str) -> "Place":
        """Raises: Refused 422 for a cursor that this list did not make."""
        try:
            padded = after + "=" * (-len(after) % 4)
            was, moment_text, key_text = json.loads(base64.urlsafe_b64decode(padded.encode()))
            moment, key = datetime.fromisoformat(moment_text), UUID(key_text)
            if was != sort or moment.tzinfo is None:
                raise ValueError(was)
        except (ValueError, TypeError, binascii.Error, AttributeError) as error:
            raise Refused(_("翻页标记无效，请从第一页重新查。"), field="after") from error
        return cls(moment, key)

    def behind(self, sort: Sort) -> Q:
        side = "lt" if sort.down else "gt"
        return Q(**{f"{sort.column}__{side}": self.moment}) | Q(
            **{sort.column: self.moment, f"pk__{side}": self.key}
        )


def cursor(sort: str, case: Case) -> str:
    moment = getattr(case, SORTS[sort].column)
    text = json.dumps([sort, moment.isoformat(), str(case.pk)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


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
