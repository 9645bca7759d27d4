"""Which tables are configuration, what names their rows, and which columns never leave."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.contrib.gis.db.models import GeometryField
from django.db import models

from xiucheng.kernel.crypto import EncryptedText

SECRET = re.compile(r"password|secret|token|phone|hash|last_login|recovery")
"""A column with such a name is never exported, whoever adds it."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the configuration.

    file: name of its file without suffix. model: «people.Department». label: what people call it.
    key: the fields that name a row; equal keys are told apart by their order (streets have no name of their own).
    right: the right that whoever changes it by a page must hold (`people.rules.Right`).
    leave: columns that are not configuration. defaults: values of those, for new rows.
    only: which rows count; one that did not, under the key of a row of the files, becomes that row. keep: rows that the
    files do not know stay (nobody loses the account he works with). within: members of JSON objects that hold the number
    of a row, {column: {member: model}}; a file names the row instead. after: what is derived from the table, done anew
    when an import has changed it.
    """

    file: str
    model: str
    label: str
    key: tuple[str, ...]
    right: str
    leave: tuple[str, ...] = ()
    defaults: Callable[[], dict[str, Any]] = dict
    only: Callable[[], models.Q] = models.Q
    keep: bool = False
    after: tuple[Callable[[], Any], ...] = ()
    within: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)
    _cached: dict[str, Any] = field(default_factory=dict, repr=False, compare=False, hash=False)

    @property
    def of(self) -> type[models.Model]:
        return apps.get_model(self.model)

    @property
    def rows(self) -> "models.QuerySet[Any]":
        return self.of._base_manager.filter(self.only())

    @property
    def columns(self) -> list["models.Field[Any, Any]"]:
        """Key first, then all other columns by name, many-to-many last. Secrets are left out."""
        if "columns" not in self._cached:
            meta = self.of._meta
            key = [meta.get_field(name) for name in self.key]
            rest = sorted(
                (f for f in meta.concrete_fields if f.name not in self.key and self._counts(f)),
                key=lambda f: f.name,
            )
            many = sorted((f for f in meta.many_to_many if self._counts(f)), key=lambda f: f.name)
            self._cached["columns"] = [*key, *rest, *many]
        return self._cached["columns"]

    def _counts(self, column: Any) -> bool:
        made = isinstance(column, models.AutoField | models.GeneratedField)
        secret = isinstance(column, EncryptedText) or SECRET.search(column.name)
        shape = isinstance(column, GeometryField)
        return not (made or secret or shape or column.name in self.leave)

    @property
    def shape(self) -> "GeometryField | None":
        """The column with the geometry; a table that has one is a GeoJSON file."""
        found = [f for f in self.of._meta.concrete_fields if isinstance(f, GeometryField)]
        return found[0] if found else None

    @property
    def path(self) -> str:
        return f"{self.file}.{'geojson' if self.shape else 'csv'}"

    @property
    def targets(self) -> set[type[models.Model]]:
        """The tables that its columns point at."""
        named = {apps.get_model(model) for members in self.within.values() for model in members.values()}
        return named | {f.related_model for f in self.columns if f.is_relation}  # type: ignore[misc]


_ALL: dict[str, Table] = {}


def register(table: Table) -> None:
    """Make a table known as configuration. Raises: ValueError, if the file's name is taken."""
    if _ALL.setdefault(table.file, table).model != table.model:
        raise ValueError(f"{table.file} is declared twice")


@cache
def _discovered() -> None:
    for room in apps.get_app_configs():
        if find_spec(f"{room.name}.config"):
            import_module(f"{room.name}.config")


def tables() -> list[Table]:
    """All tables, each behind those it points at."""
    _discovered()
    by_model = {table.of: table for table in _ALL.values()}
    order: list[Table] = []

    def visit(table: Table, above: tuple[str, ...]) -> None:
        if table in order:
            return
        if table.file in above:
            raise ValueError(f"tables point at each other: {above}")
        for target in sorted(table.targets - {table.of}, key=lambda model: model.__name__):
            if target not in by_model:
                raise ValueError(f"{table.file} points at {target.__name__}, which is no configuration")
            visit(by_model[target], (*above, table.file))
        order.append(table)

    for table in sorted(_ALL.values(), key=lambda table: table.file):
        visit(table, ())
    return order


def table_of(model: type[models.Model]) -> Table:
    """The table of a model. Raises: KeyError."""
    return {table.of: table for table in _ALL.values()}[model]


def numbered(keys: Iterator[str]) -> Iterator[tuple[str, int]]:
    """Each key with how often it came before: equal keys are told apart by their order."""
    seen: dict[str, int] = {}
    for key in keys:
        yield key, seen.get(key, 0)
        seen[key] = seen.get(key, 0) + 1
