"""Every write of an uploaded configuration: sent in, looked at, taken up by another, dropped. The face has checked the
right.

A post takes up only what it may change by hand: accounts and ground are the system administrator's, posts the security
administrator's (三权分立); the rest of the same archive waits for the other. All of a post's part, or nothing.
Looking and taking up are jobs: the state says so meanwhile, `job` puts them into the queue in the transaction that
changes it. The archive holds names of people, so it is sealed as long as it waits.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel import audit
from xiucheng.kernel.configuration import archive
from xiucheng.kernel.configuration.applying import Applied, apply
from xiucheng.kernel.configuration.planning import FilePlan, plan
from xiucheng.kernel.configuration.reading import Content, FaultyFiles, read
from xiucheng.kernel.configuration.tables import tables
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files.shelf import shelf
from xiucheng.kernel.jobs import Tell
from xiucheng.kernel.models import ConfigUpload, Job

SHOWN = 20  # rows of each kind kept for whoever looks
FAULTS_SHOWN = 200
State = ConfigUpload.State
Deferred = Callable[[ConfigUpload], Job]


def wanted() -> Iterable[str]:
    return ConfigUpload.objects.exclude(upload="").values_list("upload", flat=True)


ARCHIVES = shelf("config", wanted, sealed=True)


def send_in(*, file: UploadedFile, by: str, person: int, job: Deferred) -> ConfigUpload:
    """An archive, to be compared with what is stored. Raises: Refused 413 too large, 422 no archive."""
    archive.check(file, file.size or 0)  # type: ignore[arg-type]  # it reads and seeks
    kept = ARCHIVES.keep(file)
    with transaction.atomic():
        row = ConfigUpload.objects.create(
            name=(file.name or "")[:200],
            digest=kept.digest,
            upload=kept.name,
            by=by,
            person=person,
            at=timezone.now(),
        )
        row.job = job(row)
        row.save(update_fields=["job"])
        _noted(row, by, person, None, str(State.READING.value))
    return row


def look(upload: int, tell: Tell) -> None:
    """What an archive would change, or every fault in it; the job of `send_in`. Begins again after a kill."""
    row = ConfigUpload.objects.get(pk=upload)
    if row.state != State.READING:
        return
    tell(0, 0, _("读文件"))
    try:
        content = _content(row)
        known = _plans(content, tell)
    except FaultyFiles as refusal:
        with transaction.atomic():
            held = _held(upload, State.READING)
            held.state, held.faults = State.WRONG, len(refusal.faults)
            held.problems = [
                {"file": one.file, "row": one.row, "column": one.column, "sentence": one.sentence}
                for one in refusal.faults[:FAULTS_SHOWN]
            ]
            _forget(held)
            held.save()
        return
    with transaction.atomic():
        held = _held(upload, State.READING)
        held.plan, held.state = known, State.WAITING
        held.save()


def ask(*, upload: int, by: str, person: int, job: Deferred) -> None:
    """采用: a job does it. Raises: Refused 403 for whoever sent it in, 409 once it is settled."""
    with transaction.atomic():
        held = _held(upload, State.WAITING)
        _another(held, person)
        held.asked = {"by": by, "person": person}
        held.state, held.job = State.APPLYING, job(held)
        held.save()


def take_up(upload: int, *, rights: Collection[str], tell: Tell) -> Applied | None:
    """Write the files whose right is among `rights`, in one transaction; the job of `ask`. None: it was done before.

    rights: of whoever asked, as they are now. Raises: Refused 403, 409 where the store has changed meanwhile.
    """
    seen = ConfigUpload.objects.get(pk=upload)
    if seen.state != State.APPLYING:
        return None
    tell(0, 0, _("读文件"))
    content = _content(seen)
    mine = {table.file: content[table.file] for table in tables() if table.right in rights}
    with transaction.atomic():
        held = _held(upload, State.APPLYING)
        by, person = held.asked["by"], held.asked["person"]
        _another(held, person)

        def tick(done: int, total: int) -> None:
            tell(done, total, _("写入"))

        done = apply(mine, by=by, person=person, tick=tick)
        # What another administrator may take up waits for him.
        held.plan, held.asked, held.state = _plans(content, tell), {}, State.WAITING
        if held.plan:
            held.save()
        else:
            _settle(held, State.APPLIED, by)
    return done


def drop(*, upload: int, by: str, person: int) -> None:
    """放弃. upload: id. Raises: Refused 409 once it is settled."""
    with transaction.atomic():
        held = _held(upload, State.WAITING)
        _noted(held, by, person, str(State.WAITING.value), str(State.DROPPED.value))
        _settle(held, State.DROPPED, by)


def let_go(upload: int, sentence: str) -> None:
    """The job ended without having done its work. sentence: why, «» if it was stopped."""
    with transaction.atomic():
        row = ConfigUpload.objects.select_for_update().get(pk=upload)
        if row.state == State.APPLYING:
            row.state, row.asked = State.WAITING, {}
            row.save()
        elif row.state == State.READING and not sentence:
            _settle(row, State.DROPPED, row.by)
        elif row.state == State.READING:
            row.state, row.faults = State.WRONG, 1
            row.problems = [{"file": row.name, "row": 0, "column": "", "sentence": sentence}]
            _forget(row)
            row.save()


def _held(upload: int, state: ConfigUpload.State) -> ConfigUpload:
    seen = ConfigUpload.objects.only("state").get(pk=upload)
    if seen.busy and seen.state != state:  # its job may hold the row for minutes: nobody waits for that
        raise Refused(_("后台正在办理这份配置，请等它完成，或先停止。"), status=409, code="busy")
    held = ConfigUpload.objects.select_for_update().get(pk=upload)
    if held.state != state:
        raise Refused(_("这份配置已经处理过了。"), status=409, code="state")
    return held


def _another(row: ConfigUpload, person: int) -> None:
    if row.person == person:
        raise Refused(_("上传的人不能自己采用，请另一位管理员核对后采用。"), status=403, code="approve_self")


def _settle(held: ConfigUpload, state: ConfigUpload.State, by: str) -> None:
    held.state, held.decided_by, held.decided_at = state, by, timezone.now()
    _forget(held)
    held.save()


def _noted(row: ConfigUpload, by: str, person: int, before: str | None, after: str) -> None:
    subject = f"config upload {row.pk} {row.digest[:16]}"
    audit.record(by=by, person=person, subject=subject, before=before, after=after, note=row.name)


def _forget(held: ConfigUpload) -> None:
    ARCHIVES.forget(held.upload)
    held.upload = ""


def _content(row: ConfigUpload) -> Content:
    with ARCHIVES.opened(row.upload) as file:
        data = file.read()
    return read(archive.unpacked(data))


def _plans(content: Content, tell: Tell) -> list[dict[str, Any]]:
    def tick(done: int, total: int) -> None:
        tell(done, total, _("比较"))

    return [summary(one) for one in plan(content, tick) if not one.empty]


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
