"""The addresses under /api/v1/notices: what my post was told, and that it was read."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel, Field

from xiucheng.cases import actions, queries
from xiucheng.cases.models import Notice
from xiucheng.cases.queries.notices import COUNTED, HEAD, PAGE_MAX, Place, sentence
from xiucheng.cases.rules.notices import KIND_NAMES, NoticeKind
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.rest import paging
from xiucheng.kernel.rest.body import Payload, Strict
from xiucheng.people.actions import require
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Right

router = Router(tags=["消息"])

LIST = "notices"
NoticeId = Annotated[int, Field(ge=1, lt=2**63)]


class NoticeOut(BaseModel):
    """One message about a case."""

    id: int
    case: UUID | None = Field(description="每日提要没有案件")
    number: str | None = Field(description="受理号")
    case_number: str | None = Field(description="案件编号，立案时才有")
    sentence: str = Field(description="给人看的一句话")
    kind: str = Field(
        description="哪一种消息：" + "、".join(f"{kind} {name}" for kind, name in KIND_NAMES.items())
    )
    to: str = Field(
        description="post 发给本岗位，department 发给本部门，role 发给本区县的这个角色；各人读各人的"
    )
    at: datetime
    read_at: datetime | None = Field(description="本岗位读过的时间，为空即未读")
    over_at: datetime | None = Field(description="等办的事已由人办过的时间；办过的不再计入未读")


class NoticesOut(paging.Page[NoticeOut]):
    """A page of messages, and how many are unread."""

    unread: int = Field(ge=0, le=COUNTED, description=f"未读几条，最多数到 {COUNTED}")


class ReadIn(Strict):
    """Which messages were read: `ids`, or `all`."""

    ids: list[NoticeId] | None = Field(default=None, max_length=PAGE_MAX, description="消息的 id")
    all: bool = Field(default=False, description="true 则全部标为已读，不再填 ids")


class ReadOut(BaseModel):
    read: int = Field(description="这一次有几条由未读变为已读；重发答 0")
    unread: int = Field(ge=0, le=COUNTED, description=f"还有几条未读，最多数到 {COUNTED}")


@router.get("/notices", response=NoticesOut, operation_id="notices", summary="我的消息")
def notices(
    request: HttpRequest,
    after: paging.Cursor = None,
    limit: paging.Limit = paging.LIMIT_DEFAULT,
    kind: Annotated[NoticeKind | None, Query(description="只要这一种")] = None,
    unread: Annotated[bool, Query(description="只要未读的")] = False,
) -> NoticesOut:
    """Messages of the last 30 days to my post, to my department or to my role in my counties; newest first."""
    post = acting_post(request)
    require(post, Right.VIEW_CASES)
    page = queries.notices(post, after=place_of(after), limit=limit, kind=kind or "", only_unread=unread)
    return NoticesOut(
        items=[notice_out(row, page.read.get(row.pk)) for row in page.rows],
        next=cursor(page.next) if page.next else None,
        unread=min(queries.unread(post), COUNTED),
    )


@router.post("/notices/read", response=ReadOut, operation_id="read_notices", summary="消息标为已读")
def read(request: HttpRequest, payload: Annotated[ReadIn, Payload()]) -> ReadOut:
    """Mark as read. Messages of others, unknown ones and those read before are left as they are."""
    post = acting_post(request)
    require(post, Right.VIEW_CASES)
    if (payload.ids is not None) == payload.all:
        raise Refused(_("请在 ids 里写明哪几条，或者写 all 为 true，两者选一。"), field="ids")
    marked = actions.read_notices(by=post, ids=payload.ids)
    return ReadOut(read=marked, unread=min(queries.unread(post), COUNTED))


def notice_out(row: Notice, read_at: datetime | None) -> NoticeOut:
    case = row.case
    return NoticeOut(
        id=row.pk,
        case=row.case_id,
        number=case.number if case else None,
        case_number=case.case_number if case else None,
        sentence=sentence(row),
        kind=row.kind,
        to="post" if row.post_id else "department" if row.role in ("", HEAD) else "role",
        at=row.at,
        read_at=read_at,
        over_at=row.over_at,
    )


def cursor(place: Place) -> str:
    at, pk = place
    return paging.encode(LIST, [at.isoformat(), pk])


def place_of(text: str | None) -> Place | None:
    """The place inside a cursor. Raises: Refused 422 for one that this list did not make."""
    found = paging.decode(LIST, text)
    return (datetime.fromisoformat(found[0]), found[1]) if found else None
