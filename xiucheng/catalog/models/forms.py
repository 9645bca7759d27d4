"""What else is asked for a category: one declaration, shown to citizen, call-taker, inspector and program."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from xiucheng.catalog.models.listing import Category


class ExtraField(models.Model):
    """One question about a category. `key` names the answer in the event's data, so it never changes."""

    class Kind(models.TextChoices):
        TEXT = "text", _("文字")
        NUMBER = "number", _("数字")
        CHOICE = "choice", _("选择")
        DATE = "date", _("日期")
        YES_NO = "yes_no", _("是或否")

    class Door(models.TextChoices):
        CITIZEN = "citizen", _("市民上报")
        INTAKE = "intake", _("受理登记")
        INSPECTOR = "inspector", _("监督员、网格员上报")
        API = "api", _("接口")

    category = models.ForeignKey(
        Category, models.PROTECT, related_name="extra_fields", verbose_name=_("类别")
    )
    key = models.CharField(_("键"), max_length=30)
    label = models.CharField(_("名称"), max_length=60)
    label_en = models.CharField(_("英文名称"), max_length=100, blank=True)
    help = models.CharField(_("说明"), max_length=200, blank=True)
    kind = models.CharField(_("填什么"), max_length=8, choices=Kind, default=Kind.TEXT)
    choices = ArrayField(models.CharField(max_length=60), verbose_name=_("可选的"), default=list, blank=True)
    doors = ArrayField(models.CharField(max_length=10), verbose_name=_("出现在"), default=list)
    required = models.BooleanField(_("必填"), default=False)
    position = models.PositiveSmallIntegerField(_("次序"), default=0)
    active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("附加项")
        verbose_name_plural = _("附加项")
        ordering: ClassVar = ["category_id", "position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="extrafield_key_once", fields=["category", "key"]),
            models.CheckConstraint(
                name="extrafield_key_form", condition=Q(key__regex=r"^[a-z][a-z0-9_]{0,29}$")
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def name(self) -> str:
        """What its input is called: unique among all categories of one page."""
        return f"x{self.pk}"
