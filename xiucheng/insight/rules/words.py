"""Chinese words without a dictionary: characters in pairs (bigrams). Pure.

A pair is long enough to mean something («井盖», «路灯») and short enough to survive another order of words; no
segmenter has to be kept, and nobody has to teach it the names of a city's streets.
"""

import re
import unicodedata
from collections.abc import Iterator

# Signs that say how something is said, not what it is: polite words, time, number, the place's own grammar.
HOLLOW = frozenset(
    "的了着过在是有这那我你您他她它们们个与和及或也都就还又很太更最已被把将请谢麻烦来去看说吗呢吧啊呀哦从到往给为"
    "因所以但而若要想能会可没不再才只一二三四五六七八九十百千几多约号附近处位置希望建议立案上下前后里边旁"
)
HAN = re.compile(r"[㐀-鿿豈-﫿]+")
LONGEST = 600  # signs that are looked at: what a message is about stands at its head


def runs(text: str) -> Iterator[str]:
    """Unbroken runs of Chinese characters, full width made normal; what is between them parts words.

    >>> list(runs("井盖（丢失），138路"))
    ['井盖', '丢失', '路']
    """
    yield from HAN.findall(unicodedata.normalize("NFKC", text[:LONGEST]))


def pairs(text: str) -> list[str]:
    """Bigrams that hold a meaning, in order, as often as they occur. Digits and Latin letters never enter: so
    neither do telephone numbers, plates or house numbers.

    >>> pairs("路灯不亮了")
    ['路灯', '灯不', '不亮']
    """
    return [
        run[at : at + 2]
        for run in runs(text)
        for at in range(len(run) - 1)
        if not (run[at] in HOLLOW and run[at + 1] in HOLLOW) and not _trails(run[at : at + 2])
    ]


def _trails(pair: str) -> bool:
    """«亮了», «在路»: a particle that only leans on its neighbour."""
    return pair[1] in "的了着吗呢吧啊们" or pair[0] in "的了着在是"


def likeness(one: str, other: str) -> float:
    """How alike two messages are, 0 to 1: the mean of Jaccard (what they share of all that is said) and of overlap
    (what they share of the shorter one: a call is typed while it is told).

    >>> likeness("井盖丢了", "路灯不亮")
    0.0
    >>> likeness("井盖缺失", "井盖缺失")
    1.0
    """
    left, right = frozenset(pairs(one)), frozenset(pairs(other))
    shared = len(left & right)
    if not shared:
        return 0.0
    return (shared / len(left | right) + shared / min(len(left), len(right))) / 2
