"""What happens from the reply to the close, and after it: 核查, 结案, 返工, 作废, the reporter's word, disclosure."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.actions.base import Done, act, at_home, copy_facts, evidence, inspector_facts
from xiucheng.cases.actions.draw import draw_inspector
from xiucheng.cases.actions.intake import distance_to
from xiucheng.cases.models import Case, CaseFile
from xiucheng.cases.rules import closing as rules
from xiucheng.cases.rules.basis import REPORTER, SYSTEM
from xiucheng.cases.state import CaseState
from xiucheng.cases.words import Stage
from xiucheng.kernel import audit, settings
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files import actions as files_actions
from xiucheng.kernel.files import redaction
from xiucheng.kernel.models import StoredFile
from xiucheng.people.models import Department, Post
from xiucheng.territory.queries import locate

E7 = 10_000_000
Photos = Sequence[StoredFile]


def request_check(
    *,
    case_id: UUID,
    by: Post,
    inspector: Post | None = None,
    note: str = "",
    version: int | None = None,
) -> Done:
    """发核查. No inspector named: one is drawn, never of the handling department."""

    def decide(s: CaseState, d: Any, e: Any) -> Any:
        facts = inspector_facts(inspector) if inspector else draw_inspector(s, e.at, check=True)
        return rules.request_check(s, d, e, inspector=facts, note=note)

    return act(case_id, decide, by=by, version=version)


def answer_check(
    *,
    case_id: UUID,
    by: Post,
    passed: bool,
    photos: Photos = (),
    lon: float | None = None,
    lat: float | None = None,
    note: str = "",
    version: int | None = None,
) -> Done:
    """核查回复 from the site. lon, lat: of the phone, degrees, CGCS2000 (EPSG:4490)."""
    files = evidence(photos, "check")
    return act(
        case_id,
        lambda s, d, e: rules.answer_check(
            s, at_home(d), e, passed=passed, evidence=files, distance_m=distance_to(s, lon, lat), note=note
        ),
        by=by,
        version=version,
    )


def close(*, case_id: UUID, by: Post, note: str = "", version: int | None = None) -> Done:
    """结案."""
    return act(case_id, lambda s, d, e: rules.close(s, at_home(d), e, note=note), by=by, version=version)


def rework(
    *,
    case_id: UUID,
    by: Post,
    note: str,
    departments: Collection[Department] = (),
    version: int | None = None,
) -> Done:
    """返工, of the lead or of the departments named."""
    which = {department.pk for department in departments}
    return act(
        case_id,
        lambda s, d, e: rules.rework(s, at_home(d), e, departments=which, note=note),
        by=by,
        version=version,
    )


def void(*, case_id: UUID, by: Post, reason: str, note: str, version: int | None = None) -> Done:
    """作废: 误报 or 不符合立案条件."""
    return act(case_id, lambda s, d, e: rules.void(s, d, e, reason=reason, note=note), by=by, version=version)


def sign_void(*, case_id: UUID, by: Post, granted: bool, note: str = "", version: int | None = None) -> Done:
    """作废会签."""
    return act(
        case_id, lambda s, d, e: rules.sign_void(s, d, e, granted=granted, note=note), by=by, version=version
    )


def reopen(
    *, case_id: UUID, by: Post | None = None, note: str, photos: Photos = (), version: int | None = None
) -> Done:
    """上报人申请重办 (the face checked the query code), or told to the 受理员 by telephone.

    Of a merged report: the case that it was merged into is what was closed, and what is looked at again.
    """
    files = evidence(photos, "report")
    if by is None and (own := Case.unscoped.filter(pk=case_id, merged_into__isnull=False).first()):
        case_id = own.after_merges().pk
    return act(
        case_id,
        lambda s, d, e: rules.reopen(s, d, e, note=note, evidence=files),
        by=by,
        doer=None if by else REPORTER,
        version=version,
    )


def rate(
    *, case_id: UUID, by: Post | None = None, rating: str, note: str = "", version: int | None = None
) -> Done:
    """评价 by the reporter; of a merged report, once its case is closed."""

    def decide(s: CaseState, d: Any, e: Any) -> Any:
        parent = Case.unscoped.get(pk=s.merged_into).after_merges() if s.merged_into else None
        parent_closed = parent is not None and parent.stage == Stage.CLOSED
        return rules.rate(s, d, e, rating=rating, parent_closed=parent_closed, note=note)

    return act(case_id, decide, by=by, doer=None if by else REPORTER, version=version)


def callback(*, case_id: UUID, by: Post, rating: str, note: str = "", version: int | None = None) -> Done:
    """回访."""
    return act(
        case_id, lambda s, d, e: rules.callback(s, d, e, rating=rating, note=note), by=by, version=version
    )


def disclose(
    *,
    case_id: UUID,
    by: Post,
    note: str,
    department: Department | None = None,
    version: int | None = None,
) -> Done:
    """查看联系方式: recorded with its reason; the face then shows it, once, to whom it was disclosed."""
    which = department.pk if department else None
    with transaction.atomic():
        done = act(
            case_id,
            lambda s, d, e: rules.disclose(s, d, e, department=which, note=note),
            by=by,
            version=version,
        )
        audit.looked(by_post=by, what="reporter", of=done.state.number, reason=note)
    return done


def release(
    *,
    case_id: UUID,
    by: Post,
    words: str,
    files: Collection[UUID] = (),
    boxes: str = "",
    note: str = "",
    version: int | None = None,
) -> Done:
    """公开审核: the words and photos that the public may see.

    boxes: what is covered of each photo before anybody sees it, as `kernel.files.redaction` reads it, by the photo's
    file. A copy is covered, never the evidence; what the reporter covered stays covered.
    """
    copies = covered_copies(case_id, redaction.parse(boxes))
    return act(
        case_id,
        lambda s, d, e: rules.release(s, d, e, words=words, files=files, covered=copies, note=note),
        by=by,
        version=version,
    )


def covered_copies(case_id: UUID, boxes: dict[str, tuple[redaction.Box, ...]]) -> dict[UUID, dict[str, str]]:
    """Copies of photos of the case with these parts covered. Raises: Refused 422 for a photo of another case."""
    if not boxes:
        return {}
    rows = CaseFile.unscoped.filter(case=case_id).select_related("file", "shown")
    known = {str(row.file_id): row for row in rows}
    if not set(boxes) <= set(known):
        raise Refused(_("所选照片不属于本案。"), field="files")
    return {
        known[key].file_id: copy_facts(files_actions.cover(known[key].shown or known[key].file, wanted))
        for key, wanted in boxes.items()
        if wanted
    }


def note(*, case_id: UUID, by: Post, note: str, photos: Photos = (), version: int | None = None) -> Done:
    """备注."""
    files = evidence(photos, "request")
    return act(
        case_id, lambda s, d, e: rules.note_(s, d, e, note=note, evidence=files), by=by, version=version
    )


def instruct(*, case_id: UUID, by: Post, note: str, version: int | None = None) -> Done:
    """批示."""
    return act(case_id, lambda s, d, e: rules.instruct(s, d, e, note=note), by=by, version=version)


def recompute(*, case_id: UUID) -> Done:
    """时限重算 by the system, after a year was announced."""
    return act(case_id, rules.recompute, doer=SYSTEM)


def relocate(*, case_id: UUID, version: int, since: date) -> Done | None:
    """归属随新区划 by the system, after a version of the ground began to count on `since`.

    None: the place has not changed; or the point lies in no county of the city any more, or did not decide before
    either (chosen from a list, or the side named near a border): those are for people to look at.
    """
    case = Case.unscoped.filter(pk=case_id).first()
    if case is None or case.imprecise:
        return None
    lon, lat = case.lon_e7 / E7, case.lat_e7 / E7
    border = float(settings.get("territory.border_m"))
    try:
        before = locate(lon, lat, on=since - timedelta(1), border_m=border)
        place = locate(lon, lat, on=max(since, timezone.localdate()), border_m=border)
    except Refused:
        return None
    if before.county != case.county:
        return None
    facts = {
        "county": place.county,
        "township": place.township,
        "community": place.community,
        "unit_grid": place.unit_grid,
        "beat": place.beat_id,
        "near": list(place.near),
        "grade": place.grade,
    }
    done = act(case_id, lambda s, d, e: rules.relocate(s, d, e, place=facts, version=version), doer=SYSTEM)
    return done if done.seq > case.head_seq else None
