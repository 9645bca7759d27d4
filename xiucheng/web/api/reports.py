"""POST /api/v1/reports and what a reporter may do with number and query code. Public."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Query, Router
from ninja.responses import Status
from pydantic import BaseModel, Field, create_model

from xiucheng.cases import actions, queries
from xiucheng.cases.actions import Report
from xiucheng.cases.api.bodies import DOORS, Door
from xiucheng.cases.api.router import BYTES
from xiucheng.cases.words import Channel, Step
from xiucheng.catalog import extra
from xiucheng.kernel import geo
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files import actions as files
from xiucheng.kernel.files import pages as file_pages
from xiucheng.kernel.geo import Crs
from xiucheng.kernel.rest.body import PHOTOS_MAX, Line, Payload, Photo, Strict, Words
from xiucheng.people.models import Post
from xiucheng.territory.api import Latitude, Longitude
from xiucheng.web import rate, reporting
from xiucheng.web.api.doors import optional_post, token_of

router = Router(tags=["上报"])

Number = Annotated[str, Path(min_length=1, max_length=40, description="受理号")]
QueryCode = Annotated[str, Query("", max_length=40, description="查询码，上报时给出")]


class ReportIn(Strict):
    """What somebody saw, and where."""

    uuid: UUID = Field(description="由客户端生成；同一 uuid 重发不会重复立件")
    description: str = Field(min_length=1, description="看到的问题；最多字数是系统设置，默认 5000")
    longitude: Longitude
    latitude: Latitude
    crs: Crs = Field(default=Crs.CGCS2000, description="坐标系；WGS84 与 CGCS2000 视为相同")
    address: Annotated[Line, Field(description="地址或标志物")] = ""
    category: Annotated[Line, Field(description="kind/code 或 standard/kind/code，如 matter/01001")] = ""
    component_code: Annotated[Line, Field(description="部件标识码，17 位")] = ""
    channel: Channel | None = Field(default=None, description="来源；一般不填，由令牌的岗位决定")
    reporter_name: Annotated[Line, Field(description="上报人姓名，加密保存，不给处置部门")] = ""
    reporter_phone: Annotated[Line, Field(description="上报人电话，加密保存，不给处置部门")] = ""
    county: Annotated[Line, Field(description="靠近区界时，上报人选定的区县代码")] = ""
    photos: list[Photo] = Field(default=[], max_length=PHOTOS_MAX, description="不超过 9 张")
    public_words: Words | None = Field(
        default=None, description="上报人愿意公开的文字；空文字表示什么都不公开；不填由受理员审核"
    )
    photo_boxes: Annotated[
        str,
        Field(
            max_length=20_000,
            description="公开前要遮盖的部分，JSON 文字：{照片序号（从 0 起）: [[x, y, 宽, 高], …]}，单位为边长的万分之一",
        ),
    ] = ""
    extra: dict[str, str | int | float | bool] | str = Field(
        default="",
        description="类别的附加项，键和填法见类别列表；用表单提交时写成 JSON 文字",
    )


class ReceivedOut(BaseModel):
    """The receipt; a retry gets the same."""

    number: str = Field(description="受理号")
    query_code: str = Field(description="查询码，凭它查看进度")
    stage: str
    division: str = Field(description="所在区划，能确定到的最细一级")
    unit_grid: str | None
    near: list[str] = Field(description="邻近的其他区县")


class MomentOut(BaseModel):
    at: datetime
    words: str


class ProgressOut(BaseModel):
    """A report as its reporter sees it."""

    number: str
    stage: str
    said: str = Field(description="给市民看的进度")
    category: str
    reported_at: datetime
    department: str
    due: datetime | None
    suspended_until: datetime | None
    closed_at: datetime | None
    story: list[MomentOut]
    photos: list[str] = Field(description="已公开的照片的地址")
    question: str = Field(description="受理员要问的问题；没有则为空")
    may_rate: bool
    may_reopen: bool
    rating: str


def report_of(payload: ReportIn, by: Post | None) -> Report:
    """The report as the action takes it. Raises: Refused 422, 403, naming the field."""
    lon, lat = geo.convert(*geo.check_position(payload.longitude, payload.latitude), payload.crs)
    photos = [files.store(photo) for photo in payload.photos]  # type: ignore[arg-type]
    return Report(
        uuid=payload.uuid,
        description=reporting.words(payload.description),
        lon=lon,
        lat=lat,
        channel=reporting.channel_of(by, payload.channel),
        address=payload.address,
        category=reporting.category(payload.category),
        component_code=reporting.component(payload.component_code),
        reporter_name=payload.reporter_name,
        reporter_phone=reporting.phone(payload.reporter_phone),
        county=payload.county,
        photos=photos,
        covered=actions.covered_by_reporter(photos, payload.photo_boxes),
        wished_words=payload.public_words,
        extra=extra.sent(payload.extra),
        door="api",
    )


@router.post(
    "/reports",
    response={200: ReceivedOut, 201: ReceivedOut, 401: None},
    operation_id="report",
    summary="上报一个问题",
)
def report(request: HttpRequest, payload: Annotated[ReportIn, Payload()]) -> Status:
    """201 with the receipt; the same uuid again: 200 with the same receipt; with other content: 409."""
    by = optional_post(request)
    token = token_of(request) if by else ""
    received = reporting.send(request, payload.uuid, by, lambda: report_of(payload, by), token=token)
    return Status(201 if received.created else 200, received.body)


def guarded(request: HttpRequest, number: str, look: Callable[[], Any]) -> Any:
    """What a number and its code open; wrong ones count, per number and per address, right ones are free."""
    charge = rate.charge("progress", request, number=number)
    found = look()
    charge.give_back()
    return found


@router.get("/reports/{number}", response=ProgressOut, operation_id="progress", summary="查看进度")
def progress(request: HttpRequest, number: Number, code: QueryCode = "") -> ProgressOut:
    """A wrong code and an unknown number are the same 404."""
    found = guarded(request, number, lambda: queries.public_progress(number, code))
    return progress_out(found)


def progress_out(found: queries.Progress) -> ProgressOut:
    same = {
        name: getattr(found, name) for name in ProgressOut.model_fields if name not in ("story", "photos")
    }
    return ProgressOut(
        **same,
        story=[MomentOut(at=line.at, words=line.words) for line in found.story],
        photos=[f"/api/v1/reports/{found.number}/photos/{file}" for file in found.photos],
    )


@router.get(
    "/reports/{number}/photos/{file}",
    operation_id="public_photo",
    summary="已公开的照片",
    openapi_extra=BYTES,
)
def photo(request: HttpRequest, number: Number, file: UUID, code: QueryCode = "") -> FileResponse:
    """A released photo of one's own report, without what the camera wrote into it."""
    return file_pages.serve(guarded(request, number, lambda: queries.public_file(number, code, file)))


