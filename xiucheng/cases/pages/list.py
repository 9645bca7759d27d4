"""The list of cases: search, filters, saved filters, columns; page by page, by keyset."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xiucheng.cases import queries
from xiucheng.cases.models import ListChoice, SavedFilter, Sharing
from xiucheng.cases.pages import controls, show
from xiucheng.cases.pages.bulk import steps_for
from xiucheng.cases.pages.names import Names
from xiucheng.cases.queries import CAPPED, SORTS, CaseFilter, CasePage, CaseRow, columns
from xiucheng.cases.queries.asked import filter_of, written
from xiucheng.kernel.errors import Refused
from xiucheng.people.actions import require
from xiucheng.people.models import Post
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Right

PAGE = 50
OWN = {"after", "saved", "view"}  # names of the address that are no condition


@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """The cases of the scope by a filter. Opened without any, it begins with the one the person chose."""
    post = acting_post(request)
    require(post, Right.VIEW_CASES)
    choice = ListChoice.objects.select_related("first").filter(person=post.person_id).first()
    if not request.GET and choice and choice.first:
        return redirect(f"{reverse('cases')}?{urlencode({**choice.first.asked, 'saved': choice.first_id})}")
    asked = request.GET
    page, filter, error, status = CasePage((), None), CaseFilter(), None, 200
    try:
        filter = filter_of(asked)
        page = queries.cases(post, filter, after=asked.get("after", ""), limit=PAGE)
    except Refused as refusal:
        error, status = refusal, refusal.status
    kept = {key: value for key, value in asked.items() if value and key != "after"}
    steps = steps_for(post)
    context = {
        **bar(post, asked, filter, error),
        **offered(post, asked),
        **body(post, page, choice, asked),
        "bulk": "cases/_bulk.html" if steps else "",
        "batch_steps": steps,
        "kept": urlencode(kept),
        "count_url": f"{reverse('cases_count')}?{urlencode(kept)}",
        "next_page": f"?{urlencode(kept | {'after': page.next})}" if page.next else "",
        "first_page": f"?{urlencode(kept)}" if asked.get("after") else "",
    }
    return render(request, "cases/list.html", context, status=status)


def bar(post: Post, asked: Mapping[str, str], filter: CaseFilter, error: Refused | None) -> dict[str, Any]:
    """The fields, what is typed in them, and the chips of what narrows."""
    given = written(filter)
    typed = {**{key: value for key, value in asked.items() if value}, **given}
    fields = controls.fields(post, typed, error)
    conditions = {key: value for key, value in asked.items() if value and key not in OWN | {"sort"}}
    return {
        "main": [field for field in fields if field.key in controls.MAIN],
        "more": [field for field in fields if field.key not in controls.MAIN],
        "more_open": any(field.value or field.error for field in fields if field.key not in controls.MAIN),
        "chips": controls.chips(fields, given),
        "filtered": bool(conditions),
        "sorts": [(key, _(sort.label), key == filter.sort) for key, sort in SORTS.items()],
        "error": error.said(_) if error and error.field not in {field.key for field in fields} else "",
    }


def offered(post: Post, asked: Mapping[str, str]) -> dict[str, Any]:
    """The saved filters that this post is offered."""
    found = SavedFilter.objects.offered_to(post).select_related("owner").order_by("name", "pk")
    saved = [
        {
            "name": row.name,
            "by": row.owner.name if row.owner_id != post.person_id else "",
            "url": f"{reverse('cases')}?{urlencode({**row.asked, 'saved': row.pk})}",
            "on": str(row.pk) == asked.get("saved"),
        }
        for row in found[:50]
    ]
    return {"saved": saved, "sharings": [(value, label) for value, label in Sharing.choices]}


def body(post: Post, page: CasePage, choice: ListChoice | None, asked: Mapping[str, str]) -> dict[str, Any]:
    """The rows as cards, or as a table with the chosen columns."""
    table = asked.get("view", "table" if choice and choice.table else "rows") == "table"
    found: dict[str, Any] = {"table": table, "count_words": count_words(page.rows, page.next)}
    if table:
        wanted = columns.chosen(choice.columns if choice else (), columns.LISTED)
        found |= {"heads": columns.labels(wanted), "lines": lines(page.rows, wanted)}
    else:
        found["rows"] = show.rows(page.rows, Names())
    found["any"] = bool(page.rows)
    found["columns"] = places(list(choice.columns if choice and choice.columns else columns.LISTED))
    return found


def places(keys: list[str]) -> list[dict[str, Any]]:
    """Every column for the form that chooses them, the chosen ones first, with their place."""
    order = {key: place for place, key in enumerate(keys, start=1)}
    known = sorted(columns.COLUMNS, key=lambda column: order.get(column.key, len(columns.COLUMNS)))
    return [
        {
            "key": column.key,
            "label": _(column.label),
            "on": column.key in order,
            "place": order.get(column.key, ""),
        }
        for column in known
    ]


def lines(rows: tuple[CaseRow, ...], wanted: list[columns.Column]) -> list[dict[str, Any]]:
    """The cells of a table, as an export writes them. One statement."""
    cells = queries.cells([row.case for row in rows], wanted)
    return [{"case": row.case, "cells": cells.get(row.case.pk, ())} for row in rows]


def count_words(rows: tuple[CaseRow, ...], more: str | None) -> str:
    if not rows:
        return ""
    return (
        _("这一页 %(count)d 件，后面还有") % {"count": len(rows)}
        if more
        else _("%(count)d 件") % {"count": len(rows)}
    )


@require_safe
def count(request: HttpRequest) -> HttpResponse:
    """How many there are in all, asked for after the page is there."""
    post = acting_post(request)
    require(post, Right.VIEW_CASES)
    found = queries.count(post, filter_of(request.GET))
    if found is None:
        words = _("太多，一时数不清；导出时会给出准确数目。")
    elif found > CAPPED:
        words = _("共 %(count)d 件以上") % {"count": CAPPED}
    else:
        words = _("共 %(count)d 件") % {"count": found}
    return HttpResponse(words)
