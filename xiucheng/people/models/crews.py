"""Crews: who of a department goes out together."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Crew(models.Model):
    """班组: a department's part of a case is handed to one; its members see what is theirs on the phone."""

    department = models.ForeignKey(
        "people.Department", models.PROTECT, related_name="crews", verbose_name=_("部门")
    )
    name = models.CharField(_("班组名称"), max_length=40)
    active = models.BooleanField(_("启用"), default=True)

    class Meta:
        ordering: ClassVar = ["department", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["department", "name"], name="crew_name_once")
        ]

    def __str__(self) -> str:
        return self.name
