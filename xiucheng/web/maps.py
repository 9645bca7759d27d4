"""The approved base map, where a city has set one: its tiles come from outside, so pages must be allowed to ask there."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse

from xiucheng.kernel import settings


def base() -> dict[str, str]:
    """url: template of raster tiles, "" for none; words: 审图号 and source, shown on every map."""
    return {"url": settings.get("map.base_url").strip(), "words": settings.get("map.base_words").strip()}


class BaseMapOrigin:
    """Content-Security-Policy: pages may fetch pictures from the base map's host, and from no other."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            parts = urlsplit(base()["url"])
            if parts.scheme in ("http", "https") and parts.netloc:
                update: dict[str, list[str]] = getattr(response, "_csp_update", None) or {}
                for directive in ("connect-src", "img-src"):
                    update.setdefault(directive, []).append(f"{parts.scheme}://{parts.netloc}")
                response._csp_update = update  # type: ignore[attr-defined]
        return response
