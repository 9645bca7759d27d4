"""Verifying a ledger: scan all events, ask those who remember, name each damaged row."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction

from . import witnesses
from .columns import column_json, quoted_table
from .diagnose import Claims, Kind, Row, diagnose
from .link import DIGEST_SIZE, link
from .registry import Ledger
from .scan import scan_full, scan_stored

_BATCH = 500  # suspected chains looked at together


@dataclass(frozen=True, slots=True)
class Problem:
    """One damaged row, chain or anchor. id: of the row, or of the anchor; None for a row that is gone."""

    ledger: str
    kind: Kind
    chain: UUID | None
    seq: int | None
    id: int | None
    sentence: str


@dataclass(slots=True)
class Report:
    """What verifying found. seconds: wall time. warnings: nothing is damaged, but protection is weaker."""

    events: int = 0
    chains: int = 0
    anchors: int = 0
    seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems


def verify(ledger: Ledger, *, fast: bool = False) -> Report:
    """Check one ledger against itself, its projection, its witnesses and its anchors.

    fast: believe that the columns match the stored canonical bytes, and check only these. All reading
    happens in one snapshot, so work going on at the same time is no damage.
    """
    begun = time.perf_counter()
    report = Report()
    with _snapshot():
        anchors = witnesses.check_anchors(ledger)
        scan = scan_stored(ledger) if fast else scan_full(ledger)
        suspects = scan.suspects | witnesses.doubted_chains(ledger, without=anchors.bad)
        report.events, report.chains, report.anchors = scan.events, scan.chains, anchors.count
        report.problems += [
            Problem(ledger.label, Kind.ANCHOR_CHANGED, None, None, number, sentence)
            for number, sentence in anchors.problems
        ]
        for chains in _batches(sorted(suspects)):
            report.problems += _examine(ledger, chains, anchors.bad)
        report.warnings = witnesses.warnings(ledger, events=scan.events, anchors=anchors.count)
    report.seconds = time.perf_counter() - begun
    return report


@contextmanager
def _snapshot() -> Iterator[None]:
    """A repeatable-read, read-only transaction; inside one already begun, that one as it is."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _batches(chains: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(chains), _BATCH):
        yield chains[start : start + _BATCH]


def _examine(ledger: Ledger, chains: list[UUID], bad_anchors: set[int]) -> list[Problem]:
    rows = _rows_of(ledger, chains)
    anchored = witnesses.anchored(ledger, chains, without=bad_anchors)
    heads = witnesses.heads_of(ledger, chains)
    problems = []
    for chain in chains:
        claims = Claims(anchored.get(chain, {}), heads.get(chain), projected=ledger.heads is not None)
        for finding in diagnose(chain, rows[chain], claims):
            where = (chain, finding.seq, finding.id)
            problems.append(Problem(ledger.label, finding.kind, *where, finding.sentence))
    return problems


def _rows_of(ledger: Ledger, chains: list[UUID]) -> dict[UUID, list[Row]]:
    """The rows of suspected chains. Columns come as JSON text: a moment Python cannot hold is damage too."""
    columns = column_json(ledger.model)
    sql = (
        f"SELECT chain, id, seq, prev, hash, canonical, {', '.join(columns.values())}"
        f" FROM {quoted_table(ledger.model)} WHERE chain = ANY(%s) ORDER BY chain, seq, id"
    )
    found: dict[UUID, list[Row]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(sql, [chains])
        for chain, group in groupby(cursor, key=lambda row: row[0]):
            found[chain] = [_row(values, tuple(columns)) for values in group]
    return found


def _row(values: tuple[Any, ...], names: tuple[str, ...]) -> Row:
    _, number, seq, prev, digest, stored, *texts = values
    prev, digest, stored = bytes(prev), bytes(digest), bytes(stored)
    signed = _parsed(stored)
    return Row(
        id=number,
        seq=seq,
        prev=prev,
        hash=digest,
        own=_own_place(signed),
        sealed=len(prev) == DIGEST_SIZE and link(prev, stored) == digest,
        differing=_differing(stored, signed, dict(zip(names, texts, strict=True))),
    )


def _parsed(stored: bytes) -> dict[str, Any] | None:
    try:
        signed = orjson.loads(stored)
    except orjson.JSONDecodeError:
        return None
    return signed if isinstance(signed, dict) else None


def _own_place(signed: dict[str, Any] | None) -> tuple[UUID, int] | None:
    try:
        return (UUID(signed["chain"]), int(signed["seq"])) if signed else None
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def _differing(stored: bytes, signed: dict[str, Any] | None, texts: dict[str, str]) -> tuple[str, ...]:
    """The columns whose value is not the signed one; «canonical» if only the writing is not ours."""
    if signed is None:
        return ("canonical",)
    wrong = [name for name, text in texts.items() if _bytes(orjson.loads(text)) != _bytes(signed.get(name))]
    wrong += sorted(set(signed) - set(texts))
    return tuple(wrong) or (() if _bytes(signed) == stored else ("canonical",))


def _bytes(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
