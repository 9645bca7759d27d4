"""What every page is given. Nothing here costs a statement until a template asks for it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext_lazy as _

from xiucheng.cases import queries as cases
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Post
from xiucheng.people.queries import SESSION_POST, acting_post
from xiucheng.people.rules import Right
from xiucheng.web import clocks


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the rail: its name, the name of its address, the letter that goes there ("": none), and the right
    without which it is not shown (None: every post). An address that does not exist is left out."""

    name: str | Promise
    address: str
    key: str
    right: Right | None


RAIL = (  # one a line, in the order shown; the first four stand in the bar of a phone, the others behind «更多»
    Entry(_("待办"), "desk", "g", Right.VIEW_CASES),
    Entry(_("案件"), "cases", "l", Right.VIEW_CASES),
    Entry(_("登记"), "intake", "r", Right.REPORT),
    Entry(_("消息"), "messages", "i", Right.VIEW_CASES),
)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as this post sees it on this page; `unread` is what waits there to be read (None: never)."""

    name: str
    url: str
    on: bool
    key: str = ""
    unread: str | None = None


def page(request: HttpRequest) -> dict[str, Any]:
    """languages, the words of live clocks, `post` (falsy when nobody acts), and the rail."""
    post = SimpleLazyObject(lambda: _post(request))
    return {
        "languages": [
            {"code": code, "name": name, "on": code == get_language()} for code, name in settings.LANGUAGES
        ],
        "clock_words": {
            "left": str(clocks.LEFT),
            "over": str(clocks.OVER),
            "just": str(clocks.JUST),
            "day": pgettext("unit of time", "天"),
            "hour": pgettext("unit of time", "小时"),
            "minute": pgettext("unit of time", "分"),
        },
        "demo": settings.DEMO,
        "post": post,
        "several_posts": SimpleLazyObject(lambda: SESSION_POST in request.session),
        "rail": SimpleLazyObject(lambda: list(_rail(request, _post(request)))),
    }


def _post(request: HttpRequest) -> Post | None:
    try:
        return acting_post(request)
    except Refused:
        return None


@cache
def address_of(name: str) -> str | None:
    """The path behind the name of an address; None where the city has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def _rail(request: HttpRequest, post: Post | None) -> list[Link]:
    """Only what exists and what the post may open. Where no entry is the page itself, the one above it is lit."""
    if post is None:
        return []
    rights = post.actor().rights
    shown = [
        (entry, url)
        for entry in RAIL
        if (entry.right is None or entry.right in rights) and (url := address_of(entry.address))
    ]
    above = (url for _entry, url in shown if f"{request.path}/".startswith(f"{url}/"))
    here = max(above, key=len, default="")
    return [
        Link(
            str(entry.name),
            url,
            url == here,
            entry.key,
            cases.unread_words(post) if entry.address == "messages" else None,
        )
        for entry, url in shown
    ]
