"""What is wanted of a demo city: its seed, where its time ends, and how much happens in it. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from xiucheng.kernel.worktime import CHINA

SEED = 20261124
MORNING = 10
"""The city of a given day ends at this hour: the morning's reports are on the desks, the day lies ahead."""

PINYIN = {
    "530102": "wuhua",
    "530103": "panlong",
    "530111": "guandu",
    "530112": "xishan",
    "530114": "chenggong",
}
CITY = "5301"
CENTRE = "530102"
"""The county whose accounts can work every case of the loop without another county's."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One demo city. `now`: the moment at which its simulated clock stops."""

    seed: int
    now: datetime
    cases: int = 6500
    days: int = 365
    waiting: int = 150
    """How many of the cases wait on the desks, chosen by stage; others happen to be open beside them."""

    @property
    def today(self) -> date:
        return self.now.astimezone(CHINA).date()

    @property
    def since(self) -> date:
        """From here on people hold their posts and grids count: well before the first case."""
        return date(self.today.year - 2, 1, 1)


def ending(day: date | None, now: datetime) -> datetime:
    """The moment at which a city stops: ten in the morning of a day named; else now, on a full five minutes.

    >>> from datetime import UTC
    >>> ending(date(2026, 11, 24), datetime(2026, 11, 25, tzinfo=UTC)).isoformat()
    '2026-11-24T10:00:00+08:00'
    >>> ending(None, datetime(2026, 11, 25, 3, 7, 9, tzinfo=UTC)).isoformat()
    '2026-11-25T11:05:00+08:00'
    """
    if day is not None:
        return datetime(day.year, day.month, day.day, MORNING, tzinfo=CHINA)
    local = now.astimezone(CHINA)
    return local.replace(second=0, microsecond=0) - timedelta(minutes=local.minute % 5)
