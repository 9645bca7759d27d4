"""Codes and ids as people say them, looked up once a page: categories, divisions, departments, posts."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from xiucheng.kernel.worktime import Limit
from xiucheng.people.models import Department, Person, Post
from xiucheng.territory.models import Division


def with_more(name: str, more: str) -> str:
    """«路灯异常（市容环境）»: a name and what is said beside it."""
    return _("%(name)s（%(more)s）") % {"name": name, "more": more}


def listed(names: Iterable[Any]) -> str:
    """«甲、乙»."""
    return _("、").join(str(name) for name in names)


def limit_words(limit: Limit) -> str:
    """«2 工作日»; a fraction as a decimal."""
    return f"{float(limit.amount):g} {_(limit.unit.value)}"


class Names:
    """Names for one page: say first what will be needed (`want`), then read; one statement a table."""

    def __init__(self) -> None:
        self._wanted: dict[type, set[Any]] = {Division: set(), Department: set(), Post: set(), Person: set()}
        self._known: dict[type, dict[Any, Any]] = {kind: {} for kind in self._wanted}

    def want(self, kind: type, keys: Iterable[Any]) -> "Names":
        self._wanted[kind] |= {key for key in keys if key} - self._known[kind].keys()
        return self

    def division(self, code: str | None) -> str:
        return str(self._get(Division, code) or code or "")

    def department(self, pk: int | None) -> str:
        found = self._get(Department, pk)
        return str(found) if found else ""

    def post(self, pk: int | None) -> Post | None:
        found: Post | None = self._get(Post, pk)
        return found

    def person(self, pk: int | None) -> str:
        found = self._get(Person, pk)
        return found.name if found else ""

    def where(self, case: Any) -> str:
        """«五华区华山街道», the county alone where the township is unknown."""
        return self.division(case.county) + (self.division(case.township) if case.township else "")

    def _get(self, kind: type, key: Any) -> Any:
        if not key:
            return None
        if key not in self._known[kind]:
            self._wanted[kind].add(key)
            self._read(kind)
        return self._known[kind].get(key)

    def _read(self, kind: type) -> None:
        wanted = list(self._wanted[kind])
        self._wanted[kind].clear()
        known = self._known[kind]
        known.update(dict.fromkeys(wanted))
        if kind is Division:
            known.update(Division.objects.filter(code__in=wanted).values_list("code", "name"))
        elif kind is Post:
            found = Post.objects.filter(pk__in=wanted).select_related("person", "department")
            known.update({post.pk: post for post in found})
        else:
            known.update(kind.objects.in_bulk(wanted))  # type: ignore[attr-defined]


def who(kind: str, post: Post | None) -> str:
    """Who did a step, as a timeline says it: «监督员 赵敏», «上报人», «系统»."""
    if kind == "reporter":
        return str(_("上报人"))
    if kind == "system" or post is None:
        return str(_("系统"))
    words = [str(post.department)] if post.department_only and post.department else [post.get_role_display()]
    return " ".join([*words, post.person.name])
