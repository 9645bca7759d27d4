"""Make the store equal to files: all or nothing.

Tables are written in the order of what points at what; what the files do not know is taken out, unless history holds
it. A table's own removals come first where they can (two versions of a grid may not overlap), else at the end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from xiucheng.kernel import audit, stamps
from xiucheng.kernel.configuration.planning import FilePlan, Tick, compare, silent
from xiucheng.kernel.configuration.reading import WORDS, Content, Fault, FaultyFiles, Row
from xiucheng.kernel.configuration.tables import Table, tables
from xiucheng.kernel.configuration.writing import NOBODY, Names, Stored
from xiucheng.kernel.errors import Refused

BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Applied:
    """How many rows of all files were added, changed, removed."""

    added: int = 0
    changed: int = 0
    removed: int = 0


def apply(content: Content, *, by: str, person: int | None = None, tick: Tick = silent) -> Applied:
    """Write a configuration: every table of the content becomes equal to its file. One transaction.

    by: who, for the audit. tick: told how many tables are done; may raise to stop. Raises: FaultyFiles, where a cell
    names a row that does not exist; Refused 409, where a row to be taken out is held by history, or two rows exclude
    one another.
    """
    with transaction.atomic():
        run = _Run()
        known = [table for table in tables() if table.file in content]
        for done, table in enumerate(known):
            tick(done, len(known))
            run.write(table, content[table.file])
        run.finish()
        audit.record(
            by=by, person=person, subject="config import", before=None, after=run.counts, kind="config"
        )
        stamps.changed()
    totals = [sum(count[n] for count in run.counts.values()) for n in range(3)]
    return Applied(*totals)


class _Run:
    def __init__(self) -> None:
        self.names = Names()
        self.counts: dict[str, list[int]] = {}
        self.after: list[Callable[[], Any]] = []
        self.left: list[tuple[Table, list[Stored]]] = []
        self._by_name: dict[Any, tuple[dict[Any, str], dict[str, Any]]] = {}

    def write(self, table: Table, wanted: list[Row]) -> None:
        plan = compare(table, wanted, self.names)
        self.counts[table.file] = [len(plan.added), len(plan.changed), len(plan.removed)]
        if plan.empty:
            return
        self.after += [each for each in table.after if each not in self.after]
        values = self._values(plan)
        if plan.removed and not _taken_out(table, plan.removed):
            self.left.append((table, plan.removed))
        try:
            with transaction.atomic():
                self._store(plan, values)
        except IntegrityError as error:
            raise Refused(
                _("%(file)s 没有导入：其中的行互相矛盾（%(why)s）。请改正后再试。")
                % {"file": table.path, "why": _constraint(error)},
                status=409,
                field="file",
                code="conflict",
            ) from error
        self.names.forget(table.of)

    def finish(self) -> None:
        """Take out what could not go before, those that point first."""
        for table, rows in reversed(self.left):
            if not _taken_out(table, rows):
                shown = _("、").join(row.key for row in rows[:5])
                raise Refused(
                    _(
                        "%(label)s 里有 %(count)d 行不在文件里，但已被使用，不能去掉：%(rows)s。"
                        "请把它们写进文件，或先停用。"
                    )
                    % {"label": _(table.label), "count": len(rows), "rows": shown},
                    status=409,
                    field="file",
                    code="in_use",
                )
        for derive in self.after:
            derive()

    def _values(self, plan: FilePlan) -> dict[int, dict[str, Any]]:
        """Row number → values, with names of rows replaced by their numbers in the database."""
        table, faults = plan.table, []
        columns = [column for column in table.columns if column.is_relation]
        own = {name for row in [*plan.added, *(new for _old, new in plan.changed)] for name in (row.key,)}
        ready: dict[int, dict[str, Any]] = {}
        for row in [*plan.added, *(new for _old, new in plan.changed)]:
            values = dict(row.values)
            for column in columns:
                known = self._numbers(column.related_model)
                wanted = values[column.name] if column.many_to_many else [values[column.name]]
                for name in wanted:
                    if name and name not in known and not (column.related_model is table.of and name in own):
                        sentence = _("没有“%(name)s”。") % {"name": name[:80]}
                        faults.append(Fault(table.path, row.number, column.name, sentence))
            for within in table.within:
                values[within] = self._unspoken(table, within, values[within], row.number, faults)
            ready[row.number] = values
        if faults:
            raise FaultyFiles(faults)
        return ready

    def _unspoken(self, table: Table, column: str, value: Any, row: int, faults: list[Fault]) -> Any:
        """A JSON object with the numbers of the rows that it names; text, as forms and addresses hold them."""
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            faults.append(Fault(table.path, row, column, _(WORDS["object"])))
            return value
        found = dict(value)
        for member, model in table.within[column].items():
            name = found.get(member, NOBODY)
            known = self._numbers(apps.get_model(model))
            if name != NOBODY and name not in known:
                sentence = _("没有“%(name)s”。") % {"name": name[:80]}
                faults.append(Fault(table.path, row, f"{column}.{member}", sentence))
            elif member in found:
                found[member] = str(known.get(name, NOBODY))
        return found

    def _hidden(self, table: Table) -> dict[str, Any]:
        """Rows of the model that are no configuration, by their keys: one that the files name becomes what they say."""
        if not table.only():
            return {}
        shown = set(table.rows.values_list("pk", flat=True))
        return {name: pk for pk, name in self.names.of(table.of).items() if pk not in shown}

    def _numbers(self, model: Any) -> dict[str, Any]:
        """Name → number in the database."""
        names = self.names.of(model)
        known = self._by_name.get(model)
        if known is None or known[0] is not names:
            known = self._by_name[model] = (names, {name: pk for pk, name in names.items()})
        return known[1]

    def _store(self, plan: FilePlan, values: dict[int, dict[str, Any]]) -> None:
        table = plan.table
        hidden = self._hidden(table)
        made = [(row, table.of(**table.defaults())) for row in plan.added if row.key not in hidden]
        there = [(hidden[row.key], row) for row in plan.added if row.key in hidden]
        there += [(old.pk, row) for old, row in plan.changed]
        kept = table.of._base_manager.in_bulk([pk for pk, _row in there])
        moved = [(row, kept[pk]) for pk, row in there]
        later = [
            c for c in table.columns if c.is_relation and c.related_model is table.of and not c.many_to_many
        ]
        for row, instance in [*moved, *made]:
            self._fill(table, instance, values[row.number], {c.name for c in later})
        names = [c.name for c in table.columns if not c.many_to_many and not c.primary_key and c not in later]
        names += [table.shape.name] if table.shape else []
        if moved and names:
            table.of._base_manager.bulk_update([i for _row, i in moved], names, batch_size=BATCH)
        table.of._base_manager.bulk_create([i for _row, i in made], batch_size=BATCH)
        self.names.forget(table.of)
        pairs = [*moved, *made]
        if later:
            self._point_at_itself(table, pairs, values, later)
        for column in (c for c in table.columns if c.many_to_many):
            self._join(column, pairs, values)

    def _fill(self, table: Table, instance: Any, values: dict[str, Any], later: set[str]) -> None:
        for column in table.columns:
            if column.many_to_many or column.name in later:
                continue
            value = values[column.name]
            if column.is_relation:
                value = self._numbers(column.related_model)[value] if value else None
                setattr(instance, column.attname, value)
            else:
                setattr(instance, column.name, value)
        if table.shape:
            setattr(instance, table.shape.name, values[table.shape.name])

    def _point_at_itself(self, table: Table, pairs: Any, values: Any, later: list[Any]) -> None:
        numbers = self._numbers(table.of)
        for row, instance in pairs:
            for column in later:
                name = values[row.number][column.name]
                setattr(instance, column.attname, numbers[name] if name else None)
        names = [column.name for column in later]
        table.of._base_manager.bulk_update([i for _row, i in pairs], names, batch_size=BATCH)

    def _join(self, column: Any, pairs: Any, values: Any) -> None:
        through = column.remote_field.through
        near, far = f"{column.m2m_field_name()}_id", f"{column.m2m_reverse_field_name()}_id"
        numbers = self._numbers(column.related_model)
        keys = [instance.pk for _row, instance in pairs]
        for start in range(0, len(keys), BATCH):
            through._base_manager.filter(**{f"{near}__in": keys[start : start + BATCH]}).delete()
        through._base_manager.bulk_create(
            [
                through(**{near: instance.pk, far: numbers[name]})
                for row, instance in pairs
                for name in values[row.number][column.name]
            ],
            batch_size=BATCH,
        )


def _taken_out(table: Table, rows: list[Stored]) -> bool:
    """Delete rows, if nothing holds them. Their own many-to-many rows go with them."""
    keys = [row.pk for row in rows]
    try:
        with transaction.atomic():
            for start in range(0, len(keys), BATCH):
                table.of._base_manager.filter(pk__in=keys[start : start + BATCH]).delete()
    except (ProtectedError, RestrictedError, IntegrityError):
        return False
    return True


def _constraint(error: IntegrityError) -> str:
    diag = getattr(error.__cause__, "diag", None)
    return str(getattr(diag, "constraint_name", "") or _("数据库约束"))
