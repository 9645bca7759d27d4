"""Passwords: changed by their owner, given anew by an administrator; the past ones may not come back."""

import secrets
from datetime import datetime

from django.contrib.auth.hashers import check_password as fits
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel import settings
from xiucheng.kernel.errors import Refused
from xiucheng.people import rules
from xiucheng.people.actions._shared import record, require, require_person
from xiucheng.people.models import PastPassword, Person, Post


def change_password(*, person: Person, old: str, new: str, keep_session: str | None = None) -> Person:
    """改密码, by its owner. All his tokens and other sessions end; `keep_session` is the key of this one.

    Raises: Refused 422 `old_password` if that is wrong, `new_password` if the new one breaks a rule.
    """
    if not person.check_password(old):
        raise Refused(_("原密码不对，请重新输入。"), field="old_password", code="wrong_password")
    if old == new:
        raise Refused(_("新密码不能和原密码一样。"), field="new_password", code="same_password")
    times: int = settings.get("password.history")
    if any(fits(new, past.hash) for past in person.past_passwords.all()[:times]):
        raise Refused(
            _("这个密码最近用过（最近 %(times)d 次用过的都不能再用），请换一个。") % {"times": times},
            field="new_password",
            code="past_password",
        )
    return _store(
        person, new, must_change=False, by=None, field="new_password", keep=keep_session, owner=person
    )


def set_password(*, person: Person, password: str, by: Post | None, must_change: bool = True) -> Person:
    """重置密码, by an administrator; the owner must change it at the next sign-in.

    Raises: Refused 403 without the right, on oneself or beyond one's reach; 422 `password`.
    """
    require(by, rules.Right.MANAGE_RIGHTS)
    if by is not None and by.person_id == person.pk:
        sentence = _("自己的密码请在「我的」里修改，不能重置。")
        raise Refused(sentence, status=403, code="own_account")
    require_person(by, person)
    return _store(person, password, must_change=must_change, by=by, field="password", keep=None)


def reset_password(*, person: Person, by: Post | None) -> str:
    """重置密码 to a generated one, returned once; nothing keeps it. Raises: Refused as `set_password`."""
    password = generate_password()
    set_password(person=person, password=password, by=by)
    return password


def generate_password() -> str:
    """A password that keeps the rules: 16 characters of three kinds, none easily mistaken for another."""
    small, capital, digits = "abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
    picked = [secrets.choice(kind) for kind in (small, capital, digits)]
    picked += [secrets.choice(small + capital + digits) for _place in range(13)]
    secrets.SystemRandom().shuffle(picked)
    return "".join(picked)


def check_password(password: str, person: Person, field: str = "password") -> None:
    """Raises: Refused 422 with every rule that the password breaks."""
    try:
        validate_password(password, person)
    except ValidationError as errors:
        raise Refused(" ".join(errors.messages), field=field, code="weak_password") from errors


def _store(
    person: Person,
    password: str,
    *,
    must_change: bool,
    by: Post | None,
    field: str,
    keep: str | None,
    owner: Person | None = None,
) -> Person:
    at = timezone.now()
    check_password(password, person, field=field)
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person.pk)
        _remember(person, at)
        person.set_password(password)
        person.must_change_password = must_change
        person.password_changed_at = at
        person.save(update_fields=["password", "must_change_password", "password_changed_at"])
        person.tokens.filter(revoked_at__isnull=True).update(revoked_at=at)
        person.sessions.exclude(session_key=keep).delete()
        record(by, f"password {person.username}", None, {"must_change": must_change}, at, owner=owner)
    return person


def _remember(person: Person, at: datetime) -> None:
    """Keep the hash of the old password, as many as the rule looks at."""
    times: int = settings.get("password.history")
    if times and person.has_usable_password():
        PastPassword.objects.create(person=person, hash=person.password, until=at)
    kept = person.past_passwords.all()[:times].values_list("pk", flat=True)
    person.past_passwords.exclude(pk__in=list(kept)).delete()
