"""What the pages of this room share."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import own_address
from xiucheng.people.models import Person


def signed_in(request: HttpRequest) -> Person:
    """Who asks. Raises: Refused 401."""
    if not isinstance(request.user, Person):
        raise Refused(_("请先登录。"), status=401, code="login")
    return request.user


def next_of(request: HttpRequest, fallback: str) -> str:
    """Where to go on: only an address of this site, never one that a stranger's link carries."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return own_address(request, wanted) or str(fallback)


def to(name: str, *args: Any, query: str = "") -> HttpResponse:
    """Lead on to a page of ours."""
    return HttpResponseRedirect(resolve_url(name, *args) + (f"?{query}" if query else ""))
