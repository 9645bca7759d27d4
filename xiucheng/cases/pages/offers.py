"""What a step's form may choose from, and how its answers become the arguments of the action."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases import queries
from xiucheng.cases.actions.draw import on_duty, suitable
from xiucheng.cases.api import lookups
from xiucheng.cases.api.lookups import Asked
from xiucheng.cases.forms import Choices
from xiucheng.cases.models import Case
from xiucheng.cases.pages.common import E7, category_choices
from xiucheng.cases.pages.names import Names, limit_words, listed
from xiucheng.cases.questions import category_typed, door_of, leading_key
from xiucheng.cases.state import CaseState
from xiucheng.cases.words import Stage, Step
from xiucheng.catalog import extra
from xiucheng.catalog import queries as catalog
from xiucheng.kernel import settings
from xiucheng.kernel.masking import public_words
from xiucheng.people import queries as people
from xiucheng.people.models import Crew, Department, Post


class Lookups:
    """Choices of one case for one post, read only when a form asks for them."""

    def __init__(self, state: CaseState, post: Post, category: str = "") -> None:
        self.state, self.post = state, post
        self.category = category or state.category
        self.named: dict[str, Callable[[], Choices]] = {
            "categories": category_choices,
            "inspectors": self.inspectors,
            "standards": self.standards,
            "departments": self.departments,
            "legs": self.legs,
            "nearby": self.nearby,
            "files": self.files,
        }

    def __call__(self, name: str) -> Choices:
        return self.named[name]()

    def inspectors(self) -> Choices:
        """监督员 on duty here; for 核查 nobody who had a hand in handling."""
        state, at = self.state, timezone.now()
        check = state.stage in (Stage.TO_CHECK, Stage.CHECKING)
        ids = [post.pk for post in on_duty(state, at) if suitable(state, post, check=check)]
        posts = (
            Post.objects.filter(pk__in=ids)
            .exclude(pk=state.assignee or 0)
            .select_related("person", "department")
        )
        return [(str(post.pk), " · ".join(filter(None, (post.person.name, post.title)))) for post in posts]

    def standards(self) -> Choices:
        """Filing conditions of the category, with the limit each brings."""
        if not self.category:
            return []
        rows = catalog.standards_for(catalog.parse_category(self.category), self.state.grade)
        return [
            (
                str(row.pk),
                _("%(condition)s（处置 %(limit)s）")
                % {"condition": row.filing_condition, "limit": limit_words(row.limit)},
            )
            for row in rows
        ]

    def departments(self) -> Choices:
        return [(str(row.pk), row.name) for row in people.departments_for(self.post)]

    def crews(self) -> Choices:
        crews = Crew.objects.filter(department=self.post.department_id, active=True).order_by("name")
        return [(str(row.pk), row.name) for row in crews]

    def legs(self) -> Choices:
        ids = {leg.department for leg in self.state.legs if leg.state != "returned"}
        return [(str(row.pk), row.name) for row in Department.objects.filter(pk__in=ids)]

    def nearby(self) -> Choices:
        state = self.state
        radius = settings.get("cases.merge_radius_m")
        found = queries.nearby(state.lon_e7 / E7, state.lat_e7 / E7, post=self.post, radius_m=radius)
        return [
            (
                row.case.number,
                _("相距 %(metres)d m · %(words)s") % {"metres": metres, "words": row.case.description[:30]},
            )
            for row, metres in found
            if row.case.pk != state.id
        ]

    def files(self) -> Choices:
        purposes = {
            "report": _("上报"),
            "verify": _("核实"),
            "before": _("处置前"),
            "after": _("处置后"),
            "check": _("核查"),
        }
        return [
            (str(item.file), f"{purposes.get(item.purpose, item.purpose)} {place}")
            for place, item in enumerate(self.state.evidence, start=1)
        ]

    def questions(self, step: Step) -> list[extra.ExtraField]:
        """What 更正 asks of each category: what the intake asks, and whatever was answered at another door."""
        if step is not Step.CORRECT:
            return []
        return [
            field
            for field in extra.in_use()
            if door_of(self.post) in field.doors or field.key in self.answers(field)
        ]

    def answers(self, field: extra.ExtraField) -> dict[str, str]:
        return self.state.extra.get(extra.category_of(field).key, {})

    def answered(self, step: Step) -> dict[str, str]:
        """The answers so far, by the names of their inputs."""
        return {field.name: self.answers(field).get(field.key, "") for field in self.questions(step)}

    def initial(self, step: Step) -> dict[str, Any]:
        """What the form starts with: what is known already."""
        state = self.state
        known: dict[str, Any] = {}
        if self.category:
            known["category"] = f"{short_key(self.category)} {catalog.category_name(self.category)}"
        if step in (Step.PROPOSE, Step.FILE):
            rows = self.standards()
            chosen = str(state.standard or "")
            known["standard"] = chosen if chosen in dict(rows) else rows[0][0] if len(rows) == 1 else ""
        if step is Step.CORRECT:
            known |= {"address": state.address, "description": state.description}
            known |= self.answered(step)
        if step is Step.RELEASE:
            wished = state.description if state.wished_words is None else state.wished_words
            words = public_words(wished) if state.public_words is None else state.public_words
            known |= {"words": words}
            known["files"] = [str(item.file) for item in state.evidence if item.released]
        return known


def short_key(key: str) -> str:
    """The key without its standard where that is the one in force: shorter to read and to type."""
    standard, kind, code = key.rsplit("/", 2)
    short = f"{kind}/{code}"
    found = catalog.category("", kind, code)
    return short if found and found.standard == standard else key


def suggestion(case: Case, names: Names) -> dict[str, Any] | None:
    """«建议派往 …：…»: every suggestion says why."""
    if case.stage not in (Stage.ACCEPTED, Stage.FILED):
        return None
    found = queries.suggestion(case)
    if found is None:
        return None
    names.want(Department, [found.lead, *found.cooperating])
    what = names.department(found.lead)
    if found.cooperating:
        others = listed(names.department(one) for one in found.cooperating)
        what += _("；协同 %(names)s") % {"names": others}
    return {"sentence": _("建议派往 "), "what": what, "why": found.why}


SENT_EMPTY = frozenset({"words"})  # an empty answer is an answer: nothing is published
ONE: dict[str, Callable[[Asked, str, Any], Any]] = {
    "to": lookups.department,
    "department": lookups.department,
    "cooperating": lookups.departments,
    "departments": lookups.departments,
    "photos": lookups.photos,
    "before": lookups.photos,
    "after": lookups.photos,
    "crew": lambda asked, field, value: lookups.crew(asked, field, int(value)),
    "inspector": lambda asked, field, value: lookups.inspector(asked, field, int(value)),
    "standard": lambda asked, field, value: lookups.standard(asked, field, int(value)),
    "category": lambda asked, field, value: lookups.category(asked, field, leading_key(value)),
    "into": lambda asked, field, value: lookups.case(asked, field, value.split()[0]),
    "files": lambda asked, field, value: [UUID(each) for each in value],
}
POSITION = {"longitude": "lon", "latitude": "lat"}


def arguments(step: Step, cleaned: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """The keyword arguments of the step's action. Raises: Refused 422, with the field that names nothing."""
    given: dict[str, Any] = {}
    for name, value in cleaned.items():
        if value in (None, "", []) and name not in SENT_EMPTY:
            continue
        if name == "category" and step in (Step.PROPOSE, Step.FILE):
            continue  # it only chose the list of conditions
        found = ONE[name](asked, name, value) if name in ONE else value
        if step is Step.CORRECT and same(asked.case, name, found, cleaned):
            continue
        given[POSITION.get(name, name)] = found
    if step is Step.CORRECT:
        given["door"] = door_of(asked.post)
    return given


def same(case: Case, name: str, value: Any, cleaned: dict[str, Any]) -> bool:
    """Is it what the case says already? The form of 更正 begins with all of that."""
    if name == "category":
        return bool(value.key == case.category)
    if name == "extra":
        chosen = category_typed(cleaned["category"])
        known = case.extra.get(chosen.key, {}) if chosen else {}
        return all(text.strip() == known.get(key, "") for key, text in value.items())
    return bool(value == getattr(case, name, None))
