"""That messages were read, and what a person wants to hear of."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.models import NoticeChoice, NoticeMark, NoticeRead
from xiucheng.cases.queries.notices import Place, addressed, not_read, up_to
from xiucheng.cases.rules.notices import KIND_NAMES
from xiucheng.kernel.errors import Refused
from xiucheng.people.actions import require
from xiucheng.people.models import Person, Post
from xiucheng.people.rules import Right

# What was committed less than this ago is marked row by row: a message may commit after one with a later moment.
SETTLED = timedelta(seconds=60)
CHANNELS = ("page", "sms")


def read_notices(
    *, by: Post, ids: Collection[int] | None = None, case_id: UUID | None = None, seen: Place | None = None
) -> int:
    """Mark a post's own messages as read, for this post alone; those read before stay as they are.

    ids: these only; case_id: those of one case; seen: none newer than this place in the list, so that what came
    while somebody was reading stays unread. Nothing given: all.
    Returns how many were unread until now. Raises: Refused 403 without the right to see cases.
    """
    require(by, Right.VIEW_CASES)
    wanted = Q()
    if ids is not None:
        wanted &= Q(pk__in=ids)
    if case_id is not None:
        wanted &= Q(case=case_id)
    if seen is not None:
        wanted &= up_to(seen)
    at = timezone.now()
    first, *others = [
        not_read(own, by).filter(wanted).values_list("pk", "at", "over_at") for own in addressed(by)
    ]
    with transaction.atomic():
        found = list(first.union(*others, all=True))
        rows = [(pk, moment) for pk, moment, _over in found]
        if ids is None and case_id is None:
            before = at - SETTLED if seen is None else min(seen[0], at - SETTLED)
            move_mark(by, before, at)
            rows = [(pk, moment) for pk, moment in rows if moment > before]
        NoticeRead.objects.bulk_create(
            (NoticeRead(post_id=by.pk, notice_id=pk, at=at) for pk, _moment in rows), ignore_conflicts=True
        )
    return sum(over is None for _pk, _at, over in found)


def move_mark(post: Post, before: datetime, at: datetime) -> None:
    """Forwards only: an old page's button takes nothing back."""
    mark, made = NoticeMark.objects.get_or_create(post_id=post.pk, defaults={"before": before, "at": at})
    if not made and mark.before < before:
        NoticeMark.objects.filter(pk=mark.pk, before__lt=before).update(before=before, at=at)


def choose_notices(
    *,
    by: Person,
    muted: Collection[str],
    sms: Collection[str],
    digest_hour: int | None,
    digest_by: Collection[str],
    quiet_from: int,
    quiet_to: int,
) -> NoticeChoice:
    """我的通知: which kinds, by which channel, when not. Hours are those of the local clock, 0 to 23.

    Raises: Refused 422 for an unknown kind or hour, for SMS without a telephone number.
    """
    for word in {*muted, *sms} - set(KIND_NAMES):
        raise Refused(
            _("没有「%(word)s」这一种消息，请从页面上选择。") % {"word": str(word)[:20]}, field="sms"
        )
    for word in set(digest_by) - set(CHANNELS):
        raise Refused(
            _("没有「%(word)s」这种接收方式，请从页面上选择。") % {"word": str(word)[:20]}, field="digest_by"
        )
    hours = {"digest_hour": digest_hour or 0, "quiet_from": quiet_from, "quiet_to": quiet_to}
    for name, hour in hours.items():
        if not 0 <= hour <= 23:
            raise Refused(_("钟点应为 0 到 23 的整数。"), field=name)
    if (sms or "sms" in digest_by) and not by.phone:
        raise Refused(_("您的资料里没有手机号码，不能收短信。请先请系统管理员登记号码。"), field="sms")
    values = {
        "muted": sorted(muted),
        "sms": sorted(sms),
        "digest_hour": digest_hour,
        "digest_by": sorted(digest_by),
        "quiet_from": quiet_from,
        "quiet_to": quiet_to,
        "changed_at": timezone.now(),
    }
    return NoticeChoice.objects.update_or_create(person_id=by.pk, defaults=values)[0]
