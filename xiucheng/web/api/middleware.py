"""The last guard of the machine doors: a program gets a problem it can read, never a page."""

import logging
from collections.abc import Callable

import orjson
from django.core.exceptions import DisallowedHost
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from xiucheng.kernel.rest import problem
from xiucheng.web.open311 import errors as open311

logger = logging.getLogger("xiucheng.api")

API, OPEN311 = "/api", "/open311"
MACHINE_TYPES = ("application/problem+json", "application/json", "application/xml", "text/xml")


def nothing_here(_request: HttpRequest, *_names: str) -> HttpResponse:
    """The view of every machine address that is none; MachineErrors gives it words."""
    return HttpResponse(status=404)


class MachineErrors:
    """Errors made outside the API (no such address, wrong method or host, middleware) in the API's form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith((API, OPEN311)):
            return self.get_response(request)
        response = self._refused(request) or self.get_response(request)
        if response.status_code < 400:
            return response
        kind = response.get("Content-Type", "").partition(";")[0]
        if kind == problem.MEDIA_TYPE and not hasattr(response, "problem"):
            return self._retold(request, response)  # another middleware's, without our fields
        return response if kind in MACHINE_TYPES else self._translated(request, response)

    @staticmethod
    def _refused(request: HttpRequest) -> HttpResponse | None:
        """What is known to be wrong before anything looks at it, so that no page is drawn for nothing."""
        if "\0" in request.path_info:  # no name of ours holds one, and PostgreSQL refuses to look
            return HttpResponse(status=404)
        try:
            request.get_host()
        except DisallowedHost:
            return HttpResponse(status=400)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A view's exception, before Django makes a page of it."""
        if request.path_info.startswith(OPEN311):
            return open311.answer(request, error)
        return problem.answer(request, error) if request.path_info.startswith(API) else None

    @staticmethod
    def _retold(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        status, detail = response.status_code, orjson.loads(response.content)["detail"]
        if request.path_info.startswith(OPEN311):
            return open311.error(request, status, detail)
        return problem.problem(status, detail, code="too_large" if status == 413 else "refused")

    @staticmethod
    def _translated(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        kept = {name: response[name] for name in ("Allow", "Retry-After") if response.has_header(name)}
        status = response.status_code
        if request.path_info.startswith(OPEN311):
            return open311.error(request, status, open311.sentence(status), headers=kept)
        if status == 404:
            return problem.answer(request, Http404())
        if status == 503:  # a middleware inside us lost the database
            return problem.answer(request, OperationalError("lost below the view"))
        if status == 405:
            detail = _("这个地址不支持 %(method)s，请改用：%(allow)s。") % {
                "method": request.method,
                "allow": kept.get("Allow", ""),
            }
            return problem.problem(405, detail, code="method_not_allowed", headers=kept)
        if status >= 500:
            sentence = _("系统出错了，已经记录。请稍后再试；如仍不行，请把请求编号告诉管理员。")
            return problem.problem(status, sentence, code="internal", headers=kept)
        return problem.problem(
            status, _("请求没有被接受，请检查后重新提交。"), code="bad_request", headers=kept
        )
