"""Faces of the ground: what is at a point, and the divisions to choose from. Public."""

from typing import Annotated

from django.http import HttpRequest
from django.utils.timezone import localdate
from ninja import Query, Router
from pydantic import BaseModel, Field

from xiucheng.kernel import settings
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


class DivisionOut(BaseModel):
    """One division, with a point inside it."""

    code: str
    name: str
    level: int = Field(description="代码位数：6 区县、9 街道乡镇、12 社区")
    longitude: float | None
    latitude: float | None
    synthetic: bool = Field(description="边界是示例数据")


@router.get("/places", response=PlaceOut, operation_id="place", summary="坐标属于哪里")
def place(
    request: HttpRequest,
    longitude: Annotated[Longitude, Query(allow_inf_nan=False, description="经度，度")],
    latitude: Annotated[Latitude, Query(allow_inf_nan=False, description="纬度，度")],
    crs: Annotated[Crs, Query(description=CRS_SAYS)] = Crs.CGCS2000,
) -> PlaceOut:
    """Unit grid, community, township and county of a point; 422 if it is not in the city."""
    lon, lat = convert(*check_position(longitude, latitude), crs)
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
