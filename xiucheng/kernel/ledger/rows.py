"""Making ledger rows: a draft, then its seal."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from xiucheng.kernel import canonical

from .link import link

if TYPE_CHECKING:
    from xiucheng.kernel.models.ledger import LedgerEvent

E = TypeVar("E", bound="LedgerEvent")


def draft_row(
    model: type[E],
    *,
    chain: UUID,
    seq: int,
    step: str,
    at: datetime,
    data: dict[str, Any] | None = None,
    note: str = "",
    **columns: Any,
) -> E:
    """An unsaved event without its seal. `columns`: the concrete model's own (post_id, person_id, case_id …).

    at: aware; a naive moment would mean something else on another machine, so ValueError.
    """
    if at.tzinfo is None:
        raise ValueError("at must be aware")
    return model(
        chain=chain, seq=seq, step=step, at=at, data=canonical.plain(data or {}), note=note, **columns
    )


def seal(event: E, prev: bytes) -> E:
    """Fill `canonical`, `prev` and `hash` of an event, last thing before it is saved; returns it."""
    event.canonical = event.canonical_bytes()
    event.prev = prev
    event.hash = link(prev, event.canonical)
    return event
