"""/admin/forms: what else is asked for a category; one declaration for citizen, call-taker, inspector and program."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from xiucheng.catalog import actions, queries
from xiucheng.catalog.models import Category, ExtraField
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse
from xiucheng.people.models import Post
from xiucheng.people.rules import Right
from xiucheng.web.admin.common import page

NEEDED = {"required": gettext_lazy("请填这一项。")}
FOUND = 30


class FieldForm(forms.Form):
    """One extra field as typed."""

    label = forms.CharField(max_length=60, label=gettext_lazy("名称"), error_messages=NEEDED)
    label_en = forms.CharField(max_length=100, required=False, label=gettext_lazy("英文名称"))
    key = forms.CharField(
        max_length=30,
        label=gettext_lazy("键"),
        help_text=gettext_lazy("小写英文字母、数字和下划线；写进记录，以后不改。"),
        error_messages=NEEDED,
    )
    kind = forms.ChoiceField(label=gettext_lazy("填什么"), choices=ExtraField.Kind.choices)
    choices = forms.CharField(
        required=False,
        label=gettext_lazy("可选的"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("“选择”才填，一行一个。"),
    )
    doors = forms.MultipleChoiceField(
        label=gettext_lazy("出现在"),
        choices=ExtraField.Door.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请至少选一个出现的地方。")},
    )
    required = forms.BooleanField(required=False, label=gettext_lazy("必填"))
    help = forms.CharField(max_length=200, required=False, label=gettext_lazy("说明"))
    position = forms.IntegerField(min_value=0, max_value=999, initial=0, label=gettext_lazy("次序"))
    active = forms.BooleanField(required=False, initial=True, label=gettext_lazy("启用"))


@require_safe
@page(Right.MANAGE_SETTINGS)
def index(request: HttpRequest, post: Post) -> HttpResponse:
    """Categories with extra fields; others by their words."""
    words = request.GET.get("q", "").strip()
    fields = list(ExtraField.objects.select_related("category"))
    groups: dict[Category, list[ExtraField]] = {}
    for field in fields:
        groups.setdefault(field.category, []).append(field)
    context = {
        "groups": list(groups.items()),
        "q": words,
        "found": queries.search(words, limit=FOUND) if words else [],
    }
    return render(request, "web/ground/forms.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Right.MANAGE_SETTINGS)
def category(request: HttpRequest, post: Post, category: int) -> HttpResponse:
    """The extra fields of one category; a new one, or the one chosen by `field`."""
    row = get_object_or_404(Category, pk=category)
    fields = list(ExtraField.objects.filter(category=row))
    chosen = next((field for field in fields if field.key == request.GET.get("field")), None)
    form = FieldForm(request.POST or None, initial=_initial(chosen))
    if chosen is not None:
        form.fields["key"].disabled = form.fields["kind"].disabled = True
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            given["choices"] = given["choices"].splitlines()
            try:
                actions.set_extra_field(category=row, by=post, **given)
            except Refused as refusal:
                status = refuse(form, refusal)
            else:
                messages.success(request, _("已保存，马上出现在表单里。"))
                return HttpResponseRedirect(reverse("admin_forms_category", args=[row.pk]))
    context = {"row": row, "fields": fields, "chosen": chosen, "form": form}
    return render(request, "web/ground/forms_category.html", context, status=status)


def _initial(field: ExtraField | None) -> dict[str, Any]:
    if field is None:
        return {"doors": [door for door, _label in ExtraField.Door.choices]}
    values = {name: getattr(field, name) for name in (*actions.forms.CHANGEABLE, "key", "kind")}
    return values | {"choices": "\n".join(field.choices)}
