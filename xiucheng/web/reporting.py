"""The door of a report, for every program that sends one: limit, source, fields, one action."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from xiucheng.cases import actions
from xiucheng.cases.actions import Received, Report
from xiucheng.cases.models import Receipt
from xiucheng.cases.words import VERIFY_FIRST, Channel
from xiucheng.catalog import queries as catalog
from xiucheng.kernel import crypto, settings
from xiucheng.kernel.errors import Refused
from xiucheng.people.actions import require
from xiucheng.people.models import Post
from xiucheng.people.rules import Right, Role
from xiucheng.web import rate

PHONE = re.compile(r"(1[3-9][0-9]{9}|0[0-9]{2,3}[0-9]{7,8}|[2-9][0-9]{6,7}|400[0-9]{7})")

# What a token's role says about the source (practice 10): the first is taken where none is named.
CHANNELS: dict[Role, tuple[Channel, ...]] = {
    Role.INTAKE: (
        Channel.HOTLINE,
        Channel.MEDIA,
        Channel.AGENCY,
        Channel.VIDEO,
        Channel.SENSOR,
        Channel.LEADER,
        Channel.WEB,
    ),
    Role.INSPECTOR: (Channel.INSPECTOR,),
    Role.GRID_WORKER: (Channel.GRID_WORKER,),
    Role.DEPARTMENT: (Channel.DEPARTMENT,),
    Role.LEADER: (Channel.LEADER,),
}


def send(
    request: HttpRequest, uuid: UUID, by: Post | None, make: Callable[[], Report], *, token: str = ""
) -> Received:
    """Receive a report within the limit of its door; a retry of a known UUID is free, and passes a full door.

    make: builds the report, photos stored; called only once the door is passed.
    """
    names = {"token": token} if token else {}
    try:
        charge = rate.charge("report", request, **names)
    except Refused:
        if not Receipt.objects.filter(pk=uuid).exists():
            raise
        charge = rate.Charge()
    received = actions.report(make(), by=by)
    if not received.created:
        charge.give_back()
    return received


def channel_of(by: Post | None, named: Channel | None) -> Channel:
    """The source: the token's role decides; without one, only sources that are verified on site.

    Raises: Refused 403.
    """
    if by is None:
        allowed: Any = (Channel.WEB, *VERIFY_FIRST)
    else:
        require(by, Right.REPORT)
        allowed = CHANNELS.get(Role(by.role), ())
    if named is None and allowed:
        return Channel(allowed[0])
    if named is None or named not in allowed:
        sentence = _("您不能以这个来源上报。请不填 channel，或使用相应岗位的令牌。")
        raise Refused(sentence, status=403, field="channel", code="channel")
    return named


def words(text: str, *, field: str = "description") -> str:
    """A description within the city's limit. Raises: Refused 422."""
    most = settings.get("report.description_max")
    text = text.strip()
    if not text:
        raise Refused(_("请描述看到的问题。"), field=field, code="required")
    if len(text) > most:
        sentence = _("描述太长：最多 %(most)d 个字，现在有 %(now)d 个。请缩短后再提交。")
        raise Refused(sentence % {"most": most, "now": len(text)}, field=field, code="too_long")
    return text


def phone(text: str, *, field: str = "reporter_phone") -> str:
    """A telephone number as it is stored, or nothing. Raises: Refused 422."""
    if not text.strip():
        return ""
    found = crypto.normal_phone(text)
    if PHONE.fullmatch(found) is None:
        sentence = _("电话号码不对：请填写 11 位手机号，或带区号的固定电话。")
        raise Refused(sentence, field=field, code="bad_phone")
    return found


def category(text: str, *, field: str = "category") -> str:
    """A category's full key, or nothing. Raises: Refused 422."""
    return catalog.parse_category(text, field=field).key if text.strip() else ""


def component(code: str) -> str:
    """A component's code of the day, or nothing. Raises: Refused 422."""
    code = code.strip()
    if code:
        catalog.parse_component_code(code)
    return code
