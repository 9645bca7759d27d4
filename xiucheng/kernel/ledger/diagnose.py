"""Naming what was done to a chain that does not add up. Pure: rows and claims in, findings out.

What a row signed («own») is believed before what its columns say; what an anchor or the projection remembers
is believed before what the rows say. So a swap is told from an edit, and a forged row from the one it
displaced.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from .link import GENESIS


class Kind(StrEnum):
    """What happened to a row, a chain or an anchor."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    TAIL_MISSING = "tail_missing"
    CHAIN_MISSING = "chain_missing"
    ANCHOR_CHANGED = "anchor_changed"
    ORPHAN = "orphan"


@dataclass(frozen=True, slots=True)
class Row:
    """One stored event of a suspected chain.

    own: (chain, seq) inside the stored canonical bytes; None if those cannot be read.
    sealed: hash = SM3(prev || canonical). differing: the columns that say something else than the stored
    bytes.
    """

    id: int
    seq: int
    prev: bytes
    hash: bytes
    own: tuple[UUID, int] | None
    sealed: bool
    differing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claims:
    """What others remember of the chain.

    anchored: seq → hash from the anchors. head: (seq, hash) of the projection; None if it has no such row.
    projected: whether the ledger has a projection at all.
    """

    anchored: dict[int, bytes] = field(default_factory=dict)
    head: tuple[int, bytes] | None = None
    projected: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One damaged place. seq or id is None where there is none (a removed row has no id)."""

    kind: Kind
    seq: int | None
    id: int | None
    sentence: str


def diagnose(chain: UUID, rows: list[Row], claims: Claims) -> list[Finding]:
    """Each changed, removed, reordered or inserted row of one chain, by seq; at most one finding a row."""
    if not rows:
        last = max([*claims.anchored, claims.head[0] if claims.head else 0])
        return [Finding(Kind.CHAIN_MISSING, None, None, f"整条记录链不见了，至少应有 {max(last, 1)} 条。")]
    found: dict[tuple[int | None, int | None], Finding] = {}
    for finding in _findings(chain, rows, claims):
        found.setdefault((finding.seq, finding.id), finding)
    return sorted(found.values(), key=lambda finding: (finding.seq or 0, finding.id or 0))


def _findings(chain: UUID, rows: list[Row], claims: Claims) -> Iterator[Finding]:
    if claims.projected and claims.head is None:
        yield Finding(Kind.ORPHAN, None, None, f"这条链有 {len(rows)} 条记录，业务表里却没有对应的行。")
    places: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row.sealed and row.own and row.own[0] != chain:
            yield Finding(
                Kind.REORDERED, row.seq, row.id, f"这一条原属于另一条链（{row.own[0]}），被移到了这里。"
            )
        else:
            places[_place(row)].append(row)
    chosen = {place: _original(place, places, claims) for place in sorted(places)}
    for place, candidates in places.items():
        for row in candidates:
            if row is not chosen[place]:
                text = f"第 {place} 条有两行，这一行不是原来的，是后来插入的。"
                yield Finding(Kind.INSERTED, row.seq, row.id, text)
    yield from _beyond_head(chosen, claims)
    yield from _edits(chosen)
    yield from _gaps(chosen, claims)
    yield from _breaks(chosen, claims)
    yield from _contradictions(chosen, claims)


def _place(row: Row) -> int:
    """Where a row belongs: its signed number if the seal holds, else its column's."""
    return row.own[1] if row.sealed and row.own else row.seq


def _original(place: int, places: dict[int, list[Row]], claims: Claims) -> Row:
    """Of several rows at one place the one that anchors, the next row or the row before speak for."""
    after = {row.prev for row in places.get(place + 1, ())}
    before = {row.hash for row in places.get(place - 1, ())} if place > 1 else {GENESIS}
    remembered = {claims.anchored.get(place)}
    if claims.head and claims.head[0] == place:
        remembered.add(claims.head[1])

    def weight(row: Row) -> tuple[bool, bool, bool, bool, int]:
        return (row.hash in remembered, row.hash in after, row.sealed, row.prev in before, -row.id)

    return max(places[place], key=weight)


