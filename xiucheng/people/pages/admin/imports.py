"""/admin/imports: people, departments and posts from a table."""

from io import BytesIO
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xiucheng.kernel import sheets
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import Job
from xiucheng.kernel.pages_jobs import working
from xiucheng.people import rules_import
from xiucheng.people.actions import imports as actions
from xiucheng.people.models import PeopleImport, Post
from xiucheng.people.pages._shared import to
from xiucheng.people.pages.admin._shared import administrator, tried

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("表格文件"),
        help_text=gettext_lazy("XLSX、XLS，或 UTF-8、GB18030 的 CSV；第一行是列名，最多 20000 行。"),
        error_messages={
            "required": gettext_lazy("请选择表格文件。"),
            "empty": gettext_lazy("文件是空的，请选择填好的表格。"),
        },
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, kind: str) -> HttpResponse:
    """从表格导入: the columns, the template, the upload."""
    _known(kind)
    post = administrator(request, actions.RIGHTS[kind])
    form, status = UploadForm(*(request.POST, request.FILES) if request.method == "POST" else ()), 200
    if form.is_bound:

        def act() -> PeopleImport:
            file = form.cleaned_data["file"]
            return actions.upload(kind=kind, file=file, name=file.name, by=post)

        found, status = tried(form, act)
        if found:
            return to("people:admin_one_import", found.pk)
    context = {
        "form": form,
        "kind": kind,
        "kind_name": PeopleImport.Kind(kind).label,
        "columns": rules_import.COLUMNS[kind],
        "recent": PeopleImport.objects.filter(owner=post.person_id, kind=kind)[:5],
    }
    return render(request, "people/admin/import_start.html", context, status=status)


@require_safe
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """The empty workbook with the headings."""
    _known(kind)
    administrator(request, actions.RIGHTS[kind])
    file, title = BytesIO(), str(PeopleImport.Kind(kind).label)
    sheets.write_xlsx(file, [_(column.heading) for column in rules_import.COLUMNS[kind]], [], title=title)
    return _workbook(file.getvalue(), f"{title}.xlsx")


@never_cache
@require_safe
def one_import(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What was found: errors by row and column, or what will be created and changed; then what came of it."""
    found = _own(administrator(request), pk)
    context = {
        **_waiting(found),
        "found": found,
        "job": _job(found),
        "more_errors": max(0, found.plan.get("errors", 0) - len(found.errors)),
    }
    return render(request, "people/admin/import.html", context)


@never_cache
@require_safe
def progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far the job is; the page is loaded anew when it has ended."""
    found = _own(administrator(request), pk)
    return working(request, _job(found), **_waiting(found))


@require_POST
def stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    """停止."""
    post = administrator(request)
    actions.stop(found=_own(post, pk), by=post)
    messages.success(request, _("已要求停止。"))
    return to("people:admin_one_import", pk)


def _job(found: PeopleImport) -> Job | None:
    return Job.objects.filter(pk=found.job).first() if found.job else None


def _waiting(found: PeopleImport) -> dict[str, str]:
    return {
        "renew": reverse("people:admin_import_progress", args=[found.pk]),
        "stop": reverse("people:admin_stop_import", args=[found.pk]),
    }


@require_POST
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """确认导入."""
    post = administrator(request)
    found = actions.confirm(found=_own(post, pk), by=post)
    if found.state == PeopleImport.State.DONE:
        messages.success(request, _("已导入。"))
    return to("people:admin_one_import", pk)


@require_POST
def give_up(request: HttpRequest, pk: UUID) -> HttpResponse:
    """放弃."""
    post = administrator(request)
    found = _own(post, pk)
    actions.give_up(found=found, by=post)
    return to("people:admin_import", found.kind)


@never_cache
@require_POST
def passwords(request: HttpRequest, pk: UUID) -> HttpResponse:
    """取走初始密码, once."""
    post = administrator(request)
    return _workbook(actions.fetch_passwords(found=_own(post, pk), by=post), _("初始密码") + ".xlsx")


def _own(post: Post, pk: UUID) -> PeopleImport:
    """An import is seen by who made it: it may hold telephone numbers of the whole city."""
    found = PeopleImport.objects.filter(pk=pk, owner=post.person_id).first()
    if found is None:
        raise Refused(_("没有找到这次导入。"), status=404, code="no_import")
    return found


def _known(kind: str) -> None:
    if kind not in actions.RIGHTS:
        raise Refused(_("没有这种导入，请从人员、部门或岗位页进入。"), status=404, code="no_kind")


def _workbook(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=XLSX)
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return answer
