"""What a name can be found by when it is not typed from its beginning or not typed right. Pure.

Chinese names are two to six characters long: trigrams say nothing about them, and bigrams of 人民路 and 人名路
have nothing in common. So a name keeps its bigrams (to be found by a part of it) and its spellings with one or
two characters left out (to be found by a slip: two words one slip apart have such a spelling in common). All
are numbers of 32 bits in one array with one GIN index.
"""

import re
from collections.abc import Iterable
from itertools import combinations
from zlib import crc32

COMMON = frozenset([
    "小区", "花园", "公寓", "广场", "大厦", "中心", "商店", "超市", "酒店", "宾馆", "公司", "有限", "限公",
    "学校", "小学", "中学", "幼儿", "儿园", "医院", "银行", "支行", "药店", "餐厅", "餐馆", "饭店", "便利",
    "利店", "社区", "街道", "村委", "委员", "员会", "居民", "大街", "大道", "东路", "西路", "南路", "北路",
    "路口", "家园", "苑小", "园小", "府小", "服务", "务中", "办事", "事处", "分店", "门店", "总店", "号店",
    "路店",
])  # fmt: skip
"""Bigrams so frequent that looking for them finds everything [P]."""

TAIL = re.compile(
    "(?:小区|住宅区|家属院|社区|超市|便利店|商店|饭店|餐厅|酒店|宾馆|有限公司|公司|分店|店|大厦|广场|公园)$"
)
"""What people leave out at the end of a name [P]."""

SLIP_LETTERS = 8
SLIP_CHARS = 8


def number_of(kind: str, text: str) -> int:
    """32 bits, signed as PostgreSQL's integer. kind keeps bigrams and slips apart."""
    value = crc32(f"{kind}{text}".encode())
    return value - 2**32 if value >= 2**31 else value


def grams(folded: str) -> set[str]:
    """The bigrams of a folded name that tell something.

    >>> sorted(grams("翠湖花园小区"))
    ['湖花', '翠湖']
    """
    return {folded[at : at + 2] for at in range(len(folded) - 1)} - COMMON


def left_out(word: str, most: int, *, least: int) -> set[str]:
    """The word and its spellings with up to `most` characters left out, none shorter than `least`.

    >>> sorted(left_out("人民路", 1, least=2))
    ['人民', '人民路', '人路', '民路']
    """
    found = {word}
    for count in range(1, min(most, len(word) - least) + 1):
        for gone in combinations(range(len(word)), count):
            found.add("".join(char for at, char in enumerate(word) if at not in gone))
    return found


def core(folded: str) -> str:
    """A folded name without the tail that people leave out; the name itself if too little would be left.

    >>> core("翠湖花园小区"), core("沃尔玛超市"), core("小店")
    ('翠湖花园', '沃尔玛', '小店')
    """
    cut = TAIL.sub("", folded)
    return cut if len(cut) >= 3 else folded


def slips(folded: str, *, deep: bool = True) -> set[str]:
    """Spellings by which a slip in Chinese characters is found: two from five characters on, else one."""
    if len(folded) < 3:
        return set()
    return left_out(folded[:SLIP_CHARS], 2 if len(folded) >= 5 and deep else 1, least=2)


def sound_slips(letters: str, *, deep: bool = True) -> set[str]:
    """Spellings by which a slip in pinyin is found; of long ones the beginning."""
    if len(letters) < 5:
        return set()
    return left_out(letters[:SLIP_LETTERS], 2 if deep else 1, least=4)


def name_keys(folded: str, letters: str, blur: str, *, deep: bool) -> list[int]:
    """All keys of a name. deep: two slips in pinyin too; costs thrice the room, so not for every shop."""
    found = {number_of("g", gram) for gram in grams(folded)}
    for word in {folded, core(folded)}:
        found |= {number_of("s", slip) for slip in slips(word, deep=deep)}
    found |= {number_of("p", slip) for slip in sound_slips(letters, deep=deep)}
    found.add(number_of("b", blur))
    return sorted(found)


def gram_keys(folded: str) -> list[int]:
    """Keys that a name holding this part has, all of them; none if the part says too little."""
    return sorted(number_of("g", gram) for gram in grams(folded))


def slip_keys(words: Iterable[str]) -> list[int]:
    """Keys of which a name one or two slips away from one of these folded words has at least one."""
    return sorted({number_of("s", slip) for word in words for slip in slips(word)})


def sound_keys(letters: Iterable[str]) -> list[int]:
    """The same for words typed in pinyin."""
    return sorted({number_of("p", slip) for word in letters for slip in sound_slips(word)})


def blur_key(blur: str) -> int:
    """The key of names that sound about like this."""
    return number_of("b", blur)


def distance(one: str, other: str, most: int = 2) -> int:
    """Slips between two words: a letter wrong, missing, too many, or two neighbours swapped. `most` + 1: more.

    >>> distance("renminlu", "renmnlu"), distance("人民路", "人发路"), distance("renminlu", "rneminlu")
    (1, 1, 1)
    >>> distance("人民路", "北京路"), distance("人民路", "北京西路", 2)
    (2, 3)
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, char in enumerate(one, start=1):
        before, above, row = row, before, [at]
        for to, wanted in enumerate(other, start=1):
            cost = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (char != wanted))
            if at > 1 and to > 1 and char == other[to - 2] and one[at - 2] == wanted:
                cost = min(cost, above[to - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
