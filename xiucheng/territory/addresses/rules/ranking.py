"""From recognised names to what is asked of the store: which place, which number, which crossing. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product

from xiucheng.territory.addresses.rules import reading, words
from xiucheng.territory.addresses.rules.kinds import Family
from xiucheng.territory.addresses.rules.matching import SURE, Hit, How
from xiucheng.territory.addresses.rules.reading import Question, Span
from xiucheng.territory.addresses.rules.words import Number

MOST_ASKS = 32
_FINENESS = {Family.DIVISION: 0, Family.STREET: 1, Family.ESTATE: 2, Family.PLACE: 3, Family.THING: 4}
_UNEXPLAINED, _COARSE, _CROSSING = 12.0, 25.0, 6.0
_SURE_ENOUGH = 55.0
"""Below this nothing is asked: too much of what was typed is left unexplained."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One way to understand the question."""

    hit: Hit
    score: float
    number: Number | None = None
    typed: str = ""
    """The number as typed."""
    across: tuple[int, ...] | None = None
    """The other streets of a crossing; () for any of them, None if no crossing is meant."""
    left: float = 0
    """Characters that nothing explains."""
    divisions: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()
    """What else was named: divisions by code, streets by folded name."""
    no_crossing: bool = False
    """A second street was named, but this is only the first."""

    @property
    def same(self) -> tuple[object, ...]:
        """Equal for two ways that ask the same thing."""
        return (self.hit.name.base, self.number and self.number.text, self.across)


@dataclass(frozen=True, slots=True)
class _Rest:
    """What the words beside a name say."""

    left: float = 0
    hits: tuple[Hit, ...] = ()
    spans: tuple[Span, ...] = ()

    def __add__(self, other: "_Rest") -> "_Rest":
        return _Rest(self.left + other.left, self.hits + other.hits, self.spans + other.spans)


def asks(question: Question, found: Sequence[Hit]) -> list[Ask]:
    """Ways to understand the question, the likeliest first; at most MOST_ASKS."""
    around = _Around(question, found)
    ways = [_single(question, hit, around) for hit in found]
    ways += _crossings(question, found, around)
    best: dict[tuple[object, ...], Ask] = {}
    for way in ways:
        if way.score >= _SURE_ENOUGH and (way.same not in best or best[way.same].score < way.score):
            best[way.same] = way
    return sorted(best.values(), key=lambda way: (-way.score, way.hit.name.base))[:MOST_ASKS]


def enough(ways: Sequence[Ask], limit: int) -> bool:
    """Whether there is no need to look for slips: something is named outright, or the list is full."""
    whole = [way for way in ways if way.left == 0]
    return any(way.hit.how in (How.EXACT, How.PINYIN, How.INITIALS) for way in whole) or len(whole) >= limit


def _single(question: Question, hit: Hit, around: "_Around") -> Ask:
    start, end = hit.span
    number = None
    if hit.name.family in (Family.STREET, Family.ESTATE, Family.THING):
        number = words.number_at(question.text, end)
        end += number.length if number else 0
    rest = around.rest(0, start) + around.rest(end, len(question.text))
    finer = {
        span
        for span in rest.spans
        if min(_FINENESS[h.name.family] for h in rest.hits if h.span == span) > _FINENESS[hit.name.family]
    }
    score = hit.worth - _UNEXPLAINED * rest.left - _COARSE * len(finer)
    streets = {h.name.normal for h in rest.hits if h.name.family is Family.STREET}
    return Ask(
        hit,
        score,
        number,
        question.text[hit.span[1] : end],
        left=rest.left,
        divisions=_divisions(rest.hits),
        streets=tuple(sorted(streets)),
        no_crossing=hit.name.family is Family.STREET and bool(streets - {hit.name.normal}) and not number,
    )


def _crossings(question: Question, found: Sequence[Hit], around: "_Around") -> Iterable[Ask]:
    by_span: dict[Span, list[Hit]] = defaultdict(list)
    for hit in found:
        if hit.name.family is Family.STREET:
            by_span[hit.span].append(hit)
    said = bool(reading.CROSSING.search(question.text))
    for one, other in product(sorted(by_span), repeat=2):
        if one[1] > other[0]:
            continue
        first, second = by_span[one], by_span[other]
        if not any(hit.how in SURE for hit in (*first, *second)):
            continue
        rest = around.rest(0, one[0]) + around.rest(one[1], other[0])
        rest += around.rest(other[1], len(question.text))
        others = tuple(sorted({hit.name.base for hit in second}))
        least = max(hit.worth for hit in second)
        for hit in first:
            score = min(hit.worth, least) + _CROSSING + 6 * said - _UNEXPLAINED * rest.left
            yield Ask(hit, score, across=others, left=rest.left, divisions=_divisions(rest.hits))
    if not said:
        return
    for span, hits in by_span.items():
        rest = around.rest(0, span[0]) + around.rest(span[1], len(question.text))
        if any(hit.name.family is Family.STREET for hit in rest.hits):
            continue  # two streets are named: not just any crossing
        for hit in hits:
            score = hit.worth - 5 - _UNEXPLAINED * rest.left
            yield Ask(hit, score, across=(), left=rest.left, divisions=_divisions(rest.hits))


def _divisions(found: Iterable[Hit]) -> tuple[str, ...]:
    """Codes of the divisions named beside the place; none where that part may as well be something else."""
    by_span: dict[Span, set[str]] = defaultdict(set)
    for hit in found:
        by_span[hit.span].add(hit.name.code if hit.name.family is Family.DIVISION else "")
    return tuple(sorted({code for codes in by_span.values() if "" not in codes for code in codes}))


@dataclass(eq=False)
class _Around:
    """Explains what stands beside a name by other names, numbers and words that say nothing."""

    question: Question
    found: Sequence[Hit]
    _by_start: dict[int, dict[int, list[Hit]]] = field(init=False)
    _known: dict[Span, _Rest] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_start = defaultdict(dict)
        for hit in self.found:
            if hit.how in SURE:
                self._by_start[hit.span[0]].setdefault(hit.span[1], []).append(hit)

    def rest(self, start: int, end: int) -> _Rest:
        """The explanation of text[start:end] that leaves least unexplained."""
        if (start, end) not in self._known:
            self._known[start, end] = self._rest(start, end) if start < end else _Rest()
        return self._known[start, end]

    def _rest(self, start: int, end: int) -> _Rest:
        text = self.question.text
        choices: list[_Rest] = []
        for stop, hits in self._by_start.get(start, {}).items():
            if stop > end:
                continue
            named = _Rest(0, tuple(hits), ((start, stop),))
            choices.append(named + self.rest(stop, end))
            number = words.number_at(text[:end], stop) if stop < end else None
            if number:
                choices.append(named + self.rest(stop + number.length, end))
        free = reading.loose(text[start:end])
        choices.append(self.rest(start + free, end) if free else _Rest(1) + self.rest(start + 1, end))
        return min(choices, key=lambda rest: (rest.left, len(rest.spans)))
