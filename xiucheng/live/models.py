"""What goes out of the house: webhooks and their deliveries, SMS, and how far the hand-out is."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from xiucheng.kernel.crypto import EncryptedText


class Webhook(models.Model):
    """An address of another agency that is told of steps of cases. `events`: steps, none for all."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("名称"), max_length=60)
    url = models.CharField(_("地址"), max_length=500)
    secret = EncryptedText(_("密钥"))
    events = ArrayField(models.CharField(max_length=32), verbose_name=_("事件"), default=list)
    scope_codes = ArrayField(models.CharField(max_length=12), verbose_name=_("区划"), default=list)
    active = models.BooleanField(_("启用"), default=True)
    failures = models.IntegerField(default=0)  # in a row
    paused_at = models.DateTimeField(null=True)  # by itself, after too many failures
    since = models.DateTimeField(null=True)  # what happened before its registration or resumption is not told
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["created_at"]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One event on its way to one webhook; `body` is what was signed and sent, without personal data."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("等待发送")
        SENT = "sent", _("已送达")
        RETRYING = "retrying", _("等待重试")
        FAILED = "failed", _("未送达")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", db_index=False)
    event = models.BigIntegerField(null=True)  # CaseEvent; None: a test
    step = models.CharField(max_length=32)
    number = models.CharField(max_length=24, blank=True, default="")
    body = models.TextField()
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    attempts = models.SmallIntegerField(default=0)
    answer = models.SmallIntegerField(null=True)  # HTTP status
    error = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    took_ms = models.IntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["webhook", "event"], name="delivery_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["webhook", "-created_at", "-id"], name="delivery_newest"),
            models.Index(fields=["created_at"], name="delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.webhook_id} {self.step} {self.status}"


class SmsMessage(models.Model):
    """That a short message was to be sent: to whom by reference, its number masked; the text is made when it is sent.

    `key` names the occasion, so that an occasion makes one message: «notice 17 person 3». number_index: a keyed hash, by
    which the day's cap is counted.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("等待发送")
        SENT = "sent", _("已交网关")
        DELIVERED = "delivered", _("已送达")
        FAILED = "failed", _("未送达")
        CAPPED = "capped", _("超过每日上限")
        NOWHERE = "nowhere", _("没有号码")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=60, unique=True)
    person = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    reporter = models.ForeignKey("cases.Reporter", models.SET_NULL, null=True, related_name="+")
    notice = models.ForeignKey("cases.Notice", models.SET_NULL, null=True, related_name="+")
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, related_name="+")
    template = models.CharField(max_length=40)
    masked = models.CharField(max_length=20, blank=True, default="")
    number_index = models.CharField(max_length=64, blank=True, default="")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    queued = models.BooleanField(default=False)  # is there a job for it?
    error = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["number_index", "-sent_at"], condition=Q(sent_at__isnull=False), name="sms_cap"
            ),
            models.Index(fields=["-created_at"], name="sms_newest"),
            models.Index(fields=["created_at"], condition=Q(queued=False), name="sms_unqueued"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.status}"


class HandedOut(models.Model):
    """How far one table was handed out (rules.watermark.Watermark, kept between runs)."""

    name = models.CharField(max_length=16, primary_key=True)
    floor = models.BigIntegerField()
    top = models.BigIntegerField()
    pending = models.BigIntegerField(null=True)
    horizon = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.name} {self.floor}"
