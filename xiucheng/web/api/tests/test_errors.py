"""Whatever goes wrong, a program gets a problem in Chinese: never a page, a trace, or English."""

import json
import re

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def problem(response, status: int) -> dict:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert set(body) == {"type", "title", "status", "detail", "errors", "request_id"}
    assert body["status"] == status
    assert CHINESE.search(body["title"]) and CHINESE.search(body["detail"])
    assert body["request_id"] == response["X-Request-ID"]
    return body


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v2/cases", "/api/", "/api/v1/cases/x%00/events", "/api/v1/%FF"]
)
def test_no_such_address(api, path):
    problem(api.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/v1/reports"),
        ("GET", "/api/v1/tokens"),
        ("PUT", "/api/v1/me"),
        ("TRACE", "/api/v1/places"),
    ],
)
def test_a_wrong_method_says_which_are_right(api, method, path):
    response = api.generic(method, path)
    body = problem(response, 405)
    assert response["Allow"]
    assert response["Allow"].split(",")[0] in body["detail"]


def test_a_wrong_host(api):
    problem(api.get("/api/v1/places", headers={"Host": "evil.example"}), 400)


def test_another_kind_of_body(api, city):
    problem(api.generic("POST", "/api/v1/reports", b"<report/>", content_type="application/xml"), 415)


def test_a_broken_multipart_body(api, city):
    response = api.generic("POST", "/api/v1/reports", b"junk", content_type="multipart/form-data; boundary=x")
    problem(response, 422)
    response = api.generic("POST", "/api/v1/reports", b"junk", content_type="multipart/form-data")
    problem(response, 422)


def test_far_too_large_a_body(api, city, settings):
    settings.REQUEST_MAX_BYTES = 1000
    raw = b'{"description": "' + b"x" * 1000 + b'"}'
    body = problem(api.generic("POST", "/api/v1/reports", raw, content_type="application/json"), 413)
    assert "太大" in body["detail"]


def test_a_body_without_photos_has_a_smaller_limit(api, city):
    raw = json.dumps({"username": "x" * (3 * 1024 * 1024), "password": "y"})
    problem(api.generic("POST", "/api/v1/tokens", raw, content_type="application/json"), 413)


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer x", "Basic eDp5", "bearer \u00e9", "Token abc"])
def test_without_a_valid_token(api, header):
    response = api.get("/api/v1/me", headers={"Authorization": header} if header else {})
    problem(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"


def test_the_database_is_gone(api, monkeypatch):
    def gone(*_args, **_named):
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(BaseDatabaseWrapper, "cursor", gone)
        response = api.get("/api/v1/me", headers={"Authorization": "Bearer abc"})
    body = problem(response, 503)
    assert int(response["Retry-After"]) >= 1
    assert "没有保存" in body["detail"]
    assert "server closed" not in str(body)


def test_a_fault_of_ours_is_told_without_its_trace(city, monkeypatch):
    def fails(*_args, **_named):
        raise KeyError("secret detail")

    monkeypatch.setattr("xiucheng.territory.queries.children", fails)
    body = problem(Client(raise_request_exception=False).get("/api/v1/divisions"), 500)
    assert "secret" not in str(body)


def test_too_many_calls(api, city, settings):
    from xiucheng.kernel import settings as kernel_settings

    settings.RATE_LIMITS = True
    kernel_settings.set_value(key="rate.public.address", value="2", by="test")
    statuses = [api.get("/api/v1/divisions").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    response = api.get("/api/v1/divisions")
    problem(response, 429)
    assert int(response["Retry-After"]) >= 1


def test_a_forwarded_address_is_believed_from_our_proxy_only(city, settings):
    import ipaddress

    from xiucheng.kernel import settings as kernel_settings

    settings.RATE_LIMITS = True
    kernel_settings.set_value(key="rate.public.address", value="1", by="test")

    def ask(forwarded: str) -> int:
        return Client().get("/api/v1/divisions", headers={"X-Forwarded-For": forwarded}).status_code

    assert [ask("198.51.100.1"), ask("198.51.100.2")] == [200, 429]  # a stranger's word counts nothing
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.1/32")]
    assert [ask("198.51.100.3"), ask("198.51.100.4"), ask("198.51.100.3")] == [200, 200, 429]
