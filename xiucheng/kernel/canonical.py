"""Canonical JSON: one value, one sequence of bytes, whoever writes it and whenever.

The ledger hashes these bytes, so the form may never change: keys sorted by code point, no spaces, UTF-8
unescaped, no floats (their text differs between programs), moments in UTC with microseconds and «Z»,
amounts as text.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import orjson

_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z", re.ASCII)


def encode(value: Any) -> bytes:
    """The canonical bytes of a value.

    Takes None, bool, int (64 bits), str, list, tuple, mappings with text keys; datetime, date, Decimal,
    Fraction and UUID become text. Raises: TypeError for anything else, floats above all; ValueError for
    a naive datetime, NaN, and for U+0000, which PostgreSQL's jsonb cannot hold.

    >>> encode({"b": Fraction(7, 2), "a": [True, None, "绣城"]}).decode()
    '{"a":[true,null,"绣城"],"b":"7/2"}'
    """
    return orjson.dumps(plain(value), option=orjson.OPT_SORT_KEYS)


def plain(value: Any) -> Any:
    """The value in the types JSON knows, as `encode` will write it. Raises as `encode` does."""
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return _scalar(value)


def stamp(at: datetime) -> str:
    """A moment as text: UTC, microseconds, «Z».

    Raises: ValueError, if the moment is naive.

    >>> stamp(datetime(2026, 11, 24, 1, 2, 3, 123456, tzinfo=UTC))
    '2026-11-24T01:02:03.123456Z'
    """
    if at.utcoffset() is None:
        raise ValueError(f"a moment without a time zone: {at!r}")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_stamp(text: str) -> datetime:
    """The moment (UTC) that `stamp` wrote. Raises: ValueError, if the text is in any other form."""
    if not _STAMP.fullmatch(text):
        raise ValueError(f"not a canonical stamp: {text!r}")
    return datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC)


def _text(value: str) -> str:
    text = str.__str__(value)  # a StrEnum or TextChoices is written as its value
    if "\x00" in text:
        raise ValueError("U+0000 cannot be stored")
    return text


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key must be text, not {type(key).__name__}")
    return _text(key)


def _scalar(value: Any) -> str:
    if isinstance(value, datetime):  # before date: a datetime is a date
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, Fraction | UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _decimal(value: Decimal) -> str:
    """Plain digits without trailing zeros, so that equal amounts are equal text."""
    if not value.is_finite():
        raise ValueError(f"not a number: {value}")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
