"""Writing an export: one statement streams from PostgreSQL into a file, whatever the number of rows.

A killed worker begins again: its half-written file lies in a temporary folder, the store gets it whole or not at all.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.core.files.base import File
from django.core.files.storage import storages
from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from xiucheng.cases.models import Case, CaseExport
from xiucheng.cases.queries import asked, columns
from xiucheng.cases.queries.found import narrowed
from xiucheng.cases.queries.lists import SORTS
from xiucheng.kernel import jobs, settings
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.sheets import XlsxSheets, harmless
from xiucheng.people.models import Post

SAY_EVERY = 20_000  # rows between two looks at whether somebody stopped it
FETCHED = 2_000
BOM = b"\xef\xbb\xbf"
Tick = Callable[[int], None]


def frozen(post: Post) -> dict[str, Any]:
    """What decides which cases a post sees: an export is of this scope, and handed out to it alone."""
    return {
        "role": str(post.role),
        "codes": sorted(post.scope_codes),
        "department": post.department_id if post.department_only else None,
    }


def still_held(export: CaseExport) -> Post:
    """The post of an export, unchanged. Raises: Refused 403."""
    post = (
        Post.objects.in_force(timezone.localdate())
        .filter(pk=export.post_id)
        .select_related("department")
        .first()
    )
    if post is None or frozen(post) != export.scope:
        raise Refused(
            _("导出以后，您的岗位或管辖范围变了，这个文件不能再下载。请重新导出。"), status=403, code="scope"
        )
    return post


def run(export_id: UUID, job_id: str | None) -> dict[str, Any]:
    """Write the file of an export. Returns the result of its job."""
    export = CaseExport.objects.get(pk=export_id)
    post = still_held(export)
    with translation.override(export.language), tempfile.TemporaryDirectory(prefix="export-") as folder:
        found = listed(post, export)
        total = found.order_by().count()
        jobs.progress(job_id, 0, total=total)
        path = Path(folder) / export.file.replace("/", "-")
        rows = WRITERS[export.format](
            path, found, columns.chosen(export.columns, columns.EXPORTED), tick(job_id)
        )
        jobs.check_cancelled(job_id)
        size = path.stat().st_size
        keep(export, path)
        until = timezone.now() + timedelta(days=settings.get("cases.export_days"))
        if not CaseExport.objects.filter(pk=export.pk).update(rows=rows, size=size, expires_at=until):
            storages["files"].delete(export.file)  # its owner deleted it meanwhile
            raise jobs.Cancelled
        jobs.progress(job_id, rows, total=rows)
        return {"url": f"/exports/{export.pk}/file", "words": _("下载（%(rows)d 行）") % {"rows": rows}}


def listed(post: Post, export: CaseExport) -> Any:
    """The cases of an export, in the order of the list."""
    filter = asked.filter_of(export.asked)
    sort = SORTS[filter.sort]
    found = narrowed(Case.seen_by(post), filter)
    if sort.column != "reported_at":
        found = found.filter(**{f"{sort.column}__isnull": False})
    return found.order_by(*sort.order)


def tick(job_id: str | None) -> Tick:
    """Says how far it is, and stops when somebody asked for it."""

    def said(rows: int) -> None:
        if rows % SAY_EVERY == 0:
            jobs.check_cancelled(job_id)
            jobs.progress(job_id, rows)

    return said


def keep(export: CaseExport, path: Path) -> None:
    store = storages["files"]
    if store.exists(export.file):  # of a run that was killed after it
        store.delete(export.file)
    with path.open("rb") as file:
        store.save(export.file, File(file))


def write_csv(path: Path, found: Any, wanted: list[columns.Column], tick: Tick) -> int:
    """COPY writes the rows; what PostgreSQL sends is the file. One message is one row."""
    rows = 0
    with path.open("wb", buffering=1 << 20) as file:
        heading = ",".join('"' + harmless(label).replace('"', '""') + '"' for label in columns.labels(wanted))
        file.write(BOM + heading.encode() + b"\n")
        for part in copied(found, wanted):
            file.write(part)
            rows += 1
            if rows % SAY_EVERY == 0:
                tick(rows)
    return rows


def copied(found: Any, wanted: list[columns.Column]) -> Iterator[Any]:
    try:
        sql, values = columns.statement(found, wanted, harmless=True)
    except EmptyResultSet:
        return
    with streaming() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)", values) as rows:
        yield from rows


def write_xlsx(path: Path, found: Any, wanted: list[columns.Column], tick: Tick) -> int:
    sheets = XlsxSheets(path, columns.labels(wanted), _("案件"))
    try:
        for row in fetched(found, wanted):
            sheets.append(row)
            if sheets.rows % SAY_EVERY == 0:
                tick(sheets.rows)
    finally:
        sheets.close()
    return sheets.rows


def fetched(found: Any, wanted: list[columns.Column]) -> Iterator[tuple[Any, ...]]:
    try:
        sql, values = columns.statement(found, wanted, harmless=False)
    except EmptyResultSet:
        return
    with streaming("export") as cursor:
        cursor.itersize = FETCHED
        cursor.execute(sql, values)
        yield from cursor


@contextmanager
def streaming(name: str = "") -> Iterator[Any]:
    """A cursor on a connection of its own: the job says meanwhile, on the usual one, how far it is."""
    other = connection.copy()
    try:
        other.ensure_connection()
        raw = other.connection
        with raw.transaction(), raw.cursor(name=name) if name else raw.cursor() as cursor:
            yield cursor
    finally:
        other.close()


WRITERS = {"csv": write_csv, "xlsx": write_xlsx}


def remove(export: CaseExport) -> None:
    """Delete the file and the row, in this order: whoever is killed between leaves a row that is deleted again."""
    storages["files"].delete(export.file)
    export.delete()


def remove_expired() -> int:
    """Delete what is older than it may be, and what was asked for long ago and never came to be."""
    now = timezone.now()
    old = CaseExport.objects.filter(expires_at__lt=now)
    never = CaseExport.objects.filter(expires_at=None, created_at__lt=now - timedelta(days=30))
    removed = 0
    for export in old.union(never):
        remove(export)
        removed += 1
    return removed
