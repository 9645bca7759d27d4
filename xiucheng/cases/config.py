"""Which tables of the cases are configuration: the filters that people share, never those they keep for themselves."""

from typing import Any

from django.db.models import Q
from django.utils import timezone

from xiucheng.kernel.configuration import Table, register
from xiucheng.kernel.marking import gettext_noop


def _shared() -> Q:
    return ~Q(sharing="")


def _now() -> dict[str, Any]:
    return {"created_at": timezone.now()}


register(
    Table(
        "shared_filters",
        "cases.SavedFilter",
        gettext_noop("共享的筛选条件"),
        ("owner", "name"),
        "manage_settings",
        leave=("created_at",),
        defaults=_now,
        only=_shared,
        within={"asked": {"department": "people.Department"}},
    )
)
