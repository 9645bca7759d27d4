"""Files of shapes: GeoPackage, Shapefile (zip, also in GBK), GeoJSON, CSV with WKT. Nothing about them is guessed.

Read with pyogrio (GDAL in a wheel, kept by the GeoPandas people): the one library that opens all these formats, and
the newest GeoPackage version, without a system GDAL to install. Files are read from a temporary directory only.
"""

import csv
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import shapely
from django.utils.translation import gettext as _
from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from xiucheng.kernel.errors import Refused

MAX_BYTES = 200 * 2**20
MOST = 300_000
PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
CODES = (
    "code",
    "代码",
    "区划代码",
    "标识码",
    "单元网格标识码",
    "szdywgbsm",
    "bgid",
    "xzqdm",
    "dm",
    "objcode",
)
NAMES = ("name", "名称", "区划名称", "xzqmc", "mc", "bgname", "objname")
GRADES = ("grade", "等级", "管理等级", "gldj")
BEATS = ("beat", "责任网格", "zrwg")
REMOVED = ("removed", "停用", "删除")
WKT = ("wkt", "shape", "范围", "geometry", "geom")
FIELDS = {"code": CODES, "name": NAMES, "grade": GRADES, "beat": BEATS, "removed": REMOVED}


@dataclass(frozen=True, slots=True)
class Found:
    """What a file says of itself. crs: as it is written there; «» where it says none. columns: field → its column."""

    layers: tuple[str, ...]
    layer: str
    count: int
    crs: str
    columns: tuple[str, ...]
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Raw:
    """One feature as read: its number from 1, the texts of its columns, its shape in the file's own CRS."""

    number: int
    texts: dict[str, str]
    shape: BaseGeometry | None


def look(data: bytes, name: str, layer: str = "") -> Found:
    """What a file holds, without its shapes. layer: which one of a GeoPackage; its only or first one by default.

    Raises: Refused 413, 422: no known format, damaged, several Shapefiles in one archive.
    """
    check_size(len(data))
    if kind_of(name, data) == "csv":
        header, rows = _csv(data)
        return Found((), "", len(rows), "", tuple(header), _fields(header))
    import pyogrio  # GDAL takes 70 MB: only a process that reads such a file pays for it

    with _opened(data, name) as path:
        layers = tuple(str(one[0]) for one in pyogrio.list_layers(path))
        chosen = layer or (layers[0] if layers else "")
        if chosen not in layers:
            raise Refused(_("文件里没有图层“%(layer)s”。") % {"layer": chosen[:40]}, field="layer")
        info = pyogrio.read_info(path, layer=chosen, encoding=_encoding(path))
        columns = tuple(_text(path, column) for column in info["fields"])
        crs = str(info["crs"] or "")
    if kind_of(name, data) == "geojson" and not _states_crs(data):
        crs = ""  # GDAL answers WGS 84 by RFC 7946; here files with GCJ-02 inside are common, so it is asked for
    return Found(layers, chosen, int(info["features"]), crs[:2000], columns, _fields(columns))


def read(data: bytes, name: str, layer: str = "") -> Iterator[Raw]:
    """All features. Raises: Refused as `look`, and for more than 300,000."""
    if kind_of(name, data) == "csv":
        yield from _csv_features(data)
        return
    import pyogrio

    with _opened(data, name) as path:
        meta, _fids, shapes, values = pyogrio.raw.read(
            path, layer=layer or None, encoding=_encoding(path), max_features=MOST + 1
        )
        if len(shapes) > MOST:
            raise Refused(_("文件里超过 %(most)d 个图形，请分区县导入。") % {"most": MOST}, field="file")
        columns = [_text(path, column) for column in meta["fields"]]
        geometries = shapely.force_2d(shapely.from_wkb(shapes, on_invalid="ignore"))
        for at, shape in enumerate(geometries):
            texts = {
                column: _text(path, _plain(cells[at])) for column, cells in zip(columns, values, strict=True)
            }
            yield Raw(at + 1, texts, shape)


