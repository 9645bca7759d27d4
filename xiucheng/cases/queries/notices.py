"""What a post was told: the messages of the last 30 days about cases that it may still see.

Whose they are: those to the post itself; for handlers (经办人, 网格员) those to their department; for the others those
to their role in the counties of their scope. One row serves them all; reading is each post's own (`NoticeRead`,
`NoticeMark`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.models import Case, Notice, NoticeChoice, NoticeMark, NoticeRead
from xiucheng.cases.rules.notices import NoticeKind
from xiucheng.kernel import settings
from xiucheng.people.models import Post

DAYS = 30  # older ones are history: the case's own record tells it
LIMIT, PAGE_MAX = 100, 200
COUNTED = 99
HEAD = "department_head"
Place = tuple[datetime, int]  # of a row in the list: its moment and id


@dataclass(frozen=True, slots=True)
class NoticePage:
    """rows come with their case. next: where the following page begins, None at the end.

    read: when this post read a row, by its id; what is not in it is unread.
    """

    rows: tuple[Notice, ...]
    next: Place | None
    read: dict[int, datetime] = field(default_factory=dict)


def notices(
    post: Post | None,
    *,
    after: Place | None = None,
    limit: int = LIMIT,
    kind: str = "",
    only_unread: bool = False,
) -> NoticePage:
    """A page of messages, newest first, read ones too. Two statements for the rows, two for what was read."""
    limit = max(1, min(limit, PAGE_MAX))
    found: list[Notice] = []
    for own in addressed(post):
        if after:
            own = own.filter(up_to(after)).exclude(pk=after[1])
        if kind:
            own = own.filter(kind=kind)
        if only_unread and post is not None:
            own = waiting(own, post)
        found += own.select_related("case").order_by("-at", "-pk")[: limit + 1]
    found.sort(key=place, reverse=True)
    rows = tuple(found[:limit])
    return NoticePage(rows, place(found[limit - 1]) if len(found) > limit else None, read_at(post, rows))


def read_at(post: Post | None, rows: Sequence[Notice]) -> dict[int, datetime]:
    """When a post read each of these; what it has not read is not in it."""
    if post is None or not rows:
        return {}
    mark = NoticeMark.objects.filter(post=post.pk).first()
    found = {row.pk: mark.at for row in rows if mark and row.at <= mark.before}
    own = NoticeRead.objects.filter(post=post.pk, notice__in=[row.pk for row in rows])
    return found | dict(own.values_list("notice", "at"))


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
    """How many messages wait to be read, at most one more than `COUNTED`. One statement, by partial indexes."""
    if post is None:
        return 0
    waits = [waiting(own, post).values("pk")[: COUNTED + 1] for own in addressed(post)]
    first, *others = waits
    return min(first.union(*others, all=True).count() if others else first.count(), COUNTED + 1)


def unread_words(post: Post | None) -> str:
    """«3», «99+», and nothing for none."""
    count = unread(post)
    return f"{COUNTED}+" if count > COUNTED else str(count or "")


def waiting(own: QuerySet[Notice], post: Post) -> QuerySet[Notice]:
    """Of a post's own messages those that count: unread, not over, of no kind that the person muted."""
    choice = NoticeChoice.objects.filter(person=post.person_id)
    found = not_read(own, post).filter(over_at__isnull=True)
    found = found.exclude(Exists(choice.filter(muted__contains=[OuterRef("kind")])))
    if silent := muted_by_default():
        found = found.exclude(~Exists(choice) & Q(kind__in=silent))
    return found


def not_read(own: QuerySet[Notice], post: Post) -> QuerySet[Notice]:
    """Of a post's own messages those that it has not read."""
    mark = NoticeMark.objects.filter(post=post.pk).values("before")[:1]
    read = NoticeRead.objects.filter(post=post.pk, notice=OuterRef("pk"))
    return own.filter(at__gt=Coalesce(Subquery(mark), Value(window()))).exclude(Exists(read))


def muted_by_default() -> list[str]:
    """The kinds that count for nobody who did not choose them (settings `notices.page.…`)."""
    return [kind.value for kind in NoticeKind if not settings.get(f"notices.page.{kind.value}")]


def window() -> datetime:
    return timezone.now() - timedelta(days=DAYS)


def addressed(post: Post | None) -> list[QuerySet[Notice]]:
    """The sets of messages that are a post's own: each a range of one index, so that pages cost the same for ever.

    `live.rules.addressed` says the same of one message in memory; a test compares the two.
    """
    if post is None:
        return []
    recent = Notice.objects.filter(at__gte=window())
    # Asked of each message: IN would collect every case of the scope first, which is most of the city.
    seen = Exists(Case.unscoped.seen_by(post, each=True).filter(pk=OuterRef("case")))
    own = [recent.filter(Q(case__isnull=True) | seen, post=post.pk)]
    if not post.department_only:
        here = Q(department__isnull=True) | Q(department=post.department_id)
        return [*own, recent.filter(here, seen, in_counties(post.scope_codes), role=post.role)]
    if post.department_id is not None:
        roles = ["", HEAD] if post.is_head else [""]
        own.append(recent.filter(seen, department=post.department_id, role__in=roles))
    return own


def in_counties(codes: Iterable[str]) -> Q:
    """Messages to a role in the counties of a scope; a city's code is a prefix of them. No codes, no rows."""
    found = Q(pk__in=())
    for code in codes:
        found |= Q(county=code[:6]) if len(code) >= 6 else Q(county__startswith=code)
    return found


def choice_of(person_id: int) -> NoticeChoice:
    """What a person chose, or the city's defaults (an unsaved row)."""
    return NoticeChoice.objects.filter(person=person_id).first() or default_choice(person_id)


def default_choice(person_id: int) -> NoticeChoice:
    hour: int = settings.get("notices.digest_hour")
    values: dict[str, Any] = {
        "muted": muted_by_default(),
        "sms": [],
        "digest_hour": hour if settings.get("notices.digest") else None,
        "digest_by": ["page"],
        "quiet_from": settings.get("notices.quiet_from"),
        "quiet_to": settings.get("notices.quiet_to"),
    }
    return NoticeChoice(person_id=person_id, changed_at=timezone.now(), **values)
