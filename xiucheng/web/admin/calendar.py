"""/admin/calendar: the year's working days, and every way to change them; the effect on open cases before it counts."""

import calendar as months
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from xiucheng.cases.jobs import after_calendar_change
from xiucheng.kernel import calendar
from xiucheng.kernel.calendar import CalendarChange
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse
from xiucheng.kernel.models import AdminChange, CalendarDay, CalendarYear
from xiucheng.kernel.notice_days import NoticeError, read_notice
from xiucheng.kernel.workdays import SHIPPED_SOURCE, shipped_days
from xiucheng.people.models import Post
from xiucheng.people.rules import Right
from xiucheng.web.admin import effects
from xiucheng.web.admin.common import int_of, page

YEARS = (2019, 2099)
HISTORY = 20
Change = Callable[[], CalendarChange]


class DayForm(forms.Form):
    """One day as typed."""

    day = forms.DateField(
        label=gettext_lazy("日期"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={
            "required": gettext_lazy("请填日期。"),
            "invalid": gettext_lazy("不是日期，请写成 2027-01-01。"),
        },
    )
    is_workday = forms.ChoiceField(
        label=gettext_lazy("这一天"), choices=[("0", gettext_lazy("休息")), ("1", gettext_lazy("上班"))]
    )
    name = forms.CharField(label=gettext_lazy("名称"), max_length=50, required=False)
    source = forms.CharField(label=gettext_lazy("依据"), max_length=200, required=False)
    note = forms.CharField(label=gettext_lazy("改动原因"), max_length=300, required=False)


class YearForm(forms.Form):
    """The State Council's notice for a year."""

    year = forms.IntegerField(label=gettext_lazy("年份"), min_value=YEARS[0], max_value=YEARS[1])
    source = forms.CharField(label=gettext_lazy("通知文号"), max_length=200)
    days = forms.CharField(
        label=gettext_lazy("放假和调休"),
        widget=forms.Textarea(attrs={"rows": 9}),
        help_text=gettext_lazy("一行一天或一段：“10-01..10-07 休 国庆节”，“10-09 班 国庆节调休”。"),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "days" in given and "year" in given:
            try:
                given["rows"] = read_notice(given["days"], given["year"])
            except NoticeError as error:
                self.add_error("days", _line_sentence(error))
        return given


class FileForm(forms.Form):
    """A table of days."""

    file = forms.FileField(
        label=gettext_lazy("表格文件"),
        help_text=gettext_lazy("CSV（UTF-8 或 GB18030），第一行是列名：日期、是否工作日、名称。"),
        error_messages={"required": gettext_lazy("请选择文件。"), "empty": gettext_lazy("文件是空的。")},
    )
    source = forms.CharField(label=gettext_lazy("来源"), max_length=200)


def _line_sentence(error: NoticeError) -> str:
    number, line, why = error.args
    sentence = {
        "line": _("第 %(number)s 行“%(line)s”读不懂，请写成“10-01..10-07 休 国庆节”。"),
        "date": _("第 %(number)s 行“%(line)s”里有不存在的日期。"),
        "order": _("第 %(number)s 行“%(line)s”的起止颠倒，或超过 31 天。"),
    }[why]
    return sentence % {"number": number, "line": line[:40]}


@dataclass(frozen=True, slots=True)
class Day:
    """One square of the year. kind: work, rest, holiday (a weekday off), makeup (a weekend worked)."""

    date: date
    kind: str
    name: str
    edited: bool

    @property
    def label(self) -> str:
        word = {
            "work": _("上班"),
            "rest": _("休息"),
            "holiday": _("放假"),
            "makeup": _("调休上班"),
        }[self.kind]
        return f"{self.date:%Y-%m-%d} {word} {self.name}".strip()


def year_of(year: int) -> list[dict[str, Any]]:
    """Twelve months of weeks of days (None outside the month). Two statements."""
    rows = {row.date: row for row in CalendarDay.objects.filter(date__year=year)}
    shipped = shipped_days()
    in_force = calendar.load_calendar()

    def square(day: date) -> Day:
        work = in_force.is_workday(day)
        kind = (
            ("makeup" if day.weekday() > 4 else "work")
            if work
            else ("rest" if day.weekday() > 4 else "holiday")
        )
        known = rows.get(day) or shipped.get(day)
        edited = day in rows and rows[day].source != SHIPPED_SOURCE
        return Day(day, kind, known.name if known else "", edited)

    return [
        {
            "month": month,
            "weeks": [
                [square(day) if day.month == month else None for day in week]
                for week in months.Calendar().monthdatescalendar(year, month)
            ],
        }
        for month in range(1, 13)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@page(Right.MANAGE_SETTINGS)
def index(request: HttpRequest, post: Post) -> HttpResponse:
    """The year; the forms of a day, of a year's notice and of a table; their effect, or the change itself."""
    form_name = request.POST.get("form", "")
    day_form = DayForm(request.POST if form_name == "day" else None, initial=_day_initial(request))
    year_form = YearForm(
        request.POST if form_name == "year" else None, initial={"year": timezone.localdate().year + 1}
    )
    file_form = FileForm(
        request.POST if form_name == "file" else None, request.FILES if form_name == "file" else None
    )
    chosen = {"day": day_form, "year": year_form, "file": file_form}.get(form_name)
    status, effect = 200, None
    if chosen is not None:
        status = 422
        if chosen.is_valid():
            change, first, last = _change(form_name, chosen.cleaned_data, post)
            try:
                if "preview" in request.POST:
                    effect, status = effects.of_calendar(change, first=first, last=last), 200
                else:
                    _do(change, request)
                    return HttpResponseRedirect(f"{reverse('admin_calendar')}?year={_shown_year(request)}")
            except Refused as refusal:
                status = refuse(chosen, refusal)
    year = _shown_year(request)
    context = {
        "year": year,
        "years": (year - 1, year + 1),
        "months": year_of(year),
        "announced": calendar.load_calendar().is_announced(year),
        "notice": CalendarYear.objects.filter(year=year).first(),
        "day_form": day_form,
        "year_form": year_form,
        "file_form": file_form,
        "form_name": form_name or request.GET.get("form", "day"),
        "effect": effect,
        "history": AdminChange.objects.filter(step__in=("calendar", "windows"))[:HISTORY],
    }
    return render(request, "web/ground/calendar.html", context, status=status)


def _shown_year(request: HttpRequest) -> int:
    year = int_of(request, "year", timezone.localdate().year)
    return min(max(year, YEARS[0]), YEARS[1])


def _day_initial(request: HttpRequest) -> dict[str, Any]:
    """The day that was clicked, as it stands."""
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return {}
    row = CalendarDay.objects.filter(date=day).first()
    return {
        "day": day,
        "is_workday": "1" if calendar.load_calendar().is_workday(day) else "0",
        "name": row.name if row else "",
        "source": row.source if row else "",
    }


def _change(name: str, given: dict[str, Any], post: Post) -> tuple[Change, date | None, date | None]:
    """What the form asks for, and the days that it may change."""
    by: dict[str, Any] = {"by": post.signature, "person": post.person_id}
    if name == "day":
        day, work = given["day"], given["is_workday"] == "1"
        words = {key: given[key] for key in ("name", "source", "note")}
        return (lambda: calendar.edit_day(day=day, is_workday=work, **by, **words)), day, day
    if name == "year":
        year = given["year"]
        announce = {"year": year, "days": given["rows"], "source": given["source"]}
        return (
            (lambda: calendar.announce_year(**by, **announce)),
            date(year, 1, 1),
            date(year, 12, 31),
        )
    content = given["file"].read()
    return (lambda: calendar.import_days(content=content, source=given["source"], **by)), None, None


def _do(change: Change, request: HttpRequest) -> None:
    with transaction.atomic():
        done = change()
        after_calendar_change(done)
    said = ngettext(
        "日历已保存，%(count)d 天的上班休息变了。", "日历已保存，%(count)d 天的上班休息变了。", done.days
    )
    words = said % {"count": done.days}
    if done.recompute:
        words += _("在办案件的时限正在后台重算。")
    messages.success(request, words)
