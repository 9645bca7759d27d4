"""Limits given, revised, approved. A changed row ends, and its successor begins."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.catalog.actions._shared import check_form, record
from xiucheng.catalog.models import Category, Confidence, Standard
from xiucheng.kernel.errors import Refused
from xiucheng.people.actions import require
from xiucheng.people.models import Post
from xiucheng.people.rules import Right


def approve_standard(*, standard: Standard, by: Post | None) -> Standard:
    """批准: from now on a limit of low confidence may score somebody (practice 11).

    Raises: Refused 403 without the right.
    """
    require(by, Right.APPROVE_STANDARD)
    with transaction.atomic():
        standard = Standard.objects.select_for_update().get(pk=standard.pk)
        standard.approved = True
        standard.save(update_fields=["approved"])
        record(by, f"standard {standard.pk}", None, {"approved": True})
    return standard


def give_limit(
    *,
    category: Category,
    filing_condition: str,
    amount: Decimal,
    unit: str,
    closing_condition: str,
    by: Post | None,
    area_grade: str = "ALL",
    season: str = "",
    source: str = "",
    confidence: str = Confidence.HIGH,
    valid_from: date | None = None,
) -> Standard:
    """新增标准: a further filing condition of a category, with its limit (06051 has none until then, practice
    11).

    Raises: Refused 403 without the right, 422 with the field.
    """
    require(by, Right.MANAGE_CATALOG)
    with transaction.atomic():
        Category.objects.select_for_update().get(pk=category.pk)  # two rows at once must not take one number
        taken = Standard.objects.filter(code_system=category.standard, kind=category.kind, code=category.code)
        last = taken.filter(area_grade=area_grade).order_by("-seq").first()
        row = Standard(
            category=category,
            origin=category,
            code_system=category.standard,
            kind=category.kind,
            code=category.code,
            name=category.name,
            area_grade=area_grade,
            seq=last.seq + 1 if last else 1,
            position=0,
            filing_condition=filing_condition.strip(),
            amount=amount,
            unit=unit,
            season=season.strip(),
            closing_condition=closing_condition.strip(),
            source=source.strip() or _("本市规定"),
            confidence=confidence,
            valid_from=valid_from or timezone.localdate(),
        )
        check_form(row)
        row.save()
        record(by, f"standard {row.pk}", None, {"category": category.key, "limit": str(row.limit)})
    return row


def revise_standard(
    *,
    standard: Standard,
    by: Post | None,
    on: date,
    amount: Decimal | None = None,
    unit: str = "",
    filing_condition: str = "",
    closing_condition: str = "",
    season: str | None = None,
    source: str = "",
    confidence: str = Confidence.HIGH,
) -> Standard:
    """修订标准: from a day on other words or another limit count; cases filed before keep the row they have.

    Raises: Refused 403 without the right, 409 if the day is not after the row's first, 422 with the field.
    """
    require(by, Right.MANAGE_CATALOG)
    with transaction.atomic():
        old = Standard.objects.select_for_update().get(pk=standard.pk)
        if on <= old.valid_from or old.valid_to is not None:
            sentence = _("修订要从这一条生效以后的日期开始，而且这一条现在仍然有效。")
            raise Refused(sentence, status=409, field="on", code="bad_day")
        before = str(old.limit)
        old.valid_to = on
        old.save(update_fields=["valid_to"])
        new = Standard.objects.get(pk=old.pk)
        new.pk, new.valid_from, new.valid_to, new.approved = None, on, None, False
        new._state.adding = True
        new.amount, new.unit = (old.amount if amount is None else amount), unit or old.unit
        new.filing_condition = filing_condition.strip() or old.filing_condition
        new.closing_condition = closing_condition.strip() or old.closing_condition
        new.season = old.season if season is None else season.strip()
        new.source, new.confidence = source.strip() or _("本市规定"), confidence or Confidence.HIGH
        check_form(new)
        new.save()
        record(by, f"standard {old.pk} → {new.pk}", {"limit": before}, {"limit": str(new.limit)})
    return new
