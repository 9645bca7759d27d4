"""Tables that people send us: XLSX, XLS, CSV in whatever encoding."""

from __future__ import annotations

import codecs
import csv
import io
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import IO, Any, cast

from django.core.files.base import File
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.marking import gettext_noop
from xiucheng.kernel.sheets.signs import BOM, EXACT

MEGA = 1024 * 1024
UNPACKED_MAX = 1024 * MEGA  # of a workbook: a small file can unpack into a machine's memory
PROBE = 8 * MEGA


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with one cell of a table that somebody sent.

    row: as the spreadsheet counts, the heading is 1. column: its heading, "" for the whole row. sentence: Chinese
    msgid with named gaps, filled from `values`; `said(gettext)` reads it out.
    """

    row: int
    column: str
    sentence: str
    values: dict[str, object] = field(default_factory=dict)

    def said(self, translate: Callable[[str], str]) -> str:
        return translate(self.sentence).format(**self.values)


@dataclass(slots=True)
class Table:
    """A table as text. rows: read once, each with its number in the file; empty rows are left out.

    Each row has as many cells as the heading. faults: what was wrong with cells of the rows read so far.
    """

    header: tuple[str, ...]
    rows: Iterable[tuple[int, list[str]]]
    faults: list[RowError] = field(default_factory=list)

    def dicts(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Rows by heading."""
        for number, cells in self.rows:
            yield number, dict(zip(self.header, cells, strict=True))


NOT_EXACT = gettext_noop("这一格是数字，超过 15 位已经失真。请把这一列设为“文本”格式，重新填写后再传。")
TOO_WIDE = gettext_noop("这一行比表头多出内容：“{extra}”。请核对是否多了逗号或串了列。")


