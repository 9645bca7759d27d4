"""What is cloned when and where: one line a clone, in order of time, as arrays that all writers share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db import connection

from bench.bulk.places import Places
from bench.bulk.programs import DAY, EPOCH, Program

CHINA_US = 8 * 3_600_000_000  # since the last change of clocks in 1991
OPEN_SHARE = 0.02
LEAN_BYTES = 500  # of events: a case of so many more is e times rarer in a lean city
YEARS = (0.31, 0.27, 0.23, 0.19)  # how many happened this year, last year, …: a city that grows
YEAR_DAYS = 364  # whole weeks, so that a Tuesday stays one, and the season stays too
WEEKS_ASIDE = 6
# How long a case has been waiting where it waits: days, as the mean of a geometric distribution.
WAITING = {"handling": 8.0, "arbitrating": 3.0}
WAITING_ELSE, WAITING_MOST = 0.7, 45


@dataclass
class Plan:
    """Arrays of one length: program, shift (days), place (-1: the template's own).

    first: where a clone's cases begin in the arrays of cases: number, sequence of the case number (0: none),
    reporter (id, 0: none).
    """

    program: np.ndarray
    shift: np.ndarray
    place: np.ndarray
    first: np.ndarray
    number: np.ndarray
    sequence: np.ndarray
    reporter: np.ndarray
    counters: dict[tuple[str, date], int]
    reporters: int

    @property
    def cases(self) -> int:
        return len(self.number)


def plan(
    programs: Sequence[Program],
    places: Places,
    *,
    cases: int,
    events: float,
    now: int,
    seed: int,
    lean: bool = False,
) -> Plan:
    """A plan of so many more cases. events: a case, in the mean. now: µs since 2000.

    lean: oftener those of small bytes (few photos, short words), where the disk is not large enough.
    """
    rng = np.random.default_rng(seed)
    open_ = still_open(cases)
    drawn = np.concatenate([
        draw(programs, rng, open_, events=None, open_=True),
        draw(programs, rng, cases - open_, events=events, open_=False, lean=lean),
    ])  # fmt: skip
    drawn = exactly(programs, drawn, cases)
    shift = shifts(programs, drawn, rng, now)
    began = (
        np.array([min(p.reported) for p in programs], dtype=np.int64)[drawn] + shift.astype(np.int64) * DAY
    )
    order = np.argsort(began, kind="stable")
    drawn, shift = drawn[order].astype(np.int32), shift[order].astype(np.int32)
    sizes = np.array([p.members for p in programs])[drawn]
    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    reported, filed, county, has_reporter = members(programs, drawn, shift)
    number = np.empty(len(reported), dtype=np.int64)
    number[np.argsort(reported, kind="stable")] = np.arange(len(reported)) + taken_numbers(len(reported))
    sequence, counters = case_numbers(sorted({p.county for p in programs}), county, filed)
    reporter = np.where(has_reporter, np.cumsum(has_reporter) + top_reporter(), 0)
    return Plan(
        drawn, shift, spots(programs, places, drawn, rng), first, number, sequence, reporter, counters,
        int(has_reporter.sum()),
    )  # fmt: skip


def still_open(more: int) -> int:
    """How many of the new cases are open, so that of all cases the share is right."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(*) FILTER (WHERE ended_at IS NULL) FROM cases_case")
        there, waiting = cursor.fetchone()
    return max(0, min(more // 5, round((there + more) * OPEN_SHARE) - waiting))


def draw(
    programs: Sequence[Program], rng: np.random.Generator, cases: int, *, events: float | None, open_: bool,
    lean: bool = False,
) -> np.ndarray:  # fmt: skip
    """Templates, by chance; where `events` is given, short stories are drawn oftener until the mean is that."""
    chosen = np.array([n for n, p in enumerate(programs) if (p.ended is None) == open_])
    sizes = np.array([programs[n].members for n in chosen], dtype=float)
    counts = np.array([programs[n].count for n in chosen], dtype=float)
    weights = np.ones(len(chosen))
    if lean:
        weights = np.exp(-np.array([programs[n].bytes for n in chosen]) / sizes / LEAN_BYTES)
    if events is not None:
        weights *= np.exp(tilt(weights, counts, sizes, events) * counts / sizes)
    if not cases or not len(chosen):
        return np.zeros(0, dtype=np.int64)
    share = weights / weights.sum()
    wanted = int(cases / (share * sizes).sum()) + 1
    return np.asarray(rng.choice(chosen, size=wanted, p=share))


def tilt(base: np.ndarray, counts: np.ndarray, sizes: np.ndarray, mean: float) -> float:
    """The λ for which templates weighed by base × exp(λ × events a case) have this many events a case."""
    low, high = -3.0, 6.0
    for _turn in range(60):
        middle = (low + high) / 2
        weights = base * np.exp(middle * counts / sizes)
        if (weights * counts).sum() / (weights * sizes).sum() < mean:
            low = middle
        else:
            high = middle
    return low


def exactly(programs: Sequence[Program], drawn: np.ndarray, cases: int) -> np.ndarray:
    """So many cases, to the last one: groups go from the end, single cases fill up."""
    sizes = np.array([p.members for p in programs])
    total = int(sizes[drawn].sum())
    while total > cases:
        total -= int(sizes[drawn[-1]])
        drawn = drawn[:-1]
    single = np.flatnonzero([p.members == 1 and p.ended is not None for p in programs])
    return np.concatenate([drawn, np.resize(single, cases - total)])


def shifts(programs: Sequence[Program], drawn: np.ndarray, rng: np.random.Generator, now: int) -> np.ndarray:
    """Days by which each clone lies from its template; nothing happens after `now`."""
    ended = np.array([p.ended or 0 for p in programs], dtype=np.int64)[drawn]
    years = rng.choice(len(YEARS), size=len(drawn), p=YEARS)
    shift = -YEAR_DAYS * years + 7 * rng.integers(-WEEKS_ASIDE, WEEKS_ASIDE + 1, size=len(drawn))
    over = ended + shift * DAY - now
    shift = np.where(over > 0, shift - 7 * -(-over // (7 * DAY)), shift)
    open_ = np.flatnonzero(ended == 0)
    mean = np.array([WAITING.get(programs[n].stages[0], WAITING_ELSE) for n in drawn[open_]])
    shift[open_] = -np.minimum(rng.geometric(1 / (1 + mean)) - 1, WAITING_MOST)
    return shift


def members(
    programs: Sequence[Program], drawn: np.ndarray, shift: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of every case: reported and filed (µs; filed 0: never), its county's place in order, has it a reporter."""
    codes = {code: n for n, code in enumerate(sorted({p.county for p in programs}))}
    sizes = np.array([p.members for p in programs])
    start = np.concatenate([[0], np.cumsum(sizes)])
    reported = np.array([moment for p in programs for moment in p.reported], dtype=np.int64)
    filed = np.array([moment or 0 for p in programs for moment in p.filed], dtype=np.int64)
    county = np.repeat([codes[p.county] for p in programs], sizes)
    reporter = np.array([has for p in programs for has in p.has_reporter], dtype=bool)
    picked = sizes[drawn]
    within = np.arange(picked.sum()) - np.repeat(np.cumsum(picked) - picked, picked)
    which = np.repeat(start[drawn], picked) + within
    moved = np.repeat(shift.astype(np.int64) * DAY, picked)
    return (
        reported[which] + moved,
        np.where(filed[which] == 0, 0, filed[which] + moved),
        county[which],
        reporter[which],
    )


def case_numbers(
    codes: list[str], county: np.ndarray, filed: np.ndarray
) -> tuple[np.ndarray, dict[tuple[str, date], int]]:
    """The sequence of each filed case within its county and day, behind what was given out; and the new counters."""
    day = (filed + CHINA_US) // DAY
    key = np.where(filed == 0, -1, county * 100_000 + day)
    order = np.lexsort((filed, key))
    ordered = key[order]
    start = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    rank = np.arange(len(ordered)) - np.repeat(start, np.diff(np.append(start, len(ordered)))) + 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT division_code, day, last FROM kernel_casecounter")
        given = {(code, on): last for code, on, last in cursor.fetchall()}
    counters: dict[tuple[str, date], int] = {}
    before = np.zeros(len(start), dtype=np.int64)
    for n, where in enumerate(start):
        if (value := int(ordered[where])) >= 0:
            pair = codes[value // 100_000], EPOCH.date() + timedelta(days=value % 100_000)
            before[n] = given.get(pair, 0)
            counters[pair] = int(before[n]) + int(np.diff(np.append(start, len(ordered)))[n])
    rank += np.repeat(before, np.diff(np.append(start, len(ordered))))
    sequence = np.zeros(len(filed), dtype=np.int32)
    sequence[order] = np.where(ordered < 0, 0, rank)
    return sequence, counters


def spots(
    programs: Sequence[Program], places: Places, drawn: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """A point for each clone: in the same county, in the same township where a body of it acted."""
    found = np.full(len(drawn), -1, dtype=np.int32)
    order = np.argsort(drawn, kind="stable")
    bounds = np.searchsorted(drawn[order], np.arange(len(programs) + 1))
    for n, program in enumerate(programs):
        rows = order[bounds[n] : bounds[n + 1]]
        codes = [program.township or ""] if program.bound else [program.county]
        pool = None if program.border or not len(rows) else places.pool(codes, program.gridded)
        if pool is not None:
            found[rows] = pool.draw(rng, len(rows))
    return found


def taken_numbers(count: int) -> int:
    """Take so many receipt numbers from the sequence; the first of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('kernel_receipt_seq')")
        (first,) = cursor.fetchone()
        cursor.execute("SELECT setval('kernel_receipt_seq', %s)", [first + count - 1])
    return int(first)


def top_reporter() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM cases_reporter")
        return int(cursor.fetchone()[0])
