"""The answers to extra fields in the story of a case: given, corrected, left behind by another category."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from xiucheng.cases.models import CaseEvent
from xiucheng.cases.pages.names import listed
from xiucheng.cases.projection_parts import answers_after
from xiucheng.cases.words import Step
from xiucheng.catalog import extra
from xiucheng.catalog import queries as catalog

Answers = dict[str, dict[str, str]]


def answers_told(events: Iterable[CaseEvent]) -> Iterator[list[str]]:
    """For each event of a case, in order, the sentences about answers: what it gave, changed or left behind."""
    given: Answers = {}
    category = ""
    for event in events:
        before, category = category, event.data.get("category") or category
        found = answers_after(given, category, event.data)
        if event.step == Step.REPORT:
            yield [f"{label}：{value}" for label, value in extra.shown(category, found.get(category, {}))]
        else:
            lines = list(changed(category, given.get(category, {}), found.get(category, {})))
            yield lines + left(before, given) if category != before else lines
        given = found


def changed(category: str, old: dict[str, str], new: dict[str, str]) -> Iterator[str]:
    """«井深：3 → 4», one sentence for each answer that is another one now."""
    before, after = extra.by_key(category, old), extra.by_key(category, new)
    for key in dict.fromkeys([*old, *new]):
        label = (after.get(key) or before[key])[0]
        was, now = (side[key][1] if key in side else "" for side in (before, after))
        if was != now:
            yield _("%(label)s：%(was)s → %(now)s") % {
                "label": label,
                "was": was or _("（没有填）"),
                "now": now or _("（删去）"),
            }


def left(category: str, given: Answers) -> list[str]:
    """What was answered for the category that a case leaves: it stays in the record and counts no more."""
    said = [f"{label}：{value}" for label, value in extra.shown(category, given.get(category, {}))]
    if not said:
        return []
    values = {"name": catalog.category_name(category), "answers": listed(said)}
    return [_("原类别“%(name)s”的附加项留在记录里：%(answers)s") % values]
