"""/healthz and /readyz through the door, on a real database."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils.timezone import now

from xiucheng.kernel.models import Setting
from xiucheng.web import health


@pytest.fixture(autouse=True)
def _nothing_seen_yet(settings):
    health._seen.clear()
    settings.DEMO = True
    yield
    health._seen.clear()


def heartbeat(ago: timedelta = timedelta()) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [now() - ago])


def demo_is_built() -> None:
    Setting.objects.create(key=health.DEMO_BUILT, value="1", changed_at=now(), changed_by="test")


def missing(client) -> tuple[int, set[str]]:
    response = client.get("/readyz")
    return response.status_code, set(response.json()["missing"])


def test_alive_without_a_database_at_all(client):  # no django_db mark: any statement would fail
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_when_migrated_built_and_worked_for(client):
    demo_is_built()
    heartbeat()
    assert missing(client) == (200, set())


@pytest.mark.django_db
def test_what_is_missing_is_said_in_chinese(client):
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["missing"] == {
        "demo": "演示城市还在生成，请稍候。",
        "worker": "后台任务进程没有心跳，请检查它是否在运行。",
    }


@pytest.mark.django_db
def test_an_empty_city_waits_for_no_demo(client, settings):
    settings.DEMO = False
    heartbeat()
    assert missing(client) == (200, set())


@pytest.mark.django_db
@pytest.mark.parametrize(("ago", "alive"), [(44, True), (46, False)])
def test_a_silent_worker_counts_as_none(client, settings, ago, alive):
    settings.WORKER_SILENCE_SECONDS = 45
    demo_is_built()
    heartbeat(timedelta(seconds=ago))
    assert missing(client) == ((200, set()) if alive else (503, {"worker"}))


@pytest.mark.django_db
def test_a_migration_not_applied_is_noticed(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'procrastinate' AND name LIKE '0041%%'")
    assert missing(client) == (503, {"migrations"})


def test_a_database_that_is_gone_is_said_so(client, django_db_blocker, monkeypatch):
    with django_db_blocker.unblock():
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "PORT", "1")
        try:
            assert missing(client) == (503, {"database"})
        finally:
            connection.close()
