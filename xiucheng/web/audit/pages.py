"""/admin/audit and /admin/access: the auditor's lists; /admin/audit/verify proves all ledgers as a job."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from xiucheng.kernel import jobs
from xiucheng.kernel.days import read_day
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.marking import gettext_noop
from xiucheng.people.models import Role
from xiucheng.people.queries import acting_post
from xiucheng.web.audit import queries
from xiucheng.web.audit.queries import Asked, Listed
from xiucheng.web.jobs import verify_ledgers

KINDS = {
    "setting": gettext_noop("系统设置"),
    "calendar": gettext_noop("日历"),
    "people": gettext_noop("人员和岗位"),
    "catalog": gettext_noop("分类和权责"),
    "territory": gettext_noop("区划和网格"),
    "backup": gettext_noop("备份"),
    "drill": gettext_noop("恢复演练"),
    "verify": gettext_noop("核对记录链"),
}


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """管理变更: newest first, each with what was before and after."""
    post = acting_post(request)
    queries.require(post)
    listed, error, status = narrowed(request, lambda asked, after: queries.changes(post, asked, after))
    rows = [
        {"row": row, "kind": kind_name(row.kind), "lines": queries.differences(row)} for row in listed.rows
    ]
    context = {
        "rows": rows,
        "kinds": [(kind, kind_name(kind)) for kind in queries.kinds()],
        "standings": queries.standings(),
        "proof": queries.last_proof(),
    }
    return answer(request, "web/audit/changes.html", context, listed, error, status)


@require_safe
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change, with its place in the chain."""
    row = queries.change(acting_post(request), pk)
    context = {"row": row, "kind": kind_name(row.kind), "lines": queries.differences(row)}
    return render(request, "web/audit/change.html", context)


@require_safe
def looks(request: HttpRequest) -> HttpResponse:
    """个人信息查看: who was shown what of whom, and why."""
    post = acting_post(request)
    queries.require(post)
    listed, error, status = narrowed(request, lambda asked, after: queries.looks(post, asked, after))
    rows = [{"row": row, "what": what_name(row.what), "role": role_name(row.role)} for row in listed.rows]
    context = {"rows": rows, "kinds": [(what, what_name(what)) for what in queries.looked_at()]}
    return answer(request, "web/audit/looks.html", context, listed, error, status)


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Prove every ledger and fold every case, as a job."""
    post = acting_post(request)
    queries.require(post)
    job = jobs.track(verify_ledgers, label=_("核对全部记录链"), owner=post.person_id)
    return HttpResponseRedirect(reverse("job", args=[job.pk]))


def narrowed(request: HttpRequest, find: Any) -> tuple[Listed, str, int]:
    """The list as asked for; a wrong filter leaves an empty list and a sentence."""
    try:
        return find(asked(request), request.GET.get("after") or None), "", 200
    except Refused as refusal:
        return Listed((), None), refusal.said(_), refusal.status


def asked(request: HttpRequest) -> Asked:
    given = request.GET
    return Asked(
        kind=given.get("kind", "")[:60],
        by=given.get("by", "").strip()[:60],
        person=given.get("person", "").strip()[:20],
        words=given.get("words", "").strip()[:100],
        since=day(given, "since"),
        until=day(given, "until"),
    )


def day(given: Mapping[str, str], name: str) -> date | None:
    text = given.get(name, "")
    return read_day(text, field=name) if text else None


def answer(
    request: HttpRequest, template: str, context: dict[str, Any], listed: Listed, error: str, status: int
) -> HttpResponse:
    only = queries.named_one(request.GET.get("person", ""))
    kept = {key: value for key, value in request.GET.items() if value and key != "after"}
    context |= {
        "asked": request.GET,
        "narrowed": bool(kept),
        "only": only,
        "error": error,
        "next_page": f"?{urlencode(kept | {'after': listed.next})}" if listed.next else "",
        "first_page": f"?{urlencode(kept)}" if request.GET.get("after") else "",
    }
    return render(request, template, context, status=status)


def kind_name(kind: str) -> str:
    return _(KINDS[kind]) if kind in KINDS else kind


def role_name(role: str) -> str:
    return str(Role(role).label) if role else ""


def what_name(what: str) -> str:
    return _(WHAT[what]) if what in WHAT else what


WHAT = {
    "reporter.phone": gettext_noop("上报人电话"),
    "reporter.name": gettext_noop("上报人姓名"),
    "reporter": gettext_noop("上报人联系方式"),
    "export.cases": gettext_noop("导出案件"),
    "person.phone": gettext_noop("工作人员电话"),
}
