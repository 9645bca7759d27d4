"""Rate limits of the public pages: the doors of `rate.py` around views that know nothing of them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from xiucheng.web import rate

View = Callable[..., HttpResponseBase]


def limited(door: str, view: View, *, methods: frozenset[str] = frozenset({"GET", "HEAD", "POST"})) -> View:
    """A view that counts at a door; an answer with `free = True` (a right code, a retry) costs nothing.

    Raises: Refused 429 before the view is asked.
    """

    @wraps(view)
    def counted(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        if request.method not in methods:
            return view(request, *args, **named)
        names = {"number": str(named["number"])} if "number" in named else {}
        taken = rate.charge(door, request, **names)
        response = view(request, *args, **named)
        if getattr(response, "free", False):
            taken.give_back()
        return response

    return counted


POST = frozenset({"POST"})
