"""A filter as an address, a form, a saved filter or a job writes it: text by name; and back."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from xiucheng.cases.queries.fields import FIELDS, CaseFilter, Field, Kind
from xiucheng.kernel.days import read_day
from xiucheng.kernel.errors import Refused

ALIASES = {"q": "words", "county": "division"}  # what links wrote before there were more fields
STATES: dict[str, dict[str, bool]] = {
    "open": {"open": True},
    "ended": {"open": False},
    "late": {"overdue": True},
    "urgent": {"urgent": True},
}
YES, NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


def filter_of(asked: Mapping[str, Any]) -> CaseFilter:
    """The filter of an address. Names it does not know are left alone. Raises: Refused 422 with the field."""
    values: dict[str, Any] = dict(STATES.get(str(asked.get("state", "")), {}))
    for name, key in ALIASES.items():
        if asked.get(name):
            values[key] = read(BY_NAME[key], str(asked[name]))
    for field in FIELDS:
        text = str(asked.get(field.key) or "").strip()
        if text:
            values[field.key] = read(field, text)
    return CaseFilter(sort=str(asked.get("sort") or "newest"), **values)


BY_NAME = {field.key: field for field in FIELDS}


def read(field: Field, text: str) -> Any:
    text = text.strip().replace("\x00", "")
    if field.kind == Kind.FLAG:
        return flag(field, text)
    if field.kind == Kind.DAY:
        return read_day(text, field=field.key)
    if field.kind == Kind.DEPARTMENT:
        return number(text, field.key)
    if field.pattern and not re.match(field.pattern, text):
        raise Refused(
            _("“%(label)s”写得不对：%(help)s。") % {"label": _(field.label), "help": _(field.help)},
            field=field.key,
        )
    return text[: field.longest]


def flag(field: Field, text: str) -> bool:
    if text.lower() in YES | NO:
        return text.lower() in YES
    raise Refused(_("“%(label)s”应选是或否。") % {"label": _(field.label)}, field=field.key)


def number(text: str, field: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 19:
        return int(text)
    raise Refused(_("没有这个选项，请从列表中选择。"), field=field)


def written(filter: CaseFilter) -> dict[str, str]:
    """The names and texts of a filter, the shortest way; `filter_of` reads it back."""
    found = {key: text_of(value) for key, value in filter.given().items()}
    return found if filter.sort == "newest" else found | {"sort": filter.sort}


def text_of(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.isoformat() if isinstance(value, date) else str(value)
