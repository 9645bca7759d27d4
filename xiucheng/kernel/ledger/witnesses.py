"""Who remembers a ledger's chains besides their rows: the projection, the receipts, the anchors.

All comparisons run inside PostgreSQL and bring back only what disagrees.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import connection

from xiucheng.kernel.models.ledger import AnchorHead, AnchorTip, LedgerAnchor

from .anchors import digest_of
from .columns import quoted_table
from .link import GENESIS
from .registry import Ledger, Source
from .triggers import TRIGGER


@dataclass(slots=True)
class Anchors:
    """bad: ids of anchors whose heads cannot be believed. problems: (anchor id, sentence)."""

    count: int = 0
    bad: set[int] = field(default_factory=set)
    problems: list[tuple[int | None, str]] = field(default_factory=list)


def check_anchors(ledger: Ledger) -> Anchors:
    """Recompute every anchor's digest and follow their chain to the registered last one."""
    found, last = Anchors(), (0, GENESIS)
    lost = _lost_anchors(ledger)
    found.problems += [(number, f"锚点 {number} 被删除。") for number in sorted(lost)]
    heads = _heads_by_anchor(ledger)
    pending = next(heads, None)
    for anchor in LedgerAnchor.objects.filter(ledger=ledger.label).order_by("pk").iterator():
        found.count += 1
        own: list[Any] = []
        if pending and pending[0] == anchor.pk:
            own, pending = pending[1], None
        previous = bytes(anchor.previous)
        digest = digest_of(previous, iter(own), ledger=anchor.ledger, at=anchor.at)
        if digest != bytes(anchor.digest):
            found.bad.add(anchor.pk)
            found.problems.append((anchor.pk, f"锚点 {anchor.pk} 被修改：内容与它的摘要不符。"))
        elif previous != last[1] and last[0] not in found.bad and not _between(lost, last[0], anchor.pk):
            found.problems.append((anchor.pk, f"锚点 {anchor.pk} 与前一个接不上：前一个被删除或改写。"))
        last = (anchor.pk, bytes(anchor.digest))
        pending = pending or next(heads, None)
    _check_tip(ledger, found, last, lost)
    return found


def _between(lost: set[int], first: int, second: int) -> bool:
    return any(first < number < second for number in lost)


def _heads_by_anchor(ledger: Ledger) -> Any:
    rows = AnchorHead.objects.filter(anchor__ledger=ledger.label).order_by("anchor_id", "chain")
    stream = rows.values_list("anchor_id", "chain", "seq", "hash").iterator()
    for number, group in groupby(stream, key=lambda row: row[0]):
        yield number, (row[1:] for row in group)


def _lost_anchors(ledger: Ledger) -> set[int]:
    """Ids of anchors that are gone while their heads are still there."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT a.anchor_id FROM kernel_anchorhead a"
            f" WHERE NOT EXISTS (SELECT FROM kernel_ledgeranchor l WHERE l.id = a.anchor_id)"
            f" AND EXISTS (SELECT FROM {quoted_table(ledger.model)} e WHERE e.chain = a.chain)"
        )
        return {number for (number,) in cursor}


def _check_tip(ledger: Ledger, found: Anchors, last: tuple[int, bytes], lost: set[int]) -> None:
    tip = AnchorTip.objects.filter(ledger=ledger.label).first()
    if tip is None:
        if found.count:
            found.problems.append((None, "锚点的登记行被删除。"))
    elif (tip.anchor_id or 0) > last[0]:
        if tip.anchor_id not in lost:
            found.problems.append((tip.anchor_id, f"锚点 {tip.anchor_id} 被删除。"))
    elif bytes(tip.digest) != last[1] and last[0] not in found.bad:
        found.problems.append((last[0] or None, "最后一个锚点与登记的摘要不符：其中之一被改写。"))


def doubted_chains(ledger: Ledger, *, without: set[int]) -> set[UUID]:
    """Chains of which the projection, a receipt or an anchor (not `without`) remembers something else."""
    table = quoted_table(ledger.model)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT a.chain FROM kernel_anchorhead a "
            f" JOIN kernel_ledgeranchor l ON l.id = a.anchor_id"
            f" LEFT JOIN {table} e ON e.chain = a.chain AND e.seq = a.seq"
            f" WHERE l.ledger = %s AND l.id <> ALL(%s) AND e.hash IS DISTINCT FROM a.hash",
            [ledger.label, sorted(without)],
        )
        doubted = {chain for (chain,) in cursor}
        if ledger.heads:
            sql, params = _sql(ledger.heads)
            cursor.execute(
                f"SELECT coalesce(h.chain, t.chain) FROM ({sql}) AS h(chain, seq, hash)"
                f" FULL JOIN (SELECT chain, max(seq) AS seq FROM {table} GROUP BY chain) t"
                f" ON t.chain = h.chain"
                f" LEFT JOIN {table} e ON e.chain = h.chain AND e.seq = h.seq"
                f" WHERE h.seq IS DISTINCT FROM t.seq OR e.hash IS DISTINCT FROM h.hash",
                params,
            )
            doubted |= {chain for (chain,) in cursor}
        if ledger.witnesses:
            sql, params = _sql(ledger.witnesses)
            cursor.execute(
                f"SELECT DISTINCT w.chain FROM ({sql}) AS w(chain)"
                f" WHERE NOT EXISTS (SELECT FROM {table} e WHERE e.chain = w.chain)",
                params,
            )
            doubted |= {chain for (chain,) in cursor}
    return doubted


def anchored(ledger: Ledger, chains: list[UUID], *, without: set[int]) -> dict[UUID, dict[int, bytes]]:
    """For each chain what believable anchors remember: seq → hash."""
    rows = AnchorHead.objects.filter(anchor__ledger=ledger.label, chain__in=chains).exclude(
        anchor_id__in=without
    )
    found: dict[UUID, dict[int, bytes]] = defaultdict(dict)
    for chain, seq, digest in rows.values_list("chain", "seq", "hash"):
        found[chain][seq] = bytes(digest)
    return found


def heads_of(ledger: Ledger, chains: list[UUID]) -> dict[UUID, tuple[int, bytes]]:
    """For each chain what the projection claims: (seq, hash)."""
    if ledger.heads is None:
        return {}
    sql, params = _sql(ledger.heads)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT chain, seq, hash FROM ({sql}) AS h(chain, seq, hash) WHERE chain = ANY(%s)",
            [*params, chains],
        )
        return {chain: (seq, bytes(digest)) for chain, seq, digest in cursor}


def warnings(ledger: Ledger, *, events: int, anchors: int) -> list[str]:
    """What weakens the protection without being damage."""
    found = []
    for table in (ledger.model._meta.db_table, "kernel_ledgeranchor", "kernel_anchorhead"):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_trigger"
                " WHERE tgrelid = %s::regclass AND tgname = %s AND tgenabled IN ('O', 'A')",
                [connection.ops.quote_name(table), TRIGGER],
            )
            if cursor.fetchone() is None:
                found.append(f"表 {table} 上防止改动的触发器没有启用。")
    if events and not anchors:
        found.append("还没有锚点：请运行 script/manage anchor_ledger。")
    return found


def _sql(source: Source) -> tuple[str, tuple[Any, ...]]:
    sql, params = source().order_by().query.sql_with_params()
    return sql, tuple(params)
