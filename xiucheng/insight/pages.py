"""The fragment beside the form of a call. POST, so that what a caller says stands in no address and no log."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from xiucheng.cases.pages.common import DESCRIPTION_MAX
from xiucheng.cases.pages.steps import key_typed
from xiucheng.insight.desk import Asked, beside
from xiucheng.kernel.errors import Refused
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Right


@never_cache
@require_POST
def intake_beside(request: HttpRequest) -> HttpResponse:
    """Likely duplicates, categories, who is responsible, which limit: for what is typed so far.

    Half of a number or a category is no error here: it is being typed. Raises: Refused 403 for a post without REPORT.
    """
    post = acting_post(request)
    if Right.REPORT not in post.rights:
        raise Refused(_("您当前的岗位不登记上报。"), status=403, code="no_right")
    context = {"beside": beside(asked(request), post), "may_merge": Right.MERGE in post.rights}
    return render(request, "insight/_beside.html", context)


def asked(request: HttpRequest) -> Asked:
    given = request.POST
    lon, lat = degrees(given.get("longitude", ""), 180), degrees(given.get("latitude", ""), 90)
    division = given.get("community") or given.get("township") or given.get("county") or ""
    return Asked(
        words=given.get("description", "")[:DESCRIPTION_MAX],
        category=key_typed(given.get("category", "")[:120]),
        lon=lon if lat is not None else None,
        lat=lat if lon is not None else None,
        division=division if division.isdecimal() and len(division) <= 12 else "",
    )


def degrees(text: str, most: int) -> float | None:
    """A coordinate, if it is one."""
    try:
        value = float(text[:30])
    except ValueError:
        return None
    return value if -most <= value <= most else None
