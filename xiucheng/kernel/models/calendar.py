"""The calendar an administrator edits: holidays, make-up days (调休), working and duty windows."""

from django.db import models
from django.db.models import Q


class CalendarYear(models.Model):
    """A year whose holidays the State Council has announced. Days of it without a row work Monday to
    Friday."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    source = models.CharField(max_length=200)
    announced_at = models.DateTimeField()

    class Meta:
        ordering = ("year",)

    def __str__(self) -> str:
        return str(self.year)


class CalendarDay(models.Model):
    """One day that is known to be worked or not; it goes before the weekday rule in every year."""

    date = models.DateField(primary_key=True)
    is_workday = models.BooleanField()
    name = models.CharField(max_length=50, blank=True)
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ("date",)

    def __str__(self) -> str:
        return f"{self.date} {self.name}".rstrip()


class WorkingWindows(models.Model):
    """The windows of one season of one place.

    All rows of a division with the same `valid_from` are one regime; its seasons cover every day of the
    year exactly once. The regime with the latest `valid_from` not after a day counts. A division
    without rows uses its parent's (code prefix). season_first, season_last: month × 100 + day, both
    included; first > last runs over the turn of the year. work, duty: local times of day as
    «08:00-12:00 14:00-18:00»; work on working days, duty (值班时段) on all days.
    """

    division_code = models.CharField(max_length=12, blank=True)
    valid_from = models.DateField()
    season_name = models.CharField(max_length=50, blank=True)
    season_first = models.PositiveSmallIntegerField(default=101)
    season_last = models.PositiveSmallIntegerField(default=1231)
    work = models.CharField(max_length=200)
    duty = models.CharField(max_length=200)
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ("division_code", "valid_from", "season_first")
        constraints = (
            models.UniqueConstraint(
                fields=("division_code", "valid_from", "season_first"), name="kernel_windows_once"
            ),
            models.CheckConstraint(
                condition=Q(season_first__range=(101, 1231), season_last__range=(101, 1231)),
                name="kernel_windows_month_day",
            ),
        )

    def __str__(self) -> str:
        return f"{self.division_code or '*'} {self.valid_from} {self.season_first}-{self.season_last}"
