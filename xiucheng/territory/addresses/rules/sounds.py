"""How names sound: pinyin by syllables, initials, and the sounds that are taken for one another. Pure.

The readings are pypinyin's: it knows phrases (重庆路 is chongqinglu, 长寿路 changshoulu). ü is typed as v.
"""

import re
from functools import lru_cache

from xiucheng.territory.addresses.rules.words import plain

_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_ENDS = (("ang", "an"), ("eng", "en"), ("ing", "in"))
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")


def is_han(char: str) -> bool:
    """Whether a character is a Chinese one.

    >>> is_han("路"), is_han("𠮷"), is_han("l")
    (True, True, False)
    """
    return bool(_HAN.match(char))


@lru_cache(maxsize=8192)
def syllables(words: str) -> tuple[str, ...]:
    """One entry a character: its syllable, or the letter or digit itself.

    >>> syllables("重庆路2"), syllables("绿地")
    (('chong', 'qing', 'lu', '2'), ('lv', 'di'))
    """
    from pypinyin import (  # its phrases take 55 MB: only a process that spells pays for them
        Style,
        lazy_pinyin,
    )

    out: list[str] = lazy_pinyin(words, style=Style.NORMAL, errors=lambda rest: list(rest), v_to_u=False)  # type: ignore[arg-type, return-value]
    return tuple(out) if len(out) == len(words) else tuple(_single(char) for char in words)


def _single(char: str) -> str:
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(char, v_to_u=False))


def pinyin(name: str) -> str:
    """Letters and digits of a name without a gap.

    >>> pinyin("人民路"), pinyin("A座 书城")
    ('renminlu', 'azuoshucheng')
    """
    return "".join(syllables(_joined(name)))


def initials(name: str) -> str:
    """
    >>> initials("人民路"), initials("重庆路2号")
    ('rml', 'cql2h')
    """
    return "".join(part[:1] for part in syllables(_joined(name)))


def blurred(parts: tuple[str, ...]) -> str:
    """Syllables with the sounds that many do not tell apart made one: zh z, n l, ang an.

    >>> blurred(syllables("南屏路")) == blurred(syllables("兰平路"))
    True
    """
    return "".join(_blur(part) for part in parts)


def _blur(part: str) -> str:
    for strong, weak in _ALIKE:
        if part.startswith(strong):
            part = weak + part[2:]
    if part.startswith("n") and len(part) > 1:
        part = "l" + part[1:]
    for long, short in _ENDS:
        if part.endswith(long):
            part = part[: -len(long)] + short
    return part


def _joined(name: str) -> str:
    return plain(name).replace(" ", "").replace("-", "")
