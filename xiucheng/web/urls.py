"""All addresses. Rooms bring their own; the public pages stand here, each behind its rate limit."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from xiucheng.cases.pages import follow, report
from xiucheng.kernel import pages_jobs
from xiucheng.people import pages as people_pages
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Right
from xiucheng.web import health, pages
from xiucheng.web.api.middleware import nothing_here
from xiucheng.web.api.v1 import api
from xiucheng.web.limits import POST, limited

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("", pages.home, name="home"),
    path("help", pages.help_page, name="help"),
    path("privacy", pages.privacy, name="privacy"),
    path("theme", pages.set_theme, name="set_theme"),
    path("admin", pages.admin_overview, name="admin"),
    path("", include("xiucheng.web.admin.urls")),
    path("", include("xiucheng.live.urls")),
    path("sw.js", pages.service_worker, name="service_worker"),
    path("language", require_POST(set_language), name="set_language"),
    # Public pages of cases
    path("report", limited("report", report.report, methods=POST), name="report"),
    path("report/divisions", limited("public", report.divisions), name="report_divisions"),
    path("report/nearby", limited("public", report.around), name="report_nearby"),
    path("report/done/<str:number>", report.done, name="report_done"),
    path("follow", follow.follow, name="follow"),
    path("follow/<str:number>", limited("progress", follow.progress), name="progress"),
    path("follow/<str:number>/rate", limited("progress", follow.rate), name="rate"),
    path("follow/<str:number>/reopen", limited("progress", follow.reopen), name="reopen"),
    path("follow/<str:number>/photos/<uuid:file>", limited("progress", follow.photo), name="progress_photo"),
    path("answer/<str:token>", limited("progress", follow.answer), name="answer"),
    # Doors for programs
    path("api/v1/", api.urls),
    path("open311/v2/", include("xiucheng.web.open311.urls")),
    re_path("^(api|open311)(/|$)", nothing_here),
    # Staff pages. The first catches what `people:login` names, to count at its door.
    path("login", limited("login", pages.login, methods=POST)),
    path("login/code", limited("login", people_pages.code, methods=POST)),
    path("", include("xiucheng.people.urls")),
    path("", include("xiucheng.cases.urls")),
    path("", include("xiucheng.insight.urls")),
    path("", include("xiucheng.territory.urls")),
    path("", include("xiucheng.web.audit.urls")),
    path("", include("xiucheng.web.retention.urls")),
    *pages_jobs.addresses(lambda request: Right.MANAGE_JOBS in acting_post(request).rights),
]

handler400 = "xiucheng.web.sorry.bad_request"
handler403 = "xiucheng.web.sorry.forbidden"
handler404 = "xiucheng.web.sorry.not_found"
handler500 = "xiucheng.web.sorry.server_error"
