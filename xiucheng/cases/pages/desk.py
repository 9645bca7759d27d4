"""My desk (what waits for me, ordered by clock) and the plain list of cases."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xiucheng.cases import queries
from xiucheng.cases.forms import PLAIN
from xiucheng.cases.pages import show
from xiucheng.cases.pages.names import Names
from xiucheng.cases.queries import CaseFilter, CaseRow
from xiucheng.cases.words import CHANNEL_NAMES, STAGE_NAMES, STEP_NAMES, Stage
from xiucheng.catalog import queries as catalog
from xiucheng.kernel.errors import Refused
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
        "batch_steps": [{"step": tab.step.value, "name": _(STEP_NAMES[tab.step])}]
        if tab and tab.step in PLAIN
        else [],
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


@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """The plain list: filters, newest first, page by page."""
    post = acting_post(request)
    asked, error, status = request.GET, "", 200
    page = queries.CasePage((), None)
    try:
        page = queries.cases(post, filter_of(asked), after=asked.get("after", ""), limit=PAGE)
    except Refused as refusal:
        error, status = refusal.said(_), refusal.status
    rows = show.rows(page.rows, Names())
    kept = {key: value for key, value in asked.items() if value and key != "after"}
    context = {
        "rows": rows,
        "filter": asked,
        "filtered": bool(kept),
        "selects": selects(asked, post),
        "error": error,
        "count_words": count_words(page.rows, page.next),
        "next_page": f"?{urlencode(kept | {'after': page.next})}" if page.next else "",
        "first_page": f"?{urlencode(kept)}" if asked.get("after") else "",
    }
    return render(request, "cases/list.html", context, status=status)


def filter_of(asked: Any) -> CaseFilter:
    """The filter of the address. Raises: Refused 422 for a date that is none."""
    state = asked.get("state", "")
    return CaseFilter(
        stage=asked.get("stage", ""),
        open={"open": True, "ended": False}.get(state),
        overdue=True if state == "late" else None,
        urgent=True if state == "urgent" else None,
        division=asked.get("county", ""),
        category=asked.get("category", ""),
        channel=asked.get("channel", ""),
        words=asked.get("q", "").strip()[:100],
        since=day(asked.get("since", "")),
        until=day(asked.get("until", "")),
    )


def day(text: str) -> date | None:
    try:
        found = parse_date(text) if text else None
    except ValueError:
        found = None
    if text and found is None:
        raise Refused(
            _("没有这一天：%(text)s。日期请写成 2026-05-01 这样。") % {"text": text[:20]}, field="since"
        )
    return found


def selects(asked: Any, post: Post) -> list[dict[str, Any]]:
    counties = sorted({code[:6] for code in post.scope_codes if len(code) >= 6})
    divisions = (
        Division.objects.filter(code__in=counties)
        if counties
        else Division.objects.filter(level=6, active=True)
    )
    states = [("open", _("在办")), ("late", _("超时")), ("urgent", _("紧急")), ("ended", _("已了结"))]
    categories = [
        (row.key, f"{row.code} {row.name}") for group in catalog.grouped(kind="matter") for row in group.rows
    ]
    wanted = [
        ("state", _("状态"), states),
        ("stage", _("环节"), [(stage.value, _(name)) for stage, name in STAGE_NAMES.items()]),
        ("county", _("区县"), list(divisions.order_by("code").values_list("code", "name"))),
        ("category", _("类别"), categories),
        ("channel", _("来源"), [(channel.value, _(name)) for channel, name in CHANNEL_NAMES.items()]),
    ]
    return [
        {"name": name, "label": label, "options": options, "chosen": asked.get(name, "")}
        for name, label, options in wanted
    ]


def count_words(rows: tuple[CaseRow, ...], more: str | None) -> str:
    if not rows:
        return ""
    return (
        _("这一页 %(count)d 件，后面还有") % {"count": len(rows)}
        if more
        else _("%(count)d 件") % {"count": len(rows)}
    )
