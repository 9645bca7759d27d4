"""/admin/webhooks: which agencies' programs are told of steps, and whether it reached them."""

import re
import secrets
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xiucheng.cases.words import STEP_NAMES
from xiucheng.kernel import settings
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse
from xiucheng.kernel.rest import paging
from xiucheng.live import actions
from xiucheng.live.models import Delivery, Webhook
from xiucheng.live.rules.matching import NEVER
from xiucheng.people.actions import require
from xiucheng.people.models import Post
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Right

PAGE = 50
NEEDED = {"required": gettext_lazy("请填这一项。")}


class WebhookForm(forms.Form):
    name = forms.CharField(max_length=60, label=gettext_lazy("名称"), error_messages=NEEDED)
    url = forms.CharField(
        max_length=500,
        label=gettext_lazy("地址"),
        help_text=gettext_lazy("完整的 https 地址。本机和内部网络的地址不能用，除非运维人员允许。"),
        error_messages=NEEDED,
    )
    secret = forms.CharField(
        required=False,
        max_length=200,
        label=gettext_lazy("密钥"),
        help_text=gettext_lazy("收方用它核对签名。请现在抄给对方，保存以后不再显示；修改时留空表示不换。"),
    )
    scope_codes = forms.CharField(
        required=False,
        max_length=400,
        label=gettext_lazy("区划"),
        help_text=gettext_lazy("只推送这些区划里的案件，区划代码用逗号隔开；全市留空。"),
    )
    events = forms.MultipleChoiceField(
        required=False,
        label=gettext_lazy("事件"),
        help_text=gettext_lazy("一个也不选，就是全部。"),
        widget=forms.CheckboxSelectMultiple,
    )
    active = forms.BooleanField(required=False, initial=True, label=gettext_lazy("启用"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        offered = [(step.value, _(name)) for step, name in STEP_NAMES.items() if step not in NEVER]
        self.fields["events"].choices = offered  # type: ignore[attr-defined]

    def clean_scope_codes(self) -> list[str]:
        return [code for code in re.split(r"[\s,，、]+", self.cleaned_data["scope_codes"]) if code]


def may(request: HttpRequest) -> Post:
    post = acting_post(request)
    require(post, Right.MANAGE_SETTINGS)
    return post


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    may(request)
    rows = [
        {"hook": hook, "state": state_of(hook), "last": hook.newest}
        for hook in Webhook.objects.annotate(newest=newest_status())
    ]
    return render(request, "live/webhooks.html", {"rows": rows})


def newest_status() -> Any:
    newest = Delivery.objects.filter(webhook=OuterRef("pk")).order_by("-created_at", "-id")
    return Subquery(newest.values("created_at")[:1])


def state_of(hook: Webhook) -> tuple[str, str]:
    """A class of the look and a word."""
    if not hook.active:
        return "wait", _("停用")
    if hook.paused_at:
        return "late", _("已暂停")
    if hook.failures:
        return "soon", _("连续 %(count)d 次未送达") % {"count": hook.failures}
    return "ok", _("启用")


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    post, status = may(request), 200
    form = WebhookForm(request.POST or None, initial={"secret": secrets.token_urlsafe(32)})
    if request.method == "POST":
        if hook := saved(form, post, None):
            messages.success(request, _("已登记。可以先发一条测试。"))
            return HttpResponseRedirect(reverse("admin_webhook", args=[hook.pk]))
        status = 422
    return render(request, "live/webhook.html", {"form": form, "hook": None}, status=status)


def saved(form: WebhookForm, post: Post, key: UUID | None) -> Webhook | None:
    """None, if the form says why not."""
    if not form.is_valid():
        return None
    try:
        return actions.save_webhook(by=post, webhook_id=key, **form.cleaned_data)
    except Refused as refusal:
        if refusal.status == 404:
            raise
        refuse(form, refusal)
        return None


@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: HttpRequest, key: UUID) -> HttpResponse:
    post, status = may(request), 200
    hook = Webhook.objects.filter(pk=key).first()
    if hook is None:
        raise Refused(_("没有这个推送地址，它可能已被删除。"), status=404)
    initial = {
        "name": hook.name,
        "url": hook.url,
        "events": hook.events,
        "scope_codes": ", ".join(hook.scope_codes),
        "active": hook.active,
    }
    form = WebhookForm(request.POST or None, initial=initial)
    if request.method == "POST":
        if saved(form, post, key):
            messages.success(request, _("已保存。"))
            return HttpResponseRedirect(reverse("admin_webhook", args=[key]))
        status = 422
    rows, following = deliveries(hook, request.GET.get("after"))
    context = {
        "form": form,
        "hook": hook,
        "state": state_of(hook),
        "rows": rows,
        "most": settings.get("webhook.failures_max"),
        "next_page": f"?after={following}" if following else "",
        "first_page": reverse("admin_webhook", args=[key]) if request.GET.get("after") else "",
    }
    return render(request, "live/webhook.html", context, status=status)


def deliveries(hook: Webhook, after: str | None) -> tuple[list[dict[str, Any]], str | None]:
    """A page of the record, newest first."""
    found = Delivery.objects.filter(webhook=hook)
    rows, following = paging.newest(found, "deliveries", after, PAGE, by="created_at")
    return [
        {"delivery": row, "name": step_name(row.step), "look": LOOKS[Delivery.Status(row.status)]}
        for row in rows
    ], following


LOOKS = {
    Delivery.Status.WAITING: "wait",
    Delivery.Status.SENT: "ok",
    Delivery.Status.RETRYING: "soon",
    Delivery.Status.FAILED: "late",
}


def step_name(step: str) -> str:
    return _("测试") if step == actions.PING else _(dict(STEP_NAMES).get(step, step))  # type: ignore[call-overload]


@require_POST
def act(request: HttpRequest, key: UUID, what: str) -> HttpResponse:
    """测试, 恢复, 删除: one button each."""
    post = acting_post(request)
    if what == "test":
        actions.test_webhook(by=post, webhook_id=key)
        messages.success(request, _("测试已排队，几秒后刷新看结果。"))
    elif what == "resume":
        actions.resume_webhook(by=post, webhook_id=key)
        messages.success(request, _("已恢复，从现在起的事件会推送。"))
    else:
        actions.delete_webhook(by=post, webhook_id=key)
        messages.success(request, _("已删除。"))
        return HttpResponseRedirect(reverse("admin_webhooks"))
    return HttpResponseRedirect(reverse("admin_webhook", args=[key]))


@require_POST
def again(request: HttpRequest, key: UUID, delivery: UUID) -> HttpResponse:
    actions.send_again(by=acting_post(request), webhook_id=key, delivery_id=delivery)
    messages.success(request, _("已排队重发。"))
    return HttpResponseRedirect(reverse("admin_webhook", args=[key]))
