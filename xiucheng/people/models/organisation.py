"""Persons, departments, posts."""

from collections.abc import Collection
from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from xiucheng.kernel.crypto import EncryptedText
from xiucheng.people import credit_code, rules

# A scope or place code: province, prefecture, county, township, community.
DIVISION = r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$"
division_validator = RegexValidator(DIVISION, _("区划代码是 2、4、6、9 或 12 位数字，请核对。"))


class Role(models.TextChoices):
    """The roles with their Chinese names; the values are those of `rules.Role`."""

    INTAKE = rules.Role.INTAKE.value, _("受理员")
    SHIFT_LEADER = rules.Role.SHIFT_LEADER.value, _("值班长")
    DISPATCHER = rules.Role.DISPATCHER.value, _("派遣员")
    DEPARTMENT = rules.Role.DEPARTMENT.value, _("专业部门")
    INSPECTOR = rules.Role.INSPECTOR.value, _("监督员")
    GRID_WORKER = rules.Role.GRID_WORKER.value, _("网格员")
    EVALUATOR = rules.Role.EVALUATOR.value, _("考评员")
    LEADER = rules.Role.LEADER.value, _("领导")
    SYSTEM_ADMIN = rules.Role.SYSTEM_ADMIN.value, _("系统管理员")
    SECURITY_ADMIN = rules.Role.SECURITY_ADMIN.value, _("安全管理员")
    AUDITOR = rules.Role.AUDITOR.value, _("审计员")


def credit_code_validator(code: str) -> None:
    """Raises ValidationError with the reason in Chinese (standards/codes.md §2)."""
    reasons = {
        "length": _("统一社会信用代码是 18 位，请核对。"),
        "alphabet": _("统一社会信用代码只含数字和大写字母（不含 I、O、S、V、Z），请核对。"),
        "division": _("统一社会信用代码的第 3 至 8 位应是区划数字，请核对。"),
        "check": _("统一社会信用代码的校验位不对，请核对是否输错。"),
    }
    if fault := credit_code.fault(code):
        raise ValidationError(reasons[fault], code=fault)


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(username=username)


class Person(AbstractBaseUser):
    """Somebody who signs in. No rights here: they belong to posts."""

    username = models.CharField(
        _("用户名"),
        max_length=60,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("这个用户名已经有人用了，请换一个。")},
    )
    name = models.CharField(_("姓名"), max_length=60)
    phone = EncryptedText(_("电话"), blank=True, default="")
    must_change_password = models.BooleanField(_("下次登录须改密码"), default=False)
    is_active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)
    # None: of before passwords had an age; it then has none until it is changed.
    password_changed_at = models.DateTimeField(_("密码修改时间"), null=True, blank=True)

    objects = PersonManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("人员")
        verbose_name_plural = _("人员")
        ordering: ClassVar = ["username"]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Department(models.Model):
    """A body that is responsible: a bureau, a company, a street office, or one of the two centres."""

    class Level(models.TextChoices):
        CITY = "city", _("市级")
        COUNTY = "county", _("区县级")
        STREET = "street", _("街道乡镇级")

    code = models.CharField(
        _("统一社会信用代码"), max_length=18, unique=True, validators=[credit_code_validator]
    )
    name = models.CharField(_("名称"), max_length=100)
    short = models.CharField(_("简称"), max_length=30)
    kind = models.CharField(
        _("部门类别"),
        max_length=60,
        blank=True,
        help_text=_("与分类表的“主管部门类别”一致的词，如“排水”；有几个就用“/”隔开。"),
    )
    division_code = models.CharField(_("所在区划"), max_length=12, validators=[division_validator])
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("上级部门"),
    )
    level = models.CharField(_("层级"), max_length=6, choices=Level)
    is_command_centre = models.BooleanField(_("区指挥中心"), default=False)
    is_fallback = models.BooleanField(_("兜底单位"), default=False)
    active = models.BooleanField(_("启用"), default=True)
    synthetic = models.BooleanField(_("示例数据"), default=False)

    class Meta:
        verbose_name = _("部门")
        verbose_name_plural = _("部门")
        ordering: ClassVar = ["division_code", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="department_code_form", condition=Q(code__regex=r"^[0-9A-HJ-NP-RTUWXY]{18}$")
            ),
            models.CheckConstraint(
                name="department_division_digits", condition=Q(division_code__regex=DIVISION)
            ),
            models.CheckConstraint(
                name="department_not_own_parent", condition=Q(parent__isnull=True) | ~Q(parent=F("id"))
            ),
        ]

    def __str__(self) -> str:
        return self.short or self.name

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(word for word in self.kind.split("/") if word)


