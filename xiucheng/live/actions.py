"""What administrators do with webhooks. Each change is in the audit; the secret never is."""

import ipaddress
import re
from collections.abc import Collection
from uuid import UUID

from django.conf import settings as django_settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.words import Step
from xiucheng.kernel import audit, canonical, jobs
from xiucheng.kernel.errors import Refused
from xiucheng.live import jobs as live_jobs
from xiucheng.live.models import Delivery, Webhook
from xiucheng.live.rules.matching import NEVER
from xiucheng.live.rules.outside import NotOutside, reachable, target
from xiucheng.people.actions import require
from xiucheng.people.models import Post
from xiucheng.people.rules import Right
from xiucheng.territory.models import Division

SECRET_LEAST = 16
PING = "ping"


def save_webhook(
    *,
    by: Post,
    webhook_id: UUID | None = None,
    name: str,
    url: str,
    secret: str = "",
    events: Collection[str] = (),
    scope_codes: Collection[str] = (),
    active: bool = True,
) -> Webhook:
    """Register an address, or change it. secret: "" keeps the one it has. events: steps; none: all of them.

    Raises: Refused 403, 404, 422 for an address of the own network, an unknown step or division, a short secret.
    """
    require(by, Right.MANAGE_SETTINGS)
    check_url(url)
    check_words(events, scope_codes)
    with transaction.atomic():
        hook = found(webhook_id) if webhook_id else new_webhook(by)
        before = shown(hook) if webhook_id else None
        if len(secret or hook.secret) < SECRET_LEAST:
            raise Refused(
                _("密钥至少 %(least)d 个字符，收方用它核对签名。") % {"least": SECRET_LEAST}, field="secret"
            )
        hook.name, hook.url, hook.active = name.strip(), url.strip(), active
        hook.events, hook.scope_codes = sorted(events), sorted(scope_codes)
        hook.secret = secret or hook.secret
        hook.save()
        note(by, hook, before, shown(hook) | ({"secret": "changed"} if secret else {}))
    return hook


def resume_webhook(*, by: Post, webhook_id: UUID) -> Webhook:
    """After it paused by itself: what happens from now on is sent again. Raises: Refused 403, 404."""
    require(by, Right.MANAGE_SETTINGS)
    with transaction.atomic():
        hook = found(webhook_id)
        before = shown(hook)
        hook.paused_at, hook.failures, hook.since = None, 0, timezone.now()
        hook.save(update_fields=["paused_at", "failures", "since"])
        note(by, hook, before, shown(hook))
    return hook


def delete_webhook(*, by: Post, webhook_id: UUID) -> None:
    """With the record of its deliveries. Raises: Refused 403, 404."""
    require(by, Right.MANAGE_SETTINGS)
    with transaction.atomic():
        hook = found(webhook_id)
        note(by, hook, shown(hook), None)
        hook.delete()


def test_webhook(*, by: Post, webhook_id: UUID) -> Delivery:
    """Send «ping», which every receiver may answer with 200. Raises: Refused 403, 404."""
    require(by, Right.MANAGE_SETTINGS)
    with transaction.atomic():
        hook = found(webhook_id)
        at = timezone.now()
        row = Delivery(webhook=hook, step=PING, created_at=at)
        content = {"delivery": str(row.pk), "event": f"case.{PING}", "id": None, "at": canonical.stamp(at)}
        row.body = canonical.encode(content).decode()
        row.save(force_insert=True)
        jobs.defer(live_jobs.deliver, delivery_id=str(row.pk))
    return row


def send_again(*, by: Post, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    """The same body under the same delivery number, signed anew: a receiver that knows the number may skip it.

    Raises: Refused 403, 404, 409 while it is still being tried.
    """
    require(by, Right.MANAGE_SETTINGS)
    with transaction.atomic():
        row = Delivery.objects.select_for_update().filter(pk=delivery_id, webhook=webhook_id).first()
        if row is None:
            raise Refused(_("没有这一条推送记录，它可能已过保留期。"), status=404)
        if row.status in (Delivery.Status.WAITING, Delivery.Status.RETRYING):
            raise Refused(_("这一条还在发送，请稍后再看。"), status=409)
        row.status, row.attempts, row.error, row.answer = Delivery.Status.WAITING, 0, "", None
        row.save()
        jobs.defer(live_jobs.deliver, delivery_id=str(row.pk))
    return row


def new_webhook(by: Post) -> Webhook:
    at = timezone.now()
    return Webhook(created_at=at, since=at, created_by_id=by.person_id)


def found(webhook_id: UUID) -> Webhook:
    hook = Webhook.objects.select_for_update().filter(pk=webhook_id).first()
    if hook is None:
        raise Refused(_("没有这个推送地址，它可能已被删除。"), status=404)
    return hook


def check_url(url: str) -> None:
    """Form and literal addresses at once; what a name stands for is looked at with each sending."""
    try:
        where = target(url, django_settings.WEBHOOK_HOSTS)
        if where.inside:
            return
        if re.fullmatch(r"localhost|.*\.(localhost|local|internal)", where.host):
            where_is = ["127.0.0.1"]
        else:
            where_is = [str(ipaddress.ip_address(where.host))]
        reachable(where_is)
    except NotOutside as refusal:
        raise Refused(_(refusal.args[0]), field="url") from None
    except ValueError:
        return  # a name


def check_words(events: Collection[str], scope_codes: Collection[str]) -> None:
    if unknown := sorted(set(events) - (set(Step) - NEVER)):
        raise Refused(_("没有「%(word)s」这种事件。") % {"word": str(unknown[0])[:20]}, field="events")
    known = set(Division.objects.filter(code__in=scope_codes).values_list("code", flat=True))
    if missing := sorted(set(scope_codes) - known):
        raise Refused(_("没有区划 %(code)s，请核对代码。") % {"code": missing[0][:12]}, field="scope_codes")


def shown(hook: Webhook) -> dict[str, object]:
    """As the audit keeps it: no secret."""
    return {
        "name": hook.name,
        "url": hook.url,
        "events": hook.events,
        "scope_codes": hook.scope_codes,
        "active": hook.active,
        "paused": hook.paused_at is not None,
    }


def note(by: Post, hook: Webhook, before: dict[str, object] | None, after: dict[str, object] | None) -> None:
    audit.record(
        by=by.signature, person=by.person_id, subject=f"webhook {hook.pk}", before=before, after=after
    )
