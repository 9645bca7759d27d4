"""Every request speaks the words of the city, as an administrator last set them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from xiucheng.kernel import texts


class Words:
    """Costs nothing until a text is changed (kernel.stamps)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(("/static/", "/healthz", "/tiles/")):
            texts.refresh()
        return self.get_response(request)
