"""My filters: keep the one of the list, open one, share, choose the first, delete; and the columns of the table."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from xiucheng.cases.actions import lists as actions
from xiucheng.cases.models import ListChoice, SavedFilter
from xiucheng.cases.pages import controls
from xiucheng.cases.queries.asked import filter_of, written
from xiucheng.kernel.errors import Refused
from xiucheng.people.actions import require
from xiucheng.people.models import Post
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Right


@require_safe
def filters(request: HttpRequest) -> HttpResponse:
    """The filters offered to this post; whose they are, what they say, and what one may do with them."""
    post = acting_post(request)
    require(post, Right.VIEW_CASES)
    found = SavedFilter.objects.offered_to(post).select_related("owner").order_by("name", "pk")
    first = ListChoice.objects.filter(person=post.person_id).values_list("first", flat=True).first()
    rows = [row(saved, post, first) for saved in found[:200]]
    return render(request, "cases/filters.html", {"rows": rows, "first": first})


def row(saved: SavedFilter, post: Post, first: int | None) -> dict[str, Any]:
    return {
        "pk": saved.pk,
        "name": saved.name,
        "sharing": saved.get_sharing_display(),
        "by": saved.owner.name,
        "own": saved.owner_id == post.person_id,
        "first": saved.pk == first,
        "says": "；".join(controls.said(saved.asked)),
        "url": f"{reverse('cases')}?{urlencode({**saved.asked, 'saved': saved.pk})}",
    }


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the filter of the list under a name. asked: the address of the list after its «?»."""
    post, asked = acting_post(request), QueryDict(request.POST.get("asked", "")[:4000])
    filter = filter_of(asked)
    try:
        saved = actions.save_filter(
            by=post, name=request.POST.get("name", ""), filter=filter, sharing=request.POST.get("sharing", "")
        )
    except Refused as refusal:
        messages.error(request, refusal.said(_))
        return HttpResponseRedirect(f"{reverse('cases')}?{urlencode(written(filter))}")
    messages.success(request, _("已保存筛选条件“%(name)s”。") % {"name": saved.name})
    return HttpResponseRedirect(f"{reverse('cases')}?{urlencode({**saved.asked, 'saved': saved.pk})}")


@require_POST
def delete(request: HttpRequest, filter: int) -> HttpResponse:
    actions.delete_filter(by=acting_post(request), filter_id=filter)
    messages.success(request, _("已删除这个筛选条件。"))
    return HttpResponseRedirect(reverse("filters"))


@require_POST
def first(request: HttpRequest, filter: int) -> HttpResponse:
    """打开案件列表时先用它; 0: none."""
    actions.choose_first(by=acting_post(request), filter_id=filter or None)
    return HttpResponseRedirect(reverse("filters"))


@require_POST
def columns(request: HttpRequest) -> HttpResponse:
    """As a table or as rows; the columns in the order of their numbers, those without a number last."""
    keys = request.POST.getlist("column")
    order = {key: place(request.POST.get(f"place-{key}", "")) for key in keys}
    keys.sort(key=lambda key: order[key])
    actions.choose_columns(by=acting_post(request), keys=keys, table=request.POST.get("table") == "1")
    return HttpResponseRedirect(f"{reverse('cases')}?{request.POST.get('asked', '')[:4000] or 'sort=newest'}")


def place(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 999
