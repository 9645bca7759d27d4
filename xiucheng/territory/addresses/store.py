"""Put addresses into the store: staged in a table of the session, then merged in one transaction.

The staging table may be filled outside a transaction, so that others see how far a long import is; nothing counts
before `merge`.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.gis.geos import Point
from django.db import connection, transaction
from psycopg import sql

from xiucheng.territory.addresses.models import AddressPoint
from xiucheng.territory.addresses.rules import naming, words
from xiucheng.territory.addresses.rules.kinds import WEIGHT, Family, Kind
from xiucheng.territory.addresses.rules.naming import Address, Written
from xiucheng.territory.models import Division

CREATE = """
CREATE TEMP TABLE staged_address (
  row int, key uuid, family text, kind text, base text, normal text, across text, across_normal text, name text,
  aliases text[], street text, number text, serial int, mark text, county text, township text, community text,
  lon float8, lat float8, valid_from date, valid_to date, source text, synthetic bool, code text,
  scope text, base_id bigint, cross_id bigint
)
"""
STAGED = [
    "row", "key", "family", "kind", "base", "normal", "across", "across_normal", "name", "aliases",
    "street", "number", "serial", "mark", "county", "township", "community", "lon", "lat", "valid_from",
    "valid_to", "source", "synthetic", "code", "scope",
]  # fmt: skip

LOCATE = """
UPDATE staged_address s
   SET county = left(found.code, 6), township = CASE WHEN length(found.code) > 6 THEN left(found.code, 9) ELSE '' END,
       community = CASE WHEN length(found.code) > 9 THEN found.code ELSE '' END
  FROM (SELECT s.row, d.code FROM staged_address s CROSS JOIN LATERAL (
          SELECT d.code FROM territory_division d
            JOIN territory_division c ON c.code = left(d.code, 6) AND c.active
           WHERE d.level >= 6 AND ST_Covers(d.shape, ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4490))
           ORDER BY d.level DESC, d.code LIMIT 1) d
         WHERE s.county = '') found
 WHERE s.row = found.row
"""
KEYS = """
UPDATE staged_address SET key = md5(county || '/' || key::text)::uuid,
       scope = CASE WHEN scope = '' THEN county ELSE scope END
"""
NEW_NAMES = """
SELECT s.scope, s.family, s.normal, min(s.base), min(s.kind), avg(s.lon), avg(s.lat), count(*)
  FROM (SELECT scope, family, normal, base, kind, lon, lat FROM staged_address
        UNION ALL
        SELECT scope, family, across_normal, across, 'street', lon, lat FROM staged_address WHERE across <> '') s
 WHERE NOT EXISTS (SELECT FROM territory_addressname n
    WHERE n.base_id IS NULL AND n.code = s.scope AND n.family = s.family AND n.normal = s.normal)
 GROUP BY s.scope, s.family, s.normal
"""
BASES = """
UPDATE staged_address s SET base_id = n.id FROM territory_addressname n
 WHERE n.base_id IS NULL AND n.code = s.scope AND n.family = s.family AND n.normal = s.normal
"""
CROSSES = """
UPDATE staged_address s SET cross_id = n.id FROM territory_addressname n
 WHERE s.across <> '' AND n.base_id IS NULL AND n.code = s.scope AND n.family = s.family
   AND n.normal = s.across_normal
"""
ALIASED = """
SELECT s.base_id, n.name, n.family, n.kind, n.code, ST_X(n.spot), ST_Y(n.spot), array_agg(DISTINCT a.alias)
  FROM (SELECT DISTINCT base_id, aliases FROM staged_address
         WHERE family IN ('place', 'division') OR aliases <> '{}') s
  JOIN territory_addressname n ON n.id = s.base_id
  LEFT JOIN LATERAL unnest(s.aliases) AS a(alias) ON true
 GROUP BY s.base_id, n.name, n.family, n.kind, n.code, n.spot
"""
POINTS = """
INSERT INTO territory_addresspoint AS p (key, base_id, cross_id, kind, name, aliases, street, number, serial, mark,
  code, county, township, community, point, valid_from, valid_to, source, origin, synthetic)
