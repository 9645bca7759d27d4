"""The statements of the search. Each branch is bounded by an index it begins in and a LIMIT.

Two habits keep the plans right at any size, measured at 50 thousand and 2 million addresses: no join of the names with
themselves (an alias repeats what stands in its base), and every list of words or keys is walked by a LATERAL probe
with its own LIMIT, so that the planner never weighs a sequential scan against a whole list.
"""

SCOPED = "(cardinality(%(scope)s::text[]) = 0 OR n.code = ANY(%(scope)s) OR n.family = 'division')"
NAME = """coalesce(n.base_id, n.id), n.family, n.kind, n.code, n.stands_for, n.name, n.normal, n.pinyin, n.initials,
  n.weight, ST_X(n.spot), ST_Y(n.spot)"""


def _each(given: str, condition: str, *, most: int, array: str = "text[]", first: int = 0) -> str:
    """Names that meet a condition for each part of a list, those with most weight first.

    first: read only so many before sorting, where no index gives the order.
    """
    found = f"SELECT n.* FROM territory_addressname n WHERE {condition} AND {SCOPED}"
    if first:
        found = f"SELECT n.* FROM ({found} LIMIT {first}) n"
    return f"""
SELECT {NAME} FROM unnest(%({given})s::{array}) AS given(part)
 CROSS JOIN LATERAL ({found} ORDER BY n.weight DESC LIMIT {most}) n"""


def _beginning(column: str, size: int, given: str) -> str:
    """Names that begin like each part of `size` characters, by the index on their first `size` and weight."""
    return _each(given, f"left(n.{column}, {size}) = given.part", most=24)


def _longer(column: str, given: str) -> str:
    """Names that begin like each part, so long that few do: a range of the index on the whole column."""
    above = f"n.{column} ~>=~ given.part AND n.{column} ~<~ (given.part || chr(1114111))"
    return _each(given, above, most=24, first=200)


HAN = (
    _each("exact", "n.normal = given.part", most=40, first=400),
    _beginning("normal", 2, "two"),
    _beginning("normal", 3, "three"),
    _longer("normal", "longer"),
)
LETTERS = (
    _each("letters", "n.pinyin = given.part", most=40, first=400),
    _beginning("pinyin", 4, "four"),
    _longer("pinyin", "sounding"),
    _each("initials", "n.initials = given.part", most=24),
    _beginning("initials", 3, "first"),
    _longer("initials", "firsts"),
)
WRITTEN = {latin: " UNION ALL ".join(HAN + (LETTERS if latin else ())) for latin in (False, True)}
"""Names written as typed. Keyed by whether it was typed in letters."""

ALIKE = " UNION ALL ".join(
    (
        _each("sounds", "n.pinyin = given.part", most=40, first=400),
        _longer("pinyin", "sounding"),
        _each("slips", "n.keys @> ARRAY[given.part]", most=40, array="int[]", first=120),
        _each("parts", "n.keys @> given.part::int[]", most=40, first=200),
    )
)
"""Names that sound like the words, look like them, or hold them."""

ROW = """p.kind, p.name,
  CASE WHEN p.kind IN ('shop', 'unit', 'landmark', 'estate') THEN p.street || p.number ELSE p.street END,
  p.serial, p.county, p.township, p.community, ST_X(p.point), ST_Y(p.point)"""
VALID = (
    "(p.valid_from IS NULL OR p.valid_from <= %(on)s) AND (p.valid_to IS NULL OR p.valid_to > %(on)s)"
    " AND (cardinality(%(scope)s::text[]) = 0 OR p.county = ANY(%(scope)s))"
)
BY_NEAR = """CASE WHEN %(lon)s::float8 IS NULL THEN 0
  ELSE (ST_X(p.point) - %(lon)s) ^ 2 + (ST_Y(p.point) - %(lat)s) ^ 2 END"""
AMONG = f"""SELECT p.* FROM territory_addresspoint p
   WHERE p.base_id = asked.base AND p.cross_id IS NULL AND {VALID}"""
POINTS = f"""
WITH asked AS MATERIALIZED (
  SELECT * FROM unnest(%(n)s::int[], %(base)s::bigint[], %(serial)s::int[], %(mark)s::text[], %(whole)s::text[],
                       %(crossing)s::bool[], %(doors)s::bool[]) AS a(n, base, serial, mark, whole, crossing, doors)
)
SELECT asked.n, 'head', {ROW} FROM asked CROSS JOIN LATERAL (
  SELECT * FROM ({AMONG} AND p.serial IS NULL AND p.mark = '' LIMIT 400) p ORDER BY {BY_NEAR}, p.id LIMIT 8) p
 WHERE NOT asked.crossing
UNION ALL
SELECT asked.n, CASE WHEN p.mark = asked.mark THEN 'number' ELSE 'whole' END, {ROW}
  FROM asked CROSS JOIN LATERAL (
  SELECT * FROM ({AMONG} AND p.serial = asked.serial AND p.mark IN (asked.mark, asked.whole) LIMIT 100) p
   ORDER BY p.mark <> asked.mark, {BY_NEAR}, p.id LIMIT 4) p
 WHERE asked.serial IS NOT NULL
UNION ALL
SELECT asked.n, 'number', {ROW} FROM asked CROSS JOIN LATERAL (
  SELECT * FROM ({AMONG} AND p.serial IS NULL AND p.mark = asked.mark LIMIT 100) p
   ORDER BY {BY_NEAR}, p.id LIMIT 4) p
 WHERE asked.mark <> '' AND asked.serial IS NULL
UNION ALL
SELECT asked.n, 'below', {ROW} FROM asked CROSS JOIN LATERAL (
  {AMONG} AND p.serial < asked.serial ORDER BY p.serial DESC LIMIT 6) p
 WHERE asked.doors
UNION ALL
SELECT asked.n, 'above', {ROW} FROM asked CROSS JOIN LATERAL (
  {AMONG} AND p.serial > asked.serial ORDER BY p.serial LIMIT 6) p
 WHERE asked.doors
UNION ALL
SELECT asked.n, 'crossing', {ROW} FROM asked CROSS JOIN LATERAL (
  SELECT * FROM (
    SELECT p.* FROM territory_addresspoint p WHERE p.base_id = asked.base AND p.cross_id = ANY(%(others)s)
    UNION ALL
    SELECT p.* FROM territory_addresspoint p WHERE p.cross_id = asked.base AND p.base_id = ANY(%(others)s)) p
   WHERE {VALID} ORDER BY {BY_NEAR}, p.id LIMIT 4) p
 WHERE asked.crossing AND cardinality(%(others)s::bigint[]) > 0
UNION ALL
SELECT asked.n, 'crossing', {ROW} FROM asked CROSS JOIN LATERAL (
  SELECT * FROM (
    SELECT p.* FROM territory_addresspoint p WHERE p.base_id = asked.base AND p.cross_id IS NOT NULL
    UNION ALL
    SELECT p.* FROM territory_addresspoint p WHERE p.cross_id = asked.base) p
   WHERE {VALID} ORDER BY {BY_NEAR}, p.id LIMIT 8) p
 WHERE asked.crossing AND asked.n = ANY(%(any)s)
"""
