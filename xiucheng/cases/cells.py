"""Refreshing the counts that the map draws from afar. Whole layers are counted anew and only what differs is written:

no trigger slows a case down, and a refresh that was missed or killed leaves nothing wrong behind.
"""

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from xiucheng.cases.models import CaseCell
from xiucheng.cases.rules.cells import COARSEST, FINEST, MONTHLY

# A case at a border is counted once more for its neighbours: «~» and its own place, then the counties that it is near.
CELL = """
  floor((c.lon_e7 / 1e7 + 180) / 360 * {scale})::int AS x,
  floor((1 - asinh(tand(c.lat_e7 / 1e7)) / pi()) / 2 * {scale})::int AS y,
  p.place
""".format(scale=2**FINEST)

REFRESH = """
WITH base AS MATERIALIZED (
  SELECT x, y, place, month, count(*) AS n, count(*) FILTER (WHERE late) AS late
    FROM (SELECT {cell}, {month} AS month, {late} AS late
            FROM cases_case c
           CROSS JOIN LATERAL (SELECT coalesce(c.township, c.county)
                               UNION ALL SELECT concat_ws(' ', '~' || coalesce(c.township, c.county),
                                                          array_to_string(c.near, ' '))
                                          WHERE c.near <> '{{}}') p (place)
           WHERE {which}) b
   GROUP BY x, y, place, month
), fresh AS MATERIALIZED (
  SELECT l.level, b.x >> ({finest} - l.level) AS x, b.y >> ({finest} - l.level) AS y, b.place, b.month,
         sum(b.n)::int AS n, sum(b.late)::int AS late
    FROM base b, generate_series({coarsest}, {deepest}) AS l (level)
   GROUP BY 1, 2, 3, 4, 5
), gone AS (
  DELETE FROM cases_casecell old
   WHERE old.layer = '{layer}' AND {months}
     AND NOT EXISTS (SELECT 1 FROM fresh f WHERE (f.level, f.x, f.y, f.place, f.month)
                                              = (old.level, old.x, old.y, old.place, old.month))
)
INSERT INTO cases_casecell AS old (layer, level, x, y, place, month, n, late)
SELECT '{layer}', level, x, y, place, month, n, late FROM fresh
ON CONFLICT (layer, level, x, y, place, month) DO UPDATE SET n = EXCLUDED.n, late = EXCLUDED.late
 WHERE (old.n, old.late) IS DISTINCT FROM (EXCLUDED.n, EXCLUDED.late)
"""
MONTH = "(to_char(c.reported_at AT TIME ZONE 'Asia/Shanghai', 'YYYYMM'))::int"


def refresh_open(at: datetime | None = None) -> None:
    """Count the open cases, overdue ones apart. Reads open cases only."""
    late = "c.due_at < %(at)s"
    _run("open", which="c.ended_at IS NULL", late=late, deepest=FINEST, at=at or timezone.now())


def refresh_all() -> None:
    """Count all cases. Reads every case."""
    _run("all", which="true", deepest=FINEST)


def refresh_months(since: datetime | None = None) -> None:
    """Count the cases of each month; only months that began at `since` or later, if given."""
    if since is None:
        _run("month", which="true", month=MONTH, deepest=MONTHLY)
        return
    months = "old.month >= (to_char(%(at)s AT TIME ZONE 'Asia/Shanghai', 'YYYYMM'))::int"
    _run("month", which="c.reported_at >= %(at)s", month=MONTH, deepest=MONTHLY, months=months, at=since)


def this_month(at: datetime) -> datetime:
    """The first moment of the month in China."""
    return timezone.localtime(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _run(
    layer: str,
    *,
    which: str,
    deepest: int,
    late: str = "false",
    month: str = "0",
    months: str = "true",
    at: datetime | None = None,
) -> None:
    sql = REFRESH.format(
        cell=CELL,
        layer=CaseCell.Layer(layer).value,
        which=which,
        late=late,
        month=month,
        months=months,
        finest=FINEST,
        coarsest=COARSEST,
        deepest=deepest,
    )
    with transaction.atomic(), connection.cursor() as cursor:
        # Two refreshes of a layer wait for each other: a started-again job must not meet its own half.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"cells {layer}"])
        cursor.execute(sql, {"at": at})