SELECT key, base_id, cross_id, kind, name, aliases, street, number, serial, mark, code, county, township, community,
       ST_SetSRID(ST_MakePoint(lon, lat), 4490), valid_from, valid_to, source, %(origin)s,
       synthetic OR %(synthetic)s
  FROM staged_address
  ON CONFLICT (key) DO UPDATE SET base_id = excluded.base_id, cross_id = excluded.cross_id, kind = excluded.kind,
       name = excluded.name, aliases = excluded.aliases, street = excluded.street, number = excluded.number,
       serial = excluded.serial, mark = excluded.mark, code = excluded.code,
       county = excluded.county, township = excluded.township,
       community = excluded.community, point = excluded.point, valid_from = excluded.valid_from,
       valid_to = excluded.valid_to, source = excluded.source, origin = excluded.origin,
       synthetic = excluded.synthetic
"""
WEIGHTS = """
UPDATE territory_addressname n SET weight = c.weight
  FROM (SELECT b.id, least(20, round(4 * log(1 + (
                 SELECT count(*) FROM territory_addresspoint p WHERE p.base_id = b.id))))
             + CASE b.kind {kinds} END AS weight
          FROM (SELECT DISTINCT base_id AS id FROM staged_address) s JOIN territory_addressname b USING (id)) c
 WHERE coalesce(n.base_id, n.id) = c.id AND n.weight <> c.weight
""".replace("{kinds}", " ".join(f"WHEN '{kind}' THEN {weight}" for kind, weight in WEIGHT.items()))
BARE = """
SELECT n.id FROM territory_addressname n
 WHERE n.base_id IS NULL AND NOT EXISTS (SELECT FROM territory_addresspoint p WHERE p.base_id = n.id)
   AND NOT EXISTS (SELECT FROM territory_addresspoint p WHERE p.cross_id = n.id)
"""


@contextmanager
def staging() -> Iterator["Staging"]:
    """A place for rows of one import; gone at the end."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS staged_address")
        cursor.execute(CREATE)
    try:
        yield Staging()
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS staged_address")


class Staging:
    """Rows on their way into the store."""

    def add(self, rows: Iterable[tuple[int, Written, Address]]) -> None:
        """Stage rows by COPY. The number is the row of the file, for faults."""
        with connection.cursor() as cursor:
            statement = sql.SQL("COPY staged_address ({}) FROM STDIN").format(
                sql.SQL(", ").join(map(sql.Identifier, STAGED))
            )
            with cursor.copy(statement) as copy:  # type: ignore[attr-defined]
                for row, written, address in rows:
                    copy.write_row(_staged(row, written, address))

    def index(self) -> None:
        _run("CREATE INDEX ON staged_address (row)")
        _run("ANALYZE staged_address")

    def locate(self) -> list[int]:
        """Find the divisions of the points that name none. Returns rows that lie outside the city."""
        _run(LOCATE)
        return [row[0] for row in rows("SELECT row FROM staged_address WHERE county = '' ORDER BY row")]

    def unknown_divisions(self) -> list[tuple[int, str]]:
        """Rows that name a division which is not of this city, with its code."""
        return rows(
            """SELECT s.row, f.code FROM staged_address s
                 JOIN (SELECT DISTINCT county, township, community,
                         CASE WHEN community <> '' THEN community WHEN township <> '' THEN township
                              ELSE county END AS code FROM staged_address) f
                USING (county, township, community)
                WHERE s.county <> '' AND NOT EXISTS (
                  SELECT FROM territory_division d JOIN territory_division c ON c.code = left(d.code, 6) AND c.active
                   WHERE d.code = f.code) ORDER BY s.row LIMIT 1000"""
        )

    def twice(self) -> list[tuple[int, int]]:
        """Rows that are the same address as an earlier one: (row, earlier row)."""
        return rows(
            """SELECT row, first FROM (SELECT row, min(row) OVER (PARTITION BY key) AS first FROM staged_address) s
                WHERE row <> first ORDER BY row"""
        )

    def drop(self, rows: list[int]) -> None:
        """Leave rows out."""
        if rows:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM staged_address WHERE row = ANY(%s)", [rows])

    def complete_keys(self) -> None:
        """Put in the county, which was not known when the keys were made."""
        _run(KEYS)

    def merge(
        self, *, origin: str = AddressPoint.Origin.IMPORTED, synthetic: bool = False
    ) -> tuple[int, int]:
        """Write all staged rows. Returns how many are new and how many replace an older state."""
        with transaction.atomic():
            _run("SELECT pg_advisory_xact_lock(hashtext('territory.addresses'))")
            _new_names()
            _run(BASES)
            _run(CROSSES)
            _aliases()
            with connection.cursor() as cursor:
                cursor.execute(POINTS_COUNTED, {"origin": origin, "synthetic": synthetic})
                new, changed = cursor.fetchone()
                cursor.execute(WEIGHTS)
        return new, changed