def check_size(size: int) -> None:
    """Raises: Refused 413."""
    if size > MAX_BYTES:
        raise Refused(
            _("文件超过 %(limit)d MB，请分区县导入。") % {"limit": MAX_BYTES // 2**20},
            status=413,
            field="file",
        )


def kind_of(name: str, data: bytes) -> str:
    """gpkg, shapefile, geojson or csv, by the ending and the first bytes. Raises: Refused."""
    ending = Path(name).suffix.lower()
    if data.startswith(b"SQLite format 3") and ending == ".gpkg":
        return "gpkg"
    if data.startswith(b"PK\x03\x04") and ending == ".zip":
        return "shapefile"
    if ending in (".geojson", ".json"):
        return "geojson"
    if ending == ".csv":
        return "csv"
    raise Refused(
        _(
            "不认识这个文件。可用：GeoPackage（.gpkg）、Shapefile（.shp、.shx、.dbf、.prj 打成一个 .zip）、GeoJSON、CSV。"
        ),
        field="file",
        code="unknown_format",
    )


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[Path]:
    """The file in a directory of its own, ready for GDAL. Whatever GDAL cannot read is a refusal."""
    from pyogrio.errors import DataLayerError, DataSourceError

    kind = kind_of(name, data)
    with tempfile.TemporaryDirectory(prefix="ground-") as folder:
        root = Path(folder)
        path = root / f"data.{'gpkg' if kind == 'gpkg' else 'geojson'}"
        if kind == "shapefile":
            path = _unpacked(data, root)
        else:
            path.write_bytes(data)
        try:
            yield path
        except (DataSourceError, DataLayerError, shapely.errors.GEOSException, UnicodeError) as error:
            raise damaged() from error


def damaged() -> Refused:
    return Refused(_("文件读不出来，可能已损坏。请从原来的软件重新导出再传。"), field="file", code="damaged")


def unknown_encoding() -> Refused:
    return Refused(_("文件的编码无法识别，请另存为 UTF-8 后再导入。"), field="file")


@contextmanager
def archive(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """A .zip that somebody sent. Raises: Refused, if it cannot be opened or unpacked."""
    try:
        with zipfile.ZipFile(file) as opened:
            yield opened
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zipfile.LargeZipFile) as error:
        raise Refused(_("压缩包打不开，可能已损坏或加了密码。"), field="file", code="damaged") from error


def members(opened: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Ending → part of the one Shapefile in an archive. Raises: Refused: none, several, a part missing, too large."""
    found = [m for m in opened.infolist() if Path(m.filename).suffix.lower() in PARTS and not m.is_dir()]
    shapes = [m for m in found if m.filename.lower().endswith(".shp")]
    if len(shapes) != 1:
        raise Refused(
            _("压缩包里应当正好有一个 .shp，这里有 %(count)d 个。") % {"count": len(shapes)}, field="file"
        )
    stem = shapes[0].filename[:-4].lower()
    parts = {Path(m.filename).suffix.lower(): m for m in found if m.filename.lower().startswith(stem + ".")}
    missing = [part for part in (".shx", ".dbf") if part not in parts]
    if missing:
        raise Refused(_("压缩包里缺少 %(parts)s。") % {"parts": "、".join(missing)}, field="file")
    if sum(m.file_size for m in parts.values()) > 4 * MAX_BYTES:
        raise Refused(_("压缩包解开以后太大，请分区县导入。"), status=413, field="file")
    return parts


def _unpacked(data: bytes, root: Path) -> Path:
    """The parts of the one Shapefile in an archive, under plain names; nothing else is written."""
    with archive(io.BytesIO(data)) as opened:
        for part, member in members(opened).items():
            (root / f"data{part}").write_bytes(opened.read(member))
    return root / "data.shp"


def _encoding(path: Path) -> str | None:
    """A .dbf is read byte by byte and decoded here: half of those in China lack the .cpg, or name it wrongly."""
    return "ISO-8859-1" if path.suffix == ".shp" else None


def _text(path: Path, value: Any) -> str:
    text = "" if value is None else str(value).strip()
    if path.suffix != ".shp" or text.isascii():
        return text
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        return text
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused(_("属性表（.dbf）的文字既不是 UTF-8 也不是 GBK，请另存后再传。"), field="file")


def _plain(value: Any) -> Any:
    """A code that was kept as a number, without «.0»; nothing for NaN."""
    if isinstance(value, float):
        return "" if value != value else (int(value) if value.is_integer() else value)
    return value


def _states_crs(data: bytes) -> bool:
    if b'"crs"' not in data:
        return False
    if re.match(
        rb'[^\[]*"crs"\s*:\s*\{', data[:65536]
    ):  # before the features: no need to parse them, ten times as large
        return True
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and bool(content.get("crs"))


def _fields(columns: Any) -> dict[str, str]:
    """Which column is which field, by the names in use."""
    lower = {column.strip().lower(): column for column in columns}
    return {
        field: next((lower[name] for name in names if name in lower), "") for field, names in FIELDS.items()
    }


def _csv(data: bytes) -> tuple[list[str], list[list[str]]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise unknown_encoding()
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline="")) if any(line)]
    except csv.Error:
        raise Refused(_("文件不是有效的 CSV，请用电子表格软件另存后再导入。"), field="file") from None
    if not lines:
        raise Refused(_("文件是空的。"), field="file")
    return [cell.strip() for cell in lines[0]], lines[1:]


def _csv_features(data: bytes) -> Iterator[Raw]:
    header, rows = _csv(data)
    wkt = next((column for column in header if column.lower() in WKT), "")
    for number, cells in enumerate(rows, 1):
        texts = {column: cell.strip() for column, cell in zip(header, cells, strict=False)}
        shape = None
        if text := texts.pop(wkt, ""):
            shape = shapely.from_wkt(text, on_invalid="ignore")
            shape = shapely.Point() if shape is None else shapely.force_2d(shape)  # empty: told as no area
        yield Raw(number, texts, shape)


def crs_name(text: str) -> str:
    """A CRS as people read it: «EPSG:4543 CGCS2000 / 3-degree Gauss-Kruger CM 102E»; «» for none."""
    if not text:
        return ""
    try:
        known = CRS.from_user_input(text)
    except CRSError:
        return text[:60]
    number = known.to_epsg(min_confidence=70)
    return f"EPSG:{number} {known.name}" if number else known.name


def epsg_of(text: str) -> str:
    """«EPSG:4543» out of what a file says or a person typed; the text itself where no number fits."""
    if re.sub(r"[^A-Z0-9]", "", text.upper()) in ("GCJ02", "BD09"):
        return text
    try:
        number = CRS.from_user_input(text).to_epsg(min_confidence=70) if text else None
    except CRSError:
        return text
    return f"EPSG:{number}" if number else text
