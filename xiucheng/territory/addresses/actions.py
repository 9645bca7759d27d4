"""Imports of address points: at once, or as a job that the administrator watches. All or nothing."""

from dataclasses import asdict, dataclass
from typing import IO, Protocol
from uuid import UUID

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xiucheng.kernel import audit, jobs
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import Job
from xiucheng.territory.addresses import files, shelf, store
from xiucheng.territory.addresses.models import AddressImport
from xiucheng.territory.problems import ImportRefused, Problem

MANAGE_TERRITORY = "manage_territory"
"""The right of people.rules; this room lies below and knows it by its name."""

State = AddressImport.State


class Administrator(Protocol):
    """Whoever imports: `people.models.Post` fits."""

    @property
    def rights(self) -> frozenset[str]: ...

    @property
    def signature(self) -> str: ...

    person_id: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. count: rows; new and changed: addresses."""

    count: int
    new: int
    changed: int


def import_addresses(
    *,
    file: File | bytes,
    filename: str,
    crs: str,
    by: Administrator,
    source: str = "",
    synthetic: bool = False,
) -> tuple[AddressImport, Job]:
    """Take a file of address points and import it as a job; for the page of an administrator.

    file: CSV (UTF-8 or GB18030), XLSX or GeoJSON, columns as docs/developers/addresses.md. crs: as
    `territory.imports.parse_crs`: CGCS2000, GCJ02, BD09 or an EPSG number; never guessed; "" only where a GeoJSON
    states its own. source: for rows that name none. The job's page shows the progress; when it has ended, the
    AddressImport has `state`, `count`, or `problems` (row and column as in the file, at most 1,000) and `faults`.
    Raises: Refused 403 without the right MANAGE_TERRITORY; 413, 422, if the file or its CRS cannot be read at all.
    """
    if MANAGE_TERRITORY not in by.rights:
        raise Refused(_("您的岗位不能导入地址，请找系统管理员办理。"), status=403, code="no_right")
    opened = ContentFile(file) if isinstance(file, bytes) else file
    files.check(opened, crs)  # type: ignore[arg-type]  # what cannot be read is said at once, on the page
    kept = shelf.UPLOADS.keep(opened)
    from xiucheng.territory.jobs import import_addresses as task

    with transaction.atomic():
        row = AddressImport.objects.create(
            filename=filename[:200],
            crs=crs[:80],
            source=(source or filename)[:100],
            upload=kept.name,
            synthetic=synthetic,
            by=by.signature[:60],
            person=by.person_id,
            at=timezone.now(),
        )
        job = jobs.track(task, label=_("导入地址点：%(file)s") % {"file": row.filename}, owner=by.person_id,
                         import_id=str(row.pk), language=get_language() or "zh-hans")  # fmt: skip
        row.job = job.pk
        row.save(update_fields=["job"])
    return row, job


def run_import(import_id: str | UUID, *, tell: jobs.Tell) -> Imported | None:
    """Do a waiting import. None if it was done before: a job may run twice.

    Raises: ImportRefused, after the faults were written to the AddressImport.
    """
    row = AddressImport.objects.get(pk=import_id)
    if row.state != State.WAITING:
        return None
    try:
        with shelf.UPLOADS.opened(row.upload) as file, store.staging() as staged:
            reader = _read(file, row.crs, row.source, staged, tell)
            tell(0, 0, _("写入"))
            with transaction.atomic():
                # the lock first: a second worker with the same import waits here, and then finds it done
                locked = AddressImport.objects.select_for_update().get(pk=import_id)
                if locked.state != State.WAITING:
                    return None
                new, changed = staged.merge(synthetic=row.synthetic)
                done = Imported(reader.seen, new, changed)
                locked.state, locked.count, locked.new, locked.changed = State.DONE, done.count, new, changed
                _forget(locked)
                audit.record(
                    by=row.by, subject=f"addresses {row.filename}", before=None, after=asdict(done), person=row.person
                )  # fmt: skip
    except ImportRefused as refusal:
        with transaction.atomic():
            row.state, row.faults = State.REFUSED, refusal.count
            row.problems = [asdict(problem) for problem in refusal.problems]
            _forget(row)
        raise
    return done


def let_go(import_id: str, sentence: str) -> None:
    """The job ended without having imported. sentence: why, «» if it was stopped."""
    with transaction.atomic():
        row = AddressImport.objects.select_for_update().get(pk=import_id)
        if row.state == State.WAITING:
            row.state = State.REFUSED if sentence else State.CANCELLED
            if sentence:
                row.faults, row.problems = 1, [asdict(Problem(0, "", sentence))]
            _forget(row)


def _forget(row: AddressImport) -> None:
    shelf.UPLOADS.forget(row.upload)
    row.upload = ""
    row.save()


def import_addresses_now(
    *, data: bytes, crs: str, source: str, synthetic: bool = False, tell: jobs.Tell = lambda *_said: None
) -> Imported:
    """Import a file at once, for the command and the demo city. The same rules; nothing is stored if a row is wrong.

    Raises: ImportRefused with the row and the column of each fault; Refused, if the file cannot be read.
    """
    with store.staging() as staged:
        reader = _read(data, crs, source, staged, tell)
        new, changed = staged.merge(synthetic=synthetic)
    return Imported(reader.seen, new, changed)


def _read(
    file: IO[bytes] | bytes, crs: str, source: str, staged: store.Staging, tell: jobs.Tell
) -> files.Reader:
    """Stage all rows of a file, find where they lie, and refuse them all if one is wrong."""
    tell(0, 0, _("读文件"))
    opened, move = files.opened(file, crs)
    reader = files.Reader(opened, move, source)
    for batch in reader.batches():
        staged.add(batch)
        tell(reader.seen, 0, _("读文件"))
    tell(0, 0, _("查所在的区划"))
    staged.index()
    for row in staged.locate():
        reader.add(row, "lon", _("这个位置不在本市范围内，请核对坐标和坐标系。"))
    for row, code in staged.unknown_divisions():
        reader.add(row, "county", _("本市没有代码是 %(code)s 的区划。") % {"code": code})
    tell(0, 0, _("查重复"))
    staged.complete_keys()
    for row, first in staged.twice():
        reader.add(row, "name", _("与第 %(row)d 行是同一个地址。") % {"row": first})
    if reader.faults:
        raise ImportRefused(sorted(reader.problems, key=lambda problem: problem.row), count=reader.faults)
    return reader
