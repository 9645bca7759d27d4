"""/admin/jobs, /admin/numbering: what runs and what failed; how numbers are made and what decides their form."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from xiucheng.kernel.models import CaseCounter, Job
from xiucheng.people.models import Person, Post
from xiucheng.people.rules import Right
from xiucheng.territory.models import Division, Level
from xiucheng.web.admin.common import int_of, page

PAGE = 50


@require_safe
@page(Right.MANAGE_JOBS)
def jobs(request: HttpRequest, post: Post) -> HttpResponse:
    """Everybody's long jobs, the newest first; `state` narrows."""
    state = request.GET.get("state", "")
    rows = Job.objects.order_by("-created_at")
    if state in Job.State.values:
        rows = rows.filter(state=state)
    start = int_of(request, "from", 0)
    found = list(rows[start : start + PAGE + 1])
    owners = dict(Person.objects.filter(pk__in={row.owner_id for row in found}).values_list("id", "name"))
    context = {
        "rows": [(row, owners.get(row.owner_id or 0, "")) for row in found[:PAGE]],
        "states": [(value, label, value == state) for value, label in Job.State.choices],
        "state": state,
        "next_page": f"?state={state}&from={start + PAGE}" if len(found) > PAGE else "",
        "first_page": f"?state={state}" if start else "",
    }
    return render(request, "web/ground/jobs.html", context)


@require_safe
@page(Right.MANAGE_SETTINGS)
def numbering(request: HttpRequest, post: Post) -> HttpResponse:
    """The patterns in use, with an example of today and the numbers given today."""
    today = timezone.localdate()
    county = Division.objects.filter(level=Level.COUNTY, active=True).order_by("code").first()
    code = county.code if county else "□" * 6
    given = CaseCounter.objects.filter(day=today).order_by("division_code")
    names = dict(Division.objects.filter(level=Level.COUNTY).values_list("code", "name"))
    context = {
        "receipt": f"{today:%Y%m%d}-000183",
        "case": f"{code}{today:%Y%m%d}00191",
        "component": f"{code}01001000001",
        "grid": f"{code}001001001",
        "given": [(names.get(row.division_code, row.division_code), row.last) for row in given],
    }
    return render(request, "web/ground/numbering.html", context)
