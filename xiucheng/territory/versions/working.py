"""What the jobs of a version do: read the file, check and compare, approve. Each begins again after a kill.

Nothing holds a lock while it reckons; the state that was asked for tells whether there is anything to do, and changes
in one transaction with what was found.
"""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.jobs import Tell
from xiucheng.territory.versions import actions, comparing, reading, shelf
from xiucheng.territory.versions.checking import Row
from xiucheng.territory.versions.comparing import Compared
from xiucheng.territory.versions.models import GroundVersion

State = GroundVersion.State
Effect = Callable[[GroundVersion], dict[str, Any]]


def read(version_id: int, tell: Tell) -> GroundVersion | None:
    """What the file says of itself: layers, columns, CRS. None, if there is nothing (more) to do."""
    row = GroundVersion.objects.get(pk=version_id)
    if row.state != State.READING:
        return None
    tell(0, 0, _("读文件"))
    found = reading.look(_content(row), row.file_name)
    tell(0, 0, _("读文件"))
    with transaction.atomic():
        row = actions.held(row, (State.READING,), _gone())
        row.found, row.crs, row.state = _said(found), reading.epsg_of(found.crs)[:60], State.UPLOADED
        row.save()
    return row


def check(version_id: int, tell: Tell, effect: Effect) -> GroundVersion | None:
    """Read in the confirmed CRS, check, compare, and what it does to open cases; or only the last three, once more."""
    row = GroundVersion.objects.get(pk=version_id)
    if row.state != State.CHECKING:
        return None
    rows = comparing.stored_rows(row) if row.asked.get("again") else _rows(row, tell)
    found = comparing.compared(row, rows, tell)
    row = _written(row, State.CHECKING, found, tell)
    known = None if found.wrong else _effect(row, tell, effect)
    with transaction.atomic():
        row = actions.held(row, (State.CHECKING,), _gone())
        row.effect, row.asked, row.state = known, {}, State.DRAFT
        row.save()
    return row


def approve(version_id: int, tell: Tell, effect: Effect) -> GroundVersion | None:
    """Check a last time against what is in force, and approve. Raises: Refused 409, if it no longer fits."""
    row = GroundVersion.objects.get(pk=version_id)
    if row.state != State.APPROVING:
        return None
    found = comparing.compared(row, comparing.stored_rows(row), tell)
    if found.wrong:
        raise Refused(_("起草以后现行的区划或网格变了，这个版本不再合适，请退回。"), status=409, code="stale")
    row = _written(row, State.APPROVING, found, tell)
    known = _effect(row, tell, effect)
    with transaction.atomic():
        row = actions.held(row, (State.APPROVING,), _gone())
        row.effect = known
        return actions.approved(row)


def _rows(row: GroundVersion, tell: Tell) -> list[Row]:
    data, asked = _content(row), row.asked
    tell(0, 0, _("读文件"))
    found = reading.look(data, row.file_name, asked.get("layer", ""))
    if found.layer != row.found.get("layer", ""):  # the page shows the columns of the layer that was chosen
        row.found = _said(found)
        row.save(update_fields=["found"])
    comparing.agreed(found.crs and reading.epsg_of(found.crs), reading.epsg_of(row.crs))
    columns = comparing.columns_of(found.fields, found.columns, asked.get("fields", {}))
    row.found = {**row.found, "fields": columns}
    return comparing.read_rows(data, row.file_name, found, columns, row.crs, tell)


def _written(row: GroundVersion, state: GroundVersion.State, found: Compared, tell: Tell) -> GroundVersion:
    tell(0, 0, _("写入"))
    with transaction.atomic():
        kept = actions.held(row, (state,), _gone())
        kept.found = row.found
        comparing.write(kept, found)
    return kept


def _effect(row: GroundVersion, tell: Tell, effect: Effect) -> dict[str, Any]:
    tell(0, 0, _("看对在办案件的影响"))
    return effect(row)


def _gone() -> str:
    return _("这个版本已经不在办理中，请刷新页面。")


def _content(row: GroundVersion) -> bytes:
    with shelf.UPLOADS.opened(row.upload) as file:
        return file.read()


def _said(found: reading.Found) -> dict[str, Any]:
    return {
        "layers": found.layers,
        "layer": found.layer,
        "count": found.count,
        "crs": reading.crs_name(found.crs),
        "inside": reading.epsg_of(found.crs),
        "columns": found.columns,
        "fields": found.fields,
    }
