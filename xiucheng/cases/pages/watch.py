"""/watch 督查: what burns, who is behind, which 督办 wait for a reply. For leaders."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xiucheng.cases.pages import show
from xiucheng.cases.pages.names import Names
from xiucheng.cases.queries import watch as queries
from xiucheng.catalog import queries as catalog
from xiucheng.kernel.errors import Refused
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Right


@require_safe
def watch(request: HttpRequest) -> HttpResponse:
    """Every figure opens its cases."""
    post = acting_post(request)
    if Right.INSTRUCT not in post.rights:
        raise Refused(_("督查页给领导岗位用。要看案件，请到待办或案件列表。"), status=403, code="no_right")
    figures = queries.figures(post)
    cases = reverse("cases")
    tiles = [
        (_("在办"), figures.open, f"{cases}?state=open", ""),
        (_("超时"), figures.late, f"{cases}?state=late", "late"),
        (_("四小时内到期"), figures.soon, f"{cases}?state=open&sort=due", "soon"),
        (_("紧急"), figures.urgent, f"{cases}?state=urgent", "late"),
        (_("待仲裁"), figures.disputed, f"{reverse('desk')}?tab=arbitrate", "soon"),
        (_("挂账"), figures.suspended, f"{cases}?state=open&sort=due", "wait"),
    ]
    context = {
        "tiles": [
            {"name": name, "n": n, "url": url, "state": state if n else ""} for name, n, url, state in tiles
        ],
        "burning": show.rows(queries.burning(post), Names()),
        "houses": [
            {"row": house, "url": f"{cases}?department={house.department.pk}&state=open"}
            for house in queries.houses(post)
        ],
        "supervised": [
            {
                "wish": wish,
                "case": case,
                "title": catalog.category_name(case.category) or case.description[:20],
            }
            for wish, case in queries.supervised(post)
        ],
    }
    return render(request, "cases/watch.html", context)
