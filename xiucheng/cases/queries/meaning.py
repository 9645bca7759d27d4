"""What the value of a filter means: names become ids, days become moments, and what cannot be is refused in words."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.models import Leg
from xiucheng.cases.rules.search import class_key
from xiucheng.catalog import queries as catalog
from xiucheng.kernel.days import midnight
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Person, Post

WHOLE_CLASS = re.compile(r"^(?:(?P<standard>.+)/)?(?P<kind>matter|component)/(?P<code>[0-9]{2})$")
NAMESAKES = 20


def one_of(value: str, options: Collection[str], field: str) -> str:
    if value in set(options):
        return value
    if field == "stage":
        raise Refused(_("没有这个环节，请从列表中选择。"), field="stage")
    raise Refused(_("没有这个选项，请从列表中选择。"), field=field)


def category(text: str) -> tuple[str, bool]:
    """The key of a category or of a whole 大类, and whether it is one. Raises: Refused 422."""
    asked = WHOLE_CLASS.match(text)
    if not asked:
        return catalog.parse_category(text).key, False
    for row in catalog.categories(kind=asked["kind"]):
        if row.class_code == asked["code"]:
            return class_key(f"{asked['standard'] or row.standard}/{row.kind}/{row.class_code}"), True
    raise Refused(_("没有这个大类，请从列表中选择。"), field="category")


def department(key: int) -> Q:
    """Held it, or holds it, and did not return it."""
    return Q(Exists(Leg.unscoped.held_by(key)))


@dataclass(frozen=True, slots=True)
class Who:
    persons: list[int]
    posts: list[int]


def person(text: str) -> Who:
    """Whom a name or username means, with all their posts. Two statements. Raises: Refused 422 for nobody."""
    name = text.strip()
    found = Person.objects.filter(Q(username=name) | Q(name=name))
    persons = sorted(found.values_list("pk", flat=True)[: NAMESAKES + 1])
    if not persons:
        raise Refused(
            _("没有叫“%(name)s”的工作人员，请写全姓名，或写用户名。") % {"name": name[:20]}, field="person"
        )
    if len(persons) > NAMESAKES:
        raise Refused(_("叫“%(name)s”的人太多，请改用用户名查。") % {"name": name[:20]}, field="person")
    posts = sorted(Post.objects.filter(person__in=persons).values_list("pk", flat=True))
    return Who(persons, posts)


def from_day(column: str, day: date) -> Q:
    return Q(**{f"{column}__gte": midnight(day)})


def to_day(column: str, day: date) -> Q:
    """Until the end of a day. The calendar has a last one, and some column's moments lie ahead of today."""
    if day == date.max:
        return Q(**{f"{column}__isnull": False})
    return Q(**{f"{column}__lt": midnight(day + timedelta(days=1))})


def check_days(filter: Any, names: Collection[str]) -> None:
    """Raises: Refused 422 for days that hold no case for certain."""
    for name in names:
        since, until = getattr(filter, f"{name}since"), getattr(filter, f"{name}until")
        if name == "" and since and since > timezone.localdate():
            raise Refused(_("起始日期在今天之后，还没有那时的案件。请改选今天或以前的日期。"), field="since")
        if since and until and since > until:
            raise Refused(_("起始日期在结束日期之后，请把两个日期对调。"), field=f"{name}since")
