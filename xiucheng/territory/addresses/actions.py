"""Imports of address points: at once, or as a job that the administrator watches. All or nothing."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Protocol
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel import audit, jobs
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import Job
from xiucheng.territory.addresses import files, store
from xiucheng.territory.addresses.models import AddressImport
from xiucheng.territory.problems import ImportRefused

MANAGE_TERRITORY = "manage_territory"
"""The right of people.rules; this room lies below and knows it by its name."""

State = AddressImport.State


class Administrator(Protocol):
    """Whoever imports: `people.models.Post` fits."""

    @property
    def rights(self) -> frozenset[str]: ...

    person_id: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. count: rows; new and changed: addresses."""

    count: int
    new: int
    changed: int


def import_addresses(
    *, data: bytes, filename: str, crs: str, by: Administrator, source: str = "", synthetic: bool = False
) -> tuple[AddressImport, Job]:
    """Take a file of address points and import it as a job; for the page of an administrator.

    data: CSV (UTF-8 or GB18030), XLSX or GeoJSON, columns as docs/developers/addresses.md. crs: as
    `territory.imports.parse_crs`: CGCS2000, GCJ02, BD09 or an EPSG number; never guessed; "" only where a GeoJSON
    states its own. source: for rows that name none. The job's page shows the progress; when it has ended, the
    AddressImport has `state`, `count`, or `problems` (row and column as in the file, at most 1,000) and `faults`.
    Raises: Refused 403 without the right MANAGE_TERRITORY; 413, 422, if the file or its CRS cannot be read at all.
    """
    if MANAGE_TERRITORY not in by.rights:
        raise Refused(_("您的岗位不能导入地址，请找系统管理员办理。"), status=403, code="no_right")
    if len(data) > files.MAX_BYTES:
        raise Refused(_("文件太大，请分成几个文件再传。"), status=413, field="file")
    files.opened(data, crs)  # what cannot be read is said at once, on the page
    from xiucheng.territory.jobs import import_addresses as task

    with transaction.atomic():
        row = AddressImport.objects.create(
            filename=filename[:200],
            crs=crs[:80],
            source=(source or filename)[:100],
            content=data,
            synthetic=synthetic,
            by=str(by)[:60],
            person=by.person_id,
            at=timezone.now(),
        )
        job = jobs.track(task, label=_("导入地址点：%(file)s") % {"file": row.filename}, owner=by.person_id,
                         import_id=str(row.pk))  # fmt: skip
        row.job = job.pk
        row.save(update_fields=["job"])
    return row, job


def run_import(import_id: str | UUID, *, progress: Callable[[int], None]) -> Imported | None:
    """Do a waiting import. None if it was done before: a job may run twice.

    Raises: ImportRefused, after the faults were written to the AddressImport.
    """
    row = AddressImport.objects.get(pk=import_id)
    if row.state != State.WAITING or row.content is None:
        return None
    try:
        with store.staging() as staged:
            reader = _read(bytes(row.content), row.crs, row.source, staged, progress)
            with transaction.atomic():
                # the lock first: a second worker with the same import waits here, and then finds it done
                locked = AddressImport.objects.select_for_update().get(pk=import_id)
                if locked.state != State.WAITING:
                    return None
                new, changed = staged.merge(synthetic=row.synthetic)
                done = Imported(reader.seen, new, changed)
                locked.state, locked.count, locked.content = State.DONE, done.count, None
                locked.save(update_fields=["state", "count", "content"])
                audit.record(
                    by=row.by, subject=f"addresses {row.filename}", before=None, after=asdict(done), person=row.person
                )  # fmt: skip
    except jobs.Cancelled:
        AddressImport.objects.filter(pk=import_id).update(state=State.CANCELLED, content=None)
        raise
    except ImportRefused as refusal:
        row.state, row.content, row.faults = State.REFUSED, None, refusal.count
        row.problems = [asdict(problem) for problem in refusal.problems]
        row.save(update_fields=["state", "content", "faults", "problems"])
        raise
    return done


def import_addresses_now(
    *, data: bytes, crs: str, source: str, synthetic: bool = False,
    progress: Callable[[int], None] = lambda _done: None,
) -> Imported:  # fmt: skip
    """Import a file at once, for the command and the demo city. The same rules; nothing is stored if a row is wrong.

    Raises: ImportRefused with the row and the column of each fault; Refused, if the file cannot be read.
    """
    with store.staging() as staged:
        reader = _read(data, crs, source, staged, progress)
        new, changed = staged.merge(synthetic=synthetic)
    return Imported(reader.seen, new, changed)


def _read(
    data: bytes, crs: str, source: str, staged: store.Staging, progress: Callable[[int], None]
) -> files.Reader:
    """Stage all rows of a file, find where they lie, and refuse them all if one is wrong."""
    opened, move = files.opened(data, crs)
    reader = files.Reader(opened, move, source)
    for batch in reader.batches():
        staged.add(batch)
        progress(reader.seen)
    staged.index()
    for row in staged.locate():
        reader.add(row, "lon", _("这个位置不在本市范围内，请核对坐标和坐标系。"))
    for row, code in staged.unknown_divisions():
        reader.add(row, "county", _("本市没有代码是 %(code)s 的区划。") % {"code": code})
    staged.complete_keys()
    for row, first in staged.twice():
        reader.add(row, "name", _("与第 %(row)d 行是同一个地址。") % {"row": first})
    if reader.faults:
        raise ImportRefused(sorted(reader.problems, key=lambda problem: problem.row), count=reader.faults)
    return reader
