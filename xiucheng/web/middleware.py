"""What happens to every request, whatever page it asks for. The order is in settings.MIDDLEWARE."""

import ipaddress
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import gettext as _
from django_structlog.middlewares import RequestMiddleware

Answer = Callable[[HttpRequest], HttpResponse]

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")
SECRET_PARTS = frozenset({"token", "code", "key", "secret", "signature"})
TOUCH_SECONDS = 60  # how exact idleness is measured; a write a request would cost two statements each time
BACKGROUND = "HTTP_X_BACKGROUND"  # a page that refreshes itself is not a person at work
LANGUAGE_COOKIE = "django_language"


def client_address(request: HttpRequest) -> str:
    """The network address of the person, after TrustedProxies; "" if the server knows none."""
    return request.META.get("REMOTE_ADDR", "")


class TrustedProxies:
    """Believe X-Forwarded-* only from the proxies named in XIUCHENG_TRUSTED_PROXIES.

    From anybody else the headers are removed: a client could otherwise choose the address that rate limits
    count, or pretend to use TLS.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._trusted(client_address(request)):
            hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
            # The nearest hop that is not ours: everything left of it was written by a stranger.
            request.META["REMOTE_ADDR"] = next(
                (hop.strip() for hop in reversed(hops) if _address(hop) and not self._trusted(hop)),
                client_address(request),
            )
        else:
            for header in FORWARDED:
                request.META.pop(header, None)
        return self.get_response(request)

    @staticmethod
    def _trusted(text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in network for network in settings.TRUSTED_PROXIES)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        return None


class RequestLog(RequestMiddleware):
    """One line a request: id, method, path without secrets and query, status, milliseconds, person."""

    def prepare(self, request: HttpRequest) -> None:
        request.began = time.perf_counter()  # type: ignore[attr-defined]
        super().prepare(request)
        request.request_id = structlog.contextvars.get_contextvars()["request_id"]  # type: ignore[attr-defined]

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        elapsed = time.perf_counter() - request.began  # type: ignore[attr-defined]
        structlog.contextvars.bind_contextvars(ms=round(elapsed * 1000, 1))
        super().handle_response(request, response)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Method and path; parts of the path that open something are left out, unknown paths altogether."""
        path = request.path_info
        try:
            match = resolve(path, getattr(request, "urlconf", None))
        except Resolver404:
            return f"{request.method} (没有这个地址)"
        for name, value in match.kwargs.items():
            if name in SECRET_PARTS and value:
                path = path.replace(str(value), "…")
        return f"{request.method} {path}"

    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        """The person's number, if the person was already looked up: a log costs no statement."""
        person = getattr(request, "_cached_user", None)
        structlog.contextvars.bind_contextvars(user_id=None if person is None else person.pk)


class BodyLimit:
    """A body longer than XIUCHENG_REQUEST_MAX_MB is refused without being kept: 413, in Chinese."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > settings.REQUEST_MAX_BYTES:
            self._drain(request)
            return too_large(request)
        return self.get_response(request)

    @staticmethod
    def _drain(request: HttpRequest) -> None:
        """Take and forget the body, within reason: a client that is still sending does not hear an answer."""
        left = 2 * settings.REQUEST_MAX_BYTES
        while left > 0 and (piece := request.read(min(left, settings.MEGABYTE))):
            left -= len(piece)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
            return too_large(request)
        return None


def too_large(request: HttpRequest) -> HttpResponse:
    """413 in the form the door speaks: problem+json for programs, a page for people."""
    sentence = _(
        "发送的内容太大：一次最多 %(megabytes)d MB，照片最多 9 张、每张不超过 20 MB。"
        "请减少照片或缩小后再发送。"
    ) % {"megabytes": settings.REQUEST_MAX_BYTES // settings.MEGABYTE}
    if request.path_info.startswith(("/api/", "/open311/")):
        problem = {"type": "about:blank", "title": _("内容太大"), "status": 413, "detail": sentence}
        return JsonResponse(
            problem,
            status=413,
            content_type="application/problem+json",
            json_dumps_params={"ensure_ascii": False},
        )
    response = TemplateResponse(request, "web/too_large.html", {"sentence": sentence}, status=413)
    return response.render()


class ChosenLanguage:
    """Chinese, unless the person chose a language here (cookie). What a browser prefers is not asked: the
    duty room's second-hand browser in English must not turn the desk into English."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.known = {code for code, _name in settings.LANGUAGES}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
        with translation.override(chosen if chosen in self.known else settings.LANGUAGE_CODE):
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
            response = self.get_response(request)
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response = response.render()
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)  # type: ignore[attr-defined]
        return response


class IdleSession:
    """A session ends SESSION_COOKIE_AGE seconds after the person's last act, not after the login.

    The act moves the session's end at most once a minute; requests that a page sends by itself (header
    `X-Background: 1`) do not count.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        session: Any = request.session
        # `accessed` first: asking an untouched session anything would cost a statement.
        if session.accessed and BACKGROUND not in request.META and "_auth_user_id" in session:
            now = int(time.time())
            if now - session.get("acted", 0) >= TOUCH_SECONDS:
                session["acted"] = now
        return response
