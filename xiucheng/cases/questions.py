"""The questions of the categories in a form: one declaration for reporting and for correcting."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from xiucheng.catalog import extra
from xiucheng.catalog import queries as catalog
from xiucheng.catalog.models import Category
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Post, Role


class Questions(forms.Form):
    """A form with a field `category` and, beside it, the questions of every category it may be about."""

    questions: Iterable[extra.ExtraField] = ()

    def ask(self, questions: Iterable[extra.ExtraField]) -> None:
        self.questions = list(questions)
        for field in self.questions:
            self.fields[field.name] = question(field, str(self.initial.get(field.name) or ""))

    @property
    def extra_groups(self) -> list[dict[str, Any]]:
        """The questions by category, for the page: only those of the chosen category are open."""
        if not self.questions:
            return []
        found = category_typed(str(self["category"].value() or ""))
        chosen = found.pk if found else 0
        groups: dict[int, dict[str, Any]] = {}
        for field in self.questions:
            category = extra.category_of(field)
            key, is_open = f"{category.kind}/{category.code}", category.pk == chosen
            new = {"category": category, "key": key, "open": is_open, "fields": []}
            groups.setdefault(category.pk, new)["fields"].append(self[field.name])
        return list(groups.values())


def question(field: extra.ExtraField, known: str = "") -> forms.Field:
    """The control of an extra field. What is required is asked for by `clean_extra`, of one category only.

    known: what was answered; it stays among the choices, also where it is none by now.
    """
    kinds = extra.Kind
    label, help_text = extra.label(field), field.help
    if field.kind in (kinds.CHOICE, kinds.YES_NO):
        options = [(word, word) for word in field.choices] or [("yes", _("是")), ("no", _("否"))]
        if known and known not in dict(options):
            options.append((known, known))
        widget: forms.Widget = forms.Select(choices=[("", _("请选择")), *options])
    else:
        types = {kinds.NUMBER: {"inputmode": "decimal"}, kinds.DATE: {"type": "date"}}
        widget = forms.TextInput(attrs=types.get(kinds(field.kind), {}))
    made = forms.CharField(required=False, max_length=1000, label=label, help_text=help_text, widget=widget)
    made.asked = field.required  # type: ignore[attr-defined]
    return made


def door_of(post: Post) -> str:
    """Which extra fields this post is asked."""
    field = post.role in (Role.INSPECTOR, Role.GRID_WORKER)
    return extra.Door.INSPECTOR if field else extra.Door.INTAKE


def category_typed(text: str) -> Category | None:
    """The category whose key stands at the head of what was typed, if it names one."""
    try:
        return catalog.parse_category(leading_key(text.strip())) if text.strip() else None
    except Refused:
        return None


def leading_key(text: str) -> str:
    """The key at the head of a choice: «matter/01001 供水井盖异常» → «matter/01001».

    A full key has a space of its own («GB/T 47678.5-2026/…»): words are dropped after the code only.
    """
    for kind in ("/component/", "/matter/"):
        if kind in text:
            head, _kind, tail = text.partition(kind)
            return head + kind + tail.split()[0] if tail.split() else text
    return text.split()[0]
