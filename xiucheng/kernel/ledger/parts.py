"""A large ledger in parts of whole chains, for who reads it in order: sorting forty million events at once would want
the disk once more.
"""

from itertools import pairwise
from uuid import UUID

from django.db import connection

PART = 5_000_000  # events that are sorted at once
SAMPLE = 0.1  # percent of the pages, to find where the parts end


def chain_parts(table: str) -> list[str]:
    """Conditions that divide the chains into parts of about PART events; every chain is in just one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        parts = int(max(0, cursor.fetchone()[0]) // PART) + 1
        if parts == 1:
            return ["true"]
        cursor.execute(
            'SELECT percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY chain::text COLLATE "C")'
            f" FROM {table} TABLESAMPLE SYSTEM ({SAMPLE})",
            [[part / parts for part in range(1, parts)]],
        )
        bounds = sorted({UUID(bound) for bound in cursor.fetchone()[0] or ()})
    first, last = (
        f"chain < '{bounds[0]}'" if bounds else "true",
        f"chain >= '{bounds[-1]}'" if bounds else "false",
    )
    between = [f"chain >= '{low}' AND chain < '{high}'" for low, high in pairwise(bounds)]
    return [first, *between, last]
