"""Leave: somebody else acts in a post for some days."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from xiucheng.people.models.organisation import Person, Post


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def in_force(self, on: date) -> "DelegationQuerySet":
        """Those that count on a day; the post itself must be in force too."""
        return self.filter(ended_at__isnull=True, starts_on__lte=on, ends_on__gte=on)

    def open_on(self, on: date) -> "DelegationQuerySet":
        """Those that count on a day or will."""
        return self.filter(ended_at__isnull=True, ends_on__gte=on)


class Delegation(models.Model):
    """Who acts in whose post, from the first to the last day (both included). It ends by itself."""

    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, related_name="delegations", verbose_name=_("岗位")
    )
    to = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="delegations", verbose_name=_("代理人")
    )
    starts_on = models.DateField(_("从"))
    ends_on = models.DateField(_("到"), help_text=_("这一天仍有效。"))
    reason = models.CharField(_("原因"), max_length=200)
    created_at = models.DateTimeField(_("委托时间"))
    created_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("委托人")
    )
    ended_at = models.DateTimeField(_("提前结束"), null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("代理")
        verbose_name_plural = _("代理")
        ordering: ClassVar = ["-starts_on", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="delegation_order", condition=Q(ends_on__gte=F("starts_on"))),
        ]
        indexes: ClassVar = [models.Index(fields=["to", "ends_on"], name="delegation_to")]

    def __str__(self) -> str:
        return f"{self.post} → {self.to}"
