"""权责清单 of the demo city: which body leads for a category in a county, by which law. Pure.

What no body's kind fits stays a hole on purpose (the page of holes has something to show) and falls to the
street office of its place. Legal bases: data/legal_basis.csv, from the fact sheet of enforcement items [H].
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Protocol

from demo.bodies import BodyPlan, kinds_of
from demo.spec import CITY

# These need two bodies at once: the second word of the kind leads the other half.
TOGETHER = frozenset({"06024", "06026", "06027", "06028", "08004", "08007", "09016"})
PROCEDURE = "接收后到现场处置；处置完毕上传处置后照片并回复；需要更多时间的在到期前申请延期。"


class CategoryLike(Protocol):
    """What is read of a category."""

    code: str

    @property
    def kinds(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class DutyPlan:
    """lead, helpers: keys of bodies."""

    code: str
    county: str
    lead: str
    helpers: tuple[str, ...]
    legal_basis: str


def legal_bases() -> dict[str, str]:
    """Category code of a matter → law and article."""
    text = (files("demo") / "data" / "legal_basis.csv").read_text(encoding="utf-8")
    return {row["matter_code"]: row["legal_basis"] for row in csv.DictReader(text.splitlines())}


def duties(
    categories: Iterable[CategoryLike], bodies: Sequence[BodyPlan], counties: Iterable[str]
) -> list[DutyPlan]:
    """A row for each category and county that has a body of its kind."""
    laws, wanted = legal_bases(), list(categories)
    found = []
    for county in counties:
        by_kind = bodies_by_kind(bodies, county)
        for category in wanted:
            fitting = list(dict.fromkeys(by_kind[kind] for kind in category.kinds if kind in by_kind))
            if fitting:
                helpers = tuple(fitting[1:2]) if category.code in TOGETHER else ()
                law = laws.get(category.code, "")
                found.append(DutyPlan(category.code, county, fitting[0], helpers, law))
    return found


def bodies_by_kind(bodies: Sequence[BodyPlan], county: str) -> Mapping[str, str]:
    """Kind → key of the body that serves a county: its own, else the city's."""
    near: dict[str, str] = {}
    for division in (CITY, county):
        near |= {kind: body.key for body in bodies if body.division == division for kind in kinds_of(body)}
    return near
