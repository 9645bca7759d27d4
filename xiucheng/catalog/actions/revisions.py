"""Drafted changes: put together, handed in, approved by another person, and then counted from their day on.

Rows of the catalogue carry their days, so an approved change needs nothing to happen on its day: it is written when it
is approved, and counts from then by itself.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.catalog import drafting, snapshot
from xiucheng.catalog.actions._shared import check_form, record
from xiucheng.catalog.actions.duties import set_duty, set_fallback
from xiucheng.catalog.actions.endings import add_category, end_category, end_duty, end_standard
from xiucheng.catalog.actions.standards import give_limit, revise_standard
from xiucheng.catalog.models import Category, Duty, Revision, RevisionItem, Standard
from xiucheng.kernel.errors import Refused
from xiucheng.people.actions import require
from xiucheng.people.models import Department, Post, division_validator
from xiucheng.people.rules import Right

Kind = RevisionItem.Kind
State = Revision.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change as a face hands it over; what does not belong to its kind stays empty. after: texts by field."""

    kind: str
    category: Category | None = None
    standard: Standard | None = None
    duty: Duty | None = None
    division_code: str = ""
    after: Mapping[str, str]


def open_revision(*, title: str, effective: date, by: Post, reason: str = "") -> Revision:
    """起草改动. Raises: Refused 403 without the right, 422 for a day in the past."""
    require(by, Right.MANAGE_CATALOG)
    _check_day(effective)
    row = Revision(
        title=title.strip(),
        effective=effective,
        reason=reason.strip(),
        drafted_by=by,
        drafted_at=timezone.now(),
    )
    check_form(row)
    row.save()
    return row


def put_changes(*, revision: Revision, changes: list[Change], by: Post) -> list[RevisionItem]:
    """Add changes to a draft; one about the same row takes the place of the one before.

    Raises: Refused 403 without the right, 409 if it is no draft any more, 422 with the field.
    """
    require(by, Right.MANAGE_CATALOG)
    with transaction.atomic():
        held = _held(revision, (State.DRAFT,), _("只有起草中的改动可以添改。"))
        known = departments_named(changes)
        there = {key: item.pk for item in held.items.all() if (key := _row_of(item)) is not None}
        last: dict[object, Change] = {}
        for number, change in enumerate(changes):
            check_change(change, known)
            key = _row_of(change)
            last[number if key is None else key] = change
        held.items.filter(pk__in=[there[key] for key in last if key in there]).delete()
        return RevisionItem.objects.bulk_create(
            [
                RevisionItem(
                    revision=held,
                    kind=change.kind,
                    category=change.category,
                    standard=change.standard,
                    duty=change.duty,
                    division_code=change.division_code,
                    after=dict(change.after),
                )
                for change in last.values()
            ],
            batch_size=1_000,
        )


def _row_of(one: Change | RevisionItem) -> tuple[object, ...] | None:
    """What a change is about: of two about the same the later counts. None: something new, beside all others."""
    category = one.category_id if isinstance(one, RevisionItem) else one.category and one.category.pk
    standard = one.standard_id if isinstance(one, RevisionItem) else one.standard and one.standard.pk
    if standard is not None:
        return ("standard", standard)
    if one.kind in (Kind.DUTY_SET, Kind.DUTY_END):
        return ("duty", category, one.division_code)
    if one.kind == Kind.FALLBACK_SET:
        return ("fallback", one.division_code)
    if one.kind in (Kind.STANDARD_ADD, Kind.CATEGORY_ADD):
        return None
    return (one.kind, category)


def drop_change(*, item: RevisionItem, by: Post) -> None:
    """Take a change out of a draft. Raises: Refused 403, 409 if it is no draft any more."""
    require(by, Right.MANAGE_CATALOG)
    with transaction.atomic():
        _held(item.revision, (State.DRAFT,), _("只有起草中的改动可以添改。"))
        item.delete()


