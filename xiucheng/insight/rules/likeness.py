"""Likely duplicates of a report: near, of the same kind, said alike, not long ago. Pure.

Source: standards/workflow.md §3 重复案件 [M] (same place, same subclass, open); practice.md 9: merge every
duplicate. How much each counts is practice [P]; whoever merges decides, the score only orders and hides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from xiucheng.insight.rules.words import likeness, pairs
from xiucheng.kernel.geo import distance_m

Key = TypeVar("Key")

NEAR, ALIKE, SAME, RECENT = 0.35, 0.30, 0.25, 0.10  # what each counts; they sum to one
FADES = timedelta(days=10)  # after so long, recency counts half
UNKNOWN = 0.4  # of SAME, where one of the two has no category yet
BARELY = 0.12  # words less alike than this are not alike
CLEARLY = 0.35
UNSURE_PLACE = 0.5  # a place known to the community only


@dataclass(frozen=True, slots=True)
class New:
    """The report that is being taken down. kin: keys that mean its subclass; empty, if it has none yet."""

    lon: float
    lat: float
    kin: frozenset[str]
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """An open case that might be the same. place: degrees, CGCS2000 (EPSG:4490)."""

    lon: float
    lat: float
    category: str
    words: str
    at: datetime
    imprecise: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """Why two are taken for one: 0 to 1 each, `score` of all. same: None where a category is missing."""

    score: float
    metres: int
    alike: float
    same: bool | None
    age: timedelta

    @property
    def words_alike(self) -> bool:
        return self.alike >= CLEARLY

    @property
    def words_akin(self) -> bool:
        return BARELY <= self.alike < CLEARLY


def measure(new: New, known: Known, *, radius_m: int) -> Measure | None:
    """How likely they are the same; None if they are not: too far, another subclass, or nothing in common.

    Without a category on both sides the words have to be alike; without words, the place and the category speak.
    """
    metres = distance_m(new.lon, new.lat, known.lon, known.lat)
    if metres > radius_m:
        return None
    same = known.category in new.kin if new.kin and known.category else None
    if same is False:
        return None
    alike = likeness(new.words, known.words)
    said = bool(pairs(new.words))
    if same is None and said and alike < BARELY:
        return None
    age = max(new.at - known.at, timedelta())
    near = (1 - metres / radius_m if radius_m else 1.0) * (UNSURE_PLACE if known.imprecise else 1)
    parts = [(NEAR, near), (SAME, UNKNOWN if same is None else 1.0), (RECENT, FADES / (FADES + age))]
    if said:
        parts.append((ALIKE, min(1.0, alike / (2 * CLEARLY))))
    score = sum(weight * value for weight, value in parts) / sum(weight for weight, _value in parts)
    return Measure(round(score, 3), round(metres), round(alike, 3), same, age)


def likely(
    new: New, found: Iterable[tuple[Key, Known]], *, radius_m: int, least: float, most: int
) -> list[tuple[Key, Measure]]:
    """The likeliest first, at most `most`, none below `least`."""
    measured = [
        (key, made)
        for key, known in found
        if (made := measure(new, known, radius_m=radius_m)) is not None and made.score >= least
    ]
    return sorted(measured, key=lambda pair: (-pair[1].score, pair[1].metres))[:most]
