"""The citizen's report: phone first, and complete without JavaScript."""

from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_safe

from xiucheng.cases import actions
from xiucheng.cases.actions import Received, Report
from xiucheng.cases.pages.common import (
    ReportForm,
    Spot,
    add_refusal,
    chips,
    county_names,
    division_levels,
    errors_of,
    nearby,
    new_uuid,
    spot_of,
    stored,
)
from xiucheng.cases.words import Channel
from xiucheng.kernel.errors import Refused

DONE = "xc_done"  # a cookie that carries the query code to the next page, once
DONE_SECONDS = 600
UNSURE = "unsure"


@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """随手拍. POST answers a page, or JSON for the island that sends drafts."""
    if request.method != "POST":
        return page(request, ReportForm(initial={"uuid": new_uuid(), "category": ""}))
    form = ReportForm(request.POST, request.FILES)
    if "look" in request.POST:  # without JavaScript: list the next level, keep what was typed
        return page(request, ReportForm(initial=request.POST.dict()))
    status, spot = 422, None
    if form.is_valid():
        try:
            spot = spot_of(form)
            if unasked(form, spot):
                form.add_error("side", _("这里靠近区界，请先确认问题在哪一边，再提交一次。"))
            else:
                return received(request, send(form, spot, channel=Channel.WEB))
        except Refused as refusal:
            status = add_refusal(form, refusal)
    return refused(request, form, spot, status)


def unasked(form: ReportForm, spot: Spot) -> bool:
    """Near a border the person must have said which side, even if «说不准»."""
    return bool(spot.near) and not form.cleaned_data["side"]


def send(form: ReportForm, spot: Spot, *, channel: Channel, **more: Any) -> Received:
    """Through the one door. Raises: Refused."""
    given = form.cleaned_data
    side = given["side"]
    description = given["description"]
    if given["same_as"]:
        description += "\n" + _("（上报人认为与 %(number)s 是同一件）") % {"number": given["same_as"]}
    photos = stored(given["photos"])
    content = Report(
        uuid=given["uuid"],
        description=description,
        lon=spot.lon,
        lat=spot.lat,
        channel=channel,
        address=given["address"],
        category=given["category"],
        reporter_name=given["reporter_name"],
        reporter_phone=given["reporter_phone"],
        imprecise=spot.imprecise,
        county="" if side in ("", UNSURE) else side,
        photos=photos,
        covered=actions.covered_by_reporter(photos, given["photo_boxes"]),
        wished_words=wished_words(given),
        extra=given["extra"],
        door=form.door,
    )
    return actions.report(content, **more)


def wished_words(given: dict[str, Any]) -> str | None:
    """What the reporter would have published: nothing, these words, or not said."""
    if given["unpublished"]:
        return ""
    return given["public_words"].strip() or None


def received(request: HttpRequest, answer: Received) -> HttpResponse:
    """201 (or 200 for a retry) to the island; else a redirect. The code travels in a signed cookie, once."""
    url = reverse("report_done", args=[answer.number])
    response: HttpResponse
    if wants_json(request):
        response = JsonResponse(answer.body | {"url": url}, status=201 if answer.created else 200)
    else:
        response = HttpResponseRedirect(url)
    words = signing.dumps({"number": answer.number, "code": answer.query_code}, salt=DONE)
    response.set_cookie(
        DONE, words, max_age=DONE_SECONDS, path=url, httponly=True, samesite="Lax", secure=request.is_secure()
    )
    setattr(response, "free", not answer.created)  # noqa: B010  # a retry costs nothing at the door
    return response


def refused(request: HttpRequest, form: ReportForm, spot: Spot | None, status: int) -> HttpResponse:
    near = spot.near if spot else []
    if wants_json(request):
        return JsonResponse({"errors": errors_of(form), "near": near}, status=status)
    around = nearby(spot.lon, spot.lat) if spot and not spot.imprecise else []
    return page(request, form, status=status, near=near, nearby=around)


def page(request: HttpRequest, form: ReportForm, status: int = 200, **more: Any) -> HttpResponse:
    context = {"form": form, "chips": chips(), "divisions": division_levels(form), "counties": county_names()}
    return render(request, "cases/report.html", context | more, status=status)


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


@require_safe
def divisions(request: HttpRequest) -> HttpResponse:
    """The choosers of the next level, for HTMX."""
    return render(request, "cases/_divisions.html", {"divisions": division_levels(request.GET.dict())})


@require_safe
def around(request: HttpRequest) -> HttpResponse:
    """«可能是同一件？» near a point, as a fragment; empty when nothing is there."""
    try:
        lon, lat = float(request.GET["longitude"]), float(request.GET["latitude"])
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise ValueError
    except (KeyError, ValueError):
        raise Refused(_("经度或纬度不对，请重新选点。"), field="longitude") from None
    return render(request, "cases/_nearby.html", {"nearby": nearby(lon, lat)})


@never_cache
@require_safe
def done(request: HttpRequest, number: str) -> HttpResponse:
    """受理号 and 查询码, shown once; the phone keeps them."""
    code = ""
    try:
        kept = signing.loads(request.COOKIES.get(DONE, ""), salt=DONE, max_age=DONE_SECONDS)
        code = kept["code"] if kept["number"] == number else ""
    except signing.BadSignature:
        pass
    response = render(request, "cases/done.html", {"number": number, "code": code})
    response.delete_cookie(DONE, path=request.path, samesite="Lax")
    return response
