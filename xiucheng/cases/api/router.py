"""The addresses under /api/v1/cases, /desk and /files. Parse, one action or query, answer."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Header, Path, Query, Router
from ninja.responses import Status
from pydantic import BaseModel, Field, create_model

from xiucheng.cases import queries, store
from xiucheng.cases.api import shapes
from xiucheng.cases.api.bodies import DOORS, Door
from xiucheng.cases.api.lookups import Asked
from xiucheng.cases.models import Case, CaseEvent
from xiucheng.cases.queries.page import contact
from xiucheng.cases.words import STEP_NAMES, Step
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files import actions as files
from xiucheng.kernel.files import pages as file_pages
from xiucheng.kernel.files.rules import EXTENSION
from xiucheng.kernel.rest import etag, paging
from xiucheng.kernel.rest.body import Payload, Photo, Strict
from xiucheng.people.actions import require
from xiucheng.people.models import Post
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Right

router = Router(tags=["案件"])

CaseName = Annotated[str, Path(min_length=1, max_length=60, description="案件 id、受理号或案件编号")]
IfMatch = Annotated[
    str, Header("", alias="If-Match", description='上次看到的 ETag，例如 "7"；已被别人办理过则答 412')
]


# An answer that is the file itself.
BYTES = {
    "responses": {
        200: {
            "description": "文件本身",
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}} for kind in sorted(EXTENSION)
            },
        }
    }
}


def shape_of(field: queries.Field) -> tuple[Any, Any]:
    """The type of a filter field in the API, with its words: from the one table that the page uses too."""
    said = field.label + (f"：{field.help}" if field.help else "")  # the document is in Chinese
    match field.kind:
        case queries.Kind.FLAG:
            return bool | None, Field(default=None, description=said)
        case queries.Kind.DAY:
            return date | None, Field(default=None, description=said)
        case queries.Kind.DEPARTMENT:
            return int | None, Field(default=None, ge=1, lt=2**63, description=said)
        case queries.Kind.CHOICE:
            return Literal[tuple(str(key) for key in field.options or {})] | None, Field(
                default=None, description=said
            )  # type: ignore[return-value]
        case _:
            pattern = field.pattern or None
            return str, Field(default="", max_length=field.longest, pattern=pattern, description=said)


SORT = "排序：" + "、".join(f"{key} {sort.label}" for key, sort in queries.SORTS.items())
Wanted: Any = create_model(  # the filters of a list; days are local, both included
    "Wanted",
    **{field.key: shape_of(field) for field in queries.FIELDS},  # type: ignore[call-overload]
    sort=(Literal[tuple(queries.SORTS)], Field(default="newest", description=SORT)),
)


def seen(request: HttpRequest, name: str) -> tuple[Post, Case]:
    """The acting post and a case it may see. Raises: Refused 403 without the right, 404 outside the scope."""
    post = acting_post(request)
    require(post, Right.VIEW_CASES)
    return post, queries.find(name, post)


@router.get("/cases", response=paging.Page[shapes.RowOut], operation_id="cases", summary="案件列表")
def cases(
    request: HttpRequest,
    wanted: Annotated[Wanted, Query()],
    after: paging.Cursor = None,
    limit: paging.Limit = paging.LIMIT_DEFAULT,
) -> dict[str, Any]:
    """Cases inside the scope, by keyset: pass `next` on as `after`."""
    post = acting_post(request)
    require(post, Right.VIEW_CASES)
    given = {name: value for name, value in wanted if value is not None}
    page = queries.cases(post, queries.CaseFilter(**given), after=after or "", limit=limit)
    return {"items": [shapes.row_out(row) for row in page.rows], "next": page.next}


@router.get("/cases/{case_id}", response=shapes.CaseOut, operation_id="case", summary="一件案件")
def case(request: HttpRequest, case_id: CaseName, response: HttpResponse) -> shapes.CaseOut:
    """A case as it stands; the ETag is its version."""
    _post, found = seen(request, case_id)
    response["ETag"] = etag.etag(found.head_seq)
    return shapes.case_out(found, at=timezone.now())


@router.get(
    "/cases/{case_id}/events",
    response=paging.Page[shapes.EventOut],
    operation_id="case_events",
    summary="案件的全部记录",
)
def events(
    request: HttpRequest,
    case_id: CaseName,
    after: paging.Cursor = None,
    limit: paging.Limit = paging.LIMIT_DEFAULT,
) -> dict[str, Any]:
    """The ledger of one case, oldest first."""
    _post, found = seen(request, case_id)
    last = paging.decode("events", after) or 0
    rows = list(CaseEvent.unscoped.filter(chain=found.pk, seq__gt=last).order_by("seq")[: limit + 1])
    more = paging.encode("events", rows[limit - 1].seq) if len(rows) > limit else None
    return {"items": shapes.events_out(rows[:limit]), "next": more}


@router.get(
    "/cases/{case_id}/steps",
    response=list[shapes.StepOut],
    operation_id="case_steps",
    summary="我现在能办什么、不能办的为什么",
)
def steps(request: HttpRequest, case_id: CaseName, response: HttpResponse) -> list[shapes.StepOut]:
    """Every step with the reason why not, and what its body holds."""
    post, found = seen(request, case_id)
    response["ETag"] = etag.etag(found.head_seq)
    return [
        shapes.StepOut(
            step=item.step.value,
            name=str(item.name),
            allowed=item.allowed,
            why_not=item.reason,
            arguments=DOORS[item.step].body.model_json_schema(),
        )
        for item in queries.possible_steps(post, store.state_of(found))
        if item.step in DOORS
    ]


@router.get(
    "/cases/{case_id}/responsible",
    response=shapes.ResponsibleOut,
    operation_id="case_responsible",
    summary="应由哪个部门办，依据是什么",
)
def responsible(request: HttpRequest, case_id: CaseName) -> shapes.ResponsibleOut:
    """The list of duties, else the kind of department, else the fallback of the place; never nobody."""
    _post, found = seen(request, case_id)
    named = queries.suggestion(found)
    if named is None:
        sentence = _("这个案件还没有类别，请受理员先填类别。")
        raise Refused(sentence, status=409, code="no_category")
    return shapes.responsible_out(named)


def step_view(door: Door) -> Callable[..., shapes.CaseOut]:
    """The view of one step; its body's type is its own, so that OpenAPI shows it."""
    body = door.body

    def view(
        request: HttpRequest,
        response: HttpResponse,
        case_id: CaseName,
        payload: Annotated[body, Payload()],  # type: ignore[valid-type]
        if_match: IfMatch = "",
    ) -> shapes.CaseOut:
        post, found = seen(request, case_id)
        version = etag.expected(request)
        require(post, Right(door.step.value))  # before photos are stored for nothing
        arguments = door.arguments(Asked(post, found), payload)
        done = door.action(case_id=found.pk, by=post, version=version, **arguments)
        response["ETag"] = etag.etag(done.seq)
        shown = shapes.case_out(done.state, at=timezone.now())
        if door.step == Step.DISCLOSE:
            shown.contact = shapes.contact_out(contact(post, found))
        return shown

    return view


