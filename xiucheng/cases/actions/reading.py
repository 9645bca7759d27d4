"""That messages were read."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from xiucheng.cases.models import Notice
from xiucheng.cases.queries.notices import Place, addressed, up_to
from xiucheng.people.actions import require
from xiucheng.people.models import Post
from xiucheng.people.rules import Right


def read_notices(
    *, by: Post, ids: Collection[int] | None = None, case_id: UUID | None = None, seen: Place | None = None
) -> int:
    """Mark a post's own messages as read; those of others and those read before stay as they are.

    ids: these only; case_id: those of one case; seen: none newer than this place in the list, so that what came
    while somebody was reading stays unread. Nothing given: all.
    Returns how many were unread until now. Raises: Refused 403 without the right to see cases.
    """
    require(by, Right.VIEW_CASES)
    marked = 0
    with transaction.atomic():
        at = timezone.now()
        for own in addressed(by):
            waiting = own.filter(read_at__isnull=True)
            if ids is not None:
                waiting = waiting.filter(pk__in=ids)
            if case_id is not None:
                waiting = waiting.filter(case=case_id)
            if seen is not None:
                waiting = waiting.filter(up_to(seen))
            marked += Notice.objects.filter(pk__in=waiting.values("pk")).update(read_at=at)
    return marked
