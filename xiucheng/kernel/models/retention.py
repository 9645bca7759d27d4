"""What was deleted when its time was over, and what must not be."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from xiucheng.kernel.models.ledger import LedgerEvent


class Deletion(LedgerEvent):
    """One thing deleted by its term or on request; a ledger, one chain a kind and month.

    Keeps what proves the thing was there (`digest`), never the thing: no name, no number, no picture.
    """

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)  # «reporter 12», «file 6f2a…»: an id
    digest = models.CharField(max_length=64, blank=True, default="")  # SM3, hexadecimal, of a file's content
    person = models.BigIntegerField(null=True)  # who asked for it; None: its term was over

    signed_columns = ("kind", "subject", "digest", "person")

    class Meta(LedgerEvent.Meta):
        indexes: ClassVar = [models.Index(fields=["-at", "-id"], name="deletion_at")]

    def __str__(self) -> str:
        return f"{self.at:%F} {self.kind} {self.subject}"


class Hold(models.Model):
    """A case whose data must stay, whatever its age: an investigation, a law suit. Ended, never removed."""

    case_id = models.UUIDField()
    number = models.CharField(max_length=24)
    reason = models.CharField(max_length=500)
    by = models.BigIntegerField()  # id of the Person
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case_id"], condition=Q(ended_at__isnull=True), name="kernel_hold_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.reason}"
