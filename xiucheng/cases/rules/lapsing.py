"""Requests that nobody can decide any more. Pure: a step that makes them pointless says so in its event."""

from collections.abc import Collection
from typing import Any

from xiucheng.cases.state import CaseState
from xiucheng.cases.words import Wish, WishStage

# What outlives the case: an appeal, and the answer to a 督办, which is mandatory (workflow.md §3).
OUTLIVES = frozenset({Wish.APPEAL, Wish.SUPERVISE})


def lapsed(
    state: CaseState, *, leg: int | None = None, kinds: Collection[Wish] = frozenset(Wish) - OUTLIVES
) -> dict[str, Any]:
    """The open requests of these kinds (of one leg) that a step ends: {"lapsed": indices}, or nothing.

    A 误派 that waits for the 值班长 is a judgement on what was; it can be confirmed at any time.
    """
    found = [
        wish.index
        for wish in state.wishes
        if wish.open
        and wish.kind in kinds
        and (leg is None or wish.leg == leg)
        and not (wish.kind == Wish.RETURN and wish.state == WishStage.REVIEWED)
    ]
    return {"lapsed": found} if found else {}
