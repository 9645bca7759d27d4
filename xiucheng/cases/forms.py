"""One form declaration per step of a case: what its action takes, asked in the words of the desk.

A form parses; whether the step is allowed, and whether its arguments make sense, is decided by the rules.
The names of the fields are the keyword arguments of the action of the same name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xiucheng.cases.questions import Questions, category_typed
from xiucheng.cases.words import Step
from xiucheng.catalog.models import ExtraField
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse

CHINA = ZoneInfo("Asia/Shanghai")
PHOTOS_MAX = 9
Choices = list[tuple[str, str]]
RATINGS = (("satisfied", _("满意")), ("fair", _("基本满意")), ("unsatisfied", _("不满意")))


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several photos in one input; each is judged by `kernel.files` when it is stored."""

    widget = ManyFiles(attrs={"accept": "image/*", "multiple": True})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = [one for one in (data if isinstance(data, list | tuple) else [data]) if one]
        if len(files) > PHOTOS_MAX:
            raise forms.ValidationError(_("照片最多 9 张。"))
        if not files and self.required:
            raise forms.ValidationError(_("请至少拍一张照片。"))
        return [super(PhotosField, self).clean(one, initial) for one in files]


class DayEnd(forms.DateField):
    """A day, meant to its end in China."""

    widget = forms.DateInput(attrs={"type": "date"})

    def clean(self, value: Any) -> datetime | None:  # type: ignore[override]
        day = super().clean(value)
        return datetime.combine(day, time(23, 59, 59), CHINA) if day else None


class LocalMoment(forms.DateTimeField):
    """A moment typed in local time."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **options)


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that a step asks for.

    choices: names what the page looks up for this case («inspectors», «departments», …).
    kind: how it is asked.
    """

    name: str
    label: str | Promise
    kind: str = "text"
    required: bool = False
    choices: str = ""
    help: str | Promise = ""
    fixed: tuple[tuple[str, str | Promise], ...] = ()
    initial: Any = None


NOTE, PHOTOS = _("备注"), _("照片")


def note(label: str | Promise = NOTE, *, required: bool = False, help: str | Promise = "") -> Ask:
    return Ask("note", label, "words", required, help=help)


def photos(label: str | Promise = PHOTOS, *, required: bool = False) -> Ask:
    return Ask("photos", label, "photos", required, help=_("最多 9 张，每张不超过 20 MB。"))


GRANTED = Ask("granted", _("是否同意"), "yes_no", True, fixed=(("1", _("同意")), ("0", _("不同意"))))
HERE = Ask("position", _("现场位置"), "position")