def reporter_view(door: Door) -> Callable[..., ProgressOut]:
    """The view of a step that the reporter does with number and code."""
    name = f"Reporter{door.body.__name__}"
    code = (str, Field(min_length=1, max_length=40, description="查询码"))
    body: Any = create_model(name, __base__=door.body, __doc__=door.body.__doc__, code=code)

    def view(
        request: HttpRequest,
        number: Number,
        payload: Annotated[body, Payload()],  # type: ignore[valid-type]
    ) -> ProgressOut:
        found = guarded(request, number, lambda: queries.public_progress(number, payload.code))
        arguments = {
            name: getattr(payload, name) for name in door.wanted if getattr(payload, name) is not None
        }
        if "photos" in arguments:
            arguments["photos"] = stored(arguments["photos"])
        door.action(case_id=found.case_id, **arguments)
        return progress_out(queries.public_progress(number, payload.code))

    return view


def stored(photos: list[Any]) -> list[Any]:
    """A reporter's photos; he has no files uploaded before. Raises: Refused 422."""
    if any(isinstance(each, UUID) for each in photos):
        raise Refused(_("照片请直接随请求上传。"), field="photos", code="unknown_file")
    return [files.store(each) for each in photos]


for _step in (Step.ANSWER_ASK, Step.RATE, Step.REOPEN):
    router.post(
        f"/reports/{{number}}/{_step.value}",
        response=ProgressOut,
        operation_id=f"reporter_{_step.value}",
        summary={
            Step.ANSWER_ASK: "上报人补充",
            Step.RATE: "上报人评价",
            Step.REOPEN: "上报人申请重办",
        }[_step],
    )(reporter_view(DOORS[_step]))
