"""The page of one long job: how far it is, stop it, what came of it. For whoever started it, and for who manages jobs."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from xiucheng.kernel import jobs
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import Job

Manages = Callable[[HttpRequest], bool]


def working(request: HttpRequest, job: Job | None, **context: object) -> HttpResponse:
    """The fragment for a page that waits for a job: once it has ended, the browser loads that page anew.

    context: `renew`, the address that answers with this, and `stop`, where the form with `do=stop` goes («»: none).
    """
    if job is None or job.ended:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "kernel/_job.html", {"job": job, **context})


def addresses(manages: Manages) -> list[URLPattern]:
    """The addresses below /jobs/. manages: may this request see everybody's jobs? The kernel knows no rights."""

    def found(request: HttpRequest, job: UUID) -> Job:
        row = Job.objects.filter(pk=job).first()
        if row is None or (row.owner_id != request.user.pk and not manages(request)):
            raise Refused(_("没有找到这个任务，它可能已被清理。"), status=404)
        return row

    @require_safe
    def page(request: HttpRequest, job: UUID) -> HttpResponse:
        return render(request, "kernel/job.html", {"job": found(request, job)})

    @require_safe
    def state(request: HttpRequest, job: UUID) -> HttpResponse:
        """The fragment alone; it asks for itself until the job has ended."""
        return render(request, "kernel/_job.html", {"job": found(request, job)})

    @require_POST
    def cancel(request: HttpRequest, job: UUID) -> HttpResponse:
        row = jobs.cancel(found(request, job).pk)
        if "HX-Request" in request.headers:
            return render(request, "kernel/_job.html", {"job": row})
        return HttpResponseRedirect(reverse("job", args=[row.pk]))

    return [
        path("jobs/<uuid:job>", page, name="job"),
        path("jobs/<uuid:job>/state", state, name="job_state"),
        path("jobs/<uuid:job>/cancel", cancel, name="job_cancel"),
    ]
