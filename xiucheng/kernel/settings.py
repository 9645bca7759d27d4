"""What an administrator may change without a restart: declared in code, overridden by rows, for
everywhere or a division.

A room declares its settings in `<room>/tunables.py`, which is imported at start.
docs/administrators/settings.md is made from the declarations by `manage.py document_settings`; a test
compares the two.
"""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel import audit, stamps
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import Setting
from xiucheng.kernel.worktime import Limit

log = logging.getLogger(__name__)

Value = int | bool | str | Limit | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting. `kind` is the type of its value; `choices`, `minimum` and `maximum` bound it (both
    included)."""

    key: str
    default: Value
    label: str
    unit: str
    source: str
    confidence: str
    kind: type
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None

    def parse(self, text: str) -> Value:
        """The value of a text. Raises: ValueError, if it is none or out of bounds."""
        value = _PARSE[self.kind](text.strip())
        if self.choices and value not in self.choices:
            raise ValueError(text)
        for number in value if isinstance(value, tuple) else (value,):
            if isinstance(number, int) and not isinstance(number, bool):
                self._check(number)
        return value

    def _check(self, number: int) -> None:
        too_low = self.minimum is not None and number < self.minimum
        if too_low or (self.maximum is not None and number > self.maximum):
            raise ValueError(number)


ALL: dict[str, Declared] = {}


def declare(
    key: str,
    default: Value,
    label: str,
    unit: str = "",
    source: str = "",
    confidence: str = "P",
    kind: type | None = None,
    *,
    choices: tuple[str, ...] = (),
    minimum: int | None = None,
    maximum: int | None = None,
) -> Declared:
    """Make a setting known.

    key: «room.name». label: Chinese, what an administrator reads. unit, source: for the page of settings.
    confidence: H, M, L as in the standards, P = our own ruling. kind: int, bool, str, Limit or tuple
    (whole numbers); the type of the default, if not given. Raises: ValueError, if the key is taken or
    the default breaks its own bounds.
    """
    declared = Declared(
        key, default, label, unit, source, confidence, kind or type(default), choices, minimum, maximum
    )
    if declared.kind not in _PARSE or confidence not in ("H", "M", "L", "P"):
        raise ValueError(f"{key}: kind {declared.kind}, confidence {confidence}")
    if declared.parse(write(default)) != default:
        raise ValueError(f"{key}: the default is not of its kind")
    if ALL.setdefault(key, declared) != declared:
        raise ValueError(f"{key} is declared twice")
    return declared


def get(key: str, division: str = "") -> Any:
    """The value in force: of the division, of the nearest one above that has its own, of everywhere, or
    the default.

    division: a division code of any level; "" asks for everywhere.
    Raises: KeyError, if the key was never declared.
    """
    declared = ALL[key]
    rows = _rows()
    for code in prefixes(division):
        if (key, code) in rows:
            return rows[key, code]
    return declared.default


def set_value(
    *, key: str, value: str, by: str, person: int | None = None, division: str = "", note: str = ""
) -> Value:
    """Override a setting from now on; the change is recorded. The face has checked the right.

    value: text, as `write` gives it. by, person: who, as `audit.record`. Returns the value as it will be read.
    Raises: Refused (404 no such setting, 422 not a value of its kind, out of bounds, no division code).
    """
    declared = _declared(key)
    check_division(division)
    try:
        parsed = declared.parse(value)
    except ValueError:
        raise Refused(_refusal(declared), field="value") from None
    at = timezone.now()
    with transaction.atomic():
        after = {"value": write(parsed), "changed_at": at, "changed_by": by}
        row, created = Setting.objects.select_for_update().get_or_create(
            key=key, division_code=division, defaults=after
        )
        before = None if created else row.value
        if not created:
            Setting.objects.filter(pk=row.pk).update(**after)
        _record(key, division, before, write(parsed), at=at, by=by, person=person, note=note)
    return parsed


def reset(*, key: str, by: str, person: int | None = None, division: str = "", note: str = "") -> None:
    """Take an override back; without one nothing happens. Raises: Refused (404 no such setting)."""
    _declared(key)
    at = timezone.now()
    with transaction.atomic():
        row = Setting.objects.select_for_update().filter(key=key, division_code=division).first()
        if row is not None:
            row.delete()
            _record(key, division, row.value, None, at=at, by=by, person=person, note=note)


def write(value: Value) -> str:
    """A value as the text that is stored and typed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(str(number) for number in value)
    return str(value)


def check_division(code: str) -> None:
    """Raises: Refused, unless the code has the form of a division code, or is empty for everywhere."""
    if not re.fullmatch(r"(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})?", code, re.ASCII):
        raise Refused(_("行政区划代码应为 2、4、6、9 或 12 位数字，全市留空。"), field="division_code")


def prefixes(division: str) -> Iterator[str]:
    """A division code and those above it, the nearest first, then «» for everywhere.

    >>> list(prefixes("530102001"))
    ['530102001', '530102', '5301', '53', '']
    """
    for length in (12, 9, 6, 4, 2):
        if len(division) >= length:
            yield division[:length]
    yield ""


_cache: tuple[str, dict[tuple[str, str], Value]] | None = None


def _rows() -> dict[tuple[str, str], Value]:
    global _cache
    stamp = stamps.current("settings")
    if _cache is None or _cache[0] != stamp:
        _cache = (stamp, _read())
    return _cache[1]


def _read() -> dict[tuple[str, str], Value]:
    rows: dict[tuple[str, str], Value] = {}
    for key, division, text in Setting.objects.values_list("key", "division_code", "value"):
        if key not in ALL:
            continue  # a setting that a later version gave up
        try:
            rows[key, division] = ALL[key].parse(text)
        except ValueError:
            log.error("setting_unreadable", extra={"key": key, "division": division})
    return rows


def _declared(key: str) -> Declared:
    if key not in ALL:
        raise Refused(_("没有这项设置，请从设置列表中选择。"), status=404, field="key")
    return ALL[key]


def _record(key: str, division: str, before: str | None, after: str | None, **by: Any) -> None:
    audit.record(subject=f"setting {key} {division}".rstrip(), before=before, after=after, **by)
    stamps.changed()


def _refusal(declared: Declared) -> str:
    if declared.choices:
        return _("「%(label)s」只能填：%(choices)s。") % {
            "label": declared.label,
            "choices": "、".join(declared.choices),
        }
    wanted = {
        int: _("整数"),
        bool: _("true 或 false"),
        str: _("文字"),
        Limit: _("数量加空格加单位，例如“4 工作时”"),
        tuple: _("用逗号隔开的整数，例如“50,80,100”"),
    }[declared.kind]
    bounds = "" if declared.minimum is None else _("，不小于 %(minimum)s") % {"minimum": declared.minimum}
    bounds += "" if declared.maximum is None else _("，不大于 %(maximum)s") % {"maximum": declared.maximum}
    return _("「%(label)s」应填%(wanted)s%(bounds)s。") % {
        "label": declared.label,
        "wanted": wanted,
        "bounds": bounds,
    }


def _parse_bool(text: str) -> bool:
    words = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


def _parse_numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.replace("，", ",").split(",") if word.strip())


_PARSE: dict[type, Callable[[str], Any]] = {
    int: int,
    bool: _parse_bool,
    str: str,
    Limit: Limit.parse,
    tuple: _parse_numbers,
}
