"""My exports: ask for one, watch it, take the file, delete it."""

from typing import Any
from uuid import UUID

from django.core.files.storage import storages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from xiucheng.cases.actions import lists as actions
from xiucheng.cases.models import CaseExport, ListChoice
from xiucheng.cases.pages import controls
from xiucheng.cases.queries.asked import filter_of
from xiucheng.kernel.errors import Refused
from xiucheng.people.actions import require
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Right

SHOWN = 100
MIMES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """Mine, the newest first."""
    post = acting_post(request)
    require(post, Right.VIEW_CASES)
    found = CaseExport.objects.filter(owner=post.person_id).select_related("job").order_by("-created_at")
    return render(request, "cases/exports.html", {"rows": [row(made) for made in found[:SHOWN]]})


def row(made: CaseExport) -> dict[str, Any]:
    return {
        "export": made,
        "job": made.job,
        "says": "；".join(controls.said(made.asked)) or _("管辖范围内的全部案件"),
        "columns": len(made.columns),
        "expired": made.expires_at is not None and made.expires_at < timezone.now(),
    }


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Export what the list shows. asked: the address of the list after its «?»; all=1: every column."""
    post = acting_post(request)
    filter = filter_of(QueryDict(request.POST.get("asked", "")[:4000]))
    keys: list[str] = []
    if request.POST.get("columns") == "chosen":
        choice = ListChoice.objects.filter(person=post.person_id).first()
        keys = choice.columns if choice else []
    actions.export(by=post, filter=filter, format=request.POST.get("format", ""), keys=keys)
    return HttpResponseRedirect(reverse("exports"))


@require_safe
def file(request: HttpRequest, export: UUID) -> FileResponse:
    """The file itself."""
    made = actions.take_export(by=acting_post(request), export_id=export)
    try:
        content = storages["files"].open(made.file)
    except FileNotFoundError:
        raise Refused(_("文件已不在，请重新导出。"), status=410) from None
    at = timezone.localtime(made.created_at)
    name = f"{_('案件')}-{at:%Y%m%d-%H%M}.{made.format}"
    response = FileResponse(content, as_attachment=True, filename=name, content_type=MIMES[made.format])
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def delete(request: HttpRequest, export: UUID) -> HttpResponse:
    actions.delete_export(by=acting_post(request), export_id=export)
    return HttpResponseRedirect(reverse("exports"))
