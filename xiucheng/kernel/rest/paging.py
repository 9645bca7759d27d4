"""Keyset pages: a list goes on after the last row seen; page 1 and page 10,000 cost the same."""

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from django.core import signing
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import BaseModel, Field

from xiucheng.kernel.errors import Refused

LIMIT_MAX = 200
LIMIT_DEFAULT = 50

Row = TypeVar("Row")

# Two query parameters: `after: Cursor = None, limit: Limit = LIMIT_DEFAULT`.
Limit = Annotated[int, Query(LIMIT_DEFAULT, ge=1, le=LIMIT_MAX, description="每页条数，1–200")]
Cursor = Annotated[str | None, Query(None, max_length=600, description="上一页答复里的 next；第一页不填")]


class Page(BaseModel, Generic[Row]):
    """One page of a list."""

    items: list[Row]
    next: str | None = Field(description="下一页的 cursor；为 null 表示到此为止")


def newest(
    found: QuerySet[Any], name: str, after: str | None, size: int, *, by: str = "at"
) -> tuple[list[Any], str | None]:
    """One page of rows, the newest first, and the cursor of the next page; one statement.

    by: the column of the moment; rows of one moment are told apart by their id. Raises: Refused 422 as `decode`.
    """
    if key := decode(name, after):
        at, pk = datetime.fromisoformat(key[0]), key[1]
        found = found.filter(Q(**{f"{by}__lt": at}) | Q(**{by: at, "pk__lt": pk}))
    rows = list(found.order_by(f"-{by}", "-pk")[: size + 1])
    if len(rows) <= size:
        return rows, None
    last = rows[size - 1]
    return rows[:size], encode(name, [getattr(last, by).isoformat(), str(last.pk)])


def encode(name: str, key: Any) -> str:
    """The place after a row, opaque and signed for one list. key: anything JSON can hold."""
    return signing.dumps(key, salt=f"page:{name}", compress=True)


def decode(name: str, cursor: str | None) -> Any:
    """The key inside a cursor; None for the first page.

    Raises: Refused 422, if it was altered or belongs to another list.
    """
    if not cursor:
        return None
    try:
        return signing.loads(cursor, salt=f"page:{name}")
    except (signing.BadSignature, ValueError) as error:
        raise Refused(
            _("after 无效：请原样使用上一页答复里的 next，或从第一页重新开始。"),
            field="after",
            code="bad_cursor",
        ) from error
