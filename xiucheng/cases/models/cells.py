"""How many cases lie where: what the map draws from afar. A projection of the case rows, refreshed by a job."""

from typing import ClassVar

from django.db import models

from xiucheng.kernel.marking import gettext_noop


class CaseCell(models.Model):
    """Cases counted in one cell of the web mercator grid (EPSG:3857): cell (x, y) of 2^level a side.

    layer: open cases; all cases; or those reported in one month (`month`, 202611; else 0). place: township, or county
    where that is not known: a post's scope is a prefix of it; for a case at a border also «~530102001 530103», its
    own place and the counties that it is near. late: of the open ones, overdue when last refreshed.
    """

    class Layer(models.TextChoices):
        OPEN = "open", gettext_noop("在办")
        ALL = "all", gettext_noop("全部")
        MONTH = "month", gettext_noop("按月")

    layer = models.CharField(max_length=5, choices=Layer.choices)
    level = models.SmallIntegerField()
    x = models.IntegerField()
    y = models.IntegerField()
    place = models.CharField(max_length=100)
    month = models.IntegerField(default=0)
    n = models.IntegerField()
    late = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["layer", "level", "x", "y", "place", "month"],
                name="casecell_once",
                include=["n", "late"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.layer} {self.level}/{self.x}/{self.y} {self.n}"
