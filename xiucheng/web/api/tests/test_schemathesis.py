"""Schemathesis over the whole document: no 5xx, no status, kind or shape of answer that is not documented."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from xiucheng.cases.tests.loop import Loop
from xiucheng.web.wsgi import application

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.fixture
def kept_connection():
    """The application itself, unlike Django's test client, would end the connection of the test's transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def askers(kept_connection, cast, departments, api_as):
    """For a step somebody who may do it, else the 值班长; and a case that is half done."""
    loop = Loop(cast, departments).handled()

    def headers(path: str) -> dict[str, str]:
        step = path.rpartition("/")[2]
        rights = {name: post.rights for name, post in cast.items()}
        name = next(
            (who for who, held in rights.items() if step in {right.value for right in held}), "值班长_五华"
        )
        if name not in tokens:
            tokens[name] = api_as(name).defaults["HTTP_AUTHORIZATION"]
        return {"Authorization": tokens[name]}

    tokens: dict[str, str] = {}
    return loop, headers


@schema.parametrize()
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_keeps_its_word(case, askers):
    loop, headers = askers
    known = {"case_id": loop.received.number, "number": loop.received.number}
    for name in (case.path_parameters or {}).keys() & known.keys():
        if len(str(case.body)) % 2 or case.method == "GET":  # else whatever was made up
            case.path_parameters[name] = known[name]
    response = case.call(headers=headers(case.operation.path))
    case.validate_response(response, checks=CHECKS)
