"""登记: a call-taker (or an inspector on the phone) puts a report in. The same form, the same door."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

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
from xiucheng.cases.words import CHANNEL_NAMES, Channel
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Post
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Right, Role

# Which sources a post may name (practice.md 10: the door sets the source; the telephone has several callers).
CHANNELS: dict[str, tuple[Channel, ...]] = {
    Role.INTAKE: (Channel.HOTLINE, Channel.MEDIA, Channel.AGENCY, Channel.LEADER, Channel.VIDEO),
    Role.INSPECTOR: (Channel.INSPECTOR,),
    Role.GRID_WORKER: (Channel.GRID_WORKER,),
    Role.DEPARTMENT: (Channel.DEPARTMENT,),
    Role.LEADER: (Channel.LEADER,),
}
LEFT = ("channel", "description", "category", "address", "reporter_name", "reporter_phone", "photos")


@require_http_methods(["GET", "HEAD", "POST"])
def intake(request: HttpRequest) -> HttpResponse:
    """The form; afterwards the number and the code, to be read out."""
    post = acting_post(request)
    if Right.REPORT not in post.rights:
        raise Refused(_("您当前的岗位不登记上报。"), status=403, code="no_right")
    if request.method != "POST":
        return page(request, post, ReportForm(initial={"uuid": new_uuid()}))
    form = ReportForm(request.POST, request.FILES)
    if "look" in request.POST:
        return page(request, post, ReportForm(initial=request.POST.dict()))
    status, spot = 422, None
    if form.is_valid():
        try:
            spot = spot_of(form)
            if unasked(form, spot):
                form.add_error(None, _("这里靠近区界，请问清在哪一边，再登记一次。"))
            else:
                answer = send(form, spot, channel=channel_of(request, post), by=post)
                return told(request, answer, form)
        except Refused as refusal:
            status = add_refusal(form, refusal)
    return page(request, post, form, spot, status)


def channel_of(request: HttpRequest, post: Post) -> Channel:
    """The source that was chosen among those the post may name; its first otherwise."""
    may = CHANNELS.get(post.role, (Channel.DEPARTMENT,))
    chosen = request.POST.get("channel", "")
    return next((channel for channel in may if channel.value == chosen), may[0])


def page(
    request: HttpRequest, post: Post, form: ReportForm, spot: Spot | None = None, status: int = 200
) -> HttpResponse:
    may = CHANNELS.get(post.role, (Channel.DEPARTMENT,))
    form.fields["category"].widget.attrs.update({"list": "list-category", "autocomplete": "off"})
    form.fields["description"].widget.attrs["autofocus"] = True
    context: dict[str, Any] = {
        "form": form,
        "fields": [form[name] for name in LEFT if name in form.fields],
        "channels": [(c.value, _(CHANNEL_NAMES[c])) for c in may] if len(may) > 1 else [],
        "chosen_channel": request.POST.get("channel", may[0].value),
        "lists": {"category": category_choices()},
        "divisions": division_levels(form),
        "counties": county_names(),
        "near": spot.near if spot else [],
        "nearby": nearby(spot.lon, spot.lat) if spot and not spot.imprecise else [],
    }
    return render(request, "cases/intake.html", context, status=status)


def told(request: HttpRequest, answer: Received, form: ReportForm) -> HttpResponse:
    """What the caller is told."""
    context = {
        "answer": answer,
        "words": form.cleaned_data["description"],
        "has_reporter": bool(form.cleaned_data["reporter_phone"] or form.cleaned_data["reporter_name"]),
    }
    return render(request, "cases/intake_done.html", context, status=201)
