"""The audit of the administration: every change and every look at personal data is a link of a ledger chain.

Both functions write inside the caller's transaction, so a change and its record commit or vanish together.
Prove it with `script/manage verify_ledger --ledger audit --ledger access`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.utils import timezone

from xiucheng.kernel import ledger
from xiucheng.kernel.models import AdminChange, LedgerEvent, PersonalDataAccess

SYSTEM = "system"  # a command, the first start, the demo city
SPACE = UUID("6f2a8f0e-0b0e-5d0c-9a51-7c1b1f0b6a11")  # of the chains' names

E = TypeVar("E", bound=LedgerEvent)


class Looker(Protocol):
    """What `looked` wants to know of a post: `people.models.Post` fits."""

    pk: int
    person_id: int
    role: str


def record(
    *,
    by: str,
    subject: str,
    before: Any,
    after: Any,
    note: str = "",
    kind: str = "",
    person: int | None = None,
    at: datetime | None = None,
) -> AdminChange:
    """Write down one change of an administrator.

    by: who, for people («username (role)»). person: id of the Person, if a person did it. subject: what, begins
    with its kind («person zhang.min»). kind: the chain it stands in; the subject's first word if not given.
    before, after: JSON values; dates, limits and amounts become text. No secrets and no personal data beyond names.
    """
    kind = (kind or subject.partition(" ")[0])[:32]
    with transaction.atomic():
        return append(
            AdminChange,
            chain=uuid5(SPACE, f"audit/{kind}"),
            step=kind,
            at=at or timezone.now(),
            data={"before": readable(before), "after": readable(after)},
            note=note,
            by=by[:100],
            person=person,
            subject=subject[:200],
        )


def looked(
    *, by_post: Looker | None, what: str, of: str, reason: str = "", at: datetime | None = None
) -> PersonalDataAccess:
    """Write down that personal data was shown in the clear or taken out.

    what: which data («reporter.phone»). of: whose, by a number that is no personal data. reason: as it was given.
    """
    at = at or timezone.now()
    day: date = timezone.localdate(at)
    with transaction.atomic():
        return append(
            PersonalDataAccess,
            chain=uuid5(SPACE, f"access/{by_post.pk if by_post else 0}/{day}"),
            step="looked",
            at=at,
            note=reason,
            person=by_post.person_id if by_post else None,
            post=by_post.pk if by_post else None,
            role=str(by_post.role) if by_post else "",
            what=what[:60],
            subject=of[:200],
        )


def append(model: type[E], *, chain: UUID, **values: Any) -> E:
    """Add an event to the end of its chain; writers of one chain wait for each other until they commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(chain)])
    last = model._default_manager.filter(chain=chain).order_by("-seq").values_list("seq", "hash").first()
    seq, prev = (last[0], bytes(last[1])) if last else (0, ledger.GENESIS)
    row = ledger.seal(ledger.draft_row(model, chain=chain, seq=seq + 1, **values), prev)
    row.save(force_insert=True)
    return row


def readable(value: Any) -> Any:
    """A value in the types that the canonical form knows: floats, limits and all that is strange become text."""
    if isinstance(value, dict):
        return {str(key): readable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [readable(item) for item in value]
    if value is None or isinstance(value, bool | int | date | UUID):
        return value
    return str(value).replace("\x00", "")
