"""Persons, departments and posts. Each act checks its right and leaves an `AdminChange`."""

import secrets
from collections.abc import Collection, Sequence
from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel.crypto import normal_phone
from xiucheng.kernel.errors import Refused
from xiucheng.people import rules
from xiucheng.people.actions._shared import check_form, record, require
from xiucheng.people.models import Department, Person, Post, Role
from xiucheng.territory.models import Beat, Division


def create_person(
    *,
    username: str,
    name: str,
    password: str,
    by: Post | None,
    phone: str = "",
    must_change: bool = True,
    is_active: bool = True,
) -> Person:
    """建立账号. Rights come with posts, which somebody else grants (三权分立).

    Raises: Refused 403 without the right; 422 `username`, `name`, `password`; 409 if the username is taken.
    """
    require(by, rules.Right.MANAGE_PEOPLE)
    at = timezone.now()
    person = Person(
        username=Person.normalize_username(username.strip()),
        name=name.strip(),
        phone=normal_phone(phone),
        must_change_password=must_change,
        is_active=is_active,
    )
    check_form(person, exclude=("password",))
    _check_password(password, person)
    person.set_password(password)
    with transaction.atomic():
        try:
            with transaction.atomic():
                person.save()
        except IntegrityError as clash:
            sentence = _("这个用户名已经有人用了，请换一个。")
            raise Refused(sentence, status=409, field="username", code="taken") from clash
        record(by, f"person {person.username}", None, {"active": is_active}, at)
    return person


def create_department(
    *,
    code: str,
    name: str,
    division_code: str,
    level: Department.Level,
    by: Post | None,
    short: str = "",
    kind: str = "",
    parent: Department | None = None,
    is_command_centre: bool = False,
    is_fallback: bool = False,
    synthetic: bool = False,
) -> Department:
    """建立部门. code: 18-character 统一社会信用代码, its check digit verified.

    Raises: Refused 403 without the right; 422 with the field; 409 if the code is taken.
    """
    require(by, rules.Right.MANAGE_PEOPLE)
    at = timezone.now()
    department = Department(
        code=code.strip().upper(),
        name=name.strip(),
        short=short.strip() or name.strip()[:30],
        kind=kind,
        division_code=division_code,
        level=level,
        parent=parent,
        is_command_centre=is_command_centre,
        is_fallback=is_fallback,
        synthetic=synthetic,
    )
    check_form(department)
    with transaction.atomic():
        try:
            with transaction.atomic():
                department.save()
        except IntegrityError as clash:
            sentence = _("这个统一社会信用代码已经登记过了。")
            raise Refused(sentence, status=409, field="code", code="taken") from clash
        record(by, f"department {department.code}", None, {"name": department.name, "kind": kind}, at)
    return department


def create_post(
    *,
    person: Person,
    role: rules.Role | Role | str,
    by: Post | None,
    department: Department | None = None,
    scope_codes: Collection[str] = (),
    is_head: bool = False,
    beats: Sequence[Beat] = (),
    title: str = "",
    on_duty: bool = True,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Post:
    """授予岗位: role × place × department.

    Raises: Refused 403 without the right, or to oneself; 409 for a second kind of administrator; 422 with the
    field.
    """
    require(by, rules.Right.MANAGE_RIGHTS)
    at = timezone.now()
    if by is not None and by.person_id == person.pk:
        raise Refused(_("不能给自己授予岗位，请由另一位安全管理员办理。"), status=403, code="own_post")
    if str(role) not in Role.values:
        raise Refused(_("没有这个角色，请从列表中选择。"), field="role", code="unknown_role")
    held = rules.Role(str(role))
    _check_post(held, department, scope_codes, is_head)
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person.pk)  # two grants at once see each other
        since = valid_from or timezone.localdate(at)
        if valid_to is not None and valid_to <= since:
            raise Refused(_("离任日期要在任职日期之后。"), field="valid_to", code="bad_day")
        _check_administrators(person, held, since)
        post = Post(
            person=person,
            role=held.value,
            department=department,
            scope_codes=sorted(set(scope_codes)),
            is_head=is_head,
            title=title,
            on_duty=on_duty,
            valid_from=since,
            valid_to=valid_to,
        )
        check_form(post)
        post.save()
        post.beats.set(beats)
        record(by, f"post {post.pk}", None, _post_facts(post), at)
    return post


def end_post(*, post: Post, by: Post | None, on: date | None = None) -> Post:
    """免去岗位 from a day on (today by default). The row stays: cases name it.

    Raises: Refused 403 without the right.
    """
    require(by, rules.Right.MANAGE_RIGHTS)
    at = timezone.now()
    with transaction.atomic():
        post = Post.objects.select_for_update(of=("self",)).select_related("person").get(pk=post.pk)
        before = _post_facts(post)
        day = on or timezone.localdate(at)
        post.active = post.active and day > post.valid_from
        post.valid_to = day if day > post.valid_from else None
        post.save(update_fields=["active", "valid_to"])
        record(by, f"post {post.pk}", before, _post_facts(post), at)
    return post


