"""What a person sees of a long job: how far it is, what came of it."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """The progress of one job that somebody watches. The queue itself is procrastinate's table."""

    class State(models.TextChoices):
        QUEUED = "queued", _("排队中")
        RUNNING = "running", _("进行中")
        RETRYING = "retrying", _("等待重试")
        DONE = "done", _("已完成")
        FAILED = "failed", _("失败")
        CANCELLED = "cancelled", _("已取消")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    label = models.CharField(max_length=200)
    task = models.CharField(max_length=200)
    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)  # 0: not known
    step = models.CharField(max_length=60, blank=True, default="")  # what done and total count, for people
    cancel_requested = models.BooleanField(default=False)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True, default="")
    owner_id = models.BigIntegerField(null=True)  # the Person who started it; the kernel knows no people
    queue_id = models.BigIntegerField(null=True)  # id of the row in the queue
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=("-created_at",), name="kernel_job_newest"),
            models.Index(fields=("owner_id", "-created_at"), name="kernel_job_mine"),
        ]

    @property
    def ended(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED, self.State.CANCELLED)

    def __str__(self) -> str:
        return f"{self.label} {self.done}/{self.total} {self.state}"
