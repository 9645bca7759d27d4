"""Words of the city: any message of the catalogue may be worded anew for a language, without a programmer.

The words are put before the catalogue that Django has loaded, so every door speaks them: pages, messages, SMS, the API.
Django keeps a list of catalogues for a language and asks them in order; ours is the first. That list is no documented
interface: `texts_tests` fails if a later Django changes it. `refresh` is called for each request and job; it costs
nothing until somebody has changed a text.
"""

import gettext as gnu
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import trans_real

from xiucheng.kernel import audit, stamps
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import TextOverride

GROUP = "texts"
LONGEST = 2_000
_GAP = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%%")
_TAG = re.compile(r"<[^>]*>")


class _Memory:
    """The words in force, by language, inside the very dictionaries that Django asks first."""

    stamp = ""
    words: dict[str, dict[Any, str]] = {}


def refresh() -> None:
    """Take up what was changed, here or elsewhere; a second late at most."""
    stamp = stamps.current(GROUP)
    if stamp == _Memory.stamp:
        return
    rows: dict[str, dict[Any, str]] = {code: {} for code, _name in settings.LANGUAGES}
    for language, msgid, text in TextOverride.objects.values_list("language", "msgid", "text"):
        rows.setdefault(language, {})[msgid] = text
    for language, words in rows.items():
        held = _held(language)
        held.clear()
        held.update(words)
    _Memory.stamp = stamp


def _held(language: str) -> dict[Any, str]:
    """The dictionary before Django's own catalogue of a language; put there once for a process."""
    catalogue: Any = trans_real.translation(language)._catalog  # type: ignore[attr-defined]
    mine = _Memory.words.setdefault(language, {})
    if not any(one is mine for one in catalogue._catalogs):
        catalogue._catalogs.insert(0, mine)
        catalogue._plurals.insert(0, catalogue._plurals[0] if catalogue._plurals else (lambda n: int(n != 1)))
    return mine


@cache
def shipped() -> dict[str, str]:
    """Every message with its English wording, as it came with the program; messages with a plural are left out."""
    found: dict[str, str] = {}
    for folder in settings.LOCALE_PATHS:
        path = Path(folder) / "en" / "LC_MESSAGES" / "django.mo"
        if path.is_file():
            with path.open("rb") as file:
                catalogue: dict[Any, str] = gnu.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
            plural = {key[0] for key in catalogue if isinstance(key, tuple)}
            plain = {k: v for k, v in catalogue.items() if isinstance(k, str) and k and k not in plural}
            found |= {k: v for k, v in plain.items() if "\x04" not in k}
    return found


def default(msgid: str, language: str) -> str:
    """The shipped wording: the message itself in Chinese, the catalogue's in English."""
    return shipped().get(msgid, msgid) if language == "en" else msgid


def gaps(text: str) -> Counter[str]:
    """The places that are filled in: «{note}», «%(count)d».

    >>> sorted(gaps("{note}，%(count)d 件"))
    ['%(count)d', '{note}']
    """
    return Counter(_GAP.findall(text))


def set_text(*, msgid: str, language: str, text: str, by: str, person: int | None = None) -> None:
    """Word a message anew. The face has checked the right; it counts at once. by, person: as `audit.record`.

    Raises: Refused (404 no such message or language, 422 a gap lost or invented, other tags, too long, empty).
    """
    if language not in dict(settings.LANGUAGES):
        raise Refused(_("没有这种语言。"), status=404)
    text = text.strip().replace("\r\n", "\n")
    if not text:
        raise Refused(_("文字不能为空；要用回原来的，请按“恢复原文”。"), field="text")
    if len(text) > LONGEST:
        raise Refused(_("文字最多 %(most)d 字。") % {"most": LONGEST}, field="text")
    _check_gaps(msgid, text)
    with transaction.atomic():
        old = TextOverride.objects.select_for_update().filter(msgid=msgid, language=language).first()
        values = {"text": text, "changed_at": timezone.now(), "changed_by": by[:100]}
        TextOverride.objects.update_or_create(msgid=msgid, language=language, defaults=values)
        before = old.text if old else default(msgid, language)
        subject = f"text {language} {msgid}"[:200]
        audit.record(by=by, person=person, subject=subject, before=before, after=text)
        stamps.changed()
    refresh()


def reset_text(*, msgid: str, language: str, by: str, person: int | None = None) -> None:
    """The shipped wording again; without another one nothing happens."""
    with transaction.atomic():
        old = TextOverride.objects.select_for_update().filter(msgid=msgid, language=language).first()
        if old is not None:
            old.delete()
            after, subject = default(msgid, language), f"text {language} {msgid}"[:200]
            audit.record(by=by, person=person, subject=subject, before=old.text, after=after)
            stamps.changed()
    refresh()


def _check_gaps(msgid: str, text: str) -> None:
    wanted, given = gaps(msgid), gaps(text)
    if set(wanted) - set(given):
        raise Refused(
            _("缺少 %(gaps)s：这里会填入内容，请保留。")
            % {"gaps": _("、").join(sorted(set(wanted) - set(given)))},
            field="text",
        )
    if set(given) - set(wanted):
        raise Refused(
            _("不能用 %(gaps)s：这句话里没有这项内容。")
            % {"gaps": _("、").join(sorted(set(given) - set(wanted)))},
            field="text",
        )
    rest = _TAG.sub("", text)
    if Counter(_TAG.findall(msgid)) != Counter(_TAG.findall(text)) or "<" in rest or ">" in rest:
        raise Refused(_("尖括号里的标记要与原文一样，不能增减。"), field="text")


def preview(text: str, examples: dict[str, str]) -> str:
    """The text with its gaps filled by examples, for the page."""

    def fill(found: re.Match[str]) -> str:
        name = re.sub(r"[%(){}]|[sd]$", "", found[0]) if found[0] != "%%" else ""
        return "%" if found[0] == "%%" else examples.get(name, f"〔{name}〕")

    return _TAG.sub("", _GAP.sub(fill, text))
