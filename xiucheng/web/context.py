"""What every page is given. Nothing here costs a statement until a template asks for it."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, gettext, pgettext

from xiucheng.cases import queries as cases
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Post
from xiucheng.people.queries import SESSION_POST, acting_post
from xiucheng.people.rules import Right
from xiucheng.web import clocks


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the rail; `key` is the letter that goes there, `unread` what waits there to be read (None: never)."""

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


def _rail(request: HttpRequest, post: Post | None) -> list[Link]:
    """Only what exists and what the post may open."""
    if post is None:
        return []
    rights = post.actor().rights
    wanted = [
        (gettext("待办"), "desk", "g", Right.VIEW_CASES),
        (gettext("案件"), "cases", "l", Right.VIEW_CASES),
    ]
    wanted.append((gettext("登记"), "intake", "r", Right.REPORT))
    wanted.append((gettext("消息"), "messages", "i", Right.VIEW_CASES))
    return [
        Link(
            name,
            reverse(address),
            request.path == reverse(address),
            key,
            cases.unread_words(post) if address == "messages" else None,
        )
        for name, address, key, right in wanted
        if right in rights
    ]
