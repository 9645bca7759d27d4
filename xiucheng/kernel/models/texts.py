"""Sentences that an administrator has put in the place of the shipped ones."""

from django.db import models


class TextOverride(models.Model):
    """Another wording of one message in one language; without a row the catalogue of gettext speaks."""

    msgid = models.TextField()
    language = models.CharField(max_length=10)
    text = models.TextField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=100)

    class Meta:
        ordering = ("language", "msgid")
        constraints = (
            models.UniqueConstraint(fields=("language", "msgid"), name="kernel_textoverride_once"),
        )

    def __str__(self) -> str:
        return f"{self.language}: {self.msgid[:40]}"
