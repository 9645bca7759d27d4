"""/admin/config: the whole configuration as one archive, and back: looked at, then taken up by another administrator."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xiucheng.kernel import audit, jobs
from xiucheng.kernel.configuration import archive, tables, uploads
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse
from xiucheng.kernel.models import ConfigUpload, Job
from xiucheng.kernel.pages_jobs import working
from xiucheng.people.models import Post
from xiucheng.web.admin import config_jobs
from xiucheng.web.admin.common import page

SHOWN = 20
RIGHTS = config_jobs.RIGHTS
State = ConfigUpload.State


class ArchiveForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("配置文件（.zip）"),
        help_text=gettext_lazy("用这一页导出的压缩包，可以改过其中的文件。"),
        error_messages={"required": gettext_lazy("请选择文件。"), "empty": gettext_lazy("文件是空的。")},
    )


class EmptyForm(forms.Form):
    """A decision has no fields; what is wrong stands above it."""


@require_http_methods(["GET", "HEAD", "POST"])
@page(*RIGHTS)
def index(request: HttpRequest, post: Post) -> HttpResponse:
    """Export; send an archive to be looked at; those that wait."""
    form = ArchiveForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                file = form.cleaned_data["file"]
                job = config_jobs.deferred(config_jobs.read_config, _("比较配置"), post.person_id)
                made = uploads.send_in(file=file, by=post.signature, person=post.person_id, job=job)
            except Refused as refusal:
                status = refuse(form, refusal)
            else:
                return HttpResponseRedirect(reverse("admin_config_upload", args=[made.pk]))
    context = {
        "form": form,
        "uploads": ConfigUpload.objects.defer("plan", "problems")[:SHOWN],
        "files": [(table.path, _(table.label)) for table in tables()],
    }
    return render(request, "web/ground/config.html", context, status=status)


@require_POST
@page(*RIGHTS)
def export(request: HttpRequest, post: Post) -> HttpResponse:
    """Have the archive packed, as a job."""
    job = jobs.track(
        config_jobs.export_config,
        label=_("导出配置"),
        owner=post.person_id,
        post_id=post.pk,
        person_id=post.person_id,
        language=get_language() or "zh-hans",
    )
    return HttpResponseRedirect(reverse("job", args=[job.pk]))


@require_safe
@page(*RIGHTS)
def exported(request: HttpRequest, post: Post, job: UUID) -> HttpResponse:
    """The archive, for whoever asked for it; that it was taken out is recorded."""
    row = get_object_or_404(Job, pk=job, owner_id=post.person_id, task=config_jobs.export_config.name)
    try:
        with archive.EXPORTED.opened((row.result or {}).get("file", "")) as file:
            data = file.read()
    except Refused as refusal:
        sentence = _("导出的文件只留一天，已经不在了。请重新导出。")
        raise Refused(sentence, status=410, code="file_gone") from refusal
    audit.looked(by_post=post, what="config.export", of="persons", reason=_("导出配置"))
    name = _("绣城配置-%(day)s.zip") % {"day": f"{timezone.localdate():%Y%m%d}"}
    headers = {"Content-Disposition": content_disposition_header(True, name) or ""}
    return HttpResponse(data, content_type="application/zip", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@page(*RIGHTS)
def upload(request: HttpRequest, post: Post, pk: int) -> HttpResponse:
    """What an archive would change; take it up (another person than who sent it), or drop it."""
    row = get_object_or_404(ConfigUpload.objects.select_related("job"), pk=pk)
    form = EmptyForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            said = decide(row, post, request.POST.get("do", ""))
        except Refused as refusal:
            status = refuse(form, refusal)
        else:
            messages.success(request, said)
            return HttpResponseRedirect(reverse("admin_config_upload", args=[pk]))
    plan = [one | {"mine": one["right"] in post.rights, "label": _(one["label"])} for one in row.plan]
    context = {
        **_waiting(row),
        "row": row,
        "form": form,
        "plan": plan,
        "own": row.person == post.person_id,
        "job": row.job if row.busy or _told(row) else None,
        "known": row.state in (State.WAITING, State.APPLYING),
        "more_faults": max(0, row.faults - len(row.problems)),
    }
    return render(request, "web/ground/config_upload.html", context, status=status)


@require_safe
@page(*RIGHTS)
def progress(request: HttpRequest, post: Post, pk: int) -> HttpResponse:
    """How far the job is; the page is loaded anew when it has ended."""
    row = get_object_or_404(ConfigUpload.objects.select_related("job").only("state", "job"), pk=pk)
    return working(request, row.job if row.busy else None, **_waiting(row))


def _waiting(row: ConfigUpload) -> dict[str, str]:
    return {
        "renew": reverse("admin_config_progress", args=[row.pk]),
        "stop": reverse("admin_config_upload", args=[row.pk]),
    }


def _told(row: ConfigUpload) -> bool:
    """What came of it is worth telling: rows written, or a refusal to write them."""
    return bool(row.job and (row.job.result or (row.job.error and row.state == State.WAITING)))


def decide(row: ConfigUpload, post: Post, do: str) -> str:
    """Do what the button says, and say that it was done."""
    if do == "drop":
        uploads.drop(upload=row.pk, by=post.signature, person=post.person_id)
        return _("已放弃。")
    if do == "stop":
        if row.job is None or not row.busy:
            raise Refused(_("后台没有在办理这份配置。"), status=409, code="state")
        if row.job.owner_id != post.person_id:
            raise Refused(_("只有开始办理的人可以停止。"), status=403, code="no_right")
        jobs.cancel(row.job.pk)
        return _("已要求停止。")
    if do != "apply":
        raise Refused(_("没有这个动作，请用页面上的按钮。"))
    job = config_jobs.deferred(config_jobs.apply_config, _("采用配置"), post.person_id, post_id=post.pk)
    uploads.ask(upload=row.pk, by=post.signature, person=post.person_id, job=job)
    return _("正在采用，结果写在这一页。")
