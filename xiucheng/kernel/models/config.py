"""A configuration that somebody sent, waiting for another administrator to take it up."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ConfigUpload(models.Model):
    """The files as one archive, and what they would change when they were looked at."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待采用")
        APPLIED = "applied", _("已采用")
        DROPPED = "dropped", _("已放弃")

    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    content = models.BinaryField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    plan = models.JSONField(default=list)
    by = models.CharField(max_length=100)
    person = models.BigIntegerField()  # id of the Person; the kernel knows none
    at = models.DateTimeField()
    decided_by = models.CharField(max_length=100, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return self.name
