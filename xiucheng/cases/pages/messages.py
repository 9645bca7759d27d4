"""What I was told: messages about my cases, newest first; a case's own are read by opening it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as banners
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from xiucheng.cases import actions, queries
from xiucheng.cases.api.notices import cursor, place_of
from xiucheng.cases.models import Notice
from xiucheng.cases.pages.names import category_name
from xiucheng.cases.queries.notices import DAYS, place, sentence
from xiucheng.people.actions import require
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Right

WORDS_SHOWN = 60


@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """The messages of the last 30 days, 100 a page."""
    post = acting_post(request)
    require(post, Right.VIEW_CASES)
    page = queries.notices(post, after=place_of(request.GET.get("after")))
    context = {
        "rows": [row(notice) for notice in page.rows],
        "days": DAYS,
        "any_unread": bool(queries.unread(post)),
        "seen": cursor(place(page.rows[0])) if page.rows else "",
        "next_page": f"?{urlencode({'after': cursor(page.next)})}" if page.next else "",
        "first_page": reverse("messages") if request.GET.get("after") else "",
    }
    return render(request, "cases/messages.html", context)


def row(notice: Notice) -> dict[str, Any]:
    case = notice.case
    return {
        "case": case,
        "title": category_name(case.category),
        "words": case.description[:WORDS_SHOWN],
        "sentence": sentence(notice),
        "at": notice.at,
        "unread": notice.read_at is None,
    }


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """全部标为已读: what stood on the page and below it, not what came since."""
    count = actions.read_notices(by=acting_post(request), seen=place_of(request.POST.get("seen")))
    said = ngettext("%(count)d 条消息已标为已读。", "%(count)d 条消息已标为已读。", count) % {"count": count}
    banners.success(request, said if count else _("没有未读的消息。"))
    return HttpResponseRedirect(reverse("messages"))
