"""What a post was told: the messages of the last 30 days about cases that it may still see.

Whose they are: those to the post itself, and for handlers (经办人, 网格员) those to their department. One row serves
the whole department, so whoever reads it first has read it for all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.models import Case, Notice
from xiucheng.people.models import Post

DAYS = 30  # older ones are history: the case's own record tells it
LIMIT, PAGE_MAX = 100, 200
COUNTED = 99
Place = tuple[datetime, int]  # of a row in the list: its moment and id


@dataclass(frozen=True, slots=True)
class NoticePage:
    """rows come with their case. next: where the following page begins, None at the end."""

    rows: tuple[Notice, ...]
    next: Place | None


def notices(post: Post | None, *, after: Place | None = None, limit: int = LIMIT) -> NoticePage:
    """A page of messages, newest first, read ones too. One statement a post, two for a handler."""
    limit = max(1, min(limit, PAGE_MAX))
    found: list[Notice] = []
    for own in addressed(post):
        if after:
            own = own.filter(up_to(after)).exclude(pk=after[1])
        found += own.select_related("case").order_by("-at", "-pk")[: limit + 1]
    found.sort(key=place, reverse=True)
    return NoticePage(tuple(found[:limit]), place(found[limit - 1]) if len(found) > limit else None)


def place(notice: Notice) -> Place:
    return notice.at, notice.pk


def up_to(here: Place) -> Q:
    """This row and what stands below it. The first condition is implied: it is what the index understands."""
    at, pk = here
    return Q(at__lte=at) & (Q(at__lt=at) | Q(pk__lte=pk))


def sentence(notice: Notice) -> str:
    """A message in the language of its reader."""
    return _(notice.msgid).format(**notice.values)


def unread(post: Post | None) -> int:
    """How many messages nobody has read yet, at most one more than `COUNTED`. One statement, by partial indexes."""
    waiting = [own.filter(read_at__isnull=True).values("pk")[: COUNTED + 1] for own in addressed(post)]
    if not waiting:
        return 0
    first, *others = waiting
    return min(first.union(*others, all=True).count() if others else first.count(), COUNTED + 1)


def unread_words(post: Post | None) -> str:
    """«3», «99+», and nothing for none."""
    count = unread(post)
    return f"{COUNTED}+" if count > COUNTED else str(count or "")


def addressed(post: Post | None) -> list[QuerySet[Notice]]:
    """The sets of messages that are a post's own: each a range of one index, so that pages cost the same for ever."""
    if post is None:
        return []
    recent = Notice.objects.filter(case__in=Case.seen_by(post), at__gte=timezone.now() - timedelta(days=DAYS))
    own = [recent.filter(post=post.pk)]
    if post.department_only and post.department_id is not None:
        own.append(recent.filter(department=post.department_id))
    return own
