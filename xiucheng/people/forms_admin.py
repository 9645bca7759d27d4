"""Forms of the administration of people."""

import re
from collections.abc import Collection
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from xiucheng.people import queries, rules
from xiucheng.people.forms import DayInput, PersonField, day
from xiucheng.people.models import Department, Person, Post, Role
from xiucheng.territory.models import Beat, Division

ANY = [("", _("全部"))]
WALKERS = (Role.INSPECTOR, Role.GRID_WORKER)  # who patrols beats
PICKED_LEVELS = (2, 4, 6, 9)  # communities are typed: a city has thousands


class PeopleSearch(forms.Form):
    q = forms.CharField(
        label=_("姓名或用户名"), required=False, max_length=60, widget=forms.TextInput({"type": "search"})
    )
    department = forms.ModelChoiceField(
        Department.objects.none(), label=_("部门"), required=False, empty_label=_("全部")
    )
    role = forms.ChoiceField(label=_("角色"), required=False, choices=[*ANY, *Role.choices])
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[
            *ANY,
            ("active", _("在用")),
            ("off", _("已停用")),
            ("locked", _("已锁定")),
            ("postless", _("没有岗位")),
        ],
    )

    def __init__(self, *args: Any, post: Post, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["department"].queryset = queries.departments_seen_by(post)  # type: ignore[attr-defined]

    def wanted(self) -> queries.PeopleFilter:
        """What to look for; a field that cannot be read counts as not given."""
        data = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        chosen = data.get("department")
        return queries.PeopleFilter(
            words=data.get("q") or "",
            department=chosen.pk if chosen else None,
            role=data.get("role") or "",
            state=data.get("state") or "",
        )


class PostSearch(PeopleSearch):
    q = forms.CharField(
        label=_("姓名、用户名或岗位名称"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"type": "search"}),
    )
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("now", _("现任")), ("ended", _("已结束")), ("any", _("全部"))],
    )

    def wanted_posts(self) -> queries.PostFilter:
        found = self.wanted()
        return queries.PostFilter(found.words, found.department, found.role, found.state or "now")


