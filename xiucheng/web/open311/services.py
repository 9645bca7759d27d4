"""Categories as the standard's services. A service code is `kind-code`, as «/» cannot stand in a path."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from xiucheng.catalog import extra
from xiucheng.catalog import queries as catalog
from xiucheng.catalog.models import Category
from xiucheng.kernel.errors import Refused
from xiucheng.web.open311.parse import category_of


def code_of(category: Category) -> str:
    """`matter-01001`."""
    return f"{category.kind}-{category.code}"


def services() -> list[dict[str, Any]]:
    """The categories in force, as GET services lists them."""
    return [
        {
            "service_code": code_of(row),
            "service_name": row.name,
            "description": f"{row.kind_name}：{row.class_name}，{row.name}",
            "metadata": bool(asked(row)),
            "type": "realtime",
            "keywords": f"{row.kind_name},{row.class_name}",
            "group": row.class_name,
        }
        for row in catalog.categories()
    ]


# Our kinds in the standard's words. A date is a datetime whose time does not matter.
DATATYPES = {
    extra.Kind.TEXT: "string",
    extra.Kind.NUMBER: "number",
    extra.Kind.DATE: "datetime",
    extra.Kind.CHOICE: "singlevaluelist",
    extra.Kind.YES_NO: "singlevaluelist",
}


def asked(category: Category) -> list[extra.ExtraField]:
    """The questions of a service: those of its category that programs are asked."""
    return extra.fields_of(category, extra.Door.API)


def attributes(category: Category) -> list[dict[str, Any]]:
    """The questions as a service definition lists them; `values` only where one is chosen."""
    return [attribute(field, order) for order, field in enumerate(asked(category), start=1)]


def attribute(field: extra.ExtraField, order: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "variable": True,
        "code": field.key,
        "datatype": DATATYPES[extra.Kind(field.kind)],
        "required": field.required,
        "datatype_description": field.help or None,
        "order": order,
        "description": extra.label(field),
    }
    options = [(word, word) for word in field.choices]
    if field.kind == extra.Kind.YES_NO:
        options = [("yes", _("是")), ("no", _("否"))]
    return row | {"values": [{"key": key, "name": name} for key, name in options]} if options else row


def answers(category: Category, given: Mapping[str, str]) -> dict[str, str]:
    """What was answered to the questions of a service, as the catalogue reads it: a datetime is the day in China."""
    dates = {field.key for field in extra.fields_of(category) if field.kind == extra.Kind.DATE}
    return {code: day_of(text) if code in dates else text for code, text in given.items()}


def day_of(text: str) -> str:
    """The local day of a W3C date and time; any other text as it is."""
    try:
        moment = parse_datetime(text.replace(" ", "+")) if "T" in text else None
        if moment is None:
            return text
        return (localtime(moment) if moment.tzinfo else moment).date().isoformat()
    except (ValueError, OverflowError):
        return text


def service(code: str) -> Category:
    """A service by its code. Raises: Refused 404, if it is none in force."""
    kind, _slash, number = category_of(code).partition("/")
    found = catalog.category("", kind, number)
    if found is None:
        sentence = _("没有这个 service_code，请从 services 列表中选择，例如 matter-01001。")
        raise Refused(sentence, status=404, field="service_code", code="unknown_service")
    return found


def named(keys: Iterable[str]) -> dict[str, tuple[str | None, str]]:
    """Category key → (service code, or None if today's list does not offer it; name)."""
    found: dict[str, tuple[str | None, str]] = {}
    for key in {key for key in keys if key}:
        standard, kind, code = key.rsplit("/", 2)
        row = catalog.category(standard, kind, code)
        if row is not None:
            today = catalog.category("", row.kind, row.code)
            found[key] = (code_of(row) if today and today.pk == row.pk else None, row.name)
    return found
