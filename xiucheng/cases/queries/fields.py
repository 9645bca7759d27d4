"""What a list of cases is narrowed by: ONE table, used by page, API, export and map.

Each field says how it narrows (`narrow`, exact, for any query set) and what the index of cases knows of it
(`sieve`, see rules/search.py). Its key is the attribute of `CaseFilter`, the name in an address and in the API.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any

from django.db.models import BooleanField, Func, Q, TextField, Value
from django.utils import timezone

from xiucheng.cases.queries import meaning
from xiucheng.cases.rules import search
from xiucheng.cases.rules.search import OPEN, Sieve
from xiucheng.cases.words import CHANNEL_NAMES, STAGE_NAMES
from xiucheng.kernel.marking import gettext_noop
from xiucheng.people.models import inside

RATING_NAMES = {  # workflow.md §9
    "satisfied": gettext_noop("满意"),
    "fair": gettext_noop("基本满意"),
    "unsatisfied": gettext_noop("不满意"),
}
DAYS = ("filed", "due", "closed")  # besides the day of the report


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """What a list is narrowed by. Empty values do not narrow. Days are local (Asia/Shanghai), both included."""

    words: str = ""  # the beginning of a number, or words of description and address
    address: str = ""
    stage: str = ""
    open: bool | None = None
    overdue: bool | None = None
    urgent: bool | None = None
    division: str = ""  # county, township or community; a city is a prefix
    unit_grid: str = ""
    category: str = ""  # standard/kind/code, kind/code of the standard in force, or kind/two digits: a 大类
    channel: str = ""
    department: int | None = None
    person: str = ""  # name or username
    rating: str = ""
    returned: bool | None = None
    reworked: bool | None = None
    reopened: bool | None = None
    disputed: bool | None = None
    self_handled: bool | None = None
    imprecise: bool | None = None
    component: str = ""
    since: date | None = None
    until: date | None = None
    filed_since: date | None = None
    filed_until: date | None = None
    due_since: date | None = None
    due_until: date | None = None
    closed_since: date | None = None
    closed_until: date | None = None
    sort: str = "newest"

    def given(self) -> dict[str, Any]:
        """What narrows, by key."""
        values = {field.key: getattr(self, field.key) for field in FIELDS}
        return {key: value for key, value in values.items() if value not in ("", None)}


class Kind(StrEnum):
    """How a field is asked for: a line of text, a list, yes or no, a day, a chooser."""

    TEXT = "text"
    CHOICE = "choice"
    FLAG = "flag"
    DAY = "day"
    DIVISION = "division"
    CATEGORY = "category"
    DEPARTMENT = "department"


Options = Mapping[Any, str]


@dataclass(frozen=True, slots=True)
class Field:
    """narrow: a value → which cases. sieve: a value → what the index is asked. longest: signs of a text."""

    key: str
    label: str
    kind: Kind
    narrow: Callable[[Any], Q]
    sieve: Callable[[Any], Sieve] = lambda value: OPEN
    options: Options | None = None
    help: str = ""
    longest: int = 100
    pattern: str = ""


def plain(*columns: str) -> Func:
    """The text of some columns as `search.plain` writes it."""
    joined = Func(
        *columns, template="(%(expressions)s)", arg_joiner=" || chr(10) || ", output_field=TextField()
    )
    unified = Func(joined, function="normalize", template="%(function)s(%(expressions)s, NFKC)")
    return Func(unified, function="lower", output_field=TextField())


def holds(text: str, *columns: str) -> Q:
    """Every word of a text stands in the columns, as it is written; nothing, if there is no word in it."""
    found = Q()
    words = search.words_of(text)
    for word in words:
        found &= Q(Holds(plain(*columns), Value(word)))
    return found if words else Q(pk__in=())


class Holds(Func):
    """strpos(text, word) > 0: like LIKE, without signs of its own."""

    template = "(strpos(%(expressions)s) > 0)"
    output_field = BooleanField()


def words(text: str) -> Q:
    if search.is_number(text):
        return Q(number__startswith=text) | Q(case_number__startswith=text)
    return holds(text, "description", "address")


def flag(key: str, label: str, narrow: Callable[[bool], Q] | None = None, **options: Any) -> Field:
    """Yes or no. A «no» lets nearly everything through: the index is not asked."""
    return Field(
        key,
        label,
        Kind.FLAG,
        narrow or (lambda value: Q(**{key: value})),
        lambda value: search.has(f"f:{key}") if value else OPEN,
        **options,
    )


def counted(key: str, column: str, label: str) -> Field:
    return flag(key, label, lambda value: Q(**{f"{column}__gt": 0}) if value else Q(**{column: 0}))


def choice(key: str, label: str, options: Options, letter: str) -> Field:
    return Field(
        key,
        label,
        Kind.CHOICE,
        lambda value: Q(**{key: meaning.one_of(value, options, key)}),
        lambda value: search.has(f"{letter}:{value}"),
        options,
    )


def day(key: str, label: str, narrow: Callable[[date], Q]) -> Field:
    return Field(key, label, Kind.DAY, narrow)


def overdue(late: bool) -> Q:
    found = Q(ended_at__isnull=True, due_at__lt=timezone.now())
    return found if late else ~found


def category(text: str) -> Q:
    key, whole_class = meaning.category(text)
    return Q(category__startswith=key) if whole_class else Q(category=key)


def person(text: str) -> Q:
    who = meaning.person(text)
    lists = ("handlers", "checkers", "supervision", "command")
    found = Q(reported_by__in=who.persons) | Q(assignee__in=who.posts)
    for column in lists:
        found |= Q(**{f"{column}__overlap": who.persons})
    return found


def person_sieve(text: str) -> Sieve:
    who = meaning.person(text)
    return search.has_any([*(f"u:{key}" for key in who.persons), *(f"a:{key}" for key in who.posts)])


def day_fields() -> list[Field]:
    labels = {
        "filed": (gettext_noop("立案日期从"), gettext_noop("立案日期到")),
        "due": (gettext_noop("到期日期从"), gettext_noop("到期日期到")),
        "closed": (gettext_noop("结案日期从"), gettext_noop("结案日期到")),
    }
    found = []
    for name in DAYS:
        since, until = labels[name]
        found.append(day(f"{name}_since", since, partial(meaning.from_day, f"{name}_at")))
        found.append(day(f"{name}_until", until, partial(meaning.to_day, f"{name}_at")))
    return found


FIELDS: tuple[Field, ...] = (
    Field(
        "words",
        gettext_noop("编号、地点、描述"),
        Kind.TEXT,
        words,
        lambda text: OPEN if search.is_number(text) else search.has_words(text),
        help=gettext_noop("编号的前几位，或描述、地址里的词；几个词用空格隔开，都要有"),
    ),
    Field(
        "address",
        gettext_noop("地址里的词"),
        Kind.TEXT,
        lambda text: holds(text, "address"),
        search.has_words,
        help=gettext_noop("街道、道路、小区、门牌"),
    ),
    choice("stage", gettext_noop("环节"), STAGE_NAMES, "s"),
    Field(
        "open",
        gettext_noop("在办"),
        Kind.FLAG,
        lambda value: Q(ended_at__isnull=value),
        lambda value: search.has("open" if value else "ended"),
    ),
    Field(
        "overdue",
        gettext_noop("超时"),
        Kind.FLAG,
        overdue,
        lambda value: search.has("open") if value else OPEN,
    ),
    flag("urgent", gettext_noop("紧急")),
    Field(
        "division",
        gettext_noop("区划"),
        Kind.DIVISION,
        lambda code: inside([code]),
        lambda code: search.has(f"p:{code}") if len(code) >= 6 else OPEN,
        longest=12,
        pattern=r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})?$",
        help=gettext_noop("区县 6 位、街道 9 位、社区 12 位代码"),
    ),
    Field(
        "unit_grid",
        gettext_noop("单元网格"),
        Kind.TEXT,
        lambda code: Q(unit_grid=code),
        lambda code: search.has(f"g:{code}"),
        longest=15,
        pattern=r"^([0-9]{15})?$",
        help=gettext_noop("15 位代码"),
    ),
    Field(
        "category",
        gettext_noop("类别"),
        Kind.CATEGORY,
        category,
        lambda text: search.has(f"c:{meaning.category(text)[0]}"),
        help=gettext_noop("小类如 matter/01001，大类如 matter/01"),
    ),
    choice("channel", gettext_noop("来源"), CHANNEL_NAMES, "h"),
    Field(
        "department",
        gettext_noop("承办部门"),
        Kind.DEPARTMENT,
        meaning.department,
        lambda key: search.has(f"d:{key}"),
    ),
    Field(
        "person",
        gettext_noop("经手人"),
        Kind.TEXT,
        person,
        person_sieve,
        help=gettext_noop(
            "姓名或用户名：上报、受理、派遣、处置、核查过这件案件的人，或正在核实、核查的监督员"
        ),
        longest=60,
    ),
    choice("rating", gettext_noop("评价"), RATING_NAMES, "r"),
    counted("returned", "returns", gettext_noop("有回退")),
    counted("reworked", "reworks", gettext_noop("有返工")),
    counted("reopened", "reopened", gettext_noop("要求过重办")),
    flag("disputed", gettext_noop("有争议")),
    flag("self_handled", gettext_noop("自处置")),
    flag("imprecise", gettext_noop("位置不精确")),
    Field(
        "component",
        gettext_noop("部件标识码"),
        Kind.TEXT,
        lambda code: Q(component_code=code),
        lambda code: search.has(f"b:{code}"),
        longest=17,
    ),
    day("since", gettext_noop("上报日期从"), lambda value: meaning.from_day("reported_at", value)),
    day("until", gettext_noop("上报日期到"), lambda value: meaning.to_day("reported_at", value)),
    *day_fields(),
)
BY_KEY: dict[str, Field] = {field.key: field for field in FIELDS}
assert set(BY_KEY) | {"sort"} == {field.name for field in fields(CaseFilter)}


def conditions(filter: CaseFilter) -> Q:
    """All of a filter, exactly. Raises: Refused 422 for a value that cannot be, with its field."""
    meaning.check_days(filter, ("", *(f"{name}_" for name in DAYS)))
    found = Q()
    for key, value in filter.given().items():
        found &= BY_KEY[key].narrow(value)
    return found & day_conditions(filter)


def day_conditions(filter: CaseFilter) -> Q:
    """What the days of a filter say of the day of the report: where to begin in the archive, and where to stop."""
    found = meaning.from_day("reported_at", filter.since) if filter.since else Q()
    latest = [day for day in (filter.until, filter.filed_until, filter.closed_until) if day]
    if latest:  # nothing is filed or closed before it is reported
        found &= meaning.to_day("reported_at", min(latest))
    return found


def sieve_of(filter: CaseFilter) -> Sieve:
    """What the index is asked for a filter."""
    found = OPEN
    for key, value in filter.given().items():
        found += BY_KEY[key].sieve(value)
    for name in DAYS:
        since, until = getattr(filter, f"{name}_since"), getattr(filter, f"{name}_until")
        last = until or (timezone.localdate() if name != "due" else None)
        if since and last and (months := search.months(since, last)):
            found += search.has_any([f"m:{name}:{month}" for month in months])
    return found
