"""Read files of divisions (CSV) and unit grids (GeoJSON) into rows; say which row and column is wrong."""

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.geo import Crs, convert
from xiucheng.territory.problems import Problems

Move = Callable[[BaseGeometry], BaseGeometry]
Row = dict[str, Any]

DIVISION_COLUMNS = {
    "code": "code",
    "代码": "code",
    "区划代码": "code",
    "name": "name",
    "名称": "name",
    "grade": "grade",
    "等级": "grade",
    "active": "active",
    "启用": "active",
    "shape": "shape",
    "wkt": "shape",
    "范围": "shape",
}
"""Heading of a CSV column → field. code and name are needed; shape is WKT."""
GRID_CODE = ("code", "SZDYWGBSM", "BGID", "标识码", "单元网格标识码")
GRID_GRADE = ("grade", "GLDJ", "管理等级", "等级")
csv.field_size_limit(
    64 * 2**20
)  # the outline of a county is longer than the 128 KB that csv takes by default
YES = {"1", "true", "yes", "是", ""}
NO = {"0", "false", "no", "否"}


def parse_crs(name: str | None) -> Move:
    """A function from shapes in a stated CRS to degrees CGCS2000.

    Known: CGCS2000, WGS84 (equal within decimetres), GCJ02, BD09, and each EPSG number or URN of PROJ,
    as EPSG:4490, EPSG:4543 or urn:ogc:def:crs:OGC:1.3:CRS84. Order is always east, north (longitude first).
    Raises: Refused, if none is stated or it is unknown.
    """
    text = (name or "").strip()
    if not text:
        raise Refused(
            _("没有说明坐标系。请注明 CGCS2000（EPSG:4490）、GCJ02、BD09 或投影坐标系的 EPSG 编号。"),
            field="crs",
        )
    plain = re.sub(r"[^A-Z0-9]", "", text.upper())
    if plain in ("CGCS2000", "EPSG4490", "WGS84", "EPSG4326") or plain.endswith(
        ("CRS84", "EPSG4490", "EPSG4326")
    ):
        return lambda shape: shape
    if plain in (Crs.GCJ02.value, Crs.BD09.value):
        return _by_points(Crs(plain))
    try:
        transformer = Transformer.from_crs(CRS.from_user_input(text), CRS.from_epsg(4490), always_xy=True)
    except CRSError:
        raise Refused(
            _("不认识坐标系“%(name)s”，请改用 EPSG 编号，例如 EPSG:4490。") % {"name": text[:40]}, field="crs"
        ) from None
    return lambda shape: shapely.transform(
        shape, lambda p: np.column_stack(transformer.transform(p[:, 0], p[:, 1]))
    )


def _by_points(source: Crs) -> Move:
    def move(points: np.ndarray) -> np.ndarray:
        return np.array([convert(lon, lat, source, Crs.CGCS2000) for lon, lat in points])

    return lambda shape: shapely.transform(shape, move)


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused(_("文件的编码无法识别，请另存为 UTF-8 后再导入。"), field="file")


def divisions(data: bytes, crs: str | None) -> tuple[list[Row], Problems]:
    """Rows of a CSV file as arguments of `DivisionRow`, and what is wrong with single cells.

    Raises: Refused, if the heading lacks code or name, or shapes come without a CRS.
    """
    try:
        lines = [line for line in csv.reader(io.StringIO(_text(data), newline="")) if any(line)]
    except csv.Error:
        raise Refused(_("文件不是有效的 CSV，请用电子表格软件另存后再导入。"), field="file") from None
    heading = [DIVISION_COLUMNS.get(cell.strip().lower()) for cell in (lines[0] if lines else [])]
    for needed, word in (("code", _("代码 code")), ("name", _("名称 name"))):
        if needed not in heading:
            raise Refused(_("表头缺少“%(column)s”这一列。") % {"column": word}, field="file")
    move = parse_crs(crs) if "shape" in heading else None
    rows: list[Row] = []
    problems = Problems()
    for n, cells in enumerate(lines[1:], start=1):
        if len(cells) != len(heading):
            problems.add(
                n,
                "",
                _("这一行有 %(count)d 列，表头有 %(wanted)d 列。")
                % {"count": len(cells), "wanted": len(heading)},
            )
            continue
        given = {field: cell.strip() for field, cell in zip(heading, cells, strict=True) if field}
        row: Row = {"code": given["code"], "name": given["name"], "grade": given.get("grade") or "ALL"}
        active = given.get("active", "").lower()
        if active not in YES | NO:
            problems.add(n, "active", _("“启用”只能填 是 或 否。"))
        row["active"] = active in YES
        if given.get("shape") and move:
            try:
                row["shape"] = move(shapely.force_2d(shapely.from_wkt(given["shape"])))
            except shapely.errors.GEOSException:
                problems.add(n, "shape", _("范围不是有效的 WKT 文本。"))
        rows.append(row)
    return rows, problems


def grids(data: bytes, crs: str | None) -> tuple[list[Row], Problems]:
    """Features of a GeoJSON file as arguments of `GridRow`, and what is wrong with single features.

    Raises: Refused, if it is no FeatureCollection, or its CRS is missing, unknown or stated in two ways.
    """
    try:
        content = json.loads(_text(data))
    except (json.JSONDecodeError, RecursionError):
        raise Refused(_("文件不是有效的 JSON。"), field="file") from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or content.get("type") != "FeatureCollection":
        raise Refused(_("文件应是 GeoJSON 的 FeatureCollection。"), field="file")
    move = parse_crs(_stated(content, crs))
    rows: list[Row] = []
    problems = Problems()
    for n, feature in enumerate(features, start=1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            problems.add(n, "properties", _("这一项没有属性。"))
            continue
        code = next((str(properties[key]) for key in GRID_CODE if properties.get(key) is not None), None)
        if code is None:
            problems.add(n, "code", _("缺少单元网格标识码（属性 code）。"))
            continue
        grade = next((str(properties[key]) for key in GRID_GRADE if properties.get(key)), "ALL")
        try:
            shape = move(shapely.force_2d(shapely.from_geojson(json.dumps(feature.get("geometry")))))
        except (shapely.errors.GEOSException, TypeError, ValueError):
            problems.add(n, "geometry", _("图形无法读取，请检查坐标。"))
            continue
        rows.append({"code": code, "shape": shape, "grade": grade})
    return rows, problems


def _stated(content: dict[str, Any], crs: str | None) -> str | None:
    member = content.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else None
    inside = properties.get("name") if isinstance(properties, dict) else None
    if crs and inside and crs_key(crs) != crs_key(str(inside)):
        raise Refused(
            _("选择的坐标系“%(chosen)s”与文件里写的“%(inside)s”不一致，请核对。")
            % {"chosen": crs[:40], "inside": str(inside)[:80]},
            field="crs",
        )
    return crs or (str(inside) if inside else None)


def crs_key(name: str) -> str:
    """Different spellings of one CRS compare equal.

    >>> crs_key("EPSG:4490") == crs_key("urn:ogc:def:crs:EPSG::4490") == crs_key("CGCS2000")
    True
    """
    plain = re.sub(r"[^A-Z0-9]", "", name.upper())
    number = re.search(r"EPSG(\d+)$", plain)
    key = number.group(1) if number else plain
    return {"CGCS2000": "4490", "WGS84": "4326"}.get(key, "4326" if key.endswith("CRS84") else key)
