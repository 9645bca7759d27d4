"""The search for a typed place, on PostgreSQL itself: at most three statements, each bounded.

1. names written as typed: every part of the words by equality, their beginnings by prefix, pinyin and initials;
2. only if that explains too little: names that sound alike, hold the words, or lie a slip or two away;
3. the points of the likeliest: heads, numbers, neighbours of a number, crossings.

Which part of the words is which name, and what is meant by all, is decided in rules/.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from xiucheng.territory.addresses import statements
from xiucheng.territory.addresses.rules import answers, matching, ranking, reading
from xiucheng.territory.addresses.rules.answers import Answer, Row
from xiucheng.territory.addresses.rules.kinds import LABELS, Family, Kind
from xiucheng.territory.addresses.rules.matching import Name
from xiucheng.territory.addresses.rules.ranking import Ask
from xiucheng.territory.addresses.rules.reading import Question
from xiucheng.territory.models import Division

MOST = 16
"""More places than this nobody reads."""


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place that may be meant. lon, lat: degrees CGCS2000.

    kind: door, street, crossing … (rules/kinds.py). detail: where it lies. exact: a known point of just what was
    typed; False for a number reckoned between its neighbours, a street instead of its number, a guessed slip.
    why: a sentence for people.
    """

    kind: str
    name: str
    detail: str
    lon: float
    lat: float
    exact: bool
    why: str

    @property
    def kind_name(self) -> str:
        return _(LABELS[Kind(self.kind)])


def find_place(
    words: str,
    *,
    near: tuple[float, float] | None = None,
    county_codes: Sequence[str] = (),
    limit: int = 8,
    on: date | None = None,
) -> list[FoundPlace]:
    """Places that typed words may mean, the likeliest first.

    near: longitude, latitude (CGCS2000) of where one looks; what is close comes first among equals.
    county_codes: only there; none means anywhere. on: the day whose addresses count, today if not given.
    Fewer than two characters find nothing. At most three statements and one for the names of divisions.
    """
    question = reading.read(words)
    if len(question.text) < 2 or question.text.isdigit():
        return []
    limit = max(1, min(limit, MOST))
    scope = sorted(set(county_codes))
    names = _names(statements.WRITTEN[question.latin], _written(question, scope))
    ways = ranking.asks(question, matching.hits(question, names))
    if not ranking.enough(ways, limit):
        names += _names(statements.ALIKE, _alike(question, scope))
        ways = ranking.asks(question, matching.hits(question, names, slips=True))
    if not ways:
        return []
    rows = _points(ways, scope, near, on or localdate())
    return _told(answers.answers(ways, rows, near=near, limit=limit))


def _written(question: Question, scope: list[str]) -> dict[str, Any]:
    folds = {question.fold_of(span) for span in question.beginnings}
    letters = {question.part(span) for span in question.beginnings if question.latin}
    return {
        "scope": scope,
        "exact": list(question.folded),
        "two": [fold for fold in folds if len(fold) == 2],
        "three": [fold for fold in folds if len(fold) == 3],
        "longer": [fold for fold in folds if len(fold) > 3],
        "letters": list(question.letters),
        "four": [part for part in letters if len(part) == 4],
        "sounding": [part for part in letters if len(part) > 4],
        "initials": list(question.initials),
        "first": [part for part in question.initials if len(part) == 3],
        "firsts": [part for part in question.initials if len(part) > 3],
    }


def _alike(question: Question, scope: list[str]) -> dict[str, Any]:
    return {
        "scope": scope,
        "sounds": list(question.sounds),
        "sounding": [sound for sound in question.sounds_of_beginnings if len(sound) > 4],
        "slips": question.slip_keys() + question.blur_keys(),
        "parts": ["{" + ",".join(map(str, part)) + "}" for part in question.part_keys()],
    }


def _names(statement: str, given: dict[str, Any]) -> list[Name]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return [Name(row[0], Family(row[1]), Kind(row[2]), *row[3:]) for row in cursor.fetchall()]


def _points(asked: Sequence[Ask], scope: list[str], near: tuple[float, float] | None, on: date) -> list[Row]:
    numbers = [ask.number if ask.across is None else None for ask in asked]
    given: dict[str, Any] = {
        "n": list(range(len(asked))),
        "base": [ask.hit.name.base for ask in asked],
        "serial": [number.serial if number else None for number in numbers],
        "mark": [number.text if number else "" for number in numbers],
        "whole": [number.whole if number else "" for number in numbers],
        "crossing": [ask.across is not None for ask in asked],
        # Only between the doors of a street a number is reckoned; ten thousand lamps are not looked through for it.
        "doors": [
            number is not None and number.serial is not None and ask.hit.name.family is Family.STREET
            for number, ask in zip(numbers, asked, strict=True)
        ],
        "others": sorted({other for ask in asked for other in ask.across or ()}),
        "any": [n for n, ask in enumerate(asked) if ask.across == ()],
        "lon": near[0] if near else None,
        "lat": near[1] if near else None,
        "scope": scope,
        "on": on,
    }
    with connection.cursor() as cursor:
        cursor.execute(statements.POINTS, given)
        return [Row(row[0], row[1], Kind(row[2]), *row[3:]) for row in cursor.fetchall()]


def _told(found: Iterable[Answer]) -> list[FoundPlace]:
    found = list(found)
    wanted = {answer.codes[:digits] for answer in found for digits in (6, 9, 12)}
    names = dict(Division.objects.filter(code__in=wanted).values_list("code", "name"))
    return [
        FoundPlace(
            str(answer.kind),
            answer.name,
            _detail(answer, names),
            answer.lon,
            answer.lat,
            answer.exact,
            "；".join(sentence.said(_) for sentence in answer.why),
        )
        for answer in found
    ]


def _detail(answer: Answer, names: dict[str, str]) -> str:
    above = [answer.codes[:digits] for digits in (6, 9, 12) if len(answer.codes) >= digits]
    if answer.kind is Kind.DIVISION:
        above = [code for code in above if code != answer.codes]
    return "".join(names.get(code, "") for code in above) + answer.street
