"""Middleware, each by what a client sees of it."""

import ipaddress
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path
from django.utils.timezone import now

from xiucheng.people.models import Session
from xiucheng.web import middleware
from xiucheng.web.passwords import KindsOfCharacters

pytestmark = pytest.mark.django_db  # pages look whether the city has its own words


def seen_address(settings, peer: str, forwarded: str | None, proxies: list[str]) -> tuple[str, bool]:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network(network) for network in proxies]
    headers: dict[str, Any] = (
        {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded, "HTTP_X_FORWARDED_PROTO": "https"}
    )
    request = RequestFactory().get("/", REMOTE_ADDR=peer, **headers)
    middleware.TrustedProxies(lambda _request: HttpResponse())(request)
    return middleware.client_address(request), request.is_secure()


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "address", "secure"),
    [
        ("203.0.113.9", "198.51.100.1", [], "203.0.113.9", False),  # a stranger's word
        ("10.0.0.2", "198.51.100.1", ["10.0.0.0/8"], "198.51.100.1", True),
        (
            "10.0.0.2",
            "1.2.3.4, 198.51.100.1, 10.0.0.3",
            ["10.0.0.0/8"],
            "198.51.100.1",
            True,
        ),  # forged first hop
        ("10.0.0.2", "<script>", ["10.0.0.0/8"], "10.0.0.2", True),
        ("10.0.0.2", None, ["10.0.0.0/8"], "10.0.0.2", False),
        ("::1", "2001:db8::7", ["::1/128"], "2001:db8::7", True),
    ],
)
def test_only_our_proxies_are_believed(settings, peer, forwarded, proxies, address, secure):
    assert seen_address(settings, peer, forwarded, proxies) == (address, secure)


@pytest.mark.parametrize("door", ["/api/v1/reports", "/open311/v2/requests.json", "/report"])
def test_too_large_is_said_in_chinese(client, settings, door):
    settings.REQUEST_MAX_BYTES = 1000
    response = client.post(door, data=b"x" * 1001, content_type="application/octet-stream")
    assert response.status_code == 413
    assert "太大" in response.content.decode()


def test_exactly_the_limit_passes(settings):
    settings.REQUEST_MAX_BYTES = 1000
    request = RequestFactory().post("/", data=b"x" * 1000, content_type="text/plain")
    response = middleware.BodyLimit(lambda request: HttpResponse(str(len(request.body))))(request)
    assert response.content == b"1000"


def test_nine_photos_of_twenty_megabytes_fit_as_base64(settings):
    photos = 9 * ((20 * 1024 * 1024 + 2) // 3 * 4)
    assert photos + 100_000 < settings.REQUEST_MAX_BYTES == settings.DATA_UPLOAD_MAX_MEMORY_SIZE


@pytest.mark.parametrize(
    ("cookie", "accept", "language"),
    [("", "", "zh-hans"), ("", "en-US,en", "zh-hans"), ("en", "", "en"), ("xx", "", "zh-hans")],
)
def test_chinese_unless_chosen(client, cookie, accept, language):
    client.cookies["django_language"] = cookie
    response = client.get("/healthz", HTTP_ACCEPT_LANGUAGE=accept)
    assert response["Content-Language"] == language


def test_browser_defences_are_on_by_default(client):
    headers = client.get("/healthz").headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


class SessionStub(dict):
    """A session that something has asked already."""

    accessed = True


@pytest.mark.parametrize(
    ("idle", "background", "moved"),
    [(59, False, False), (60, False, True), (60, True, False)],
)
def test_an_act_moves_the_end_of_the_session_at_most_once_a_minute(monkeypatch, idle, background, moved):
    headers: dict[str, Any] = {middleware.BACKGROUND: "1"} if background else {}
    request: Any = RequestFactory().get("/", **headers)
    request.session = SessionStub(_auth_user_id="1", acted=1_000_000)
    monkeypatch.setattr(time, "time", lambda: 1_000_000 + idle)
    middleware.IdleSession(lambda _request: HttpResponse())(request)
    assert (request.session["acted"] != 1_000_000) == moved


@pytest.mark.django_db
def test_idle_beyond_the_term_is_signed_out(client, django_user_model, settings):
    settings.ROOT_URLCONF = __name__
    client.force_login(django_user_model.objects.create(username="someone"))
    assert client.get("/who").content == b"someone"
    session = client.session
    assert abs((session.get_expiry_date() - now()).total_seconds() - settings.SESSION_COOKIE_AGE) < 5
    Session.objects.update(expire_date=now() - timedelta(seconds=1))
    assert client.get("/who").content == b""


urlpatterns = [path("who", lambda request: HttpResponse(request.user.get_username()))]


@pytest.mark.parametrize(
    ("password", "good"),
    [("abcdefgh", False), ("abcdefg1", False), ("Abcdefg1", True), ("abcdef-1", True), ("绣花abc123", True)],
)
def test_three_kinds_of_characters(password, good):
    try:
        KindsOfCharacters(3).validate(password)
    except ValidationError as error:
        assert not good and "至少 3 种" in str(error)
    else:
        assert good
