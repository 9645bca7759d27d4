"""Files of a configuration, understood: the rows with their cells, or every fault with file, row and column."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from xiucheng.kernel.configuration import cells
from xiucheng.kernel.configuration.tables import Table, tables
from xiucheng.kernel.configuration.writing import FORMAT, MANIFEST
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.marking import gettext_noop

SHOWN = 20
csv.field_size_limit(64 * 2**20)  # a procedure is long

WORDS = {
    "number": gettext_noop("不是这一列的数。"),
    "flag": gettext_noop("应填 true 或 false。"),
    "day": gettext_noop("不是日期，请写成 2027-01-01。"),
    "moment": gettext_noop("不是时刻，请写成 2027-01-01T00:00:00.000000Z。"),
    "json": gettext_noop("不是 JSON 列表。"),
    "object": gettext_noop("不是 JSON 对象，或其中的值不是文字。"),
    "shape": gettext_noop("不是这一列的图形。"),
    "column": gettext_noop("缺少这一列。"),
    "cells": gettext_noop("这一行的格数与表头不同。"),
    "file": gettext_noop("文件读不懂：应是导出时的 CSV 或 GeoJSON，UTF-8 编码。"),
    "missing": gettext_noop("缺少这个文件。"),
    "unknown": gettext_noop("没有这样的配置文件，请去掉。"),
    "format": gettext_noop("不是配置目录，或来自不相容的版本。"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong where. row: as a spreadsheet counts, the heading is 1; 0 is the file itself."""

    file: str
    row: int
    column: str
    sentence: str

    def __str__(self) -> str:
        place = self.file
        if self.row:
            place += _(" 第 %(row)d 行") % {"row": self.row}
        return f"{place} {self.column}：{self.sentence}" if self.column else f"{place}：{self.sentence}"


class FaultyFiles(Refused):
    """Files that were not taken; `faults` has every fault, the sentence the first twenty."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        lines = [str(fault) for fault in faults[:SHOWN]]
        if len(faults) > SHOWN:
            lines.append(_("另有 %(count)s 处错误。") % {"count": len(faults) - SHOWN})
        head = _("配置没有导入，请改正以下各处：")
        super().__init__("\n".join([head, *lines]), field="file", code="bad_config")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: where it stands, its cells in the order of the table's columns, its values, its shape."""

    number: int
    key: str
    cells: tuple[str, ...]
    values: dict[str, Any]
    shape: str = ""


Content = dict[str, list[Row]]
"""File of a table (`Table.file`) → its rows."""


def read(files: Mapping[str, bytes]) -> Content:
    """The rows of all files. files: name → content, as `written` gives them.

    Raises: FaultyFiles with all that is wrong: a file missing or unknown, a column missing, a cell no value.
    """
    faults: list[Fault] = []
    _check_manifest(files, faults)
    content: Content = {}
    for table in tables():
        data = files.get(table.path)
        if data is None:
            faults.append(Fault(table.path, 0, "", _(WORDS["missing"])))
            continue
        content[table.file] = _rows(table, data, faults)
    if faults:
        raise FaultyFiles(faults)
    return content


def _check_manifest(files: Mapping[str, bytes], faults: list[Fault]) -> None:
    try:
        manifest = json.loads(files.get(MANIFEST, b""))
        fits = manifest["format"] == FORMAT
    except (ValueError, KeyError, TypeError):
        fits = False
    if not fits:
        faults.append(Fault(MANIFEST, 0, "", _(WORDS["format"])))
    known = {table.path for table in tables()} | {MANIFEST}
    faults += [Fault(name, 0, "", _(WORDS["unknown"])) for name in sorted(set(files) - known)]


def _rows(table: Table, data: bytes, faults: list[Fault]) -> list[Row]:
    try:
        lines = _features(data) if table.shape else _lines(data)
    except (ValueError, KeyError, TypeError, csv.Error, RecursionError):
        faults.append(Fault(table.path, 0, "", _(WORDS["file"])))
        return []
    names = [column.name for column in table.columns]
    found: list[Row] = []
    for number, given, shape in lines:
        missing = [name for name in names if name not in given]
        if missing:
            faults.append(Fault(table.path, number, missing[0], _(WORDS["column"])))
            if not table.shape:
                break
            continue
        before = len(faults)
        row = _row(table, number, given, shape, faults)
        if len(faults) == before:
            found.append(row)
    return found


def _lines(data: bytes) -> list[tuple[int, dict[str, str], Any]]:
    table = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    if not table:
        raise ValueError("no heading")
    head = table[0]
    # A row of another length lacks its last column, and says so.
    return [(n, dict(zip(head, line, strict=False)), None) for n, line in enumerate(table[1:], 2) if line]


def _features(data: bytes) -> list[tuple[int, dict[str, str], Any]]:
    content = json.loads(data.decode("utf-8-sig"))
    return [
        (n, {key: str(value) for key, value in feature["properties"].items()}, feature["geometry"])
        for n, feature in enumerate(content["features"], 1)
    ]


def _row(table: Table, number: int, given: dict[str, str], shape: Any, faults: list[Fault]) -> Row:
    values: dict[str, Any] = {}
    texts: list[str] = []
    for column in table.columns:
        text = given[column.name]
        try:
            value, text = _value(column, text)
        except cells.CellError as error:
            faults.append(Fault(table.path, number, column.name, _(WORDS[error.args[0]])))
            continue
        except ValidationError as error:
            faults.append(Fault(table.path, number, column.name, "".join(error.messages)))
            continue
        values[column.name] = value
        texts.append(text)
    outline = ""
    if table.shape:
        try:
            geometry = cells.read_shape(shape, table.shape)
            if geometry is None and not table.shape.null:
                raise cells.CellError("shape")
            values[table.shape.name], outline = geometry, cells.write_shape(geometry)
        except cells.CellError as error:
            faults.append(Fault(table.path, number, table.shape.name, _(WORDS[error.args[0]])))
    key = cells.join(texts[: len(table.key)])
    return Row(number, key, tuple(texts), values, outline)


def _value(column: Any, text: str) -> tuple[Any, str]:
    """The value of a cell, and the cell as an export would write it. A relation stays text: the names of rows."""
    if column.many_to_many:
        names = cells.read(text, _LIST)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise cells.CellError("json")
        return sorted(names), cells.dumps(sorted(names))
    if column.is_relation:
        if text == "" and not column.null:
            raise ValidationError(_("这一格不能为空。"))
        return text, text
    value = cells.read(text, column)
    column.clean(value, None)
    return value, cells.write(value)


_LIST: models.JSONField = models.JSONField()  # a many-to-many cell is a JSON list