def read_table(
    upload: File | IO[bytes] | bytes, *, max_bytes: int = 200 * MEGA, field: str = "file"
) -> Table:
    """The first sheet of an XLSX (or XLS) workbook, or a CSV in UTF-8, UTF-16 or GB18030.

    A CSV is read while its rows are consumed, so keep the upload open; a workbook is read at once. CSV may be
    separated by comma, semicolon or tab. Dates come as 2026-05-01, moments as 2026-05-01 08:00:00, numbers without
    a needless «.0». field: the form's field that a refusal belongs to.
    Raises: Refused (413 too large; 422 empty, neither kind, encrypted, damaged, heading twice or missing).
    """
    file: IO[bytes] = io.BytesIO(upload) if isinstance(upload, bytes) else cast("IO[bytes]", upload)
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(8)
    file.seek(0)
    if not size:
        raise Refused(_("文件是空的，请选择填好的表格。"), field=field)
    if size > max_bytes:
        raise Refused(
            _("文件超过 %(limit)d MB，请分成几个文件再传。") % {"limit": max_bytes // MEGA},
            status=413,
            field=field,
        )
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _workbook(file, head, field)
    return _csv_table(file, field)


def check_table(file: IO[bytes], *, field: str = "file") -> None:
    """That a file is a workbook which unpacks into no more than fits, or a text; without reading it.

    Raises: Refused 413, 422.
    """
    file.seek(0)
    head = file.read(65536)
    if head.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(file) as packed:
                _check_unpacked(packed, field)
                if "xl/workbook.xml" not in packed.namelist():
                    raise _damaged(field)
        except zipfile.BadZipFile:
            raise _damaged(field) from None
    elif (
        not head.startswith((b"\xd0\xcf\x11\xe0", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and b"\0" in head
    ):
        raise _unreadable(field)


def _unreadable(field: str) -> Refused:
    return Refused(
        _("看不懂这个文件的文字。请用 Excel 或 WPS 另存为 .xlsx，或另存为 UTF-8 的 CSV 再传。"), field=field
    )


def _damaged(field: str) -> Refused:
    return Refused(_("这个表格文件打不开，可能已损坏。请用 Excel 或 WPS 另存为 .xlsx 再传。"), field=field)


def _check_unpacked(packed: zipfile.ZipFile, field: str) -> None:
    if sum(entry.file_size for entry in packed.infolist()) > UNPACKED_MAX:
        raise Refused(_("表格展开后太大，请分成几个文件，或另存为 CSV 再传。"), status=413, field=field)


def _workbook(file: IO[bytes], head: bytes, field: str) -> Table:
    try:
        if head.startswith(b"PK"):
            with zipfile.ZipFile(file) as packed:
                _check_unpacked(packed, field)
            file.seek(0)
        book = CalamineWorkbook.from_filelike(file)
        sheet = book.get_sheet_by_index(0)
    except PasswordError:
        raise Refused(_("这个表格加了密码，请去掉密码后再传。"), field=field) from None
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, IndexError):
        raise _damaged(field) from None
    return _table(_sheet_rows(sheet), field)


def _sheet_rows(sheet: CalamineSheet) -> Iterator[tuple[int, list[Any]]]:
    """Rows with their numbers; what stands above and left of the first filled cell counts as empty."""
    if sheet.height == 0:
        return
    yield from enumerate(sheet.to_python(skip_empty_area=False), start=1)


def _csv_table(file: IO[bytes], field: str) -> Table:
    encoding = _encoding(file)
    if encoding is None:
        raise _unreadable(field)
    # A wrapper that goes when nobody reads on must not close the upload of somebody else.
    text = codecs.getreader(encoding)(file)
    first = text.readline()
    separator = max(",\t;", key=first.count)
    file.seek(0)
    lines = codecs.iterdecode(iter(lambda: file.read(65536), b""), encoding)
    return _table(_csv_rows(csv.reader(_lines(lines), delimiter=separator), field), field)


def _lines(chunks: Iterable[str]) -> Iterator[str]:
    """Lines with their ends, from text in pieces."""
    rest = ""
    for chunk in chunks:
        pending = ""
        for line in io.StringIO(rest + chunk, newline=""):
            if pending:
                yield pending
            pending = line
        rest = pending
    if rest:
        yield rest


def _csv_rows(reader: Iterator[list[str]], field: str) -> Iterator[tuple[int, list[Any]]]:
    try:
        yield from enumerate(reader, start=1)
    except csv.Error:
        raise Refused(_("这个 CSV 的引号或换行不对，读不下去。请另存为 .xlsx 再传。"), field=field) from None


def _encoding(file: IO[bytes]) -> str | None:
    """The encoding in which the whole file makes sense; the file is left at its beginning."""
    head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        known = ["utf-16"]
    else:
        known = ["utf-8-sig", "gb18030"]
    for encoding in known:
        file.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            while chunk := file.read(PROBE):
                if "\x00" in decoder.decode(chunk):
                    raise UnicodeError
            decoder.decode(b"", final=True)
        except UnicodeError:
            continue
        finally:
            file.seek(0)
        return encoding
    return None


def _table(rows: Iterator[tuple[int, list[Any]]], field: str) -> Table:
    faults: list[RowError] = []
    for _number, cells in rows:
        header = tuple(_text(cell).strip().lstrip(BOM) for cell in cells)
        if any(header):
            break
    else:
        raise Refused(_("表格里没有内容：第一行应是表头。"), field=field)
    while header and not header[-1]:
        header = header[:-1]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise Refused(_("表头里有重复的列：%(names)s。") % {"names": "、".join(twice)}, field=field)
    return Table(header, _body(rows, header, faults), faults)


def _body(
    rows: Iterator[tuple[int, list[Any]]], header: tuple[str, ...], faults: list[RowError]
) -> Iterator[tuple[int, list[str]]]:
    width = len(header)
    for number, cells in rows:
        texts = [_text(cell).strip() for cell in cells]
        if not any(texts):
            continue
        for name, cell in zip(header, cells, strict=False):
            if cell.__class__ in (float, int) and abs(cell) >= EXACT:
                faults.append(RowError(number, name, NOT_EXACT))
        if extra := "、".join(text for text in texts[width:] if text):
            faults.append(RowError(number, "", TOO_WIDE, {"extra": extra[:40]}))
        yield number, texts[:width] + [""] * (width - len(texts))


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if cell.__class__ is str:
        return str(cell)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    return str(cell)
