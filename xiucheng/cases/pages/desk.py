"""My desk: what waits for me, ordered by clock."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xiucheng.cases import queries
from xiucheng.cases.pages import show
from xiucheng.cases.pages.bulk import steps_for
from xiucheng.cases.pages.names import Names
from xiucheng.cases.words import Stage
from xiucheng.people.models import Post
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Role
from xiucheng.territory.models import Division

CAPPED = 1000
PAGE = 50


def case_url(number: str) -> str:
    return reverse("case", args=[number])


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """待办: groups by what I do, the most urgent first; the map shows the same cases."""
    post = acting_post(request)
    found = queries.desk(post, request.GET.get("tab", ""))
    names = Names().want(Division, post.scope_codes)
    rows = show.rows(found.rows, names, responsible=responsible(post, found.rows))
    tab = next((tab for tab in found.tabs if tab.key == found.tab), None)
    others = [other for other in found.tabs if other.count and other.key != found.tab]
    context: dict[str, Any] = {
        "title": _("%(role)s · 待办") % {"role": post.get_role_display()},
        "tabs": tab_links(found.tabs, found.tab),
        "shown": tab.count if tab else 0,
        "tab": found.tab,
        "rows": rows,
        "points": show.points(rows, case_url),
        "batch_steps": steps_for(post),
        "other_tab": {"key": others[0].key, "name": others[0].name, "count_words": capped(others[0].count)}
        if others and not rows
        else None,
        "scope": [names.division(code) for code in post.scope_codes[:5]],
        "no_work": not found.tabs,
    }
    return render(request, "cases/desk.html", context)


def tab_links(tabs: Any, chosen: str) -> list[dict[str, Any]]:
    return [
        {"key": tab.key, "name": tab.name, "count_words": capped(tab.count), "on": tab.key == chosen}
        for tab in tabs
    ]


@require_safe
def tabs(request: HttpRequest) -> HttpResponse:
    """The counts alone, for a desk that stands open; it says when the list shown is no longer the whole truth."""
    chosen, shown = request.GET.get("tab", ""), request.GET.get("shown", "")
    post = acting_post(request)
    counted = queries.desk(post, chosen, limit=0).tabs
    now = next((str(tab.count) for tab in counted if tab.key == chosen), shown)
    context = {"tabs": tab_links(counted, chosen), "tab": chosen, "news": now != shown}
    context |= {"polled": True, "unread": queries.unread_words(post)}
    return render(request, "cases/_tabs.html", context)


def capped(count: int) -> str:
    return str(count) if count <= CAPPED else f"{CAPPED}+"


def responsible(post: Post, rows: Any) -> dict[Any, Any]:
    """Who would get each case, for those who dispatch; from memory."""
    if post.role != Role.DISPATCHER:
        return {}
    wanted = [row.case for row in rows if row.case.stage == Stage.FILED]
    return {case.pk: found for case in wanted if (found := queries.suggestion(case))}
