"""Sending: a delivery over HTTP, a short message to the gateway. Called by jobs; may be called again after a kill."""

import http.client
import socket
import ssl
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings as django_settings
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from xiucheng.cases.queries.notices import sentence
from xiucheng.kernel import crypto, settings
from xiucheng.kernel.days import midnight
from xiucheng.kernel.masking import mask_phone
from xiucheng.kernel.sms import Outcome, Outgoing, gateway
from xiucheng.live.models import Delivery, SmsMessage, Webhook
from xiucheng.live.rules.outside import NotOutside, Target, reachable, target
from xiucheng.live.rules.signing import HEADER, sign

log = structlog.get_logger(__name__)

ATTEMPTS = 8
TIMEOUT = 5.0  # seconds for each of: connect, send, answer. The worker does nothing else meanwhile.
ANSWER_BYTES = 2048
SHAKY, LEFT_ALONE = 3, timedelta(seconds=60)  # after so many failures in a row it is tried at most so often


class NotDelivered(Exception):
    """It will be tried again."""


# -- webhooks --


def deliver(key: UUID) -> datetime | None:
    """Send a delivery once. Returns when to come again, if its receiver should be left alone for now.

    Raises: NotDelivered, to be tried again with backoff.
    """
    row = Delivery.objects.select_related("webhook").filter(pk=key).first()
    if row is None or row.status in (Delivery.Status.SENT, Delivery.Status.FAILED):
        return None
    hook, at = row.webhook, timezone.now()
    if hook.paused_at or not hook.active:
        row.status, row.error = Delivery.Status.FAILED, str(_("推送已停用或暂停。"))
        row.save(update_fields=["status", "error"])
        return None
    if hook.failures >= SHAKY and row.attempts == 0 and (last := last_try(hook)) and at - last < LEFT_ALONE:
        return last + LEFT_ALONE
    answer, error = attempt(hook, row, at)
    row.attempts, row.tried_at, row.answer, row.error = row.attempts + 1, at, answer, error[:200]
    row.took_ms = round((timezone.now() - at).total_seconds() * 1000)
    if answer is not None and 200 <= answer < 300:
        row.status = Delivery.Status.SENT
        row.save()
        Webhook.objects.filter(pk=hook.pk).exclude(failures=0).update(failures=0)
        return None
    failed(hook, at)
    row.status = Delivery.Status.FAILED if row.attempts >= ATTEMPTS else Delivery.Status.RETRYING
    row.save()
    if row.status == Delivery.Status.RETRYING:
        raise NotDelivered(error)
    return None


def last_try(hook: Webhook) -> datetime | None:
    tried = Delivery.objects.filter(webhook=hook, tried_at__isnull=False).order_by("-created_at")[:20]
    return max((row.tried_at for row in tried if row.tried_at), default=None)


def failed(hook: Webhook, at: datetime) -> None:
    """One more failure in a row; after the city's number of them it pauses by itself."""
    Webhook.objects.filter(pk=hook.pk).update(failures=F("failures") + 1)
    most = settings.get("webhook.failures_max")
    paused = Webhook.objects.filter(pk=hook.pk, failures__gte=most, paused_at__isnull=True).update(
        paused_at=at
    )
    if paused:
        log.warning("webhook_paused", webhook=str(hook.pk), failures=most)


def attempt(hook: Webhook, row: Delivery, at: datetime) -> tuple[int | None, str]:
    """(HTTP status, what went wrong). Redirects are not followed: an answer of 3xx is a failure."""
    body = row.body.encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Xiucheng",
        "X-Xiucheng-Event": f"case.{row.step}",
        "X-Xiucheng-Delivery": str(row.pk),
        HEADER: sign(hook.secret, body, int(at.timestamp())),
    }
    try:
        where = target(hook.url, django_settings.WEBHOOK_HOSTS)
        connection = connected(where)
        try:
            connection.request("POST", where.path, body, headers)
            answer = connection.getresponse()
            answer.read(ANSWER_BYTES)
        finally:
            connection.close()
    except NotOutside as refusal:
        return None, str(_(refusal.args[0]))
    except TimeoutError:
        return None, str(_("对方 %(seconds)d 秒内没有回应。") % {"seconds": TIMEOUT})
    except (OSError, http.client.HTTPException, ValueError) as error:
        return None, str(_("连接不上：%(why)s") % {"why": f"{type(error).__name__} {error}"[:120]})
    ok = 200 <= answer.status < 300
    return answer.status, "" if ok else str(_("对方答复 %(status)d。") % {"status": answer.status})


def connected(where: Target) -> http.client.HTTPConnection:
    """A connection to the very address that was checked: a name that answers otherwise the second time gains nothing."""
    found = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    address = addresses[0] if where.inside else reachable(addresses)
    plain = socket.create_connection((address, where.port), TIMEOUT)
    connection = http.client.HTTPConnection(where.host, where.port, timeout=TIMEOUT)
    try:
        connection.sock = (
            ssl.create_default_context().wrap_socket(plain, server_hostname=where.host)
            if where.secure
            else plain
        )
    except BaseException:
        plain.close()
        raise
    return connection


# -- short messages --


def send_sms(key: UUID) -> None:
    """Hand a message to the gateway: the number is decrypted here and nowhere before, the text made here.

    Raises: OSError, if the gateway could not take it; it is tried again later.
    """
    row = (
        SmsMessage.objects.select_related("person", "reporter", "notice", "case")
        .filter(pk=key, status=SmsMessage.Status.WAITING)
        .first()
    )
    if row is None:
        return
    number = crypto.normal_phone((row.person or row.reporter or _Nobody).phone or "")
    words = text_of(row)
    if not number or not words:
        SmsMessage.objects.filter(pk=key).update(status=SmsMessage.Status.NOWHERE)
        return
    at, index = timezone.now(), crypto.blind_index(number, purpose="sms")
    values = {"masked": mask_phone(number), "number_index": index}
    if sent_today(index, at) >= settings.get("sms.daily_cap"):
        SmsMessage.objects.filter(pk=key).update(status=SmsMessage.Status.CAPPED, **values)
        return
    gateway().send(Outgoing(str(row.pk), number, words, at))
    SmsMessage.objects.filter(pk=key).update(status=SmsMessage.Status.SENT, sent_at=at, **values)


class _Nobody:
    phone = ""


def sent_today(index: str, at: datetime) -> int:
    today = midnight(timezone.localdate(at))
    return SmsMessage.objects.filter(number_index=index, sent_at__gte=today).count()


def text_of(row: SmsMessage) -> str:
    """The text by the city's template; "" if what it was about is gone."""
    said = ""
    if row.notice is not None:
        with translation.override(django_settings.LANGUAGE_CODE):
            said = sentence(row.notice)
    elif row.template != "received":
        return ""
    case = row.case
    values = {
        "number": case.number if case else "",
        "code": crypto.query_code(case.pk) if case and row.template == "received" else "",
        "sentence": said,
    }
    text: str = settings.get(f"sms.text.{row.template}")
    for name, value in values.items():  # not `format`: an administrator's braces are no programme
        text = text.replace("{" + name + "}", value)
    return text.strip()


def note_outcome(outcome: Outcome) -> None:
    """What the gateway says became of a message; of one it does not know, nothing."""
    try:
        key = UUID(outcome.id)
    except ValueError:
        return
    status = SmsMessage.Status.DELIVERED if outcome.delivered else SmsMessage.Status.FAILED
    SmsMessage.objects.filter(pk=key, status=SmsMessage.Status.SENT).update(
        status=status, error=outcome.reason, reported_at=timezone.now()
    )
