"""Helpers of tests: a report, and a case brought to a stage through the real actions."""

import io
import uuid
from functools import cache
from typing import Any

from PIL import Image

from xiucheng.cases import actions
from xiucheng.cases.actions import Done, Received, Report
from xiucheng.cases.words import Channel
from xiucheng.catalog import queries as catalog
from xiucheng.catalog.models import Standard
from xiucheng.kernel.files.actions import store
from xiucheng.kernel.models import StoredFile
from xiucheng.people.models import Department, Post

SPOT = (102.7005, 25.0415)  # grid 530102001001001
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


def standard(category: str = DUSTBIN, *, urgent: bool = False) -> Standard:
    rows = catalog.standards_for(catalog.parse_category(category))
    return next(row for row in rows if row.unit.startswith("紧急") == urgent)


class Loop:
    """One case and the cast that works on it. Each method is one step; they return the loop."""

    def __init__(self, cast: dict[str, Post], departments: dict[str, Department], **report: Any) -> None:
        self.cast, self.departments = cast, departments
        self.received = reported(**report)
        self.id = self.received.case_id
        self.done: Done | None = None

    def __call__(self, step: Any, who: str, **arguments: Any) -> "Loop":
        self.done = step(case_id=self.id, by=self.cast[who], **arguments)
        return self

    def accepted(self) -> "Loop":
        return self(actions.accept, "受理员_五华")

    def verified(self) -> "Loop":
        self.accepted()(actions.request_verify, "受理员_五华", inspector=self.cast["监督员_五华_甲"])
        return self(
            actions.answer_verify, "监督员_五华_甲", found=True, photos=[photo(1)], lon=SPOT[0], lat=SPOT[1]
        )

    def filed(self, row: Standard | None = None) -> "Loop":
        return self.verified()(actions.file, "值班长_五华", standard=row or standard())

    def dispatched(self, to: str = "环卫", cooperating: tuple[str, ...] = (), **options: Any) -> "Loop":
        others = [self.departments[name] for name in cooperating]
        return self.filed(**options)(
            actions.dispatch, "派遣员_五华", to=self.departments[to], cooperating=others
        )

    def handled(self, who: str = "经办人_环卫", **options: Any) -> "Loop":
        return self.dispatched(**options)(actions.handle, who, note="已清扫干净", photos=[photo(2)])

    def to_check(self) -> "Loop":
        return self.handled()(actions.forward, "派遣员_五华")

    def checking(self) -> "Loop":
        return self.to_check()(
            actions.request_check, "受理员_五华", inspector=self.cast["监督员_五华_乙"]
        )

    def checked(self, *, passed: bool = True) -> "Loop":
        return self.checking()(
            actions.answer_check,
            "监督员_五华_乙",
            passed=passed,
            photos=[photo(3)],
            lon=SPOT[0],
            lat=SPOT[1],
            note="" if passed else "还有残留",
        )

    def closed(self) -> "Loop":
        return self.checked()(actions.close, "值班长_五华")
