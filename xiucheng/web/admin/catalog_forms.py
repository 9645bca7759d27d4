"""Forms of the catalogue's administration: a draft, and each kind of change in it."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiucheng.catalog.actions import Change
from xiucheng.catalog.models import Category, Confidence, RevisionItem, Standard
from xiucheng.kernel.worktime import Unit
from xiucheng.people.models import Department
from xiucheng.territory.models import Division, Grade

NEEDED = {"required": gettext_lazy("请填这一项。")}
Kind = RevisionItem.Kind


class RevisionForm(forms.Form):
    """A new draft."""

    title = forms.CharField(max_length=100, label=gettext_lazy("改动名称"), error_messages=NEEDED)
    effective = forms.DateField(
        label=gettext_lazy("从哪天起生效"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={**NEEDED, "invalid": gettext_lazy("不是日期，请写成 2027-01-01。")},
    )
    reason = forms.CharField(
        max_length=500,
        required=False,
        label=gettext_lazy("依据和原因"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ChangeForm(forms.Form):
    """What all changes share: the texts of `after`."""

    kind = ""

    def __init__(
        self, *args: Any, category: Category | None = None, standard: Standard | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.category, self.standard = category, standard

    def change(self) -> Change:
        after = {name: str(value) for name, value in self.cleaned_data.items() if name != "division_code"}
        return Change(
            kind=self.kind,
            category=self.category,
            standard=self.standard,
            division_code=str(self.cleaned_data.get("division_code", "")),
            after=after,
        )


class StandardForm(ChangeForm):
    """立案条件、处置时限、结案条件 of one category."""

    kind = Kind.STANDARD_ADD
    filing_condition = forms.CharField(
        max_length=300,
        label=gettext_lazy("立案条件"),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages=NEEDED,
    )
    amount = forms.CharField(max_length=12, label=gettext_lazy("处置时限"), error_messages=NEEDED)
    unit = forms.ChoiceField(
        label=gettext_lazy("时限单位"), choices=[(u.value, u.value) for u in Unit if u != Unit.DUTY_MINUTE]
    )
    season = forms.CharField(
        max_length=60,
        required=False,
        label=gettext_lazy("季节限定"),
        help_text=gettext_lazy("如 03-01..05-31；全年留空。"),
    )
    closing_condition = forms.CharField(max_length=300, label=gettext_lazy("结案条件"), error_messages=NEEDED)
    area_grade = forms.ChoiceField(label=gettext_lazy("管理区域等级"), choices=Grade.choices, initial="ALL")
    source = forms.CharField(max_length=200, label=gettext_lazy("依据文件"), error_messages=NEEDED)
    confidence = forms.ChoiceField(
        label=gettext_lazy("可信度"),
        choices=Confidence.choices,
        initial="high",
        help_text=gettext_lazy("可信度低的时限，领导批准以后才用于考核。"),
    )


class ReviseForm(StandardForm):
    kind = Kind.STANDARD_REVISE


class EndStandardForm(ChangeForm):
    kind = Kind.STANDARD_END
    source = forms.CharField(max_length=200, label=gettext_lazy("为什么停用"), error_messages=NEEDED)


class EndCategoryForm(EndStandardForm):
    kind = Kind.CATEGORY_END


class EndDutyForm(EndStandardForm):
    kind = Kind.DUTY_END
    division_code = forms.CharField(widget=forms.HiddenInput)


class CategoryForm(ChangeForm):
    """A local category."""

    kind = Kind.CATEGORY_ADD
    name = forms.CharField(max_length=100, label=gettext_lazy("小类名称"), error_messages=NEEDED)
    class_code = forms.CharField(
        max_length=2,
        label=gettext_lazy("大类代码"),
        help_text=gettext_lazy("2 位数字。"),
        error_messages=NEEDED,
    )
    class_name = forms.CharField(max_length=60, label=gettext_lazy("大类名称"), error_messages=NEEDED)
    subclass_code = forms.CharField(
        max_length=3,
        label=gettext_lazy("小类代码"),
        help_text=gettext_lazy("3 位数字，本市类别从 999 往下编。"),
        error_messages=NEEDED,
    )
    dept_type = forms.CharField(max_length=60, required=False, label=gettext_lazy("主管部门类别"))
    source = forms.CharField(max_length=200, label=gettext_lazy("依据文件"), error_messages=NEEDED)
    note = forms.CharField(max_length=300, required=False, label=gettext_lazy("备注"))


class _Place(ChangeForm):
    division_code = forms.ChoiceField(label=gettext_lazy("区划"))
    lead = forms.ChoiceField(label=gettext_lazy("主办部门"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = Division.objects.filter(level__in=(4, 6, 9)).order_by("code").values_list("code", "name")
        self.fields["division_code"].choices = [(code, f"{code} {name}") for code, name in places]  # type: ignore[attr-defined]
        bodies = Department.objects.filter(active=True).order_by("division_code", "id")
        self.bodies = [(row.code, f"{row.name}（{row.division_code}）") for row in bodies]
        self.fields["lead"].choices = self.bodies  # type: ignore[attr-defined]


class DutyForm(_Place):
    """Who leads for a category in a division, and who helps."""

    kind = Kind.DUTY_SET
    cooperating = forms.MultipleChoiceField(required=False, label=gettext_lazy("协办部门"))
    legal_basis = forms.CharField(max_length=300, required=False, label=gettext_lazy("法律依据"))
    procedure = forms.CharField(
        max_length=4000,
        required=False,
        label=gettext_lazy("办理程序"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    source = forms.CharField(max_length=200, required=False, label=gettext_lazy("来源"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cooperating"].choices = self.bodies  # type: ignore[attr-defined]
        self.fields["cooperating"].widget.attrs["size"] = 6

    def clean_cooperating(self) -> str:
        return ";".join(self.cleaned_data["cooperating"])


class FallbackForm(_Place):
    """兜底单位 of a division."""

    kind = Kind.FALLBACK_SET


FORMS: dict[str, type[ChangeForm]] = {
    form.kind: form
    for form in (
        StandardForm,
        ReviseForm,
        EndStandardForm,
        EndCategoryForm,
        CategoryForm,
        DutyForm,
        EndDutyForm,
        FallbackForm,
    )
}

FIELD_NAMES = {
    "area_grade": gettext_lazy("管理区域等级"),
    "filing_condition": gettext_lazy("立案条件"),
    "amount": gettext_lazy("处置时限"),
    "unit": gettext_lazy("时限单位"),
    "season": gettext_lazy("季节限定"),
    "closing_condition": gettext_lazy("结案条件"),
    "source": gettext_lazy("依据"),
    "confidence": gettext_lazy("可信度"),
    "lead": gettext_lazy("主办部门"),
    "cooperating": gettext_lazy("协办部门"),
    "legal_basis": gettext_lazy("法律依据"),
    "procedure": gettext_lazy("办理程序"),
    "name": gettext_lazy("名称"),
    "class_code": gettext_lazy("大类代码"),
    "class_name": gettext_lazy("大类名称"),
    "subclass_code": gettext_lazy("小类代码"),
    "dept_type": gettext_lazy("主管部门类别"),
    "note": gettext_lazy("备注"),
}


def words_of(field: str, text: str, departments: dict[str, str]) -> str:
    """A stored text as people read it: departments by name, choices in words."""
    if field in ("lead", "cooperating"):
        return _("、").join(departments.get(code, code) for code in text.split(";") if code)
    if field == "confidence":
        return str(dict(Confidence.choices).get(text, text))
    if field == "area_grade":
        return str(dict(Grade.choices).get(text, text))
    return text


class DecisionForm(forms.Form):
    answer = forms.CharField(
        max_length=500, required=False, label=gettext_lazy("意见"), widget=forms.Textarea(attrs={"rows": 2})
    )


class AdoptForm(forms.Form):
    """What to do with a ruling that was kept as a draft row."""

    on = forms.DateField(
        label=gettext_lazy("从哪天起生效"),
        widget=forms.DateInput(attrs={"type": "date"}),
        initial=timezone.localdate,
        required=False,
        error_messages={"invalid": gettext_lazy("不是日期，请写成 2027-01-01。")},
    )
    reason = forms.CharField(max_length=300, required=False, label=gettext_lazy("不采用的原因"))

    def clean_on(self) -> Any:
        day = self.cleaned_data["on"] or timezone.localdate()
        if day < timezone.localdate():
            raise forms.ValidationError(_("生效日期不能早于今天。"))
        return day
