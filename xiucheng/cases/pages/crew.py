"""/crew: what is handed to the reader's crew, made for a phone: where, what, until when, done."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xiucheng.cases.models import Case, CaseEvent, CaseFile
from xiucheng.cases.pages import show
from xiucheng.cases.pages.names import Names
from xiucheng.cases.queries.desk import my_crew
from xiucheng.cases.queries.lists import rows_for
from xiucheng.cases.words import Step
from xiucheng.kernel.errors import Refused
from xiucheng.people.queries import acting_post

MOST = 60
E7 = 10_000_000


@require_safe
def crew(request: HttpRequest) -> HttpResponse:
    """The crew's work, the most urgent first. Five statements, however many."""
    post = acting_post(request)
    if post.crew_id is None:
        raise Refused(_("您不在任何班组里。请部门负责人在“班组”里把您编进去。"), status=403, code="no_crew")
    found = list(Case.seen_by(post).filter(my_crew(post)).order_by("due_at", "id")[:MOST])
    keys = [case.pk for case in found]
    orders = notes(keys)
    photos = first_photos(keys)
    rows = show.rows(rows_for(found, department=post.department_id), Names())
    work = [
        {
            "row": row,
            "order": orders.get(row.case.pk, ""),
            "photo": photos.get(row.case.pk),
            "place": f"{row.case.lat_e7 / E7:.6f},{row.case.lon_e7 / E7:.6f}",
        }
        for row in rows
    ]
    return render(request, "cases/crew.html", {"work": work, "crew": post.crew})


def notes(keys: list[Any]) -> dict[Any, str]:
    """What the department wrote when it handed a case over last."""
    events = CaseEvent.unscoped.filter(chain__in=keys, step=Step.ASSIGN).order_by("seq")
    return dict(events.values_list("chain", "note"))


def first_photos(keys: list[Any]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    rows = CaseFile.unscoped.filter(case__in=keys, purpose__in=("report", "before", "verify")).order_by(
        "index"
    )
    for case, file in rows.values_list("case", "file"):
        found.setdefault(case, file)
    return found
