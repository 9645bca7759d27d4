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
    names = _names(WRITTEN, _written(question, scope))
    ways = ranking.asks(question, matching.hits(question, names))
    if not ranking.enough(ways, limit):
        names += _names(ALIKE, _alike(question, scope))
        ways = ranking.asks(question, matching.hits(question, names, slips=True))
    if not ways:
        return []
    rows = _points(ways, scope, near, on or localdate())
    return _told(answers.answers(ways, rows, near=near, limit=limit))


SCOPED = "(cardinality(%(scope)s::text[]) = 0 OR n.code = ANY(%(scope)s) OR n.family = 'division')"
COLUMNS = """
SELECT b.id, b.family, b.kind, n.code, b.name, n.name, n.normal, n.pinyin, n.initials, b.weight,
       ST_X(b.spot), ST_Y(b.spot)
  FROM ({found}) n JOIN territory_addressname b ON b.id = coalesce(n.base_id, n.id)
"""
NEEDED = "n.id, n.base_id, n.code, n.name, n.normal, n.pinyin, n.initials"
EQUAL = f"""
(SELECT {NEEDED} FROM territory_addressname n WHERE n.normal = ANY(%(exact)s) AND {SCOPED}
  ORDER BY length(n.normal) DESC, n.weight DESC LIMIT 120)
"""  # constants only


def _beginning(column: str, size: int, given: str) -> str:
    """The names with the most weight among those that begin like each of `given`, by the index on their first
    `size` characters."""
    return f"""
SELECT n.* FROM unnest(%({given})s::text[]) AS given(part) CROSS JOIN LATERAL (
  SELECT {NEEDED} FROM territory_addressname n
   WHERE left(n.{column}, {size}) = given.part AND {SCOPED} ORDER BY n.weight DESC LIMIT 24) n
"""


def _longer(column: str, given: str) -> str:
    """The same for beginnings so long that few names have them: a range of the index on the whole column."""
    return f"""
SELECT n.* FROM unnest(%({given})s::text[]) AS given(part) CROSS JOIN LATERAL (
  SELECT * FROM (SELECT {NEEDED}, n.weight FROM territory_addressname n
    WHERE n.{column} ~>=~ given.part AND n.{column} ~<~ (given.part || chr(1114111)) AND {SCOPED} LIMIT 200) n
   ORDER BY n.weight DESC LIMIT 24) n
"""


def _same(column: str, given: str) -> str:
    return f"""
SELECT n.* FROM unnest(%({given})s::text[]) AS given(part) CROSS JOIN LATERAL (
  SELECT {NEEDED} FROM territory_addressname n
   WHERE n.{column} = given.part AND {SCOPED} ORDER BY n.weight DESC LIMIT 24) n
"""


def _only_needed(statement: str) -> str:
    return f"(SELECT {NEEDED} FROM ({statement}) n)"


HAN = (
    EQUAL,
    _only_needed(_beginning("normal", 2, "two")),
    _only_needed(_beginning("normal", 3, "three")),
    _only_needed(_longer("normal", "longer")),
)
LETTERS = (
    f"(SELECT {NEEDED} FROM territory_addressname n WHERE n.pinyin = ANY(%(letters)s) AND {SCOPED}"
    " ORDER BY length(n.pinyin) DESC, n.weight DESC LIMIT 120)",
    _only_needed(_beginning("pinyin", 4, "four")),
    _only_needed(_longer("pinyin", "sounding")),
    _only_needed(_same("initials", "initials")),
    _only_needed(_beginning("initials", 3, "first")),
    _only_needed(_longer("initials", "firsts")),
)
WRITTEN = {
    latin: COLUMNS.format(found=" UNION ".join(HAN + (LETTERS if latin else ()))) for latin in (False, True)
}
ALIKE = COLUMNS.format(
    found=" UNION ".join(
        (
            f"(SELECT {NEEDED} FROM territory_addressname n WHERE n.pinyin = ANY(%(sounds)s) AND {SCOPED}"
            " ORDER BY length(n.pinyin) DESC, n.weight DESC LIMIT 120)",
            _only_needed(_longer("pinyin", "sounding")),
            f"(SELECT {NEEDED} FROM (SELECT * FROM territory_addressname n"
            f" WHERE n.keys && %(slips)s::int[] AND {SCOPED} LIMIT 600) n ORDER BY n.weight DESC LIMIT 300)",
            f"(SELECT {NEEDED} FROM (SELECT * FROM territory_addressname n"
            f" WHERE n.keys @> %(parts)s::int[] AND cardinality(%(parts)s::int[]) > 0 AND {SCOPED} LIMIT 200) n"
            " ORDER BY n.weight DESC LIMIT 40)",
            f"(SELECT {NEEDED} FROM (SELECT * FROM territory_addressname n"
            f" WHERE n.keys @> %(tail)s::int[] AND cardinality(%(tail)s::int[]) > 0 AND {SCOPED} LIMIT 200) n"
            " ORDER BY n.weight DESC LIMIT 40)",
        )
    )
)


