"""我的通知: which kinds of messages, by which channel, when not."""

from typing import Any

from django import forms
from django.contrib import messages as banners
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from xiucheng.cases import actions, queries
from xiucheng.cases.models import NoticeChoice
from xiucheng.cases.rules.notices import KIND_NAMES, NoticeKind
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse
from xiucheng.kernel.masking import mask_phone
from xiucheng.people.queries import acting_post

CHOSEN = {kind: name for kind, name in KIND_NAMES.items() if kind is not NoticeKind.DIGEST}
HOURS = [(hour, f"{hour:02d}:00") for hour in range(24)]


class NotificationsForm(forms.Form):
    """page, sms: the kinds wanted by each channel. Hours of the local clock."""

    page = forms.MultipleChoiceField(required=False, label=gettext_lazy("页面"))
    sms = forms.MultipleChoiceField(required=False, label=gettext_lazy("短信"))
    digest = forms.BooleanField(required=False, label=gettext_lazy("每天收一份提要"))
    digest_hour = forms.TypedChoiceField(choices=HOURS, coerce=int, label=gettext_lazy("几点"))
    digest_by = forms.MultipleChoiceField(
        required=False, choices=[("page", gettext_lazy("页面")), ("sms", gettext_lazy("短信"))]
    )
    quiet_from = forms.TypedChoiceField(choices=HOURS, coerce=int, label=gettext_lazy("从"))
    quiet_to = forms.TypedChoiceField(choices=HOURS, coerce=int, label=gettext_lazy("到"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("page", "sms"):
            self.fields[name].choices = [(kind.value, _(words)) for kind, words in CHOSEN.items()]  # type: ignore[attr-defined]

    @property
    def kinds(self) -> list[dict[str, Any]]:
        """The table of kinds: one row each, with what is ticked in it."""
        page, sms = set(self["page"].value() or ()), set(self["sms"].value() or ())
        return [
            {"kind": kind.value, "name": _(words), "page": kind.value in page, "sms": kind.value in sms}
            for kind, words in CHOSEN.items()
        ]


@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: HttpRequest) -> HttpResponse:
    post, status = acting_post(request), 200
    person = post.person
    if request.method == "POST":
        form = NotificationsForm(request.POST)
        status = 422
        if form.is_valid():
            try:
                actions.choose_notices(by=person, **chosen(form.cleaned_data))
            except Refused as refusal:
                refuse(form, refusal)
            else:
                banners.success(request, _("已保存。"))
                return HttpResponseRedirect(reverse("notifications"))
    else:
        form = NotificationsForm(initial=shown(queries.choice_of(person.pk)))
    context = {"form": form, "phone": mask_phone(person.phone) if person.phone else ""}
    return render(request, "cases/notifications.html", context, status=status)


def chosen(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "muted": [kind.value for kind in CHOSEN if kind.value not in data["page"]],
        "sms": data["sms"],
        "digest_hour": data["digest_hour"] if data["digest"] else None,
        "digest_by": data["digest_by"],
        "quiet_from": data["quiet_from"],
        "quiet_to": data["quiet_to"],
    }


def shown(choice: NoticeChoice) -> dict[str, Any]:
    return {
        "page": [kind.value for kind in CHOSEN if kind.value not in choice.muted],
        "sms": choice.sms,
        "digest": choice.digest_hour is not None,
        "digest_hour": 8 if choice.digest_hour is None else choice.digest_hour,
        "digest_by": choice.digest_by,
        "quiet_from": choice.quiet_from,
        "quiet_to": choice.quiet_to,
    }