def add_steps() -> None:
    """One address a step; words may be joined by «_» or «-»."""
    for step, door in DOORS.items():
        for shown, path in {True: step.value, False: step.value.replace("_", "-")}.items():
            if shown or path != step.value:
                router.post(
                    f"/cases/{{case_id}}/{path}",
                    response=shapes.CaseOut,
                    operation_id=f"step_{path}",
                    summary=STEP_NAMES[step],
                    description=(door.action.__doc__ or "").partition("\n")[0],
                    include_in_schema=shown,
                    tags=["步骤"],
                )(step_view(door))


add_steps()


class TabOut(BaseModel):
    key: str
    name: str
    step: str = Field(description="这一栏主要办哪一步")
    count: int


class DeskOut(BaseModel):
    """What waits for a post."""

    tabs: list[TabOut]
    tab: str
    items: list[shapes.RowOut]
    next: str | None = Field(description="后面还有时，作为 after 再取；为 null 表示到此为止")


class FileIn(Strict):
    file: Photo


class UploadedOut(BaseModel):
    id: UUID
    kind: str
    width: int | None
    height: int | None
    sm3: str


@router.post("/files", response={201: UploadedOut}, operation_id="upload", summary="先传照片，得到 id")
def upload(request: HttpRequest, payload: Annotated[FileIn, Payload()]) -> Status:
    """A photo to be named by id in a step's `photos`, by whoever uploaded it."""
    post = acting_post(request)
    require(post, Right.NOTE)
    row = files.store(payload.file, field="file")  # type: ignore[arg-type]
    return Status(201, UploadedOut(id=row.pk, kind=row.kind, width=row.width, height=row.height, sm3=row.sm3))


@router.get(
    "/cases/{case_id}/files/{file}",
    operation_id="case_file",
    summary="案件的照片或文件",
    openapi_extra=BYTES,
)
def case_file(
    request: HttpRequest,
    case_id: CaseName,
    file: UUID,
    variant: Annotated[
        str, Query(pattern="^(original|public|thumb)$", description="原件、公开版或缩略图")
    ] = "public",
) -> FileResponse:
    """A file of a case inside the scope; `original` is the evidence, with what the camera wrote into it."""
    post, found = seen(request, case_id)
    row = queries.case_file(post, found.pk, file)
    return file_pages.serve(row.file, variant if row.file.kind == "image" else "original")


@router.get("/desk", response=DeskOut, operation_id="desk", summary="我的工作台")
def desk(
    request: HttpRequest,
    tab: Annotated[str, Query(max_length=40, description="栏目；不填取第一个有事的")] = "",
    after: paging.Cursor = None,
) -> DeskOut:
    """What waits for me, ordered by clock, a hundred at a time."""
    found = queries.desk(acting_post(request), tab, after=after or "")
    return DeskOut(
        tabs=[
            TabOut(key=each.key, name=each.name, step=each.step.value, count=each.count)
            for each in found.tabs
        ],
        tab=found.tab,
        items=[shapes.row_out(row) for row in found.rows],
        next=found.next or None,
    )
