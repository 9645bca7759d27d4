"""What must stay whatever its age."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel import audit
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import Hold


def held() -> QuerySet[Hold, UUID]:
    """The ids of cases on hold, for a subquery."""
    return Hold.objects.filter(ended_at__isnull=True).values_list("case_id", flat=True)


def hold(*, case_id: UUID, number: str, reason: str, person: int, by: str) -> Hold:
    """Keep a case's data. Raises: Refused 422 without a reason, 409 if it is on hold already."""
    if not reason.strip():
        raise Refused(_("请写明为什么要保留，例如诉讼案号或调查文号。"), field="reason")
    try:
        with transaction.atomic():
            row = Hold.objects.create(
                case_id=case_id, number=number, reason=reason.strip()[:500], by=person, at=timezone.now()
            )
            audit.record(
                by=by, person=person, subject=f"hold {number}", before=None, after={"reason": row.reason}
            )
    except IntegrityError:
        raise Refused(_("这个案件已经在保留名单里。"), status=409, field="number", code="held") from None
    return row


def end_hold(*, pk: int, person: int, by: str) -> Hold:
    """Let the terms count again. Raises: Refused 404, if there is no such hold or it has ended."""
    with transaction.atomic():
        row = Hold.objects.select_for_update().filter(pk=pk, ended_at__isnull=True).first()
        if row is None:
            raise Refused(_("没有这条保留，或者已经解除。"), status=404, code="not_found")
        row.ended_at, row.ended_by = timezone.now(), person
        row.save(update_fields=["ended_at", "ended_by"])
        audit.record(
            by=by, person=person, subject=f"hold {row.number}", before={"reason": row.reason}, after=None
        )
    return row
