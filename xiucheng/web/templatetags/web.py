"""Template tags of all pages: clocks, names that hide a person, moments as people say them."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.timezone import now as read_clock
from django.utils.translation import gettext as _

from xiucheng.kernel.calendar import load_calendar
from xiucheng.web import clocks

register = template.Library()


@register.inclusion_tag("web/_clock.html")
def clock(limit: Any, until: datetime | None = None, thread: bool = True) -> dict[str, Any]:
    """A time limit: its words, the stitched line, and on hover the due moment, pauses and rule.

    limit: a clock of a case, or a `Face` made before. until: the end of 挂账.
    """
    face = limit
    if not isinstance(face, clocks.Face):
        kind = getattr(limit, "get_kind_display", None)
        face = clocks.face(limit, read_clock(), load_calendar(), name=kind() if kind else "", until=until)
    return {"face": face, "thread": thread}


@register.simple_tag
def used(limit: Any) -> str:
    """What a stopped limit took, of how much: «用时 2 分 / 10 分»."""
    face = clocks.face(limit, read_clock(), load_calendar())
    return format_html('<span class="{}">{}</span>', "error" if face.state == "late" else "", face.words)


@register.filter(name="limit")
def limit_words(limit: Any) -> str:
    """A limit as it was set: «4 紧急工作时»."""
    return clocks.limit_words(limit)


@register.filter
def masked(name: str) -> str:
    """A person's name as a stranger may see it: the family name only.

    >>> masked("李晓明"), masked("王")
    ('李**', '*')
    """
    name = (name or "").strip()
    return name[0] + "*" * (len(name) - 1) if len(name) > 1 else "*" * len(name)


@register.filter
def masked_phone(number: str) -> str:
    """A telephone number with its middle hidden.

    >>> masked_phone("13812345678"), masked_phone("12345")
    ('138****5678', '*****')
    """
    number = (number or "").strip()
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 11 else "*" * len(number)


@register.filter
def moment(at: datetime | None) -> str:
    """A moment as people say it: «今天 17:20», «明天 09:00», «12-03 09:00», with another year's number."""
    if at is None:
        return ""
    here, today = at.astimezone(clocks.CHINA), read_clock().astimezone(clocks.CHINA).date()
    clock_time = here.strftime("%H:%M")
    near = {
        today: _("今天 %(time)s"),
        today + timedelta(days=1): _("明天 %(time)s"),
        today - timedelta(days=1): _("昨天 %(time)s"),
    }
    if here.date() in near:
        return near[here.date()] % {"time": clock_time}
    return here.strftime("%m-%d %H:%M" if here.year == today.year else "%Y-%m-%d %H:%M")


@register.filter
def local(at: datetime | None) -> str:
    """A moment in full, Asia/Shanghai."""
    return clocks.local(at) if at else ""


@register.filter
def grouped(number: str | None) -> str:
    """A case number as one reads it out: county, day, number.

    >>> grouped("5301022026112400191")
    '530102 20261124 00191'
    """
    text = number or ""
    return f"{text[:6]} {text[6:14]} {text[14:]}" if text.isdecimal() and len(text) > 14 else text


@register.filter
def hhmm(at: datetime | None) -> str:
    """The time of day, Asia/Shanghai."""
    return at.astimezone(clocks.CHINA).strftime("%H:%M") if at else ""


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """`mapping[key]`, or nothing."""
    try:
        return mapping[key]
    except (KeyError, IndexError, TypeError):
        return ""


@register.filter
def digest(value: bytes | memoryview | None, length: int = 16) -> str:
    """The beginning of a digest in hexadecimal, in groups of eight: «66c7f0f4 62eeedd9»."""
    text = bytes(value or b"").hex()[:length]
    return " ".join(text[start : start + 8] for start in range(0, len(text), 8))
