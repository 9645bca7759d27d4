"""Categories as the standard's services. A service code is `kind-code`, as «/» cannot stand in a path."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

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
            "metadata": False,
            "type": "realtime",
            "keywords": f"{row.kind_name},{row.class_name}",
            "group": row.class_name,
        }
        for row in catalog.categories()
    ]


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
