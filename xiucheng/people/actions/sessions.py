"""Sessions: ended by their owner or by a security administrator; an ended one is gone at the next request."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.people import queries, rules
from xiucheng.people.actions._shared import record, require, require_person
from xiucheng.people.models import Person, Post, Session


def end_session(*, person: Person, public_id: str, by: Post | None = None) -> None:
    """结束 one session. by: the security administrator; None: the owner himself.

    Raises: Refused 403 without the right; 404 if it has ended already.
    """
    found = next((row for row in queries.sessions_of(person) if row.public_id == public_id), None)
    if by is not None:
        _may(person, by)
    if found is None:
        raise Refused(_("这个登录已经结束了。"), status=404, code="no_session")
    _end(person, [found], by)


def end_other_sessions(*, person: Person, keep: str | None, by: Post | None = None) -> int:
    """结束 all sessions but the one with this key (None: all). Returns how many there were."""
    if by is not None:
        _may(person, by)
    return _end(person, [row for row in queries.sessions_of(person) if row.session_key != keep], by)


def _may(person: Person, by: Post) -> None:
    require(by, rules.Right.MANAGE_RIGHTS)
    require_person(by, person)


def _end(person: Person, rows: list[Session], by: Post | None) -> int:
    with transaction.atomic():
        Session.objects.filter(pk__in=[row.pk for row in rows]).delete()
        if rows:
            owner = person if by is None else None
            record(by, f"sessions {person.username}", None, {"ended": len(rows)}, timezone.now(), owner=owner)
    return len(rows)
