"""The extra fields of a category, from memory; and the check of what was answered."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xiucheng.catalog import answers, queries, snapshot
from xiucheng.catalog.models import Category, ExtraField
from xiucheng.kernel.errors import Refused
from xiucheng.territory.rules import Fault

Kind, Door = ExtraField.Kind, ExtraField.Door


def fields_at(door: str) -> list[ExtraField]:
    """All fields that a door shows, by category and position. No statement."""
    memory = snapshot.current()
    return [field for rows in memory.extra.values() for field in rows if door in field.doors]


def in_use() -> list[ExtraField]:
    """The active fields of all categories, by category and position. No statement."""
    return [field for rows in snapshot.current().extra.values() for field in rows]


def fields_of(category: Category | str | None, door: str = "") -> list[ExtraField]:
    """The active fields of a category (also by its key), at one door or at any. No statement."""
    if not category:
        return []
    found = queries.parse_category(category) if isinstance(category, str) else category
    rows = snapshot.current().extra.get(found.pk, [])
    return [field for field in rows if not door or door in field.doors]


def category_of(field: ExtraField) -> Category:
    return snapshot.current().categories[field.category_id]


def label(field: ExtraField) -> str:
    """Its name in the language of the page."""
    return field.label_en if field.label_en and (get_language() or "").startswith("en") else field.label


def answer(field: ExtraField, text: str) -> str:
    """The canonical answer, «» for none. Raises: Refused 422 with the field's key: required, or no such value."""
    text = text.strip()
    if not text:
        if field.required:
            raise Refused(
                _("请填“%(label)s”。") % {"label": label(field)}, field=field.key, code="extra_required"
            )
        return ""
    found = answers.read(field.kind, text, field.choices)
    if isinstance(found, Fault):
        sentence = _("“%(label)s”：%(why)s") % {"label": label(field), "why": found.said(_)}
        raise Refused(sentence, field=field.key, code="extra_value")
    return found


def sent(given: Any, *, field: str = "extra") -> dict[str, str]:
    """Answers as a program sends them: an object, or its JSON text in a form. Raises: Refused 422."""
    if isinstance(given, str):
        try:
            given = json.loads(given) if given.strip() else {}
        except (ValueError, RecursionError):
            given = None
    if not isinstance(given, dict) or len(given) > 100:
        raise Refused(_('附加项应是一个 JSON 对象，例如 {"depth": "3"}。'), field=field, code="bad_extra")
    plain: dict[str, str] = {}
    for key, value in given.items():
        if isinstance(value, bool):
            plain[str(key)] = answers.YES if value else answers.NO
        elif isinstance(value, str | int | float):
            plain[str(key)] = str(value)[:1000]
        else:
            raise Refused(
                _("附加项的值应是文字、数字或是否。"), field=f"{field}.{str(key)[:40]}", code="bad_extra"
            )
    return plain


def check(
    category: str, door: str, given: Mapping[str, str], *, kept: Collection[str] = ()
) -> dict[str, str]:
    """The canonical answers of a report, by key; empty ones are left out.

    category: a full key, or nothing. door: where it came in; its required fields must be there. kept: keys that are
    answered already.
    Raises: Refused 422 with `extra.<key>` for a bad or missing answer or a key that the category does not have.
    """
    if not given and not category:
        return {}
    known = fields_of(category)
    unknown = set(given) - {field.key for field in known}
    if unknown:
        name = sorted(unknown)[0][:40]
        raise Refused(
            _("这个类别没有附加项“%(key)s”。") % {"key": name}, field=f"extra.{name}", code="extra_unknown"
        )
    found: dict[str, str] = {}
    for field in known:
        if field.key in kept or (field.key not in given and door not in field.doors):
            continue
        try:
            value = answer(field, given.get(field.key, ""))
        except Refused as refusal:
            raise Refused(refusal.said(_), field=f"extra.{field.key}", code=refusal.code) from None
        if value:
            found[field.key] = value
    return found


def corrected(category: str, door: str, old: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """All answers of a category after a correction at a door; an empty text takes an answer back.

    old: the answers so far. Those not given, or given unchanged, stay as they are, even where the field has other
    choices by now: they were checked when they were given. The rest is checked as at the intake. Raises: as `check`.
    """
    kept = {key: value for key, value in old.items() if given.get(key, value).strip() == value}
    changed = {key: text for key, text in given.items() if key not in kept}
    return kept | check(category, door, changed, kept=kept)


def shown(category: str, given: Mapping[str, str]) -> list[tuple[str, str]]:
    """Answers in words for a page: the label as it is today, the key where the field is gone."""
    return list(by_key(category, given).values())


def by_key(category: str, given: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Key → label and answer in words."""
    try:
        rows = {field.key: field for field in all_of(category)}
    except Refused:
        rows = {}
    words = {answers.YES: _("是"), answers.NO: _("否")}
    return {
        key: (
            label(rows[key]) if key in rows else key,
            words.get(value, value) if key in rows and rows[key].kind == Kind.YES_NO else value,
        )
        for key, value in given.items()
    }


def all_of(category: str) -> list[ExtraField]:
    """Also those switched off: old cases hold answers to them."""
    return snapshot.current().extra_all.get(queries.parse_category(category).pk, []) if category else []
