"""What an import must know of the city, and what it would change."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel.crypto import normal_phone
from xiucheng.kernel.masking import mask_phone
from xiucheng.people import rules_import
from xiucheng.people.models import Delegation, Department, Person, Post, Role
from xiucheng.people.queries.directory import open_posts, people_seen_by, posts_seen_by
from xiucheng.people.rules_import import Known, Row
from xiucheng.territory.models import Beat, Division

SHOWN = 200  # rows of a preview


def role_words() -> dict[str, str]:
    """Word → role: the Chinese name, the name in the reader's language, the word of the API."""
    return {word: role.value for role in Role for word in (str(role.label), role.value)}


def level_words() -> dict[str, str]:
    return {word: level.value for level in Department.Level for word in (str(level.label), level.value)}


def department_named(text: str) -> Department | None:
    """By code, else by the name or short name of exactly one in use."""
    if not text:
        return None
    by_code = Department.objects.filter(code=text.upper()).first()
    if by_code:
        return by_code
    found = list(Department.objects.filter(Q(name=text) | Q(short=text), active=True)[:2])
    return found[0] if len(found) == 1 else None


def known_for(kind: str, rows: Sequence[Row], by: Post) -> Known:
    """What the rows name and the city has, in a constant number of statements."""
    names = {row.get("username", "") for _number, row in rows}
    people = Person.objects.filter(username__in=names)
    usernames = frozenset(people.values_list("username", flat=True))
    divisions = (
        frozenset(Division.objects.values_list("code", flat=True)) if kind != "people" else frozenset()
    )
    departments = _departments() if kind != "people" else {}
    meanings: dict[str, set[str]] = {}
    for code, row in departments.items():
        for word in {code, row["name"], row["short"]} if row["active"] or kind == "departments" else {code}:
            meanings.setdefault(word, set()).add(code)
    codes = {row["id"]: code for code, row in departments.items()}
    return Known(
        reach=tuple(by.scope_codes),
        importer=by.person.username,
        usernames=usernames,
        beyond=_beyond(by, usernames) if by.scope_codes else frozenset(),
        divisions=divisions,
        departments=meanings,
        department_places={code: row["division_code"] for code, row in departments.items()},
        parents={code: codes.get(row["parent_id"], "") for code, row in departments.items()},
        roles=role_words(),
        levels=level_words(),
        today=timezone.localdate(),
        **_posts(usernames, rows) if kind == "posts" else {},
    )


def plan_of(kind: str, rows: Sequence[Row]) -> dict[str, Any]:
    """How many rows create, change or leave alone; the first of them in words."""
    if kind == "people":
        return _plan(rows, _people_changes(rows), key="username", title="name")
    if kind == "departments":
        return _plan(rows, _department_changes(rows), key="code", title="name")
    return _plan(rows, {}, key="username", title="role")


def _plan(
    rows: Sequence[Row], there: Mapping[str, list[list[str]]], *, key: str, title: str
) -> dict[str, Any]:
    """there: key → [[heading, before, after], …] for what exists already."""
    create, change, same = [], [], 0
    for number, row in rows:
        name = row[key].upper() if key == "code" else row[key]
        words = f"{row.get(title, '')}（{row[key]}）"
        if name not in there:
            create.append([number, words])
        elif there[name]:
            change.append([number, words, there[name]])
        else:
            same += 1
    return {
        "create": len(create),
        "change": len(change),
        "same": same,
        "created": create[:SHOWN],
        "changed": change[:SHOWN],
    }


def _people_changes(rows: Sequence[Row]) -> dict[str, list[list[str]]]:
    there = {
        person.username: person
        for person in Person.objects.filter(username__in=[r["username"] for _n, r in rows])
    }
    found: dict[str, list[list[str]]] = {}
    for _number, row in rows:
        if person := there.get(row["username"]):
            found[person.username] = changes = []
            if person.name != row["name"]:
                changes.append([_("姓名"), person.name, row["name"]])
            phone = normal_phone(row.get("phone", ""))
            if phone and phone != person.phone:
                changes.append([_("电话"), mask_phone(person.phone), mask_phone(phone)])
    return found


def _department_changes(rows: Sequence[Row]) -> dict[str, list[list[str]]]:
    departments = _departments()
    codes = {row["id"]: code for code, row in departments.items()}
    levels = level_words()
    found: dict[str, list[list[str]]] = {}
    for _number, row in rows:
        code = row["code"].upper()
        old = departments.get(code)
        if old is None:
            continue
        new: dict[str, Any] = {
            "name": row["name"],
            "short": row.get("short") or row["name"][:30],
            "kind": row.get("kind", ""),
            "division_code": row["division_code"],
            "level": levels.get(row["level"], row["level"]),
            "parent": row.get("parent", "").upper(),
            "is_command_centre": bool(rules_import.truth(row.get("is_command_centre", ""))),
            "is_fallback": bool(rules_import.truth(row.get("is_fallback", ""))),
        }
        before = {**old, "parent": codes.get(old["parent_id"], "")}
        headings = {column.name: column.heading for column in rules_import.COLUMNS["departments"]}
        found[code] = [
            [_(headings[name]), _shown(before[name]), _shown(value)]
            for name, value in new.items()
            if before[name] != value
        ]
    return found


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    names = {level.value: str(level.label) for level in Department.Level}
    return names.get(value, str(value))


def _departments() -> dict[str, dict[str, Any]]:
    fields = (
        "id", "code", "name", "short", "kind", "division_code", "level", "parent_id", "is_command_centre",
        "is_fallback", "active",
    )  # fmt: skip
    return {row["code"]: row for row in Department.objects.values(*fields)}


def _beyond(by: Post, usernames: frozenset[str]) -> frozenset[str]:
    """Those among them that this administrator may not touch: unseen, or with a post elsewhere."""
    seen = set(people_seen_by(by).filter(username__in=usernames).values_list("username", flat=True))
    elsewhere = (
        open_posts().filter(person__username__in=usernames).exclude(pk__in=posts_seen_by(by).values("pk"))
    )
    return frozenset(usernames - seen) | frozenset(elsewhere.values_list("person__username", flat=True))


def _posts(usernames: frozenset[str], rows: Sequence[Row]) -> dict[str, Any]:
    held: dict[str, set[str]] = {}
    keys = set()
    for post in open_posts().filter(person__username__in=usernames).select_related("person", "department"):
        name = post.person.username
        held.setdefault(name, set()).add(post.role)
        code = post.department.code if post.department else ""
        keys.add((name, str(post.role), code, " ".join(sorted(post.scope_codes))))
    lent = Delegation.objects.open_on(timezone.localdate()).filter(to__username__in=usernames)
    for name, role in lent.values_list("to__username", "post__role"):
        held.setdefault(name, set()).add(role)
    wanted = {name for _number, row in rows for name in rules_import.many(row.get("beats", ""))}
    beats: dict[str, list[str]] = {}
    for name, county in Beat.objects.filter(name__in=wanted, active=True).values_list("name", "county"):
        beats.setdefault(name, []).append(county)
    return {"held": held, "posts": frozenset(keys), "beats": beats}
