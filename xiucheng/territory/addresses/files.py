"""Read files of address points: CSV and XLSX by their headings, GeoJSON by its properties.

Every position is converted from the CRS that is stated; none is guessed.
"""

import io
import json
import math
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import IO, Any

import numpy as np
import shapely
from django.utils.translation import gettext as _

from xiucheng.kernel import sheets
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.sheets.read import MEGA
from xiucheng.territory import imports, rules
from xiucheng.territory.addresses.rules import kinds, naming
from xiucheng.territory.addresses.rules.kinds import Kind
from xiucheng.territory.addresses.rules.naming import Address, Written
from xiucheng.territory.problems import Problem

BATCH = 5_000
MAX_BYTES = 1024 * MEGA
JSON_BYTES = 200 * MEGA  # it is read as a whole: ten times as much in memory
AT_ONCE = 4 * MEGA  # up to this a file is opened at the door, for an answer at once
MOST_PROBLEMS = 1_000

HEADINGS = {
    "kind": ("kind", "type", "类别", "类型", "种类", "地址类型", "地址类别"),
    "name": ("name", "名称", "地名", "标准名称", "地名名称", "单位名称", "店名"),
    "aliases": ("aliases", "alias", "别名", "简称", "又名", "曾用名"),
    "street": ("street", "街巷", "街路巷", "道路", "路名", "街道名称", "街路名称", "街巷名称"),
    "number": ("number", "门牌", "门牌号", "门牌号码", "楼号", "楼栋", "楼栋号", "编号", "杆号", "部件编号"),
    "estate": ("estate", "小区", "小区名称", "院落"),
    "cross": ("cross", "相交道路", "相交街巷", "交叉道路"),
    "code": ("code", "地址编码", "编码", "标识码", "地址代码"),
    "county": ("county", "区县代码", "县区代码", "区划代码"),
    "township": ("township", "街道代码", "乡镇代码", "街道乡镇代码"),
    "community": ("community", "社区代码", "村代码", "社区村代码"),
    "lon": ("lon", "lng", "longitude", "x", "经度", "东坐标"),
    "lat": ("lat", "latitude", "y", "纬度", "北坐标"),
    "valid_from": ("valid_from", "启用日期", "生效日期", "设置日期"),
    "valid_to": ("valid_to", "停用日期", "失效日期", "注销日期"),
    "source": ("source", "来源", "数据来源"),
    "synthetic": ("synthetic", "示例数据"),
}
"""Column → how a heading may call it. lon and lat are needed; kind too, unless every row is a door."""
FIELD = {heading: field for field, headings in HEADINGS.items() for heading in headings}
YES, NO = frozenset({"是", "yes", "true", "1"}), frozenset({"", "否", "no", "false", "0"})
NAMES = ("name", "street", "number", "estate", "cross", "code")
DIGITS = {"county": 6, "township": 9, "community": 12}


@dataclass(frozen=True, slots=True)
class Given:
    """One row of a file: its number there, its cells by field, and the headings they stood under."""

    row: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """A file opened: the heading of each field, its rows, what else turned out wrong while reading."""

    headings: dict[str, str]
    rows: Iterator[Given]
    faults: Callable[[], list[Problem]]


def opened(given: IO[bytes] | bytes, crs: str) -> tuple[Source, imports.Move]:
    """The rows of a file, and how its positions become CGCS2000. It is read while its rows are: keep it open.

    Raises: Refused, if it cannot be read, lacks a position, or its CRS is missing, unknown or stated in two ways.
    """
    file = io.BytesIO(given) if isinstance(given, bytes) else given
    if _is_json(file):
        content = _json(file.read())
        return _features(content), imports.parse_crs(_stated(content, crs))
    move = imports.parse_crs(crs)
    return _table(file), move


