"""The daily digest: what waits for a post, what is due today, what went overdue since yesterday."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from xiucheng.cases.models import Case, Notice, NoticeChoice
from xiucheng.cases.queries import choice_of
from xiucheng.cases.queries.desk import rules_for
from xiucheng.cases.rules.notices import NoticeKind
from xiucheng.kernel.days import midnight
from xiucheng.kernel.marking import gettext_noop
from xiucheng.live.handing import remember
from xiucheng.people.models import Post

SAID = gettext_noop("今天等您办的 {waiting} 件，其中今天到期 {due} 件，昨天以来新超时 {late} 件。")
# Groups of a desk that are watched rather than worked off.
WATCHED = frozenset({"out", "urgent", "burning", "open", "mine", "suspended"})


def write(now: datetime) -> int:
    """Write the digests of those whose hour it is, each once a day. Returns how many."""
    return sum(write_one(post, choice, now) for post, choice in whose_hour(now))


def whose_hour(now: datetime) -> Iterator[tuple[Post, NoticeChoice]]:
    hour = timezone.localtime(now).hour
    posts = Post.objects.in_force(timezone.localdate(now)).select_related("person", "department")
    for post in posts.order_by("pk").iterator(chunk_size=500):
        if "view_cases" in post.rights and rules_for(post):
            choice = choice_of(post.person_id)
            if choice.digest_hour == hour and choice.digest_by:
                yield post, choice


def write_one(post: Post, choice: NoticeChoice, now: datetime) -> bool:
    today = midnight(timezone.localdate(now))
    if Notice.objects.filter(post=post, kind=NoticeKind.DIGEST.value, at__gte=today).exists():
        return False
    counted = figures(post, now, today + timedelta(days=1))
    if not any(counted.values()):
        return False
    with transaction.atomic():
        notice = Notice.objects.create(
            post=post,
            kind=NoticeKind.DIGEST.value,
            msgid=SAID,
            values=counted,
            at=now,
            over_at=None if "page" in choice.digest_by else now,
        )
        if "sms" in choice.digest_by:
            key = f"notice {notice.pk} person {post.person_id}"
            remember(key, template="staff", notice_id=notice.pk, person_id=post.person_id)
    return True


def figures(post: Post, now: datetime, tomorrow: datetime) -> dict[str, int]:
    """One statement over the cases of the post's own groups of work."""
    groups = [rule.where(post) for rule in rules_for(post) if rule.key not in WATCHED]
    if not groups:
        return {"waiting": 0, "due": 0, "late": 0}
    mine = Case.seen_by(post).filter(reduce(or_, groups))
    return mine.aggregate(
        waiting=Count("pk"),
        due=Count("pk", filter=Q(due_at__gte=now, due_at__lt=tomorrow)),
        late=Count("pk", filter=Q(due_at__lt=now, due_at__gte=now - timedelta(days=1))),
    )
