"""What an import would change: added, changed, removed, by file."""

from collections.abc import Callable
from dataclasses import dataclass, field

from xiucheng.kernel.configuration.reading import Content, Row
from xiucheng.kernel.configuration.tables import Table, numbered, tables
from xiucheng.kernel.configuration.writing import Names, Stored, stored

Tick = Callable[[int, int], None]
"""Told how many of how many tables are done; may raise to stop."""


def silent(done: int, total: int) -> None:
    """For whoever waits."""


@dataclass(frozen=True, slots=True)
class FilePlan:
    """The difference of one file from the store."""

    table: Table
    added: list[Row] = field(default_factory=list)
    changed: list[tuple[Stored, Row]] = field(default_factory=list)
    removed: list[Stored] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not (self.added or self.changed or self.removed)

    def columns_changed(self, old: Stored, new: Row) -> list[tuple[str, str, str]]:
        """Which columns of a row change, from what to what."""
        names = [column.name for column in self.table.columns]
        cells = zip(names, old.cells, new.cells, strict=True)
        found = [(name, before, after) for name, before, after in cells if before != after]
        if self.table.shape and old.shape != new.shape:
            found.append((self.table.shape.name, "…", "…"))
        return found


def plan(content: Content, tick: Tick = silent) -> list[FilePlan]:
    """For each table of the content what is to be done to make the store equal to it. tick: told how many are done."""
    names = Names()
    found: list[FilePlan] = []
    known = [table for table in tables() if table.file in content]
    for table in known:
        tick(len(found), len(known))
        found.append(compare(table, content[table.file], names))
    return found


def compare(table: Table, wanted: list[Row], names: Names) -> FilePlan:
    """Rows are the same if their keys are; equal keys are paired in their order."""
    wanted = sorted(wanted, key=lambda row: (row.cells, row.shape))
    have = stored(table, names)
    there = dict(zip(numbered(row.key for row in have), have, strict=True))
    found = FilePlan(table)
    for name, row in zip(numbered(row.key for row in wanted), wanted, strict=True):
        old = there.pop(name, None)
        if old is None:
            found.added.append(row)
        elif (old.cells, old.shape) != (row.cells, row.shape):
            found.changed.append((old, row))
    if not table.keep:
        found.removed.extend(there.values())
    return found
