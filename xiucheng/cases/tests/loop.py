"""Helpers of tests: a report, and a case brought to a stage through the real actions."""

import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

import pytest
from PIL import Image

from xiucheng.cases import actions
from xiucheng.cases.actions import Done, Received, Report
from xiucheng.cases.models import Case, CaseEvent
from xiucheng.cases.projection import fold
from xiucheng.cases.state import CaseState, ClockState, LegState
from xiucheng.cases.store import record_of, state_of
from xiucheng.cases.words import Channel
from xiucheng.catalog import queries as catalog
from xiucheng.catalog.models import Standard
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files.actions import store
from xiucheng.kernel.models import StoredFile
from xiucheng.kernel.worktime import CHINA
from xiucheng.people.models import Department, Post

SPOT = (102.7005, 25.0415)  # grid 530102001001001
COVER = "GB/T 47678.5-2026/matter/01001"  # limits 2 紧急工作时, 4 工作时, 2 工作日, 5 工作日
DUSTBIN = "GB/T 47678.5-2026/matter/06001"


@cache
def jpeg(shade: int = 120) -> bytes:
    """A small real photo; another shade is another file."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (shade, 90, 60)).save(out, "JPEG")
    return out.getvalue()


def photo(shade: int = 120) -> StoredFile:
    return store(jpeg(shade))


def reported(**changes: Any) -> Received:
    by = changes.pop("by", None)
    values: dict[str, Any] = {
        "uuid": uuid.uuid4(),
        "description": "垃圾桶旁堆了一地垃圾",
        "lon": SPOT[0],
        "lat": SPOT[1],
        "channel": Channel.WEB,
        "category": DUSTBIN,
        "reporter_phone": "13812345678",
    }
    return actions.report(Report(**values | changes), by=by)


def china(text: str) -> datetime:
    """A moment on the wall clock in China: «2026-11-24 09:00»."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@contextmanager
def clock_at(moment: datetime | None) -> Iterator[None]:
    """The simulated clock: actions read this moment."""
    with pytest.MonkeyPatch.context() as patch:
        if moment is not None:
            patch.setattr("django.utils.timezone.now", lambda: moment)
        yield


def standard(category: str = DUSTBIN, *, urgent: bool = False) -> Standard:
    rows = catalog.standards_for(catalog.parse_category(category))
    return next(row for row in rows if row.unit.startswith("紧急") == urgent)


def limit(text: str, category: str = COVER) -> Standard:
    """The row of a category with this limit: «4 工作时»."""
    rows = catalog.standards_for(catalog.parse_category(category))
    return next(row for row in rows if str(row.limit) == text)


class Loop:
    """One case and the cast that works on it. Each method is one step; they return the loop.

    at: «2026-11-24 09:00», the wall clock in China when the next steps happen; none: now.
    """

    def __init__(
        self, cast: dict[str, Post], departments: dict[str, Department], *, at: str = "", **report: Any
    ) -> None:
        self.cast, self.departments = cast, departments
        self.now: datetime | None = None
        self.at(at)
        with clock_at(self.now):
            self.received = reported(**report)
        self.id = self.received.case_id
        self.done: Done | None = None

    def at(self, moment: str) -> "Loop":
        self.now = china(moment) if moment else None
        return self

    def __call__(self, step: Any, who: str = "", **arguments: Any) -> "Loop":
        if who:
            arguments["by"] = self.cast[who]
        with clock_at(self.now):
            self.done = step(case_id=self.id, **arguments)
        return self

    def refuses(self, step: Any, who: str = "", *, code: str, status: int = 0, **arguments: Any) -> "Loop":
        """The step is refused for this reason, in Chinese, and nothing was written."""
        before = self.events
        with pytest.raises(Refused) as refusal:
            self(step, who, **arguments)
        assert refusal.value.code == code, refusal.value.sentence
        assert status in (0, refusal.value.status)
        assert any("\u4e00" <= sign <= "\u9fff" for sign in refusal.value.sentence)
        assert self.events == before
        return self

    @property
    def events(self) -> int:
        return CaseEvent.unscoped.filter(chain=self.id).count()

    @property
    def steps(self) -> list[str]:
        return list(CaseEvent.unscoped.filter(chain=self.id).order_by("seq").values_list("step", flat=True))

    @property
    def row(self) -> Case:
        return Case.unscoped.get(pk=self.id)

    @property
    def state(self) -> CaseState:
        """The state as stored, which is always the fold of the events."""
        stored = state_of(self.row)
        events = CaseEvent.unscoped.filter(chain=self.id).order_by("seq")
        assert fold(record_of(event) for event in events) == stored
        return stored

    def leg(self, department: str) -> LegState:
        found = self.state.leg_of(self.departments[department].pk)
        assert found is not None
        return found

    def clock(self, kind: str, department: str = "") -> ClockState:
        state = self.state
        key = self.departments[department].pk if department else None
        leg = next((leg.index for leg in reversed(state.legs) if leg.department == key), None)
        return next(c for c in reversed(state.clocks) if c.kind == kind and (not department or c.leg == leg))

    def due(self, kind: str, department: str = "") -> str:
        return f"{self.clock(kind, department).due_at.astimezone(CHINA):%Y-%m-%d %H:%M}"

    def accepted(self) -> "Loop":
        return self(actions.accept, "受理员_五华")

    def verified(self, point: tuple[float, float] = SPOT) -> "Loop":
        self.accepted()(actions.request_verify, "受理员_五华", inspector=self.cast["监督员_五华_甲"])
        return self(
            actions.answer_verify, "监督员_五华_甲", found=True, photos=[photo(1)], lon=point[0], lat=point[1]
        )

    def filed(self, row: Standard | None = None) -> "Loop":
        return self.verified()(actions.file, "值班长_五华", standard=row or standard())

    def dispatched(self, to: str = "环卫", cooperating: tuple[str, ...] = (), **options: Any) -> "Loop":
        return self.filed(**options).dispatch(to, cooperating)

    def dispatch(self, to: str, cooperating: tuple[str, ...] = (), who: str = "派遣员_五华") -> "Loop":
        others = [self.departments[name] for name in cooperating]
        return self(actions.dispatch, who, to=self.departments[to], cooperating=others)

    def handle(self, who: str = "经办人_环卫") -> "Loop":
        return self(actions.handle, who, note="已清扫干净", photos=[photo(2)])

    def returned(self, who: str, decider: str = "派遣员_五华", **decision: Any) -> "Loop":
        self(actions.return_, who, note="不属我部门，应由市政负责")
        return self(actions.decide_return, decider, granted=True, **decision)

    def handled(self, who: str = "经办人_环卫", **options: Any) -> "Loop":
        return self.dispatched(**options)(actions.handle, who, note="已清扫干净", photos=[photo(2)])

    def to_check(self) -> "Loop":
        return self.handled()(actions.forward, "派遣员_五华")

    def checking(self) -> "Loop":
        return self.to_check().request_check()

    def request_check(self, inspector: str = "监督员_五华_乙") -> "Loop":
        return self(actions.request_check, "受理员_五华", inspector=self.cast[inspector])

    def answer_check(self, who: str = "监督员_五华_乙", *, passed: bool = True) -> "Loop":
        return self(
            actions.answer_check,
            who,
            passed=passed,
            photos=[photo(3)],
            lon=SPOT[0],
            lat=SPOT[1],
            note="" if passed else "还有残留",
        )

    def checked(self, *, passed: bool = True) -> "Loop":
        return self.checking().answer_check(passed=passed)

    def closed(self) -> "Loop":
        return self.checked()(actions.close, "值班长_五华")
