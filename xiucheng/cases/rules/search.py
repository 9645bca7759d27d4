"""How cases are found by words and by fields: an inverted index of small numbers, in slices of a week. Pure.

Trigram indexes do not help with Chinese words of two signs. So each case has a set of *grams*: every sign and every
two neighbouring signs of its words, and one for each fact that a list is narrowed by (stage, category, department
…). A *token* is a gram in the week of the report. PostgreSQL keeps the tokens in one GIN index. A search asks for
the newest week first and stops when its page is full, so it costs the same however long the archive is; a token
only sieves, the row itself is asked again.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from typing import Any

WEEK = 7 * 24 * 3600  # seconds; weeks are counted from 1970-01-01 in UTC
ASTRAL = "\U0001f000"
BITS = 21  # of a sign: Unicode ends at 0x10FFFF
FACT = 1 << 41  # marks a gram that is a fact
FOLD, STRIDE, SPREAD, SPAN = 2**31 - 1, 31, 2_654_435_761, 2**32
MONTHS_MAX = 12  # a longer stretch of days is not sieved by its months
NUMBER = re.compile(r"^[0-9]{6,21}(-[0-9]{0,12})?$")


def plain(text: str) -> str:
    """A text as it is compared: full-width and compatibility forms unified, small letters.

    >>> plain("３号楼 ＡＢ")
    '3号楼 ab'
    """
    return unicodedata.normalize("NFKC", text).lower()


def runs(text: str) -> list[str]:
    """The stretches of letters, digits, Chinese signs and pictures of a text.

    From U+1F000 on every sign counts: pictures, and rare Chinese signs that this Python does not know yet.

    >>> runs("井盖🕳，东街 3-1")
    ['井盖🕳', '东街', '3', '1']
    """
    return "".join(sign if sign.isalnum() or sign >= ASTRAL else " " for sign in plain(text)).split()


def text_grams(text: str) -> set[int]:
    """Every sign and every two neighbours of a text."""
    found: set[int] = set()
    for run in runs(text):
        codes = [ord(sign) << BITS for sign in run]
        found.update(codes)
        found.update(code | ord(after) for code, after in zip(codes, run[1:], strict=False))
    return found


def word_grams(text: str) -> set[int]:
    """What a text with these words has for certain: two neighbours, and a sign where it stands alone.

    >>> word_grams("井盖") <= text_grams("东风路井盖破损"), word_grams("路盖") <= text_grams("东风路井盖破损")
    (True, False)
    """
    found: set[int] = set()
    for run in runs(text):
        if len(run) == 1:
            found.add(ord(run) << BITS)
        found.update(ord(sign) << BITS | ord(after) for sign, after in pairwise(run))
    return found


def words_of(text: str) -> list[str]:
    """The words of a search, each to be found as it stands, all of them; what has no letter at all is none."""
    return [word for word in plain(text).split() if runs(word)]


def is_number(text: str) -> bool:
    """Whether a search is the beginning of a receipt or case number: «20261124», «5301022026112400191»."""
    return bool(NUMBER.match(text))


@lru_cache(maxsize=50_000)
def fact(name: str) -> int:
    """The gram of a fact, such as «s:handling»."""
    return FACT | int.from_bytes(blake2b(name.encode(), digest_size=5).digest(), "big")


def week_of(at: datetime) -> int:
    return int(at.timestamp() // WEEK)


def token(week: int, gram: int) -> int:
    """A gram in a week, as a 32-bit number. `TOKEN_SQL` says the same."""
    return (gram % FOLD * STRIDE + week * SPREAD) % SPAN - SPAN // 2


TOKEN_SQL = (
    f"(({{gram}} %% {FOLD} * {STRIDE} + {{week}}::bigint * {SPREAD}) %% {SPAN} - {SPAN // 2})::integer"
)


def month(at: datetime | date) -> str:
    return f"{at.year}{at.month:02d}"


def months(since: date, until: date) -> list[str] | None:
    """The months that hold these days; None for too many."""
    found, day = [], since.replace(day=1)
    while day <= until:
        found.append(month(day))
        if len(found) > MONTHS_MAX:
            return None
        day = (day + timedelta(days=32)).replace(day=1)
    return found


# --- The facts of a case ---

FLAGS = ("urgent", "self_handled", "disputed", "returned", "reworked", "reopened", "imprecise")


def class_key(category: str) -> str:
    """The 大类 of a category key: its first two digits.

    >>> class_key("GB/T 47678.5-2026/matter/01001")
    'GB/T 47678.5-2026/matter/01'
    """
    head, _slash, code = category.rpartition("/")
    return f"{head}/{code[:2]}"


def facts(case: Any) -> Iterator[str]:
    """What lists are narrowed by. case: anything with the columns of `models.Case`; `COLUMNS` names those read."""
    for code in (case.county, case.township, case.community, *case.near):
        if code:
            yield f"p:{code}"
    yield f"s:{case.stage}"
    yield f"h:{case.channel}"
    yield "open" if case.ended_at is None else "ended"
    if case.unit_grid:
        yield f"g:{case.unit_grid}"
    if case.category:
        yield f"c:{case.category}"
        yield f"c:{class_key(case.category)}"
    if case.component_code:
        yield f"b:{case.component_code}"
    if case.rating:
        yield f"r:{case.rating}"
    if case.assignee_id:
        yield f"a:{case.assignee_id}"
    yield from (f"d:{department}" for department in case.departments)
    yield from (f"u:{person}" for person in _persons(case))
    yield from _flags(case)
    yield from _months(case)


COLUMNS = (
    *(
        "county",
        "township",
        "community",
        "near",
        "unit_grid",
        "stage",
        "channel",
        "ended_at",
        "category",
        "rating",
    ),
    *("component_code", "assignee_id", "departments", "reported_by_id"),
    *("handlers", "checkers", "supervision", "command"),
    *("urgent", "self_handled", "disputed", "returns", "reworks", "reopened", "imprecise"),
    *("filed_at", "closed_at", "due_at", "description", "address", "reported_at"),
)
"""The columns that a case's tokens are made from: a change of one has them made again."""


