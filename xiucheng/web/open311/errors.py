"""The standard's form of an error: a list of {code, description} with the status of the first."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.rest import problem
from xiucheng.web.open311 import formats


def error(
    request: HttpRequest, status: int, description: str, *, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """One error in the format the address asks for."""
    found = [{"code": status, "description": description}]
    return formats.respond(request, "errors", "error", found, status=status, headers=headers)


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """Our refusal; the standard knows 400 where we say 422, and 403 for keys where we say 401."""
    status = {422: 400, 401: 403}.get(refusal.status, refusal.status)
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else None
    return error(request, status, refusal.said(_), headers=headers)


def answer(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Any other exception: the API's sentence for it, in this form."""
    if isinstance(exception, Refused):
        return refused(request, exception)
    told = problem.answer(request, exception)
    headers = {"Retry-After": told["Retry-After"]} if told.has_header("Retry-After") else None
    status = {422: 400}.get(told.status_code, told.status_code)
    return error(request, status, sentence(status), headers=headers)


def sentence(status: int) -> str:
    """What a status means here, and what to do."""
    if status == 503:
        return _("数据库暂时连不上，您的提交没有保存。请稍等几秒再试一次。")
    known = {
        400: _("请求不完整或格式有误，请检查后重新提交。"),
        404: _("没有这个地址或这条记录，请核对网址和编号。"),
        405: _("这个地址不支持这种请求方法，请按 GeoReport v2 的说明改用 GET 或 POST。"),
        413: _("提交的内容太大，请减少后再提交。"),
    }
    return known.get(status) or _("系统出错了，已经记录。请稍后再试。")
