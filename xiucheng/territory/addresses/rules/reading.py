"""Read typed words: every part of them that may be a name, and what to ask the store for. Pure.

Nobody types commas, so nothing is cut beforehand: all parts of «五华区人民路123号翠湖宾馆» are looked up at once, and
`ranking` sees which of them are names and whether together they explain what was typed.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from xiucheng.territory.addresses.rules import keys, sounds, words

Span = tuple[int, int]

LONGEST_NAME = 16
MOST_BEGINNINGS = 5
MOST_LETTER_PARTS = 160
_SPLIT_AFTER = "路街巷道弄里省市区县州镇乡村与和跟"
CROSSING = re.compile("交叉口|交叉路口|交汇处|十字路口|丁字路口|路口|交口|岔口|口$")
LOOSE_WORDS = (
    "交叉路口", "十字路口", "丁字路口", "交叉口", "交汇处", "路口", "附近", "旁边", "对面", "门口", "里面", "小区",
    "社区", "隔壁", "前面", "后面", "楼下", "这里", "那里", "中国", "居民",
)  # fmt: skip
LOOSE_CHARS = frozenset("与和跟及到口旁边处的近在上下侧外内前后号路#")
"""Words that say nothing about which place is meant, left over when the names are taken out [P]."""


@dataclass(frozen=True)
class Question:
    """What somebody typed, as one run of characters; `breaks` are where a gap stood."""

    text: str
    breaks: frozenset[int]

    @cached_property
    def latin(self) -> bool:
        """Letters, no Chinese characters: pinyin, initials, or the number of a thing."""
        return not any(sounds.is_han(char) for char in self.text) and bool(re.search("[a-z]", self.text))

    @cached_property
    def folded(self) -> dict[str, list[Span]]:
        """Every part that may be a name, folded, and where it stands."""
        found: dict[str, list[Span]] = {}
        size = len(self.text)
        for start in range(size):
            for end in range(start + 2, min(size, start + LONGEST_NAME) + 1):
                part = self.text[start:end]
                if not part.isdigit():
                    found.setdefault(words.fold(part), []).append((start, end))
        return found

    @cached_property
    def beginnings(self) -> list[Span]:
        """Parts that may be the beginning of a name still being typed, the longest first."""
        ends = {len(self.text)} | set(self.number_starts)
        starts = {0} | set(self.breaks)
        starts |= {at + 1 for at, char in enumerate(self.text[:-1]) if char in _SPLIT_AFTER}
        spans = {
            (start, min(end for end in ends if end > start)) for start in starts if start < len(self.text)
        } | {(start, len(self.text)) for start in starts}
        good = [span for span in spans if span[1] - span[0] >= 2 and not self.text[slice(*span)].isdigit()]
        return sorted(good, key=lambda span: (span[0] - span[1], span))[:MOST_BEGINNINGS]

    @cached_property
    def number_starts(self) -> list[int]:
        """Where a number begins."""
        text = self.text
        return [
            at
            for at in range(1, len(text))
            if not _numeral(text[at - 1]) and _numeral(text[at]) and words.number_at(text, at)
        ]

    @cached_property
    def letters(self) -> dict[str, list[Span]]:
        """Runs of letters that may be a name in pinyin, and where they stand."""
        found: dict[str, list[Span]] = {}
        for run in re.finditer("[a-z]{4,}", self.text if self.latin else ""):
            for start in range(run.start(), run.end() - 3):
                for end in range(start + 4, run.end() + 1):
                    found.setdefault(self.text[start:end], []).append((start, end))
        longest = sorted(found, key=lambda part: (-len(part), found[part]))
        return {part: found[part] for part in longest[:MOST_LETTER_PARTS]}

    @cached_property
    def initials(self) -> dict[str, list[Span]]:
        """Short runs of letters that may be initials."""
        found: dict[str, list[Span]] = {}
        if self.latin:
            for start, end in self.beginnings:
                if 2 <= end - start <= 12 and self.text[start:end].isalpha():
                    found.setdefault(self.text[start:end], []).append((start, end))
        return found

    @cached_property
    def sounds(self) -> dict[str, list[Span]]:
        """The pinyin of every part of Chinese words, for names written as they sound."""
        found: dict[str, list[Span]] = {}
        syllables = sounds.syllables(self.text)
        for start in range(len(self.text)):
            for end in range(start + 2, min(len(self.text), start + 10) + 1):
                if all(sounds.is_han(char) for char in self.text[start:end]):
                    found.setdefault("".join(syllables[start:end]), []).append((start, end))
        return found

    @cached_property
    def sounds_of_beginnings(self) -> dict[str, list[Span]]:
        """The pinyin of Chinese beginnings, for names written as they sound and not to their end."""
        found: dict[str, list[Span]] = {}
        syllables = sounds.syllables(self.text)
        for start, end in self.beginnings:
            if end - start >= 2 and all(sounds.is_han(char) for char in self.text[start:end]):
                found.setdefault("".join(syllables[start:end]), []).append((start, end))
        return found

    @cached_property
    def blurs(self) -> dict[str, list[Span]]:
        """What the beginnings sound about like."""
        syllables = sounds.syllables(self.text)
        found: dict[str, list[Span]] = {}
        for start, end in self.beginnings:
            if end - start >= 3 and not self.latin:
                found.setdefault(sounds.blurred(syllables[start:end]), []).append((start, end))
        return found

    def part(self, span: Span) -> str:
        return self.text[span[0] : span[1]]

    def fold_of(self, span: Span) -> str:
        return words.fold(self.part(span))

    def slip_keys(self) -> list[int]:
        """Keys of names one or two slips away from a beginning; of the three longest, each has dozens."""
        spans = self.beginnings[:3]
        if self.latin:
            return keys.sound_keys(self.part(span) for span in spans if self.part(span).isalpha())
        return keys.slip_keys(self.fold_of(span) for span in spans)

    def blur_keys(self) -> list[int]:
        return [keys.blur_key(blur) for blur in self.blurs]

    def part_keys(self) -> list[list[int]]:
        """For each beginning the bigrams that a name holding it has."""
        found = [keys.gram_keys(self.fold_of(span)) for span in self.beginnings]
        return [grams for grams in found if grams]


def read(typed: str) -> Question:
    """The question in typed words.

    >>> read("人民路 北京路 路口").breaks, read("ＤＧ－０１２３").text
    (frozenset({3, 6}), 'dg0123')
    >>> [read("人民路一百二十三号").part(span) for span in read("人民路一百二十三号").beginnings]
    ['人民路一百二十三号', '一百二十三号', '人民路']
    """
    text, breaks = "", set()
    for piece in words.plain(typed[: 4 * words.MAX_WORDS]).split():
        breaks.add(len(text))
        text += piece
    text = text[: words.MAX_WORDS]
    return Question(text, frozenset(at for at in breaks if 0 < at < len(text)))


def _numeral(char: str) -> bool:
    return char.isdigit() or char in words.DIGIT or char in words.UNIT or (char.isascii() and char.isalpha())


def loose(text: str) -> int:
    """How many characters at the beginning of a left-over say nothing.

    >>> loose("附近的路灯"), loose("的路灯"), loose("沃尔玛")
    (2, 1, 0)
    """
    if found := next((word for word in LOOSE_WORDS if text.startswith(word)), ""):
        return len(found)
    return int(text[:1] in LOOSE_CHARS)
