"""Where things are: divisions, unit grids, streets and beats. Public geography, so no scope is needed here.

All shapes are CGCS2000 degrees (EPSG:4490) and carry a GiST index. Everything generated for the demo city has
`synthetic` set, so that a page can say 示例数据.
"""

from datetime import date
from typing import ClassVar

from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Left, Length
from django.utils.translation import gettext_lazy as _

from xiucheng.territory.addresses.models import AddressImport, AddressName, AddressPoint
from xiucheng.territory.rules import SRID

__all__ = [
    "SRID",
    "AddressImport",
    "AddressName",
    "AddressPoint",
    "Beat",
    "Division",
    "Grade",
    "Level",
    "Street",
    "UnitGrid",
    "UnitGridQuerySet",
]


class Grade(models.TextChoices):
    """Area grade (管理区域等级). Default ALL: no official table by grade, codes.md §5 [L]."""

    A = "A", _("A 中心区、重点区域")
    B = "B", _("B 一般区域")
    C = "C", _("C 城乡结合部、郊区")
    ALL = "ALL", _("不分等级")


class Level(models.IntegerChoices):
    """Level of a division; the value is the number of digits of its code."""

    PROVINCE = 2, _("省")
    PREFECTURE = 4, _("市州")
    COUNTY = 6, _("区县")
    TOWNSHIP = 9, _("街道乡镇")
    COMMUNITY = 12, _("社区村")


class Division(models.Model):
    """An administrative division. The code is hierarchical: the parent's code is a prefix of it."""

    code = models.CharField(_("区划代码"), max_length=12, primary_key=True)
    name = models.CharField(_("名称"), max_length=60)
    level = models.PositiveSmallIntegerField(_("层级"), choices=Level)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("上级"),
    )
    shape = models.MultiPolygonField(_("范围"), srid=SRID, null=True, blank=True)
    grade = models.CharField(_("管理区域等级"), max_length=3, choices=Grade, default=Grade.ALL)
    active = models.BooleanField(
        _("属于本市"),
        default=True,
        help_text=_("只有启用的区县组成本市；区县停用后，其下的街道、社区和网格一并不再受理。"),
    )
    valid_from = models.DateField(_("自哪天起是这样"), null=True, blank=True)  # none: since ever
    valid_to = models.DateField(
        _("停用日期"), null=True, blank=True
    )  # retired: it keeps its row, without a shape
    synthetic = models.BooleanField(_("示例数据"), default=False)

    class Meta:
        verbose_name = _("行政区划")
        verbose_name_plural = _("行政区划")
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="division_code_digits",
                condition=Q(code__regex=r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$"),
            ),
            models.CheckConstraint(name="division_level_digits", condition=Q(level=Length("code"))),
            models.CheckConstraint(
                name="division_parent_prefix",
                condition=Q(parent__isnull=True) | Q(parent_id=Left("code", Length("parent_id"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class UnitGridQuerySet(models.QuerySet["UnitGrid"]):
    def in_force(self, on: date) -> "UnitGridQuerySet":
        """The versions that count on a day: from `valid_from` on, until the day before `valid_to`."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on), valid_from__lte=on)


class UnitGrid(models.Model):
    """One version of a unit grid (单元网格), about 10,000 m² inside one community.

    A code is never reused; a redrawn grid is a new row with the same code and a later `valid_from`.
    """

    code = models.CharField(_("单元网格标识码"), max_length=15)
    community = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="unit_grids", verbose_name=_("社区")
    )
    shape = models.MultiPolygonField(_("范围"), srid=SRID)
    area_m2 = models.FloatField(_("面积（平方米）"))
    grade = models.CharField(_("管理区域等级"), max_length=3, choices=Grade, default=Grade.ALL)
    valid_from = models.DateField(_("启用日期"))
    valid_to = models.DateField(_("停用日期"), null=True, blank=True, help_text=_("这一天起不再有效。"))
    synthetic = models.BooleanField(_("示例数据"), default=False)

    objects = UnitGridQuerySet.as_manager()

    class Meta:
        verbose_name = _("单元网格")
        verbose_name_plural = _("单元网格")
        ordering: ClassVar = ["code", "valid_from"]
        constraints: ClassVar = [
            models.CheckConstraint(name="unitgrid_code_digits", condition=Q(code__regex=r"^[0-9]{15}$")),
            models.CheckConstraint(name="unitgrid_in_community", condition=Q(community_id=Left("code", 12))),
            models.CheckConstraint(
                name="unitgrid_valid_order",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
            models.UniqueConstraint(
                name="unitgrid_one_in_force", fields=["code"], condition=Q(valid_to__isnull=True)
            ),
            ExclusionConstraint(
                name="unitgrid_versions_apart",
                expressions=[
                    ("code", RangeOperators.EQUAL),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_to"),
                            Value("[)"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @classmethod
    def in_force(cls, on: date) -> UnitGridQuerySet:
        return cls.objects.in_force(on)


class Street(models.Model):
    """A street's centre line: for the map and for rough addresses."""

    class Kind(models.TextChoices):
        EXPRESSWAY = "expressway", _("快速路")
        ARTERIAL = "arterial", _("主干路")
        COLLECTOR = "collector", _("次干路")
        LANE = "lane", _("支路街巷")

    name = models.CharField(_("名称"), max_length=60)
    kind = models.CharField(_("道路等级"), max_length=12, choices=Kind)
    shape = models.LineStringField(_("中心线"), srid=SRID)
    width_m = models.FloatField(_("宽度（米）"), null=True, blank=True)
    synthetic = models.BooleanField(_("示例数据"), default=False)

    class Meta:
        verbose_name = _("街道")
        verbose_name_plural = _("街道")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.name


class Beat(models.Model):
    """责任网格: the unit grids that one inspector patrols. Who patrols it is said in people (`Post`)."""

    name = models.CharField(_("名称"), max_length=60)
    county = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="beats", verbose_name=_("区县")
    )
    grids = models.ManyToManyField(UnitGrid, related_name="beats", verbose_name=_("单元网格"), blank=True)
    active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("责任网格")
        verbose_name_plural = _("责任网格")
        ordering: ClassVar = ["county_id", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="beat_name_in_county", fields=["county", "name"]),
        ]

    def __str__(self) -> str:
        return self.name


# At the end, because they are made of what stands above.
from xiucheng.territory.versions.models import DivisionPast, GroundVersion, VersionFeature  # noqa: E402

__all__ = [
    "SRID",
    "AddressImport",
    "AddressName",
    "AddressPoint",
    "Beat",
    "Division",
    "DivisionPast",
    "Grade",
    "GroundVersion",
    "Level",
    "Street",
    "UnitGrid",
    "UnitGridQuerySet",
    "VersionFeature",
]
