"""Which category a message speaks of: multinomial naive Bayes over pairs of characters. Pure.

Why not a library: the counts have to lie in a table (several processes, one nightly build, a keystroke's time to
answer), each answer has to say why in words a call-taker knows, and an empty city has to work from names alone. That
is the counting and the sum below; scikit-learn would bring 100 MB, a pickle to keep, and neither of the three.

The sum: log P(c) + Σ log P(g|c) / P(g), with P(g|c) drawn towards P(g) (Dirichlet smoothing). A pair that a class
has never seen costs every such class the same, so that only classes that share a pair with the message are looked at.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from xiucheng.insight.rules.words import pairs

NAME = 1.0  # one mention in a name, an alias or a condition weighs as much as so many cases: measured, with DRAWN
DRAWN = 800.0  # pseudo-pairs that draw a class towards the whole
PRIOR = 0.6  # how much it counts that a category is frequent
TELLS = 1.5  # a pair speaks for a category where it is so many times as frequent as everywhere


@dataclass(frozen=True, slots=True)
class Seen:
    """How often a pair stands in a category: in cases (each counted once), and in what names it."""

    cases: int = 0
    names: int = 0

    @property
    def weight(self) -> float:
        return self.cases + NAME * self.names


@dataclass(frozen=True, slots=True)
class Class:
    """A category's sums: cases learnt from, and the weight of all its pairs."""

    cases: int
    weight: float


@dataclass
class Counts:
    """What was learnt. pairs: by pair, then by category."""

    pairs: dict[str, dict[str, Seen]] = field(default_factory=dict)
    classes: dict[str, Class] = field(default_factory=dict)

    @property
    def weight(self) -> float:
        return sum(one.weight for one in self.classes.values())


class Learner:
    """Counts names and cases as they come, one at a time: a city's years need no memory but the counts."""

    def __init__(self) -> None:
        self._cases: dict[str, Counter[str]] = defaultdict(Counter)
        self._names: dict[str, Counter[str]] = defaultdict(Counter)
        self._learnt: Counter[str] = Counter()

    def name(self, category: str, text: str) -> None:
        """A text that says what the category is: its name, an alias, a filing condition."""
        self._learnt.setdefault(category, 0)
        for pair in set(pairs(text)):
            self._names[pair][category] += 1

    def case(self, category: str, text: str) -> None:
        """A message that somebody filed under the category."""
        self._learnt[category] += 1
        for pair in set(pairs(text)):
            self._cases[pair][category] += 1

    def counts(self, *, least: int = 2) -> Counts:
        """The counts; pairs that stand in fewer than `least` cases and in no name are left out: they are the names
        of houses and people, and teach nothing."""
        kept: dict[str, dict[str, Seen]] = {}
        weights: Counter[str] = Counter()
        for pair in self._cases.keys() | self._names.keys():
            cases, names = self._cases.get(pair, Counter()), self._names.get(pair, Counter())
            if not names and cases.total() < least:
                continue
            kept[pair] = {key: Seen(cases[key], names[key]) for key in cases.keys() | names.keys()}
            for key, seen in kept[pair].items():
                weights[key] += seen.weight  # type: ignore[assignment]
        classes = {key: Class(cases, weights[key]) for key, cases in self._learnt.items()}
        return Counts(kept, classes)


@dataclass(frozen=True, slots=True)
class Guess:
    """A category that the words suggest. share: of all that is likely, 0 to 1. told: the pairs that speak for it,
    the loudest first; cases: in how many of its cases the loudest stood (0: known by name only)."""

    category: str
    share: float
    told: tuple[str, ...]
    cases: int


def guess(
    text: str,
    seen: Mapping[str, Mapping[str, Seen]],
    classes: Mapping[str, Class],
    *,
    most: int = 3,
) -> list[Guess]:
    """The likeliest categories of a message. seen: the counts of (at least) its own pairs.

    Nothing is suggested by frequency alone: a category needs a pair that speaks for it.
    """
    whole = sum(one.weight for one in classes.values())
    documents = sum(one.cases for one in classes.values())
    known = [pair for pair in dict.fromkeys(pairs(text)) if seen.get(pair)]
    if not known or not whole:
        return []
    scores: dict[str, float] = {}
    told: dict[str, list[tuple[float, str]]] = defaultdict(list)
    usual = {pair: sum(one.weight for one in seen[pair].values()) / whole for pair in known}
    for key in {key for pair in known for key in seen[pair] if key in classes}:
        of = classes[key]
        score = PRIOR * math.log((of.cases + 1) / (documents + len(classes)))
        for pair in known:
            found = seen[pair].get(key)
            drawn = DRAWN * usual[pair] + (found.weight if found else 0.0)
            ratio = math.log(drawn / ((of.weight + DRAWN) * usual[pair]))
            score += ratio
            if found and found.weight / of.weight >= TELLS * usual[pair]:
                told[key].append((ratio, pair))
        scores[key] = score
    spoken = {key: score for key, score in scores.items() if told[key]}
    return _ranked(spoken, told, seen, temper=max(1.0, math.sqrt(len(known))))[:most] if spoken else []


def _ranked(
    scores: Mapping[str, float],
    told: Mapping[str, list[tuple[float, str]]],
    seen: Mapping[str, Mapping[str, Seen]],
    *,
    temper: float,
    least: float = 0.02,
) -> list[Guess]:
    """Shares by softmax. Pairs overlap, so the sum is surer than it may be: `temper` cools it."""
    top = max(scores.values())
    heat = {key: math.exp((score - top) / temper) for key, score in scores.items()}
    whole = sum(heat.values())
    found = []
    for key in sorted(heat, key=lambda key: -heat[key]):
        loud = tuple(pair for _ratio, pair in sorted(told[key], reverse=True)[:6])
        share = heat[key] / whole
        if share >= least:
            found.append(Guess(key, round(share, 3), loud, seen[loud[0]][key].cases))
    return found


def learnt(samples: Iterable[tuple[str, str]], names: Iterable[tuple[str, str]] = ()) -> Counts:
    """Counts of (category, message) and of (category, what names it)."""
    learner = Learner()
    for category, text in names:
        learner.name(category, text)
    for category, text in samples:
        learner.case(category, text)
    return learner.counts()
