"""What hangs on a post or a department: told before it ends.

Rooms above know (cases in hand, duties); they say so here at start, so that this room need not know them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from xiucheng.people.models import Department, Post


@dataclass(frozen=True, slots=True)
class Holding:
    """«3 件在办案件在他手上», with the address of their list. blocks: it must be handed over first."""

    words: str
    count: int
    url: str = ""
    blocks: bool = True


Source = Callable[[Post], list[Holding]]
DepartmentSource = Callable[[Department], list[Holding]]
_POSTS: list[Source] = []
_DEPARTMENTS: list[DepartmentSource] = []


def register(*, posts: Source | None = None, departments: DepartmentSource | None = None) -> None:
    """Called from `AppConfig.ready` of a room above."""
    if posts and posts not in _POSTS:
        _POSTS.append(posts)
    if departments and departments not in _DEPARTMENTS:
        _DEPARTMENTS.append(departments)


def of_post(post: Post) -> list[Holding]:
    """What is in the hands of whoever holds this post."""
    return [found for source in _POSTS for found in source(post) if found.count]


def of_department(department: Department) -> list[Holding]:
    """What a department is responsible for now."""
    return [found for source in _DEPARTMENTS for found in source(department) if found.count]
