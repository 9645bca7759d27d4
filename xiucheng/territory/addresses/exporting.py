"""All imported address points as one CSV that an import takes as it is: the same bytes from the same points."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from xiucheng.kernel import sheets
from xiucheng.territory.addresses.files import HEADINGS
from xiucheng.territory.addresses.rules import kinds, writing
from xiucheng.territory.addresses.rules.kinds import Kind

CRS = "CGCS2000"
BATCH = 5_000
# The headings are part of the format: Chinese, whatever the language of whoever exports.
COLUMNS = {
    "kind": "类别", "name": "名称", "street": "街巷", "number": "门牌号", "estate": "小区", "cross": "相交道路",
    "aliases": "别名", "code": "地址编码", "county": "区县代码", "township": "街道代码", "community": "社区代码",
    "lon": "经度", "lat": "纬度", "valid_from": "启用日期", "valid_to": "停用日期", "source": "来源",
    "synthetic": "示例数据",
}  # fmt: skip
assert all(heading in HEADINGS[field] for field, heading in COLUMNS.items())
# In an order that people find their way in and that no number of the database decides. What is derived from streets
# and divisions is left out: it is derived again.
POINTS = """
SELECT p.kind, p.name, p.aliases, p.street, p.number, coalesce(c.name, ''), p.code, p.county, p.township, p.community,
       ST_X(p.point), ST_Y(p.point), p.valid_from, p.valid_to, p.source, p.synthetic
  FROM territory_addresspoint p LEFT JOIN territory_addressname c ON c.id = p.cross_id
 WHERE p.origin = 'imported'
 ORDER BY p.county, p.kind COLLATE "C", p.street COLLATE "C", p.serial NULLS FIRST, p.key
"""


def write(target: Path) -> int:
    """Write the file, whole or not at all, in constant memory. Returns the number of points."""
    draft = target.with_name(f"{target.name}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="", buffering=1 << 20) as file:
            file.write(sheets.BOM)
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS.values())
            count = 0
            for row in rows():
                writer.writerow(row)
                count += 1
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    return count


def rows() -> Iterator[list[str]]:
    """The cells of each point, from a cursor of the server."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(POINTS)
        while batch := cursor.fetchmany(BATCH):
            for point in batch:
                yield cells(point)


def cells(point: tuple[Any, ...]) -> list[str]:
    kind, name, aliases, street, number, across, code, *places = point
    county, township, community, lon, lat, valid_from, valid_to, source, synthetic = places
    found = writing.names_of(kind, name, aliases, street, number, across) | {
        "kind": kinds.LABELS[Kind(kind)],
        "code": code,
        "county": county,
        "township": township,
        "community": community,
        "source": source,
    }
    exact = {
        "lon": repr(lon),
        "lat": repr(lat),
        "valid_from": str(valid_from or ""),
        "valid_to": str(valid_to or ""),
        "synthetic": "是" if synthetic else "",
    }
    texts = {field: sheets.guarded(text) for field, text in found.items()} | exact
    return [texts[field] for field in COLUMNS]
