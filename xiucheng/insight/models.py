"""What was learnt of the city's own words. No person's: pairs of Chinese characters and counts, nothing else."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class WordModel(models.Model):
    """One night's counts. classes: by category key, [cases, weight] (rules/naming.py `Class`).

    A new one is written whole beside the old one and then made current: who types meanwhile sees one or the other.
    """

    built_at = models.DateTimeField()
    cases = models.IntegerField()
    classes = models.JSONField()
    current = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["current"], condition=Q(current=True), name="insight_one_current")
        ]

    def __str__(self) -> str:
        return f"{self.built_at:%Y-%m-%d} {self.cases}"


class Pair(models.Model):
    """A pair of characters of one model. seen: by category key, [cases, names] (rules/naming.py `Seen`)."""

    model = models.ForeignKey(WordModel, models.PROTECT, related_name="+", db_index=False)
    text = models.CharField(max_length=4)
    seen = models.JSONField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["model", "text"], name="insight_pair_once")]

    def __str__(self) -> str:
        return self.text
