"""A configuration that somebody sent, waiting for another administrator to take it up."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ConfigUpload(models.Model):
    """The files as one archive, and what they would change when they were looked at.

    upload: name of the archive on its shelf, until it is settled. job, asked: what is being done with it, and what was
    asked for. problems: {file, row, column, sentence}, the first of `faults`.
    """

    class State(models.TextChoices):
        READING = "reading", _("正在比较")
        WRONG = "wrong", _("有错误，不能采用")
        WAITING = "waiting", _("待采用")
        APPLYING = "applying", _("正在采用")
        APPLIED = "applied", _("已采用")
        DROPPED = "dropped", _("已放弃")

    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    upload = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.READING)
    job = models.ForeignKey("kernel.Job", models.SET_NULL, null=True, related_name="+")
    asked = models.JSONField(default=dict)
    plan = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    faults = models.PositiveIntegerField(default=0)
    by = models.CharField(max_length=100)
    person = models.BigIntegerField()  # id of the Person; the kernel knows none
    at = models.DateTimeField()
    decided_by = models.CharField(max_length=100, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return self.name

    @property
    def busy(self) -> bool:
        """A job is at it; nothing else may be done with it until that has ended."""
        return self.state in (self.State.READING, self.State.APPLYING)
