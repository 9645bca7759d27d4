"""Drafted versions of divisions or grids, their features, and what divisions were before."""

from typing import ClassVar

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from xiucheng.territory.models import SRID, Grade


class DivisionPast(models.Model):
    """What a division was until a version changed it; `locate` asks here for days before that."""

    code = models.CharField(max_length=12)
    name = models.CharField(max_length=60)
    level = models.PositiveSmallIntegerField()
    shape = models.MultiPolygonField(srid=SRID, null=True)
    grade = models.CharField(max_length=3, choices=Grade, default=Grade.ALL)
    active = models.BooleanField(default=True)
    synthetic = models.BooleanField(default=False)
    valid_from = models.DateField(null=True)  # none: since ever
    valid_to = models.DateField()  # the first day on which it was no longer so

    class Meta:
        verbose_name = _("行政区划旧版本")
        verbose_name_plural = _("行政区划旧版本")
        ordering: ClassVar = ["code", "valid_to"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="divisionpast_once", fields=["code", "valid_to"]),
            models.CheckConstraint(
                name="divisionpast_valid_order",
                condition=Q(valid_from__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name} –{self.valid_to}"


class GroundVersion(models.Model):
    """One import of divisions or grids, from the file to the day it counts.

    mode: whether the file is all there is inside `area_code` (what it lacks is retired), or only what changes.
    upload: name of the file as sent, on its shelf (shelf.py), as long as it may be read again. job, asked: what is being
    done with it, and what was asked for. problems, effect: as last computed, for the page.
    """

    class Kind(models.TextChoices):
        DIVISIONS = "divisions", _("行政区划")
        GRIDS = "grids", _("单元网格")

    class Mode(models.TextChoices):
        WHOLE = "whole", _("文件是这一片的全部：文件里没有的停用")
        PART = "part", _("文件只含变动：没有写到的不动")

    class State(models.TextChoices):
        READING = "reading", _("正在读文件")
        UNREAD = "unread", _("没有读入")
        UPLOADED = "uploaded", _("待确认坐标系")
        CHECKING = "checking", _("正在核对")
        DRAFT = "draft", _("起草中")
        SUBMITTED = "submitted", _("待批准")
        APPROVING = "approving", _("正在核对，核对完即批准")
        APPROVED = "approved", _("已批准，等生效日")
        IN_FORCE = "in_force", _("已生效")
        FAILED = "failed", _("没有生效")
        REJECTED = "rejected", _("未批准")
        WITHDRAWN = "withdrawn", _("已撤回")

    kind = models.CharField(_("内容"), max_length=10, choices=Kind)
    title = models.CharField(_("版本名称"), max_length=100)
    effective = models.DateField(_("生效日期"))
    mode = models.CharField(_("文件范围"), max_length=5, choices=Mode, default=Mode.PART)
    area_code = models.CharField(_("哪一片"), max_length=12, blank=True)
    crs = models.CharField(_("坐标系"), max_length=60, blank=True)
    file_name = models.CharField(_("文件名"), max_length=200)
    digest = models.CharField(_("文件摘要"), max_length=64)
    upload = models.CharField(max_length=100, blank=True)
    job = models.ForeignKey("kernel.Job", models.SET_NULL, null=True, related_name="+")
    asked = models.JSONField(default=dict)
    found = models.JSONField(default=dict)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.UPLOADED)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(_("批准意见"), max_length=500, blank=True)
    applied_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    effect = models.JSONField(null=True)

    class Meta:
        verbose_name = _("区划和网格的版本")
        verbose_name_plural = _("区划和网格的版本")
        ordering: ClassVar = ["-drafted_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="groundversion_decided_by_another",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("drafted_by")),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def busy(self) -> bool:
        """A job is at it; nothing else may be done with it until that has ended."""
        return self.state in (self.State.READING, self.State.CHECKING, self.State.APPROVING)

    @property
    def open(self) -> bool:
        return self.state in (self.State.DRAFT, self.State.SUBMITTED, self.State.APPROVED)


class VersionFeature(models.Model):
    """One feature of a version. change: against what was in force when it was last checked."""

    class Change(models.TextChoices):
        ADDED = "added", _("新增")
        SHAPE = "shape", _("范围改变")
        WORDS = "words", _("名称或等级改变")
        REMOVED = "removed", _("停用")
        SAME = "same", _("不变")

    version = models.ForeignKey(GroundVersion, models.CASCADE, related_name="features")
    number = models.PositiveIntegerField()  # in the file, from 1; 0 for one that the file lacks
    code = models.CharField(max_length=15)
    name = models.CharField(max_length=60, blank=True)
    grade = models.CharField(max_length=3, choices=Grade, default=Grade.ALL)
    beat = models.CharField(max_length=60, blank=True)
    shape = models.MultiPolygonField(srid=SRID, null=True)
    change = models.CharField(max_length=8, choices=Change, default=Change.SAME)

    class Meta:
        ordering: ClassVar = ["code"]
        indexes: ClassVar = [models.Index(fields=["version", "change", "code"], name="versionfeature_change")]

    def __str__(self) -> str:
        return f"{self.code} {self.change}"
