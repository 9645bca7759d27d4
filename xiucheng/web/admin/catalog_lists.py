"""/admin/catalog/standards and /duties: what is in force today, with the way to change each row in a draft."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from xiucheng.catalog import queries
from xiucheng.catalog.models import Category, Revision
from xiucheng.people.models import Department, Post
from xiucheng.people.rules import Right
from xiucheng.territory.models import Division, Level
from xiucheng.web.admin.common import int_of, page

PAGE = 60


def _drafts(post: Post, request: HttpRequest) -> dict[str, Any]:
    """The drafts that a change can go into: the one chosen, else the latest of this person."""
    mine = list(
        Revision.objects.filter(state=Revision.State.DRAFT, drafted_by__person=post.person_id).order_by(
            "-id"
        )[:20]
    )
    chosen = int_of(request, "draft", mine[0].pk if mine else 0)
    return {"drafts": mine, "draft": next((row for row in mine if row.pk == chosen), None)}


def _found(request: HttpRequest, kind: str) -> list[Category]:
    words = request.GET.get("q", "").strip()
    if words:
        return queries.search(words, kind=kind, limit=500)
    return queries.categories(kind=kind)


def _paged(request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
    """A page of rows that are all in memory; the place is a number in the address."""
    start = min(int_of(request, "from", 0), len(rows))
    query = request.GET.copy()
    query["from"] = str(start + PAGE)
    first = request.GET.copy()
    first.pop("from", None)
    return {
        "rows": rows[start : start + PAGE],
        "count": len(rows),
        "next_page": f"?{query.urlencode()}" if start + PAGE < len(rows) else "",
        "first_page": f"?{first.urlencode()}" if start else "",
    }


@require_safe
@page(Right.MANAGE_CATALOG, Right.APPROVE_STANDARD)
def standards(request: HttpRequest, post: Post) -> HttpResponse:
    """Categories in force with their filing conditions and limits; `holes=1`: those that have none."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in ("component", "matter") else ""
    holes = request.GET.get("holes") == "1"
    rows = [(row, queries.standards_for(row)) for row in _found(request, kind)]
    if holes:
        rows = [(row, limits) for row, limits in rows if not limits]
    context = _paged(request, rows) | _drafts(post, request)
    context |= {"q": request.GET.get("q", ""), "kind": kind, "holes": holes}
    return render(request, "web/ground/standards.html", context)


@require_safe
@page(Right.MANAGE_CATALOG, Right.APPROVE_STANDARD)
def duties(request: HttpRequest, post: Post) -> HttpResponse:
    """Who is responsible for each category in a county, and why; `holes=1`: where nobody was named."""
    counties = list(Division.objects.filter(level=Level.COUNTY, active=True).order_by("code"))
    county = next((row for row in counties if row.code == request.GET.get("county")), None)
    county = county or (counties[0] if counties else None)
    holes = request.GET.get("holes") == "1"
    rows = []
    names = dict(Department.objects.values_list("id", "name"))
    if county is not None:
        for row in _found(request, "matter"):
            try:
                found = queries.duty_for(row, county.code)
            except queries.Refused:
                found = None
            if holes and found is not None and found.rule == "duty":
                continue
            helpers = [names[pk] for pk in found.cooperating] if found else []
            rows.append((row, found, names.get(found.lead, "") if found else "", helpers))
    context = _paged(request, rows) | _drafts(post, request)
    context |= {"q": request.GET.get("q", ""), "county": county, "counties": counties, "holes": holes}
    return render(request, "web/ground/duties.html", context)
