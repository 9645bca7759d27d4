"""What stands beside a case and is no part of its fold: who reported, that it was received, who is told."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from xiucheng.cases.models.case import Case
from xiucheng.cases.models.names import choices
from xiucheng.cases.rules.notices import KIND_NAMES, NoticeKind
from xiucheng.kernel.crypto import EncryptedText


class Reporter(models.Model):
    """Who reported: personal data, encrypted, apart from the case, never in an event (design.md §3, security.md §4)."""

    name = EncryptedText(blank=True, default="")
    phone = EncryptedText(blank=True, default="")
    # A keyed hash, so that a number can be found without being read.
    phone_index = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["phone_index"], condition=Q(phone_index__gt=""), name="reporter_phone")
        ]

    def __str__(self) -> str:
        return f"reporter {self.pk}"


class Receipt(models.Model):
    """That a report was received: one row a client-made UUID; a retry finds it and gets the same answer.

    `digest` is the keyed hash of what was sent: the same UUID with other content is refused.
    """

    uuid = models.UUIDField(primary_key=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    answer = models.JSONField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.uuid)


class Notice(models.Model):
    """A message about a case. `msgid` with `values` keeps it translatable.

    To whom: a reporter; a post; a department's handlers (`department`; with role «department_head» its 负责人 only); or
    everybody of a `role` whose scope covers the case's `county`, for dispatchers of a 区指挥中心 also `department`.
    One row serves them all; who has read it says `NoticeRead`. `waits`: what it waits for (rules.notices.standing);
    over since `over_at`, when that was done by somebody. Only a day's digest has no case.
    """

    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="+", db_index=False)
    reporter = models.ForeignKey(Reporter, models.PROTECT, null=True, related_name="+")
    department = models.ForeignKey(
        "people.Department", models.PROTECT, null=True, related_name="+", db_index=False
    )
    post = models.ForeignKey("people.Post", models.PROTECT, null=True, related_name="+", db_index=False)
    role = models.CharField(max_length=16, blank=True, default="")
    county = models.CharField(max_length=6, blank=True, default="")
    kind = models.CharField(max_length=12, choices=choices(KIND_NAMES), default=NoticeKind.NEWS.value)
    waits = models.CharField(max_length=24, blank=True, default="")
    over_at = models.DateTimeField(null=True)
    msgid = models.TextField()
    values = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["case"], name="notice_case"),
            # Most messages are to reporters, and stand in none of these.
            models.Index(
                fields=["department", "-at"],
                condition=Q(department__isnull=False),
                name="notice_department_all",
            ),
            models.Index(fields=["post", "-at"], condition=Q(post__isnull=False), name="notice_post_all"),
            models.Index(fields=["role", "county", "-at"], condition=Q(role__gt=""), name="notice_role"),
            models.Index(
                fields=["role", "county", "-at"],
                condition=Q(role__gt="", over_at__isnull=True),
                name="notice_role_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.msgid


class NoticeRead(models.Model):
    """That a post (one person in one capacity) has read a message. Those before its `NoticeMark` need no row."""

    post = models.ForeignKey("people.Post", models.PROTECT, related_name="+", db_index=False)
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["post", "notice"], name="notice_read_once")]

    def __str__(self) -> str:
        return f"{self.post_id}/{self.notice_id}"


class NoticeMark(models.Model):
    """全部标为已读: everything up to `before` is read by this post, in one row however many they were."""

    post = models.OneToOneField("people.Post", models.PROTECT, primary_key=True, related_name="+")
    before = models.DateTimeField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.post_id} {self.before:%Y-%m-%d %H:%M}"


class NoticeChoice(models.Model):
    """What a person wants to hear of, and how. Without a row the city's defaults hold (`tunables`).

    muted: kinds that neither count as unread nor pop up (they stay in the list). sms: kinds told by SMS too.
    digest_hour: local hour of the daily digest, None for none; digest_by: «page», «sms». quiet_from, quiet_to: local
    hours between which no SMS is sent and nothing pops up; equal hours: never quiet.
    """

    person = models.OneToOneField("people.Person", models.PROTECT, primary_key=True, related_name="+")
    muted = ArrayField(models.CharField(max_length=12), default=list)
    sms = ArrayField(models.CharField(max_length=12), default=list)
    digest_hour = models.SmallIntegerField(null=True)
    digest_by = ArrayField(models.CharField(max_length=8), default=list)
    quiet_from = models.SmallIntegerField()
    quiet_to = models.SmallIntegerField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"choice {self.person_id}"


class CallbackTry(models.Model):
    """That nobody answered: how often, and when to try again. A row a case; the ledger holds each try as a note.

    tries counts since the last closing: a case that is reopened and closed again begins anew.
    """

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="+")
    closed_at = models.DateTimeField()
    tries = models.SmallIntegerField()
    last_at = models.DateTimeField()
    next_at = models.DateTimeField()
    by = models.ForeignKey("people.Post", models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(tries__gt=0), name="callback_tries_positive")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.tries}"
