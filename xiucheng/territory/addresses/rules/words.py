"""The words of an address: one way of writing them, and what is a number in them. Pure."""

import re
import unicodedata
from dataclasses import dataclass

MAX_WORDS = 40
"""What is longer is cut: no place is called like that."""

DIGIT = dict(zip("〇零一二三四五六七八九", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
UNIT = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = "〇零一二三四五六七八九十百千"
_NUMERALS = re.compile(f"[{_NUMERAL}]+")


def plain(text: str) -> str:
    """Half-width, small letters, gaps and signs as single spaces; a hyphen between digits stays.

    >>> plain("　人民路１２３号－５，Ａ座 ")
    '人民路123号-5 a座'
    """
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub("[‐‑‒–—−﹣－]", "-", text)
    text = re.sub(r"(?<=[0-9号])-(?=[0-9])", "\x01", text)
    text = re.sub(r"[^0-9a-z\u3400-\u9fff\U00020000-\U0003ffff#\x01]+", " ", text)
    return text.replace("\x01", "-").strip()


def value_of(numeral: str) -> int | None:
    """The value of Chinese numerals, «一百二十三» or «一二三»; None if they are none.

    >>> [value_of(text) for text in ("一百二十三", "十", "一二一", "一百零八", "二十", "千", "百十")]
    [123, 10, 121, 108, 20, None, None]
    """
    if all(char in DIGIT for char in numeral):
        return int("".join(str(DIGIT[char]) for char in numeral))
    total, waiting, last = 0, None, 10_000
    for at, char in enumerate(numeral):
        if char in DIGIT:
            if waiting:
                return None  # two digits side by side
            waiting = DIGIT[char]
            continue
        if waiting is None and (at > 0 or char != "十"):
            return None
        if UNIT[char] >= last or waiting == 0:
            return None
        total, last, waiting = total + (1 if waiting is None else waiting) * UNIT[char], UNIT[char], None
    return total + (waiting or 0)


def fold(text: str) -> str:
    """The form that names are compared in: plain, no spaces, Chinese numerals as digits.

    Names and questions are folded alike, so 一二一大街 and 121大街 meet; it is never shown.

    >>> fold("一二一大街"), fold("人民路一百二十三号"), fold("百货大楼"), fold("第十一 小区")
    ('121大街', '人民路123号', '百货大楼', '第11小区')
    """
    return _NUMERALS.sub(_digits, plain(text).replace(" ", "").replace("-", ""))


def _digits(found: re.Match[str]) -> str:
    value = value_of(found.group())
    return found.group() if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written behind a name. `serial` orders it, `text` compares it: «123-5», «3-2», «b»."""

    serial: int | None
    text: str
    length: int = 0
    """How many characters of the words it took."""

    @property
    def whole(self) -> str:
        """Without the unit or the 附号: where to look when the finer one is not known."""
        return self.text.partition("-")[0]


_N = rf"(?:\d{{1,9}}|[{_NUMERAL}]{{1,8}})"
_SIGN = "号楼|号院|号门|号|弄|栋|幢|座|楼|#"
NUMBER = re.compile(
    rf"第?(?:(?P<serial>{_N})(?P<letter>[a-z])?|(?P<block>[a-z])(?=[栋幢座号]))"
    rf"(?P<sign>{_SIGN})?"
    rf"(?:(?:附|之|-)(?P<annex>{_N})(?:号)?|(?P<unit>{_N})单元)?"
)
_LOOSE = frozenset("附近旁边对面门口前后里内外侧处的")


def number_at(words: str, start: int = 0) -> Number | None:
    """The number that begins at a position of plain words, if one does.

    >>> number_at("123号附5号").text, number_at("一百二十三号").text, number_at("3栋2单元").text
    ('123-5', '123', '3-2')
    >>> number_at("a座").text, number_at("0123").serial, number_at("路口") is None
    ('a', 123, True)
    """
    found = NUMBER.match(words, start)
    if not found or found.end() == start:
        return None
    if found["block"]:
        text, serial = found["block"], None
    else:
        serial = _int(found["serial"])
        if serial is None or (not found["sign"] and not found["serial"].isdigit()):
            return None  # 一 alone is part of a name; 一号 is a number
        text = str(serial) + (found["letter"] or "")
    finer = found["annex"] or found["unit"]
    if finer and (value := _int(finer)) is not None:
        text += f"-{value}"
    return Number(serial, text, found.end() - start)


def _int(text: str) -> int | None:
    return int(text) if text.isascii() else value_of(text)


def number_of(text: str) -> Number | None:
    """A cell that should hold nothing but a number: «123号», «3栋», «DG-0123» (its letters do not count).

    >>> number_of("DG-0123").text, number_of(" １２３ 号 ").text, number_of("东侧") is None
    ('123', '123', True)
    """
    words = plain(text)
    if coded := re.fullmatch(r"[a-z]{1,6}[ -]?(\d{1,9})", words):
        words = coded[1]
    words = re.sub(" ", "", words)
    found = number_at(words)
    return found if found and set(words[found.length :]) <= _LOOSE else None