def submit_revision(*, revision: Revision, by: Post) -> Revision:
    """提交批准. Raises: Refused 403, 409 where nothing is in it or it is no draft."""
    require(by, Right.MANAGE_CATALOG)
    with transaction.atomic():
        held = _held(revision, (State.DRAFT,), _("这份改动已经提交。"))
        if not held.items.exists():
            raise Refused(_("这份改动还没有内容，请先添加。"), status=409, code="empty")
        _check_day(held.effective)
        return _to(held, State.SUBMITTED)


def withdraw_revision(*, revision: Revision, by: Post) -> Revision:
    """撤回: back to nothing; what was drafted stays to be read. Raises: Refused 403, 409."""
    require(by, Right.MANAGE_CATALOG)
    with transaction.atomic():
        held = _held(revision, (State.DRAFT, State.SUBMITTED), _("已经批准或退回的改动不能撤回。"))
        return _to(held, State.WITHDRAWN)


def reject_revision(*, revision: Revision, by: Post, answer: str) -> Revision:
    """不批准, with a reason. Raises: Refused 403, 409, 422 without a reason."""
    if not answer.strip():
        raise Refused(_("请写明不批准的原因。"), field="answer")
    with transaction.atomic():
        held = _held(revision, (State.SUBMITTED,), _("只有待批准的改动可以批准或退回。"))
        _may_decide(held, by)
        held.decided_by, held.decided_at, held.answer = by, timezone.now(), answer.strip()[:500]
        record(by, f"revision {held.pk}", {"state": held.state}, {"state": State.REJECTED.value})
        return _to(held, State.REJECTED)


