"""Categories, limits and duties: versioned data, never an enum. Public knowledge: no scope is needed."""

from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from xiucheng.catalog import rules
from xiucheng.kernel.worktime import Limit, Unit
from xiucheng.people.models import DIVISION, Department, division_validator
from xiucheng.territory.models import Grade


class Kind(models.TextChoices):
    """部件 or 事项; the standards before 2026 say 事件 for the second (`Category.kind_name`)."""

    COMPONENT = rules.Kind.COMPONENT.value, _("部件")
    MATTER = rules.Kind.MATTER.value, _("事项")


class Confidence(models.TextChoices):
    """How sure a row is: standards/README.md."""

    HIGH = "high", _("高")
    MEDIUM = "medium", _("中")
    LOW = "low", _("低")


class Category(models.Model):
    """One subclass (小类) of one standard. The key is (standard, kind, code)."""

    standard = models.CharField(_("分类标准"), max_length=40)
    kind = models.CharField(_("种类"), max_length=9, choices=Kind)
    class_code = models.CharField(_("大类代码"), max_length=2)
    class_name = models.CharField(_("大类名称"), max_length=60)
    subclass_code = models.CharField(_("小类代码"), max_length=5)
    name = models.CharField(_("小类名称"), max_length=100)
    code = models.CharField(_("类别代码"), max_length=5)
    geometry = models.CharField(_("几何类型"), max_length=4, blank=True)
    dept_type = models.CharField(_("主管部门类别"), max_length=60, blank=True)
    maps_to = ArrayField(
        models.CharField(max_length=5),
        verbose_name=_("现行标准代码"),
        default=list,
        blank=True,
        help_text=_("同一种类在现行标准或本地扩展里的代码，可以有几个。"),
    )
    in_force_from = models.DateField(_("施行日期"))
    in_force_to = models.DateField(_("废止日期"), null=True, blank=True, help_text=_("这一天起不再施行。"))
    confidence = models.CharField(_("可信度"), max_length=6, choices=Confidence)
    source = models.CharField(_("来源"), max_length=200)
    note = models.CharField(_("备注"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("类别")
        verbose_name_plural = _("类别")
        ordering: ClassVar = ["standard", "kind", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="category_key", fields=["standard", "kind", "code"]),
            models.CheckConstraint(
                name="category_force_order",
                condition=Q(in_force_to__isnull=True) | Q(in_force_to__gt=F("in_force_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def key(self) -> str:
        """As the API writes it: standard/kind/code."""
        return f"{self.standard}/{self.kind}/{self.code}"

    @property
    def kind_name(self) -> str:
        """The word of its own standard: 事件 until 2026, 事项 since (codes.md §1)."""
        if self.kind == Kind.MATTER and self.standard in (rules.GB2013, rules.CJ2007):
            return str(_("事件"))
        return str(self.get_kind_display())

    @property
    def kinds(self) -> tuple[str, ...]:
        return rules.kinds_of(self.dept_type)


class Standard(models.Model):
    """立案、处置、结案标准: one filing condition of one category, with its limit. City rules, not law
    (practice 11).

    category: what it counts for today (2026 or local); None for a city's own subject that today's list lacks.
    origin: the same subject under the standard that the source is written in, where that is another one.
    """

    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="standards",
        verbose_name=_("类别"),
    )
    origin = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("原标准类别"),
    )
    code_system = models.CharField(_("原编码体系"), max_length=40)
    kind = models.CharField(_("种类"), max_length=9, choices=Kind)
    code = models.CharField(_("原代码"), max_length=5)
    name = models.CharField(_("原名称"), max_length=100)
    area_grade = models.CharField(_("管理区域等级"), max_length=3, choices=Grade, default=Grade.ALL)
    seq = models.PositiveSmallIntegerField(_("序号"))
    position = models.PositiveIntegerField(_("排序"), default=0)
    filing_condition = models.CharField(_("立案条件"), max_length=300)
    amount = models.DecimalField(
        _("处置时限"), max_digits=8, decimal_places=3, validators=[MinValueValidator(Decimal("0.001"))]
    )
    unit = models.CharField(_("时限单位"), max_length=5, choices=[(unit.value, unit.value) for unit in Unit])
    season = models.CharField(
        _("季节限定"), max_length=60, blank=True, help_text=_("如 03-01..05-31；空的表示全年。")
    )
    season_name = models.CharField(_("季节名称"), max_length=30, blank=True)
    closing_condition = models.CharField(_("结案条件"), max_length=300)
    source = models.CharField(_("来源"), max_length=200)
    confidence = models.CharField(_("可信度"), max_length=6, choices=Confidence)
    approved = models.BooleanField(
        _("已批准"), default=False, help_text=_("可信度低的时限，批准以后才用于考核。")
    )
    note = models.CharField(_("备注"), max_length=300, blank=True)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True, help_text=_("这一天起不再有效。"))

    class Meta:
        verbose_name = _("立案处置结案标准")
        verbose_name_plural = _("立案处置结案标准")
        ordering: ClassVar = ["position", "seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="standard_key", fields=["code_system", "kind", "code", "area_grade", "seq", "valid_from"]
            ),
            models.CheckConstraint(name="standard_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="standard_valid_order",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.filing_condition}"

    @property
    def urgent(self) -> bool:
        """Any limit with 紧急 runs day and night, and makes its case urgent (workflow.md §2 [H])."""
        return self.unit in (Unit.URGENT_HOUR, Unit.URGENT_DAY)

    @property
    def amount_text(self) -> str:
        """The amount as canonical text: «4», «3.5»."""
        return f"{self.amount.normalize():f}"

    @property
    def limit(self) -> Limit:
        return Limit.of(self.amount, self.unit)

    @property
    def scores(self) -> bool:
        """May it count for somebody or against? One of low confidence only when approved (practice 11)."""
        return self.approved or self.confidence != Confidence.LOW


class Duty(models.Model):
    """权责清单: who leads for a category inside a division, who helps, and by which law."""

    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="duties", verbose_name=_("类别")
    )
    division_code = models.CharField(_("区划"), max_length=12, validators=[division_validator])
    lead = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="+", verbose_name=_("主办部门")
    )
    cooperating = models.ManyToManyField(Department, related_name="+", blank=True, verbose_name=_("协办部门"))
    legal_basis = models.CharField(_("法律依据"), max_length=300, blank=True)
    procedure = models.TextField(_("办理程序"), blank=True, max_length=4000)
    draft = models.BooleanField(
        _("草稿"), default=False, help_text=_("仲裁结论先记为草稿，审定以后才用于派遣。")
    )
    source = models.CharField(_("来源"), max_length=200, blank=True)
    synthetic = models.BooleanField(_("示例数据"), default=False)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True, help_text=_("这一天起不再有效。"))

    class Meta:
        verbose_name = _("权责清单")
        verbose_name_plural = _("权责清单")
        ordering: ClassVar = ["category_id", "division_code", "valid_from"]
        constraints: ClassVar = [
            models.CheckConstraint(name="duty_division_digits", condition=Q(division_code__regex=DIVISION)),
            models.CheckConstraint(
                name="duty_valid_order", condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from"))
            ),
            models.UniqueConstraint(
                name="duty_one_open",
                fields=["category", "division_code"],
                condition=Q(valid_to__isnull=True, draft=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.division_code} → {self.lead}"


class FallbackDuty(models.Model):
    """兜底单位 of a division: takes what nobody else owns (workflow.md §3 [H])."""

    division_code = models.CharField(_("区划"), max_length=12, validators=[division_validator])
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="+", verbose_name=_("兜底单位")
    )
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True, help_text=_("这一天起不再有效。"))

    class Meta:
        verbose_name = _("兜底单位")
        verbose_name_plural = _("兜底单位")
        ordering: ClassVar = ["division_code", "valid_from"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="fallback_division_digits", condition=Q(division_code__regex=DIVISION)
            ),
            models.CheckConstraint(
                name="fallback_valid_order",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
            models.UniqueConstraint(
                name="fallback_one_open", fields=["division_code"], condition=Q(valid_to__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division_code} → {self.department}"


class Term(models.Model):
    """A word of the trade in Chinese and English (glossary)."""

    zh = models.CharField(_("中文"), max_length=60, unique=True)
    en = models.CharField(_("英文"), max_length=200)
    source = models.CharField(_("来源"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("术语")
        verbose_name_plural = _("术语")
        ordering: ClassVar = ["zh"]

    def __str__(self) -> str:
        return self.zh
