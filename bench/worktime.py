#!/usr/bin/env python3
"""A million deadlines of mixed units on one core, by kernel.worktime.add.

Prints one JSON line. The floor is the 20 s the issue allows; ratio = floor / figure, above 1 is good.
Run: python bench/worktime.py
"""

import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from xiucheng.kernel.windows import parse_season
from xiucheng.kernel.workdays import shipped_calendar
from xiucheng.kernel.worktime import Limit, add

COUNT, FLOOR = 1_000_000, 20.0
LIMITS = [
    "2 紧急工作时",
    "4 工作时",
    "1/2 工作时",
    "1 工作日",
    "5 工作日",
    "15 工作日",
    "1 紧急工作日",
    "7 自然日",
    "15 值班分钟",
]


def main() -> None:
    """Draw the questions first, time only the answers; every tenth has a pause, every twentieth a season."""
    dice = random.Random(20261124)
    first = datetime(2019, 1, 1, tzinfo=UTC)
    limits = [Limit.parse(text) for text in LIMITS]
    planting = parse_season("03-01..05-31 10-15..11-30")
    questions = []
    for n in range(COUNT):
        start = first + timedelta(seconds=dice.randrange(8 * 365 * 86400))
        pause = [(start + timedelta(hours=3), start + timedelta(days=9))] if n % 10 == 0 else ()
        questions.append((start, dice.choice(limits), planting if n % 20 == 1 else None, pause))
    calendar = shipped_calendar()
    begin, provisional = time.perf_counter(), 0
    for start, limit, season, pauses in questions:
        provisional += add(start, limit, calendar, season=season, pauses=pauses).provisional
    seconds = time.perf_counter() - begin
    result = {
        "name": "worktime: 1,000,000 deadlines, mixed units",
        "figure": round(seconds, 2),
        "unit": "s",
        "floor": FLOOR,
        "ratio": round(FLOOR / seconds, 2),
        "provisional": provisional,
        "command": "python bench/worktime.py",
    }
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
