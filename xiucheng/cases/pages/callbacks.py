"""回访: the queue on the left, the call on the right; worked through by keys."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xiucheng.cases import actions, queries
from xiucheng.cases.actions import callbacks as calls
from xiucheng.cases.forms import RATINGS, LocalMoment
from xiucheng.cases.models import Case
from xiucheng.cases.pages.common import add_refusal
from xiucheng.cases.pages.names import Names, listed
from xiucheng.cases.queries.callbacks import COUNTED, CallbackRow, callback_of, callbacks
from xiucheng.cases.queries.page import contact
from xiucheng.catalog import queries as catalog
from xiucheng.kernel import settings
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Department, Post
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Right
from xiucheng.territory.models import Division


class CallForm(forms.Form):
    """What the reporter said on the telephone."""

    rating = forms.ChoiceField(
        choices=RATINGS,
        widget=forms.RadioSelect,
        label=gettext_lazy("上报人的评价"),
        error_messages={
            "required": gettext_lazy("请问对方满意、基本满意还是不满意，选一项。"),
            "invalid_choice": gettext_lazy("评价应为满意、基本满意或不满意。"),
        },
    )
    note = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        label=gettext_lazy("回访记录"),
        error_messages={"max_length": gettext_lazy("记录最多 2000 字。")},
    )
    unsolved = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        label=gettext_lazy("哪里没有解决（填写就申请重办）"),
        error_messages={"max_length": gettext_lazy("最多 2000 字。")},
    )


class MissedForm(forms.Form):
    """Nobody answered."""

    missed_note = forms.CharField(
        required=False,
        max_length=200,
        label=gettext_lazy("情况"),
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("无人接听、关机、空号……")}),
        error_messages={"max_length": gettext_lazy("最多 200 字。")},
    )
    next_at = LocalMoment(
        required=False,
        label=gettext_lazy("下次回访"),
        error_messages={"invalid": gettext_lazy("下次回访的时间不对，请写成 2026-12-01 09:00 这样。")},
    )


def caller_post(request: HttpRequest) -> Post:
    """The acting post. Raises: Refused 403 for one that does not call back."""
    post = acting_post(request)
    if Right.CALLBACK not in post.rights:
        raise Refused(
            _("您当前的岗位不做回访。回访由受理员办理，请换一个岗位。"), status=403, code="no_right"
        )
    return post


@never_cache
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """The queue, oldest first; `later` lists those not reached whose time has not come."""
    post = caller_post(request)
    later = request.GET.get("tab") == "later"
    try:
        page = callbacks(post, later=later, after=request.GET.get("after", "")[:200])
    except Refused as refusal:
        messages.error(request, refusal.said(_))
        return HttpResponseRedirect(reverse("callbacks"))
    kept = {"tab": "later"} if later else {}
    names = Names()
    names.want(Division, [code for row in page.rows for code in (row.case.county, row.case.township)])
    context = {
        "rows": [shown(row, names) for row in page.rows],
        "later": later,
        "due": capped(page.due),
        "waiting": capped(page.waiting),
        "days": settings.get("cases.callback_days"),
        "percent": settings.get("cases.callback_percent"),
        "first_page": f"?{urlencode(kept)}" if request.GET.get("after") else "",
        "next_page": f"?{urlencode(kept | {'after': page.next})}" if page.next else "",
    }
    return render(request, "cases/callbacks.html", context)


def capped(count: int) -> str:
    return str(count) if count < COUNTED else f"{COUNTED}+"


def shown(row: CallbackRow, names: Names) -> dict[str, Any]:
    return {
        "case": row.case,
        "title": catalog.category_name(row.case.category),
        "where": row.case.address or names.where(row.case),
        "name": row.name,
        "phone": row.phone,
        "tried": row.tried,
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: HttpRequest, number: str) -> HttpResponse:
    """One call: what was done, the number, the answer. POST takes the answer down."""
    post = caller_post(request)
    row = callback_of(post, number)
    if request.method != "POST":
        return panel(request, post, row)
    form, status = CallForm(request.POST), 422
    if form.is_valid():
        try:
            calls.called_back(case_id=row.case.pk, by=post, **form.cleaned_data)
        except Refused as refusal:
            status = add_refusal(form, refusal)
        else:
            return leave(request, told_of(row, form.cleaned_data["unsolved"]))
    return panel(request, post, row, call=form, status=status)


def told_of(row: CallbackRow, unsolved: str) -> str:
    case = {"case": str(row.case)}
    if unsolved.strip():
        return _("已记下回访，并申请重办：%(case)s") % case
    return _("已记下回访：%(case)s") % case


@never_cache
@require_POST
def missed(request: HttpRequest, number: str) -> HttpResponse:
    """Nobody answered: it stays in the queue, with a count and a next time."""
    post = caller_post(request)
    row = callback_of(post, number)
    form, status = MissedForm(request.POST), 422
    if form.is_valid():
        given = form.cleaned_data
        try:
            kept = calls.not_reached(
                case_id=row.case.pk, by=post, note=given["missed_note"], next_at=given["next_at"]
            )
        except Refused as refusal:
            status = add_refusal(form, refusal)
        else:
            when = timezone.localtime(kept.next_at).strftime("%m-%d %H:%M")
            said = _("未接通，第 %(count)d 次；%(when)s 再打：%(case)s")
            return leave(request, said % {"count": kept.tries, "when": when, "case": str(row.case)})
    return panel(request, post, row, missed=form, status=status)


@never_cache
@require_POST
def dial(request: HttpRequest, number: str) -> HttpResponse:
    """The number in the clear, by the recorded step 查看联系方式; asked again, it is recorded again."""
    post = caller_post(request)
    row = callback_of(post, number)
    actions.disclose(case_id=row.case.pk, by=post, note=_("结案回访"))
    return panel(request, post, row)


def panel(
    request: HttpRequest,
    post: Post,
    row: CallbackRow,
    *,
    call: CallForm | None = None,
    missed: MissedForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The call as a fragment for HTMX, else as a page."""
    case = row.case
    names = Names().want(Department, case.departments).want(Division, (case.county, case.township))
    context = shown(row, names) | {
        "call": call or CallForm(),
        "missed": missed or MissedForm(),
        "departments": listed(filter(None, (names.department(key) for key in case.departments))),
        "contact": contact(post, case),
        "said": last_words(post, case),
    }
    htmx = "HX-Request" in request.headers
    template = "cases/_callback.html" if htmx else "cases/callback.html"
    return render(request, template, context, status=status)


def last_words(post: Post, case: Case) -> str:
    """What the departments and the checker wrote last: the call-taker tells it to the reporter."""
    events = queries.case_page(post, case.pk).events
    notes = [
        view.event.note for view in events if view.event.step in ("handle", "answer_check", "self_handle")
    ]
    return next((note for note in reversed(notes) if note), "")


def leave(request: HttpRequest, sentence: str) -> HttpResponse:
    """Back to the queue, whose next case opens by itself."""
    messages.success(request, sentence)
    if "HX-Request" in request.headers:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = reverse("callbacks")
        return response
    return HttpResponseRedirect(reverse("callbacks"))
