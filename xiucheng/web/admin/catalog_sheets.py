"""Limits and duties as tables: written as XLSX; read back as changes of a draft, every fault with row and column."""

import io
from collections.abc import Callable, Iterator, Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from xiucheng.catalog import actions, queries, snapshot
from xiucheng.catalog.actions import Change, revisions
from xiucheng.catalog.drafting import DUTY_FIELDS, STANDARD_FIELDS
from xiucheng.catalog.models import Duty, Revision, RevisionItem, Standard
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.sheets import Table, read_table, write_xlsx
from xiucheng.people.models import Post
from xiucheng.people.rules import Right
from xiucheng.web.admin.common import page

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 50_000  # a prefecture's 权责清单 as exported; read and compared in some seconds
MOST = 5_000  # changes
SHOWN = 20
Kind = RevisionItem.Kind
STANDARD_HEAD = ("类别", "类别名称", "编号", "管理区域等级", "立案条件", "处置时限", "时限单位", "季节限定", "结案条件",
                 "依据", "可信度", "停用")  # fmt: skip
DUTY_HEAD = ("类别", "类别名称", "区划代码", "主办部门代码", "主办部门", "协办部门代码", "法律依据", "办理程序", "来源",
             "停用")  # fmt: skip
CATEGORY_HEAD = ("类别", "大类", "小类名称", "种类", "主管部门类别", "施行日期", "来源")
COLUMN = {
    "area_grade": "管理区域等级", "filing_condition": "立案条件", "amount": "处置时限", "unit": "时限单位",
    "season": "季节限定", "closing_condition": "结案条件", "source": "依据", "confidence": "可信度",
}  # fmt: skip
DUTY_COLUMN = {
    "lead": "主办部门代码", "cooperating": "协办部门代码", "legal_basis": "法律依据", "procedure": "办理程序",
    "source": "来源",
}  # fmt: skip
COLUMNS_SAID = {**DUTY_COLUMN, **COLUMN, "category": "类别", "division_code": "区划代码", "standard": "编号"}
Read = Callable[[dict[str, str]], Change | None]
YES = ("1", "是", "true", "yes")


@require_safe
@page(Right.MANAGE_CATALOG, Right.APPROVE_STANDARD)
def export(request: HttpRequest, post: Post, what: str) -> HttpResponse:
    """What is in force today, as a table that can be changed and sent back."""
    writers = {
        "standards": (STANDARD_HEAD, standard_rows, _("立案标准和时限")),
        "duties": (DUTY_HEAD, duty_rows, _("权责清单")),
        "categories": (CATEGORY_HEAD, category_rows, _("类别")),
    }
    if what not in writers:
        raise Http404
    head, rows, title = writers[what]
    file = io.BytesIO()
    write_xlsx(file, head, rows(), title)
    name = f"{title}-{timezone.localdate():%Y%m%d}.xlsx"
    headers = {"Content-Disposition": content_disposition_header(True, name) or ""}
    return HttpResponse(file.getvalue(), content_type=XLSX, headers=headers)


def standard_rows() -> Iterator[list[str]]:
    """Limits in force, by category and number."""
    today = timezone.localdate()
    memory = snapshot.current()
    for row in sorted(
        memory.standards.values(), key=lambda row: (row.code_system, row.kind, row.code, row.seq)
    ):
        category = memory.categories[row.category_id] if row.category_id else None
        if category and row.valid_from <= today and (row.valid_to is None or today < row.valid_to):
            values = revisions.standard_values(row)
            yield [
                category.key, category.name, str(row.pk), values["area_grade"], values["filing_condition"],
                values["amount"], values["unit"], values["season"], values["closing_condition"], values["source"],
                values["confidence"], "",
            ]  # fmt: skip


def duty_rows() -> Iterator[list[str]]:
    """Duties in force, by category and division."""
    rows = Duty.objects.filter(draft=False, valid_to__isnull=True).select_related("category", "lead")
    for row in rows.prefetch_related("cooperating").order_by("category__code", "division_code"):
        helpers = ";".join(sorted(department.code for department in row.cooperating.all()))
        yield [
            row.category.key, row.category.name, row.division_code, row.lead.code, row.lead.name, helpers,
            row.legal_basis, row.procedure, row.source, "",
        ]  # fmt: skip


def category_rows() -> Iterator[list[str]]:
    """Categories in force."""
    for row in queries.categories():
        kind = row.kind_name
        yield [
            row.key,
            f"{row.class_code} {row.class_name}",
            row.name,
            kind,
            row.dept_type,
            str(row.in_force_from),
            row.source,
        ]


@require_POST
@page(Right.MANAGE_CATALOG)
def load(request: HttpRequest, post: Post, pk: int) -> HttpResponse:
    """Read a table into a draft: what differs from what is in force becomes a change. All of it or nothing."""
    row = get_object_or_404(Revision, pk=pk)
    back = HttpResponseRedirect(reverse("admin_revision", args=[pk]))
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise Refused(_("请选择文件。"), field="file")
        changes = read_changes(read_table(upload, max_bytes=20 * 2**20))
        actions.put_changes(revision=row, changes=changes, by=post)
    except Refused as refusal:
        for line in refusal.said(_).splitlines():
            messages.error(request, line)
        return back
    words = "表格里有 %(count)d 处与现行规定不同，已加入改动。"
    said = ngettext(words, words, len(changes))
    messages.success(request, said % {"count": len(changes)})
    return back


