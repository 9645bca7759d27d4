"""Accounts: open, change, switch off and on."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel.crypto import normal_phone
from xiucheng.kernel.errors import Refused
from xiucheng.people import rules
from xiucheng.people.actions._shared import check_form, record, require, require_person
from xiucheng.people.actions.passwords import check_password
from xiucheng.people.models import Person, Post


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

    Raises: Refused 403 without the right; 422 `username`, `name`, `phone`, `password`; 409 if the username is taken.
    """
    require(by, rules.Right.MANAGE_PEOPLE)
    at = timezone.now()
    person = Person(
        username=Person.normalize_username(username.strip()),
        name=name.strip(),
        phone=clean_phone(phone),
        must_change_password=must_change,
        is_active=is_active,
        password_changed_at=at,
    )
    check_form(person, exclude=("password",))
    check_password(password, person)
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


def edit_person(*, person: Person, name: str, phone: str, by: Post | None) -> Person:
    """修改姓名、电话. The username stays: records name it.

    Raises: Refused 403 without the right or beyond one's reach; 422 `name`, `phone`.
    """
    require(by, rules.Right.MANAGE_PEOPLE)
    at = timezone.now()
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person.pk)
        require_person(by, person)
        before = (person.name, person.phone)
        person.name, person.phone = name.strip(), clean_phone(phone)
        check_form(person, exclude=("password",))
        if (person.name, person.phone) != before:
            person.save(update_fields=["name", "phone"])
            # No number in the record: it outlives the person's account.
            changed = {"name": person.name, "phone_changed": person.phone != before[1]}
            record(by, f"person {person.username}", {"name": before[0]}, changed, at)
    return person


def set_active(*, person: Person, active: bool, by: Post | None) -> Person:
    """启用、停用账号. Switched off, all its sessions and tokens end at once.

    Raises: Refused 403 without the right, on oneself or beyond one's reach.
    """
    require(by, rules.Right.MANAGE_PEOPLE)
    if by is not None and by.person_id == person.pk:
        raise Refused(_("不能停用自己的账号，请由另一位系统管理员办理。"), status=403, code="own_account")
    at = timezone.now()
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person.pk)
        require_person(by, person)
        before, person.is_active = person.is_active, active
        person.save(update_fields=["is_active"])
        if not active:
            person.sessions.all().delete()
            person.tokens.filter(revoked_at__isnull=True).update(revoked_at=at)
        record(by, f"person {person.username}", {"active": before}, {"active": active}, at)
    return person


def clean_phone(text: str) -> str:
    """Digits only. Raises: Refused 422 `phone`, if something was typed that is no number."""
    digits = normal_phone(text)
    if text.strip() and not 3 <= len(digits) <= 20:
        raise Refused(_("电话应为 3 至 20 位数字，请核对；没有就留空。"), field="phone", code="bad_phone")
    return digits
