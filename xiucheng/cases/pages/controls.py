"""The fields of a filter as controls of a page, and the chips of what narrows: from the one table of fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from xiucheng.cases.queries import FIELDS, Field, Kind
from xiucheng.cases.words import CHANNEL_NAMES, STAGE_NAMES
from xiucheng.catalog import queries as catalog
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Department, Post
from xiucheng.territory import queries as territory
from xiucheng.territory.models import Division

MAIN = ("words", "stage", "division", "category", "channel", "open")
Options = Sequence[tuple[Any, str]]


@dataclass(frozen=True, slots=True)
class Control:
    """A field to be drawn: text, select or day, with what was typed and what is wrong with it."""

    key: str
    label: str
    type: str
    value: str
    options: Options = ()
    help: str = ""
    error: str = ""
    longest: int = 100

    @property
    def said(self) -> str:
        """The value in words."""
        return next((words for value, words in self.options if str(value) == self.value), self.value)


def fields(post: Post, typed: Mapping[str, str], error: Refused | None) -> list[Control]:
    """Three statements: divisions, a division that is in no list, departments."""
    return [control(field, post, typed, error) for field in FIELDS]


def control(field: Field, post: Post, typed: Mapping[str, str], error: Refused | None) -> Control:
    value = typed.get(field.key, "")
    options = options_of(field, post, value)
    kind = {Kind.TEXT: "text", Kind.DAY: "date"}.get(field.kind, "select")
    return Control(
        key=field.key,
        label=_(field.label),
        type="search" if field.key == "words" else kind,
        value=value,
        options=options,
        help=_(field.help) if field.help and kind == "text" else "",
        error=error.said(_) if error and error.field == field.key else "",
        longest=field.longest,
    )


def options_of(field: Field, post: Post, value: str) -> Options:
    match field.kind:
        case Kind.FLAG:
            return [("1", _("是")), ("0", _("否"))]
        case Kind.CHOICE:
            return [(key, _(name)) for key, name in (field.options or {}).items()]
        case Kind.DIVISION:
            return divisions(post, value)
        case Kind.CATEGORY:
            return categories()
        case Kind.DEPARTMENT:
            return [(pk, str(name)) for pk, name in departments(post)]
        case _:
            return ()


def divisions(post: Post, value: str) -> Options:
    """The counties of the scope, the townships of the only or the chosen one, and whatever else was asked for."""
    own = sorted({code[:6] for code in post.scope_codes if len(code) >= 6})
    counties = Division.objects.filter(level=6, active=True)
    listed = list(
        (counties.filter(code__in=own) if own else counties).order_by("code").values_list("code", "name")
    )
    parent = value[:6] if len(value) >= 6 else (own[0] if len(own) == 1 else "")
    if parent:
        listed += [(choice.code, f"— {choice.name}") for choice in territory.children(parent)]
    if value and value not in dict(listed):
        listed += Division.objects.filter(code=value).values_list("code", "name") or [(value, value)]
    return listed


def departments(post: Post) -> list[tuple[int, str]]:
    found = Department.objects.filter(active=True)
    if post.department_only:
        found = found.filter(pk=post.department_id or 0)
    return list(found.order_by("division_code", "pk").values_list("pk", "name"))


def categories() -> Options:
    """Each 大类, then what is in it. No statement."""
    listed: list[tuple[str, str]] = []
    for group in catalog.grouped():
        listed.append((f"{group.kind}/{group.class_code}", f"{group.class_name}"))
        listed += [(row.key, f"— {row.code} {row.name}") for row in group.rows]
    return listed


def chips(controls: Sequence[Control], given: Mapping[str, str]) -> list[dict[str, str]]:
    """What narrows, each with the address that drops it."""
    found = []
    for control in controls:
        if control.key in given:
            left = {key: value for key, value in given.items() if key != control.key}
            words = f"{control.label} {control.said.removeprefix('— ')}"
            found.append({"words": words, "url": f"?{urlencode(left)}" if left else "?sort=newest"})
    return found


def said(asked: Mapping[str, str]) -> list[str]:
    """A saved filter in words: codes stay codes where a name would cost a statement."""
    found = []
    for field in FIELDS:
        if value := asked.get(field.key):
            options = {"1": _("是"), "0": _("否")} if field.kind == Kind.FLAG else {}
            if field.kind == Kind.CHOICE:
                options = {str(key): _(name) for key, name in (field.options or {}).items()}
            if field.kind == Kind.CATEGORY:
                options = {key: words.removeprefix("— ") for key, words in categories()}
            found.append(f"{_(field.label)} {options.get(value, value)}")
    return found


def selects(asked: Any, post: Post) -> list[dict[str, Any]]:
    """The few choices that stand beside the map."""
    counties = sorted({code[:6] for code in post.scope_codes if len(code) >= 6})
    divisions = (
        Division.objects.filter(code__in=counties)
        if counties
        else Division.objects.filter(level=6, active=True)
    )
    states = [("open", _("在办")), ("late", _("超时")), ("urgent", _("紧急")), ("ended", _("已了结"))]
    categories = [
        (row.key, f"{row.code} {row.name}") for group in catalog.grouped(kind="matter") for row in group.rows
    ]
    wanted = [
        ("state", _("状态"), states),
        ("stage", _("环节"), [(stage.value, _(name)) for stage, name in STAGE_NAMES.items()]),
        ("county", _("区县"), list(divisions.order_by("code").values_list("code", "name"))),
        ("category", _("类别"), categories),
        ("channel", _("来源"), [(channel.value, _(name)) for channel, name in CHANNEL_NAMES.items()]),
    ]
    return [
        {"name": name, "label": label, "options": options, "chosen": asked.get(name, "")}
        for name, label, options in wanted
    ]