def _persons(case: Any) -> Iterable[int]:
    by = [case.reported_by_id] if case.reported_by_id else []
    return {*by, *case.handlers, *case.checkers, *case.supervision, *case.command}


def _flags(case: Any) -> Iterator[str]:
    counted = {"returned": case.returns, "reworked": case.reworks, "reopened": case.reopened}
    for flag in FLAGS:
        if counted[flag] if flag in counted else getattr(case, flag):
            yield f"f:{flag}"


def _months(case: Any) -> Iterator[str]:
    for name, at in (("filed", case.filed_at), ("closed", case.closed_at), ("due", case.due_at)):
        if at:
            yield f"m:{name}:{month(at)}"


def tokens(case: Any) -> list[int]:
    """All tokens of a case."""
    week = week_of(case.reported_at)
    grams = text_grams(case.description) | text_grams(case.address) | {fact(name) for name in facts(case)}
    return sorted({token(week, gram) for gram in grams})


# --- What a search asks of the index ---


@dataclass(frozen=True, slots=True)
class Sieve:
    """Grams that a case must all have, and groups of which it must have one each."""

    must: frozenset[int] = frozenset()
    any: tuple[frozenset[int], ...] = ()

    def __add__(self, other: "Sieve") -> "Sieve":
        return Sieve(self.must | other.must, self.any + other.any)

    def __bool__(self) -> bool:
        return bool(self.must or self.any)


OPEN = Sieve()  # lets everything through


def has(*names: str) -> Sieve:
    """Cases with all these facts."""
    return Sieve(frozenset(fact(name) for name in names))


def has_any(names: Collection[str]) -> Sieve:
    """Cases with one of these facts; names must not be empty."""
    return has(*names) if len(names) == 1 else Sieve(any=(frozenset(fact(name) for name in names),))


def has_words(text: str) -> Sieve:
    return Sieve(frozenset(word_grams(text)))
