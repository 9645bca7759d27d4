"""What a signed-in person must settle before anything else: a first password, and which post acts."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from xiucheng.kernel.errors import Refused

DOORS = {
    "login": "people:login",
    "choose_post": "people:choose_post",
    "must_change_password": "people:password",
}
OPEN_ANYWAY = frozenset({"people:logout", "people:login", "set_language", "set_theme"})
FIRST = (  # what must be settled before anything else opens, in this order, and the pages that settle it
    ("must_change_password", "people:password", frozenset({"people:password"})),
    ("must_set_totp", "people:totp", frozenset({"people:totp", "people:password"})),
)


class Doors:
    """Lead a page to the door that must be passed first; programs (API) get the refusal itself.

    A page that was only asked for leads there at once, and back afterwards. A form that was sent is not
    thrown away
    by a redirect: its refusal is answered like any other, and the browser keeps what was typed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """A password given by somebody else opens nothing but the page that changes it; so with a second
        factor that a post demands."""
        session, match = getattr(request, "session", None), request.resolver_match
        if session is None or match is None or match.view_name in OPEN_ANYWAY:
            return None
        for mark, page, settles in FIRST:
            if mark in session:
                return None if match.view_name in settles else HttpResponseRedirect(reverse(page))
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused) or exception.code not in DOORS:
            return None
        program = request.path_info.startswith("/api/") or "HX-Request" in request.headers
        if program or request.method != "GET":
            return None
        target = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{reverse(DOORS[exception.code])}?{target}")
