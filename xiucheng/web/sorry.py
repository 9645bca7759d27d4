"""When something is refused or broken, a person gets a page in words: what is wrong, and what to do now.

Programs (`/api/`, `/open311/`) have their own form: `web.api.middleware`.
"""

import logging
import sys
from collections.abc import Callable
from typing import Any

from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.web.api.middleware import API, OPEN311

logger = logging.getLogger("xiucheng.web")

WRITTEN = frozenset(
    {"description", "note", "address", "words"}
)  # fields of several forms that hold sentences
RETRY_DATABASE = 10  # seconds: about what a restart of PostgreSQL takes


def titles() -> dict[int, str]:
    """The heading of each page of refusal."""
    return {
        400: _("请求有误"),
        401: _("请先登录"),
        403: _("不能这样办理"),
        404: _("没有找到"),
        405: _("不能这样打开"),
        409: _("情况已经变了"),
        410: _("已经失效"),
        412: _("别人刚改过"),
        413: _("内容太大"),
        422: _("内容有误"),
        423: _("账号已锁定"),
        429: _("操作太频繁"),
        500: _("系统出错了"),
        503: _("系统暂时不可用"),
    }


class Sorry:
    """Refusals and a lost database as pages; for HTMX as the fragment that it swaps in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if request.path_info.startswith((API, OPEN311)):
            return None
        if isinstance(error, Refused):
            return refused(request, error)
        if isinstance(error, OperationalError | InterfaceError):
            logger.error("database lost", exc_info=error)
            return broken(request, status=503)
        if isinstance(error, DataError):
            logger.warning("store refused a value", exc_info=error)
            return unstorable(request)
        return None


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """A refusal as a page, or as a fragment when HTMX asked."""
    todo = ""
    if refusal.code == "login" and request.method != "GET":
        todo = _("登录已过期，填写的内容还在：请在新窗口重新登录，再回到这一页重新提交。")
    login = refusal.code == "login"
    if "HX-Request" in request.headers:
        words = {"sentence": refusal.said(_), "todo": todo, "login": login}
        response = fragment(request, refusal.status, words)
    else:
        words = {"login": login, "typed": typed(request) if login else []}
        response = say(request, refusal.status, refusal.said(_), todo, **words)
    if refusal.retry_after is not None:
        response["Retry-After"] = str(refusal.retry_after)
    return response


def fragment(request: HttpRequest, status: int, words: dict[str, Any]) -> HttpResponse:
    """The refusal for HTMX. It stands beside a form that was sent, never in its place: what was typed stays."""
    response = HttpResponse(render_to_string("web/_refused.html", words), status=status)  # asks no database
    if request.method == "POST":
        response["HX-Reswap"] = "beforeend"
    return response


def typed(request: HttpRequest) -> list[str]:
    """The sentences somebody wrote into the form, to copy them where the browser cannot go back to it."""
    return [words for name in WRITTEN if (words := request.POST.get(name, "").strip())]


def say(request: HttpRequest, status: int, sentence: str, todo: str = "", **more: Any) -> HttpResponse:
    """A page with a heading for the status, a sentence, and what to do."""
    title = titles().get(status) or titles()[500 if status >= 500 else 400]
    words = {"title": title, "sentence": sentence, "todo": todo, **more}
    return HttpResponse(render_to_string("web/_sorry.html", words, request), status=status)


def unstorable(request: HttpRequest) -> HttpResponse:
    """422 for what PostgreSQL cannot hold and no form has caught, such as NUL in an address."""
    sentence = _("内容里有不能保存的字符（例如空字符），什么也没有保存。")
    todo = _("请删去这些字符后再提交；不能确定是哪里时，请重新输入。")
    if "HX-Request" in request.headers:
        return fragment(request, 422, {"sentence": sentence, "todo": todo})
    return say(request, 422, sentence, todo)


def broken(request: HttpRequest, status: int = 500) -> HttpResponse:
    """The page when we are to blame: needs no database, no session and no build."""
    lost = status == 503
    words = {
        "title": titles()[status],
        "sentence": _("数据库暂时连接不上。已经提交成功的内容不会丢失。")
        if lost
        else _("这不是您的错，问题已经记录。"),
        "todo": _("请过一会儿再试；填写的内容可以用浏览器的返回键找回。"),
        "request_id": getattr(request, "request_id", ""),
        "language": translation.get_language(),
    }
    if "HX-Request" in request.headers:
        words["todo"] = _("请过一会儿再试；填写的内容还在这一页上。")
        response = fragment(request, status, words)
    else:
        response = HttpResponse(render_to_string("web/sorry_500.html", words), status=status)
    if lost:
        response["Retry-After"] = str(RETRY_DATABASE)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return say(request, 400, _("浏览器发来的请求不完整或不合规范。"), _("请回到上一页重新操作。"))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    sentence = _("您当前的岗位不能打开这一页。")
    return say(request, 403, sentence, _("请换一个岗位登录，或请有权限的同事办理。"))


def not_found(request: HttpRequest, exception: Http404) -> HttpResponse:
    sentence = _("没有这个地址，或者它不在您的管辖范围内。")
    return say(request, 404, sentence, _("请核对编号或网址；也可以从首页重新进入。"))


def server_error(request: HttpRequest) -> HttpResponse:
    """Also for what middleware raises (a session that cannot be read): that never passes `Sorry`."""
    lost = isinstance(sys.exception(), OperationalError | InterfaceError)
    return broken(request, status=503 if lost else 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Mostly a page that stood open for days, or a browser that refuses cookies."""
    sentence = _("这一页开得太久，或者浏览器没有允许本站的 Cookie，所以没有提交成功。")
    todo = _("请用返回键回到上一页，刷新后再提交；填写的内容如果还在，可先复制下来。")
    if "HX-Request" in request.headers:
        return fragment(request, 403, {"sentence": sentence, "todo": todo})
    return say(request, 403, sentence, todo)
