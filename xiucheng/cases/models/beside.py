"""What stands beside a case and is no part of its fold: who reported, that it was received, who is told."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from xiucheng.cases.models.case import Case
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
    """A message about a case: to a reporter, a department or a post. `msgid` with `values` keeps it translatable."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    reporter = models.ForeignKey(Reporter, models.PROTECT, null=True, related_name="+")
    department = models.ForeignKey(
        "people.Department", models.PROTECT, null=True, related_name="+", db_index=False
    )
    post = models.ForeignKey("people.Post", models.PROTECT, null=True, related_name="+", db_index=False)
    msgid = models.TextField()
    values = models.JSONField(default=dict)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["case"], name="notice_case"),
            models.Index(
                fields=["department", "-at"], condition=Q(read_at__isnull=True), name="notice_department"
            ),
            models.Index(fields=["post", "-at"], condition=Q(read_at__isnull=True), name="notice_post"),
            # With those already read; most messages are to reporters, and stand in none of these.
            models.Index(
                fields=["department", "-at"],
                condition=Q(department__isnull=False),
                name="notice_department_all",
            ),
            models.Index(fields=["post", "-at"], condition=Q(post__isnull=False), name="notice_post_all"),
        ]

    def __str__(self) -> str:
        return self.msgid
