"""Tables written as CSV or XLSX, row by row."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from xiucheng.kernel.sheets.signs import BOM, EXACT

Cell = str | int | float | Decimal | bool | date | datetime | None
Target = str | Path | IO[bytes]

SHEET_ROWS = 1_048_576  # of Excel, the heading among them
CELL_SIGNS = 32_767  # of Excel, in UTF-16 units
# Excel, WPS and LibreOffice begin a formula with these; a tab or a line break before them is skipped
# (OWASP, CSV injection). The wide forms count too: input methods write them.
FORMULA = re.compile(r"^[\s\x00]*[=+\-@＝＋－＠|%]|^[\t\r\n]")


def write_csv(target: Target, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write a CSV (UTF-8 with BOM, RFC 4180) and return the number of rows below the heading.

    A text like a formula gets an apostrophe before it, as Excel itself writes it.
    """
    with _opened(target) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        text.write(BOM)
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([harmless(name) for name in header])
        count = 0
        for row in rows:
            writer.writerow([_csv_cell(cell) for cell in row])
            count += 1
        text.flush()
        text.detach()
    return count


def harmless(text: str) -> str:
    """A text that no spreadsheet executes when it opens the CSV.

    >>> harmless("=1+1"), harmless("井盖 -3 米"), harmless("-3")
    ("'=1+1", '井盖 -3 米', "'-3")
    """
    return f"'{text}" if FORMULA.match(text) else text


def guarded(text: str) -> str:
    """`harmless` for a file that is read again: `unharmed` gives back every text, also one that begins with «'=».

    >>> [unharmed(guarded(text)) for text in ("=1+1", "'=1", "'t 井盖", "''-3", "井盖")]
    ['=1+1', "'=1", "'t 井盖", "''-3", '井盖']
    """
    return f"'{text}" if FORMULA.match(text.lstrip("'")) else text


def unharmed(text: str) -> str:
    """A cell without the apostrophe that `guarded`, or a spreadsheet, put before it.

    >>> unharmed("'=1+1"), unharmed("'-3"), unharmed("'t 井盖")
    ('=1+1', '-3', "'t 井盖")
    """
    return text[1:] if text.startswith("'") and FORMULA.match(text.lstrip("'")) else text


def _csv_cell(cell: Cell) -> str | int | float | Decimal:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return harmless(cell.replace("\x00", ""))
    if isinstance(cell, bool):
        return _("是") if cell else _("否")
    if isinstance(cell, date):
        return moment(cell)
    return cell


def moment(value: date | datetime) -> str:
    """A day or a moment as people write it, in the time of the city."""
    if not isinstance(value, datetime):
        return value.isoformat()
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return local.strftime("%Y-%m-%d %H:%M:%S")


class XlsxSheets:
    """A workbook written row by row; past the end of a sheet it goes on in another, under the same heading."""

    def __init__(
        self, target: Target, header: Sequence[str], title: str, *, sheet_rows: int = SHEET_ROWS
    ) -> None:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "remove_timezone": True,
        }
        self._book = Workbook(os.fspath(target) if isinstance(target, Path) else target, options)
        self._book.use_zip64()  # whatever its size
        self._bold = self._book.add_format({"bold": True})
        self._quoted = self._book.add_format({"quote_prefix": True})  # stays a text when somebody edits it
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._header, self._title = list(header), _sheet_title(title)
        self._sheet_rows, self._sheets, self.rows = sheet_rows, 0, 0
        self._next_sheet()

    def _next_sheet(self) -> None:
        self._sheets += 1
        name = self._title if self._sheets == 1 else f"{self._title} {self._sheets}"
        sheet = self._sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, text in enumerate(self._header):
            sheet.set_column(column, column, min(40, max(10, 2 * len(text) + 2)))
        for column, text in enumerate(self._header):
            sheet.write_string(0, column, text, self._bold)
        self._row = 0

    def append(self, row: Sequence[Cell]) -> None:
        self._row += 1
        if self._row == self._sheet_rows:
            self._next_sheet()
            self._row = 1
        write = self._sheet.write_string
        for column, cell in enumerate(row):
            if cell.__class__ is str:
                if cell:
                    write(self._row, column, *self._text(cell))
            elif cell is not None:
                self._other(column, cell)
        self.rows += 1

    def _text(self, text: str) -> tuple[str, Any]:
        return text[:CELL_SIGNS], self._quoted if FORMULA.match(text) else None

    def _other(self, column: int, cell: Cell) -> None:
        sheet, row = self._sheet, self._row
        if isinstance(cell, bool):
            sheet.write_string(row, column, _("是") if cell else _("否"))
        elif isinstance(cell, datetime):
            local = timezone.localtime(cell).replace(tzinfo=None) if timezone.is_aware(cell) else cell
            sheet.write_datetime(row, column, local, self._moment)
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, cell, self._day)
        elif isinstance(cell, int) and abs(cell) >= EXACT:
            sheet.write_string(row, column, str(cell))
        elif isinstance(cell, int | float | Decimal):
            sheet.write_number(row, column, cell)
        else:
            sheet.write_string(row, column, *self._text(str(cell)))

    def close(self) -> None:
        self._book.close()


def write_xlsx(
    target: Target,
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    title: str,
    *,
    sheet_rows: int = SHEET_ROWS,
) -> int:
    """Write an XLSX in constant memory and return the number of rows below the headings.

    title: of the sheet; further sheets «title 2», «title 3» follow past Excel's 1,048,576 rows.
    """
    sheets = XlsxSheets(target, header, title, sheet_rows=sheet_rows)
    try:
        for row in rows:
            sheets.append(row)
    finally:
        sheets.close()  # also after an error: it takes its temporary files with it
    return sheets.rows


def _sheet_title(title: str) -> str:
    """What Excel takes as the name of a sheet: 31 signs, room left for the number."""
    return re.sub(r"[\[\]:*?/\\]", " ", title).strip("' ")[:26] or _("表")


@contextmanager
def _opened(target: Target) -> Iterator[IO[bytes]]:
    if isinstance(target, str | Path):
        with open(target, "wb") as file:
            yield file
    else:
        yield target
