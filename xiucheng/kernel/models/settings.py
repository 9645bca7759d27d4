"""What an administrator has set, and the stamps by which every process notices."""

from django.db import models


class Setting(models.Model):
    """A value set by an administrator, for one division («» = everywhere) and what lies inside it.
    Text, typed by its declaration."""

    key = models.CharField(max_length=100)
    division_code = models.CharField(max_length=12, blank=True)
    value = models.TextField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=100)

    class Meta:
        ordering = ("key", "division_code")
        constraints = (models.UniqueConstraint(fields=("key", "division_code"), name="kernel_setting_once"),)

    def __str__(self) -> str:
        return f"{self.key}[{self.division_code}] = {self.value}"


class Stamp(models.Model):
    """A random value that changes with every change of the named tables; set by triggers, read by
    `kernel.stamps`."""

    name = models.CharField(primary_key=True, max_length=30)
    value = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.name} {self.value}"
