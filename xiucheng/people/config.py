"""Which tables of people are configuration: who may do what where; never a password, a telephone or a token."""

from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from xiucheng.kernel.configuration import Table, register
from xiucheng.kernel.marking import gettext_noop


def _no_password() -> dict[str, Any]:
    """Nobody can sign in until an administrator gives a password."""
    return {"password": make_password(None), "must_change_password": True, "created_at": timezone.now()}


register(Table("departments", "people.Department", gettext_noop("部门"), ("code",), "manage_people"))
register(Table("crews", "people.Crew", gettext_noop("班组"), ("department", "name"), "manage_people"))
register(
    Table(
        "persons",
        "people.Person",
        gettext_noop("人员"),
        ("username",),
        "manage_people",
        leave=("created_at", "must_change_password"),
        defaults=_no_password,
        keep=True,
    )
)
register(
    Table(
        "posts",
        "people.Post",
        gettext_noop("岗位"),
        ("person", "role", "department", "title", "valid_from"),
        "manage_rights",
        keep=True,
    )
)
