"""The ledger of cases."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from xiucheng.cases.words import STEP_NAMES, Step
from xiucheng.kernel.models.ledger import LedgerEvent


class CaseEvent(LedgerEvent):
    """One immutable step of a case; `chain` is the case's id. A trigger refuses UPDATE, DELETE, TRUNCATE."""

    kind = models.CharField(max_length=8)  # staff, reporter, system
    post = models.ForeignKey("people.Post", models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=16, blank=True, default="")
    department = models.ForeignKey("people.Department", models.PROTECT, null=True, related_name="+")

    signed_columns = ("kind", "post_id", "person_id", "role", "department_id")

    unscoped = models.Manager["CaseEvent"]()

    class Meta(LedgerEvent.Meta):
        default_manager_name = "unscoped"
        indexes: ClassVar = [
            models.Index(fields=["at"], name="caseevent_at"),
            models.Index(fields=["chain"], condition=Q(step="callback"), name="caseevent_callback"),
        ]

    def get_step_display(self) -> str:
        return str(_(STEP_NAMES[Step(self.step)]))