FIELDS: Mapping[Step, tuple[Ask, ...]] = {
    Step.ACCEPT: (
        Ask("category", _("类别"), "search", choices="categories", help=_("可以输入编码或名称查找。")),
        note(),
    ),
    Step.REFUSE: (note(_("不予受理的理由"), required=True, help=_("会原样告诉上报人。")),),
    Step.ASK: (note(_("要问上报人的问题"), required=True),),
    Step.ANSWER_ASK: (note(_("上报人的答复"), required=True), photos()),
    Step.REQUEST_VERIFY: (Ask("inspector", _("监督员"), "select", choices="inspectors"), note(_("要看什么"))),
    Step.ANSWER_VERIFY: (
        Ask("found", _("现场情况"), "yes_no", True, fixed=(("1", _("属实")), ("0", _("不属实")))),
        photos(_("现场照片"), required=True),
        HERE,
        note(),
    ),
    Step.REASSIGN: (Ask("inspector", _("改派给"), "select", True, choices="inspectors"), note(_("原因"))),
    Step.PROPOSE: (
        Ask("category", _("类别"), "search", choices="categories", help=_("可以输入编码或名称查找。")),
        Ask("standard", _("立案条件"), "select", True, choices="standards"),
        note(),
    ),
    Step.CORRECT: (
        Ask("category", _("类别"), "search", choices="categories"),
        Ask("address", _("地址")),
        Ask("description", _("问题描述"), "words"),
        note(_("更正的原因")),
    ),
    Step.FILE: (
        Ask("category", _("类别"), "search", choices="categories", help=_("可以输入编码或名称查找。")),
        Ask("standard", _("立案条件与时限"), "select", True, choices="standards"),
        note(),
    ),
    Step.DECLINE: (note(_("不予立案的理由"), required=True, help=_("会原样告诉上报人。")),),
    Step.MARK_URGENT: (note(_("原因")),),
    Step.MERGE: (
        Ask("into", _("并入"), "search", True, choices="nearby", help=_("受理号或案件编号。")),
        note(_("理由")),
    ),
    Step.UNMERGE: (note(_("撤销并案的理由"), required=True),),
    Step.SELF_HANDLE: (
        Ask("before", _("处置前照片"), "photos"),
        Ask("after", _("处置后照片"), "photos", True),
        note(),
    ),
    Step.DISPATCH: (
        Ask("to", _("主办部门"), "select", True, choices="departments"),
        Ask("cooperating", _("协办部门"), "many", choices="departments"),
        note(_("要求")),
    ),
    Step.SPLIT: (Ask("cooperating", _("协办部门"), "many", True, choices="departments"), note(_("分工"))),
    Step.TAKE: (note(),),
    Step.ASSIGN: (Ask("crew", _("班组"), "select", True, choices="crews"), note(_("要求"))),
    Step.HANDLE: (photos(_("处置后照片"), required=True), note(_("处置措施和结果"), required=True)),
    Step.RETURN: (note(_("回退的理由，以及应由哪个部门负责"), required=True), photos(_("附件照片"))),
    Step.DECIDE_RETURN: (GRANTED, Ask("wrong", _("属于误派（须值班长确认）"), "check"), note(_("意见"))),
    Step.CONFIRM_RETURN: (GRANTED, note(_("意见"))),
    Step.EXTEND: (note(_("延期的理由"), required=True), photos(_("附件照片"))),
    Step.REVIEW_EXTEND: (GRANTED, note(_("意见"))),
    Step.DECIDE_EXTEND: (GRANTED, note(_("意见"))),
    Step.SUSPEND: (
        Ask("until", _("挂账到"), "day", True, help=_("最长一年；到期自动恢复计时。")),
        note(_("挂账的理由（工程、季节或政策原因）"), required=True),
        photos(_("审批单等照片")),
    ),
    Step.DECIDE_SUSPEND: (GRANTED, note(_("意见"))),
    Step.RESUME: (Ask("department", _("部门"), "select", choices="legs"), note(_("原因"))),
    Step.ARBITRATE: (
        Ask("to", _("由谁负责"), "select", True, choices="departments"),
        note(_("裁定的理由和依据"), required=True),
    ),
    Step.INSTRUCT: (note(_("批示"), required=True, help=_("办理的部门和值班、派遣人员会立刻看到。")),),
    Step.SUPERVISE: (
        Ask(
            "level",
            _("级别"),
            "choice",
            True,
            fixed=(("一般", _("一般")), ("重点", _("重点")), ("领导", _("领导"))),
        ),
        Ask("reply_by", _("回复期限"), "moment", True),
        note(_("督办要求"), required=True),
    ),
    Step.ANSWER_SUPERVISE: (note(_("办理情况"), required=True), photos()),
    Step.REMIND: (note(_("催办的话")),),
    Step.FORWARD: (note(),),
    Step.SEND_BACK: (
        Ask("department", _("退回给"), "select", choices="legs"),
        note(_("缺什么"), required=True),
    ),
    Step.REQUEST_CHECK: (Ask("inspector", _("监督员"), "select", choices="inspectors"), note(_("要看什么"))),
    Step.ANSWER_CHECK: (
        Ask("passed", _("核查结果"), "yes_no", True, fixed=(("1", _("已解决")), ("0", _("没有解决")))),
        photos(_("现场照片，尽量与处置前同一角度"), required=True),
        HERE,
        note(_("备注"), help=_("没有解决的，写明哪里没有修好。")),
    ),
    Step.CLOSE: (note(),),
    Step.REWORK: (
        Ask("departments", _("要返工的部门"), "many", choices="legs"),
        note(_("返工的理由和要求"), required=True),
    ),
    Step.VOID: (
        Ask(
            "reason",
            _("理由"),
            "choice",
            True,
            fixed=(("误报", _("误报")), ("不符合立案条件", _("不符合立案条件"))),
        ),
        note(_("具体情况"), required=True),
    ),
    Step.SIGN_VOID: (GRANTED, note(_("意见"))),
    Step.REOPEN: (note(_("哪里没有解决"), required=True), photos()),
    Step.APPEAL: (note(_("申诉的理由"), required=True), photos(_("证明材料照片"))),
    Step.REVIEW_APPEAL: (GRANTED, note(_("意见"))),
    Step.DECIDE_APPEAL: (GRANTED, note(_("意见"))),
    Step.RATE: (Ask("rating", _("评价"), "choice", True, fixed=RATINGS), note(_("还想说的"))),
    Step.CALLBACK: (Ask("rating", _("上报人的评价"), "choice", True, fixed=RATINGS), note(_("回访记录"))),
    Step.DISCLOSE: (
        Ask("department", _("提供给（不选则只是自己查看）"), "select", choices="legs"),
        note(_("查看联系方式的理由"), required=True, help=_("理由会留下记录。")),
    ),
    Step.RELEASE: (
        Ask("words", _("对外公开的文字"), "words", help=_("去掉姓名、电话、门牌、车牌；留空则不公开文字。")),
        Ask("files", _("对外公开的照片"), "many", choices="files"),
        Ask("boxes", _("遮盖"), "boxes"),
        note(),
    ),
    Step.NOTE: (note(_("备注"), required=True), photos()),
}
# Steps that may be done to several cases at once: those that ask for nothing.
PLAIN = frozenset(
    step
    for step, asks in FIELDS.items()
    if not any(ask.required for ask in asks)
    and step
    in {
        Step.ACCEPT,
        Step.TAKE,
        Step.FORWARD,
        Step.REQUEST_VERIFY,
        Step.REQUEST_CHECK,
        Step.CLOSE,
        Step.REMIND,
    }
)

