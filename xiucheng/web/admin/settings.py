"""/admin/settings: every declared setting with unit, source and confidence; for everywhere or a division; its history."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from xiucheng.kernel import settings
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse
from xiucheng.kernel.models import AdminChange, Setting
from xiucheng.kernel.settings import Declared, write
from xiucheng.kernel.worktime import Limit, Unit
from xiucheng.people.models import Post
from xiucheng.people.rules import Right
from xiucheng.territory.models import Division
from xiucheng.web.admin.common import known_division, page

ROOMS = {
    "calendar": gettext_lazy("工作日历"),
    "cases": gettext_lazy("案件与时限"),
    "insight": gettext_lazy("建议与查重"),
    "report": gettext_lazy("公众上报"),
    "notices": gettext_lazy("消息和提要"),
    "sms": gettext_lazy("短信"),
    "webhook": gettext_lazy("推送"),
    "territory": gettext_lazy("网格与地址"),
    "map": gettext_lazy("地图"),
    "files": gettext_lazy("照片和文件"),
    "retention": gettext_lazy("保存期限"),
    "password": gettext_lazy("密码"),
    "totp": gettext_lazy("动态口令"),
    "session": gettext_lazy("登录"),
    "delegation": gettext_lazy("代理"),
    "rate": gettext_lazy("访问频率"),
}
CONFIDENCES = {
    "H": gettext_lazy("原文可查"),
    "M": gettext_lazy("业内通行"),
    "L": gettext_lazy("没有依据，请按本地规定核定"),
    "P": gettext_lazy("本平台的约定"),
}
CHOICES = {
    "weekends": gettext_lazy("按周一至周五暂算"),
    "refuse": gettext_lazy("不予计算"),
    "free": gettext_lazy("自愿"),
    "urged": gettext_lazy("登录后提醒"),
    "required": gettext_lazy("必须，未设不能办事"),
}
HISTORY = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as the list shows it."""

    declared: Declared
    value: str
    changed: bool
    divisions: int

    @property
    def label(self) -> str:
        return _(self.declared.label)

    @property
    def default(self) -> str:
        return shown(self.declared, write(self.declared.default))

    @property
    def confidence(self) -> str:
        return str(CONFIDENCES[self.declared.confidence])

    @property
    def source(self) -> str:
        return source_of(self.declared)


def source_of(declared: Declared) -> str:
    return _(declared.source) if declared.source else ""


def shown(declared: Declared, text: str) -> str:
    """A stored value in words: «是», «50、80、100 %»."""
    if declared.kind is bool:
        return _("是") if text == "true" else _("否")
    if declared.choices:
        return str(CHOICES[text])
    if declared.kind is tuple:
        text = _("、").join(text.split(","))
    unit = _(declared.unit) if declared.unit else ""
    return f"{text} {unit}".strip() or _("（空）")


