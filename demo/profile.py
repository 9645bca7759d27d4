"""When and what a city reports: hours, weekdays, months; channels; categories by season. Plausible, invented."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random

from demo.spec import Wanted
from xiucheng.kernel.worktime import CHINA

# Weights by local hour. Inspectors walk in their shifts; citizens write in the morning and after work.
STAFF_HOURS = (0, 0, 0, 0, 0, 0, 0, 1, 9, 12, 11, 6, 2, 3, 10, 11, 9, 6, 2, 1, 0, 0, 0, 0)
PUBLIC_HOURS = (1, 1, 0, 0, 0, 1, 2, 5, 9, 9, 8, 6, 5, 5, 6, 6, 6, 7, 8, 9, 8, 6, 4, 2)
WEEKDAYS = (1.15, 1.08, 1.04, 1.02, 1.0, 0.72, 0.62)  # Monday first
MONTHS = (0.86, 0.78, 0.95, 1.0, 1.04, 1.12, 1.18, 1.15, 1.06, 0.98, 0.94, 0.9)  # rain from June to September

# word of `Channel`, weight
CHANNELS = (
    ("inspector", 52), ("web", 17), ("hotline", 14), ("grid_worker", 7), ("open311", 2), ("video", 3),
    ("sensor", 2), ("agency", 1), ("media", 1), ("leader", 1),
)  # fmt: skip
PUBLIC = frozenset({"web", "hotline", "open311", "media", "agency"})

# The categories a city really lives on; every other one has the weight `RARE`.
COMMON: Mapping[str, float] = {
    "06010": 30, "06011": 22, "06012": 26, "06013": 30, "06036": 24, "06042": 14, "06007": 10, "06028": 12,
    "06027": 8, "06030": 7, "06001": 5, "06014": 9, "06017": 8, "06050": 8, "06035": 7, "06025": 5,
    "06040": 6, "06041": 6, "06037": 4, "06029": 5, "06045": 4, "06034": 3, "06016": 5, "06005": 4,
    "07001": 26, "07003": 7, "07006": 6, "07007": 5, "07002": 4, "07008": 4,
    "08002": 9, "08004": 10, "08007": 8, "08001": 8, "08006": 5, "08011": 4, "08010": 4, "08012": 3,
    "09001": 30, "09005": 34, "09006": 14, "09009": 30, "09010": 22, "09011": 18, "09012": 5, "09021": 4,
    "09020": 4, "09022": 5, "09002": 4, "09016": 3,
    "01003": 12, "01002": 11, "01004": 12, "01037": 16, "01001": 7, "01007": 8, "01005": 5, "01006": 4,
    "01023": 4, "01026": 4, "01027": 5, "01031": 5, "01030": 3, "01074": 3, "01060": 3,
    "02010": 8, "02017": 9, "02014": 7, "02004": 4, "02021": 4, "02012": 4, "02009": 2, "02043": 3,
    "02001": 3, "02025": 4, "02006": 2, "02018": 3,
    "03005": 10, "03001": 7, "03006": 5, "03007": 5, "03004": 3, "03008": 4,
    "04002": 10, "04013": 9, "04011": 5, "04008": 4, "04007": 3, "04001": 1.5,
    "05002": 1.5, "05003": 1.5, "05009": 1.5,
    "10002": 10, "10001": 3,
}  # fmt: skip
RARE = 0.35
SEASONS: Mapping[
    str, tuple[frozenset[int], float, float]
] = {  # code: months, factor in them, factor elsewhere
    "10001": (frozenset({12, 1, 2}), 2.5, 0.0),
    "01003": (frozenset({6, 7, 8, 9}), 2.2, 0.7),
    "01004": (frozenset({6, 7, 8, 9}), 2.6, 0.6),
    "06029": (frozenset({5, 6, 7, 8, 9}), 2.0, 0.5),
    "04002": (frozenset({2, 3, 4, 7, 8}), 1.5, 0.8),
    "06020": (frozenset({10, 11, 12, 1}), 2.0, 0.3),
    "06021": (frozenset({4, 5, 6}), 3.0, 0.4),
    "06013": (frozenset({7, 8, 9}), 1.5, 0.9),
    "08004": (frozenset({2, 3, 4, 5}), 1.6, 0.8),
}


def weight_of(code: str, month: int) -> float:
    """How often a category comes, in a month.

    >>> weight_of("10001", 7), weight_of("10001", 1)
    (0.0, 7.5)
    """
    months, inside, outside = SEASONS.get(code, (frozenset(), 1.0, 1.0))
    return COMMON.get(code, RARE) * (inside if month in months else outside)


def days(wanted: Wanted) -> tuple[list[date], list[float]]:
    """The days of the year that ends today, and how much each of them brings."""
    all_days = [wanted.today - timedelta(days=n) for n in range(wanted.days - 1, -1, -1)]
    weights = [WEEKDAYS[day.weekday()] * MONTHS[day.month - 1] for day in all_days]
    weights[-1] *= wanted.now.astimezone(CHINA).hour / 24
    return all_days, weights


def moment(rng: Random, day: date, *, public: bool) -> datetime:
    """A moment of a local day, as the reporter's habits are."""
    hour = rng.choices(range(24), PUBLIC_HOURS if public else STAFF_HOURS)[0]
    return datetime(day.year, day.month, day.day, hour, rng.randrange(60), rng.randrange(60), tzinfo=CHINA)
