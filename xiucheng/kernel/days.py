"""Days as people type them, and where a day begins."""

from datetime import date, datetime, time

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused


def read_day(text: str, *, field: str) -> date:
    """A day written as «2026-05-01». Raises: Refused 422 with `field`."""
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None:
        raise Refused(
            _("没有这一天：%(text)s。日期请写成 2026-05-01 这样。") % {"text": text[:20]}, field=field
        )
    return found


def midnight(day: date) -> datetime:
    """The first moment of a day in China (Asia/Shanghai), aware."""
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())
