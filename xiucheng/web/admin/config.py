"""/admin/config: the whole configuration as one archive, and back: looked at, then taken up by another administrator."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from xiucheng.kernel import audit
from xiucheng.kernel.configuration import archive, tables, uploads
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse
from xiucheng.kernel.models import ConfigUpload
from xiucheng.people.models import Post
from xiucheng.people.rules import Right
from xiucheng.web.admin.common import page

SHOWN = 20
RIGHTS = (Right.MANAGE_SETTINGS, Right.MANAGE_RIGHTS)


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
                made = uploads.send_in(file=file, by=post.signature, person=post.person_id)
            except Refused as refusal:
                status = refuse(form, refusal)
            else:
                return HttpResponseRedirect(reverse("admin_config_upload", args=[made.pk]))
    context = {
        "form": form,
        "uploads": ConfigUpload.objects.defer("content", "plan")[:SHOWN],
        "files": [(table.path, _(table.label)) for table in tables()],
    }
    return render(request, "web/ground/config.html", context, status=status)


@require_safe
@page(*RIGHTS)
def export(request: HttpRequest, post: Post) -> HttpResponse:
    """The archive; that it was taken out is recorded."""
    data = archive.packed()
    audit.looked(by_post=post, what="config.export", of="persons", reason=_("导出配置"))
    name = _("绣城配置-%(day)s.zip") % {"day": f"{timezone.localdate():%Y%m%d}"}
    headers = {"Content-Disposition": content_disposition_header(True, name) or ""}
    return HttpResponse(data, content_type="application/zip", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@page(*RIGHTS)
def upload(request: HttpRequest, post: Post, pk: int) -> HttpResponse:
    """What an archive would change; take it up (another person than who sent it), or drop it."""
    row = get_object_or_404(ConfigUpload.objects.defer("content"), pk=pk)
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
    context = {"row": row, "form": form, "plan": plan, "own": row.person == post.person_id}
    return render(request, "web/ground/config_upload.html", context, status=status)


def decide(row: ConfigUpload, post: Post, do: str) -> str:
    """Do what the button says, and say that it was done."""
    if do == "drop":
        uploads.drop(upload=row.pk, by=post.signature)
        return _("已放弃。")
    if do != "apply":
        raise Refused(_("没有这个动作，请用页面上的按钮。"))
    done = uploads.take_up(upload=row.pk, rights=post.rights, by=post.signature, person=post.person_id)
    values = {"added": done.added, "changed": done.changed, "removed": done.removed}
    return _("已采用：新增 %(added)d 行，改动 %(changed)d 行，去掉 %(removed)d 行。") % values
