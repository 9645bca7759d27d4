"""Deleting what is due, and writing down that it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid5

from django.db import transaction
from django.utils import timezone

from xiucheng.kernel import audit
from xiucheng.kernel.models import Deletion

from .registry import Kind, Thing

BATCH = 200


def sweep(kind: Kind, *, at: datetime | None = None, check: Callable[[int], None] = lambda done: None) -> int:
    """Delete all of one kind whose term is over, in batches that stand alone. Returns how many.

    check: called with the count after each batch; it may raise to stop (a job that was cancelled).
    """
    if kind.again:
        kind.again()
    if not kind.days:
        return 0
    at = at or timezone.now()
    before, done = at - timedelta(days=kind.days), 0
    while things := list(kind.due(before, BATCH)):
        delete(kind, things, at=at, note=f"{kind.days} d")
        done += len(things)
        check(done)
    return done


def forget(kind: Kind, things: list[Thing], *, person: int, note: str) -> None:
    """Delete on request, before the term (PIPL 47). person: id of who decided. note: why."""
    delete(kind, things, at=timezone.now(), note=note, person=person)


def delete(kind: Kind, things: list[Thing], *, at: datetime, note: str, person: int | None = None) -> None:
    with transaction.atomic():
        kind.delete(things)
        for thing in things:
            audit.append(
                Deletion,
                chain=uuid5(audit.SPACE, f"deletions/{kind.key}/{at:%Y-%m}"),
                step="deleted",
                at=at,
                note=note,
                kind=kind.key,
                subject=thing.subject,
                digest=thing.digest,
                person=person,
            )
        if kind.after:
            finish = kind.after
            transaction.on_commit(lambda: finish(things))
