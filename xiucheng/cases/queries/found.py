"""Cases that pass a sieve, newest week first until a page is full (rules/search.py says why and how).

One statement asks the index week by week and stops by itself; another looks at the few cases that changed since
they were indexed. A filter that fits many is answered from the newest cases before the index is asked at all.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Max, Min, Q, QuerySet
from django.db.models.expressions import RawSQL

from xiucheng.cases.models import Case, CaseToIndex, CaseToken
from xiucheng.cases.queries import fields
from xiucheng.cases.rules import search
from xiucheng.cases.rules.search import OPEN, TOKEN_SQL, Sieve
from xiucheng.people.models import Post

WALK = 500  # newest cases that are looked at as they are
TABLE, QUEUE = CaseToken._meta.db_table, CaseToIndex._meta.db_table
COLUMN = f'"{Case._meta.db_table}"."id"'


def scope_sieve(post: Post | None) -> Sieve:
    """What the index knows of `Case.seen_by(post)`."""
    if post is None:
        return OPEN
    found = OPEN
    codes = [code for code in post.scope_codes if len(code) >= 6]
    if codes and len(codes) == len(post.scope_codes):
        names = [f"p:{code}" for code in codes]
        found += search.has_any([*names, f"a:{post.pk}"] if post.role == "inspector" else names)
    if post.role == "grid_worker":
        found += search.has_any([f"d:{post.department_id}", f"u:{post.person_id}"])
    elif post.department_only:
        found += search.has(f"d:{post.department_id}")
    return found


def bounds(days: Q | None = None) -> tuple[datetime, datetime] | None:
    """When the oldest and the newest case were reported; days: among those of some days."""
    cases = Case.unscoped.filter(days) if days else Case.unscoped.all()
    found = cases.aggregate(first=Min("reported_at"), last=Max("reported_at"))
    return (found["first"], found["last"]) if found["first"] else None


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when to when the cases of a list were reported, and in which order they are wanted."""

    low: datetime
    high: datetime
    down: bool

    @property
    def weeks(self) -> tuple[int, int, int]:
        """First, last and step."""
        low, high = search.week_of(self.low), search.week_of(self.high)
        return (high, low, -1) if self.down else (low, high, 1)


def first_of(found: QuerySet[Case], sieve: Sieve, stretch: Stretch, limit: int) -> list[UUID]:
    """The ids of the first cases, by the moment of the report and the id, that pass a sieve and are in `found`.

    Each LATERAL keeps the planner to the order: a week, what passes in it, the case itself; LIMIT stops them all.
    """
    one = found.order_by().extra(where=[f"{COLUMN} = t.case_id"]).values("pk")[:1]
    try:
        case_sql, values = one.query.sql_with_params()
    except EmptyResultSet:  # a scope that holds nothing
        return []
    week_sql, week_values = weeks_sql(sieve, stretch)
    way = "DESC" if stretch.down else "ASC"
    entries = (
        f"SELECT case_id FROM {TABLE} WHERE {passes(sieve)} AND at BETWEEN %s AND %s "
        f"ORDER BY at {way}, case_id {way} OFFSET 0"
    )
    statement = (
        f"SELECT f.id FROM ({week_sql}) w CROSS JOIN LATERAL ({entries}) t "
        f"CROSS JOIN LATERAL ({case_sql}) f(id) LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*week_values, stretch.low, stretch.high, *values, limit])
        return [key for (key,) in cursor.fetchall()]


def passes(sieve: Sieve) -> str:
    """The condition on the tokens; `w` is the row of `weeks_sql`."""
    parts = ["tokens @> w.must"] if sieve.must else []
    parts += [f"tokens && w.any{place}" for place in range(len(sieve.any))]
    return " AND ".join(parts)


def weeks_sql(sieve: Sieve, stretch: Stretch) -> tuple[str, list[Any]]:
    """Rows (n, must, any0 …): a week with its tokens."""
    made = f"ARRAY(SELECT {TOKEN_SQL.format(gram='g', week='n')} FROM unnest(%s::bigint[]) g)"
    names = (["must"] if sieve.must else []) + [f"any{place}" for place in range(len(sieve.any))]
    columns = "".join(f", {made} AS {name}" for name in names)
    groups = ([sieve.must] if sieve.must else []) + list(sieve.any)
    # OFFSET: worked out once a week
    sql = f"SELECT n{columns} FROM generate_series(%s::integer, %s::integer, %s::integer) n OFFSET 0"
    return sql, [*(sorted(group) for group in groups), *stretch.weeks]


def anywhere(sieve: Sieve) -> Q:
    """Cases that pass a sieve or changed since they were indexed: for a query set in any order."""
    span = bounds()
    if not sieve or span is None:
        return Q()
    sql, values = weeks_sql(sieve, Stretch(*span, down=True))
    # A subquery of its own: in a condition the planner would join it the other way round.
    known = f"SELECT t.case_id FROM ({sql}) w CROSS JOIN LATERAL (SELECT case_id FROM {TABLE} WHERE {passes(sieve)}) t"
    return Q(pk__in=RawSQL(f"({known} UNION ALL SELECT case_id FROM {QUEUE})", values))


def changed(found: QuerySet[Case]) -> QuerySet[Case]:
    """Those whose tokens may be old."""
    return found.filter(pk__in=CaseToIndex.objects.values("case"))


def narrowed(found: QuerySet[Case], filter: fields.CaseFilter) -> QuerySet[Case]:
    """A query set of cases with a filter, for any order: tiles, exports, counts.

    Raises: Refused 422 for a value that cannot be, with its field.
    """
    found = found.filter(fields.conditions(filter))
    hard = [
        fields.BY_KEY[key].sieve(value) for key, value in filter.given().items() if key in NO_COLUMN_INDEX
    ]
    sieve = sum(hard, OPEN)
    return found.filter(anywhere(sieve)) if sieve else found


NO_COLUMN_INDEX = ("words", "address", "person", "component", "unit_grid")
"""Fields that would read the whole table without the index of cases."""