class NewPersonForm(forms.Form):
    username = forms.CharField(
        label=_("用户名"),
        max_length=60,
        help_text=_("登录用，建好后不能改。字母、数字、汉字和 . _ - @ +。"),
        error_messages={"required": _("请填写用户名。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    name = forms.CharField(label=_("姓名"), max_length=60, error_messages={"required": _("请填写姓名。")})
    phone = forms.CharField(
        label=_("电话"), required=False, max_length=30, widget=forms.TextInput(attrs={"type": "tel"})
    )


class EditPersonForm(forms.Form):
    name = forms.CharField(label=_("姓名"), max_length=60, error_messages={"required": _("请填写姓名。")})
    phone = forms.CharField(
        label=_("新电话"),
        required=False,
        max_length=30,
        help_text=_("留空不改。"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    no_phone = forms.BooleanField(label=_("删去电话"), required=False)


class DepartmentForm(forms.Form):
    code = forms.CharField(
        label=_("统一社会信用代码"),
        max_length=18,
        help_text=_("18 位，含校验位。"),
        error_messages={"required": _("请填写统一社会信用代码。")},
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off"}),
    )
    name = forms.CharField(label=_("名称"), max_length=100, error_messages={"required": _("请填写名称。")})
    short = forms.CharField(
        label=_("简称"), max_length=30, required=False, help_text=_("列表里显示；不填取名称。")
    )
    kind = forms.CharField(
        label=_("部门类别"),
        max_length=60,
        required=False,
        help_text=_("与分类表的“主管部门类别”一致的词，如“排水”；有几个就用“/”隔开。"),
    )
    division_code = forms.CharField(
        label=_("所在区划"),
        max_length=12,
        help_text=_("区划代码：区县 6 位，街道乡镇 9 位。"),
        error_messages={"required": _("请填写所在区划的代码。")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "list": "divisions"}),
    )
    level = forms.ChoiceField(label=_("层级"), choices=Department.Level.choices)
    parent = forms.ModelChoiceField(
        Department.objects.none(), label=_("上级部门"), required=False, empty_label=_("没有")
    )
    is_command_centre = forms.BooleanField(label=_("区指挥中心"), required=False)
    is_fallback = forms.BooleanField(
        label=_("兜底单位"), required=False, help_text=_("权责清单没有写到的，先派给它。")
    )

    def __init__(self, *args: Any, post: Post, itself: Department | None = None, **named: Any) -> None:
        super().__init__(*args, **named)
        reach = Q(pk__in=queries.departments_seen_by(post).values("pk"))
        above = Q(pk=itself.parent_id) if itself and itself.parent_id else Q(pk__in=())
        found = Department.objects.filter(reach | above, active=True)
        if itself:
            found = found.exclude(pk=itself.pk)
        self.fields["parent"].queryset = found.order_by("division_code", "id")  # type: ignore[attr-defined]


class Divisions(forms.Field):
    """Division codes: boxes that were ticked, and codes that were typed beside them."""

    def __init__(self) -> None:
        super().__init__(label=_("管辖区划"), required=False, widget=forms.MultipleHiddenInput())

    def clean(self, value: Any) -> list[str]:
        typed = " ".join(str(item) for item in value or [])
        return sorted(set(re.findall(r"[^\s,，、;；]+", typed)))


class PostForm(forms.Form):
    """A new post. `scope` holds the codes; the template shows `division_tree`."""

    person = PersonField(
        label=_("由谁担任"),
        max_length=130,
        help_text=_("填用户名，或完整的姓名。"),
        error_messages={"required": _("请填写由谁担任。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("角色"), choices=Role.choices)
    department = forms.ModelChoiceField(
        Department.objects.none(), label=_("部门"), required=False, empty_label=_("没有")
    )
    title = forms.CharField(label=_("岗位名称"), max_length=60, required=False)
    is_head = forms.BooleanField(
        label=_("部门负责人"), required=False, help_text=_("只用于专业部门：可以审核延期、改派经办人。")
    )
    scope_codes = Divisions()
    beats = forms.ModelMultipleChoiceField(
        Beat.objects.none(),
        label=_("责任网格"),
        required=False,
        help_text=_("只用于监督员和网格员；按住 Ctrl 可以选几个。"),
    )
    valid_from = day(_("任职日期"), required=False, help_text=_("不填就是今天。"))
    valid_to = day(_("离任日期"), required=False, help_text=_("这一天起不再有效；不填就是长期。"))

    def __init__(self, *args: Any, post: Post, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["department"].queryset = queries.departments_seen_by(post).filter(active=True)  # type: ignore[attr-defined]
        self.fields["beats"].queryset = beats_within(post)  # type: ignore[attr-defined]


class EditPostForm(forms.Form):
    title = forms.CharField(label=_("岗位名称"), max_length=60, required=False)
    is_head = forms.BooleanField(label=_("部门负责人"), required=False)
    scope_codes = Divisions()
    beats = forms.ModelMultipleChoiceField(Beat.objects.none(), label=_("责任网格"), required=False)

    def __init__(self, *args: Any, post: Post, role: str, **named: Any) -> None:
        super().__init__(*args, **named)
        if role in WALKERS:
            self.fields["beats"].queryset = beats_within(post)  # type: ignore[attr-defined]
        else:
            del self.fields["beats"]
        if not rules.HEAD_RIGHTS[rules.Role(role)]:
            del self.fields["is_head"]


class EndPostForm(forms.Form):
    on = forms.DateField(
        label=_("从哪天起不再有效"),
        widget=DayInput(),
        error_messages={"required": _("请选择日期。"), "invalid": _("请按 2026-05-01 的样子填日期。")},
    )


class HandOverForm(forms.Form):
    to = PersonField(
        label=_("移交给谁"),
        max_length=130,
        help_text=_("填用户名，或完整的姓名。他从此担任这个岗位，手上的案件一起接过去。"),
        error_messages={"required": _("请填写移交给谁。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(label=_("原因"), max_length=200, required=False)


def beats_within(post: Post) -> Any:
    """The beats of the counties within reach."""
    found = Q() if not post.scope_codes else Q(pk__in=())
    for code in post.scope_codes:
        found |= Q(county__code__startswith=code[:6])
    return Beat.objects.filter(found, active=True).select_related("county").order_by("county", "name")


def division_tree(post: Post, chosen: Collection[str]) -> list[dict[str, Any]]:
    """The divisions within reach down to the townships, nested, each with `on`. One statement."""
    rows = Division.objects.filter(level__in=PICKED_LEVELS).order_by("code").values_list("code", "name")
    roots: list[dict[str, Any]] = []
    nodes: dict[str, dict[str, Any]] = {}
    for code, name in rows:
        if not rules.reaches(post.scope_codes, code):
            continue
        node = {"code": code, "name": name, "on": code in chosen, "open": False, "children": []}
        nodes[code] = node
        above = next(
            (nodes[code[:size]] for size in (6, 4, 2) if size < len(code) and code[:size] in nodes), None
        )
        (above["children"] if above else roots).append(node)
    for code in chosen:
        for size in (2, 4, 6):
            if size < len(code) and code[:size] in nodes:
                nodes[code[:size]]["open"] = True
    return roots


def typed_codes(chosen: Collection[str]) -> str:
    """The chosen codes that have no box in the tree: communities."""
    return " ".join(code for code in chosen if len(code) not in PICKED_LEVELS)


def person_words(person: Person) -> str:
    """As PersonField reads it back: «张三（zhang.san）»."""
    return gettext("%(name)s（%(username)s）") % {"name": person.name, "username": person.username}