def read_changes(table: Table) -> list[Change]:
    """The changes that a table of limits or duties asks for. Raises: Refused with the first twenty faults."""
    header = set(table.header)
    read: Read
    if {"类别", "立案条件", "处置时限"} <= header:
        read = _standard_change(Standard.objects.filter(valid_to__isnull=True).in_bulk())
    elif {"类别", "区划代码", "主办部门代码"} <= header:
        read = _duty_change(revisions.open_duties())
    else:
        raise Refused(_("表头对不上：请先导出立案标准或权责清单，在那个表格里改。"), field="file")
    found: list[tuple[int, Change]] = []
    faults: list[tuple[int, str]] = []
    for number, cells in table.dicts():
        if number > MOST_ROWS + 1:
            raise Refused(_("一次最多 %(most)d 行，请分成几个表格。") % {"most": MOST_ROWS}, field="file")
        try:
            if change := read(cells):
                found.append((number, change))
        except Refused as refusal:
            faults.append((number, _fault(number, refusal)))
    if len(found) > MOST:
        sentence = _("表格里有 %(count)d 处改动，一次最多 %(most)d 处，请分成几个表格。")
        raise Refused(sentence % {"count": len(found), "most": MOST}, field="file")
    known = revisions.departments_named(change for _number, change in found)
    for number, change in found:
        try:
            revisions.check_change(change, known)
        except Refused as refusal:
            faults.append((number, _fault(number, refusal)))
    said = [sentence for _number, sentence in sorted(faults)]
    said += [f"{fault.row} {fault.column}：{fault.said(_)}" for fault in table.faults]
    if said:
        more = [_("另有 %(count)s 处错误。") % {"count": len(said) - SHOWN}] if len(said) > SHOWN else []
        head = _("表格没有读入，请改正后再传：")
        raise Refused("\n".join([head, *said[:SHOWN], *more]), field="file", code="bad_rows")
    return [change for _number, change in found]


def _fault(number: int, refusal: Refused) -> str:
    column = COLUMNS_SAID.get(refusal.field, refusal.field)
    values = {"row": number, "column": column, "why": refusal.said(_)}
    return _("第 %(row)d 行“%(column)s”列：%(why)s") % values


def _standard_change(there: Mapping[int, Standard]) -> Read:
    """Reads a row of limits. there: those in force, by number."""
    return lambda cells: _limit(cells, there)


def _duty_change(there: Mapping[tuple[int, str], Duty]) -> Read:
    """Reads a row of duties. there: those in force, by category and division."""
    return lambda cells: _duty(cells, there)


def _limit(cells: dict[str, str], there: Mapping[int, Standard]) -> Change | None:
    category = queries.parse_category(cells["类别"])
    after = {field: cells.get(column, "").strip() for field, column in COLUMN.items()}
    after["area_grade"] = after["area_grade"] or "ALL"
    after["confidence"] = after["confidence"] or "high"
    number = cells.get("编号", "").strip()
    ends = cells.get("停用", "").strip().lower() in YES
    if not number:
        return Change(kind=Kind.STANDARD_ADD, category=category, after=after)
    old = snapshot.current().standards.get(int(number)) if number.isascii() and number.isdigit() else None
    if old is None:
        raise Refused(
            _("没有编号为 %(number)s 的标准；新增的请留空。") % {"number": number[:20]}, field="standard"
        )
    standard = there.get(old.pk) or Standard.objects.get(pk=old.pk)
    if ends:
        return Change(
            kind=Kind.STANDARD_END, category=category, standard=standard, after={"source": after["source"]}
        )
    before = revisions.standard_values(standard)
    if all(before[field] == after[field] for field in STANDARD_FIELDS):
        return None
    return Change(kind=Kind.STANDARD_REVISE, category=category, standard=standard, after=after)


def _duty(cells: dict[str, str], there: Mapping[tuple[int, str], Duty]) -> Change | None:
    category = queries.parse_category(cells["类别"])
    division = cells["区划代码"].strip()
    after = {field: cells.get(column, "").strip() for field, column in DUTY_COLUMN.items()}
    old = there.get((category.pk, division))
    if cells.get("停用", "").strip().lower() in YES:
        if old is None:
            raise Refused(_("这里没有可停用的条目。"), field="division_code")
        return Change(
            kind=Kind.DUTY_END, category=category, division_code=division, after={"source": after["source"]}
        )
    if old is not None:
        before = revisions.duty_values(old)
        if all(before[field].strip() == after[field] for field in DUTY_FIELDS):
            return None
    return Change(kind=Kind.DUTY_SET, category=category, division_code=division, after=after)
