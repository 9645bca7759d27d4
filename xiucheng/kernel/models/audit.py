"""The two ledgers of the administration: what was changed, and who looked at personal data.

Both are chains like those of the cases (GB/T 22239-2019 安全审计; standards/security.md §1 [M]): append-only by
trigger, linked by SM3, anchored, proved by `verify_ledger`. Written by `kernel.audit` alone.
"""

from typing import Any, ClassVar

from django.db import models

from xiucheng.kernel.models.ledger import LedgerEvent


class AdminChange(LedgerEvent):
    """One edit by an administrator: who, when, what, from what, to what. One chain a kind of thing."""

    by = models.CharField(max_length=100)
    person = models.BigIntegerField(null=True)  # id of the Person; None: the system itself, a command
    subject = models.CharField(max_length=200)

    signed_columns = ("by", "person", "subject")

    class Meta(LedgerEvent.Meta):
        ordering = ("-at", "-pk")
        indexes: ClassVar = [
            models.Index(fields=["-at", "-id"], name="adminchange_at"),
            models.Index(fields=["person", "-at"], name="adminchange_person"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F} {self.subject}"

    @property
    def kind(self) -> str:
        """Which kind of thing was changed: «setting», «calendar», «person», «post», «standard» …"""
        return self.step

    @property
    def before(self) -> Any:
        return self.data.get("before")

    @property
    def after(self) -> Any:
        return self.data.get("after")


class PersonalDataAccess(LedgerEvent):
    """Somebody was shown personal data in the clear, or took it out: who, in which post, of what, why.

    One chain a post and day, so that nobody waits for anybody. `note` is the reason that was given.
    """

    person = models.BigIntegerField(null=True)  # id of the Person; None: the system itself
    post = models.BigIntegerField(null=True)
    role = models.CharField(max_length=16, blank=True, default="")
    what = models.CharField(max_length=60)  # «reporter.phone», «export.cases» …
    subject = models.CharField(max_length=200)  # a case number, «person 12»; no personal data itself

    signed_columns = ("person", "post", "role", "what", "subject")

    class Meta(LedgerEvent.Meta):
        ordering = ("-at", "-pk")
        indexes: ClassVar = [
            models.Index(fields=["-at", "-id"], name="access_at"),
            models.Index(fields=["person", "-at"], name="access_person"),
            models.Index(fields=["subject", "-at"], name="access_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F} {self.what} {self.subject}"
