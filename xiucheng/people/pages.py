"""Pages of this room: sign in and out, choose the acting post, change the password."""

from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import password_validators_help_texts
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from xiucheng.kernel.errors import Refused
from xiucheng.people import actions, queries
from xiucheng.people.forms import LoginForm, PasswordForm
from xiucheng.people.models import Person

BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """登录. A new session begins; one post is taken at once, of several one is chosen."""
    form, status = LoginForm(request.POST if request.method == "POST" else None), 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                person = actions.check_credentials(request=request, **form.cleaned_data)
            except Refused as refusal:
                status = _refused(form, refusal)
            else:
                start_session(request, person, backend=BACKEND)  # under a new key, that nobody planted
                return _after_login(request, person)
    response = render(request, "people/login.html", {"form": form, "next": _next(request, "")}, status=status)
    if status == 429:
        response["Retry-After"] = str(queries.lock_minutes() * 60)
    return response


def _after_login(request: HttpRequest, person: Person) -> HttpResponse:
    if person.must_change_password:
        request.session["must_change_password"] = True
        return HttpResponseRedirect(resolve_url("people:password"))
    held = list(queries.posts_of(person.pk)[:2])
    if len(held) == 1:
        request.session[queries.SESSION_POST] = held[0].pk
        return HttpResponseRedirect(_next(request, settings.LOGIN_REDIRECT_URL))
    return _to_choice(request)


def _to_choice(request: HttpRequest) -> HttpResponse:
    query = f"?next={quote(_next(request, ''))}" if _next(request, "") else ""
    return HttpResponseRedirect(resolve_url("people:choose_post") + query)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """退出."""
    end_session(request)
    messages.success(request, _("您已退出。"))
    return HttpResponseRedirect(resolve_url("people:login"))


@never_cache
@require_http_methods(["GET", "POST"])
def choose_post(request: HttpRequest) -> HttpResponse:
    """选择岗位: as whom one acts from now on; it can be changed at any time."""
    if not request.user.is_authenticated:
        raise Refused(_("请先登录。"), status=401, code="login")
    held, error = list(queries.posts_of(request.user.pk)), ""
    if request.method == "POST":
        chosen = next((post for post in held if str(post.pk) == request.POST.get("post")), None)
        if chosen:
            request.session[queries.SESSION_POST] = chosen.pk
            return HttpResponseRedirect(_next(request, settings.LOGIN_REDIRECT_URL))
        error = _("请选择一个岗位。")
    context = {
        "posts": held,
        "chosen": request.session.get(queries.SESSION_POST),
        "next": _next(request, ""),
        "error": error,
    }
    return render(request, "people/choose_post.html", context, status=422 if error else 200)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """修改密码. This session goes on under a new key; all others and the tokens end."""
    person = request.user
    if not isinstance(person, Person):
        raise Refused(_("请先登录。"), status=401, code="login")
    form, status = PasswordForm(request.POST if request.method == "POST" else None), 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                person = actions.change_password(
                    person=person,
                    old=form.cleaned_data["old_password"],
                    new=form.cleaned_data["new_password"],
                )
            except Refused as refusal:
                status = _refused(form, refusal)
            else:
                update_session_auth_hash(request, person)
                request.session.pop("must_change_password", None)
                messages.success(request, _("密码已修改。其他地方的登录和令牌都已失效。"))
                return _to_choice(request) if _must_choose(request) else _home()
    context = {"form": form, "rules": password_validators_help_texts(), "first": person.must_change_password}
    return render(request, "people/password.html", context, status=status)


def _must_choose(request: HttpRequest) -> bool:
    return queries.SESSION_POST not in request.session and queries.posts_of(request.user.pk or 0).count() > 1


def _home() -> HttpResponse:
    return HttpResponseRedirect(resolve_url(settings.LOGIN_REDIRECT_URL))


def _refused(form: Form, refusal: Refused) -> int:
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.said(_))
    return refusal.status


def _next(request: HttpRequest, fallback: str) -> str:
    """Where to go on: only an address of this site, never one that a stranger's link carries."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if wanted and safe else str(fallback)
