"""Which parts of a question are which names, and how sure that is. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from xiucheng.territory.addresses.rules import keys, sounds, words
from xiucheng.territory.addresses.rules.kinds import Family, Kind
from xiucheng.territory.addresses.rules.reading import Question, Span


class How(IntEnum):
    """How a name was recognised; the value is what it is worth [P]."""

    EXACT = 100
    PINYIN = 92
    BEGINNING = 84
    INITIALS = 80
    PINYIN_BEGINNING = 78
    SOUND = 76
    SOUND_BEGINNING = 72
    PART = 70
    INITIALS_BEGINNING = 66
    BLUR = 64
    SLIP = 60


SURE = (How.EXACT, How.PINYIN, How.SOUND)
"""Ways that may also explain a part of the words beside the place that is meant."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name of the store; an alias carries the id and the name of what it stands for."""

    base: int
    family: Family
    kind: Kind
    code: str
    name: str
    called: str
    """This name as written: equal to `name`, or an alias of it."""
    normal: str
    pinyin: str
    initials: str
    weight: int
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A part of the question that is a name."""

    name: Name
    span: Span
    how: How
    slips: int = 0

    @property
    def worth(self) -> float:
        """Points: a longer part says more, a beginning less the more is missing, each slip costs."""
        size = self.span[1] - self.span[0]
        missing = (
            max(0, len(self.name.normal) - size)
            if self.how in (How.BEGINNING, How.SOUND_BEGINNING, How.PART)
            else 0
        )
        return self.how + 1.5 * min(size, 8) + 0.2 * self.name.weight - 0.5 * min(missing, 8) - 7 * self.slips


def hits(question: Question, names: Iterable[Name], *, slips: bool = False) -> list[Hit]:
    """Where the names stand in the question. slips: also those that only sound or look alike."""
    found: list[Hit] = []
    folds = [(span, question.fold_of(span)) for span in question.beginnings]
    for name in dict.fromkeys(names):
        mine = list(_written(question, name, folds))
        if not mine and slips:
            mine = list(_alike(question, name, folds))
        found += mine
    return found


def _written(question: Question, name: Name, folds: list[tuple[Span, str]]) -> Iterable[Hit]:
    for span in question.folded.get(name.normal, ()):
        yield Hit(name, span, How.EXACT)
    for span, fold in folds:
        if len(fold) < len(name.normal) and name.normal.startswith(fold):
            yield Hit(name, span, How.BEGINNING)
    if not question.latin:
        return
    for span in question.letters.get(name.pinyin, ()):
        yield Hit(name, span, How.PINYIN)
    for span in question.beginnings:
        part = question.part(span)
        if len(part) >= 4 and len(part) < len(name.pinyin) and name.pinyin.startswith(part):
            yield Hit(name, span, How.PINYIN_BEGINNING)
    for part, spans in question.initials.items():
        if name.initials == part:
            yield from (Hit(name, span, How.INITIALS) for span in spans)
        elif len(part) >= 3 and name.initials.startswith(part):
            yield from (Hit(name, span, How.INITIALS_BEGINNING) for span in spans)


def _alike(question: Question, name: Name, folds: list[tuple[Span, str]]) -> Iterable[Hit]:
    if question.latin:
        for span in question.beginnings:
            part = question.part(span)
            most = 2 if len(part) >= 6 else 1
            if (slips := keys.distance(part, name.pinyin, most)) <= most:
                yield Hit(name, span, How.SLIP, slips)
        return
    for span in question.sounds.get(name.pinyin, ()):
        yield Hit(name, span, How.SOUND)
    blur = sounds.blurred(sounds.syllables(words.plain(name.called).replace(" ", "")))
    for span in question.blurs.get(blur, ()):
        yield Hit(name, span, How.BLUR)
    for sound, spans in question.sounds_of_beginnings.items():
        if len(sound) < len(name.pinyin) and name.pinyin.startswith(sound):
            yield from (Hit(name, span, How.SOUND_BEGINNING) for span in spans)
    forms = {name.normal, keys.core(name.normal)}
    for span, fold in folds:
        if len(fold) >= 2 and fold in name.normal:
            yield Hit(name, span, How.PART)
        most = min(2 if len(fold) >= 5 else 1, len(fold) - 2)
        if most > 0 and (slips := min(keys.distance(fold, form, most) for form in forms)) <= most:
            yield Hit(name, span, How.SLIP, slips)
