"""Errors as `application/problem+json` (RFC 9457): what is wrong and what to do, in Chinese."""

import logging
from typing import Any

import orjson
import structlog
from django.core import signals
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import BaseModel, Field

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.rest.chinese import field_errors

logger = logging.getLogger("xiucheng.api")

MEDIA_TYPE = "application/problem+json"
RETRY_DATABASE = 5  # seconds: a restart of PostgreSQL takes about that long


class FieldError(BaseModel):
    """One wrong field."""

    field: str = Field(description="字段名；列表里的第几项写作 photos.0；为空表示整个请求")
    reason: str = Field(description="错在哪里、怎么改")


class Problem(BaseModel):
    """The body of every error answer."""

    type: str = Field(
        description="错误种类，固定不变，可供程序判断", examples=["urn:xiucheng:problem:refused"]
    )
    title: str = Field(description="HTTP 状态的中文说法")
    status: int
    detail: str = Field(description="给人看的一句话：错在哪里、怎么办")
    errors: list[FieldError]
    request_id: str | None = Field(description="请求编号，报障时请附上")


def titles() -> dict[int, str]:
    """The Chinese name of each status this system answers with."""
    return {
        400: _("请求有误"),
        401: _("请先登录"),
        403: _("没有权限"),
        404: _("没有找到"),
        405: _("不支持这种请求方法"),
        406: _("不支持所要的格式"),
        409: _("与现有记录冲突"),
        410: _("已经失效"),
        412: _("已被他人更改"),
        413: _("内容过大"),
        415: _("内容格式不支持"),
        422: _("内容不合要求"),
        423: _("账号已锁定"),
        429: _("请求过于频繁"),
        500: _("系统出错"),
        503: _("系统暂时不可用"),
    }


def request_id() -> str | None:
    """The id under which the log knows the request; None outside a request."""
    found = structlog.contextvars.get_contextvars().get("request_id")
    return str(found) if found else None


def problem(
    status: int,
    detail: str,
    *,
    code: str = "refused",
    errors: list[dict[str, str]] | None = None,
    retry_after: int | None = None,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """One error answer. retry_after: seconds."""
    names = titles()
    body = {
        "type": f"urn:xiucheng:problem:{code}",
        "title": names.get(status) or names[500 if status >= 500 else 400],
        "status": status,
        "detail": detail,
        "errors": errors or [],
        "request_id": request_id(),
    }
    response = HttpResponse(orjson.dumps(body), status=status, content_type=MEDIA_TYPE)
    response.problem = code  # type: ignore[attr-defined]  # tells this form from a middleware's own
    if retry_after is not None:
        response["Retry-After"] = str(max(1, retry_after))
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def refused(refusal: Refused) -> HttpResponse:
    """A refusal as an answer; a refused field is named in `errors` too."""
    errors = [{"field": refusal.field, "reason": refusal.said(_)}] if refusal.field else []
    return problem(
        refusal.status,
        refusal.said(_),
        code=refusal.code,
        errors=errors,
        retry_after=refusal.retry_after,
        headers={"WWW-Authenticate": "Bearer"} if refusal.status == 401 else None,
    )


def invalid(errors: list[dict[str, Any]]) -> HttpResponse:
    """422 with one Chinese reason per field, from pydantic's list of errors."""
    fields = field_errors(errors)
    named = "、".join(dict.fromkeys(error["field"] for error in fields if error["field"]))
    if named:
        detail = _("以下内容不合要求：%(fields)s。请按 errors 里的说明改正后重新提交。") % {"fields": named}
    else:
        detail = fields[0]["reason"] if fields else _("请求内容不合要求，请检查后重新提交。")
    return problem(422, detail, code="invalid", errors=fields)


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    """Any exception as an answer. The unexpected is logged with its trace and told without it."""
    if isinstance(error, Refused):
        return refused(error)
    if isinstance(error, ValidationError):
        return invalid(error.errors)
    known = _known(error)
    if known is not None:
        return known
    if isinstance(error, IntegrityError | DataError):
        logger.warning("store refused a write", exc_info=error)
        status = 409 if isinstance(error, IntegrityError) else 422
        return problem(status, _("数据库没有接受这些内容，什么也没有保存。请检查后重新提交。"), code="store")
    logger.error("unexpected error in an interface", exc_info=error)
    signals.got_request_exception.send(sender=None, request=request)  # as Django does for its own 500
    return problem(
        500, _("系统出错了，已经记录。请稍后再试；如仍不行，请把请求编号告诉管理员。"), code="internal"
    )


def _known(error: Exception) -> HttpResponse | None:
    """Errors of the framework and of the database connection."""
    if isinstance(error, OperationalError | InterfaceError):
        logger.error("database not reachable", exc_info=error)
        sentence = _("数据库暂时连不上，您的提交没有保存。请稍等几秒再试一次。")
        return problem(503, sentence, code="unavailable", retry_after=RETRY_DATABASE)
    if isinstance(error, AuthenticationError):
        sentence = _("请先登录：在请求头里带上 Authorization: Bearer 令牌。令牌由 POST /api/v1/tokens 取得。")
        return problem(401, sentence, code="unauthenticated", headers={"WWW-Authenticate": "Bearer"})
    if isinstance(error, Http404):
        return problem(404, _("没有这个地址或这条记录，请核对网址和编号。"), code="not_found")
    if isinstance(error, PermissionDenied):
        return problem(403, _("您没有做这件事的权限，请联系管理员。"), code="forbidden")
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return problem(413, _("提交的内容太大或字段太多，请减少后再提交。"), code="too_large")
    if isinstance(error, MultiPartParserError):
        return problem(422, _("表单（multipart）内容不完整或格式有误，请重新提交。"), code="invalid")
    if isinstance(error, UnreadablePostError | BadRequest | SuspiciousOperation):
        return problem(400, _("请求不完整或格式有误，请检查后重新提交。"), code="bad_request")
    if isinstance(error, HttpError):
        return problem(error.status_code, _("请求没有被接受，请检查后重新提交。"), code="bad_request")
    return None
