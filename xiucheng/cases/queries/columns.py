"""The columns of a list and of its export: ONE table, and the statement that writes them for any query set.

Names are joined in PostgreSQL, so an export of millions is one statement that streams: no object a row. Times are
those of the city. Telephone and identity numbers that somebody wrote into a text are masked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from xiucheng.cases.models import Case
from xiucheng.cases.queries.fields import RATING_NAMES
from xiucheng.cases.words import CHANNEL_NAMES, STAGE_NAMES
from xiucheng.kernel.marking import gettext_noop

ZONE = "Asia/Shanghai"
LEFT = {  # alias → join
    "county": "territory_division county ON county.code = c.county",
    "township": "territory_division township ON township.code = c.township",
    "community": "territory_division community ON community.code = c.community",
    "category": "catalog_category category ON "
    "category.standard || '/' || category.kind || '/' || category.code = c.category",
    "holder": "people_department holder ON holder.id = c.departments[array_upper(c.departments, 1)]",
    "task": "people_post task ON task.id = c.assignee_id",
    "assignee": "people_person assignee ON assignee.id = task.person_id",
    "staff": "people_person staff ON staff.id = c.reported_by_id",
}


@dataclass(frozen=True, slots=True)
class Column:
    """sql: what stands in it, `c` being the case. free: somebody wrote it, so a spreadsheet might execute it."""

    key: str
    label: str
    sql: str
    joins: tuple[str, ...] = ()
    free: bool = False
    names: Any = None  # code → Chinese name, in place of the code


def moment(key: str, label: str) -> Column:
    return Column(key, label, f"(c.{key} AT TIME ZONE '{ZONE}')::timestamp(0)")


MASKS = (  # as kernel.masking.public_words; plates stay, they are what a case of parking is about
    (r"(?<![0-9A-Za-z])([1-9][0-9]{5})[0-9]{8}([0-9]{3}[0-9Xx])(?![0-9A-Za-z])", r"\1********\2"),
    (r"(?<![0-9])(1[3-9][0-9])[ -]?[0-9]{4}[ -]?([0-9]{4})(?![0-9])", r"\1****\2"),
    (r"(?<![0-9])(0[0-9]{2})[0-9]?[ -]?[0-9]{3,4}([0-9]{4})(?![0-9])", r"\1****\2"),
    (r"[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+", "***"),
)


def masked(sql: str) -> str:
    """Numbers and addresses that name a person lose their middle. Most texts have none: they are looked at once."""
    found = sql
    for pattern, mask in MASKS:
        found = f"regexp_replace({found}, '{pattern}', '{mask}', 'g')"
    return f"CASE WHEN {sql} ~ '[0-9][0-9 -]{{9}}|@' THEN {found} ELSE {sql} END"


def yes(key: str, label: str, sql: str) -> Column:
    return Column(key, label, sql, names={"true": gettext_noop("是"), "false": ""})


def persons(column: str) -> str:
    return (
        f"(SELECT string_agg(p.name, '、' ORDER BY p.id) FROM people_person p WHERE p.id = ANY(c.{column}))"
    )


# «井深：3；材质：铸铁», with the labels of today: the answers to the questions of the present category.
EXTRA = (
    "(SELECT string_agg(coalesce(f.label, a.key) || '：' || a.value, '；' ORDER BY f.position, a.key)"
    " FROM jsonb_each_text(c.extra->c.category) a"
    " LEFT JOIN catalog_extrafield f ON f.category_id = category.id AND f.key = a.key)"
)
COLUMNS: tuple[Column, ...] = (
    Column("number", gettext_noop("受理号"), "c.number"),
    Column("case_number", gettext_noop("案件编号"), "c.case_number"),
    Column("stage", gettext_noop("环节"), "c.stage", names=STAGE_NAMES),
    yes("urgent", gettext_noop("紧急"), "c.urgent"),
    yes(
        "overdue", gettext_noop("超时"), "(c.ended_at IS NULL AND c.due_at IS NOT NULL AND c.due_at < now())"
    ),
    Column("class", gettext_noop("大类"), "category.class_name", ("category",)),
    Column("category", gettext_noop("小类"), "coalesce(category.name, c.category)", ("category",)),
    Column("channel", gettext_noop("来源"), "c.channel", names=CHANNEL_NAMES),
    moment("reported_at", gettext_noop("上报时间")),
    Column("county", gettext_noop("区县"), "coalesce(county.name, c.county)", ("county",)),
    Column("township", gettext_noop("街道、乡镇"), "coalesce(township.name, c.township)", ("township",)),
    Column("community", gettext_noop("社区、村"), "coalesce(community.name, c.community)", ("community",)),
    Column("unit_grid", gettext_noop("单元网格"), "c.unit_grid"),
    Column("address", gettext_noop("地址"), masked("c.address"), free=True),
    Column("description", gettext_noop("问题描述"), masked("c.description"), free=True),
    Column("department", gettext_noop("承办部门"), "holder.name", ("holder",)),
    moment("due_at", gettext_noop("到期")),
    moment("accepted_at", gettext_noop("受理时间")),
    moment("filed_at", gettext_noop("立案时间")),
    moment("dispatched_at", gettext_noop("派遣时间")),
    moment("handled_at", gettext_noop("处置完毕时间")),
    moment("closed_at", gettext_noop("结案时间")),
    Column("returns", gettext_noop("回退次数"), "c.returns"),
    Column("reworks", gettext_noop("返工次数"), "c.reworks"),
    Column("reopened", gettext_noop("重办次数"), "c.reopened"),
    Column("rating", gettext_noop("评价"), "c.rating", names=RATING_NAMES),
    Column("longitude", gettext_noop("经度"), "(c.lon_e7 / 1e7)::float8"),
    Column("latitude", gettext_noop("纬度"), "(c.lat_e7 / 1e7)::float8"),
    yes("self_handled", gettext_noop("自处置"), "c.self_handled"),
    yes("disputed", gettext_noop("有争议"), "c.disputed"),
    Column("component", gettext_noop("部件标识码"), "c.component_code"),
    Column("assignee", gettext_noop("当前监督员"), "assignee.name", ("task", "assignee")),
    Column("reported_by", gettext_noop("上报的工作人员"), "staff.name", ("staff",)),
    Column("handlers", gettext_noop("处置人"), persons("handlers")),
    Column("checkers", gettext_noop("核查人"), persons("checkers")),
    Column("extra", gettext_noop("附加项"), EXTRA, ("category",), free=True),
    Column("reason", gettext_noop("不予办理的理由"), masked("c.reason"), free=True),
)
BY_KEY = {column.key: column for column in COLUMNS}
EXPORTED = tuple(column.key for column in COLUMNS[:28])
LISTED = ("number", "stage", "category", "address", "department", "reported_at", "due_at")


def chosen(keys: Sequence[str], default: Sequence[str]) -> list[Column]:
    """Known columns in the order given, each once; the default for none."""
    known = [BY_KEY[key] for key in dict.fromkeys(keys) if key in BY_KEY]
    return known or [BY_KEY[key] for key in default]


def labels(columns: Sequence[Column]) -> list[str]:
    return [str(_(column.label)) for column in columns]


def statement(found: QuerySet[Case], columns: Sequence[Column], *, harmless: bool) -> tuple[str, list[Any]]:
    """SQL with its values: the columns of an ordered query set, in its order.

    harmless: texts that a spreadsheet would execute get an apostrophe (for CSV). Raises: EmptyResultSet.
    """
    keys, values = found.order_by().values("pk").query.sql_with_params()
    cells = ", ".join(cell(column, harmless=harmless) for column in columns)
    wanted = dict.fromkeys(alias for column in columns for alias in column.joins)
    joins = "".join(f" LEFT JOIN {LEFT[alias]}" for alias in wanted)
    order = ", ".join(order_sql(part) for part in found.query.order_by)
    sql = f"SELECT {cells} FROM cases_case c{joins} WHERE c.id IN ({keys}) ORDER BY {order}"
    return sql, list(values)


def cells(cases: Sequence[Case], columns: Sequence[Column]) -> dict[UUID, tuple[str, ...]]:
    """The cells of some cases, as text. One statement."""
    if not cases:
        return {}
    key = Column("id", "", "c.id")
    found = Case.unscoped.filter(pk__in=[case.pk for case in cases]).order_by("id")
    sql, values = statement(found, [key, *columns], harmless=False)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {row[0]: tuple(shown(cell) for cell in row[1:]) for row in cursor.fetchall()}


def shown(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def order_sql(part: Any) -> str:
    column = str(part).removeprefix("-")
    return f"c.{column} {'DESC' if str(part).startswith('-') else 'ASC'}"


def cell(column: Column, *, harmless: bool) -> str:
    sql = column.sql
    if column.names is not None:
        branches = " ".join(
            f"WHEN {quoted(code)} THEN {quoted(_(name) if name else '')}"
            for code, name in column.names.items()
        )
        sql = f"CASE ({sql})::text {branches} END"
    if column.free and harmless:
        sql = f"regexp_replace({sql}, '^(\\s*[=+\\-@＝＋－＠|%]|[\\t\\r\\n])', '''\\1')"
    return sql.replace("%", "%%")


def quoted(text: Any) -> str:
    return "'" + str(text).replace("'", "''") + "'"
