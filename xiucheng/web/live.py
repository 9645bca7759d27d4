"""Where pages find the stream of changes (docs/developers/live.md), and the policy that lets them go there."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port


def stream_url(request: HttpRequest) -> str:
    """The address of the stream for this request's host; "" where none runs."""
    if settings.LIVE_URL:
        return str(settings.LIVE_URL)
    if not settings.LIVE_PORT:
        return ""
    try:
        host = split_domain_port(request.get_host())[0]
    except DisallowedHost:  # its answer is a refusal, which needs no stream
        return ""
    return f"{'https' if settings.HTTPS else 'http'}://{host}:{settings.LIVE_PORT}/stream"


def page_age_mark() -> int:
    """When the page was made, in milliseconds: the stream repeats what came between that and its opening."""
    return int(time.time() * 1000)


class LiveOrigin:
    """Content-Security-Policy: a page may connect to the stream's origin, and to no other but its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            parts = urlsplit(stream_url(request))
            if parts.netloc:
                update: dict[str, list[str]] = getattr(response, "_csp_update", None) or {}
                update.setdefault("connect-src", []).append(f"{parts.scheme}://{parts.netloc}")
                response._csp_update = update  # type: ignore[attr-defined]
        return response
