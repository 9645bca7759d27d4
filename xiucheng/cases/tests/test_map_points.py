"""A case's shape on the map says what its chip in the list says."""

from datetime import UTC, datetime

import pytest

from xiucheng.cases.models import Clock
from xiucheng.cases.pages.show import state_of_clock
from xiucheng.kernel.workdays import shipped_calendar
from xiucheng.web import clocks

CALENDAR = shipped_calendar()
# 15 值班分钟 from 19:53 in China: seven run until 20:00, eight the next morning from 08:00.
EVENING = Clock(
    kind="file",
    amount="15",
    unit="值班分钟",
    started_at=datetime(2026, 11, 24, 11, 53, tzinfo=UTC),
    due_at=datetime(2026, 11, 25, 0, 8, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (datetime(2026, 11, 24, 11, 54, tzinfo=UTC), "ok"),
        (
            datetime(2026, 11, 24, 23, 0, tzinfo=UTC),
            "ok",
        ),  # 07:00: most of real time is gone, eight minutes are left
        (datetime(2026, 11, 25, 0, 4, tzinfo=UTC), "ok"),  # 4 of 15 minutes
        (datetime(2026, 11, 25, 0, 6, tzinfo=UTC), "soon"),
        (datetime(2026, 11, 25, 0, 8, tzinfo=UTC), "soon"),  # the due moment itself is in time
        (datetime(2026, 11, 25, 0, 8, 1, tzinfo=UTC), "late"),
    ],
)
def test_shape_and_chip_agree_also_overnight(at, state):
    assert state_of_clock(EVENING, at, CALENDAR) == state
    assert clocks.face(EVENING, at, CALENDAR).state == state
