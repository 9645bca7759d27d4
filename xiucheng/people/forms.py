"""What the pages of this room ask for."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from xiucheng.kernel import settings as city_settings
from xiucheng.people.models import Person, Post


class LoginForm(forms.Form):
    username = forms.CharField(
        label=_("用户名"),
        max_length=60,
        error_messages={"required": _("请填写用户名。")},
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autofocus": True, "autocapitalize": "none"}
        ),
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=128,
        strip=False,
        error_messages={"required": _("请填写密码。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("动态口令"),
        max_length=40,
        help_text=_("手机验证器上的 6 位数字；手机不在身边，填一个恢复码。"),
        error_messages={"required": _("请填写动态口令。")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autofocus": True,
                "autocapitalize": "characters",
            }
        ),
    )


class PasswordForm(forms.Form):
    old_password = forms.CharField(
        label=_("原密码"),
        max_length=128,
        strip=False,
        error_messages={"required": _("请填写原密码。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label=_("新密码"),
        max_length=128,
        strip=False,
        error_messages={"required": _("请填写新密码。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("再输一次新密码"),
        max_length=128,
        strip=False,
        error_messages={"required": _("请再输一次新密码。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("new_password"):
            raise forms.ValidationError(_("两次输入的新密码不一样，请重新输入。"))
        return again


class OwnPasswordForm(forms.Form):
    password = forms.CharField(
        label=_("您的登录密码"),
        max_length=128,
        strip=False,
        error_messages={"required": _("请填写密码。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PersonField(forms.CharField):
    """A person by username, or by name where only one has it; the list under it is a help, not a limit."""

    def clean(self, value: str) -> Person | None:  # type: ignore[override]
        typed = super().clean(value)
        if not typed:
            return None
        username = typed.rpartition("（")[2].rstrip("）").strip() if typed.endswith("）") else typed
        found = list(Person.objects.filter(is_active=True, username=username)[:1])
        found = found or list(Person.objects.filter(is_active=True, name=typed)[:2])
        if not found:
            raise forms.ValidationError(
                gettext("没有叫“%(name)s”的在用账号，请填用户名或完整的姓名。") % {"name": typed[:30]}
            )
        if len(found) > 1:
            raise forms.ValidationError(
                gettext("叫“%(name)s”的不止一人，请改填用户名。") % {"name": typed[:30]}
            )
        return found[0]


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """A day, as a date of the form's own calendar."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=DayInput(),
        error_messages={"required": _("请选择日期。"), "invalid": _("请按 2026-05-01 的样子填日期。")},
    )


class DelegationForm(forms.Form):
    post = forms.ModelChoiceField(
        Post.objects.none(),
        label=_("哪个岗位"),
        empty_label=None,
        error_messages={"required": _("请选择岗位。"), "invalid_choice": _("请选择自己的岗位。")},
    )
    to = PersonField(
        label=_("由谁代理"),
        max_length=130,
        help_text=_("填用户名，或完整的姓名。"),
        error_messages={"required": _("请填写由谁代理。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    starts_on = day(_("从"))
    ends_on = day(_("到"), help_text=_("这一天仍有效，过后自动结束。"))
    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        help_text=_("如“年休假”“出差”。"),
        error_messages={"required": _("请填写原因，如“年休假”。")},
    )

    def __init__(self, *args: Any, posts: list[Post], **named: Any) -> None:
        super().__init__(*args, **named)
        field = self.fields["post"]
        field.queryset = Post.objects.filter(pk__in=[post.pk for post in posts]).select_related(  # type: ignore[attr-defined]
            "person", "department"
        )
        field.label_from_instance = post_words  # type: ignore[attr-defined]
        if len(posts) == 1:
            field.initial = posts[0].pk


def post_words(post: Post) -> str:
    """«专业部门 · 五华区市政 · 市政养护»."""
    head = gettext("负责人") if post.is_head else ""
    return " · ".join(filter(None, (post.get_role_display(), head, str(post.department or ""), post.title)))


def password_hints() -> list[tuple[str, int, str]]:
    """The rules of passwords for the eye: name, number, sentence. The page marks them while one types
    (frontend/src/password.ts); the server decides (settings.AUTH_PASSWORD_VALIDATORS)."""
    least, past = settings.PASSWORD_MIN_LENGTH, city_settings.get("password.history")
    hints = [
        ("length", least, gettext("至少 %(least)d 位") % {"least": least}),
        ("kinds", 3, gettext("含大写字母、小写字母、数字、符号中的至少 3 种")),
        ("username", 3, gettext("不含用户名，也不与用户名相似")),
        ("old", 0, gettext("与原密码不同")),
        ("common", 0, gettext("不是常见的密码（提交时核对）")),
    ]
    if past:
        hints.append(("past", 0, gettext("不是最近 %(times)d 次用过的（提交时核对）") % {"times": past}))
    return hints
