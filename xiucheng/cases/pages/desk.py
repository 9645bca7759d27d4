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
FIRST = 20  # more than a screen; what is behind them comes while one scrolls
MORE = 60


def case_url(number: str) -> str:
    return reverse("case", args=[number])


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """待办: groups by what I do, the most urgent first; the map shows the same cases."""
    post = acting_post(request)
    asked = request.GET.get("tab", ""), request.GET.get("after", "")
    found = queries.desk(post, asked[0], after=asked[1], limit=FIRST, counted_to=queries.AT_ONCE)
    names = Names().want(Division, post.scope_codes)
    rows = show.rows(found.rows, names, responsible=responsible(post, found.rows))
    tab = next((tab for tab in found.tabs if tab.key == found.tab), None)
    others = [other for other in found.tabs if other.count and other.key != found.tab]
    context: dict[str, Any] = {
        "title": _("%(role)s · 待办") % {"role": post.get_role_display()},
        "tabs": tab_links(found.tabs, found.tab, queries.AT_ONCE),
        "shown": tab.count if tab and tab.count <= queries.AT_ONCE else "",
        "tab": found.tab,
        "rows": rows,
        "next": found.next,
        "first_page": bool(asked[1]),
        "points": show.points(rows, case_url),
        "batch_steps": steps_for(post),
        "other_tab": tab_links(others[:1], "", queries.AT_ONCE)[0] if others and not rows else None,
        "scope": [names.division(code) for code in post.scope_codes[:5]],
        "no_work": not found.tabs,
    }
    return render(request, "cases/desk.html", context)


@require_safe
def more(request: HttpRequest) -> HttpResponse:
    """The rows behind those that stand there, and their points, for a list that is scrolled to its end."""
    post, tab = acting_post(request), request.GET.get("tab", "")
    found = queries.more_of_desk(post, tab, request.GET.get("after", ""), limit=MORE)
    rows = show.rows(found.rows, Names(), responsible=responsible(post, found.rows))
    context = {"rows": rows, "tab": tab, "next": found.next, "points": show.points(rows, case_url)}
    return render(request, "cases/_desk_rows.html", context)


def tab_links(tabs: Any, chosen: str, most: int = CAPPED) -> list[dict[str, Any]]:
    return [
        {"key": tab.key, "name": tab.name, "count_words": capped(tab.count, most), "on": tab.key == chosen}
        for tab in tabs
    ]


@require_safe
def tabs(request: HttpRequest) -> HttpResponse:
    """The counts alone, for a desk that stands open; it says when the list shown is no longer the whole truth."""
    chosen, shown = request.GET.get("tab", ""), request.GET.get("shown", "")
    post = acting_post(request)
    counted = queries.desk(post, chosen, limit=0).tabs
    now = next((str(tab.count) for tab in counted if tab.key == chosen), shown)
    shown = shown or now  # a page that opens with more than it counts learns the number here
    context = {"tabs": tab_links(counted, chosen), "tab": chosen, "shown": shown, "news": now != shown}
    context |= {"polled": True, "unread": queries.unread_words(post)}
    return render(request, "cases/_tabs.html", context)


def capped(count: int, most: int = CAPPED) -> str:
    return str(count) if count <= most else f"{most}+"


def responsible(post: Post, rows: Any) -> dict[Any, Any]:
    """Who would get each case, for those who dispatch; from memory."""
    if post.role != Role.DISPATCHER:
        return {}
    wanted = [row.case for row in rows if row.case.stage == Stage.FILED]
    return {case.pk: found for case in wanted if (found := queries.suggestion(case))}