def check(file: IO[bytes], crs: str) -> None:
    """What is said at the door: too large, no table and no GeoJSON by its content, no CRS. A short file is opened.

    Raises: Refused 413, 422. The file is left at its beginning.
    """
    size = file.seek(0, os.SEEK_END)
    if size > MAX_BYTES:
        raise Refused(_("文件太大，请分成几个文件再传。"), status=413, field="file")
    is_json = _is_json(file)
    if is_json and size > JSON_BYTES:
        raise Refused(
            _("GeoJSON 超过 %(limit)d MB，请改存为 CSV 再传。") % {"limit": JSON_BYTES // MEGA},
            status=413,
            field="file",
        )
    if size <= AT_ONCE:
        opened(file, crs)
    else:
        if crs or not is_json:  # a GeoJSON may state it itself
            imports.parse_crs(crs)
        if not is_json:
            sheets.check_table(file)
    file.seek(0)


def _is_json(file: IO[bytes]) -> bool:
    file.seek(0)
    head = file.read(256)
    file.seek(0)
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def _table(file: IO[bytes]) -> Source:
    table = sheets.read_table(file, max_bytes=MAX_BYTES)
    headings: dict[str, str] = {}
    for heading in table.header:
        field = FIELD.get(re.sub(r"[(（].*[)）]|\s", "", heading.lower()))
        if field and field in headings:
            raise Refused(
                _("“%(one)s”和“%(other)s”两列说的是同一件事，请留一列。")
                % {"one": headings[field], "other": heading},
                field="file",
            )
        if field:
            headings[field] = heading
    _needed(headings)

    def rows() -> Iterator[Given]:
        for number, cells in table.dicts():
            yield Given(
                number, {field: sheets.unharmed(cells[heading]) for field, heading in headings.items()}
            )

    def faults() -> list[Problem]:
        return [Problem(fault.row, fault.column, fault.said(_)) for fault in table.faults]

    return Source(headings, rows(), faults)


def _needed(headings: dict[str, str]) -> None:
    words = {"lon": _("经度"), "lat": _("纬度")}
    for field, word in words.items():
        if field not in headings:
            raise Refused(_("表头缺少“%(column)s”这一列。") % {"column": word}, field="file")
    if not {"name", "street", "estate"} & set(headings):
        raise Refused(_("表头缺少“%(column)s”这一列。") % {"column": _("名称")}, field="file")


def _json(data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Refused(_("文件不是有效的 JSON。"), field="file") from None
    if not isinstance(content, dict) or not isinstance(content.get("features"), list):
        raise Refused(_("文件应是 GeoJSON 的 FeatureCollection。"), field="file")
    return content


def _features(content: dict[str, Any]) -> Source:
    def rows() -> Iterator[Given]:
        for number, feature in enumerate(content["features"], start=1):
            feature = feature if isinstance(feature, dict) else {}
            properties = feature.get("properties")
            cells = {}
            for key, value in (properties if isinstance(properties, dict) else {}).items():
                if (field := FIELD.get(str(key).strip().lower())) and value is not None:
                    cells[field] = "、".join(map(str, value)) if isinstance(value, list) else str(value)
            geometry = feature.get("geometry")
            spot = geometry.get("coordinates") if isinstance(geometry, dict) else None
            if isinstance(geometry, dict) and geometry.get("type") == "Point" and isinstance(spot, list):
                cells["lon"], cells["lat"] = (str(part) for part in (*spot, "", "")[:2])
            else:
                cells["lon"] = cells["lat"] = ""
            yield Given(number, cells)

    return Source({"lon": "geometry", "lat": "geometry"}, rows(), list)


def _stated(content: dict[str, Any], crs: str) -> str:
    """The CRS chosen, or the one in the file; they must not contradict each other."""
    member = content.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else None
    inside = str(properties.get("name") or "") if isinstance(properties, dict) else ""
    if crs and inside and imports.crs_key(crs) != imports.crs_key(inside):
        raise Refused(
            _("选择的坐标系“%(chosen)s”与文件里写的“%(inside)s”不一致，请核对。")
            % {"chosen": crs[:40], "inside": inside[:80]},
            field="crs",
        )
    return crs or inside


class Reader:
    """Rows of a file as addresses, in batches; collects what is wrong with them."""

    def __init__(self, source: Source, move: imports.Move, default_source: str) -> None:
        self._source, self._move, self._default = source, move, default_source
        self.problems: list[Problem] = []
        self.faults = 0
        self.seen = 0

    def add(self, row: int, field: str, sentence: str) -> None:
        """Note a fault under the heading that the file gives the field."""
        self.faults += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(row, self._source.headings.get(field, field), sentence))

    def batches(self) -> Iterator[list[tuple[int, Written, Address]]]:
        """Sound rows, some thousands at a time."""
        rows = iter(self._source.rows)
        while batch := list(islice(rows, BATCH)):
            self.seen += len(batch)
            yield list(self._sound(batch))
        for problem in self._source.faults():
            self.faults += 1
            self.problems.append(problem)
        if not self.seen:
            raise Refused(_("文件里没有一行地址。"), field="file")

    def _sound(self, batch: list[Given]) -> Iterator[tuple[int, Written, Address]]:
        for given, (lon, lat) in zip(batch, self._positions(batch), strict=True):
            before = self.faults
            written = self._written(given, lon, lat)
            address = naming.sorted_out(written) if written else None
            if isinstance(address, tuple):
                self.add(given.row, address[0], address[1].said(_))
            elif written and address and self.faults == before:
                yield given.row, written, address

    def _positions(self, batch: list[Given]) -> list[tuple[float, float]]:
        given = np.array([[_degrees(one.cells.get(axis, "")) for axis in ("lon", "lat")] for one in batch])
        known = np.isfinite(given).all(axis=1)
        moved = np.full(given.shape, math.nan)
        if known.any():
            moved[known] = shapely.get_coordinates(self._move(shapely.points(given[known])))
        return [(float(lon), float(lat)) for lon, lat in moved]

    def _written(self, given: Given, lon: float, lat: float) -> Written | None:
        cells = given.cells
        for axis, value in (("lon", lon), ("lat", lat)):
            if not math.isfinite(value) and not math.isfinite(_degrees(cells.get(axis, ""))):
                self.add(given.row, axis, _("坐标应是数字，例如 102.7125。"))
                return None
        if fault := rules.position_fault(lon, lat):
            self.add(given.row, "lon", fault.said(_))
            return None
        kind = self._kind(given)
        days = {field: self._day(given, field) for field in ("valid_from", "valid_to")}
        if days["valid_from"] and days["valid_to"] and days["valid_to"] <= days["valid_from"]:
            self.add(given.row, "valid_to", _("停用日期必须晚于启用日期。"))
        codes = self._codes(given)
        if kind is None:
            return None
        names = {field: cells.get(field, "").strip() for field in NAMES}
        aliases = (part.strip() for part in re.split("[;；、,，|]", cells.get("aliases", "")))
        return Written(
            kind,
            aliases=tuple(alias for alias in aliases if alias),
            lon=lon,
            lat=lat,
            source=cells.get("source", "").strip() or self._default,
            synthetic=self._synthetic(given),
            valid_from=days["valid_from"],
            valid_to=days["valid_to"],
            **{**names, **codes},  # type: ignore[arg-type]  # texts all
        )

    def _kind(self, given: Given) -> Kind | None:
        said = given.cells.get("kind", "").strip().lower()
        if kind := kinds.SAID.get(said):
            return kind
        if not said and given.cells.get("street") and given.cells.get("number"):
            return Kind.DOOR
        names = "、".join(_(label) for kind, label in kinds.LABELS.items() if kind is not Kind.DIVISION)
        self.add(given.row, "kind", _("类别应是下面之一：%(names)s。") % {"names": names})
        return None

    def _synthetic(self, given: Given) -> bool:
        said = given.cells.get("synthetic", "").strip().lower()
        if said not in YES | NO:
            self.add(given.row, "synthetic", _("应填“是”或不填。"))
        return said in YES

    def _day(self, given: Given, field: str) -> date | None:
        text = given.cells.get(field, "").strip()
        if not text:
            return None
        found = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?: 00:00:00)?", text)
        try:
            return date(*map(int, found.groups())) if found else _bad()
        except ValueError:
            self.add(given.row, field, _("日期应写成 2026-05-01。"))
            return None

    def _codes(self, given: Given) -> dict[str, str]:
        codes = {}
        for field, digits in DIGITS.items():
            code = given.cells.get(field, "").strip()
            if code and not (rules.is_digits(code) and len(code) == digits):
                self.add(given.row, field, _("代码应是 %(digits)d 位数字。") % {"digits": digits})
                code = ""
            codes[field] = code
        finest = codes["community"] or codes["township"] or codes["county"]
        if any(code and not finest.startswith(code) for code in codes.values()):
            self.add(given.row, "county", _("区县、街道、社区的代码不是一个地方的。"))
        codes["county"], codes["township"] = finest[:6], finest[:9] if len(finest) > 6 else ""
        return codes


def _bad() -> date:
    raise ValueError


def _degrees(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
