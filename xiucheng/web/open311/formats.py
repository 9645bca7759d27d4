"""JSON and XML from the same values. The address says which: `.json`, `.xml`; without either, JSON."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

XML, JSON = "xml", "json"
# XML 1.0 forbids these characters even escaped; a description may hold them.
FORBIDDEN = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535))
# How the standard names one item of a list inside a row.
ITEM_NAMES = {
    "changesets": "changeset",
    "endpoints": "endpoint",
    "formats": "format",
    "attributes": "attribute",
    "values": "value",
}


def format_of(request: HttpRequest) -> str:
    """The format an address asks for."""
    return XML if request.path_info.endswith(".xml") else JSON


def respond(
    request: HttpRequest,
    root: str,
    item: str,
    content: list[dict[str, Any]] | dict[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A list (`root` of `item`s in XML, an array in JSON) or one object (`root` alone)."""
    if format_of(request) == XML:
        response = HttpResponse(
            to_xml(root, item, content), status=status, content_type="text/xml; charset=utf-8"
        )
    else:
        response = HttpResponse(
            orjson.dumps(content), status=status, content_type="application/json; charset=utf-8"
        )
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def to_xml(root: str, item: str, content: list[dict[str, Any]] | dict[str, Any]) -> bytes:
    """The standard's XML: an element a field, an empty element for null.

    >>> to_xml("services", "service", [{"service_code": "a", "metadata": False, "group": None}]).decode()
    "<?xml version='1.0' encoding='utf-8'?>\\n<services><service><service_code>a</service_code>\
<metadata>false</metadata><group /></service></services>"
    """
    top = ElementTree.Element(root)
    if isinstance(content, list):
        for row in content:
            _fill(ElementTree.SubElement(top, item), row)
    else:
        _fill(top, content)
    return ElementTree.tostring(top, encoding="utf-8", xml_declaration=True)


def _fill(element: ElementTree.Element, value: Any) -> None:
    if isinstance(value, dict):
        for name, part in value.items():
            child = ElementTree.SubElement(element, name)
            if isinstance(part, list):
                for each in part:
                    _fill(ElementTree.SubElement(child, ITEM_NAMES.get(name, "item")), each)
            else:
                _fill(child, part)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = str(value).translate(FORBIDDEN)
