"""权责清单 and 兜底单位. Nothing is deleted: a changed row ends, and its successor begins."""

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.catalog import queries
from xiucheng.catalog.actions._shared import check_form, record
from xiucheng.catalog.models import Category, Duty, FallbackDuty
from xiucheng.kernel.errors import Refused
from xiucheng.people.actions import require
from xiucheng.people.models import Department, Post
from xiucheng.people.rules import Right


def set_duty(
    *,
    category: Category,
    division_code: str,
    lead: Department,
    by: Post | None,
    cooperating: Sequence[Department] = (),
    legal_basis: str = "",
    procedure: str = "",
    source: str = "",
    synthetic: bool = False,
    valid_from: date | None = None,
) -> Duty:
    """权责清单: from a day on this department leads here; the row that said otherwise ends that day.

    Raises: Refused 403 without the right, 409 if a row begins on or after that day, 422 with the field.
    """
    require(by, Right.MANAGE_CATALOG)
    day = valid_from or timezone.localdate()
    row = Duty(
        category=category,
        division_code=division_code,
        lead=lead,
        legal_basis=legal_basis.strip(),
        procedure=procedure.strip(),
        source=source.strip(),
        synthetic=synthetic,
        valid_from=day,
    )
    check_form(row)
    with transaction.atomic():
        _end_open_duty(row, day)
        _save_duty(row, cooperating)
        record(
            by,
            f"duty {row.pk}",
            None,
            {"category": category.key, "division": division_code, "lead": lead.code},
        )
    return row


def draft_duty(
    *,
    category_key: str,
    division_code: str,
    lead: Department,
    basis: str,
    ruling: str,
    cooperating: Sequence[Department] = (),
) -> Duty:
    """A ruling of the arbitration, kept as a draft row of the 权责清单 (practice 8); it routes nothing until
    adopted.

    category_key: standard/kind/code. basis: why, in the words of the ruling. ruling: the case it was made in.
    No right is asked for here: the arbitration was the act. Raises: Refused 422 with the field.
    """
    row = Duty(
        category=queries.parse_category(category_key),
        division_code=division_code,
        lead=lead,
        draft=True,
        procedure=basis.strip()[:4000],
        source=_("仲裁 %(ruling)s") % {"ruling": ruling},
        valid_from=timezone.localdate(),
    )
    check_form(row)
    with transaction.atomic():
        _save_duty(row, cooperating)
    return row


def adopt_duty(*, duty: Duty, by: Post | None, on: date | None = None) -> Duty:
    """审定草稿: from a day on the draft counts, and the row that said otherwise ends.

    Raises: Refused 403 without the right, 409 if it is no draft.
    """
    require(by, Right.MANAGE_CATALOG)
    with transaction.atomic():
        row = Duty.objects.select_for_update().get(pk=duty.pk)
        if not row.draft:
            raise Refused(_("这一条已经生效，不用再审定。"), status=409, code="no_draft")
        row.draft, row.valid_from = False, on or timezone.localdate()
        _end_open_duty(row, row.valid_from)
        row.save(update_fields=["draft", "valid_from"])
        record(by, f"duty {row.pk}", {"draft": True}, {"draft": False})
    return row


def set_fallback(
    *, division_code: str, department: Department, by: Post | None, valid_from: date | None = None
) -> FallbackDuty:
    """兜底单位 of a division from a day on. Raises: Refused 403 without the right, 409, 422 as `set_duty`."""
    require(by, Right.MANAGE_CATALOG)
    day = valid_from or timezone.localdate()
    row = FallbackDuty(division_code=division_code, department=department, valid_from=day)
    check_form(row)
    with transaction.atomic():
        held = FallbackDuty.objects.select_for_update()
        old = held.filter(division_code=division_code, valid_to__isnull=True).first()
        if old and old.valid_from >= day:
            raise Refused(_("已经有从这一天或更晚开始的一条，请换一个日期。"), status=409, field="valid_from")
        if old:
            old.valid_to = day
            old.save(update_fields=["valid_to"])
        row.save()
        record(by, f"fallback {row.pk}", None, {"division": division_code, "department": department.code})
    return row


def _end_open_duty(row: Duty, day: date) -> None:
    open_rows = Duty.objects.select_for_update().filter(
        category=row.category, division_code=row.division_code, draft=False, valid_to__isnull=True
    )
    old = open_rows.exclude(pk=row.pk).first()
    if old and old.valid_from >= day:
        sentence = _("已经有从这一天或更晚开始的一条，请换一个日期。")
        raise Refused(sentence, status=409, field="valid_from", code="bad_day")
    if old:
        old.valid_to = day
        old.save(update_fields=["valid_to"])


def _save_duty(row: Duty, cooperating: Sequence[Department]) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as clash:
        sentence = _("同一类别、同一区划刚刚有人登记了一条，请刷新后再试。")
        raise Refused(sentence, status=409, code="taken") from clash
    row.cooperating.set(department for department in cooperating if department.pk != row.lead_id)
