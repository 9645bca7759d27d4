"""Address points, and the names they are found by. Degrees CGCS2000 (EPSG:4490). Public geography: no scope.

An AddressPoint belongs to one AddressName: the street of a door, the estate of a building, the kind of a numbered
thing, or its own name. Millions of doors have some thousands of streets, so a search looks through few names,
then counts along one of them.
"""

import uuid
from typing import ClassVar

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BTreeIndex, GinIndex, OpClass
from django.db.models import F, Q
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from xiucheng.territory.addresses.rules import kinds
from xiucheng.territory.rules import SRID

KINDS = [(str(kind), _(label)) for kind, label in kinds.LABELS.items()]


class AddressName(models.Model):
    """What a place is called, once in a county: derived from points, streets and divisions; never edited.

    An alias is a row of its own whose `base` is the name it stands for.
    """

    base = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="aliases")
    family = models.CharField(_("种类"), max_length=10)
    kind = models.CharField(_("类别"), max_length=10, choices=KINDS)
    code = models.CharField(_("区划代码"), max_length=12, help_text=_("区县；行政区划则是它自己的代码。"))
    name = models.CharField(_("名称"), max_length=100)
    stands_for = models.CharField(
        max_length=100, help_text="the name of the base; an alias repeats it, to save a join"
    )
    normal = models.CharField(max_length=100)
    pinyin = models.CharField(max_length=400)
    initials = models.CharField(max_length=100)
    keys = ArrayField(models.IntegerField(), help_text="bigrams and slips: rules/keys.py")
    weight = models.PositiveSmallIntegerField(default=0, help_text="how likely it is meant, 0 to 100")
    spot = models.PointField(_("位置"), srid=SRID, spatial_index=False, help_text=_("有代表性的一点"))

    class Meta:
        verbose_name = _("地名")
        verbose_name_plural = _("地名")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="addressname_once", fields=["code", "family", "normal"], condition=Q(base__isnull=True)
            ),
            models.UniqueConstraint(
                name="addressname_alias_once", fields=["base", "normal"], condition=Q(base__isnull=False)
            ),
        ]
        # A prefix of two characters has thousands of names: those come in the order of their weight, from an
        # index that starts with the prefix. A longer one is read as it comes.
        indexes: ClassVar = [
            BTreeIndex(OpClass("normal", "text_pattern_ops"), name="addressname_normal"),
            BTreeIndex(Left("normal", 2), F("weight").desc(), name="addressname_two"),
            BTreeIndex(Left("normal", 3), F("weight").desc(), name="addressname_three"),
            BTreeIndex(OpClass("pinyin", "text_pattern_ops"), name="addressname_pinyin"),
            BTreeIndex(Left("pinyin", 4), F("weight").desc(), name="addressname_four"),
            BTreeIndex(
                OpClass("initials", "text_pattern_ops"), F("weight").desc(), name="addressname_letters"
            ),
            BTreeIndex(Left("initials", 3), F("weight").desc(), name="addressname_first"),
            GinIndex("keys", name="addressname_keys"),
        ]

    def __str__(self) -> str:
        return self.name


class AddressPoint(models.Model):
    """One address with its position, from an import or derived from streets and divisions."""

    class Origin(models.TextChoices):
        IMPORTED = "imported", _("导入")
        STREETS = "streets", _("由街巷中心线算出")
        DIVISIONS = "divisions", _("由行政区划算出")

    key = models.UUIDField(unique=True, help_text="what makes it the same address at the next import")
    base = models.ForeignKey(AddressName, on_delete=models.PROTECT, related_name="points", db_index=False)
    cross = models.ForeignKey(
        AddressName,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,  # both have the composite indexes below
        related_name="+",
        help_text=_("路口的另一条街"),
    )
    kind = models.CharField(_("类别"), max_length=10, choices=KINDS)
    name = models.CharField(_("名称"), max_length=200)
    aliases = ArrayField(models.CharField(max_length=100), default=list, blank=True, verbose_name=_("别名"))
    street = models.CharField(_("街巷"), max_length=100, blank=True)
    number = models.CharField(_("门牌、楼栋或编号"), max_length=40, blank=True)
    serial = models.IntegerField(_("序号"), null=True, blank=True, help_text=_("编号中的数，用于推算。"))
    mark = models.CharField(
        max_length=24, blank=True, help_text="the number as it is compared: 123-5, rules/words.py"
    )
    code = models.TextField(_("地址编码"), blank=True, default="")
    county = models.CharField(_("区县"), max_length=6)
    township = models.CharField(_("街道乡镇"), max_length=9, blank=True)
    community = models.CharField(_("社区村"), max_length=12, blank=True)
    point = models.PointField(_("位置"), srid=SRID, spatial_index=False)
    valid_from = models.DateField(_("启用日期"), null=True, blank=True)
    valid_to = models.DateField(_("停用日期"), null=True, blank=True, help_text=_("这一天起不再有效。"))
    source = models.CharField(_("来源"), max_length=100, blank=True)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.IMPORTED)
    synthetic = models.BooleanField(_("示例数据"), default=False)

    class Meta:
        verbose_name = _("地址点")
        verbose_name_plural = _("地址点")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="addresspoint_valid_order",
                condition=Q(valid_to__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_to__gt=F("valid_from")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["base", "serial"], name="addresspoint_along"),
            models.Index(
                fields=["cross", "base"], name="addresspoint_cross", condition=Q(cross__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AddressImport(models.Model):
    """One file of address points: who sent it, how far it is, what is wrong with it. Nothing of a file with a
    fault is stored. upload: name of the file on its shelf (shelf.py); gone when the import has ended."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待导入")
        DONE = "done", _("已导入")
        REFUSED = "refused", _("有问题，没有导入")
        CANCELLED = "cancelled", _("已取消")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    filename = models.CharField(_("文件"), max_length=200)
    crs = models.CharField(_("坐标系"), max_length=80)
    source = models.CharField(_("来源"), max_length=100)
    upload = models.CharField(max_length=100, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.WAITING)
    synthetic = models.BooleanField(_("示例数据"), default=False)
    by = models.CharField(_("谁导入的"), max_length=60)
    person = models.BigIntegerField(null=True, help_text="people.Person, which this room does not know")
    at = models.DateTimeField(_("何时"))
    job = models.UUIDField(null=True, help_text="kernel.Job")
    count = models.PositiveIntegerField(_("多少条"), default=0)
    new = models.PositiveIntegerField(_("新增"), default=0)
    changed = models.PositiveIntegerField(_("更新"), default=0)
    problems = models.JSONField(default=list, help_text="the first faults: [{row, column, sentence}]")
    faults = models.PositiveIntegerField(_("问题数"), default=0)

    class Meta:
        verbose_name = _("地址点导入")
        verbose_name_plural = _("地址点导入")
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return self.filename
