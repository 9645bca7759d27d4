"""Rows that begin outside the national list, and rows that end. Nothing is deleted."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.catalog import drafting, rules, snapshot
from xiucheng.catalog.actions._shared import check_form, record
from xiucheng.catalog.models import Category, Duty, Standard
from xiucheng.kernel.errors import Refused
from xiucheng.people.actions import require
from xiucheng.people.models import Post
from xiucheng.people.rules import Right


def end_standard(*, standard: Standard, by: Post | None, on: date) -> Standard:
    """停用立案条件: nothing is filed under it from a day on; cases that have it keep it.

    Raises: Refused 403 without the right, 409 if it has ended or begins later.
    """
    require(by, Right.MANAGE_CATALOG)
    with transaction.atomic():
        row = Standard.objects.select_for_update().get(pk=standard.pk)
        _end(row, on)
        record(by, f"standard {row.pk}", {"valid_to": None}, {"valid_to": str(on)})
    return row


def end_duty(*, duty: Duty, by: Post | None, on: date) -> Duty:
    """停用权责条目: from a day on kind and place decide. Raises: Refused as `end_standard`."""
    require(by, Right.MANAGE_CATALOG)
    with transaction.atomic():
        row = Duty.objects.select_for_update().get(pk=duty.pk)
        _end(row, on)
        record(by, f"duty {row.pk}", {"valid_to": None}, {"valid_to": str(on)})
    return row


def decline_duty(*, duty: Duty, by: Post | None, reason: str) -> Duty:
    """不采用仲裁草稿: it stays to be read and is offered no more. Raises: Refused 403, 409, 422 without a reason."""
    require(by, Right.MANAGE_CATALOG)
    if not reason.strip():
        raise Refused(_("请写明不采用的原因。"), field="reason")
    with transaction.atomic():
        row = Duty.objects.select_for_update().get(pk=duty.pk)
        if not row.draft or row.valid_to is not None:
            raise Refused(_("这一条已经处理过了，请刷新。"), status=409, code="no_draft")
        row.valid_to = max(timezone.localdate(), row.valid_from) + timedelta(1)
        row.save(update_fields=["valid_to"])
        record(by, f"duty {row.pk}", {"draft": True}, {"declined": reason.strip()[:300]})
    return row


def add_category(*, by: Post | None, on: date, values: Mapping[str, str], keep: bool = True) -> Category:
    """新增本市类别: a local extension beside the national list (codes.md §1), from a day on.

    values: class_code (2 digits), class_name, subclass_code (3 digits), name, dept_type, source, note.
    keep: False only checks. Raises: Refused 403, 409 for a code that is taken, 422 with the field.
    """
    require(by, Right.MANAGE_CATALOG)
    given = {name: str(values.get(name, "")).strip() for name in drafting.CATEGORY_FIELDS}
    for field, digits in (("class_code", 2), ("subclass_code", 3)):
        if not (given[field].isascii() and given[field].isdigit() and len(given[field]) == digits):
            raise Refused(_("这里应是 %(digits)d 位数字。") % {"digits": digits}, field=field)
    row = Category(
        standard=rules.LOCAL,
        kind=rules.Kind.MATTER.value,
        code=given["class_code"] + given["subclass_code"],
        in_force_from=on,
        confidence="high",
        **(given | {"source": given["source"] or _("本市规定")}),
    )
    check_form(row)
    if Category.objects.filter(
        kind=row.kind, code=row.code, standard__in=(rules.LOCAL, rules.GB2026)
    ).exists():
        sentence = _("代码 %(code)s 已有类别，请换一个小类代码（本市类别从 999 往下编）。") % {
            "code": row.code
        }
        raise Refused(sentence, status=409, field="subclass_code", code="taken")
    if keep:
        with transaction.atomic():
            row.save()
            record(by, f"category {row.key}", None, dict(given))
            snapshot.changed()
    return row


def end_category(*, category: Category, by: Post | None, on: date) -> Category:
    """停用类别: nobody chooses it from a day on; cases that have it keep it. Raises: Refused 403, 409."""
    require(by, Right.MANAGE_CATALOG)
    with transaction.atomic():
        row = Category.objects.select_for_update().get(pk=category.pk)
        if row.in_force_to is not None or on <= row.in_force_from:
            raise Refused(_("这个类别已经停用，或者停用日期早于施行日期。"), status=409, code="ended")
        row.in_force_to = on
        row.save(update_fields=["in_force_to"])
        record(by, f"category {row.key}", {"in_force_to": None}, {"in_force_to": str(on)})
        snapshot.changed()
    return row


def _end(row: Standard | Duty, on: date) -> None:
    if row.valid_to is not None or on <= row.valid_from:
        raise Refused(_("这一条已经停用，或者停用日期不晚于它的生效日期。"), status=409, code="ended")
    row.valid_to = on
    row.save(update_fields=["valid_to"])
