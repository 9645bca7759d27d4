"""Query sets that know who looks."""

from collections.abc import Collection, Mapping
from typing import ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q

from xiucheng.people.models.organisation import Post

# Which column of a scoped table holds the code of which length: one column, one index a level (measured.md).
LEVEL: Mapping[int, str] = {6: "county", 9: "township", 12: "community"}

Row = TypeVar("Row", bound=models.Model)


def inside(codes: Collection[str], columns: Mapping[int, str] = LEVEL) -> Q:
    """The rows whose place lies in one of these divisions: one equality a code, on the column of its level.

    columns: digits of a code → column that holds it. A code shorter than any column (a city, where the
    table begins with counties) is a prefix of the shortest; any other level the table lacks: nothing.
    No codes: no rows (an empty Q() would mean everything).
    """
    found = Q(pk__in=())
    shortest = min(columns)
    for code in codes:
        if column := columns.get(len(code)):
            found |= Q(**{column: code})
        elif len(code) < shortest:
            found |= Q(**{f"{columns[shortest]}__startswith": code})
    return found


class ScopedQuerySet(models.QuerySet[Row]):
    """A query set that knows who looks: `unscoped = XQuerySet.as_manager()`, and no `objects`."""

    columns: ClassVar[Mapping[int, str]] = LEVEL

    def inside_scope(self, post: Post | None) -> Self:
        """Only rows in the post's divisions; nobody sees nothing. A room narrows it in its `seen_by`."""
        return self.filter(inside(post.scope_codes if post else (), self.columns))

    def seen_by(self, post: Post | None) -> Self:
        """Only what this post may see. Rooms override it where place alone does not decide."""
        return self.inside_scope(post)