POINTS_COUNTED = f"""
WITH written AS ({POINTS} RETURNING (p.xmax = 0) AS new)
SELECT count(*) FILTER (WHERE new), count(*) FILTER (WHERE NOT new) FROM written
"""


def _staged(row: int, written: Written, address: Address) -> tuple[Any, ...]:
    return (
        row,
        naming.key_of(written, address),
        address.family,
        written.kind,
        address.base,
        words.fold(address.base)[: naming.NAME_CHARS],
        address.cross,
        words.fold(address.cross)[: naming.NAME_CHARS],
        address.name[:200],
        list(address.aliases),
        address.street,
        address.number,
        address.serial,
        address.mark[:24],
        written.county,
        written.township,
        written.community,
        written.lon,
        written.lat,
        written.valid_from,
        written.valid_to,
        written.source[:100],
        written.synthetic,
        written.code,
        written.code.removeprefix("division/") if address.family == Family.DIVISION else "",
    )


NAME_COLUMNS = [
    "family", "kind", "code", "name", "stands_for", "normal", "pinyin", "initials", "keys", "weight", "spot", "base_id",
]  # fmt: skip


def _new_names() -> None:
    """Names that the store does not know yet, with their search material."""
    family_kind = {"street": Kind.STREET, "estate": Kind.ESTATE, "thing": Kind.COMPONENT}
    new = rows(NEW_NAMES)
    _copy_names(
        (family, family_kind.get(family, kind), code, base, base, lon, lat, naming.weight(kind, count), None)
        for code, family, _normal, base, kind, lon, lat, count in new
    )


def _aliases() -> None:
    places = set(Division.objects.filter(level__lte=6).values_list("name", flat=True))
    wanted: dict[tuple[int, str], tuple[Any, ...]] = {}
    for base, name, family, kind, code, lon, lat, given in rows(ALIASED):
        for alias in naming.other_names(name, family, kind, [one for one in given if one], places):
            wanted[base, words.fold(alias)] = (family, kind, code, alias, name, lon, lat, 0, base)
    bases = list({base for base, _normal in wanted})
    for known in rows("SELECT base_id, normal FROM territory_addressname WHERE base_id = ANY(%s)", [bases]):
        wanted.pop(known, None)
    _copy_names(wanted.values())


def _copy_names(given: Iterable[tuple[Any, ...]]) -> None:
    statement = sql.SQL("COPY territory_addressname ({}) FROM STDIN").format(
        sql.SQL(", ").join(map(sql.Identifier, NAME_COLUMNS))
    )
    made = list(given)  # read before the copy begins: one connection does one thing at a time
    if not made:
        return
    with connection.cursor() as cursor, cursor.copy(statement) as copy:  # type: ignore[attr-defined]
        for family, kind, code, name, stands_for, lon, lat, weight, base in made:
            found = naming.material(name, family, kind)
            spot = Point(lon, lat, srid=4490).hexewkb.decode()
            shown = (name[: naming.NAME_CHARS], stands_for[: naming.NAME_CHARS])
            search = (found.normal, found.pinyin, found.initials, found.keys)
            copy.write_row((family, kind, code, *shown, *search, weight, spot, base))


def forget(origin: str) -> None:
    """Take out what was derived before, and names that nothing bears any more. Inside a transaction."""
    AddressPoint.objects.filter(origin=origin).delete()


def prune() -> None:
    """Drop names that no address bears."""
    _run(f"DELETE FROM territory_addressname a USING ({BARE}) b WHERE a.base_id = b.id")
    _run(f"DELETE FROM territory_addressname a USING ({BARE}) b WHERE a.id = b.id")


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def rows(statement: str, given: Any = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.fetchall()
