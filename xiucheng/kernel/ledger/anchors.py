"""Anchors: a seal over the heads of all chains, so that a lost last event or a lost chain is missed.

Each anchor holds the heads of the chains that grew since the one before, and a digest over them and the
digest before. All heads ever anchored stay, so any of them can be asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog
from django.db import connection, transaction

from xiucheng.kernel import canonical
from xiucheng.kernel.models.ledger import AnchorHead, AnchorTip, LedgerAnchor

from .columns import quoted_table
from .link import GENESIS
from .registry import Ledger

log = structlog.get_logger(__name__)


def digest_of(
    previous: bytes, heads: Iterable[tuple[UUID, int, bytes | memoryview]], *, ledger: str, at: datetime
) -> bytes:
    """The digest of an anchor: SM3(previous || each head || who, when and how many).

    heads: sorted by chain; each is 16 bytes of chain, 8 of seq (big-endian), 32 of hash. Taken one by one,
    so their number is not bounded by memory.
    """
    digest, count = hashlib.new("sm3", previous), 0
    for chain, seq, head in heads:
        digest.update(chain.bytes + seq.to_bytes(8, "big", signed=True) + bytes(head))
        count += 1
    digest.update(canonical.encode({"ledger": ledger, "at": at, "count": count}))
    return digest.digest()


def anchor(ledger: Ledger, *, at: datetime, full: bool = False) -> LedgerAnchor | None:
    """Anchor what grew since the last time; None if nothing did.

    at: the moment written on the anchor. full: compare every chain, not only those with events above the
    settled id (the daily run: it also catches an id that was drawn long before its transaction wrote
    anything).
    """
    with transaction.atomic():
        tip = _locked_tip(ledger.label)
        highest, oldest, horizon = _marks(ledger)
        made = _write(ledger, tip, at=at, above=0 if full else tip.settled)
        if oldest >= tip.horizon or horizon < tip.horizon:  # the second: restored into a younger cluster
            tip.settled = tip.pending if horizon >= tip.horizon else 0
            tip.pending, tip.horizon = highest, horizon
        tip.save()
    if made:
        log.info(
            "ledger_anchor", ledger=ledger.label, anchor=made.pk, heads=made.count, digest=made.digest.hex()
        )
    return made


def _locked_tip(label: str) -> AnchorTip:
    AnchorTip.objects.bulk_create([AnchorTip(ledger=label, digest=GENESIS)], ignore_conflicts=True)
    return AnchorTip.objects.select_for_update().get(ledger=label)


def _marks(ledger: Ledger) -> tuple[int, int, int]:
    """The highest visible id, the oldest running transaction, and the next one to start."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(max(id), 0), pg_snapshot_xmin(pg_current_snapshot())::text::bigint,"
            f" pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM {quoted_table(ledger.model)}"
        )
        highest, oldest, horizon = cursor.fetchone()
    return highest, oldest, horizon


def _write(ledger: Ledger, tip: AnchorTip, *, at: datetime, above: int) -> LedgerAnchor | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('kernel_ledgeranchor', 'id'))")
        (number,) = cursor.fetchone()
        table = quoted_table(ledger.model)
        grown = f"WHERE e.chain IN (SELECT chain FROM {table} WHERE id > %s)" if above else ""
        cursor.execute(
            f"""
            INSERT INTO kernel_anchorhead (anchor_id, chain, seq, hash)
            SELECT %s, h.chain, h.seq, h.hash
            FROM (SELECT DISTINCT ON (e.chain) e.chain, e.seq, e.hash FROM {table} e {grown}
                  ORDER BY e.chain, e.seq DESC) h
            WHERE h.seq > (SELECT coalesce(max(a.seq), 0) FROM kernel_anchorhead a
                           JOIN kernel_ledgeranchor l ON l.id = a.anchor_id
                           WHERE a.chain = h.chain AND l.ledger = %s)
            """,
            [number, *([above] if above else []), ledger.label],
        )
        if not cursor.rowcount:
            return None
        count = cursor.rowcount
    heads = AnchorHead.objects.filter(anchor_id=number).order_by("chain").values_list("chain", "seq", "hash")
    previous = bytes(tip.digest)
    digest = digest_of(previous, heads.iterator(), ledger=ledger.label, at=at)
    made = LedgerAnchor.objects.create(
        pk=number, ledger=ledger.label, at=at, previous=previous, count=count, digest=digest
    )
    tip.anchor, tip.digest = made, digest
    return made
