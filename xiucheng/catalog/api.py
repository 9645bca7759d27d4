"""Faces of the catalogue: categories and filing conditions. Public knowledge."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from xiucheng.catalog import extra, queries
from xiucheng.catalog.models import Kind

router = Router(tags=["类别"])


class ExtraFieldOut(BaseModel):
    """A question of the category's own; the answer goes into `extra` of a report under its key."""

    key: str
    label: str
    kind: str = Field(description="text、number、choice、date（2027-01-01）、yes_no（yes 或 no）")
    choices: list[str]
    required: bool = Field(description="通过接口上报时必填")
    help: str


class CategoryOut(BaseModel):
    key: str = Field(description="standard/kind/code，各接口都用它")
    short: str = Field(description="kind/code，指现行标准")
    standard: str
    kind: str
    kind_name: str
    class_code: str
    class_name: str
    code: str
    name: str
    fields: list[ExtraFieldOut] = Field(description="上报时另外要填的")


class StandardOut(BaseModel):
    """One filing condition with its limit."""

    id: int = Field(description="立案时的 standard")
    category: str
    area_grade: str
    filing_condition: str = Field(description="立案条件")
    amount: str
    unit: str = Field(description="处置时限的单位")
    season: str
    closing_condition: str = Field(description="结案条件")
    source: str
    confidence: str
    urgent: bool


@router.get("/categories", response=list[CategoryOut], operation_id="categories", summary="类别")
def categories(
    request: HttpRequest,
    kind: Annotated[Kind | None, Query(description="component 部件、matter 事项")] = None,
    standard: Annotated[str, Query(max_length=40, description="标准号；不填为现行标准")] = "",
    words: Annotated[str, Query(max_length=100, description="编码或名称中的词")] = "",
) -> list[CategoryOut]:
    """The categories in force today, or those of a named standard; with words those that hold them all."""
    chosen = kind.value if kind else ""
    found = queries.categories(kind=chosen, standard=standard)
    if words.strip():
        fitting = {row.pk for row in queries.search(words, kind=chosen, limit=len(found))}
        found = [row for row in found if row.pk in fitting]
    return [
        CategoryOut(
            key=row.key,
            short=f"{row.kind}/{row.code}",
            standard=row.standard,
            kind=row.kind,
            kind_name=row.kind_name,
            class_code=row.class_code,
            class_name=row.class_name,
            code=row.code,
            name=row.name,
            fields=[_field_out(field) for field in extra.fields_of(row, extra.Door.API)],
        )
        for row in found
    ]


def _field_out(field: extra.ExtraField) -> ExtraFieldOut:
    return ExtraFieldOut(
        key=field.key,
        label=extra.label(field),
        kind=field.kind,
        choices=field.choices,
        required=field.required,
        help=field.help,
    )


@router.get(
    "/standards", response=list[StandardOut], operation_id="standards", summary="立案、处置、结案标准"
)
def standards(
    request: HttpRequest,
    category: Annotated[str, Query(max_length=60, description="类别，如 matter/01001")],
    grade: Annotated[str, Query(max_length=3, description="管理区域等级，默认 ALL")] = "ALL",
) -> list[StandardOut]:
    """Under which conditions a category is filed, and how long its handling may take."""
    found = queries.parse_category(category)
    return [
        StandardOut(
            id=row.pk,
            category=row.category.key if row.category else found.key,
            area_grade=row.area_grade,
            filing_condition=row.filing_condition,
            amount=row.amount_text,
            unit=row.unit,
            season=row.season,
            closing_condition=row.closing_condition,
            source=row.source,
            confidence=row.confidence,
            urgent=row.urgent,
        )
        for row in queries.standards_for(found, grade)
    ]
