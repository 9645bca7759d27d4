"""The OpenAPI document: committed, complete, described."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from xiucheng.web.api import document
from xiucheng.web.api.v1 import api as v1
from xiucheng.web.management.commands import openapi


def operations():
    for path, item in v1.document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def test_the_committed_document_is_the_generated_one():
    assert openapi.PATH.read_text(encoding="utf-8") == document.text(v1.document), "run manage.py openapi"


def test_the_command_notices_a_difference(tmp_path, monkeypatch):
    monkeypatch.setattr(openapi, "PATH", tmp_path / "openapi.json")
    with pytest.raises(CommandError):
        call_command("openapi", "--check")
    call_command("openapi")
    call_command("openapi", "--check")


def test_the_document_is_served(api):
    response = api.get("/api/v1/openapi.json")
    assert response.status_code == 200
    assert response.json()["openapi"].startswith("3.1")


def test_every_operation_has_a_name_a_summary_and_its_errors():
    names = [operation["operationId"] for _name, operation in operations()]
    assert len(names) == len(set(names))
    for name, operation in operations():
        assert operation["summary"], name
        assert {429, 503} <= set(operation["responses"]), name
        for status, answer in operation["responses"].items():
            assert status < 400 or "application/problem+json" in answer["content"], name


def test_photos_may_come_as_files():
    content = v1.document["paths"]["/api/v1/reports"]["post"]["requestBody"]["content"]
    assert content["multipart/form-data"]["schema"]["properties"]["photos"]["items"]["format"] == "binary"


def test_every_address_is_described_for_developers():
    text = (openapi.PATH.parent / "api.md").read_text(encoding="utf-8")
    missing = [path for path in v1.document["paths"] if path.removeprefix("/api/v1") not in text]
    assert not missing, f"docs/developers/api.md does not mention {missing}"
