"""What I was told: messages about my cases, newest first; a case's own are read by opening it."""

from datetime import datetime
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
from xiucheng.cases.queries.notices import DAYS, place, sentence
from xiucheng.cases.rules.notices import KIND_NAMES
from xiucheng.catalog import queries as catalog
from xiucheng.people.actions import require
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Right

WORDS_SHOWN = 60


@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """The messages of the last 30 days, 100 a page; of one kind, or only the unread ones."""
    post = acting_post(request)
    require(post, Right.VIEW_CASES)
    kind, only_unread = request.GET.get("kind", ""), bool(request.GET.get("unread"))
    kind = kind if kind in set(KIND_NAMES) else ""
    page = queries.notices(post, after=place_of(request.GET.get("after")), kind=kind, only_unread=only_unread)
    kept = ({"kind": kind} if kind else {}) | ({"unread": "1"} if only_unread else {})
    context = {
        "rows": [row(notice, page.read) for notice in page.rows],
        "days": DAYS,
        "kinds": [(value.value, _(name), value == kind) for value, name in KIND_NAMES.items()],
        "only_unread": only_unread,
        "filtered": bool(kept),
        "any_unread": bool(queries.unread(post)),
        "seen": cursor(place(page.rows[0])) if page.rows and not kept else "",
        "here": f"?{urlencode(kept)}" if kept else "",
        "next_page": f"?{urlencode(kept | {'after': cursor(page.next)})}" if page.next else "",
        "first_page": f"{reverse('messages')}?{urlencode(kept)}" if request.GET.get("after") else "",
    }
    return render(request, "cases/messages.html", context)


def row(notice: Notice, read: dict[int, datetime]) -> dict[str, Any]:
    case = notice.case
    return {
        "pk": notice.pk,
        "case": case,
        "kind": notice.get_kind_display(),
        "title": catalog.category_name(case.category) if case else "",
        "words": case.description[:WORDS_SHOWN] if case else "",
        "sentence": sentence(notice),
        "at": notice.at,
        "over": notice.over_at is not None,
        "unread": notice.pk not in read and notice.over_at is None,
    }


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """标为已读: one message (`id`), or all that stood on the page and below it, not what came since."""
    post, one = acting_post(request), request.POST.get("id", "")
    if one:
        ids = [int(one)] if one.isascii() and one.isdigit() and len(one) < 19 else []
        count = actions.read_notices(by=post, ids=ids)
    else:
        count = actions.read_notices(by=post, seen=place_of(request.POST.get("seen")))
    said = ngettext("%(count)d 条消息已标为已读。", "%(count)d 条消息已标为已读。", count) % {"count": count}
    banners.success(request, said if count else _("没有未读的消息。"))
    back = request.POST.get("back", "")
    return HttpResponseRedirect(reverse("messages") + (back if back.startswith("?") else ""))
