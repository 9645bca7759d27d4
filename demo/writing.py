"""Write the simulated city in bulk: events in the order they happened, then cases and all that hangs on them."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import models

from demo.plans import Plan
from demo.world import Run, World
from xiucheng.cases.actions.base import notices
from xiucheng.cases.actions.report import Report
from xiucheng.cases.models import Case, CaseEvent, Notice, NoticeMark, Receipt, Reporter
from xiucheng.cases.rules.notices import standing, told
from xiucheng.cases.state import CaseState
from xiucheng.cases.store import PARTS, Written, record_of, rows_of
from xiucheng.cases.words import Channel
from xiucheng.catalog import actions as catalog_actions
from xiucheng.kernel import crypto, numbering
from xiucheng.people.models import Department, Post

CHUNK = 1000
NOTICE_DAYS = 14


class Writer:
    """Takes written steps as they happen; keeps events and notices until a chunk is full."""

    def __init__(self, world_now: Any) -> None:
        self.now = world_now
        self.events: list[CaseEvent] = []
        self.notices: list[Notice] = []
        self.count = 0
        self.merged: dict[UUID, list[int]] = {}

    def __call__(self, run: Run, written: Written) -> None:
        self.events += written.events
        self.count += len(written.events)
        self._follow_merges(run, written)
        if self.now - run.at < timedelta(days=NOTICE_DAYS):
            self._tell(run, written)
        if len(self.events) >= CHUNK:
            self._flush_events()

    def _flush_events(self) -> None:
        CaseEvent.unscoped.bulk_create(self.events)
        self.events = []

    def finish(self, world: World) -> None:
        """Everything that is left, cases first: receipts and parts point at them."""
        self._flush_events()
        happened = [run for run in world.runs if run.state_ is not None]
        states = sorted((run for run in happened), key=lambda run: run.state.merged_into is not None)
        parts: dict[str, list[models.Model]] = {part: [] for part in PARTS}
        cases: list[Case] = []
        for run in states:  # a merged case after what it was merged into
            case, rows = rows_of(run.state, run.head)
            cases.append(case)
            for part, found in rows.items():
                parts[part] += found
        Case.unscoped.bulk_create(cases, batch_size=CHUNK)
        for part, rows_ in parts.items():
            PARTS[part][0]._default_manager.bulk_create(rows_, batch_size=2 * CHUNK)
        Receipt.objects.bulk_create((receipt(run) for run in happened), batch_size=2 * CHUNK)
        self._end_waiting(run.state for run in happened)
        Notice.objects.bulk_create(self.notices, batch_size=2 * CHUNK)
        self._read()
        counters(world)
        rulings(world)

    def _follow_merges(self, run: Run, written: Written) -> None:
        into = written.state.merged_into
        if into is not None and run.reporter is not None:
            listeners = self.merged.setdefault(into, [])
            if run.reporter not in listeners:
                listeners.append(run.reporter)

    def _tell(self, run: Run, written: Written) -> None:
        for event in written.events:
            for item in told(written.state, record_of(event)):
                own = [run.reporter] if run.reporter else []
                listeners = own + self.merged.get(run.id, []) if item.audience == "reporter" else []
                self.notices += notices(written.state, item, event, listeners)

    def _end_waiting(self, states: Iterable[CaseState]) -> None:
        """What a message waited for was done at the case's next step."""
        waits = {state.id: standing(state) for state in states}
        following: dict[UUID, Any] = {}
        for notice in reversed(self.notices):
            if notice.waits and notice.waits not in waits[notice.case_id]:  # type: ignore[index]
                notice.over_at = following.get(notice.case_id, notice.at)  # type: ignore[arg-type]
            following[notice.case_id] = notice.at  # type: ignore[index]

    def _read(self) -> None:
        """Everybody has read what is older than a day."""
        before = self.now - timedelta(hours=20)
        NoticeMark.objects.bulk_create(
            (NoticeMark(post=post, before=before, at=before) for post in Post.objects.all()),
            ignore_conflicts=True,
        )


def reporters(plans: Sequence[Plan]) -> list[int | None]:
    """A row for each reporter of a public channel, as the live door makes it; None for staff."""
    rows = [row_of(plan) if plan.public else None for plan in plans]
    Reporter.objects.bulk_create((row for row in rows if row is not None), batch_size=CHUNK)
    return [row.pk if row is not None else None for row in rows]


def row_of(plan: Plan) -> Reporter:
    name, phone = plan.reporter
    return Reporter(
        name=name, phone=phone, phone_index=crypto.blind_index(phone, purpose="phone"), created_at=plan.at
    )


class _Photo:
    """What `Report.digest` reads of a stored file."""

    def __init__(self, sm3: str) -> None:
        self.sm3 = sm3


def receipt(run: Run) -> Receipt:
    """The receipt the door would have written for this report."""
    plan, place = run.plan, run.place
    name, phone = plan.reporter if plan.public else ("", "")
    content = Report(
        uuid=uuid5(run.id, "client"),
        description=plan.description,
        lon=place.lon_e7 / 1e7,
        lat=place.lat_e7 / 1e7,
        channel=Channel(plan.channel),
        address=plan.address,
        category=plan.subject.key if plan.named else "",
        reporter_name=name,
        reporter_phone=phone,
        photos=[_Photo(item["sm3"]) for item in run.files("report", plan.photos)],  # type: ignore[misc]
    )
    answer = {
        "number": run.number,
        "stage": "reported",
        "division": place.community or place.township or place.county,
        "unit_grid": place.unit_grid,
        "near": list(place.near),
    }
    return Receipt(uuid=content.uuid, case_id=run.id, digest=content.digest, answer=answer, at=plan.at)


def counters(world: World) -> None:
    """Take from the counters what the simulation gave out, so that live numbers go on behind it.

    Raises: RuntimeError, if somebody filed a case meanwhile.
    """
    for (county, day), count in sorted(world.numbers.items()):
        given = numbering.case_numbers(county, day, count)
        if given[-1] != f"{county}{day:%Y%m%d}{count:05d}":
            raise RuntimeError(f"case numbers of {county} on {day} were already given out")


def rulings(world: World) -> None:
    """Each arbitration leaves a draft row of the 权责清单, as the live action does (practice.md 8)."""
    leads = Department.objects.in_bulk({lead for _run, lead, _words in world.rulings})
    for run, lead, words in world.rulings:
        catalog_actions.draft_duty(
            category_key=run.state.category,
            division_code=run.place.township or run.place.county,
            lead=leads[lead],
            basis=words,
            ruling=run.state.case_number or run.number,
        )
