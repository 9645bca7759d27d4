"""The few pages that belong to no room: front door, help, personal data, the service worker."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import own_address
from xiucheng.people import pages as people_pages
from xiucheng.people import queries as people
from xiucheng.web import context

YEAR = 365 * 24 * 3600  # seconds


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
    return render(request, "web/help.html", {"letters": context.letters()})


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


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """浅色、深色 or like the system: kept in a cookie of this browser for a year."""
    wanted = request.POST.get("theme", "")
    response = HttpResponseRedirect(own_address(request, request.POST.get("next", "")) or "/")
    if wanted in context.THEMES:
        response.set_cookie(
            context.THEME_COOKIE, wanted, max_age=YEAR, samesite="Lax", secure=request.is_secure()
        )
    else:
        response.delete_cookie(context.THEME_COOKIE, samesite="Lax")
    return response


@require_safe
@login_required
def admin_overview(request: HttpRequest) -> HttpResponse:
    """管理: a card for each place that this post may open. Refused 403: it administers nothing."""
    if not context.admin_places(request, people.acting_post(request)):
        raise Refused(
            _("您当前的岗位没有管理权限。要管理，请换一个岗位，或联系安全管理员。"),
            status=403,
            code="no_right",
        )
    return render(request, "web/admin.html")
