"""催办: when a running handling limit is reminded of. Pure.

Source: standards/workflow.md §3: by the system at 50 % / 80 % / 100 % (configurable) of the limit, message only.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from fractions import Fraction
from typing import Any

from xiucheng.kernel.canonical import stamp

Reach = Callable[[Fraction], datetime]


def next_reminder(
    percents: Iterable[int], *, total: Fraction, left: Fraction, reminded: int, reach: Reach
) -> dict[str, Any]:
    """What a clock operation says of reminders: the moment of the next, and the highest that needs none any more.

    total, left: of the limit, in its unit, at the moment the clock is reckoned from. reach(amount): when so much
    of it has been counted from there. reminded: the highest percent done with.
    """
    done = reminded
    op: dict[str, Any] = {}
    for percent in sorted(percents):
        if percent <= done:
            continue
        ahead = left - total * (100 - percent) / 100
        if ahead > 0:
            op["remind"] = stamp(reach(ahead))
            break
        done = percent  # its moment was over before this clock ran
    return op | ({"reminded": done} if done != reminded else {})


def reached(
    percents: Iterable[int], *, total: Fraction, left: Fraction, reminded: int, reach: Reach, now: datetime
) -> tuple[int, dict[str, Any]]:
    """The highest percent reached by now, and the moment of the one after it. Parameters as above."""
    found = reminded
    for percent in sorted(percents):
        if percent <= reminded:
            continue
        ahead = left - total * (100 - percent) / 100
        at = reach(ahead) if ahead > 0 else now
        if at > now:
            return found, {"remind": stamp(at)}
        found = percent
    return found, {}
