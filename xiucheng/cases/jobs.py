"""What happens to cases by itself: terms that end, limits that are reminded of, clocks under a new calendar.

Every minute `watch` asks the store only for what has passed (partial indexes), and hands each case to an action of
its own transaction. Whoever is killed in the middle leaves the rest for the next minute; of two workers the second
finds the case done: the actions lock it and decide anew.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from xiucheng.cases import actions, cells, exporting, search_index
from xiucheng.cases.actions.base import env_for
from xiucheng.cases.actions.closing import recompute
from xiucheng.cases.actions.handling import resume
from xiucheng.cases.models import Case, CaseEvent, Clock, Leg, Request
from xiucheng.cases.rules import closing as rules
from xiucheng.cases.rules.basis import SYSTEM
from xiucheng.cases.store import states_of
from xiucheng.cases.words import LegStage, Wish, WishStage
from xiucheng.kernel import jobs, stamps
from xiucheng.kernel.calendar import CalendarChange
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import Stamp
from xiucheng.people.models import Department

log = structlog.get_logger(__name__)

MOST = 2000  # of a kind in one run; what is left waits for the next minute
BATCH = 200
FOLLOWED = "cases.calendar"  # the mark: under which calendar all running clocks were reckoned


@app.periodic(cron="* * * * *")
@jobs.task(once="cases.watch", lock="cases.watch")
def watch(timestamp: int) -> None:
    """Every minute: end what has reached its term, remind, and have clocks reckoned anew if the calendar changed."""
    look(timezone.now())


INDEX_ROUNDS = 20  # of a thousand; what is left waits a quarter of a minute


@app.periodic(cron="* * * * * */15")
@jobs.task(once="cases.index", lock="cases.index")
def index_cases(timestamp: int = 0) -> None:
    """Every 15 s: put the cases that changed into the index by which they are found."""
    for _round in range(INDEX_ROUNDS):
        if search_index.index_changed() < search_index.BATCH:
            return


@jobs.task(queue="default", retry=jobs.Backoff(attempts=3))
def export_cases(job_id: str, export_id: str) -> dict[str, Any]:
    """Write the file of an export."""
    return exporting.run(UUID(export_id), job_id)


@app.periodic(cron="20 18 * * *")  # 02:20 in China
@jobs.task(once="cases.exports")
def remove_exports(timestamp: int = 0) -> int:
    """Delete the files of exports that are past their days."""
    return exporting.remove_expired()


@app.periodic(cron="* * * * *")
@jobs.task(once="cases.cells", lock="cases.cells")
def count_open_cells(timestamp: int = 0) -> None:
    """Every minute: where the open cases lie, for the map."""
    cells.refresh_open()


@app.periodic(cron="7-59/10 * * * *")
@jobs.task(once="cases.cells_month", lock="cases.cells")
def count_this_month(timestamp: int = 0) -> None:
    """Every ten minutes: where this month's cases lie."""
    cells.refresh_months(cells.this_month(timezone.now()))


@app.periodic(cron="20 * * * *")
@jobs.task(once="cases.cells_all", lock="cases.cells")
def count_all_cells(timestamp: int = 0) -> None:
    """Every hour: where all cases lie."""
    cells.refresh_all()


@app.periodic(cron="0 18 * * *")  # 02:00 in China
@jobs.task(once="cases.cells_months", lock="cases.cells")
def count_all_months(timestamp: int = 0) -> None:
    """Every night: where the cases of every month lie, also those that were placed anew."""
    cells.refresh_months()


def look(now: datetime) -> None:
    end_suspensions(now)
    expire_questions(now)
    send_reminders(now)
    follow_calendar()


def end_suspensions(now: datetime) -> int:
    """挂账 whose term has passed: the clock goes on from the term."""
    legs = Leg.unscoped.filter(
        until__lte=now, state=LegStage.SUSPENDED, case__ended_at__isnull=True
    ).order_by("until", "id")
    found = list(legs.values_list("case", "department", "until")[:MOST])
    departments = Department.objects.in_bulk({department for _case, department, _until in found})
    return sum(
        once(
            "resume",
            case,
            partial(resume, case_id=case, department=departments[department], at=written_at(case, until)),
        )
        for case, department, until in found
    )


def expire_questions(now: datetime) -> int:
    """Questions that the reporter did not answer in time."""
    wishes = Request.unscoped.filter(
        kind=Wish.ASK,
        awaits="reporter",
        state=WishStage.PENDING,
        due_at__lte=now,
        case__ended_at__isnull=True,
    ).order_by("due_at", "id")
    return sum(
        once(
            "expire_ask",
            case,
            partial(actions.expire_ask, case_id=case, at=written_at(case, due)),
        )
        for case, due in wishes.values_list("case", "due_at")[:MOST]
    )


def send_reminders(now: datetime) -> int:
    """催办 at the city's percents of a handling limit: once for each leg and percent."""
    clocks = Clock.unscoped.filter(remind_at__lte=now, leg__isnull=False).order_by("remind_at", "id")
    return sum(
        once("remind", case, partial(actions.remind_due, case_id=case, leg=leg or 0, at=now))
        for case, leg in clocks.values_list("case", "leg")[:MOST]
    )


def written_at(case: UUID, term: datetime | None) -> datetime:
    """The moment that the record of a term bears: the term itself, or the case's last event, if that came after it.

    So a worker that was late changes no deadline, and the events of a case stay in order of time.
    """
    last = CaseEvent.unscoped.filter(chain=case).order_by("-seq").values_list("at", flat=True)[0]
    return max(term, last) if term else last


def once(what: str, case: UUID, act: Callable[[], object]) -> bool:
    """Do one thing to one case; a refusal means that somebody was first, an error stops no other case."""
    try:
        act()
    except Refused as refusal:
        log.info("cases_watch_refused", what=what, case=str(case), code=refusal.code)
        return False
    except Exception:
        log.exception("cases_watch_failed", what=what, case=str(case))
        return False
    return True


# -- another calendar ---


def after_calendar_change(change: CalendarChange) -> None:
    """For whoever changed the calendar, inside the same transaction; without it the watcher notices in a minute."""
    if change.recompute:
        jobs.defer(recompute_clocks)


def follow_calendar() -> None:
    """Have the clocks reckoned anew, if the calendar is not the one they were reckoned under."""
    stamp = stamps.current("calendar")
    if stamp and stamp != followed():
        jobs.defer(recompute_clocks)


def followed() -> str:
    return next(
        (str(value) for value in Stamp.objects.filter(name=FOLLOWED).values_list("value", flat=True)), ""
    )


@jobs.task(once="cases.recompute", lock="cases.recompute")
def recompute_clocks() -> int:
    """Reckon the running clocks of all open cases under today's calendar."""
    return reckon_anew()


def reckon_anew() -> int:
    """How many cases moved. The mark is set when all are done: whoever is killed before begins again."""
    stamps.forget()
    stamp = stamps.current("calendar")
    moved = sum(once("recompute", case, partial(recompute, case_id=case)) for case in stale_cases())
    if stamp:
        Stamp.objects.update_or_create(name=FOLLOWED, defaults={"value": UUID(stamp)})
    return moved


def stale_cases() -> Iterator[UUID]:
    """Open cases with a clock that is due at another moment today. Five statements for each batch."""
    now, last = timezone.now(), UUID(int=0)
    while batch := list(Case.unscoped.open().filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = batch[-1].pk
        for key, state in states_of(batch).items():
            if rules.recompute(state, SYSTEM, env_for(state.county, now)):
                yield key
