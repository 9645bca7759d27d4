"""The few pages that belong to no room: front door, help, personal data, the service worker."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from xiucheng.kernel.errors import Refused
from xiucheng.people import pages as people_pages


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, the report button, and the form to follow a report."""
    return render(request, "web/home.html")


def login(request: HttpRequest) -> HttpResponse:
    """登录 behind the rate limit of its door: only failures count, whoever signs in goes on elsewhere."""
    response = people_pages.login(request)
    response.free = response.status_code == 302  # type: ignore[attr-defined]
    return response


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Shortcuts, and what each role does in the loop."""
    return render(request, "web/help.html", {"shortcuts": shortcuts()})


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Which personal data is asked for, who sees it, for how long."""
    return render(request, "web/privacy.html")


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that lets the report page open without a network; at the root, to serve `/report`."""
    script = settings.FRONTEND_DIST / "sw.js"
    if not script.is_file():
        raise Refused(_("前端尚未构建，请管理员运行 script/bootstrap。"), status=404, code="not_built")
    return HttpResponse(script.read_text("utf-8"), content_type="text/javascript; charset=utf-8")


def shortcuts() -> list[tuple[tuple[str, ...], str]]:
    """Every key of the desks; each has a button or link that does the same."""
    return [
        (("J", "K"), _("下一件、上一件")),
        (("X",), _("勾选这一件")),
        (("Enter",), _("打开这一件")),
        (("/",), _("查案件")),
        (("G",), _("回待办")),
        (("L",), _("案件列表")),
        (("R",), _("登记一件")),
        (("I",), _("消息")),
        (("Esc",), _("关上打开的表单")),
        (("?",), _("这一页")),
    ]
