"""python -m bench.bulk.city: the demo city as a source of templates, in an empty, prepared database.

Two things are otherwise than in the demo: more cases wait on the desks, so that each stage has hundreds of different
ones; and people write more notes (备注), the smallest of events, so that 8 events a case do not fill the disk. All by the
same rules on the same simulated clock.
"""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiucheng.settings")

CASES, WAITING = 6500, 1200
NOTES = (0, 0, 0, 2, 4, 6, 8)  # how many in a case that does not wait
WORDS = (
    "已电话联系上报人，核对位置。",
    "已转告属地网格员留意。",
    "现场负责人来电，正在安排。",
    "与相邻案件一并安排。",
    "已回复来电询问。",
)


def chatty(life: Callable[[Any], Iterator[datetime]]) -> Callable[[Any], Iterator[datetime]]:
    """A life with notes between its steps."""
    from xiucheng.cases.rules import closing

    def noted(run: Any) -> Iterator[datetime]:
        left = 0 if run.plan.hold else run.rng.choice(NOTES)
        for moment in life(run):
            yield moment
            for _note in range(min(left, 3) if run.state_ is not None else 0):
                run.do(closing.note_, run.who("intake"), note=run.rng.choice(WORDS))
                left -= 1
                yield run.soon(1, 4)

    return noted


def build() -> None:
    from demo import building, life, spec

    wanted = spec.Wanted(
        seed=spec.SEED, now=spec.ending(None, datetime.now(UTC)), cases=CASES, waiting=WAITING
    )
    with patch.object(life, "life", chatty(life.life)):
        building.build(wanted, lambda text: print(text, flush=True))


if __name__ == "__main__":
    import django

    django.setup()
    build()
