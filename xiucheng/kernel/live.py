"""A word to the process that tells open pages: «look now». docs/developers/live.md.

The word is sent after the commit, in a transaction of its own, at most every `EVERY` seconds a process, and carries
nothing: NOTIFY inside a transaction that writes would hold an instance-wide lock through its commit. It may be lost;
the tables are the truth, and whoever listens also asks by itself.
"""

import logging
import time

from django.db import DatabaseError, connection, transaction

log = logging.getLogger(__name__)

CHANNEL = "xiucheng_live"
EVERY = 0.2  # seconds
WORD = f"BEGIN; SET LOCAL synchronous_commit TO off; NOTIFY {CHANNEL}; COMMIT"


class _Memory:
    sent_at = float("-inf")


def poke() -> None:
    """To be called by whoever writes what open pages show, inside the transaction; costs nothing unless it commits."""
    transaction.on_commit(_send, robust=True)


def _send() -> None:
    """The first of a burst at once; the listener looks again by itself while something keeps happening."""
    now = time.monotonic()
    if now - _Memory.sent_at < EVERY or connection.in_atomic_block:
        return
    _Memory.sent_at = now
    try:
        with connection.cursor() as cursor:
            # One round trip, never prepared (it is several statements); nobody waits for the disk because of a word.
            cursor.cursor.execute(WORD, prepare=False)
    except DatabaseError:
        log.warning("live_poke_failed", exc_info=True)