def approve_revision(
    *,
    revision: Revision,
    by: Post,
    answer: str = "",
    of: Revision.State = State.SUBMITTED,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> Revision:
    """批准: all changes are written with their first day; another person than the drafter (issue 4 §2).

    A limit of low confidence needs the right APPROVE_STANDARD, and is approved with it (practice 11).
    of: the state it is in. tick: told how many are written; may raise to stop. Raises: Refused 403 for the drafter
    himself or without the right, 409 where the day has passed or a row has been changed meanwhile.
    """
    with transaction.atomic():
        held = decidable(revision, of, by)
        before = {}
        items = list(held.items.select_related("category", "standard", "duty").order_by("id"))
        for done, item in enumerate(items):
            tick(done, len(items))
            item.before = current_values(item)
            item.save(update_fields=["before"])
            before[str(item.pk)] = item.before
            _apply(item, held.effective, approved=Right.APPROVE_STANDARD in by.rights)
        held.decided_by, held.decided_at, held.answer = by, timezone.now(), answer.strip()[:500]
        after = {str(item.pk): item.after for item in held.items.all()}
        record(by, f"revision {held.pk} {held.title}"[:200], before, after)
        snapshot.changed()
        return _to(held, State.APPROVED)


def decidable(revision: Revision, of: Revision.State, by: Post) -> Revision:
    """The row, locked, if this post may approve it now. Raises: Refused 403, 409."""
    held = _held(revision, (of,), _("只有待批准的改动可以批准或退回。"))
    _may_decide(held, by)
    if held.effective < timezone.localdate():
        raise Refused(
            _("生效日期 %(day)s 已经过去，请撤回后改期重新提交。") % {"day": held.effective},
            status=409,
            code="late",
        )
    return held


def current_values(item: RevisionItem) -> dict[str, str]:
    """What is in force today of the row that an item changes, as texts; nothing for what is new."""
    if item.standard is not None:
        return standard_values(item.standard)
    if item.kind in (Kind.DUTY_SET, Kind.DUTY_END):
        row = open_duty(item.category, item.division_code)
        return duty_values(row) if row else {}
    if item.kind == Kind.CATEGORY_END and item.category is not None:
        return {"name": item.category.name}
    return {}


def standard_values(row: Standard) -> dict[str, str]:
    """A limit as texts by field."""
    return {name: str(getattr(row, name)) for name in drafting.STANDARD_FIELDS} | {"amount": row.amount_text}


def duty_values(row: Duty) -> dict[str, str]:
    """A duty as texts by field; departments by their codes."""
    helpers = sorted(department.code for department in row.cooperating.all())  # may be prefetched
    return {
        "lead": row.lead.code,
        "cooperating": ";".join(helpers),
        "legal_basis": row.legal_basis,
        "procedure": row.procedure,
        "source": row.source,
    }


def open_duty(category: Category | None, division_code: str) -> Duty | None:
    """The row of the 权责清单 in force without an end."""
    rows = Duty.objects.filter(
        category=category, division_code=division_code, draft=False, valid_to__isnull=True
    )
    return rows.select_related("lead").first()


def open_duties() -> dict[tuple[int, str], Duty]:
    """All rows of the 权责清单 in force without an end, by category and division; two statements."""
    rows = Duty.objects.filter(draft=False, valid_to__isnull=True).select_related("lead")
    return {(row.category_id, row.division_code): row for row in rows.prefetch_related("cooperating")}


def low_confidence(revision: Revision) -> bool:
    """Does it set a limit of low confidence?"""
    kinds = (Kind.STANDARD_ADD, Kind.STANDARD_REVISE)
    given = (item.after.get("confidence", "") for item in revision.items.all() if item.kind in kinds)
    return drafting.needs_leader(given)


def why_not_decide(revision: Revision, by: Post) -> str:
    """A word why this post may not approve or reject it; «» where it may."""
    return drafting.why_not_approve(
        drafter=revision.drafted_by.person_id,
        approver=by.person_id,
        manages=Right.MANAGE_CATALOG in by.rights,
        approves_standards=Right.APPROVE_STANDARD in by.rights,
        low=low_confidence(revision),
    )


def decide_sentence(word: str) -> str:
    return {
        "self": _("起草人不能批准自己的改动，请另一位管理员或领导批准。"),
        "right": _("您的岗位不能批准分类和权责的改动。"),
        "low": _("其中有可信度低的时限，须由领导批准后才能用于考核。"),
    }[word]


def _may_decide(revision: Revision, by: Post) -> None:
    if word := why_not_decide(revision, by):
        raise Refused(decide_sentence(word), status=403, code=f"approve_{word}")


def _apply(item: RevisionItem, on: date, *, approved: bool) -> None:
    try:
        _write(item, on, approved)
    except Refused as refusal:
        sentence = _("“%(item)s”没有写成：%(why)s") % {"item": str(item), "why": refusal.said(_)}
        raise Refused(sentence, status=409, code="item") from refusal


def _write(item: RevisionItem, on: date, approved: bool) -> None:
    after = item.after
    if item.kind == Kind.STANDARD_ADD:
        assert item.category is not None
        row = give_limit(category=item.category, by=None, valid_from=on, **_limit_of(after))
        _approve(row, approved)
    elif item.kind == Kind.STANDARD_REVISE:
        assert item.standard is not None
        values = _limit_of(after)
        values.pop("area_grade")
        _approve(revise_standard(standard=item.standard, by=None, on=on, **values), approved)
    elif item.kind == Kind.STANDARD_END:
        assert item.standard is not None
        end_standard(standard=item.standard, by=None, on=on)
    elif item.kind == Kind.DUTY_SET:
        assert item.category is not None
        lead, *cooperating = _departments(after)
        words = {name: after.get(name, "") for name in ("legal_basis", "procedure", "source")}
        set_duty(
            category=item.category,
            division_code=item.division_code,
            lead=lead,
            cooperating=cooperating,
            by=None,
            valid_from=on,
            **words,
        )
    elif item.kind == Kind.DUTY_END:
        row_ = open_duty(item.category, item.division_code)
        if row_ is not None:
            end_duty(duty=row_, by=None, on=on)
    elif item.kind == Kind.FALLBACK_SET:
        set_fallback(
            division_code=item.division_code, department=_departments(after)[0], by=None, valid_from=on
        )
    elif item.kind == Kind.CATEGORY_ADD:
        item.category = add_category(by=None, on=on, values=after)
        item.save(update_fields=["category"])
    else:
        assert item.category is not None
        end_category(category=item.category, by=None, on=on)


def _approve(row: Standard, approved: bool) -> None:
    if approved and row.confidence == drafting.LOW:
        row.approved = True
        row.save(update_fields=["approved"])


def _limit_of(after: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: after.get(name, "") for name in drafting.STANDARD_FIELDS}
    return values | {
        "amount": _amount(after.get("amount", "")),
        "area_grade": after.get("area_grade") or "ALL",
    }


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or not 0 < amount < 100_000:
        raise Refused(_("时限应是大于零的数。"), field="amount")
    return amount


def departments_named(changes: Iterable[Change]) -> dict[str, Department]:
    """All departments that changes name, by code, with ONE statement."""
    codes = {code for change in changes for code in _named(change.after)}
    return Department.objects.in_bulk(sorted(codes), field_name="code")


def _named(after: Mapping[str, str]) -> list[str]:
    return [after.get("lead", "").strip(), *_codes(after.get("cooperating", ""))]


def _departments(after: Mapping[str, str], known: Mapping[str, Department] | None = None) -> list[Department]:
    """Lead first, then those who help. Raises: Refused 422 for a code that nobody has."""
    codes = _named(after)
    if known is None:
        known = Department.objects.in_bulk(codes, field_name="code")
    for field, code in zip(("lead", *["cooperating"] * len(codes)), codes, strict=False):
        if code not in known or not known[code].active:
            raise Refused(
                _("没有部门 %(code)s，或者它已停用。请从列表中选择。") % {"code": code or "—"}, field=field
            )
    return [known[code] for code in codes]


def _codes(text: str) -> list[str]:
    return [code for code in text.replace("；", ";").replace(",", ";").split(";") if code.strip()]


def check_change(change: Change, known: Mapping[str, Department] | None = None) -> None:
    """What can be said before approval. known: the departments that many changes name (`departments_named`).

    Raises: Refused 422 with the field, 409.
    """
    after = change.after
    if change.kind in (Kind.STANDARD_ADD, Kind.STANDARD_REVISE):
        base = change.standard or Standard(category=change.category)
        row = Standard(
            code_system=base.code_system or (change.category.standard if change.category else ""),
            kind=base.kind or (change.category.kind if change.category else ""),
            code=base.code or (change.category.code if change.category else ""),
            name=base.name or (change.category.name if change.category else ""),
            seq=base.seq or 1,
            valid_from=timezone.localdate(),
            **(_limit_of(after) | {"source": after.get("source") or _("本市规定")}),
        )
        check_form(row)
    if change.kind in (Kind.STANDARD_REVISE, Kind.STANDARD_END) and (
        change.standard is None or change.standard.valid_to is not None
    ):
        raise Refused(_("这一条已经停用，不能再改。"), status=409)
    if change.kind in (Kind.DUTY_SET, Kind.FALLBACK_SET):
        _departments(after, known)
    if change.kind in (Kind.DUTY_SET, Kind.DUTY_END, Kind.FALLBACK_SET):
        _check_division(change.division_code)
    if change.kind == Kind.CATEGORY_ADD:
        add_category(by=None, on=timezone.localdate(), values=after, keep=False)


def _check_division(code: str) -> None:
    try:
        division_validator(code)
    except ValidationError as error:
        raise Refused("".join(error.messages), field="division_code") from error


def _check_day(day: date) -> None:
    if day < timezone.localdate():
        raise Refused(_("生效日期不能早于今天。"), field="effective")


def _held(revision: Revision, states: tuple[Revision.State, ...], sentence: str) -> Revision:
    seen = Revision.objects.only("state").get(pk=revision.pk)
    if seen.busy and seen.state not in states:  # its job holds the row: nobody waits for that
        raise Refused(_("后台正在办理这份改动，请等它完成，或先停止。"), status=409, code="busy")
    row = Revision.objects.select_for_update().get(pk=revision.pk)
    if row.state not in states:
        raise Refused(sentence, status=409, code="state")
    return row


def _to(row: Revision, state: Revision.State) -> Revision:
    row.state = state
    row.save()
    return row
