"""The OpenAPI document, completed: every status of an address, both encodings of a body with photos.

Ninja knows what a face declares; errors are the same everywhere and follow from what the operation has (a
body, a place in its path, a token), so they are written here once.
"""

import copy
import json
from typing import Any

from xiucheng.kernel.rest.problem import MEDIA_TYPE, Problem, titles

PROBLEM = {"$ref": "#/components/schemas/Problem"}
ERROR_SCHEMA_TEMPLATE = "#/components/schemas/{model}"
METHODS = ("get", "post", "put", "patch", "delete")


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """The document with errors and encodings; changes it in place."""
    problem = Problem.model_json_schema(ref_template=ERROR_SCHEMA_TEMPLATE)
    schemas = schema["components"]["schemas"]
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    for path, item in schema["paths"].items():
        for method in METHODS:
            if method in item:
                # Ninja shares one dictionary between the methods of an operation.
                item[method] = operation = copy.deepcopy(item[method])
                _encodings(operation, schemas)
                _errors(path, operation)
    return schema


def text(schema: dict[str, Any]) -> str:
    """The document as it is committed: sorted, so that a difference shows what changed."""
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n"


def _errors(path: str, operation: dict[str, Any]) -> None:
    names = titles()
    responses = operation["responses"]
    declared = {int(status) for status in responses if int(status) >= 400}
    for status in sorted(declared | _statuses(path, operation)):
        if "content" not in responses.get(status, {}):
            content = {MEDIA_TYPE: {"schema": PROBLEM}}
            responses[status] = {"description": names[status], "content": content}
            if status in (429, 503):
                responses[status]["headers"] = {
                    "Retry-After": {"description": "几秒后再试", "schema": {"type": "integer", "minimum": 1}}
                }


def _statuses(path: str, operation: dict[str, Any]) -> set[int]:
    """Error statuses that follow from the shape of an operation."""
    found = {400, 429, 503}
    if operation.get("security"):
        found |= {401, 403}
    if "{" in path:
        found.add(404)
    if operation.get("parameters"):
        found.add(422)
    if operation.get("requestBody"):
        found |= {409, 413, 415, 422, 403, 404}
    if any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", ())):
        found.add(412)
    return found


def _encodings(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """A body with photos may come as multipart too: the same fields, photos as files."""
    content = operation.get("requestBody", {}).get("content", {})
    body = content.get("application/json")
    if body is None:
        return
    named = schemas.get(body["schema"].get("$ref", "").rpartition("/")[2], body["schema"])
    properties = named.get("properties", {})
    if "photos" in properties:
        form = copy.deepcopy(named)
        form["properties"]["photos"] = {
            "type": "array",
            "maxItems": 9,
            "items": {"type": "string", "format": "binary"},
            "description": "照片文件，可重复这一项",
        }
        content["multipart/form-data"] = {"schema": form}
