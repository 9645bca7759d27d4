"""/healthz: the process answers. /readyz: the city can work; if not, what is missing, in Chinese."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from procrastinate.contrib.django.models import ProcrastinateWorker

from xiucheng.kernel.models import Setting

DEMO_BUILT = "demo.built"  # a kernel Setting that build_demo writes as its last act

_seen: set[str] = set()  # what was found done in this process and cannot become undone under it


def missing() -> Iterator[tuple[str, str]]:
    """What keeps the city from working: (name, a Chinese sentence). Nothing when it is ready."""
    try:
        yield from _missing()
    except DatabaseError:
        yield "database", _("数据库连接不上，请检查数据库是否在运行。")


def _missing() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # also for a process that has seen everything else done
    if not _once("migrations", migrated):
        yield "migrations", _("数据库结构还没有更新完，请等待或运行 script/manage migrate。")
        return  # the tables asked below may not exist yet
    if settings.DEMO and not _once("demo", demo_built):
        yield "demo", _("演示城市还在生成，请稍候。")
    if not worker_alive():
        yield "worker", _("后台任务进程没有心跳，请检查它是否在运行。")


def migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def demo_built() -> bool:
    return Setting.objects.filter(key=DEMO_BUILT).exists()


def worker_alive() -> bool:
    """Whether a job worker gave a sign within WORKER_SILENCE_SECONDS (it gives one every 10 s)."""
    since = now() - timedelta(seconds=settings.WORKER_SILENCE_SECONDS)
    return ProcrastinateWorker.objects.filter(last_heartbeat__gte=since).exists()


def _once(name: str, done: Callable[[], bool]) -> bool:
    if name not in _seen and done():
        _seen.add(name)
    return name in _seen


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    return _json({"status": "ok"}, 200)


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    faults = dict(missing())
    body = {"status": "not ready" if faults else "ready", "missing": faults}
    return _json(body, 503 if faults else 200)


def _json(body: Mapping[str, object], status: int) -> HttpResponse:
    text = json.dumps(body, ensure_ascii=False)
    return HttpResponse(text, status=status, content_type="application/json; charset=utf-8")
