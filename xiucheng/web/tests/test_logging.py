"""The log tells what happened and never to whom."""

import io
import json
import logging
from typing import Any

import pytest
import structlog
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path

from xiucheng.web import middleware
from xiucheng.web.logging import scrub


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("call 13888001234 now", "call [电话] now"),
        ("+86 138 is not one, +8613888001234 is", "+86 138 is not one, [电话] is"),
        ("0871-63331234", "[电话]"),
        ("530102199003078515", "[证件号]"),
        ("53010219900307851X.", "[证件号]."),
        ("GET /report/20261124-000183?code=7KQ2", "GET /report/20261124-000183?[查询]"),
        ("really? yes", "really? yes"),
        ("DETAIL:  Key (name)=(张三) already exists.\nnext", "DETAIL: [略]\nnext"),
        # What operators need stays: receipt numbers, case numbers, codes of places.
        (
            "20261124-000183 530102 20261124 00191 530102001001",
            "20261124-000183 530102 20261124 00191 530102001001",
        ),
    ],
)
def test_persons_are_scrubbed(said, kept):
    assert scrub(said) == kept


@pytest.fixture
def written():
    """Reads what our own handler writes while the test runs, as parsed lines."""
    handler: Any
    (handler,) = (
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)
    )
    stream = io.StringIO()
    before = handler.setStream(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    handler.setStream(before)


def test_one_line_a_request_with_its_id(client, written):
    response = client.get("/healthz?code=7KQ2&phone=13888001234")
    (line,) = written()
    assert line["request"] == "GET /healthz"
    assert line["request_id"] == response["X-Request-ID"]
    assert (line["code"], line["level"]) == (200, "info")
    assert line["ms"] >= 0
    assert "ip" not in line


def test_an_error_of_the_standard_library_is_json_and_scrubbed(written):
    try:
        raise ValueError("DETAIL: Key (phone)=(13888001234)")
    except ValueError:
        logging.getLogger("xiucheng.somewhere").exception("failed for %s", "13888001234")
    (line,) = written()
    assert line["event"] == "failed for [电话]"
    assert "ValueError" in line["exception"]
    assert "13888001234" not in json.dumps(line)


class Urls:
    urlpatterns = [path("ask/<str:token>", lambda request, token: HttpResponse())]


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("/ask/s3cr3t?x=1", "GET /ask/…"),
        ("/nowhere/13888001234", "GET (没有这个地址)"),
    ],
)
def test_paths_that_open_something_are_not_written(address, written):
    request: Any = RequestFactory().get(address)
    request.urlconf = Urls
    assert middleware.RequestLog.format_request(request) == written