def set_on_duty(*, post: Post, on_duty: bool) -> Post:
    """到岗、离岗: said by the holder of the post (practice 13 draws checks among those on duty)."""
    Post.objects.filter(pk=post.pk).update(on_duty=on_duty)
    post.on_duty = on_duty
    return post


def set_active(*, person: Person, active: bool, by: Post | None) -> Person:
    """启用、停用账号. Switched off, all its sessions and tokens end at the next request.

    Raises: Refused 403 without the right, or on oneself.
    """
    require(by, rules.Right.MANAGE_PEOPLE)
    if by is not None and by.person_id == person.pk:
        raise Refused(_("不能停用自己的账号，请由另一位系统管理员办理。"), status=403, code="own_account")
    at = timezone.now()
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person.pk)
        before, person.is_active = person.is_active, active
        person.save(update_fields=["is_active"])
        record(by, f"person {person.username}", {"active": before}, {"active": active}, at)
    return person


def change_password(*, person: Person, old: str, new: str) -> Person:
    """改密码, by its owner. All his tokens and other sessions end.

    Raises: Refused 422 `old_password` if that is wrong, `new_password` if the new one breaks a rule.
    """
    if not person.check_password(old):
        raise Refused(_("原密码不对，请重新输入。"), field="old_password", code="wrong_password")
    if old == new:
        raise Refused(_("新密码不能和原密码一样。"), field="new_password", code="same_password")
    return _store_password(person, new, must_change=False, by=None, field="new_password")


def set_password(*, person: Person, password: str, by: Post | None, must_change: bool = True) -> Person:
    """重置密码, by an administrator; the owner must change it at the next sign-in.

    Raises: Refused 403 without the right; 422 `password`.
    """
    require(by, rules.Right.MANAGE_RIGHTS)
    return _store_password(person, password, must_change=must_change, by=by, field="password")


def generate_password() -> str:
    """A password that keeps the rules: 16 characters of three kinds, none easily mistaken for another."""
    small, capital, digits = "abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
    picked = [secrets.choice(kind) for kind in (small, capital, digits)]
    picked += [secrets.choice(small + capital + digits) for _place in range(13)]
    secrets.SystemRandom().shuffle(picked)
    return "".join(picked)


def _store_password(
    person: Person, password: str, *, must_change: bool, by: Post | None, field: str
) -> Person:
    at = timezone.now()
    _check_password(password, person, field=field)
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person.pk)
        person.set_password(password)
        person.must_change_password = must_change
        person.save(update_fields=["password", "must_change_password"])
        person.tokens.filter(revoked_at__isnull=True).update(revoked_at=at)
        record(by, f"password {person.username}", None, {"must_change": must_change}, at)
    return person


def _check_post(
    role: rules.Role, department: Department | None, scope_codes: Collection[str], is_head: bool
) -> None:
    if role in rules.HANDLERS and department is None:
        raise Refused(_("这个角色要有所在部门，请选择部门。"), field="department", code="no_department")
    if is_head and not rules.HEAD_RIGHTS[role]:
        raise Refused(_("只有专业部门的岗位可以是部门负责人。"), field="is_head", code="no_head")
    if not scope_codes and role not in rules.ADMINISTRATORS:
        raise Refused(_("请至少选择一个管辖区划。"), field="scope_codes", code="no_scope")
    for code in scope_codes:
        if (
            not (code.isascii() and code.isdigit())
            or not Division.objects.filter(code__startswith=code).exists()
        ):
            sentence = _("没有区划 %(code)s，请从列表中选择。") % {"code": code}
            raise Refused(sentence, field="scope_codes", code="unknown_division")


def _check_administrators(person: Person, role: rules.Role, since: date) -> None:
    held = person.posts.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=since), active=True)
    roles = [rules.Role(word) for word in held.values_list("role", flat=True)]
    if clash := rules.administrators_clash(roles, role):
        raise Refused(
            _("三权分立：%(name)s已经是%(held)s，不能再任%(wanted)s，请另选一人。")
            % {"name": person.name, "held": Role(clash.value).label, "wanted": Role(role.value).label},
            status=409,
            field="role",
            code="separate_administrators",
        )


def _check_password(password: str, person: Person, field: str = "password") -> None:
    try:
        validate_password(password, person)
    except ValidationError as errors:
        raise Refused(" ".join(errors.messages), field=field, code="weak_password") from errors


def _post_facts(post: Post) -> dict[str, object]:
    return {
        "person": post.person.username,
        "role": post.role,
        "department": post.department_id,
        "scope_codes": post.scope_codes,
        "is_head": post.is_head,
        "active": post.active,
        "valid_to": post.valid_to.isoformat() if post.valid_to else None,
    }
