"""Which tables are ledgers, and who else knows their chains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from xiucheng.kernel.models.ledger import LedgerEvent

Source = Callable[[], "QuerySet[Any, Any]"]


@dataclass(frozen=True, slots=True)
class Ledger:
    """One concrete ledger table.

    label: what commands and people call it, for example «cases».
    heads: gives `values_list(chain, seq, hash)` with one row a chain: what the projection (the case row)
    claims to be the last event. A chain with events and no row here is an orphan, a row here without events
    is a lost chain. witnesses: gives `values_list(chain)`: chains known elsewhere (receipts handed out),
    which must have events. Both are query sets, not lists: the verifier compares inside the database, at
    constant memory.
    """

    label: str
    model: type[LedgerEvent]
    heads: Source | None = None
    witnesses: Source | None = None


_LEDGERS: dict[str, Ledger] = {}


def register(
    model: type[LedgerEvent], *, label: str, heads: Source | None = None, witnesses: Source | None = None
) -> Ledger:
    """Make a ledger known to anchor_ledger and verify_ledger; called in the room's AppConfig.ready().

    Registering a label again replaces it. Raises ValueError for a label longer than 32 characters.
    """
    if not 0 < len(label) <= 32:
        raise ValueError("a ledger label has 1 to 32 characters")
    _LEDGERS[label] = Ledger(label, model, heads, witnesses)
    return _LEDGERS[label]


def unregister(label: str) -> None:
    """Forget a ledger: for tests that register one of their own."""
    _LEDGERS.pop(label, None)


def ledgers(labels: tuple[str, ...] = ()) -> tuple[Ledger, ...]:
    """The registered ledgers in order of label, or only those named. Raises KeyError for an unknown label."""
    if labels:
        return tuple(_LEDGERS[label] for label in labels)
    return tuple(_LEDGERS[label] for label in sorted(_LEDGERS))
