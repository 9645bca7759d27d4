"""Departments: open, change, close."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.people import holdings, queries, rules
from xiucheng.people.actions._shared import check_form, record, require, require_reach
from xiucheng.people.models import Department, Post
from xiucheng.territory.models import Division

EDITABLE = (
    "code", "name", "short", "kind", "division_code", "level", "parent_id", "is_command_centre", "is_fallback",
)  # fmt: skip


def create_department(
    *,
    code: str,
    name: str,
    division_code: str,
    level: Department.Level | str,
    by: Post | None,
    short: str = "",
    kind: str = "",
    parent: Department | None = None,
    is_command_centre: bool = False,
    is_fallback: bool = False,
    synthetic: bool = False,
) -> Department:
    """建立部门. code: 18-character 统一社会信用代码, its check digit verified.

    Raises: Refused 403 without the right or beyond one's reach; 422 with the field; 409 if the code is taken.
    """
    require(by, rules.Right.MANAGE_PEOPLE)
    at = timezone.now()
    department = Department(synthetic=synthetic)
    _fill(
        department, code=code, name=name, division_code=division_code, level=level, short=short, kind=kind,
        parent=parent, is_command_centre=is_command_centre, is_fallback=is_fallback,
    )  # fmt: skip
    _check(department, by)
    with transaction.atomic():
        _save(department)
        record(by, f"department {department.code}", None, department_facts(department), at)
    return department


def edit_department(
    *,
    department: Department,
    code: str,
    name: str,
    division_code: str,
    level: Department.Level | str,
    by: Post | None,
    short: str = "",
    kind: str = "",
    parent: Department | None = None,
    is_command_centre: bool = False,
    is_fallback: bool = False,
) -> Department:
    """修改部门. Cases that name it keep naming the same row.

    Raises: Refused 403, 409, 422 as `create_department`; 422 `parent` if that would make a ring.
    """
    require(by, rules.Right.MANAGE_PEOPLE)
    at = timezone.now()
    with transaction.atomic():
        department = Department.objects.select_for_update().get(pk=department.pk)
        require_reach(by, department.division_code)
        before = department_facts(department)
        _fill(
            department, code=code, name=name, division_code=division_code, level=level, short=short, kind=kind,
            parent=parent, is_command_centre=is_command_centre, is_fallback=is_fallback,
        )  # fmt: skip
        _check(department, by)
        above = parent
        while above is not None:
            if above.pk == department.pk:
                sentence = _("上级部门不能是它自己或它的下级，请另选一个。")
                raise Refused(sentence, field="parent", code="ring")
            above = above.parent
        _save(department)
        after = department_facts(department)
        if after != before:
            record(by, f"department {department.code}", before, after, at)
    return department


def close_department(*, department: Department, by: Post | None) -> Department:
    """停用部门. Refused while somebody still holds a post there, a lower department stands or work is open.

    Raises: Refused 403 without the right; 409 with what hangs on it.
    """
    require(by, rules.Right.MANAGE_PEOPLE)
    at = timezone.now()
    with transaction.atomic():
        department = Department.objects.select_for_update().get(pk=department.pk)
        require_reach(by, department.division_code)
        hanging = what_hangs(department)
        if hanging:
            raise Refused(
                _("%(name)s还不能停用：%(what)s。请先移交。")
                % {"name": department.name, "what": _("、").join(hanging)},
                status=409,
                code="in_use",
            )
        department.active = False
        department.save(update_fields=["active"])
        record(by, f"department {department.code}", {"active": True}, {"active": False}, at)
    return department


def reopen_department(*, department: Department, by: Post | None) -> Department:
    """恢复使用 a closed department. Raises: Refused 403 without the right; 409 if the one above is closed."""
    require(by, rules.Right.MANAGE_PEOPLE)
    at = timezone.now()
    with transaction.atomic():
        department = Department.objects.select_for_update(of=("self",)).get(pk=department.pk)
        require_reach(by, department.division_code)
        if department.parent and not department.parent.active:
            sentence = _("上级部门%(name)s已停用，请先恢复它，或改换上级部门。") % {
                "name": department.parent.name
            }
            raise Refused(sentence, status=409, code="parent_closed")
        department.active = True
        department.save(update_fields=["active"])
        record(by, f"department {department.code}", {"active": False}, {"active": True}, at)
    return department


def what_hangs(department: Department) -> list[str]:
    """In words, what still hangs on a department."""
    posts = queries.open_posts().filter(department=department).count()
    below = department.children.filter(active=True).count()
    found = [_("还有 %(count)d 个岗位") % {"count": posts}] if posts else []
    if below:
        found.append(_("还有 %(count)d 个下级部门") % {"count": below})
    return found + [held.words for held in holdings.of_department(department) if held.blocks]


def department_facts(department: Department) -> dict[str, object]:
    return {name: getattr(department, name) for name in EDITABLE}


def _fill(department: Department, **given: object) -> None:
    texts = {key: value.strip() for key, value in given.items() if isinstance(value, str)}
    for key, value in (given | texts).items():
        setattr(department, key, value)
    department.code = department.code.upper()
    department.short = department.short or department.name[:30]


def _check(department: Department, by: Post | None) -> None:
    check_form(department)
    code = department.division_code
    if not Division.objects.filter(code=code).exists():
        sentence = _("没有区划 %(code)s，请从列表中选择。") % {"code": code}
        raise Refused(sentence, field="division_code", code="unknown_division")
    require_reach(by, code, field="division_code")


def _save(department: Department) -> None:
    try:
        with transaction.atomic():
            department.save()
    except IntegrityError as clash:
        sentence = _("这个统一社会信用代码已经登记过了。")
        raise Refused(sentence, status=409, field="code", code="taken") from clash
