"""/admin/catalog: what is in force, what is missing, what is drafted; one draft with its difference and its effect."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xiucheng.catalog import actions, queries
from xiucheng.catalog.actions import approvals, revisions
from xiucheng.catalog.drafting import differences
from xiucheng.catalog.models import Category, Duty, FallbackDuty, Revision, RevisionItem, Standard
from xiucheng.kernel import jobs
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse
from xiucheng.kernel.pages_jobs import working
from xiucheng.people.models import Department, Post
from xiucheng.people.rules import Right
from xiucheng.territory.models import Division
from xiucheng.web.admin import catalog_jobs, effects
from xiucheng.web.admin.catalog_forms import (
    FIELD_NAMES,
    FORMS,
    AdoptForm,
    ChangeForm,
    DecisionForm,
    RevisionForm,
    words_of,
)
from xiucheng.web.admin.common import int_of, page

SHOWN = 50
PAGE = 50  # changes of one draft shown at a time: each is looked up with its effect on open cases
Kind = RevisionItem.Kind


@require_http_methods(["GET", "HEAD", "POST"])
@page(Right.MANAGE_CATALOG, Right.APPROVE_STANDARD)
def index(request: HttpRequest, post: Post) -> HttpResponse:
    """Drafts and their state, rulings to adopt, what is missing; a new draft."""
    form = RevisionForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = actions.open_revision(by=post, **form.cleaned_data)
            except Refused as refusal:
                status = refuse(form, refusal)
            else:
                return HttpResponseRedirect(reverse("admin_revision", args=[made.pk]))
    duty_holes = queries.duty_holes()
    context = {
        "form": form,
        "may_draft": Right.MANAGE_CATALOG in post.rights,
        "revisions": Revision.objects.select_related("drafted_by__person", "decided_by__person")[:SHOWN],
        "rulings": Duty.objects.filter(draft=True, valid_to__isnull=True).select_related("category", "lead")[
            :SHOWN
        ],
        "limit_holes": queries.limit_holes(),
        "duty_holes": len(duty_holes),
        "hole_counties": sorted({(hole.county, hole.county_name) for hole in duty_holes}),
        "fallbacks": FallbackDuty.objects.filter(valid_to__isnull=True).select_related("department"),
    }
    return render(request, "web/ground/catalog.html", context, status=status)


@dataclass(frozen=True, slots=True)
class ShownItem:
    """One change of a draft, in words."""

    row: RevisionItem
    about: str
    lines: list[tuple[str, str, str]]
    effect: effects.CaseEffect | None


def shown_items(revision: Revision, rows: list[RevisionItem]) -> list[ShownItem]:
    """Changes with their differences; while it is open, also with their effect on open cases."""
    names = dict(Department.objects.values_list("code", "name"))
    places = dict(
        Division.objects.filter(code__in={row.division_code for row in rows}).values_list("code", "name")
    )
    return [_shown(row, revision.open, names, places) for row in rows]


def _shown(row: RevisionItem, opened: bool, names: dict[str, str], places: dict[str, str]) -> ShownItem:
    before = revisions.current_values(row) if opened else row.before
    ends = row.kind in (Kind.STANDARD_END, Kind.DUTY_END, Kind.CATEGORY_END)
    after: dict[str, str] = {} if ends else row.after
    lines = [
        (
            str(FIELD_NAMES.get(line.field, line.field)),
            words_of(line.field, line.before, names),
            words_of(line.field, line.after, names),
        )
        for line in differences(before, after)
    ]
    if ends:
        lines.append((_("为什么"), "", row.after.get("source", "")))
    subject = str(row.category or row.standard or row.after.get("name", ""))
    place = places.get(row.division_code, row.division_code)
    return ShownItem(row, f"{subject} {place}".strip(), lines, effects.of_item(row) if opened else None)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Right.MANAGE_CATALOG, Right.APPROVE_STANDARD)
def revision(request: HttpRequest, post: Post, pk: int) -> HttpResponse:
    """One draft: what it changes, what that means for open cases; hand it in, approve it, send it back."""
    row = get_object_or_404(
        Revision.objects.select_related("drafted_by__person", "decided_by__person", "job"), pk=pk
    )
    form = DecisionForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                said = _decide(row, post, request.POST.get("do", ""), form.cleaned_data["answer"])
            except Refused as refusal:
                status = refuse(form, refusal)
            else:
                messages.success(request, said)
                return HttpResponseRedirect(reverse("admin_revision", args=[pk]))
    word = revisions.why_not_decide(row, post)
    start = int_of(request, "from", 0)
    items = list(row.items.select_related("category", "standard__category", "duty")[start : start + PAGE + 1])
    context = {
        **_waiting(row),
        "row": row,
        "job": row.job if row.busy or _refused(row) else None,
        "items": shown_items(row, items[:PAGE]),
        "count": row.items.count(),
        "next_page": f"?from={start + PAGE}" if len(items) > PAGE else "",
        "first_page": "?" if start else "",
        "form": form,
        "may_draft": Right.MANAGE_CATALOG in post.rights,
        "why_not": revisions.decide_sentence(word) if word else "",
        "low": revisions.low_confidence(row),
        "kinds": Kind,
    }
    return render(request, "web/ground/revision.html", context, status=status)


def _decide(row: Revision, post: Post, do: str, answer: str) -> str:
    if do == "submit":
        actions.submit_revision(revision=row, by=post)
        return _("已提交，请另一位管理员或领导批准。")
    if do == "withdraw":
        actions.withdraw_revision(revision=row, by=post)
        return _("已撤回。")
    if do == "reject":
        actions.reject_revision(revision=row, by=post, answer=answer)
        return _("已退回，并告诉了起草人原因。")
    if do == "stop":
        return _stop(row, post)
    if do == "approve":
        job = catalog_jobs.deferred(post)
        if approvals.approve(revision=row, by=post, answer=answer, job=job).busy:
            return _("改动较多，正在后台写入，写完即批准。")
        return _("已批准，从生效日期起按新的规定办理。")
    raise Refused(_("没有这个动作，请用页面上的按钮。"))


def _stop(row: Revision, post: Post) -> str:
    if row.job is None or not row.busy:
        raise Refused(_("后台没有在办理这份改动。"), status=409, code="state")
    if row.job.owner_id != post.person_id:
        raise Refused(_("只有开始办理的人可以停止。"), status=403, code="no_right")
    jobs.cancel(row.job.pk)
    return _("已要求停止。")


def _refused(row: Revision) -> bool:
    """Its last job came to nothing, and may be asked for again."""
    return row.state == Revision.State.SUBMITTED and bool(row.job and row.job.error)


def _waiting(row: Revision) -> dict[str, str]:
    return {
        "renew": reverse("admin_revision_progress", args=[row.pk]),
        "stop": reverse("admin_revision", args=[row.pk]),
    }


@require_safe
@page(Right.MANAGE_CATALOG, Right.APPROVE_STANDARD)
def progress(request: HttpRequest, post: Post, pk: int) -> HttpResponse:
    """How far the job is; the page is loaded anew when it has ended."""
    row = get_object_or_404(Revision.objects.select_related("job").only("state", "job"), pk=pk)
    return working(request, row.job if row.busy else None, **_waiting(row))


@require_http_methods(["GET", "HEAD", "POST"])
@page(Right.MANAGE_CATALOG)
def change(request: HttpRequest, post: Post, pk: int, kind: str) -> HttpResponse:
    """The form of one change in a draft, filled with what is in force."""
    row = get_object_or_404(Revision, pk=pk)
    form = _change_form(request, kind)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.put_changes(revision=row, changes=[form.change()], by=post)
            except Refused as refusal:
                status = refuse(form, refusal)
            else:
                return HttpResponseRedirect(reverse("admin_revision", args=[pk]))
    context = {"row": row, "form": form, "kind": Kind(kind).label}
    return render(request, "web/ground/change.html", context, status=status)


def _change_form(request: HttpRequest, kind: str) -> ChangeForm:
    """Raises Http404 for a kind, a category or a limit that does not exist."""
    if kind not in FORMS:
        raise Http404
    standard = category = None
    if kind in (Kind.STANDARD_REVISE, Kind.STANDARD_END):
        standard = get_object_or_404(Standard, pk=_number(request, "standard"))
        category = standard.category
    elif kind not in (Kind.CATEGORY_ADD, Kind.FALLBACK_SET):
        category = get_object_or_404(Category, pk=_number(request, "category"))
    initial: dict[str, Any] = {"division_code": request.GET.get("division", "")}
    if standard is not None:
        initial |= revisions.standard_values(standard)
        if kind == Kind.STANDARD_END:
            initial["source"] = ""
    elif kind == Kind.DUTY_SET:
        old = revisions.open_duty(category, initial["division_code"])
        if old is not None:
            initial |= revisions.duty_values(old)
            initial["cooperating"] = initial["cooperating"].split(";")
    return FORMS[kind](request.POST or None, initial=initial, category=category, standard=standard)


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Http404
    return int(text)


@require_POST
@page(Right.MANAGE_CATALOG)
def drop(request: HttpRequest, post: Post, pk: int, item: int) -> HttpResponse:
    """Take a change out of a draft."""
    row = get_object_or_404(RevisionItem.objects.select_related("revision"), pk=item, revision=pk)
    actions.drop_change(item=row, by=post)
    return HttpResponseRedirect(reverse("admin_revision", args=[pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@page(Right.MANAGE_CATALOG)
def ruling(request: HttpRequest, post: Post, pk: int) -> HttpResponse:
    """A ruling of the arbitration, kept as a draft row of the 权责清单 (practice 8): adopt it, or say why not."""
    row = get_object_or_404(Duty.objects.select_related("category", "lead"), pk=pk, draft=True)
    form = AdoptForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if request.POST.get("do") == "adopt":
                    actions.adopt_duty(duty=row, by=post, on=form.cleaned_data["on"])
                    messages.success(request, _("已采用，从那天起按它派遣。"))
                else:
                    actions.decline_duty(duty=row, by=post, reason=form.cleaned_data["reason"])
                    messages.success(request, _("已记下不采用。"))
            except Refused as refusal:
                status = refuse(form, refusal)
            else:
                return HttpResponseRedirect(reverse("admin_catalog"))
    item = RevisionItem(kind=Kind.DUTY_SET, category=row.category, division_code=row.division_code)
    context = {
        "row": row,
        "form": form,
        "old": revisions.open_duty(row.category, row.division_code),
        "place": Division.objects.filter(code=row.division_code).first(),
        "effect": effects.of_item(item),
    }
    return render(request, "web/ground/ruling.html", context, status=status)
