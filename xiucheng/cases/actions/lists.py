"""What people do with lists of cases: keep a filter, share it, choose columns, export."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xiucheng.cases import exporting
from xiucheng.cases.models import CaseExport, ListChoice, SavedFilter, Sharing
from xiucheng.cases.queries import asked, columns
from xiucheng.cases.queries.fields import CaseFilter
from xiucheng.kernel import audit, jobs
from xiucheng.kernel.errors import Refused
from xiucheng.people.actions import require
from xiucheng.people.models import Post
from xiucheng.people.rules import Right

NAME_MAX = 40
FILTERS_MAX = 100  # of one person
WAITING_MAX = 3  # exports of one person at a time: they share the workers with everybody's


def save_filter(*, by: Post, name: str, filter: CaseFilter, sharing: str = "") -> SavedFilter:
    """Keep a filter under a name; the same name again means it anew.

    sharing: «», department, role or place: who else is offered it. Raises: Refused 422, 403.
    """
    require(by, Right.VIEW_CASES)
    name = " ".join(name.split())
    if not name or len(name) > NAME_MAX:
        raise Refused(_("请给筛选条件起个名字，最多 %(most)d 个字。") % {"most": NAME_MAX}, field="name")
    if sharing not in Sharing.values:
        raise Refused(_("没有这种共享范围，请从列表中选择。"), field="sharing")
    if sharing == Sharing.DEPARTMENT and by.department_id is None:
        raise Refused(_("您的岗位不属于任何部门，不能给部门共享。"), field="sharing")
    if sharing == Sharing.PLACE and not by.scope_codes:
        raise Refused(_("您的岗位没有管辖范围，不能按范围共享。"), field="sharing")
    written = asked.written(filter)
    if not written:
        raise Refused(_("还没有任何条件，没有什么可保存的。"), field="name")
    with transaction.atomic():
        mine = SavedFilter.objects.select_for_update().filter(owner=by.person_id)
        if mine.exclude(name=name).count() >= FILTERS_MAX:
            raise Refused(
                _("您已保存 %(most)d 个筛选条件，请先删去不用的。") % {"most": FILTERS_MAX}, field="name"
            )
        shared: dict[str, Any] = {"role": "", "department": None, "scope_codes": []}
        if sharing:
            shared = {"role": by.role, "department": by.department, "scope_codes": list(by.scope_codes)}
        values = {"asked": written, "sharing": sharing, "created_at": timezone.now(), **shared}
        return SavedFilter.objects.update_or_create(owner=by.person, name=name, defaults=values)[0]


def delete_filter(*, by: Post, filter_id: int) -> None:
    """Only the owner deletes it. Raises: Refused 404."""
    found = SavedFilter.objects.filter(pk=filter_id, owner=by.person_id)
    if not found.exists():
        raise Refused(_("没有找到这个筛选条件，或它不是您保存的。"), status=404)
    found.delete()


def choose_first(*, by: Post, filter_id: int | None) -> None:
    """The filter with which the list opens; None: all cases. Raises: Refused 404."""
    found = SavedFilter.objects.offered_to(by).filter(pk=filter_id).first() if filter_id else None
    if filter_id and found is None:
        raise Refused(_("没有找到这个筛选条件，可能已被删除。"), status=404)
    ListChoice.objects.update_or_create(person=by.person, defaults={"first": found})


def choose_columns(*, by: Post, keys: Sequence[str], table: bool) -> None:
    """The columns of the table, in this order; none: the usual ones."""
    known = [key for key in dict.fromkeys(keys) if key in columns.BY_KEY]
    ListChoice.objects.update_or_create(person=by.person, defaults={"columns": known, "table": table})


def export(*, by: Post, filter: CaseFilter, format: str, keys: Sequence[str] = ()) -> CaseExport:
    """Have a list written into a file, as a job of the person.

    Raises: Refused 422 (format, a filter that cannot be), 403, 429 (too many at once).
    """
    from xiucheng.cases.jobs import export_cases

    require(by, Right.VIEW_CASES)
    if format not in exporting.WRITERS:
        raise Refused(_("可导出 CSV 或 XLSX，请选其一。"), field="format")
    at, wanted = timezone.now(), [column.key for column in columns.chosen(keys, columns.EXPORTED)]
    with transaction.atomic():
        running = CaseExport.objects.filter(owner=by.person_id, job__ended_at__isnull=True, size=None)
        if running.filter(job__isnull=False).count() >= WAITING_MAX:
            raise Refused(
                _("您还有 %(most)d 个导出在进行，请等其中一个完成。") % {"most": WAITING_MAX},
                status=429,
                retry_after=60,
            )
        made = CaseExport(
            owner=by.person,
            post=by,
            scope=exporting.frozen(by),
            asked=asked.written(filter),
            columns=wanted,
            format=format,
            language=get_language() or "zh-hans",
            created_at=at,
        )
        label = _("导出案件 %(format)s") % {"format": format.upper()}
        made.job = jobs.track(export_cases, label=label, owner=by.person_id, export_id=str(made.pk))
        made.save(force_insert=True)
        audit.record(
            by=by.signature,
            person=by.person_id,
            subject=f"export {made.pk}",
            before=None,
            after={"format": format, "asked": made.asked, "columns": wanted, "scope": made.scope},
            at=at,
        )
    return made


def take_export(*, by: Post, export_id: UUID) -> CaseExport:
    """An export as its owner may take it now; that it was taken is recorded. Raises: Refused 404, 403, 409, 410."""
    made = own_export(by, export_id)
    exporting.still_held(made)
    if by.pk != made.post_id:
        raise Refused(
            _("这个文件是以另一个岗位导出的，请换到那个岗位再下载。"), status=403, code="other_post"
        )
    if made.size is None:
        raise Refused(_("文件还没有写好，请稍候。"), status=409)
    if made.expires_at and made.expires_at < timezone.now():
        raise Refused(_("文件已过保留期，请重新导出。"), status=410)
    audit.looked(by_post=by, what="cases.export", of=str(made.pk), reason=_("下载导出文件"))
    return made


def delete_export(*, by: Post, export_id: UUID) -> None:
    """Stop it if it runs, and delete file and row. Raises: Refused 404."""
    made = own_export(by, export_id)
    if made.job and not made.job.ended:
        jobs.cancel(made.job.pk)
    exporting.remove(made)


def own_export(by: Post, export_id: UUID) -> CaseExport:
    made = CaseExport.objects.select_related("job", "post").filter(pk=export_id, owner=by.person_id).first()
    if made is None:
        raise Refused(_("没有找到这个导出，可能已被删除。"), status=404)
    return made