def _beyond_head(chosen: dict[int, Row], claims: Claims) -> Iterator[Finding]:
    if claims.head is None:
        return
    for place, row in chosen.items():
        if place > max([claims.head[0], *claims.anchored]):
            text = f"业务表里最后一条是第 {claims.head[0]} 条，这一条是后来插入的。"
            yield Finding(Kind.INSERTED, row.seq, row.id, text)


def _edits(chosen: dict[int, Row]) -> Iterator[Finding]:
    for place, row in chosen.items():
        if not row.sealed:
            text = f"第 {row.seq} 条被修改：保存的内容与它的哈希不符。"
            yield Finding(Kind.CHANGED, row.seq, row.id, _with_columns(text, row))
        elif row.differing and set(row.differing) <= {"seq", "chain"}:
            text = f"原来的第 {place} 条，现在排在第 {row.seq} 条：次序被调换。"
            yield Finding(Kind.REORDERED, row.seq, row.id, text)
        elif row.differing:
            text = f"第 {row.seq} 条被修改。"
            yield Finding(Kind.CHANGED, row.seq, row.id, _with_columns(text, row))


def _with_columns(text: str, row: Row) -> str:
    return f"{text}不一致的列：{'、'.join(row.differing)}。" if row.differing else text


def _gaps(chosen: dict[int, Row], claims: Claims) -> Iterator[Finding]:
    last = max(chosen, default=0)
    remembered = max([*claims.anchored, claims.head[0] if claims.head else 0])
    for place in range(1, last):
        if place not in chosen:
            yield Finding(Kind.REMOVED, place, None, f"第 {place} 条被删除。")
    for place in range(last + 1, remembered + 1):
        yield Finding(Kind.TAIL_MISSING, place, None, f"链尾的第 {place} 条不见了，应有 {remembered} 条。")


def _breaks(chosen: dict[int, Row], claims: Claims) -> Iterator[Finding]:
    """Rows that were rewritten together with their own hash: the link to a neighbour shows it."""
    backed = _backed(chosen, claims)
    for place, row in chosen.items():
        before = chosen.get(place - 1)
        if place == 1 and row.sealed and row.prev != GENESIS:
            yield Finding(Kind.CHANGED, row.seq, row.id, "第 1 条被改写：它声称前面还有记录。")
        if before is None or not (row.sealed and before.sealed) or row.prev == before.hash:
            continue
        if place in backed:
            text = f"第 {before.seq} 条连同哈希被改写：后一条和锚点记得的不是它。"
            yield Finding(Kind.CHANGED, before.seq, before.id, text)
        else:
            yield Finding(Kind.CHANGED, row.seq, row.id, f"第 {row.seq} 条与前一条接不上：其中一条被改写。")


def _backed(chosen: dict[int, Row], claims: Claims) -> set[int]:
    """Places vouched for: those an anchor or the projection remembers, and all that these lead back to."""
    remembered = dict(claims.anchored)
    if claims.head:
        remembered.setdefault(*claims.head)
    backed: set[int] = set()
    for place, digest in remembered.items():
        while place in chosen and place not in backed and chosen[place].hash == digest:
            backed.add(place)
            place, digest = place - 1, chosen[place].prev
    return backed


def _contradictions(chosen: dict[int, Row], claims: Claims) -> Iterator[Finding]:
    """Rows that hold together but are not what was remembered: the chain was rewritten up to here."""
    for place, digest in sorted(claims.anchored.items()):
        row = chosen.get(place)
        if row and row.hash != digest:
            text = f"第 {row.seq} 条不是锚点记下的那一条：到它为止的记录被整体改写。"
            yield Finding(Kind.CHANGED, row.seq, row.id, text)
    if claims.head is None:
        return
    place, digest = claims.head
    row = chosen.get(place)
    if row and row.hash != digest:
        text = f"第 {row.seq} 条与业务表登记的最后一条不符：其中之一被改写。"
        yield Finding(Kind.CHANGED, row.seq, row.id, text)
    elif row and place < max(chosen) <= max(claims.anchored, default=0):
        text = f"业务表登记的最后一条是第 {place} 条，锚点记得更多：业务表被改写。"
        yield Finding(Kind.CHANGED, row.seq, row.id, text)
