"""The ledger: append-only events, chained by SM3, anchored across chains. See docs/developers/ledger.md."""

from .link import GENESIS, link, sm3
from .registry import Ledger, ledgers, register, unregister
from .rows import draft_row, seal
from .triggers import append_only

__all__ = [
    "GENESIS",
    "Ledger",
    "append_only",
    "draft_row",
    "ledgers",
    "link",
    "register",
    "seal",
    "sm3",
    "unregister",
]
