"""Drafted changes of the catalogue: what will count from which day, who drafted it, who approved it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from xiucheng.catalog.models.listing import Category, Duty, Standard
from xiucheng.people.models import Post


class Revision(models.Model):
    """改动: a set of changes that count together from a day on, once another person has approved them."""

    class State(models.TextChoices):
        DRAFT = "draft", _("起草中")
        SUBMITTED = "submitted", _("待批准")
        APPROVING = "approving", _("正在写入，写完即批准")
        APPROVED = "approved", _("已批准")
        REJECTED = "rejected", _("未批准")
        WITHDRAWN = "withdrawn", _("已撤回")

    title = models.CharField(_("改动名称"), max_length=100)
    effective = models.DateField(_("生效日期"))
    reason = models.CharField(_("依据和原因"), max_length=500, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.DRAFT)
    drafted_by = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("起草人"))
    drafted_at = models.DateTimeField(_("起草时间"))
    decided_by = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("批准人")
    )
    decided_at = models.DateTimeField(_("批准时间"), null=True, blank=True)
    answer = models.CharField(_("批准意见"), max_length=500, blank=True)
    job = models.ForeignKey("kernel.Job", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("分类和权责的改动")
        verbose_name_plural = _("分类和权责的改动")
        ordering: ClassVar = ["-drafted_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="revision_decided_by_another",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("drafted_by")),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def open(self) -> bool:
        return self.state in (self.State.DRAFT, self.State.SUBMITTED, self.State.APPROVING)

    @property
    def busy(self) -> bool:
        """A job is at it; nothing else may be done with it until that has ended."""
        return self.state == self.State.APPROVING


class RevisionItem(models.Model):
    """One change of a revision. `after` holds the new values as texts; `before` those that were in force when it was
    approved."""

    class Kind(models.TextChoices):
        CATEGORY_ADD = "category_add", _("新增本市类别")
        CATEGORY_END = "category_end", _("停用类别")
        STANDARD_ADD = "standard_add", _("新增立案条件和时限")
        STANDARD_REVISE = "standard_revise", _("修订立案条件和时限")
        STANDARD_END = "standard_end", _("停用立案条件")
        DUTY_SET = "duty_set", _("指定责任部门")
        DUTY_END = "duty_end", _("停用权责条目")
        FALLBACK_SET = "fallback_set", _("指定兜底单位")

    revision = models.ForeignKey(Revision, models.PROTECT, related_name="items", verbose_name=_("改动"))
    kind = models.CharField(_("做什么"), max_length=16, choices=Kind)
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, related_name="+")
    standard = models.ForeignKey(Standard, models.PROTECT, null=True, blank=True, related_name="+")
    duty = models.ForeignKey(Duty, models.PROTECT, null=True, blank=True, related_name="+")
    division_code = models.CharField(_("区划"), max_length=12, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("改动的一条")
        verbose_name_plural = _("改动的各条")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="revision_standard_once",
                fields=["revision", "standard"],
                condition=Q(standard__isnull=False),
            ),
            models.UniqueConstraint(
                name="revision_duty_once",
                fields=["revision", "category", "division_code"],
                condition=Q(kind__in=["duty_set", "duty_end"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.category or self.standard or self.division_code}"
