"""The sheets that fill the catalogue, read from CSV: what a row says, or what is wrong in which row and
column. Pure.

The columns are those of standards/categories.csv, time_limits.csv and glossary.csv (standards/README.md).
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from xiucheng.catalog import rules
from xiucheng.kernel.marking import gettext_noop
from xiucheng.kernel.worktime import Unit
from xiucheng.territory.rules import Fault

KINDS = {"部件": rules.Kind.COMPONENT, "事件": rules.Kind.MATTER, "事项": rules.Kind.MATTER}
STANDARD_NAMES = {"LOCAL-EXT(suggestion)": rules.LOCAL, "local": rules.LOCAL}
CONFIDENCES = ("high", "medium", "low")
GRADES = ("A", "B", "C", "ALL")
SEASON = re.compile(r"季节限定[:：]\s*(\S+)")

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class SheetFault:
    """What is wrong in one cell. row: counted as a spreadsheet does, the heading is row 1."""

    sheet: str
    row: int
    column: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class CategoryRow:
    standard: str
    kind: rules.Kind
    class_code: str
    class_name: str
    subclass_code: str
    name: str
    code: str
    geometry: str
    dept_type: str
    maps_to: tuple[str, ...]
    confidence: str
    source: str
    note: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.standard, self.kind.value, self.code


@dataclass(frozen=True, slots=True)
class StandardRow:
    """category: key of today's category, None if the source's subject has none; origin: key of its own
    standard's.
    """

    code_system: str
    kind: rules.Kind
    code: str
    name: str
    category: tuple[str, str, str] | None
    origin: tuple[str, str, str] | None
    area_grade: str
    seq: int
    filing_condition: str
    amount: Decimal
    unit: str
    season_name: str
    season: str
    closing_condition: str
    source: str
    confidence: str
    note: str

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        return self.code_system, self.kind.value, self.code, self.area_grade, self.seq


@dataclass(frozen=True, slots=True)
class TermRow:
    zh: str
    en: str
    source: str


@dataclass(slots=True)
class Sheet:
    """Cells of one row with their names; a bad one is noted and the row dropped, so that all faults show at
    once.
    """

    name: str
    faults: list[SheetFault] = field(default_factory=list)
    row: int = 1
    cells: dict[str, str] = field(default_factory=dict)

    def bad(self, column: str, sentence: str, **values: object) -> None:
        self.faults.append(SheetFault(self.name, self.row, column, Fault(sentence, values)))

    def text(self, column: str, *, longest: int, needed: bool = True) -> str:
        value = self.cells[column].strip()
        if needed and not value:
            self.bad(column, EMPTY)
        if len(value) > longest:
            self.bad(column, TOO_LONG, longest=longest)
        return value

    def one_of(self, column: str, known: tuple[str, ...]) -> str:
        value = self.cells[column].strip()
        if value not in known:
            self.bad(column, NOT_ONE_OF, value=value[:40], known="、".join(known))
        return value


EMPTY = gettext_noop("这一格不能为空。")
TOO_LONG = gettext_noop("这一格太长，最多 {longest} 个字。")
NOT_ONE_OF = gettext_noop("“{value}”不在可用的值里：{known}。")
BAD_NUMBER = gettext_noop("“{value}”不是大于零的数。")
BAD_CODE = gettext_noop("代码应是大类代码加小类代码，“{value}”对不上。")
BAD_TARGET = gettext_noop("没有可对应的现行类别“{value}”。")
TWICE = gettext_noop("与前面第 {row} 行重复。")
NO_COLUMN = gettext_noop("缺少这一列。")
NOT_UTF8 = gettext_noop("文件不是 UTF-8 编码，请另存为 UTF-8 的 CSV。")


def _rows(name: str, content: bytes, columns: tuple[str, ...], faults: list[SheetFault]) -> Iterator[Sheet]:
    """The rows of a sheet; a missing column or a foreign encoding ends it."""
    sheet = Sheet(name, faults)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        sheet.bad("", NOT_UTF8)
        return
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [column for column in columns if column not in (reader.fieldnames or ())]
    for column in missing:
        sheet.bad(column, NO_COLUMN)
    if missing:
        return
    for sheet.row, cells in enumerate(reader, start=2):
        sheet.cells = {column: cells[column] or "" for column in columns}
        yield sheet


def _collect(
    rows: Iterator[Sheet], read: Callable[[Sheet], Row], key: Callable[[Row], object], key_column: str
) -> list[Row]:
    found: list[Row] = []
    seen: dict[object, int] = {}
    for sheet in rows:
        before = len(sheet.faults)
        row = read(sheet)
        if len(sheet.faults) > before:
            continue
        if first := seen.get(key(row)):
            sheet.bad(key_column, TWICE, row=first)
            continue
        seen[key(row)] = sheet.row
        found.append(row)
    return found


CATEGORY_COLUMNS = (
    "standard",
    "kind",
    "class_code",
    "class_name",
    "subclass_code",
    "subclass_name",
    "full_code",
    "geometry",
    "dept_type",
    "maps_to_2026",
    "confidence",
    "source",
    "note",
)


def read_categories(name: str, content: bytes, faults: list[SheetFault]) -> list[CategoryRow]:
    """All rows of a sheet of categories; what is wrong is added to `faults`."""
    rows = _collect(
        _rows(name, content, CATEGORY_COLUMNS, faults), _category, lambda row: row.key, "full_code"
    )
    if faults:
        return rows
    current = {(row.kind, row.code) for row in rows if rules.EDITION[row.standard].digits == 5}
    sheet = Sheet(name, faults)
    for sheet.row, row in enumerate(rows, start=2):
        for code in row.maps_to:
            if (row.kind, code) not in current:
                sheet.bad("maps_to_2026", BAD_TARGET, value=code)
    return rows


def _category(sheet: Sheet) -> CategoryRow:
    written = sheet.cells["standard"].strip()
    standard = STANDARD_NAMES.get(written, written)
    if standard not in rules.EDITION:
        sheet.bad("standard", NOT_ONE_OF, value=written[:40], known="、".join(rules.EDITION))
    kind = sheet.one_of("kind", tuple(KINDS))
    class_code, subclass = sheet.text("class_code", longest=2), sheet.text("subclass_code", longest=5)
    code = sheet.text("full_code", longest=5)
    # «21 + 01-99» names the class that a city may fill, under its class code alone.
    if code not in (class_code + subclass, class_code):
        sheet.bad("full_code", BAD_CODE, value=code)
    return CategoryRow(
        standard=standard,
        kind=KINDS.get(kind, rules.Kind.MATTER),
        class_code=class_code,
        class_name=sheet.text("class_name", longest=60),
        subclass_code=subclass,
        name=sheet.text("subclass_name", longest=100),
        code=code,
        geometry=sheet.text("geometry", longest=4, needed=False),
        dept_type=sheet.text("dept_type", longest=60, needed=False),
        maps_to=_targets(standard, kind, code, sheet.cells["maps_to_2026"]),
        confidence=sheet.one_of("confidence", CONFIDENCES),
        source=sheet.text("source", longest=200),
        note=sheet.text("note", longest=300, needed=False),
    )


def _targets(standard: str, kind: str, code: str, cell: str) -> tuple[str, ...]:
    emergencies = {rules.GB2013: rules.EMERGENCIES, rules.CJ2007: rules.EMERGENCIES_2007}.get(standard, {})
    if KINDS.get(kind) is rules.Kind.MATTER and code in emergencies:
        return (emergencies[code],)
    return tuple(part.strip() for part in cell.split("|") if part.strip())


STANDARD_COLUMNS = (
    "kind",
    "code_system",
    "class_code",
    "subclass_code",
    "subclass_name",
    "kind_2026",
    "code_2026",
    "area_grade",
    "seq",
    "filing_condition",
    "time_limit_value",
    "time_limit_unit",
    "closing_condition",
    "source",
    "confidence",
    "note",
)


def read_standards(
    name: str, content: bytes, known: set[tuple[str, str, str]], faults: list[SheetFault]
) -> list[StandardRow]:
    """All rows of a sheet of limits. known: keys of the categories that a row may point at."""
    return _collect(
        _rows(name, content, STANDARD_COLUMNS, faults),
        lambda sheet: _standard(sheet, known),
        lambda row: row.key,
        "seq",
    )


def _standard(sheet: Sheet, known: set[tuple[str, str, str]]) -> StandardRow:
    system, kind_word = sheet.text("code_system", longest=40), sheet.one_of("kind", tuple(KINDS))
    kind = KINDS.get(kind_word, rules.Kind.MATTER)
    code = sheet.text("class_code", longest=2) + sheet.text("subclass_code", longest=3)
    origin = (system, kind.value, code)
    note = sheet.text("note", longest=300, needed=False)
    season = SEASON.search(note)
    if season and season.group(1) not in rules.SEASONS:
        sheet.bad("note", NOT_ONE_OF, value=season.group(1)[:40], known="、".join(rules.SEASONS))
    return StandardRow(
        code_system=system,
        kind=kind,
        code=code,
        name=sheet.text("subclass_name", longest=100),
        category=_today(sheet, origin, known),
        origin=origin if origin in known else None,
        area_grade=sheet.one_of("area_grade", GRADES),
        seq=int(_number(sheet, "seq")),
        filing_condition=sheet.text("filing_condition", longest=300),
        amount=_number(sheet, "time_limit_value"),
        unit=sheet.one_of("time_limit_unit", tuple(unit.value for unit in Unit)),
        season_name=season.group(1) if season else "",
        season=rules.SEASONS.get(season.group(1), "") if season else "",
        closing_condition=sheet.text("closing_condition", longest=300),
        source=sheet.text("source", longest=200),
        confidence=sheet.one_of("confidence", CONFIDENCES),
        note=note,
    )


def _today(
    sheet: Sheet, origin: tuple[str, str, str], known: set[tuple[str, str, str]]
) -> tuple[str, str, str] | None:
    """Today's category of a limit. Two codes in one cell («06051|06052») name none: each is waited for
    (practice 11).
    """
    system, kind, code = origin
    if system == rules.GB2013 and kind == rules.Kind.MATTER and code in rules.EMERGENCIES:
        return rules.LOCAL, kind, rules.EMERGENCIES[code]
    written, kind_word = sheet.cells["code_2026"].strip(), sheet.cells["kind_2026"].strip()
    if not written or "|" in written:
        return None
    target = (rules.GB2026, KINDS.get(kind_word, rules.Kind.MATTER).value, written)
    if kind_word not in KINDS or target not in known:
        sheet.bad("code_2026", BAD_TARGET, value=written[:20])
    return target


def _number(sheet: Sheet, column: str) -> Decimal:
    value = sheet.cells[column].strip()
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal(0)
    if not number.is_finite() or not 0 < number < 100_000:
        sheet.bad(column, BAD_NUMBER, value=value[:20])
        return Decimal(1)
    return number


def read_terms(name: str, content: bytes, faults: list[SheetFault]) -> list[TermRow]:
    """All rows of a glossary."""
    rows = _rows(name, content, ("zh", "en", "source"), faults)
    return _collect(rows, _term, lambda row: row.zh, "zh")


def _term(sheet: Sheet) -> TermRow:
    return TermRow(
        sheet.text("zh", longest=60),
        sheet.text("en", longest=200),
        sheet.text("source", longest=200, needed=False),
    )
