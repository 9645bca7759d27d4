"""登记: a call-taker (or an inspector on the phone) puts a report in. The same form, the same door.

What stands beside it (likely duplicates, categories, who is responsible) is `insight.pages.intake_beside`.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xiucheng.cases import actions, queries
from xiucheng.cases.actions import Received
from xiucheng.cases.pages.common import (
    ReportForm,
    Spot,
    add_refusal,
    category_choices,
    county_names,
    division_levels,
    nearby,
    new_uuid,
    spot_of,
)
from xiucheng.cases.pages.report import send, unasked
from xiucheng.cases.queries.callers import caller
from xiucheng.cases.questions import door_of
from xiucheng.cases.words import CHANNEL_NAMES, Channel, Stage
from xiucheng.catalog import queries as catalog
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Post
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Right, Role
from xiucheng.territory.api import FoundPlaceOut
from xiucheng.territory.queries import find_place

# Which sources a post may name (practice.md 10: the door sets the source; the telephone has several callers).
CHANNELS: dict[str, tuple[Channel, ...]] = {
    Role.INTAKE: (Channel.HOTLINE, Channel.MEDIA, Channel.AGENCY, Channel.LEADER, Channel.VIDEO),
    Role.INSPECTOR: (Channel.INSPECTOR,),
    Role.GRID_WORKER: (Channel.GRID_WORKER,),
    Role.DEPARTMENT: (Channel.DEPARTMENT,),
    Role.LEADER: (Channel.LEADER,),
}
# In the order of a call: what, where, which kind, who.
HINTS = {
    "description": {"autofocus": True, "rows": 3},
    "address": {
        "autocomplete": "off",
        "placeholder": gettext_lazy("路名门牌、小区、店名、灯杆编号、两路交叉口，拼音也行"),
        "data-places-label": gettext_lazy("找到的地点"),
        "data-places-found": gettext_lazy("找到 {} 个地点，用上下键选择，按 Enter 选第一个"),
        "data-places-none": gettext_lazy("没有找到这个地点，请在地图上选点"),
    },
    "category": {"list": "list-category", "autocomplete": "off"},
    "reporter_phone": {"autocomplete": "off", "inputmode": "tel"},
    "reporter_name": {"autocomplete": "off"},
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def intake(request: HttpRequest) -> HttpResponse:
    """The form; afterwards the number and the code, to be read out."""
    post = acting_post(request)
    if Right.REPORT not in post.rights:
        raise Refused(_("您当前的岗位不登记上报。"), status=403, code="no_right")
    if request.method != "POST":
        return page(request, post, ReportForm(initial={"uuid": new_uuid()}, door=door_of(post)))
    form = ReportForm(same_as(request, post), request.FILES, door=door_of(post))
    if "look" in request.POST:
        return page(request, post, ReportForm(initial=request.POST.dict(), door=door_of(post)))
    status, spot = 422, None
    if form.is_valid():
        try:
            spot = spot_of(form)
            if unasked(form, spot):
                form.add_error(None, _("这里靠近区界，请问清在哪一边，再登记一次。"))
            else:
                answer = send(form, spot, channel=channel_of(request, post), by=post)
                return told(request, post, answer, form)
        except Refused as refusal:
            status = add_refusal(form, refusal)
    return page(request, post, form, spot, status)


def merges(post: Post) -> bool:
    """May this post merge? Others only say in the words that it is the same."""
    return Right.MERGE in post.rights


def same_as(request: HttpRequest, post: Post) -> Any:
    """What was typed; for whoever may not merge, the case pointed at goes into the words of the report."""
    given = request.POST.copy()
    if not merges(post) and given.get("merge_into"):
        given["same_as"] = request.POST.get("merge_into", "")
    return given


def channel_of(request: HttpRequest, post: Post) -> Channel:
    """The source that was chosen among those the post may name; its first otherwise."""
    may = CHANNELS.get(post.role, (Channel.DEPARTMENT,))
    chosen = request.POST.get("channel", "")
    return next((channel for channel in may if channel.value == chosen), may[0])


def page(
    request: HttpRequest, post: Post, form: ReportForm, spot: Spot | None = None, status: int = 200
) -> HttpResponse:
    may = CHANNELS.get(post.role, (Channel.DEPARTMENT,))
    for name, attrs in HINTS.items():
        form.fields[name].widget.attrs.update(attrs)
    form.fields["address"].widget.attrs["data-places"] = reverse("intake_places")
    context: dict[str, Any] = {
        "form": form,
        "post_id": post.pk,
        "channels": [(c.value, _(CHANNEL_NAMES[c])) for c in may] if len(may) > 1 else [],
        "chosen_channel": request.POST.get("channel", may[0].value),
        "merge_into": request.POST.get("merge_into", "")[:24],
        "sees_callers": Right.VIEW_REPORTER in post.rights,
        "lists": {"category": category_choices()},
        "divisions": division_levels(form),
        "counties": county_names(),
        "near": spot.near if spot else [],
        "nearby": nearby(spot.lon, spot.lat) if spot and not spot.imprecise else [],
    }
    return render(request, "cases/intake.html", context, status=status)


def told(request: HttpRequest, post: Post, answer: Received, form: ReportForm) -> HttpResponse:
    """What the caller is told, and what became of merging: the report stands, whatever the merge answers."""
    into, sentence = merged(request, post, answer)
    context = {
        "answer": answer,
        "words": form.cleaned_data["description"],
        "has_reporter": bool(form.cleaned_data["reporter_phone"] or form.cleaned_data["reporter_name"]),
        "merged_into": into,
        "not_merged": sentence,
    }
    return render(request, "cases/intake_done.html", context, status=201)


def merged(request: HttpRequest, post: Post, answer: Received) -> tuple[str, str]:
    """并案 with the case that the call-taker pointed at (practice.md 9): its number, or why it was not merged.

    The form sent twice finds the report merged already, and says the same.
    """
    number = request.POST.get("merge_into", "").strip()[:24]
    if not number or not merges(post):
        return "", ""
    try:
        parent = queries.find(number, post)
        child = queries.find(answer.case_id, post)
        if child.stage != Stage.MERGED or child.merged_into_id != parent.pk:
            note = _("登记来电时确认是同一件。")
            actions.merge(case_id=child.pk, by=post, into=parent.pk, note=note)
    except Refused as refusal:
        return "", refusal.said(_)
    return parent.case_number or parent.number, ""


@never_cache
@require_POST
def intake_caller(request: HttpRequest) -> HttpResponse:
    """What this number reported before, as a fragment. POST: a number stands in no address and no log.

    Raises: Refused 403 for a post that may not know who reported.
    """
    found = caller(request.POST.get("reporter_phone", "")[:40], acting_post(request))
    earlier = [
        {"row": row, "what": catalog.category_name(row.category) or row.words}
        for row in (found.earlier if found else ())
    ]
    return render(request, "cases/_caller.html", {"caller": found, "earlier": earlier})


@require_safe
def intake_places(request: HttpRequest) -> HttpResponse:
    """A typed place, as /api/v1/places answers it, for a post that registers: no door of the public that a room of
    call-takers behind one address would use up. Raises: Refused 403."""
    post = acting_post(request)
    if Right.REPORT not in post.rights:
        raise Refused(_("您当前的岗位不登记上报。"), status=403, code="no_right")
    found = find_place(request.GET.get("q", "")[:100], near=point(request.GET.get("near", "")))
    return JsonResponse([FoundPlaceOut.of(place).model_dump(mode="json") for place in found], safe=False)


def point(text: str) -> tuple[float, float] | None:
    """«longitude,latitude» of where the call-taker looks; anything else is nowhere in particular."""
    try:
        lon, lat = (float(part) for part in text[:60].split(","))
    except ValueError:
        return None
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else None
