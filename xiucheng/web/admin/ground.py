"""/admin/ground: divisions and grids from files, as versions: confirmed, checked, compared, approved by another."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from xiucheng.kernel import jobs
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse
from xiucheng.kernel.pages_jobs import working
from xiucheng.people.models import Post
from xiucheng.people.rules import Right
from xiucheng.territory.rules import LEVEL_NAMES
from xiucheng.territory.versions import actions, queries, reading
from xiucheng.territory.versions.models import GroundVersion, VersionFeature
from xiucheng.web.admin import ground_jobs
from xiucheng.web.admin.common import int_of, page

PAGE = 100
SHOWN = 50
State = GroundVersion.State
NEEDED = {"required": gettext_lazy("请填这一项。")}
CRS: tuple[tuple[str, Any], ...] = (
    ("", gettext_lazy("请选择")),
    ("EPSG:4490", gettext_lazy("CGCS2000 经纬度（EPSG:4490）")),
    ("EPSG:4326", gettext_lazy("WGS 84 经纬度（EPSG:4326）")),
    ("EPSG:4542", gettext_lazy("CGCS2000 3 度带 99°E（EPSG:4542）")),
    ("EPSG:4543", gettext_lazy("CGCS2000 3 度带 102°E（EPSG:4543）")),
    ("EPSG:4544", gettext_lazy("CGCS2000 3 度带 105°E（EPSG:4544）")),
    ("GCJ02", gettext_lazy("GCJ02（高德、腾讯，有偏移）")),
    ("BD09", gettext_lazy("BD09（百度，有偏移）")),
    ("other", gettext_lazy("其他，写 EPSG 编号")),
)
FIELD_WORDS = {
    "county": gettext_lazy("区县"),
    "township": gettext_lazy("街道"),
    "community": gettext_lazy("社区"),
    "unit_grid": gettext_lazy("单元网格"),
    "beat": gettext_lazy("责任网格"),
    "department": gettext_lazy("责任部门"),
}
COLUMN_WORDS = {
    "code": gettext_lazy("代码"),
    "name": gettext_lazy("名称"),
    "grade": gettext_lazy("管理区域等级"),
    "beat": gettext_lazy("责任网格"),
    "removed": gettext_lazy("停用标记"),
}


class UploadForm(forms.Form):
    """A file and what it is meant to be."""

    kind = forms.ChoiceField(label=gettext_lazy("内容"), choices=GroundVersion.Kind.choices, initial="grids")
    title = forms.CharField(max_length=100, label=gettext_lazy("版本名称"), error_messages=NEEDED)
    effective = forms.DateField(
        label=gettext_lazy("从哪天起生效"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={**NEEDED, "invalid": gettext_lazy("不是日期，请写成 2027-01-01。")},
    )
    mode = forms.ChoiceField(
        label=gettext_lazy("文件范围"), choices=GroundVersion.Mode.choices, initial="part"
    )
    area_code = forms.CharField(
        required=False,
        max_length=12,
        label=gettext_lazy("哪一片的全部"),
        help_text=gettext_lazy("区划代码，2 至 12 位；文件只含变动时留空。"),
    )
    file = forms.FileField(
        label=gettext_lazy("文件"),
        help_text=gettext_lazy(
            "GeoPackage、Shapefile（几个文件打成一个 .zip，属性表可以是 GBK）、GeoJSON，或带 WKT 列的 CSV。"
        ),
        error_messages={"required": gettext_lazy("请选择文件。"), "empty": gettext_lazy("文件是空的。")},
    )


class ConfirmForm(forms.Form):
    """The CRS said by a person, and which column is what."""

    layer = forms.ChoiceField(required=False, label=gettext_lazy("图层"))
    crs = forms.ChoiceField(choices=CRS, label=gettext_lazy("坐标系"), error_messages=NEEDED)
    epsg = forms.CharField(
        required=False,
        max_length=40,
        label=gettext_lazy("EPSG 编号"),
        help_text=gettext_lazy("例如 EPSG:2343。"),
    )

    def __init__(self, data: Any = None, *, version: GroundVersion) -> None:
        found = version.found
        known = version.crs in dict(CRS)
        initial = {
            "crs": version.crs if known else ("other" if version.crs else ""),
            "epsg": "" if known else version.crs,
            "layer": found.get("layer", ""),
            **{f"column_{name}": column for name, column in found.get("fields", {}).items()},
        }
        super().__init__(data, initial=initial)
        layers = found.get("layers", [])
        if len(layers) < 2:
            del self.fields["layer"]
        else:
            self.fields["layer"].choices = [(name, name) for name in layers]  # type: ignore[attr-defined]
        columns = [("", _("（没有）")), *((name, name) for name in found.get("columns", []))]
        for name, words in COLUMN_WORDS.items():
            self.fields[f"column_{name}"] = forms.ChoiceField(
                required=False, choices=columns, label=_("哪一列是%(what)s") % {"what": words}
            )

    def chosen(self) -> dict[str, Any]:
        given = self.cleaned_data
        columns = {name: given[f"column_{name}"] for name in COLUMN_WORDS}
        crs = given["epsg"] if given["crs"] == "other" else given["crs"]
        return {"crs": crs, "layer": given.get("layer", ""), "fields": columns}


class DecisionForm(forms.Form):
    answer = forms.CharField(
        max_length=500, required=False, label=gettext_lazy("意见"), widget=forms.Textarea(attrs={"rows": 2})
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page(Right.MANAGE_TERRITORY, Right.APPROVE_STANDARD)
def index(request: HttpRequest, post: Post) -> HttpResponse:
    """What is in force, the versions and their state; a new file."""
    may_draft = Right.MANAGE_TERRITORY in post.rights
    form = UploadForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if not may_draft:
            raise Refused(_("您的岗位只能批准，不能导入。"), status=403, code="no_right")
        if form.is_valid():
            given = form.cleaned_data
            file = given.pop("file")
            try:
                job = ground_jobs.deferred(ground_jobs.read_version, _("读入区划和网格"), post.person_id)
                made = actions.upload(
                    file=file, name=file.name, by=post.person, who=post.signature, job=job, **given
                )
            except Refused as refusal:
                status = refuse(form, refusal)
            else:
                return HttpResponseRedirect(reverse("admin_ground_version", args=[made.pk]))
    levels = queries.in_force_counts(timezone.localdate())
    context = {
        "form": form,
        "may_draft": may_draft,
        "counts": [(_(LEVEL_NAMES[level]), count) for level, count in levels.items()],
        "versions": GroundVersion.objects.defer("problems").select_related("drafted_by", "decided_by")[
            :SHOWN
        ],
    }
    return render(request, "web/ground/ground.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Right.MANAGE_TERRITORY, Right.APPROVE_STANDARD)
def version(request: HttpRequest, post: Post, pk: int) -> HttpResponse:
    """One version: confirm its CRS, read what is wrong, see the difference and the effect, decide."""
    row = get_object_or_404(GroundVersion.objects.select_related("drafted_by", "decided_by", "job"), pk=pk)
    may_draft = Right.MANAGE_TERRITORY in post.rights
    confirm = row.state in (State.UPLOADED, State.DRAFT) and row.upload != "" and may_draft
    form: forms.Form = DecisionForm(request.POST or None)
    confirm_form = None
    status = 200
    do = request.POST.get("do", "")
    if confirm:
        confirm_form = ConfirmForm(request.POST if do == "confirm" else None, version=row)
    if request.method == "POST":
        active = confirm_form if do == "confirm" and confirm_form else form
        status = 422
        if active.is_valid():
            try:
                said = _act(row, post, do, active, may_draft)
            except Refused as refusal:
                status = refuse(active, refusal, known={"code": "column_code"})
            else:
                messages.success(request, said)
                return HttpResponseRedirect(reverse("admin_ground_version", args=[pk]))
    return render(
        request, "web/ground/version.html", _context(request, row, post, form, confirm_form), status=status
    )


def _act(row: GroundVersion, post: Post, do: str, form: Any, may_draft: bool) -> str:
    if do in ("confirm", "effect", "submit", "withdraw") and not may_draft:
        raise Refused(_("您的岗位只能批准，不能改动版本。"), status=403, code="no_right")
    check = ground_jobs.deferred(ground_jobs.check_version, _("核对区划和网格"), post.person_id)
    if do == "confirm":
        if not isinstance(form, ConfirmForm):  # pressed twice, or the page is an old one
            raise Refused(_("这个版本现在不能确认坐标系，请刷新页面。"), status=409, code="state")
        actions.confirm(version=row, **form.chosen(), job=check)
        return _("已确认，正在核对。")
    if do == "effect":
        actions.check_again(version=row, job=check)
        return _("正在重新核对和计算影响。")
    if do == "submit":
        actions.submit(version=row)
        return _("已提交，请另一位管理员或领导批准。")
    if do == "withdraw":
        actions.withdraw(version=row)
        return _("已撤回。")
    if do == "stop":
        return _stop(row, post, may_draft)
    if do in ("approve", "reject"):
        given = {
            "version": row,
            "by": post.person,
            "who": post.signature,
            "answer": form.cleaned_data["answer"],
        }
        if do == "reject":
            actions.reject(**given)
            return _("已退回。")
        label = _("批准区划和网格")
        job = ground_jobs.deferred(ground_jobs.approve_version, label, post.person_id, post_id=post.pk)
        actions.approve(**given, job=job)
        return _("正在按现行的重新核对，核对完即批准。")
    raise Refused(_("没有这个动作，请用页面上的按钮。"))


def _stop(row: GroundVersion, post: Post, may_draft: bool) -> str:
    """Whoever asked for it stops it, and whoever may draft."""
    if row.job is None or not row.busy:
        raise Refused(_("后台没有在办理这个版本。"), status=409, code="state")
    if not may_draft and row.job.owner_id != post.person_id:
        raise Refused(_("只有开始办理的人或能起草的管理员可以停止。"), status=403, code="no_right")
    jobs.cancel(row.job.pk)
    return _("已要求停止。")


@require_safe
@page(Right.MANAGE_TERRITORY, Right.APPROVE_STANDARD)
def progress(request: HttpRequest, post: Post, pk: int) -> HttpResponse:
    """How far the job is; the page is loaded anew when it has ended."""
    row = get_object_or_404(GroundVersion.objects.select_related("job").only("state", "job"), pk=pk)
    return working(request, row.job if row.busy else None, **_waiting(row))


def _refused(row: GroundVersion) -> bool:
    """Its last job came to nothing, and may be asked for again."""
    return row.state in (State.UPLOADED, State.SUBMITTED) and bool(row.job and row.job.error)


def _waiting(row: GroundVersion) -> dict[str, str]:
    return {
        "renew": reverse("admin_ground_progress", args=[row.pk]),
        "stop": reverse("admin_ground_version", args=[row.pk]),
    }


def _context(
    request: HttpRequest, row: GroundVersion, post: Post, form: forms.Form, confirm_form: ConfirmForm | None
) -> dict[str, Any]:
    start = int_of(request, "from", 0)
    chosen = request.GET.get("change", "")
    changed = row.features.exclude(change="same").defer("shape")
    if chosen in VersionFeature.Change.values:
        changed = changed.filter(change=chosen)
    features = list(changed.order_by("change", "code")[start : start + PAGE + 1])
    shown = row.effect or {}
    fields = [(str(FIELD_WORDS[name]), count) for name, count in shown.get("fields", {}).items()]
    rows = [
        one | {"changes": [(str(FIELD_WORDS[name]), old, new) for name, old, new in one["changes"]]}
        for one in shown.get("rows", [])
    ]
    more = f"change={chosen}&from={start + PAGE}"
    return {
        **_waiting(row),
        "row": row,
        "known": bool(row.counts) and row.state not in (State.UPLOADED, State.CHECKING),
        "job": row.job if row.busy or _refused(row) else None,
        "form": form,
        "confirm_form": confirm_form,
        "crs_found": row.found.get("crs", ""),
        "crs_name": reading.crs_name(row.crs) if row.crs else "",
        "may_draft": Right.MANAGE_TERRITORY in post.rights,
        "own": row.drafted_by_id == post.person_id,
        "errors": [problem for problem in row.problems if problem["level"] == "error"],
        "warnings": [problem for problem in row.problems if problem["level"] == "warning"],
        "counts": [(key, words, row.counts.get(key, 0)) for key, words in VersionFeature.Change.choices],
        "changed": sum(count for key, count in row.counts.items() if key != "same"),
        "chosen": chosen,
        "features": features[:PAGE],
        "next_page": f"?{more}#list" if len(features) > PAGE else "",
        "first_page": f"?change={chosen}#list" if start else "",
        "effect": shown if "cases" in shown else None,
        "effect_fields": fields,
        "effect_rows": rows,
        "relocated": shown.get("relocated"),
    }


@require_safe
@page(Right.MANAGE_TERRITORY, Right.APPROVE_STANDARD)
def difference(request: HttpRequest, post: Post, pk: int) -> HttpResponse:
    """The difference for the map: GeoJSON, `kind` says the colour."""
    row = get_object_or_404(GroundVersion, pk=pk)
    return HttpResponse(queries.drawn(row), content_type="application/geo+json")