def _written(question: Question, scope: list[str]) -> tuple[bool, dict[str, Any]]:
    folds = {question.fold_of(span) for span in question.beginnings}
    letters = {question.part(span) for span in question.beginnings if question.latin}
    return question.latin, {
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
    parts = question.part_keys()
    return {
        "scope": scope,
        "sounds": list(question.sounds),
        "sounding": [sound for sound in question.sounds_of_beginnings if len(sound) > 4],
        "slips": question.slip_keys() + question.blur_keys(),
        "parts": parts[0] if parts else [],
        "tail": parts[-1] if len(parts) > 1 else [],
    }


def _names(statement: Any, given: Any) -> list[Name]:
    if isinstance(statement, dict):
        latin, given = given
        statement = statement[latin]
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return [Name(row[0], Family(row[1]), Kind(row[2]), *row[3:]) for row in cursor.fetchall()]


ROW = "p.kind, p.name, p.street, p.serial, p.county, p.township, p.community, ST_X(p.point), ST_Y(p.point)"
VALID = (
    "(p.valid_from IS NULL OR p.valid_from <= %(on)s) AND (p.valid_to IS NULL OR p.valid_to > %(on)s)"
    " AND (cardinality(%(scope)s::text[]) = 0 OR p.county = ANY(%(scope)s))"
)
BY_NEAR = """CASE WHEN %(lon)s::float8 IS NULL THEN 0
  ELSE (ST_X(p.point) - %(lon)s) ^ 2 + (ST_Y(p.point) - %(lat)s) ^ 2 END"""
AMONG = f"""SELECT p.* FROM territory_addresspoint p
   WHERE p.base_id = asked.base AND p.cross_id IS NULL AND {VALID}"""
POINTS = f"""
WITH asked AS MATERIALIZED (
  SELECT * FROM unnest(%(n)s::int[], %(base)s::bigint[], %(serial)s::int[], %(mark)s::text[], %(whole)s::text[],
                       %(crossing)s::bool[]) AS a(n, base, serial, mark, whole, crossing)
)
SELECT asked.n, 'head', {ROW} FROM asked CROSS JOIN LATERAL (
  SELECT * FROM ({AMONG} AND p.serial IS NULL AND p.mark = '' LIMIT 400) p ORDER BY {BY_NEAR}, p.id LIMIT 8) p
 WHERE NOT asked.crossing
UNION ALL
SELECT asked.n, CASE WHEN p.mark = asked.mark THEN 'number' ELSE 'whole' END, {ROW}
  FROM asked CROSS JOIN LATERAL (
  SELECT * FROM ({AMONG} AND p.serial IS NOT DISTINCT FROM asked.serial
                 AND p.mark IN (asked.mark, asked.whole) LIMIT 100) p
   ORDER BY p.mark <> asked.mark, {BY_NEAR}, p.id LIMIT 4) p
 WHERE asked.mark <> ''
UNION ALL
SELECT asked.n, 'below', {ROW} FROM asked CROSS JOIN LATERAL (
  {AMONG} AND p.kind = 'door' AND p.serial < asked.serial ORDER BY p.serial DESC LIMIT 6) p
 WHERE asked.serial IS NOT NULL
UNION ALL
SELECT asked.n, 'above', {ROW} FROM asked CROSS JOIN LATERAL (
  {AMONG} AND p.kind = 'door' AND p.serial > asked.serial ORDER BY p.serial LIMIT 6) p
 WHERE asked.serial IS NOT NULL
UNION ALL
SELECT asked.n, 'crossing', {ROW} FROM asked CROSS JOIN LATERAL (
  SELECT * FROM (
    SELECT p.* FROM territory_addresspoint p WHERE p.base_id = asked.base AND p.cross_id = ANY(%(others)s)
    UNION ALL
    SELECT p.* FROM territory_addresspoint p WHERE p.cross_id = asked.base AND p.base_id = ANY(%(others)s)) p
   WHERE {VALID} ORDER BY {BY_NEAR}, p.id LIMIT 4) p
 WHERE asked.crossing AND cardinality(%(others)s::bigint[]) > 0
UNION ALL
SELECT asked.n, 'crossing', {ROW} FROM asked CROSS JOIN LATERAL (
  SELECT * FROM (
    SELECT p.* FROM territory_addresspoint p WHERE p.base_id = asked.base AND p.cross_id IS NOT NULL
    UNION ALL
    SELECT p.* FROM territory_addresspoint p WHERE p.cross_id = asked.base) p
   WHERE {VALID} ORDER BY {BY_NEAR}, p.id LIMIT 8) p
 WHERE asked.crossing AND asked.n = ANY(%(any)s)
"""


def _points(asked: Sequence[Ask], scope: list[str], near: tuple[float, float] | None, on: date) -> list[Row]:
    numbers = [ask.number if ask.across is None else None for ask in asked]
    given: dict[str, Any] = {
        "n": list(range(len(asked))),
        "base": [ask.hit.name.base for ask in asked],
        "serial": [number.serial if number else None for number in numbers],
        "mark": [number.text if number else "" for number in numbers],
        "whole": [number.whole if number else "" for number in numbers],
        "crossing": [ask.across is not None for ask in asked],
        "others": sorted({other for ask in asked for other in ask.across or ()}),
        "any": [n for n, ask in enumerate(asked) if ask.across == ()],
        "lon": near[0] if near else None,
        "lat": near[1] if near else None,
        "scope": scope,
        "on": on,
    }
    with connection.cursor() as cursor:
        cursor.execute(POINTS, given)
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
