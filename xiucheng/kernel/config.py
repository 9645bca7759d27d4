"""Which tables of the ground floor are configuration."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from xiucheng.kernel import settings
from xiucheng.kernel.configuration import Table, register
from xiucheng.kernel.marking import gettext_noop


def _declared() -> Q:
    """Settings that a program knows; marks that it keeps for itself are none."""
    return Q(key__in=list(settings.ALL))


def _by_import() -> dict[str, Any]:
    return {"changed_at": timezone.now(), "changed_by": "config import"}


def _announced() -> dict[str, Any]:
    return {"announced_at": datetime(1970, 1, 1, tzinfo=UTC)}


register(Table("calendar_days", "kernel.CalendarDay", gettext_noop("工作日历"), ("date",), "manage_settings"))
register(
    Table(
        "calendar_years",
        "kernel.CalendarYear",
        gettext_noop("已公布的年份"),
        ("year",),
        "manage_settings",
        defaults=_announced,
    )
)
register(
    Table(
        "working_windows",
        "kernel.WorkingWindows",
        gettext_noop("工作时段和值班时段"),
        ("division_code", "valid_from", "season_first"),
        "manage_settings",
    )
)
register(
    Table(
        "settings",
        "kernel.Setting",
        gettext_noop("设置"),
        ("key", "division_code"),
        "manage_settings",
        leave=("changed_at", "changed_by"),
        defaults=_by_import,
        only=_declared,
    )
)
register(
    Table(
        "texts",
        "kernel.TextOverride",
        gettext_noop("改过的文字"),
        ("language", "msgid"),
        "manage_settings",
        leave=("changed_at", "changed_by"),
        defaults=_by_import,
    )
)
