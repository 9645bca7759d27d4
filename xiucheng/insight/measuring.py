"""How often the suggestion is right, on messages that it has not learnt from."""

from collections.abc import Sequence
from dataclasses import dataclass

from xiucheng.insight.rules.naming import guess, learnt

FOLDS = 5
Sample = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of `tried` messages the first, or one of the first three, was right; `silent`: nothing was suggested."""

    taught: int
    tried: int
    first: int
    three: int
    silent: int

    def __str__(self) -> str:
        of = self.tried or 1
        return (
            f"learnt from {self.taught}, tried on {self.tried}: "
            f"first right {self.first / of:.1%}, among three {self.three / of:.1%}, silent {self.silent / of:.1%}"
        )


def figures(cases: Sequence[Sample], names: Sequence[Sample] = (), *, taught: bool = True) -> Figures:
    """Every fifth message is tried, the others are learnt from (nothing but the names, if not `taught`).

    Equal messages stand together, so that none is tried that was learnt word for word.
    """
    texts: dict[str, int] = {}
    for _key, text in cases:
        texts.setdefault(text, len(texts))
    tried = [one for one in cases if texts[one[1]] % FOLDS == 0]
    rest = [one for one in cases if texts[one[1]] % FOLDS] if taught else []
    counts = learnt(rest, names)
    first = three = silent = 0
    for key, text in tried:
        found = [one.category for one in guess(text, counts.pairs, counts.classes)]
        first += found[:1] == [key]
        three += key in found
        silent += not found
    return Figures(len(rest), len(tried), first, three, silent)
