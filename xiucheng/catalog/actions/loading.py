"""Fill the catalogue from sheets: all or nothing, and a second time changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from xiucheng.catalog import rules, sheets, snapshot
from xiucheng.catalog.models import Category, Standard, Term
from xiucheng.kernel.errors import Refused
from xiucheng.people.actions import require
from xiucheng.people.models import Post
from xiucheng.people.rules import Right

SHIPPED = Path(__file__).parent.parent / "data"
# The limits say no first day of their own; they count for every case that this platform can hold.
STANDARDS_SINCE = date(2000, 1, 1)


class BadSheets(Refused):
    """The sheets have faults; nothing was loaded. `faults` has each with sheet, row and column."""

    def __init__(self, faults: Sequence[sheets.SheetFault]) -> None:
        self.faults = list(faults)
        lines = [fault_line(fault) for fault in self.faults[:20]]
        more = len(self.faults) - len(lines)
        if more > 0:
            lines.append(_("……还有 %(more)d 处。") % {"more": more})
        intro = _("分类和标准没有导入，请更正以下 %(count)d 处再试：") % {"count": len(self.faults)}
        super().__init__("\n".join([intro, *lines]), field="files", code="bad_sheets")


def fault_line(fault: sheets.SheetFault) -> str:
    """«time_limits.csv 第 12 行 seq：…»."""
    place = _("%(sheet)s 第 %(row)d 行 %(column)s") % {
        "sheet": fault.sheet,
        "row": fault.row,
        "column": fault.column,
    }
    return f"{place}：{fault.fault.said(_)}"


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows the sheets hold, and how many of them were new."""

    categories: int
    standards: int
    terms: int
    new: int


def load_catalog(*, directory: Path = SHIPPED, by: Post | None = None) -> Loaded:
    """Load categories.csv, time_limits.csv and glossary.csv: all or nothing; a second time changes nothing.

    What an administrator revised or approved stays: a revision is a row of its own, later day.
    Raises: BadSheets 422 with every fault; Refused 403 without the right.
    """
    require(by, Right.MANAGE_CATALOG)
    faults: list[sheets.SheetFault] = []
    content = {name: _content(directory, name) for name in ("categories", "time_limits", "glossary")}
    categories = sheets.read_categories("categories.csv", content["categories"], faults)
    known = {row.key for row in categories}
    standards = sheets.read_standards("time_limits.csv", content["time_limits"], known, faults)
    terms = sheets.read_terms("glossary.csv", content["glossary"], faults)
    if faults:
        raise BadSheets(faults)
    with transaction.atomic():
        before = Category.objects.count() + Standard.objects.count() + Term.objects.count()
        _store_categories(categories)
        _store_standards(standards)
        _store_terms(terms)
        after = Category.objects.count() + Standard.objects.count() + Term.objects.count()
        snapshot.changed()
    return Loaded(len(categories), len(standards), len(terms), after - before)


def _content(directory: Path, name: str) -> bytes:
    try:
        return (directory / f"{name}.csv").read_bytes()
    except OSError as missing:
        sentence = _("读不到文件 %(name)s，请核对目录。") % {"name": f"{name}.csv"}
        raise Refused(sentence, field="files", code="no_sheet") from missing


def _store_categories(rows: Sequence[sheets.CategoryRow]) -> None:
    columns = ["class_code", "class_name", "subclass_code", "name", "geometry", "dept_type", "maps_to"]
    columns += ["in_force_from", "in_force_to", "confidence", "source", "note"]
    Category.objects.bulk_create(
        [
            Category(
                standard=row.standard,
                kind=row.kind.value,
                code=row.code,
                class_code=row.class_code,
                class_name=row.class_name,
                subclass_code=row.subclass_code,
                name=row.name,
                geometry=row.geometry,
                dept_type=row.dept_type,
                maps_to=list(row.maps_to),
                in_force_from=rules.EDITION[row.standard].since,
                in_force_to=rules.EDITION[row.standard].until,
                confidence=row.confidence,
                source=row.source,
                note=row.note,
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["standard", "kind", "code"],
        update_fields=columns,
    )


def _store_standards(rows: Sequence[sheets.StandardRow]) -> None:
    numbers = {(row.standard, row.kind, row.code): row.pk for row in Category.objects.all()}
    # What an administrator decides (approval, last day, season) is not among these columns.
    columns = ["category", "origin", "name", "position", "filing_condition", "amount", "unit", "season_name"]
    columns += ["closing_condition", "source", "confidence", "note"]
    Standard.objects.bulk_create(
        [
            Standard(
                category_id=numbers[row.category] if row.category else None,
                origin_id=numbers[row.origin] if row.origin else None,
                code_system=row.code_system,
                kind=row.kind.value,
                code=row.code,
                name=row.name,
                area_grade=row.area_grade,
                seq=row.seq,
                position=position,
                filing_condition=row.filing_condition,
                amount=row.amount,
                unit=row.unit,
                season=row.season,
                season_name=row.season_name,
                closing_condition=row.closing_condition,
                source=row.source,
                confidence=row.confidence,
                approved=False,
                note=row.note,
                valid_from=STANDARDS_SINCE,
            )
            for position, row in enumerate(rows, start=1)
        ],
        update_conflicts=True,
        unique_fields=["code_system", "kind", "code", "area_grade", "seq", "valid_from"],
        update_fields=columns,
    )


def _store_terms(rows: Sequence[sheets.TermRow]) -> None:
    Term.objects.bulk_create(
        [Term(zh=row.zh, en=row.en, source=row.source) for row in rows],
        update_conflicts=True,
        unique_fields=["zh"],
        update_fields=["en", "source"],
    )
