"""Every write of a version: upload, confirm, hand in, decide. Whoever calls them has checked the right.

What takes long at the size of a province is asked for here and done by a job (working.py): the state says so meanwhile,
and nothing else may be done with the version until the job has ended. `job` puts it into the queue, in the transaction
that changes the state. Raises everywhere: Refused with a sentence; nothing is half done.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel import audit
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import Job
from xiucheng.territory import imports
from xiucheng.territory.models import Division
from xiucheng.territory.versions import comparing, door, reading, shelf
from xiucheng.territory.versions.models import GroundVersion

Mode, State = GroundVersion.Mode, GroundVersion.State
Deferred = Callable[[GroundVersion], Job]


def upload(
    *,
    file: File | bytes,
    name: str,
    kind: str,
    title: str,
    effective: date,
    mode: str,
    area_code: str,
    by: Any,
    who: str,
    job: Deferred,
) -> GroundVersion:
    """A file as sent, to be read by a job; nothing of it counts until its CRS and columns are confirmed (`confirm`).

    Raises: Refused 413 too large, 422 what is no file of shapes by its content.
    """
    if effective < timezone.localdate():
        raise Refused(_("生效日期不能早于今天。"), field="effective")
    if mode == Mode.WHOLE and not Division.objects.filter(code=area_code, valid_to__isnull=True).exists():
        raise Refused(_("请写明文件是哪一片的全部：一个现行区划的代码。"), field="area_code")
    door.check(file, name)
    kept = shelf.UPLOADS.keep(file)
    row = GroundVersion(
        kind=kind,
        title=title.strip()[:100],
        effective=effective,
        mode=mode,
        area_code=area_code if mode == Mode.WHOLE else "",
        file_name=name[:200],
        digest=kept.digest,
        upload=kept.name,
        state=State.READING,
        drafted_by=by,
        drafted_at=timezone.now(),
    )
    with transaction.atomic():
        row.save()
        row.job = job(row)
        row.save(update_fields=["job"])
        audit.record(
            by=who,
            person=by.pk,
            subject=f"ground {row.pk}",
            before=None,
            after={"file": name, "digest": row.digest},
        )
    return row


def confirm(
    *, version: GroundVersion, crs: str, layer: str = "", fields: dict[str, str] | None = None, job: Deferred
) -> GroundVersion:
    """The CRS and the columns are confirmed: a job reads, converts to CGCS2000, checks, compares. Again until it is
    handed in.
    """
    with transaction.atomic():
        row = held(version, (State.UPLOADED, State.DRAFT), _("已经提交的版本不能再改。"))
        found = row.found
        imports.parse_crs(crs)
        if not layer or layer == found.get("layer", ""):  # of another layer only the file knows
            comparing.agreed(found.get("inside", ""), reading.epsg_of(crs.strip()))
            comparing.columns_of(found.get("fields", {}), found.get("columns", []), fields or {})
        row.crs = crs.strip()[:60]
        row.asked = {"layer": layer or found.get("layer", ""), "fields": fields or {}}
        return _work(row, State.CHECKING, job)


def check_again(*, version: GroundVersion, job: Deferred) -> GroundVersion:
    """Check and compare once more with what is in force now."""
    with transaction.atomic():
        row = held(version, (State.DRAFT,), _("已经提交的版本不能再改。"))
        row.asked = {"again": True}
        return _work(row, State.CHECKING, job)


def has_errors(version: GroundVersion) -> bool:
    return any(problem["level"] == "error" for problem in version.problems)


def submit(*, version: GroundVersion) -> GroundVersion:
    """提交批准."""
    with transaction.atomic():
        row = held(version, (State.DRAFT,), _("这个版本已经提交。"))
        if has_errors(row):
            raise Refused(_("还有错误没有改正，请改好文件重新上传。"), status=409, code="errors")
        if not any(row.counts.get(change) for change in ("added", "shape", "words", "removed")):
            raise Refused(_("与现行的没有不同，不用提交。"), status=409, code="same")
        return _to(row, State.SUBMITTED)


def withdraw(*, version: GroundVersion) -> GroundVersion:
    """撤回, as long as it does not count yet."""
    open_states = (
        State.UNREAD, State.UPLOADED, State.DRAFT, State.SUBMITTED, State.APPROVED, State.FAILED,
    )  # fmt: skip
    with transaction.atomic():
        row = held(version, open_states, _("已经生效或退回的版本不能撤回。"))
        forget_file(row)
        return _to(row, State.WITHDRAWN)


def approve(*, version: GroundVersion, by: Any, who: str, answer: str, job: Deferred) -> GroundVersion:
    """批准, by another person than the drafter: a job checks it once more against what is in force, and decides."""
    with transaction.atomic():
        row = held(version, (State.SUBMITTED,), _("只有待批准的版本可以批准或退回。"))
        _another(row, by.pk)
        _in_time(row)
        row.asked = {"by": by.pk, "who": who, "answer": answer.strip()[:500]}
        return _work(row, State.APPROVING, job)


def approved(row: GroundVersion) -> GroundVersion:
    """What `approve` asked for, once the job has checked it. Inside its transaction, the row held."""
    asked = row.asked
    _another(row, asked["by"])
    _in_time(row)
    return _decided(
        row, State.APPROVED, State.SUBMITTED, person=asked["by"], who=asked["who"], answer=asked["answer"]
    )


def reject(*, version: GroundVersion, by: Any, who: str, answer: str) -> GroundVersion:
    """不批准, by another person than the drafter."""
    if not answer.strip():
        raise Refused(_("请写明不批准的原因。"), field="answer")
    with transaction.atomic():
        row = held(version, (State.SUBMITTED,), _("只有待批准的版本可以批准或退回。"))
        _another(row, by.pk)
        forget_file(row)
        return _decided(
            row, State.REJECTED, State.SUBMITTED, person=by.pk, who=who, answer=answer.strip()[:500]
        )


def _another(row: GroundVersion, person: int) -> None:
    if row.drafted_by_id == person:
        raise Refused(
            _("起草人不能批准自己的版本，请另一位管理员或领导批准。"), status=403, code="approve_self"
        )


def _in_time(row: GroundVersion) -> None:
    if row.effective < timezone.localdate():
        raise Refused(_("生效日期已经过去，请撤回后改期重新上传。"), status=409, code="late")


def _decided(
    row: GroundVersion,
    to: GroundVersion.State,
    of: GroundVersion.State,
    *,
    person: int,
    who: str,
    answer: str,
) -> GroundVersion:
    row.decided_by_id, row.decided_at, row.answer, row.asked = person, timezone.now(), answer, {}
    after = {"state": to.value, "counts": row.counts, "digest": row.digest}
    audit.record(by=who, person=person, subject=f"ground {row.pk}", before={"state": of.value}, after=after)
    return _to(row, to)


def keep_effect(*, version: GroundVersion, effect: dict[str, Any]) -> GroundVersion:
    """What it means for cases and posts, as whoever decides was shown it and as it came out."""
    version.effect = effect
    version.save(update_fields=["effect"])
    return version


def failed(*, version: GroundVersion, sentence: str) -> GroundVersion:
    """It could not count on its day; why is shown on its page."""
    row = GroundVersion.objects.get(pk=version.pk)
    row.problems = [{"level": "error", "row": 0, "column": "", "sentence": sentence}]
    return _to(row, State.FAILED)


def let_go(version_id: int, sentence: str) -> None:
    """The job ended without having done its work: what was asked for may be asked again. sentence: why, «» if it was
    stopped. What it wrote so far counts for nothing: a version half checked must be confirmed again.
    """
    with transaction.atomic():
        row = GroundVersion.objects.select_for_update().get(pk=version_id)
        if row.state == State.READING:
            if sentence:
                row.problems = [{"level": "error", "row": 0, "column": "", "sentence": sentence}]
            forget_file(row)
            _to(row, State.UNREAD if sentence else State.WITHDRAWN)
        elif row.state == State.CHECKING:
            _to(row, State.UPLOADED)
        elif row.state == State.APPROVING:
            _to(row, State.SUBMITTED)


def forget_file(row: GroundVersion) -> None:
    shelf.UPLOADS.forget(row.upload)
    row.upload = ""


def held(version: GroundVersion, states: tuple[GroundVersion.State, ...], sentence: str) -> GroundVersion:
    """The row, locked. Raises: Refused 409 in another state, and at once where a job is at it."""
    seen = GroundVersion.objects.only("state").get(pk=version.pk)
    if seen.busy and seen.state not in states:  # its job may hold the row for minutes: nobody waits for that
        raise Refused(_("后台正在办理这个版本，请等它完成，或先停止。"), status=409, code="busy")
    row = GroundVersion.objects.select_for_update().get(pk=version.pk)
    if row.state not in states:
        raise Refused(sentence, status=409, code="state")
    return row


def _work(row: GroundVersion, state: GroundVersion.State, job: Deferred) -> GroundVersion:
    row.state, row.job = state, job(row)
    row.save()
    return row


def _to(row: GroundVersion, state: GroundVersion.State) -> GroundVersion:
    row.state = state
    row.save()
    return row
