"""/admin/texts: what citizens and staff are told, in each language; shipped words, the city's words, a preview."""

import hashlib
from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from xiucheng.cases.rules import notices
from xiucheng.kernel import stamps, texts
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse
from xiucheng.kernel.models import TextOverride
from xiucheng.people.models import Post
from xiucheng.people.rules import Right
from xiucheng.web.admin.common import page

SHOWN = 100
GROUPS = {
    "reporter": gettext_lazy("告诉上报人的"),
    "staff": gettext_lazy("告诉工作人员的"),
    "all": gettext_lazy("界面上的任何一句"),
}
EXAMPLES = {
    "note": gettext_lazy("（办理人员写的话）"),
    "number": "20261124-000183",
    "count": "3",
    "percent": "80",
    "waiting": "12",
    "due": "4",
    "late": "1",
    "sentence": gettext_lazy("您的上报已受理。"),
    "code": "7K2M",
}


def of_reporter() -> list[str]:
    """The messages to citizens, in the order of the flow."""
    return [*notices.REPORTER.values(), notices.VOIDED]


def of_staff() -> list[str]:
    """The messages to staff."""
    found = [
        notices.NEW_LEG,
        notices.USED_UP,
        notices.OVERDUE_HERE,
        notices.OVERDUE_THERE,
        *notices.TO_DEPARTMENT.values(),
        *notices.TASKS.values(),
        *(sentence for _role, _kind, sentence in notices.TURN.values()),
        *(sentence for _role, sentence in notices.DECIDERS.values()),
        *(sentence for rows in notices.TO_ROLES.values() for _role, _kind, sentence in rows),
    ]
    return list(dict.fromkeys(found))


def key(msgid: str) -> str:
    return hashlib.sha256(msgid.encode()).hexdigest()[:16]


def everything() -> Iterator[str]:
    yield from of_reporter()
    yield from of_staff()
    yield from texts.shipped()


class TextForm(forms.Form):
    """One message in every language."""

    def __init__(self, data: Any = None, *, msgid: str) -> None:
        super().__init__(data)
        self.msgid = msgid
        stored = dict(TextOverride.objects.filter(msgid=msgid).values_list("language", "text"))
        for language, name in settings.LANGUAGES:
            shipped = texts.default(msgid, language)
            self.fields[self.field(language)] = forms.CharField(
                label=name,
                required=False,
                initial=stored.get(language, shipped),
                widget=forms.Textarea(attrs={"rows": 3, "lang": language}),
                help_text=_("原文：%(text)s") % {"text": shipped},
            )

    @staticmethod
    def field(language: str) -> str:
        return "text_" + language.replace("-", "_")


@require_safe
@page(Right.MANAGE_SETTINGS)
def index(request: HttpRequest, post: Post) -> HttpResponse:
    """The messages of a group; any sentence of the interface by its words."""
    group = request.GET.get("group", "reporter")
    group = group if group in GROUPS else "reporter"
    words, changed = request.GET.get("q", "").strip().casefold(), request.GET.get("changed") == "1"
    stored: dict[str, dict[str, str]] = {}
    for row in TextOverride.objects.all():
        stored.setdefault(row.msgid, {})[row.language] = row.text
    found = {"reporter": of_reporter, "staff": of_staff, "all": lambda: list(dict.fromkeys(everything()))}[
        group
    ]()
    if words:
        found = [
            msgid
            for msgid in found
            if words in f"{msgid} {texts.default(msgid, 'en')} {stored.get(msgid, '')}".casefold()
        ]
    if changed:
        found = [msgid for msgid in found if msgid in stored]
    rows = [
        {
            "key": key(msgid),
            "shipped": msgid,
            "now": [
                (language, stored.get(msgid, {}).get(language) or texts.default(msgid, language))
                for language, _name in settings.LANGUAGES
            ],
            "changed": msgid in stored,
        }
        for msgid in found[:SHOWN]
    ]
    context = {
        "rows": rows,
        "count": len(found),
        "groups": [(name, str(label), name == group) for name, label in GROUPS.items()],
        "group": group,
        "q": request.GET.get("q", ""),
        "changed": changed,
    }
    return render(request, "web/ground/texts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Right.MANAGE_SETTINGS)
def edit(request: HttpRequest, post: Post, name: str) -> HttpResponse:
    """One message: its words in each language, a preview, the shipped ones again."""
    msgid = next((one for one in everything() if key(one) == name), None)
    if msgid is None:
        raise Http404
    form = TextForm(request.POST or None, msgid=msgid)
    status, previews = 200, []
    if request.method == "POST":
        form.full_clean()
        if "reset" in request.POST:
            for language, _name in settings.LANGUAGES:
                texts.reset_text(msgid=msgid, language=language, by=post.signature, person=post.person_id)
            messages.success(request, _("已恢复原文。"))
            return HttpResponseRedirect(reverse("admin_text", args=[name]))
        status = _save(form, post, keep="preview" not in request.POST)
        if status == 302:
            messages.success(request, _("已保存，马上用新的说法。"))
            return HttpResponseRedirect(reverse("admin_text", args=[name]))
        if status == 200:
            examples = {k: str(v) for k, v in EXAMPLES.items()}
            previews = [
                (label, texts.preview(form.cleaned_data[form.field(language)], examples))
                for language, label in settings.LANGUAGES
            ]
    context = {
        "form": form,
        "gaps": sorted(texts.gaps(msgid)),
        "previews": previews,
        "changed": TextOverride.objects.filter(msgid=msgid).exists(),
    }
    return render(request, "web/ground/text.html", context, status=status)


def _save(form: TextForm, post: Post, *, keep: bool) -> int:
    """All languages or none. 302 saved, 200 only looked at, 422 something is wrong."""
    status = 302 if keep else 200
    by: dict[str, Any] = {"by": post.signature, "person": post.person_id}
    with transaction.atomic():
        for language, _name in settings.LANGUAGES:
            text = form.cleaned_data.get(form.field(language), "").strip()
            try:
                if text == texts.default(form.msgid, language):
                    texts.reset_text(msgid=form.msgid, language=language, **by)
                else:
                    texts.set_text(msgid=form.msgid, language=language, text=text, **by)
            except Refused as refusal:
                status = refuse(form, refusal, known={"text": form.field(language)})
        if status != 302:
            transaction.set_rollback(True)
    if status != 302:
        stamps.forget()
        texts.refresh()
    return status
