"""Sign in and out, the code of the second factor, the acting post, the password."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout as end_session
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from xiucheng.kernel import settings as city_settings
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse
from xiucheng.people import actions, queries
from xiucheng.people.forms import CodeForm, LoginForm, PasswordForm, password_hints
from xiucheng.people.pages import oidc
from xiucheng.people.pages._shared import next_of, signed_in, to
from xiucheng.people.pages.entrance import MUST_PASSWORD, SECOND, admit, enter, onwards, standing, to_choice


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """登录. A new session begins; one post is taken at once, of several one is chosen."""
    form, status, wait = LoginForm(request.POST if request.method == "POST" else None), 200, None
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                person = actions.check_credentials(request=request, **form.cleaned_data)
            except Refused as refusal:
                status, wait = refuse(form, refusal), refusal.retry_after
            else:
                return admit(request, person, door="password", onward=next_of(request, ""))
    context = {"form": form, "next": next_of(request, ""), "oidc": oidc.name()}
    return _waiting(render(request, "people/login.html", context, status=status), wait)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """动态口令: the second door, open for five minutes after the first."""
    person, waiting = standing(request)
    form, status, wait = CodeForm(request.POST if request.method == "POST" else None), 200, None
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                actions.pass_second(person=person, code=form.cleaned_data["code"], field="code")
            except Refused as refusal:
                status, wait = refuse(form, refusal), refusal.retry_after
            else:
                inside = enter(
                    request, person, door=waiting["door"], onward=waiting["onward"], keep=waiting["keep"]
                )
                inside.free = True  # type: ignore[attr-defined]  # the limit at this door counts failures
                return inside
    return _waiting(render(request, "people/code.html", {"form": form}, status=status), wait)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """退出; whoever came by the provider is led to sign out there too."""
    elsewhere = oidc.sign_out_address(request)
    request.session.pop(SECOND, None)
    end_session(request)
    if elsewhere:
        return render(request, "people/signed_out.html", {"elsewhere": elsewhere})
    messages.success(request, _("您已退出。"))
    return to("people:login")


@never_cache
@require_http_methods(["GET", "POST"])
def choose_post(request: HttpRequest) -> HttpResponse:
    """选择岗位: as whom one acts from now on; it can be changed at any time."""
    held, error = queries.may_act_as(signed_in(request)), ""
    if request.method == "POST":
        chosen = next((post for post in held if str(post.pk) == request.POST.get("post")), None)
        if chosen:
            request.session[queries.SESSION_POST] = chosen.pk
            return HttpResponseRedirect(next_of(request, settings.LOGIN_REDIRECT_URL))
        error = _("请选择一个岗位。")
    context = {
        "posts": held,
        "chosen": request.session.get(queries.SESSION_POST),
        "next": next_of(request, ""),
        "error": error,
    }
    return render(request, "people/choose_post.html", context, status=422 if error else 200)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """修改密码. This session goes on under a new key; all others and the tokens end."""
    person = signed_in(request)
    form, status = PasswordForm(request.POST if request.method == "POST" else None), 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                person = actions.change_password(
                    person=person,
                    old=form.cleaned_data["old_password"],
                    new=form.cleaned_data["new_password"],
                    keep_session=request.session.session_key,
                )
            except Refused as refusal:
                status = refuse(form, refusal)
            else:
                update_session_auth_hash(request, person)
                first = request.session.pop(MUST_PASSWORD, None)
                messages.success(request, _("密码已修改。其他地方的登录和令牌都已失效。"))
                held = queries.may_act_as(person)
                chosen = queries.SESSION_POST in request.session
                if first or (not chosen and len(held) > 1):
                    return onwards(request, held, "") if len(held) == 1 else to_choice(request)
                return to(settings.LOGIN_REDIRECT_URL)
    context = {
        "form": form,
        "hints": password_hints(),
        "username": person.username,
        "why": request.session.get(MUST_PASSWORD, ""),
        "days": city_settings.get("password.max_days"),
    }
    return render(request, "people/password.html", context, status=status)


def _waiting(response: HttpResponse, seconds: int | None) -> HttpResponse:
    if seconds:
        response["Retry-After"] = str(seconds)
    return response