class ValueForm(forms.Form):
    """One value, typed by its declaration."""

    value = forms.CharField(required=False, label=gettext_lazy("值"))
    division = forms.CharField(
        required=False,
        max_length=12,
        label=gettext_lazy("只用于区划"),
        help_text=gettext_lazy("区划代码，2 至 12 位；全市留空。"),
    )
    note = forms.CharField(required=False, max_length=300, label=gettext_lazy("改动原因"))

    def __init__(self, *args: Any, declared: Declared, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"] = _field(declared)

    def clean_division(self) -> str:
        return known_division(self.cleaned_data["division"])


def _field(declared: Declared) -> forms.CharField:
    label, help_text = gettext_lazy("值"), _help(declared)
    widget: forms.Widget = forms.TextInput()
    if declared.kind is bool:
        widget = forms.Select(choices=[("true", _("是")), ("false", _("否"))])
    elif declared.choices:
        widget = forms.Select(choices=[(word, CHOICES[word]) for word in declared.choices])
    elif declared.kind is int:
        widget = forms.NumberInput(attrs={"min": declared.minimum, "max": declared.maximum})
    return forms.CharField(label=label, help_text=help_text, widget=widget, required=declared.kind is not str)


def _help(declared: Declared) -> str:
    words = []
    if declared.kind is Limit:
        words.append(_("数量加空格加单位，单位有：%(units)s。") % {"units": _("、").join(Unit)})
    if declared.kind is tuple:
        words.append(_("用逗号隔开的整数。"))
    if declared.minimum is not None and declared.maximum is not None:
        words.append(_("%(low)s 至 %(high)s。") % {"low": declared.minimum, "high": declared.maximum})
    if declared.unit:
        words.append(_("单位：%(unit)s。") % {"unit": _(declared.unit)})
    return "".join(words)


@require_safe
@page(Right.MANAGE_SETTINGS)
def index(request: HttpRequest, post: Post) -> HttpResponse:
    """All settings by room; `q` searches key, label and source; `changed=1` shows only what differs."""
    words, changed = request.GET.get("q", "").strip().casefold(), request.GET.get("changed") == "1"
    stored = list(Setting.objects.all())
    cities = {override.key: override.value for override in stored if not override.division_code}
    divisions: dict[str, int] = {}
    for override in stored:
        if override.division_code:
            divisions[override.key] = divisions.get(override.key, 0) + 1
    groups: dict[str, list[Row]] = {}
    for key, declared in sorted(settings.ALL.items()):
        if words and words not in f"{key} {_(declared.label)} {source_of(declared)}".casefold():
            continue
        row = Row(
            declared,
            shown(declared, cities.get(key, write(declared.default))),
            key in cities,
            divisions.get(key, 0),
        )
        if not changed or row.changed or row.divisions:
            groups.setdefault(key.split(".")[0], []).append(row)
    found = [(str(name), groups[room]) for room, name in ROOMS.items() if room in groups]
    context = {"groups": found, "q": request.GET.get("q", ""), "changed": changed, "count": len(settings.ALL)}
    return render(request, "web/ground/settings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Right.MANAGE_SETTINGS)
def edit(request: HttpRequest, post: Post, key: str) -> HttpResponse:
    """One setting: its value for everywhere or a division, what overrides it where, and who changed it when."""
    declared = settings.ALL.get(key)
    if declared is None:
        raise Http404
    status = 200
    if request.method == "POST" and "reset" in request.POST:
        division = request.POST.get("reset", "")
        settings.reset(key=key, by=post.signature, person=post.person_id, division=division)
        messages.success(request, _("已恢复默认。"))
        return HttpResponseRedirect(reverse("admin_setting", args=[key]))
    form = ValueForm(request.POST or None, declared=declared, initial=_initial(declared, request))
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                settings.set_value(
                    key=key,
                    value=form.cleaned_data["value"],
                    by=post.signature,
                    person=post.person_id,
                    division=form.cleaned_data["division"],
                    note=form.cleaned_data["note"],
                )
            except Refused as refusal:
                status = refuse(form, refusal, known={"division_code": "division"})
            else:
                messages.success(request, _("已保存，马上生效。"))
                return HttpResponseRedirect(reverse("admin_setting", args=[key]))
    return render(request, "web/ground/setting.html", _edit_context(declared, form), status=status)


def _initial(declared: Declared, request: HttpRequest) -> dict[str, str]:
    division = request.GET.get("division", "")
    return {"value": write(settings.get(declared.key, division)), "division": division}


def _edit_context(declared: Declared, form: ValueForm) -> dict[str, Any]:
    rows = list(Setting.objects.filter(key=declared.key).order_by("division_code"))
    names = dict(
        Division.objects.filter(code__in=[row.division_code for row in rows]).values_list("code", "name")
    )
    subject = f"setting {declared.key}"
    history = AdminChange.objects.filter(step="setting", subject__startswith=subject).order_by("-at")
    return {
        "row": Row(declared, "", any(not row.division_code for row in rows), len(rows)),
        "form": form,
        "overrides": [
            {
                "code": row.division_code,
                "name": names.get(row.division_code, row.division_code) or _("全市"),
                "value": shown(declared, row.value),
                "at": row.changed_at,
                "by": row.changed_by,
            }
            for row in rows
        ],
        "history": [
            {
                "at": change.at,
                "by": change.by,
                "division": change.subject.removeprefix(subject).strip(),
                "before": _("默认") if change.before is None else shown(declared, str(change.before)),
                "after": _("默认") if change.after is None else shown(declared, str(change.after)),
                "note": change.note,
            }
            for change in history[:HISTORY]
            if change.subject.split()[1] == declared.key
        ],
    }
