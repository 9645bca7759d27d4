"""What a case consists of: legs, clocks, requests, files. Each mirrors its dataclass of `state.py`.

The unique pair of case and index finds the parts of a case; its first half needs no index of its own."""

from typing import ClassVar

from django.db import models
from django.db.models import OuterRef, Q

from xiucheng.cases.models.names import choices
from xiucheng.cases.words import CLOCK_NAMES, LEG_NAMES, OPEN_LEGS, WISH_NAMES, LegStage


class LegQuerySet(models.QuerySet["Leg"]):
    def held_by(self, department: int | None) -> "LegQuerySet":
        """Legs of the outer case that this department holds or held and did not return."""
        return self.filter(case=OuterRef("pk"), department=department).exclude(state=LegStage.RETURNED)


class Leg(models.Model):
    """One department's part of a case. Mirrors `state.LegState`."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+", db_index=False)
    index = models.SmallIntegerField()
    department = models.ForeignKey("people.Department", models.PROTECT, related_name="+", db_index=False)
    lead = models.BooleanField()
    state = models.CharField(max_length=12, choices=choices(LEG_NAMES))
    sent_at = models.DateTimeField()
    centre = models.ForeignKey("people.Department", models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField(null=True)
    handled_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    crew = models.ForeignKey("people.Crew", models.PROTECT, null=True, related_name="+")
    extensions = models.SmallIntegerField(default=0)
    suspensions = models.SmallIntegerField(default=0)
    reworks = models.SmallIntegerField(default=0)
    wrong = models.BooleanField(default=False)
    overdue = models.BooleanField(default=False)
    excused = models.BooleanField(default=False)

    unscoped = LegQuerySet.as_manager()

    class Meta:
        default_manager_name = "unscoped"
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "index"], name="leg_once")]
        indexes: ClassVar = [
            models.Index(fields=["department", "case"], name="leg_department"),
            models.Index(
                fields=["department", "state"],
                condition=Q(state__in=sorted(leg.value for leg in OPEN_LEGS)),
                name="leg_open",
            ),
            models.Index(fields=["until"], condition=Q(until__isnull=False), name="leg_until"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.index}"


class Clock(models.Model):
    """A running or finished limit. Mirrors `state.ClockState`."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+", db_index=False)
    index = models.SmallIntegerField()
    kind = models.CharField(max_length=12, choices=choices(CLOCK_NAMES))
    leg = models.SmallIntegerField(null=True)
    amount = models.CharField(max_length=40)
    unit = models.CharField(max_length=8)
    season = models.CharField(max_length=40, blank=True, default="")
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    base_at = models.DateTimeField()
    base_left = models.CharField(max_length=80)
    provisional = models.BooleanField(default=False)
    paused_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    left = models.CharField(max_length=80, blank=True, default="")
    extended = models.SmallIntegerField(default=0)
    pauses = models.JSONField(default=list)  # [[from, to], …] canonical stamps
    overdue = models.BooleanField(default=False)
    reminded = models.SmallIntegerField(default=0)
    remind_at = models.DateTimeField(null=True)

    unscoped = models.Manager["Clock"]()

    class Meta:
        default_manager_name = "unscoped"
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "index"], name="clock_once")]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                condition=Q(stopped_at__isnull=True, paused_at__isnull=True),
                name="clock_running",
            ),
            models.Index(fields=["remind_at"], condition=Q(remind_at__isnull=False), name="clock_remind"),
            models.Index(
                fields=["case"],
                condition=Q(provisional=True, stopped_at__isnull=True),
                name="clock_provisional",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.kind}"


class Request(models.Model):
    """What somebody asked for and another decides. Mirrors `state.WishState`."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+", db_index=False)
    index = models.SmallIntegerField()
    kind = models.CharField(max_length=12, choices=choices(WISH_NAMES))
    state = models.CharField(max_length=12)
    awaits = models.CharField(max_length=16, blank=True, default="")
    leg = models.SmallIntegerField(null=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    reviewed_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, default="")
    answer = models.TextField(blank=True, default="")
    level = models.CharField(max_length=8, blank=True, default="")

    unscoped = models.Manager["Request"]()

    class Meta:
        default_manager_name = "unscoped"
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "index"], name="request_once")]
        indexes: ClassVar = [
            models.Index(fields=["awaits", "kind"], condition=Q(awaits__gt=""), name="request_open"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.kind}"


class CaseFile(models.Model):
    """A photo or file of a case and what it shows. Mirrors `state.Evidence`."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+", db_index=False)
    index = models.SmallIntegerField()
    file = models.ForeignKey("kernel.StoredFile", models.PROTECT, related_name="+", db_index=False)
    seq = models.IntegerField()
    purpose = models.CharField(max_length=12)
    released = models.BooleanField(default=False)
    shown = models.ForeignKey("kernel.StoredFile", models.PROTECT, null=True, related_name="+")

    unscoped = models.Manager["CaseFile"]()

    class Meta:
        default_manager_name = "unscoped"
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "index"], name="casefile_once")]
        indexes: ClassVar = [models.Index(fields=["file"], name="casefile_file")]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.purpose}"