Lookup = Callable[[str], Choices]


@dataclass(frozen=True, slots=True)
class Offer:
    """What the page knows for a form: where its choices come from, and what it suggests first."""

    lookup: Lookup
    initial: Mapping[str, Any] = field(default_factory=dict)
    questions: Sequence[ExtraField] = ()  # of the categories, where the step asks them


class StepForm(Questions):
    """The form of one step, built from `FIELDS`."""

    def __init__(
        self, step: Step, offer: Offer, data: Any = None, files: Any = None, *, prefix: str | None = None
    ) -> None:
        super().__init__(data, files, initial=dict(offer.initial), auto_id="f-%s", prefix=prefix)
        self.step = step
        self.lists: dict[str, Choices] = {}  # <datalist> of searches
        for ask in FIELDS[step]:
            for name, made in self._made(ask, offer).items():
                self.fields[name] = made
        self.ask(offer.questions)
        self._describe()

    def _made(self, ask: Ask, offer: Offer) -> dict[str, forms.Field]:
        common: dict[str, Any] = {"label": ask.label, "required": ask.required, "help_text": ask.help}
        common["error_messages"] = {"required": _("请填写这一项。")}
        choices: Any = offer.lookup(ask.choices) if ask.choices else list(ask.fixed)
        if ask.kind == "position":
            return {
                name: forms.FloatField(required=False, widget=forms.HiddenInput)
                for name in ("longitude", "latitude")
            }
        if ask.kind == "search":
            self.lists[ask.name] = choices
            attrs = {"list": f"list-{ask.name}", "autocomplete": "off"}
            if ask.name == "category" and any(other.choices == "standards" for other in FIELDS[self.step]):
                attrs["data-look"] = "1"  # another category, other conditions
            widget = forms.TextInput(attrs=attrs)
            return {ask.name: forms.CharField(widget=widget, max_length=200, **common)}
        if ask.kind == "select":
            empty = (
                []
                if ask.required and len(choices) == 1
                else [("", _("（自动选择）") if not ask.required else _("请选择"))]
            )
            return {ask.name: forms.ChoiceField(choices=[*empty, *choices], **common)}
        if ask.kind == "many":
            widget_many = forms.CheckboxSelectMultiple
            return {ask.name: forms.MultipleChoiceField(choices=choices, widget=widget_many, **common)}
        if ask.kind == "yes_no":
            typed: dict[str, Any] = {
                "coerce": lambda value: value == "1",
                "empty_value": None,
                "widget": forms.RadioSelect,
            }
            return {ask.name: forms.TypedChoiceField(choices=choices, **typed, **common)}
        if ask.kind == "choice":
            return {ask.name: forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)}
        return {ask.name: SIMPLE[ask.kind](**common)}

    def _describe(self) -> None:
        """Tie help and error to the input, for those who hear the page."""
        for name, made in self.fields.items():
            made.widget.attrs.setdefault("aria-describedby", f"f-{name}-help")

    def clean(self) -> dict[str, Any]:
        """What was answered to the questions of the chosen category, by key, as typed: the action judges it."""
        given = super().clean() or {}
        typed = {one.name: given.pop(one.name, "") for one in self.questions}
        chosen = category_typed(str(given.get("category") or ""))
        if chosen and self.questions:
            asked = [one for one in self.questions if one.category_id == chosen.pk]
            given["extra"] = {one.key: typed[one.name] for one in asked}
        return given

    @property
    def shown(self) -> list[Any]:
        """What stands one below the other; the questions stand by their category."""
        beside = {one.name for one in self.questions}
        return [bound for bound in self if not bound.is_hidden and bound.name not in beside]

    def refuse(self, refusal: Refused) -> int:
        """Show a refusal beside its field, above the form where that is hidden. Returns its status."""
        known = {bound.name: "" for bound in self if bound.is_hidden}
        chosen = category_typed(str(self["category"].value() or "")) if self.questions else None
        for one in self.questions:
            if chosen and one.category_id == chosen.pk:
                known[f"extra.{one.key}"] = one.name
        return refuse(self, refusal, known=known)

    @property
    def has_position(self) -> bool:
        return any(ask.kind == "position" for ask in FIELDS[self.step])


# The words of the editor that covers parts of photos (frontend/src/redact.ts).
REDACTION: dict[str, Any] = {
    "data-add": _("遮住一块"),
    "data-undo": _("去掉最后一块"),
    "data-box": _("遮盖 {}：方向键移动，Shift 加方向键改大小，Delete 去掉"),
    "data-help": _("在照片上拖动，盖住人脸、车牌、门牌。公众只看得到盖住以后的照片，原件不动。"),
}
SIMPLE: dict[str, Callable[..., forms.Field]] = {
    "text": lambda **common: forms.CharField(max_length=256, **common),
    "words": lambda **common: forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), max_length=5000, **common
    ),
    "photos": lambda **common: PhotosField(**common),
    "boxes": lambda **common: forms.CharField(
        widget=forms.HiddenInput(attrs={"data-redact": "files"} | REDACTION), max_length=100_000, **common
    ),
    "check": lambda **common: forms.BooleanField(**common),
    "day": lambda **common: DayEnd(**common),
    "moment": lambda **common: LocalMoment(**common),
}
