"""Every write of an uploaded configuration: sent in, taken up by another, dropped. The face has checked the right.

A post takes up only what it may change by hand: accounts and ground are the system administrator's, posts the security
administrator's (三权分立); the rest of the same archive waits for the other. All of a post's part, or nothing.
"""

import hashlib
from collections.abc import Collection
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel.configuration.applying import Applied, apply
from xiucheng.kernel.configuration.archive import MEGA, PACKED_MAX, unpacked
from xiucheng.kernel.configuration.planning import FilePlan, plan
from xiucheng.kernel.configuration.reading import read
from xiucheng.kernel.configuration.tables import tables
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import ConfigUpload

SHOWN = 20  # rows of each kind kept for whoever looks
State = ConfigUpload.State


def send_in(*, file: UploadedFile, by: str, person: int) -> ConfigUpload:
    """An archive with what it would change. Raises: Refused 413 too large, 422 with what is wrong."""
    if (file.size or 0) > PACKED_MAX:
        raise Refused(_("文件超过 %(limit)d MB。") % {"limit": PACKED_MAX // MEGA}, status=413, field="file")
    data = file.read()
    plans = plan(read(unpacked(data)))
    return ConfigUpload.objects.create(
        name=(file.name or "")[:200],
        digest=hashlib.sha256(data).hexdigest(),
        content=data,
        plan=[summary(one) for one in plans if not one.empty],
        by=by,
        person=person,
        at=timezone.now(),
    )


def take_up(*, upload: int, rights: Collection[str], by: str, person: int) -> Applied:
    """采用 the files whose right is among `rights`. upload: id.

    Raises: Refused 403 for whoever sent it in, 409 once it is settled or where the store has changed meanwhile.
    """
    with transaction.atomic():
        held = waiting(upload)
        if held.person == person:
            raise Refused(
                _("上传的人不能自己采用，请另一位管理员核对后采用。"), status=403, code="approve_self"
            )
        content = read(unpacked(bytes(held.content or b"")))
        mine = {table.file: content[table.file] for table in tables() if table.right in rights}
        done = apply(mine, by=by, person=person)
        # What another administrator may take up waits for him.
        held.plan = [summary(one) for one in plan(content) if not one.empty]
        if held.plan:
            held.save(update_fields=["plan"])
        else:
            settle(held, State.APPLIED, by)
    return done


def drop(*, upload: int, by: str) -> None:
    """放弃. upload: id. Raises: Refused 409 once it is settled."""
    with transaction.atomic():
        settle(waiting(upload), State.DROPPED, by)


def waiting(upload: int) -> ConfigUpload:
    held = ConfigUpload.objects.select_for_update().get(pk=upload)
    if held.state != State.WAITING:
        raise Refused(_("这份配置已经处理过了。"), status=409, code="state")
    return held


def settle(held: ConfigUpload, state: ConfigUpload.State, by: str) -> None:
    held.state, held.decided_by, held.decided_at, held.content = state, by, timezone.now(), None
    held.save()


def summary(plan: FilePlan) -> dict[str, Any]:
    """What one file would change, as its page shows it."""
    return {
        "file": plan.table.path,
        "label": str(plan.table.label),
        "right": plan.table.right,
        "added": len(plan.added),
        "changed": len(plan.changed),
        "removed": len(plan.removed),
        "rows": [
            *(["+", row.key[:120], []] for row in plan.added[:SHOWN]),
            *(
                ["~", new.key[:120], [[n, a[:200], b[:200]] for n, a, b in plan.columns_changed(old, new)]]
                for old, new in plan.changed[:SHOWN]
            ),
            *(["-", row.key[:120], []] for row in plan.removed[:SHOWN]),
        ],
    }