class PostQuerySet(models.QuerySet["Post"]):
    def in_force(self, on: date) -> "PostQuerySet":
        """Posts that may act on a day: active, valid, of an active person."""
        return self.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=on),
            active=True,
            valid_from__lte=on,
            person__is_active=True,
        )


class Post(models.Model):
    """A capacity in which a person acts: role × place × department. A person may hold several."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="posts", verbose_name=_("人员"))
    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="posts",
        verbose_name=_("部门"),
    )
    role = models.CharField(_("角色"), max_length=16, choices=Role)
    title = models.CharField(_("岗位名称"), max_length=60, blank=True)
    scope_codes = ArrayField(
        models.CharField(max_length=12, validators=[division_validator]),
        verbose_name=_("管辖区划"),
        default=list,
        blank=True,
    )
    is_head = models.BooleanField(_("部门负责人"), default=False)
    beats = models.ManyToManyField(
        "territory.Beat", related_name="posts", blank=True, verbose_name=_("责任网格")
    )
    crew = models.ForeignKey(
        "people.Crew", models.PROTECT, null=True, blank=True, related_name="posts", verbose_name=_("班组")
    )
    on_duty = models.BooleanField(_("在岗"), default=True)
    active = models.BooleanField(_("启用"), default=True)
    valid_from = models.DateField(_("任职日期"))
    valid_to = models.DateField(_("离任日期"), null=True, blank=True, help_text=_("这一天起不再有效。"))

    objects = PostQuerySet.as_manager()

    # Narrowed by a bearer token (`limited_to`); None: everything the role may.
    token_scopes: tuple[str, ...] | None = None
    # The holder, where somebody else acts in this post for him (`taken_by`); None: the holder himself acts.
    acting_for: Person | None = None

    class Meta:
        verbose_name = _("岗位")
        verbose_name_plural = _("岗位")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="post_valid_order", condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from"))
            ),
            models.CheckConstraint(
                name="post_handler_has_department",
                condition=~Q(role__in=[role.value for role in rules.HANDLERS]) | Q(department__isnull=False),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["role", "active"], name="post_role_active")]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.person}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.acting_for is not None:  # it shows another person than the store holds
            raise RuntimeError("a post that is acted in for somebody else is never saved")
        super().save(*args, **kwargs)

    def taken_by(self, person: Person) -> "Post":
        """This post while another person acts in it; nothing changes in the store.

        From here on `person` is who really acts, so every event keeps both: for which post, and who did it.
        """
        self.acting_for, self.person = self.person, person
        return self

    @property
    def signature(self) -> str:
        """As the audit names who acted: «zhang.min (system_admin)», «… for li.lei» where it is done for the holder."""
        signed = f"{self.person.username} ({self.role})"
        return f"{signed} for {self.acting_for.username}" if self.acting_for else signed

    @property
    def department_only(self) -> bool:
        """Sees only the cases of the own department, within the scope (经办人, 负责人, 网格员)."""
        return self.role in rules.HANDLERS

    @property
    def rights(self) -> frozenset[rules.Right]:
        full = rules.rights_of(rules.Role(self.role), is_head=self.is_head)
        return full if self.token_scopes is None else rules.within_token(full, self.token_scopes)

    def limited_to(self, scopes: Collection[str]) -> "Post":
        """This post as a token with these scopes sees itself; it changes nothing in the store."""
        self.token_scopes = tuple(scopes)
        return self

    def actor(self) -> rules.Actor:
        """This post for the rules of other rooms."""
        return rules.Actor(
            post_id=self.pk,
            person_id=self.person_id,
            role=rules.Role(self.role),
            rights=self.rights,
            department_id=self.department_id,
            scope_codes=tuple(self.scope_codes),
            is_head=self.is_head,
        )
