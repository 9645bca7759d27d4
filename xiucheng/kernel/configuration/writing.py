"""The stored configuration as files."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from xiucheng.kernel.configuration import cells
from xiucheng.kernel.configuration.tables import Table, table_of, tables

MANIFEST = "manifest.json"
FORMAT = 1
NOBODY = "0"  # the number and the name of no row


@dataclass(frozen=True, slots=True)
class Stored:
    """One row as it is stored: its number in the database, its key, its cells in the order of the columns, its shape."""

    pk: Any
    key: str
    cells: tuple[str, ...]
    shape: str = ""


class Names:
    """What each row is called in a file, by its number in the database; each table is read once."""

    def __init__(self) -> None:
        self._known: dict[type[models.Model], dict[Any, str]] = {}

    def of(self, model: type[models.Model]) -> dict[Any, str]:
        if model not in self._known:
            self._known[model] = self._read(table_of(model))
        return self._known[model]

    def forget(self, model: type[models.Model]) -> None:
        self._known.pop(model, None)

    def _read(self, table: Table) -> dict[Any, str]:
        columns = table.columns[: len(table.key)]
        attnames = [column.attname for column in columns]
        return {
            row[0]: self.key(columns, row[1:]) for row in table.of._base_manager.values_list("pk", *attnames)
        }

    def key(self, columns: "list[models.Field[Any, Any]]", values: Any) -> str:
        """What a row is called by the values of its key."""
        parts = [self.cell(column, value) for column, value in zip(columns, values, strict=True)]
        return cells.join(parts)

    def cell(self, column: "models.Field[Any, Any]", value: Any) -> str:
        if value is None or not column.is_relation:
            return cells.write(value)
        assert column.related_model is not None
        return self.of(column.related_model)[value]

    def spoken(self, table: Table, column: str, value: Any) -> Any:
        """A JSON object with names of rows in the place of their numbers; a row that is gone is `NOBODY`."""
        if not isinstance(value, dict):
            return value
        found = dict(value)
        for member, model in table.within[column].items():
            if member in found:
                known = {str(pk): name for pk, name in self.of(apps.get_model(model)).items()}
                found[member] = known.get(str(found[member]), NOBODY)
        return found


def stored(table: Table, names: Names) -> list[Stored]:
    """All rows of a table in the order of their keys. A statement for the rows, one for each many-to-many."""
    plain = [column for column in table.columns if not column.many_to_many]
    many = [column for column in table.columns if column.many_to_many]
    shape = table.shape
    attnames = [column.attname for column in plain] + ([shape.attname] if shape else [])
    helpers = [_helpers(column, names) for column in many]
    named = [column.name for column in plain]
    rows = []
    for pk, *values in table.rows.values_list("pk", *attnames).iterator(chunk_size=2000):
        outline = cells.write_shape(values.pop()) if shape else ""
        texts = [names.cell(column, value) for column, value in zip(plain, values, strict=True)]
        for column in table.within:
            place = named.index(column)
            texts[place] = cells.dumps(names.spoken(table, column, values[place]))
        key = cells.join(texts[: len(table.key)])
        texts += [cells.dumps(sorted(found.get(pk, []))) for found in helpers]
        rows.append(Stored(pk, key, tuple(texts), outline))
    # By the cells of the key; rows of one key by all that they hold.
    rows.sort(key=lambda row: (row.cells, row.shape))
    return rows


def _helpers(column: Any, names: Names) -> dict[Any, list[str]]:
    """Row → names of what a many-to-many column holds."""
    through = column.remote_field.through
    found: dict[Any, list[str]] = {}
    target = names.of(column.related_model)
    pairs = through._base_manager.values_list(
        f"{column.m2m_field_name()}_id", f"{column.m2m_reverse_field_name()}_id"
    )
    for pk, other in pairs.iterator(chunk_size=5000):
        found.setdefault(pk, []).append(target[other])
    return found


def written() -> Iterator[tuple[str, bytes]]:
    """All files of the configuration: name and content, the manifest last."""
    names, counts = Names(), {}
    for table in tables():
        rows = stored(table, names)
        counts[table.path] = len(rows)
        yield table.path, _geojson(table, rows) if table.shape else _csv(table, rows)
    manifest = {"format": FORMAT, "files": dict(sorted(counts.items()))}
    yield MANIFEST, (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()


def _csv(table: Table, rows: list[Stored]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows(row.cells for row in rows)
    return text.getvalue().encode()


def _geojson(table: Table, rows: list[Stored]) -> bytes:
    """One feature a line."""
    head = (
        '{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:4490"}},"features":[\n'
    )
    lines = []
    for row in rows:
        members = zip(table.columns, row.cells, strict=True)
        properties = json.dumps(
            {c.name: text for c, text in members}, ensure_ascii=False, separators=(",", ":")
        )
        lines.append(f'{{"type":"Feature","properties":{properties},"geometry":{row.shape}}}')
    return (head + ",\n".join(lines) + "\n]}\n").encode()
