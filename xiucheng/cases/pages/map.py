"""/map: the cases of a filter on the map and as a list, and the tiles that the map draws."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xiucheng.cases.models import Case
from xiucheng.cases.pages import show
from xiucheng.cases.pages.controls import selects
from xiucheng.cases.pages.names import Names
from xiucheng.cases.queries import found, tiles
from xiucheng.cases.queries.asked import filter_of
from xiucheng.cases.queries.lists import rows_for
from xiucheng.kernel.calendar import load_calendar
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Post
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Right
from xiucheng.territory import tiles as ground
from xiucheng.territory.models import Division, Level

MVT = "application/vnd.mapbox-vector-tile"
TILE_SECONDS = 20
LISTED = 40
E7 = 10_000_000
MONTHS = 36  # the slider goes back so far


def viewer(request: HttpRequest) -> Post:
    post = acting_post(request)
    if Right.VIEW_CASES not in post.rights:
        raise Refused(_("您当前的岗位不看案件。要看案件，请换一个岗位。"), status=403, code="no_right")
    return post


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The map with its filter; without one it shows what is open."""
    post, asked = viewer(request), request.GET.copy()
    if not asked:
        asked["state"] = "open"
    error, status = "", 200
    try:
        filter_of(asked)
    except Refused as refusal:
        error, status = refusal.said(_), refusal.status
    kept = {key: value for key, value in asked.items() if value and key not in ("bbox", "after")}
    context = {
        "filter": asked,
        "selects": selects(asked, post),
        "error": error,
        "query": urlencode(kept),
        "view": view_of(post),
        "months": months(timezone.localdate()),
        "case_url": reverse("case", args=["NUMBER"]),
        "panel_url": reverse("case_panel", args=["NUMBER"]),
    }
    return render(request, "cases/map.html", context, status=status)


def view_of(post: Post) -> list[float] | None:
    """What the map shows first: west, south, east, north of the post's counties; degrees, CGCS2000."""
    codes = sorted({code[:6] for code in post.scope_codes if len(code) >= 6})
    places = Division.objects.filter(level=Level.COUNTY, active=True)
    wanted = places.filter(code__in=codes) if codes else places
    boxes = [shape.extent for shape in wanted.values_list("shape", flat=True) if shape is not None]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return [min(west), min(south), max(east), max(north)]


def months(today: date) -> list[dict[str, str]]:
    """The stops of the time slider, oldest first: each is a whole month."""
    found, year, month = [], today.year, today.month
    for _place in range(MONTHS):
        first = date(year, month, 1)
        after = date(year + month // 12, month % 12 + 1, 1)
        last = min(today, date.fromordinal(after.toordinal() - 1))
        found.append({"since": first.isoformat(), "until": last.isoformat(), "name": f"{year}-{month:02}"})
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return found[::-1]


@require_safe
def tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """One tile of cases, for this post only: 204 if there is none, 404 outside the grid, 422 for a wrong filter."""
    post = viewer(request)
    if not ground.exists(z, x, y):
        return HttpResponseNotFound(_("没有这个地图瓦片。"), content_type="text/plain; charset=utf-8")
    drawn = tiles.drawn(post, filter_of(request.GET), z, x, y, heat="heat" in request.GET)
    body = tiles.encoded(drawn.cells, spots(drawn.rows), z, x, y)
    response = HttpResponse(body, content_type=MVT) if body else HttpResponse(status=204)
    response["Cache-Control"] = f"private, max-age={TILE_SECONDS}"
    response["Vary"] = "Cookie"
    return response


def spots(rows: Any) -> list[tiles.Spot]:
    if not rows:
        return []
    at, calendar = timezone.now(), load_calendar()
    return [
        tiles.Spot(
            row.case.lon_e7 / E7,
            row.case.lat_e7 / E7,
            row.case.number,
            "wait" if row.case.ended_at else show.state_of_clock(row.clock, at, calendar),
            row.category_name or row.case.description[:20],
            row.case.urgent,
        )
        for row in rows
    ]


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The cases of the filter that the map shows now, as a list: a fragment."""
    post, filter = viewer(request), filter_of(request.GET)
    inside = tiles.within(
        found.narrowed(Case.seen_by(post), filter), filter, box_of(request.GET.get("bbox", ""))
    )
    page = list(inside.order_by("-reported_at", "-id")[: LISTED + 1])
    rows = show.rows(
        rows_for(page[:LISTED], department=post.department_id if post.department_only else None), Names()
    )
    return render(request, "cases/_map_list.html", {"rows": rows, "more": len(page) > LISTED, "most": LISTED})


def box_of(text: str) -> tuple[float, float, float, float]:
    """west,south,east,north in degrees. Raises: Refused 422."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise ValueError(text)
    except ValueError as error:
        raise Refused(_("地图范围不对，请移动一下地图再试。"), field="bbox", code="bbox") from error
    return west, south, east, north
