"""Every request speaks the words of the city, as an administrator last set them."""

import contextlib
from collections.abc import Callable

from django.db import Error
from django.http import HttpRequest, HttpResponse

from xiucheng.kernel import texts

SPEECHLESS = ("/static/", "/healthz", "/tiles/", "/api/v1/openapi.json")  # they say nothing that a city words


class Words:
    """Costs nothing until a text is changed (kernel.stamps)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(SPEECHLESS):
            with contextlib.suppress(Error):  # a database that is gone is told by whoever needs it
                texts.refresh()
        return self.get_response(request)
