"""What administrators see: people, departments and posts within the reach of their own post.

An administrator's post without division codes reaches everywhere (the first three of an empty city); with
codes it reaches what lies inside them. A person is within reach by any post, or while having none.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.utils import timezone

from xiucheng.kernel.rest import paging
from xiucheng.people.models import Delegation, Department, Person, Post
from xiucheng.people.queries.doors import locked_usernames

PAGE = 50


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """words: part of a name or username. state: active, off, locked, postless; "" is any."""

    words: str = ""
    department: int | None = None
    role: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class PostFilter:
    """words: part of a name, username or title. state: now (default), ended, any."""

    words: str = ""
    department: int | None = None
    role: str = ""
    state: str = "now"


def departments_seen_by(post: Post) -> QuerySet[Department]:
    """The departments of the divisions within reach."""
    return Department.objects.filter(_in_divisions(post, "division_code"))


def posts_seen_by(post: Post) -> QuerySet[Post]:
    """The posts whose scope or department lies within reach."""
    if not post.scope_codes:
        return Post.objects.all()
    joined = Func(F("scope_codes"), Value(","), function="array_to_string", output_field=TextField())
    inside = Q(places__regex=f"(^|,)({'|'.join(post.scope_codes)})")
    return Post.objects.alias(places=joined).filter(inside | _in_divisions(post, "department__division_code"))


def people_seen_by(post: Post) -> QuerySet[Person]:
    """Everybody with a post within reach, now or before, and everybody without any post."""
    if not post.scope_codes:
        return Person.objects.all()
    mine = posts_seen_by(post).filter(person=OuterRef("pk"))
    return Person.objects.filter(Exists(mine) | ~Exists(Post.objects.filter(person=OuterRef("pk"))))


def outside_reach(person: Person, post: Post) -> Post | None:
    """A post that this person holds beyond the reach of an administrator; None: all of them lie within."""
    open_posts = Post.objects.filter(_open(timezone.localdate()), person=person).select_related("department")
    return open_posts.exclude(pk__in=posts_seen_by(post).filter(person=person).values("pk")).first()


def people_page(
    post: Post, wanted: PeopleFilter, after: str | None = None
) -> tuple[list[Person], str | None]:
    """One page of people by username, each with `shown_posts` and `lock`; the cursor of the next page.

    Three statements, however many.
    """
    locks = locked_usernames()
    found = people_seen_by(post)
    if wanted.words:
        found = found.filter(Q(name__icontains=wanted.words) | Q(username__icontains=wanted.words))
    found = _by_post(found, wanted)
    if wanted.state == "locked":
        found = found.filter(username__in=list(locks))
    elif wanted.state in ("active", "off"):
        found = found.filter(is_active=wanted.state == "active")
    if last := paging.decode("people", after):
        found = found.filter(username__gt=last)
    rows = list(found.order_by("username")[: PAGE + 1])
    page, more = rows[:PAGE], len(rows) > PAGE
    held: dict[int, list[Post]] = {}
    for item in (
        Post.objects.filter(_open(timezone.localdate()), person__in=page)
        .select_related("department")
        .order_by("id")
    ):
        held.setdefault(item.person_id, []).append(item)
    for row in page:
        row.shown_posts = held.get(row.pk, [])  # type: ignore[attr-defined]
        row.lock = locks.get(row.username)  # type: ignore[attr-defined]
    return page, paging.encode("people", page[-1].username) if more else None


def post_page(post: Post, wanted: PostFilter, after: str | None = None) -> tuple[list[Post], str | None]:
    """One page of posts, the newest first, each with `deputies`; the cursor of the next page. Two statements."""
    today = timezone.localdate()
    found = posts_seen_by(post)
    if wanted.words:
        found = found.filter(
            Q(person__name__icontains=wanted.words)
            | Q(person__username__icontains=wanted.words)
            | Q(title__icontains=wanted.words)
        )
    if wanted.department:
        found = found.filter(department=wanted.department)
    if wanted.role:
        found = found.filter(role=wanted.role)
    if wanted.state != "any":
        found = found.filter(_open(today)) if wanted.state != "ended" else found.exclude(_open(today))
    if last := paging.decode("posts", after):
        found = found.filter(pk__lt=last)
    rows = list(found.select_related("person", "department").order_by("-pk")[: PAGE + 1])
    page, more = rows[:PAGE], len(rows) > PAGE
    deputies: dict[int, list[Delegation]] = {}
    for item in Delegation.objects.open_on(today).filter(post__in=page).select_related("to"):
        deputies.setdefault(item.post_id, []).append(item)
    for row in page:
        row.deputies = deputies.get(row.pk, [])  # type: ignore[attr-defined]
    return page, paging.encode("posts", page[-1].pk) if more else None


def department_tree(post: Post, *, closed: bool = False) -> list[dict[str, Any]]:
    """The departments within reach as a tree: department, children, posts (how many are held). Two statements.

    Whose parent is beyond reach, or closed and not asked for, stands at the root.
    """
    found = departments_seen_by(post).order_by("division_code", "id")
    rows = list(found if closed else found.filter(active=True))
    counts: dict[int | None, int] = {}
    for pk in Post.objects.filter(_open(timezone.localdate()), department__in=rows).values_list(
        "department", flat=True
    ):
        counts[pk] = counts.get(pk, 0) + 1
    nodes: dict[int, dict[str, Any]] = {
        row.pk: {"department": row, "children": [], "posts": counts.get(row.pk, 0)} for row in rows
    }
    roots: list[dict[str, Any]] = []
    for row in rows:
        parent = nodes.get(row.parent_id or 0)
        (parent["children"] if parent else roots).append(nodes[row.pk])
    return roots


def _by_post(found: QuerySet[Person], wanted: PeopleFilter) -> QuerySet[Person]:
    held = Post.objects.filter(_open(timezone.localdate()), person=OuterRef("pk"))
    if wanted.department:
        held = held.filter(department=wanted.department)
    if wanted.role:
        held = held.filter(role=wanted.role)
    if wanted.department or wanted.role:
        return found.filter(Exists(held))
    return found.filter(~Exists(held)) if wanted.state == "postless" else found


def open_posts() -> QuerySet[Post]:
    """Posts that count today or will."""
    return Post.objects.filter(_open(timezone.localdate()))


def _open(on: date) -> Q:
    """Posts that count on a day or will."""
    return Q(active=True) & (Q(valid_to__isnull=True) | Q(valid_to__gt=on))


def _in_divisions(post: Post, column: str) -> Q:
    if not post.scope_codes:
        return Q()
    found = Q(pk__in=())
    for code in post.scope_codes:
        found |= Q(**{f"{column}__startswith": code})
    return found
