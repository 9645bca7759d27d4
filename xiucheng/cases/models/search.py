"""The inverted index that finds cases (rules/search.py), and which cases changed since they were put into it."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from xiucheng.cases.models.case import Case


class CaseToken(models.Model):
    """The tokens of a case. Written by `search_index` alone; what it says is asked again of the case itself."""

    case = models.OneToOneField(
        Case, models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False
    )
    at = models.DateTimeField()  # of the report: what passes is put in order before the cases are looked at
    tokens = ArrayField(models.IntegerField())

    class Meta:
        # No list of pending entries: each look into the index would read it again for every week.
        indexes: ClassVar = [GinIndex(fields=["tokens"], name="case_tokens", fastupdate=False)]

    def __str__(self) -> str:
        return str(self.pk)


class CaseToIndex(models.Model):
    """A case whose tokens may be old: a trigger on cases_case writes it, so no way of writing a case forgets it.

    Until it is done, a search looks at these cases themselves.
    """

    case = models.ForeignKey(Case, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)

    def __str__(self) -> str:
        return str(self.case_id)
