"""How a case ends, and the requests that nobody can decide any more: the step says so in its event. Pure."""

from collections.abc import Collection
from typing import Any

from xiucheng.cases.rules import clocks
from xiucheng.cases.rules.basis import Env
from xiucheng.cases.state import CaseState, Draft
from xiucheng.cases.words import Stage, Step, Wish, WishStage

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


def ended(state: CaseState, env: Env, step: Step, stage: Stage, note: str) -> Draft:
    data = {"stage": stage.value, "clocks": clocks.stop_all(state, env)}
    return Draft(step, data | lapsed(state, kinds=LAPSE_AT[stage]), note)


# 重办 is settled by the close itself; a 督办 of a closed case can still be answered.
LAPSE_AT = {
    Stage.CLOSED: frozenset({Wish.RETURN, Wish.EXTEND, Wish.SUSPEND, Wish.VOID, Wish.ASK}),
    Stage.REFUSED: frozenset({Wish.ASK}),
    Stage.DECLINED: frozenset({Wish.ASK}),
    Stage.VOID: frozenset(Wish) - {Wish.APPEAL},
    Stage.MERGED: frozenset(Wish) - {Wish.APPEAL},
}
