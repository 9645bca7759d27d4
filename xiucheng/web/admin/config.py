"""/admin/config: the whole configuration as one archive, and back: looked at, then taken up by another administrator.

A post takes up only what it may change by hand: accounts and ground are the system administrator's, posts the security
administrator's (三权分立); the rest of the same archive waits for the other. All of a post's part, or nothing.
"""

import hashlib
import io
import zipfile
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from xiucheng.kernel import audit, configuration
from xiucheng.kernel.configuration import tables
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import ConfigUpload
from xiucheng.people.models import Post
from xiucheng.people.rules import Right
from xiucheng.web.admin.common import page, refuse, who

MEGA = 2**20
PACKED_MAX, UNPACKED_MAX = 100 * MEGA, 500 * MEGA
SHOWN = 20
State = ConfigUpload.State
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
                made = _take(form.cleaned_data["file"], post)
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
    """All files in one archive whose bytes depend on nothing but the configuration."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in configuration.written():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    audit.looked(by_post=post, what="config.export", of="persons", reason=_("导出配置"))
    name = _("绣城配置-%(day)s.zip") % {"day": f"{timezone.localdate():%Y%m%d}"}
    headers = {"Content-Disposition": content_disposition_header(True, name) or ""}
    return HttpResponse(packed.getvalue(), content_type="application/zip", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@page(*RIGHTS)
def upload(request: HttpRequest, post: Post, pk: int) -> HttpResponse:
    """What an archive would change; take it up (another person than who sent it), or drop it."""
    row = get_object_or_404(ConfigUpload.objects.defer("content"), pk=pk)
    form = EmptyForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            said = _decide(row, post, request.POST.get("do", ""))
        except Refused as refusal:
            status = refuse(form, refusal)
        else:
            messages.success(request, said)
            return HttpResponseRedirect(reverse("admin_config_upload", args=[pk]))
    plan = [one | {"mine": one["right"] in post.rights, "label": _(one["label"])} for one in row.plan]
    context = {"row": row, "form": form, "plan": plan, "own": row.person == post.person_id}
    return render(request, "web/ground/config_upload.html", context, status=status)


def _take(file: Any, post: Post) -> ConfigUpload:
    if file.size > PACKED_MAX:
        raise Refused(_("文件超过 %(limit)d MB。") % {"limit": PACKED_MAX // MEGA}, status=413, field="file")
    data = file.read()
    plans = configuration.plan(configuration.read(unpacked(data)))
    return ConfigUpload.objects.create(
        name=file.name[:200],
        digest=hashlib.sha256(data).hexdigest(),
        content=data,
        plan=[_summary(plan) for plan in plans if not plan.empty],
        by=who(post),
        person=post.person_id,
        at=timezone.now(),
    )


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of an archive, whatever folder they lie in. Raises: Refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [
                one for one in archive.infolist() if not one.is_dir() and "__MACOSX" not in one.filename
            ]
            if sum(one.file_size for one in members) > UNPACKED_MAX or len(members) > 200:
                raise Refused(_("压缩包解开以后太大。"), status=413, field="file")
            return {one.filename.rsplit("/", 1)[-1]: archive.read(one) for one in members}
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise Refused(_("压缩包打不开，请用这一页导出的 .zip。"), field="file", code="damaged") from error


def _summary(plan: configuration.FilePlan) -> dict[str, Any]:
    return {
        "file": plan.table.path,
        "label": str(plan.table.label),
        "right": plan.table.right,
        "added": len(plan.added),
        "changed": len(plan.changed),
        "removed": len(plan.removed),
        "rows": [
            *(["+", row.key[:120], []] for row in plan.added[:SHOWN]),
            *(
                ["~", new.key[:120], [[n, a[:200], b[:200]] for n, a, b in plan.columns_changed(old, new)]]
                for old, new in plan.changed[:SHOWN]
            ),
            *(["-", row.key[:120], []] for row in plan.removed[:SHOWN]),
        ],
    }


def _decide(row: ConfigUpload, post: Post, do: str) -> str:
    with transaction.atomic():
        held = ConfigUpload.objects.select_for_update().get(pk=row.pk)
        if held.state != State.WAITING:
            raise Refused(_("这份配置已经处理过了。"), status=409, code="state")
        if do == "drop":
            _close(held, post, State.DROPPED)
            return _("已放弃。")
        if do != "apply":
            raise Refused(_("没有这个动作，请用页面上的按钮。"))
        if held.person == post.person_id:
            raise Refused(
                _("上传的人不能自己采用，请另一位管理员核对后采用。"), status=403, code="approve_self"
            )
        content = configuration.read(unpacked(bytes(held.content or b"")))
        mine = {table.file: content[table.file] for table in tables() if table.right in post.rights}
        done = configuration.apply(mine, by=who(post), person=post.person_id)
        # What another administrator may take up waits for him.
        left = [_summary(plan) for plan in configuration.plan(content) if not plan.empty]
        held.plan = left
        if left:
            held.save(update_fields=["plan"])
        else:
            _close(held, post, State.APPLIED)
    values = {"added": done.added, "changed": done.changed, "removed": done.removed}
    return _("已采用：新增 %(added)d 行，改动 %(changed)d 行，去掉 %(removed)d 行。") % values


def _close(row: ConfigUpload, post: Post, state: ConfigUpload.State) -> None:
    row.state, row.decided_by, row.decided_at, row.content = state, who(post), timezone.now(), None
    row.save()
