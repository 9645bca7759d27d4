"""Lists of the two audit ledgers by keyset, and how far they are proved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Max, Model, Q, QuerySet
from django.utils.translation import gettext as _

from xiucheng.kernel.days import midnight
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.ledger import ledgers
from xiucheng.kernel.models import AdminChange, Job, LedgerAnchor, PersonalDataAccess
from xiucheng.kernel.rest import paging
from xiucheng.people.models import Person, Post
from xiucheng.people.rules import Right

PAGE = 50
TASK = "xiucheng.web.jobs.verify_ledgers"

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a list is narrowed by; empty values do not narrow. Days are local, both included."""

    kind: str = ""  # kind of change; «what» of a look
    by: str = ""  # name of an account or of a person, or a part of it
    person: str = ""  # id of a person: everything that he did, in whatever post
    words: str = ""  # in the subject and the note
    since: date | None = None
    until: date | None = None

    @property
    def narrowed(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))


@dataclass(frozen=True, slots=True)
class Listed:
    rows: Sequence[Any]
    next: str | None


def require(post: Post) -> None:
    """Raises: Refused 403 for whoever is no auditor (三权分立: standards/security.md §1 [M])."""
    if Right.VIEW_AUDIT not in post.rights:
        raise Refused(_("审计记录只有审计员能看，请找审计员办理。"), status=403, code="no_right")


def changes(post: Post, asked: Asked, after: str | None) -> Listed:
    """The changes of administrators, newest first. Raises: Refused 403, 422 for a bad cursor."""
    require(post)
    found = AdminChange.objects.all()
    if asked.kind:
        found = found.filter(step=asked.kind)
    if asked.by:
        found = found.filter(Q(by__icontains=asked.by) | Q(person__in=people_named(asked.by)))
    if asked.person:
        found = found.filter(done_by(person(asked.person)))
    if asked.words:
        found = found.filter(Q(subject__icontains=asked.words) | Q(note__icontains=asked.words))
    return Listed(*paging.newest(between(found, asked), "audit", after, PAGE))


def person(text: str) -> Person:
    """Raises: Refused 422, if nobody has this id."""
    known = text.isascii() and text.isdecimal() and len(text) < 19
    found = Person.objects.filter(pk=int(text)).first() if known else None
    if found is None:
        raise Refused(_("没有这个人，请从列表里点一个人的名字，或在“谁”里填账号、姓名。"), field="person")
    return found


def done_by(person: Person) -> Q:
    """What a person changed. Records of before hold the signature only: «zhang.min (system_admin)»."""
    signed = Q(by=person.username) | Q(by__startswith=f"{person.username} (")
    return Q(person=person.pk) | Q(signed, person__isnull=True)


def people_named(text: str) -> QuerySet[Person, int]:
    named = Person.objects.filter(Q(username__icontains=text) | Q(name__icontains=text))
    return named.values_list("pk", flat=True)


def looks(post: Post, asked: Asked, after: str | None) -> Listed:
    """Who was shown personal data, newest first; each row gets `who`, the account. Two statements."""
    require(post)
    found = PersonalDataAccess.objects.all()
    if asked.kind:
        found = found.filter(what=asked.kind)
    if asked.by:
        found = found.filter(person__in=people_named(asked.by))
    if asked.person:
        found = found.filter(person=person(asked.person).pk)
    if asked.words:
        found = found.filter(Q(subject__icontains=asked.words) | Q(note__icontains=asked.words))
    listed = Listed(*paging.newest(between(found, asked), "access", after, PAGE))
    names = named(row.person for row in listed.rows)
    for row in listed.rows:
        row.who = names.get(row.person, _("系统"))
    return listed


def named(ids: Iterable[int | None]) -> dict[int | None, str]:
    people = Person.objects.filter(pk__in={one for one in ids if one}).values_list("pk", "name", "username")
    return {pk: f"{name} ({username})" for pk, name, username in people}


def named_one(text: str) -> str:
    """«张敏 (zhang.min)» for the id that a list is narrowed by; nothing for none."""
    try:
        found = person(text.strip()) if text.strip() else None
    except Refused:
        found = None
    return f"{found.name} ({found.username})" if found else ""


def between(found: QuerySet[Row], asked: Asked) -> QuerySet[Row]:
    if asked.since and asked.until and asked.since > asked.until:
        raise Refused(_("起始日期在结束日期之后，请把两个日期对调。"), field="since")
    if asked.since:
        found = found.filter(at__gte=midnight(asked.since))
    if asked.until:
        found = found.filter(at__lt=midnight(asked.until + timedelta(days=1)))
    return found


def kinds() -> list[str]:
    """The kinds of changes that there are: one chain a kind, so this reads an index."""
    return sorted(AdminChange.objects.order_by().values_list("step", flat=True).distinct())


def looked_at() -> list[str]:
    return sorted(PersonalDataAccess.objects.order_by().values_list("what", flat=True).distinct())


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one ledger is sealed: its last anchor, and whether anything came after it."""

    label: str
    name: str
    anchor: LedgerAnchor | None
    last_event: datetime | None


def standings() -> list[Standing]:
    """Two statements a ledger."""
    names = {
        "cases": _("案件记录"),
        "audit": _("管理变更"),
        "access": _("个人信息查看"),
        "deletions": _("删除登记"),
    }
    return [
        Standing(
            ledger.label,
            names.get(ledger.label, ledger.label),
            LedgerAnchor.objects.filter(ledger=ledger.label).order_by("-pk").first(),
            ledger.model._default_manager.aggregate(last=Max("at"))["last"],
        )
        for ledger in ledgers()
    ]


def last_proof() -> Job | None:
    """The newest verification that was asked for, ended or not."""
    return Job.objects.filter(task=TASK).order_by("-created_at").first()


def change(post: Post, pk: int) -> AdminChange:
    """One change. Raises: Refused 403, 404."""
    require(post)
    row = AdminChange.objects.filter(pk=pk).first()
    if row is None:
        raise Refused(_("没有这条记录。"), status=404, code="not_found")
    return row


def differences(row: AdminChange) -> list[tuple[str, Any, Any]]:
    """What is not the same before and after: (name, before, after); a value that is no object has no name."""
    before, after = row.before, row.after
    if not isinstance(before, dict | None) or not isinstance(after, dict | None):
        return [("", before, after)]
    before, after = before or {}, after or {}
    keys = list(dict.fromkeys([*before, *after]))
    return [(key, before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)]
