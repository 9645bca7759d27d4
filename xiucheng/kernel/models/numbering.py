"""The counter behind case numbers. Receipt numbers come from the sequence kernel_receipt_seq (migration
0001)."""

from django.db import models


class CaseCounter(models.Model):
    """The last case number given in one county on one local day; the row is locked until the filing
    commits."""

    pk = models.CompositePrimaryKey("division_code", "day")
    division_code = models.CharField(max_length=6)
    day = models.DateField()
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.division_code} {self.day} {self.last}"
