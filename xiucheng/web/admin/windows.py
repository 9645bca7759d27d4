"""/admin/calendar/windows: working and duty windows with their seasons, for everywhere or a division, from a day on."""

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
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from xiucheng.cases.jobs import after_calendar_change
from xiucheng.kernel import calendar, windows
from xiucheng.kernel.calendar import CalendarChange, SeasonInput
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse
from xiucheng.kernel.models import WorkingWindows
from xiucheng.people.models import Post
from xiucheng.people.rules import Right
from xiucheng.territory.models import Division
from xiucheng.web.admin import effects
from xiucheng.web.admin.common import known_division, page

SEASONS = 4
NEEDED = {"required": gettext_lazy("请填这一项。")}


class WindowsForm(forms.Form):
    """New windows of a place; up to four seasons, an empty line is none."""

    division = forms.CharField(
        required=False,
        max_length=12,
        label=gettext_lazy("用于区划"),
        help_text=gettext_lazy("区划代码；全市留空。"),
    )
    valid_from = forms.DateField(
        label=gettext_lazy("从哪天起"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={**NEEDED, "invalid": gettext_lazy("不是日期，请写成 2027-01-01。")},
    )
    source = forms.CharField(max_length=200, label=gettext_lazy("依据"), error_messages=NEEDED)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, SEASONS + 1):
            first = number == 1
            self.fields[f"name_{number}"] = forms.CharField(
                required=False, max_length=50, label=_("季节 %(number)s") % {"number": number}
            )
            for end, word in (("first", _("第一天")), ("last", _("最后一天"))):
                self.fields[f"{end}_{number}"] = forms.RegexField(
                    r"^\d{1,2}-\d{1,2}$",
                    required=False,
                    label=word,
                    initial={"first": "01-01", "last": "12-31"}[end] if first else "",
                    error_messages={"invalid": _("请写成“06-01”。")},
                )
            for kind, word in (("work", _("工作时段")), ("duty", _("值班时段"))):
                self.fields[f"{kind}_{number}"] = forms.CharField(required=False, max_length=200, label=word)

    def clean_division(self) -> str:
        return known_division(self.cleaned_data["division"])

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        names = ("name", "first", "last", "work", "duty")
        return [[self[f"{name}_{number}"] for name in names] for number in range(1, SEASONS + 1)]

    def seasons(self) -> list[SeasonInput]:
        """What was typed, without the empty lines."""
        given, found = self.cleaned_data, []
        for number in range(1, SEASONS + 1):
            if any(given.get(f"{name}_{number}") for name in ("first", "last", "work", "duty")):
                ends = [_month_day(given.get(f"{name}_{number}") or "0-0") for name in ("first", "last")]
                work, duty = given[f"work_{number}"], given[f"duty_{number}"]
                found.append(SeasonInput(ends[0], ends[1], work, duty, given[f"name_{number}"]))
        return found


def _month_day(text: str) -> int:
    month, day = text.split("-")
    return int(month) * 100 + int(day)


@dataclass(frozen=True, slots=True)
class Regime:
    """The windows of one place from one day on, as the page shows them."""

    code: str
    name: str
    valid_from: date
    source: str
    seasons: tuple[dict[str, str], ...]
    state: str


def regimes() -> list[Regime]:
    """All that was ever set, the newest first within a place; two statements."""
    rows = list(WorkingWindows.objects.order_by("division_code", "-valid_from", "season_first"))
    names = dict(
        Division.objects.filter(code__in={r.division_code for r in rows}).values_list("code", "name")
    )
    groups: dict[tuple[str, date], list[WorkingWindows]] = {}
    for row in rows:
        groups.setdefault((row.division_code, row.valid_from), []).append(row)
    today, current, found = timezone.localdate(), set(), []
    for (code, since), seasons in groups.items():
        state = "coming" if since > today else "past" if code in current else "now"
        if state == "now":
            current.add(code)
        parts = tuple(
            {
                "name": row.season_name,
                "days": f"{_dash(row.season_first)} – {_dash(row.season_last)}",
                "work": row.work,
                "duty": row.duty,
            }
            for row in seasons
        )
        name = names.get(code, code) or _("全市")
        found.append(Regime(code, name, since, seasons[0].source, parts, state))
    return found


def _dash(value: int) -> str:
    return f"{value // 100:02d}-{value % 100:02d}"


@require_http_methods(["GET", "HEAD", "POST"])
@page(Right.MANAGE_SETTINGS)
def index(request: HttpRequest, post: Post) -> HttpResponse:
    """What windows count where and since when; new ones, with the effect on open cases before they count."""
    national = windows.NATIONAL.seasons[0]
    initial = {
        "work_1": windows.format_windows(national.work),
        "duty_1": windows.format_windows(national.duty),
    }
    form = WindowsForm(request.POST or None, initial=initial)
    status, effect = 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if "preview" in request.POST:
                    since = form.cleaned_data["valid_from"]
                    effect, status = effects.of_calendar(lambda: _set(form, post), first=since), 200
                else:
                    with transaction.atomic():
                        after_calendar_change(_set(form, post))
                    messages.success(request, _("时段已保存，在办案件的时限正在后台重算。"))
                    return HttpResponseRedirect(reverse("admin_windows"))
            except Refused as refusal:
                known = {"division_code": "division", "windows": "work_1"}
                status = refuse(form, refusal, known=known)
    context = {"regimes": regimes(), "form": form, "effect": effect, "national": initial}
    return render(request, "web/ground/windows.html", context, status=status)


def _set(form: WindowsForm, post: Post) -> CalendarChange:
    given = form.cleaned_data
    return calendar.set_windows(
        division_code=given["division"],
        valid_from=given["valid_from"],
        seasons=form.seasons(),
        source=given["source"],
        by=post.signature,
        person=post.person_id,
    )
