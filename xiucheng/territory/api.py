"""Faces of the ground: what is at a point, places by words, the divisions to choose from. Public."""

from dataclasses import asdict
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel, Field

from xiucheng.kernel import settings
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.geo import Crs, check_position, convert
from xiucheng.territory import queries

router = Router(tags=["地点"])

# The bounds are checked by `geo.check_position`, which can say that the two were swapped.
Longitude = Annotated[
    float,
    Field(allow_inf_nan=False, description="经度，度", json_schema_extra={"minimum": -180, "maximum": 180}),
]
Latitude = Annotated[
    float,
    Field(allow_inf_nan=False, description="纬度，度", json_schema_extra={"minimum": -90, "maximum": 90}),
]
CRS_SAYS = "坐标系：CGCS2000（默认）、WGS84（同前）、GCJ02（高德、腾讯）、BD09（百度）"


class NameOut(BaseModel):
    code: str
    name: str


class PlaceOut(BaseModel):
    """Where a point lies."""

    county: str
    township: str | None
    community: str | None
    unit_grid: str | None = Field(description="单元网格标识码，15 位；不在网格内为 null")
    names: list[NameOut] = Field(description="从上到下各级名称")
    address: str = Field(description="大致地址，供核对")
    near: list[str] = Field(description="邻近（默认 100 米内）的其他区县代码；不为空时请让上报人确认位置")


class FoundPlaceOut(BaseModel):
    """A place that typed words may mean."""

    kind: str = Field(
        description="division street crossing door estate building landmark unit shop component 之一"
    )
    kind_name: str = Field(description="类别的名称，如“门牌”")
    name: str
    detail: str = Field(description="在哪里：区县、街道、社区，店铺还有门牌")
    lon: float = Field(description="经度，度，CGCS2000")
    lat: float = Field(description="纬度，度，CGCS2000")
    exact: bool = Field(description="正是所写的地点；推算的门牌、猜的错字是 false")
    why: str = Field(description="为什么是它，供人看")

    @classmethod
    def of(cls, found: queries.FoundPlace) -> "FoundPlaceOut":
        return cls(kind_name=found.kind_name, **asdict(found))


class DivisionOut(BaseModel):
    """One division, with a point inside it."""

    code: str
    name: str
    level: int = Field(description="代码位数：6 区县、9 街道乡镇、12 社区")
    longitude: float | None
    latitude: float | None
    synthetic: bool = Field(description="边界是示例数据")


@router.get(
    "/places",
    response=PlaceOut | list[FoundPlaceOut],
    operation_id="place",
    summary="坐标属于哪里；或按文字找地点",
)
def place(
    request: HttpRequest,
    longitude: Annotated[Longitude | None, Query(description="经度，度；与 latitude 一起")] = None,
    latitude: Annotated[Latitude | None, Query(description="纬度，度")] = None,
    crs: Annotated[Crs, Query(description=CRS_SAYS)] = Crs.CGCS2000,
    q: Annotated[
        str,
        Query(
            max_length=100,
            description="要找的地点：门牌、小区、店铺、标志物、灯杆编号、路口；可用拼音、首字母、简称",
        ),
    ] = "",
    near: Annotated[
        str,
        Query(
            pattern=r"^(-?[0-9]{1,3}([.][0-9]{1,15})?,-?[0-9]{1,3}([.][0-9]{1,15})?)?$",
            description="“经度,纬度”，坐标系同 crs；找地点时，近的排在前面",
        ),
    ] = "",
    limit: Annotated[int, Query(ge=1, le=16, description="找地点时最多几个")] = 8,
) -> Any:
    """With `q`: places that the words may mean, the likeliest first (positions CGCS2000). Else: unit grid,
    community, township and county of a point; 422 if it is not in the city."""
    if q.strip():
        lon, _comma, lat = near.partition(",")
        around = _point(float(lon), float(lat), crs) if near else None
        return [FoundPlaceOut.of(found) for found in queries.find_place(q, near=around, limit=limit)]
    return _place_at(*_point(_given(longitude, "longitude"), _given(latitude, "latitude"), crs))


def _given(value: float | None, field: str) -> float:
    if value is None:
        raise Refused(_("请写明经度和纬度，或者用 q 写明要找的地点。"), field=field)
    return value


def _point(lon: float, lat: float, crs: Crs) -> tuple[float, float]:
    return convert(*check_position(lon, lat), crs)


def _place_at(lon: float, lat: float) -> PlaceOut:
    found = queries.locate(lon, lat, on=localdate(), border_m=float(settings.get("territory.border_m")))
    return PlaceOut(
        county=found.county,
        township=found.township,
        community=found.community,
        unit_grid=found.unit_grid,
        names=[NameOut(code=code, name=name) for code, name in queries.chain(found.division)],
        address=queries.rough_address(lon, lat, found),
        near=list(found.near),
    )


@router.get("/divisions", response=list[DivisionOut], operation_id="divisions", summary="下一级区划")
def divisions(
    request: HttpRequest,
    parent: Annotated[
        str, Query(pattern=r"^([0-9]{6}|[0-9]{9})?$", description="上级代码；不填则列出本市各区县")
    ] = "",
) -> list[DivisionOut]:
    """The divisions one step below another; an unknown one has none."""
    return [
        DivisionOut(
            code=choice.code,
            name=choice.name,
            level=choice.level,
            longitude=choice.lon,
            latitude=choice.lat,
            synthetic=choice.synthetic,
        )
        for choice in queries.children(parent)
    ]
