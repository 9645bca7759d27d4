"""What burns: the figures and lists of a leader, each a door to its cases. Open cases only, so it is flat at any size."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q
from django.utils import timezone

from xiucheng.cases.models import Case, Clock, Leg, Request
from xiucheng.cases.queries.lists import CaseRow, rows_for
from xiucheng.cases.words import ClockKind, LegStage, Stage, Wish, WishStage
from xiucheng.people.models import Department, Post

SHOWN = 12
SOON = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Figures:
    """Open cases of the scope: all, overdue, due within four hours, urgent, disputed, on 挂账."""

    open: int
    late: int
    soon: int
    urgent: int
    disputed: int
    suspended: int


@dataclass(frozen=True, slots=True)
class House:
    """A department with its open legs, and those overdue."""

    department: Department
    open: int
    late: int


def figures(post: Post, now: datetime | None = None) -> Figures:
    """One statement."""
    now = now or timezone.now()
    paused = Leg.unscoped.filter(state=LegStage.SUSPENDED).values("case")
    found = (
        Case.seen_by(post)
        .open()
        .aggregate(
            open=Count("pk"),
            late=Count("pk", filter=Q(due_at__lt=now)),
            soon=Count("pk", filter=Q(due_at__gte=now, due_at__lt=now + SOON)),
            urgent=Count("pk", filter=Q(urgent=True)),
            disputed=Count("pk", filter=Q(stage=Stage.ARBITRATING)),
            suspended=Count("pk", filter=Q(pk__in=paused)),
        )
    )
    return Figures(**found)


def burning(post: Post, now: datetime | None = None) -> list[CaseRow]:
    """Urgent or overdue, the longest overdue first."""
    now = now or timezone.now()
    hot = Q(urgent=True) | Q(due_at__lt=now)
    rows = Case.seen_by(post).open().filter(hot).order_by(F("due_at").asc(nulls_last=True), "id")[:SHOWN]
    return rows_for(list(rows))


def houses(post: Post, now: datetime | None = None) -> list[House]:
    """Departments by overdue legs, the most first. Two statements."""
    now = now or timezone.now()
    seen = Case.seen_by(post).open().values("pk")
    late = Clock.unscoped.filter(kind=ClockKind.HANDLE, stopped_at=None, paused_at=None, due_at__lt=now)
    legs = Leg.unscoped.filter(case__in=seen, state__in=(LegStage.SENT, LegStage.TAKEN, LegStage.SUSPENDED))
    counted = dict(legs.values_list("department").annotate(n=Count("pk")).order_by())
    overdue = dict(
        legs.filter(case__in=late.values("case")).values_list("department").annotate(n=Count("pk")).order_by()
    )
    rows = Department.objects.filter(pk__in=counted)
    found = [House(row, counted[row.pk], overdue.get(row.pk, 0)) for row in rows]
    return sorted(found, key=lambda house: (-house.late, -house.open, house.department.pk))[:SHOWN]


def supervised(post: Post) -> list[tuple[Request, Case]]:
    """督办 that wait for a reply, by the day of the reply."""
    seen = Case.seen_by(post).values("pk")
    wishes = Request.unscoped.filter(case__in=seen, kind=Wish.SUPERVISE, state=WishStage.PENDING)
    return [(wish, wish.case) for wish in wishes.select_related("case").order_by("due_at", "id")[:SHOWN]]
