"""/admin/addresses: files of address points, imported by a job: all rows, or none with every fault by row and column."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from xiucheng.kernel import jobs
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse
from xiucheng.kernel.models import Job
from xiucheng.kernel.pages_jobs import working
from xiucheng.people.models import Post
from xiucheng.people.rules import Right
from xiucheng.territory import actions
from xiucheng.territory.addresses import files
from xiucheng.territory.models import AddressImport, AddressPoint
from xiucheng.web.admin.common import page
from xiucheng.web.admin.ground import CRS, NEEDED

SHOWN = 20
STATED = ("stated", gettext_lazy("GeoJSON 里已写明"))


class UploadForm(forms.Form):
    """A file, and the CRS as a person says it."""

    file = forms.FileField(
        label=gettext_lazy("文件"),
        help_text=gettext_lazy("CSV（UTF-8 或 GB18030）、XLSX，或点的 GeoJSON；最大 1 GB，大的请用 CSV。"),
        error_messages={"required": gettext_lazy("请选择文件。"), "empty": gettext_lazy("文件是空的。")},
    )
    crs = forms.ChoiceField(
        choices=(CRS[0], STATED, *CRS[1:]), label=gettext_lazy("坐标系"), error_messages=NEEDED
    )
    epsg = forms.CharField(
        required=False,
        max_length=40,
        label=gettext_lazy("EPSG 编号"),
        help_text=gettext_lazy("例如 EPSG:2343。"),
    )
    source = forms.CharField(
        required=False,
        max_length=100,
        label=gettext_lazy("来源"),
        help_text=gettext_lazy("例如“市民政局 2026”；没有“来源”一列的行用它。"),
    )

    def chosen(self) -> str:
        given = self.cleaned_data
        return {"stated": "", "other": given["epsg"].strip()}.get(given["crs"], given["crs"])


@require_http_methods(["GET", "HEAD", "POST"])
@page(Right.MANAGE_TERRITORY)
def index(request: HttpRequest, post: Post) -> HttpResponse:
    """A new file; the imports before it."""
    form = UploadForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                made, _job = actions.import_addresses(
                    file=file,
                    filename=file.name,
                    crs=form.chosen(),
                    by=post,
                    source=form.cleaned_data["source"].strip(),
                )
            except Refused as refusal:
                status = refuse(form, refusal)
            else:
                return HttpResponseRedirect(reverse("admin_address_import", args=[made.pk]))
    context = {
        "form": form,
        "imports": AddressImport.objects.defer("problems")[:SHOWN],
        "any": AddressPoint.objects.filter(origin=AddressPoint.Origin.IMPORTED).exists(),
        "columns": [
            (names[0] if names[0] > "z" else next(name for name in names if name > "z"), names)
            for names in files.HEADINGS.values()
        ],
    }
    return render(request, "web/ground/addresses.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Right.MANAGE_TERRITORY)
def one(request: HttpRequest, post: Post, pk: UUID) -> HttpResponse:
    """One import: how far it is, stop it; then what came of it, or what is wrong."""
    row, job = _found(pk)
    form = forms.Form(request.POST or None)
    status = 200
    if request.method == "POST":
        try:
            if request.POST.get("do") != "stop":
                raise Refused(_("没有这个动作，请用页面上的按钮。"))
            if job is None or job.ended:
                raise Refused(_("这次导入已经结束，不能再停止。"), status=409, code="state")
            jobs.cancel(job.pk)
        except Refused as refusal:
            form.is_valid()
            status = refuse(form, refusal)
        else:
            messages.success(request, _("已要求停止。"))
            return HttpResponseRedirect(reverse("admin_address_import", args=[pk]))
    context = {
        **_waiting(row),
        "row": row,
        "form": form,
        "job": job if row.state == AddressImport.State.WAITING else None,
        "more_faults": max(0, row.faults - len(row.problems)),
    }
    return render(request, "web/ground/address_import.html", context, status=status)


@require_safe
@page(Right.MANAGE_TERRITORY)
def progress(request: HttpRequest, post: Post, pk: UUID) -> HttpResponse:
    """How far the job is; the page is loaded anew when it has ended."""
    row, job = _found(pk)
    return working(request, job, **_waiting(row))


def _found(pk: UUID) -> tuple[AddressImport, Job | None]:
    row = get_object_or_404(AddressImport, pk=pk)
    return row, Job.objects.filter(pk=row.job).first() if row.job else None


def _waiting(row: AddressImport) -> dict[str, str]:
    return {
        "renew": reverse("admin_address_progress", args=[row.pk]),
        "stop": reverse("admin_address_import", args=[row.pk]),
    }
