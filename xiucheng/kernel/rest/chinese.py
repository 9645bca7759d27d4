"""Pydantic's error types as Chinese sentences; what the caller sent is never repeated."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pydantic_core import PydanticCustomError

SAID = "said"  # the type of an error whose sentence we wrote ourselves


def wrong(sentence: str) -> PydanticCustomError:
    """An error for a validator to raise; `sentence` says what is wrong and what to do."""
    return PydanticCustomError(SAID, "{said}", {"said": sentence})


NUMBER = gettext_noop("应是数字。")
INTEGER = gettext_noop("应是整数。")
TEXT = gettext_noop("应是文字。")
LIST = gettext_noop("应是一个列表。")
OBJECT = gettext_noop("应是一个 JSON 对象。")
DAY = gettext_noop("应是日期，写作 2026-11-24。")
MOMENT = gettext_noop("应是带时区的时刻，写作 2026-11-24T08:30:00+08:00。")
CHOICE = gettext_noop("只能是下列之一：%(expected)s。")

SENTENCES: dict[str, str] = {
    "missing": gettext_noop("缺少这一项，请填写。"),
    "extra_forbidden": gettext_noop("没有这一项，请核对名称或删去。"),
    "none_required": gettext_noop("这一项应为空（null）。"),
    "json_invalid": gettext_noop("不是合法的 JSON。"),
    "json_type": gettext_noop("不是合法的 JSON。"),
    "string_type": TEXT,
    "string_unicode": gettext_noop("应是 UTF-8 编码的文字。"),
    "string_too_short": gettext_noop("太短，至少要 %(min_length)s 个字。"),
    "string_too_long": gettext_noop("太长，最多 %(max_length)s 个字，请缩短。"),
    "string_pattern_mismatch": gettext_noop("格式不对，请核对后重新填写。"),
    "string_not_ascii": gettext_noop("只能用英文字母、数字和符号。"),
    "int_type": INTEGER,
    "int_parsing": INTEGER,
    "int_parsing_size": gettext_noop("数字太大。"),
    "int_from_float": INTEGER,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "decimal_type": NUMBER,
    "decimal_parsing": NUMBER,
    "decimal_max_digits": gettext_noop("数字位数太多。"),
    "decimal_max_places": gettext_noop("小数位数太多。"),
    "decimal_whole_digits": gettext_noop("数字太大。"),
    "finite_number": gettext_noop("应是有限的数字，不能是 NaN 或无穷大。"),
    "greater_than": gettext_noop("应大于 %(gt)s。"),
    "greater_than_equal": gettext_noop("不能小于 %(ge)s。"),
    "less_than": gettext_noop("应小于 %(lt)s。"),
    "less_than_equal": gettext_noop("不能大于 %(le)s。"),
    "multiple_of": gettext_noop("应是 %(multiple_of)s 的整数倍。"),
    "bool_type": gettext_noop("应是 true 或 false。"),
    "bool_parsing": gettext_noop("应是 true 或 false。"),
    "enum": CHOICE,
    "literal_error": CHOICE,
    "list_type": LIST,
    "tuple_type": LIST,
    "set_type": LIST,
    "iterable_type": LIST,
    "too_short": gettext_noop("太少，至少要 %(min_length)s 项。"),
    "too_long": gettext_noop("太多，最多 %(max_length)s 项。"),
    "dict_type": OBJECT,
    "model_type": OBJECT,
    "model_attributes_type": OBJECT,
    "mapping_type": OBJECT,
    "uuid_type": gettext_noop("应是 UUID，例如 0f8fad5b-d9cb-469f-a165-70867728950e。"),
    "uuid_parsing": gettext_noop("应是 UUID，例如 0f8fad5b-d9cb-469f-a165-70867728950e。"),
    "uuid_version": gettext_noop("UUID 的版本不对。"),
    "date_type": DAY,
    "date_parsing": DAY,
    "date_from_datetime_parsing": DAY,
    "date_from_datetime_inexact": DAY,
    "date_past": gettext_noop("应是过去的日期。"),
    "date_future": gettext_noop("应是将来的日期。"),
    "datetime_type": MOMENT,
    "datetime_parsing": MOMENT,
    "datetime_object_invalid": MOMENT,
    "datetime_from_date_parsing": MOMENT,
    "datetime_past": gettext_noop("应是过去的时刻。"),
    "datetime_future": gettext_noop("应是将来的时刻。"),
    "timezone_aware": MOMENT,
    "timezone_offset": MOMENT,
    "bytes_type": TEXT,
    "url_type": gettext_noop("应是网址。"),
    "url_parsing": gettext_noop("应是网址。"),
    "url_scheme": gettext_noop("网址应以 https:// 或 http:// 开头。"),
    "url_too_long": gettext_noop("网址太长。"),
}
OTHERWISE = gettext_noop("内容不合要求，请核对后重新填写。")

# Where ninja found the value; the first part of `loc`, of no use to a reader.
SOURCES = {"body", "query", "path", "header", "cookie", "form", "file"}


def sentence(error: dict[str, Any]) -> str:
    """One pydantic error as a Chinese sentence.

    >>> sentence({"type": "less_than_equal", "ctx": {"le": 180.0}})
    '不能大于 180。'
    """
    kind, context = error.get("type", ""), error.get("ctx") or {}
    if kind == SAID:
        return str(context["said"])
    values = {name: _shown(value) for name, value in context.items()}
    try:
        return _(SENTENCES.get(kind, OTHERWISE)) % values
    except (KeyError, ValueError, TypeError):
        return _(OTHERWISE)


def field_name(loc: tuple[Any, ...]) -> str:
    """The caller's name for the place of an error.

    >>> [field_name(loc) for loc in (("body", "payload", "photos", 0), ("query", "limit"), ("body", "x"))]
    ['photos.0', 'limit', '']
    """
    parts = [str(part) for part in loc]
    if parts and parts[0] in SOURCES:
        parts = parts[2:] if parts[0] == "body" else parts[1:]
    return ".".join(part for part in parts if not part.startswith(("function-", "union-")))


def field_errors(errors: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Each wrong field once, in the order found (a union reports one error per member)."""
    found: dict[str, str] = {}
    for error in errors:
        found.setdefault(field_name(tuple(error.get("loc", ()))), sentence(error))
    return [{"field": name, "reason": reason} for name, reason in found.items()]


def _shown(value: Any) -> str:
    """180.0 as «180»; pydantic's «'a', 'b' or 'c'» as «a、b、c»."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace(" or ", "、").replace(", ", "、").replace("'", "")
