"""保存期限: terms by kind, cases on hold, the register of deletions. The security administrator's page."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from xiucheng.cases.models import Case
from xiucheng.cases.retention import CAP, forget_reporter
from xiucheng.kernel import jobs, retention, settings
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse
from xiucheng.kernel.models import Deletion, Hold
from xiucheng.kernel.rest import paging
from xiucheng.kernel.retention import Kind
from xiucheng.people.actions import require
from xiucheng.people.models import Person, Post
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Right
from xiucheng.web.jobs import sweep_retention

PAGE = 50


class TermForm(forms.Form):
    """How long one kind stays."""

    days = forms.IntegerField(
        label=gettext_lazy("保存天数"),
        error_messages={
            "required": gettext_lazy("请填天数；0 为一直保存。"),
            "invalid": gettext_lazy("天数应是整数。"),
        },
    )
    note = forms.CharField(label=gettext_lazy("依据"), max_length=300, required=False)


class CaseForm(forms.Form):
    """A case by its number, and why."""

    number = forms.CharField(
        label=gettext_lazy("受理号或案件编号"),
        max_length=24,
        error_messages={"required": gettext_lazy("请填受理号或案件编号。")},
    )
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=500,
        error_messages={"required": gettext_lazy("请写明理由，它会留下记录。")},
    )

    def case(self) -> Case:
        """Raises: Refused 422. The administrator sees the number only, so no scope is asked."""
        number = self.cleaned_data["number"].strip()
        found = Case.unscoped.filter(Q(number=number) | Q(case_number=number)).first()
        if found is None:
            raise Refused(_("没有这个编号的案件，请核对。"), field="number", code="not_found")
        return found


def who(post: Post) -> dict[str, Any]:
    return {"person": post.person_id, "by": post.signature}


def admitted(request: HttpRequest) -> Post:
    """The post that asks, if it may look: who manages terms, and the auditor; to act, only the first."""
    post = acting_post(request)
    if request.method == "POST" or Right.VIEW_AUDIT not in post.rights:
        require(post, Right.MANAGE_RETENTION)
    return post


@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """The whole page; a POST names what it does: a kind's term, a hold, forgetting a reporter."""
    post = admitted(request)
    what = request.POST.get("what", "")
    doing = {"hold": hold, "forget": forget} | {kind.key: term for kind in retention.kinds()}
    if request.method != "POST" or what not in doing:
        return page(request, post, {})
    form = (TermForm if doing[what] is term else CaseForm)(request.POST, prefix=what)
    status = 422
    if form.is_valid():
        try:
            messages.success(request, doing[what](post, form, what))
            return HttpResponseRedirect(reverse("admin_retention"))
        except Refused as refusal:
            status = refuse(form, refusal)
    return page(request, post, {what: form}, status)


def term(post: Post, form: Any, key: str) -> str:
    """Set a term. Raises: Refused 422 below what a law demands."""
    kind = next(kind for kind in retention.kinds() if kind.key == key)
    given = form.cleaned_data
    try:
        settings.set_value(key=kind.setting, value=str(given["days"]), note=given["note"], **who(post))
    except Refused as refusal:
        raise Refused(refusal.said(_), field="days") from None
    return _("已改为保存 %(days)d 天。") % {"days": given["days"]} if given["days"] else _("已改为一直保存。")


def hold(post: Post, form: Any, _what: str) -> str:
    case = form.case()
    retention.hold(case_id=case.pk, number=case.number, reason=form.cleaned_data["reason"], **who(post))
    return _("%(number)s 的资料会一直保留，直到解除。") % {"number": case.number}


def forget(post: Post, form: Any, _what: str) -> str:
    """Raises: Refused 422 where nobody is named, 409 on hold."""
    case = form.case()
    forget_reporter(case=case, person=post.person_id, note=form.cleaned_data["reason"])
    return _("已删除 %(number)s 上报人的姓名和电话。") % {"number": case.number}


def page(request: HttpRequest, post: Post, forms_given: dict[str, Any], status: int = 200) -> HttpResponse:
    now = timezone.now()
    rows = [row_of(kind, forms_given.get(kind.key), now) for kind in retention.kinds()]
    listed, more = paging.newest(Deletion.objects.all(), "deletions", request.GET.get("after"), PAGE)
    holds = list(Hold.objects.filter(ended_at__isnull=True).order_by("-at"))
    names = dict(Person.objects.filter(pk__in={one.by for one in holds}).values_list("pk", "name"))
    labels = {kind.key: _(kind.label).partition("：")[0] for kind in retention.kinds()}
    context = {
        "may": Right.MANAGE_RETENTION in post.rights,
        "rows": rows,
        "hold": forms_given.get("hold") or CaseForm(prefix="hold"),
        "forget": forms_given.get("forget") or CaseForm(prefix="forget"),
        "holds": [{"row": one, "by": names.get(one.by, "")} for one in holds],
        "deletions": [{"row": one, "kind": labels.get(one.kind, one.kind)} for one in listed],
        "next_page": f"?after={more}" if more else "",
        "first_page": request.path if request.GET.get("after") else "",
    }
    return render(request, "web/retention/overview.html", context, status=status)


def row_of(kind: Kind, form: Any, now: datetime) -> dict[str, Any]:
    days = kind.days
    due = kind.count(now - timedelta(days=days)) if days else 0
    return {
        "kind": kind,
        "label": _(kind.label),
        "days": days,
        "due": f"{CAP}+" if due >= CAP else str(due),
        "any": due > 0,
        "source": _(settings.ALL[kind.setting].source),
        "form": form or TermForm(prefix=kind.key, initial={"days": days}),
    }


@require_POST
def sweep(request: HttpRequest) -> HttpResponse:
    """Delete now what the night would delete."""
    post = admitted(request)
    job = jobs.track(sweep_retention, label=_("删除过期资料"), owner=post.person_id)
    return HttpResponseRedirect(reverse("job", args=[job.pk]))


@require_POST
def end_hold(request: HttpRequest, pk: int) -> HttpResponse:
    row = retention.end_hold(pk=pk, **who(admitted(request)))
    messages.success(request, _("已解除 %(number)s 的保留，期限重新起作用。") % {"number": row.number})
    return HttpResponseRedirect(reverse("admin_retention"))
