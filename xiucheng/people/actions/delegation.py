"""代理: while somebody is on leave another person acts in his post; it ends by itself."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel import settings
from xiucheng.kernel.errors import Refused
from xiucheng.people import queries, rules
from xiucheng.people.actions._shared import check_form, record, require
from xiucheng.people.actions.posts import check_administrators
from xiucheng.people.models import Delegation, Person, Post


def delegate(
    *, post: Post, to: Person, starts_on: date, ends_on: date, reason: str, by: Post | None
) -> Delegation:
    """委托代理 a post from the first to the last day, both included.

    By its holder; by an administrator for an ordinary post. Whoever acts for somebody cannot pass it on.
    Raises: Refused 403 whoever may not; 409 another one is open in these days, or the administrators' clash;
    422 `to`, `starts_on`, `ends_on`, `reason`.
    """
    at = timezone.now()
    today = timezone.localdate(at)
    _may_delegate(post, to, by)
    _check_days(starts_on, ends_on, today)
    if not reason.strip():
        raise Refused(_("请填写原因，如“年休假”。"), field="reason", code="no_reason")
    with transaction.atomic():
        to = Person.objects.select_for_update().get(pk=to.pk)
        post = Post.objects.select_for_update(of=("self",)).select_related("person").get(pk=post.pk)
        _check_pair(post, to, starts_on, ends_on)
        check_administrators(to, rules.Role(post.role), starts_on, ends_on)
        made = Delegation(
            post=post,
            to=to,
            starts_on=starts_on,
            ends_on=ends_on,
            reason=reason.strip(),
            created_at=at,
            created_by_id=by.person_id if by else None,
        )
        check_form(made)
        made.save()
        record(by, f"delegation {made.pk}", None, _facts(made), at)
    return made


def end_delegation(*, delegation: Delegation, by: Post) -> Delegation:
    """提前结束, by the holder, by the deputy, or by an administrator. Ended already: nothing happens.

    Raises: Refused 403 for anybody else.
    """
    at = timezone.now()
    with transaction.atomic():
        found = (
            Delegation.objects.select_for_update(of=("self",))
            .select_related("post__person", "to")
            .get(pk=delegation.pk)
        )
        if by.person_id not in (found.post.person_id, found.to_id):
            _as_administrator(found.post, by)
        if found.ended_at is None:
            found.ended_at = at
            found.save(update_fields=["ended_at"])
            found.post.tokens.filter(person=found.to_id, revoked_at__isnull=True).update(revoked_at=at)
            record(by, f"delegation {found.pk}", _facts(found), {"ended": True}, at)
    return found


def _may_delegate(post: Post, to: Person, by: Post | None) -> None:
    holder = post.acting_for.pk if post.acting_for else post.person_id
    if by is None or by.person_id == holder:
        return
    if by.acting_for is not None and by.pk == post.pk:
        sentence = _("您是代理这个岗位的，不能再转给别人。")
        raise Refused(sentence, status=403, code="no_passing_on")
    _as_administrator(post, by)
    if post.role in rules.ADMINISTRATORS:
        sentence = _("管理员的岗位只能由本人委托（三权分立）。")
        raise Refused(sentence, status=403, code="separate_administrators")
    if to.pk == by.person_id:
        sentence = _("不能把别人的岗位委托给自己，请由另一位管理员办理。")
        raise Refused(sentence, status=403, field="to", code="own_post")


def _as_administrator(post: Post, by: Post) -> None:
    if rules.Right.MANAGE_RIGHTS not in by.rights:
        require(by, rules.Right.MANAGE_PEOPLE)
    if not queries.posts_seen_by(by).filter(pk=post.pk).exists():
        raise Refused(_("没有找到这个岗位，请从列表中选择。"), status=404, code="no_post")


def _check_days(starts_on: date, ends_on: date, today: date) -> None:
    longest: int = settings.get("delegation.max_days")
    if starts_on < today:
        raise Refused(_("开始日期不能早于今天。"), field="starts_on", code="bad_day")
    if ends_on < starts_on:
        raise Refused(_("结束日期不能早于开始日期。"), field="ends_on", code="bad_day")
    if (ends_on - starts_on).days + 1 > longest:
        sentence = _("一次代理最长 %(days)d 天，请把结束日期提前。") % {"days": longest}
        raise Refused(sentence, field="ends_on", code="too_long")


def _check_pair(post: Post, to: Person, starts_on: date, ends_on: date) -> None:
    if to.pk == post.person_id or not to.is_active:
        raise Refused(_("请选择另一个在用的账号作代理人。"), field="to", code="bad_person")
    if not post.active or post.valid_from > starts_on or (post.valid_to and post.valid_to <= ends_on):
        raise Refused(_("这几天岗位本身不在任期内，请核对日期。"), field="ends_on", code="post_over")
    other = (
        Delegation.objects.open_on(starts_on)
        .filter(post=post, starts_on__lte=ends_on)
        .select_related("to")
        .first()
    )
    if other:
        raise Refused(
            _("%(from)s 至 %(to)s 已由%(name)s代理，请改日期或先结束那一次。")
            % {"from": other.starts_on, "to": other.ends_on, "name": other.to.name},
            status=409,
            field="starts_on",
            code="overlap",
        )


def _facts(made: Delegation) -> dict[str, object]:
    return {
        "post": made.post_id,
        "holder": made.post.person.username,
        "to": made.to.username,
        "starts_on": made.starts_on.isoformat(),
        "ends_on": made.ends_on.isoformat(),
        "reason": made.reason,
    }
