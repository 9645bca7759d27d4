"""我的: profile, sessions, second factor, delegation."""

import base64

import segno
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse
from xiucheng.people import actions, queries
from xiucheng.people.forms import CodeForm, DelegationForm, OwnPasswordForm
from xiucheng.people.models import Delegation, Person, Post, RecoveryCode, Totp
from xiucheng.people.pages._shared import signed_in, to
from xiucheng.people.pages.entrance import LAST, MUST_TOTP, onwards
from xiucheng.people.sessions import DOOR


@never_cache
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """我的: who I am, in which posts, since when signed in, and where to change what."""
    person = signed_in(request)
    before = parse_datetime(request.session.get(LAST) or "")
    context = {
        "person": person,
        "held": queries.may_act_as(person),
        "before": before,
        "totp": queries.totp_of(person),
        "sessions": queries.sessions_of(person).count(),
        "lent": Delegation.objects.open_on(timezone.localdate()).filter(post__person=person).count(),
    }
    return render(request, "people/me.html", context)


# --- Sessions ---


@never_cache
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """登录记录: where I am signed in now, the last sign-ins, and the end of each."""
    person = signed_in(request)
    context = {
        "sessions": queries.sessions_of(person),
        "current": request.session.session_key,
        "sign_ins": queries.sign_ins_of(person),
    }
    return render(request, "people/sessions.html", context)


@require_POST
def end_session(request: HttpRequest) -> HttpResponse:
    """结束 one session of mine, or all others."""
    person = signed_in(request)
    if request.POST.get("session") == "others":
        ended = actions.end_other_sessions(person=person, keep=request.session.session_key)
        messages.success(request, _("已结束其他 %(count)d 处登录。") % {"count": ended})
    else:
        actions.end_session(person=person, public_id=request.POST.get("session", ""))
        messages.success(request, _("已结束那一处登录。"))
    return to("people:sessions")


# --- Second factor ---


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def totp(request: HttpRequest) -> HttpResponse:
    """动态口令: set up (password, QR code, first code, recovery codes), renew the codes, stop."""
    person = signed_in(request)
    found = Totp.objects.filter(person=person).first()
    if request.method == "GET":
        return _totp_page(request, person, found)
    step = request.POST.get("step", "")
    if step == "begin":
        return _begin(request, person)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _totp_page(request, person, found, form=form, step=step, status=422)
    code = form.cleaned_data["code"]
    try:
        if step == "confirm":
            codes = actions.confirm_totp(person=person, code=code)
            must = request.session.pop(MUST_TOTP, None)
            return _codes_page(request, person, codes, first=True, must=bool(must))
        if step == "codes":
            codes = actions.new_recovery_codes(person=person, code=code)
            return _codes_page(request, person, codes, first=False, must=False)
        if step == "stop":
            actions.stop_totp(person=person, code=code)
            messages.success(request, _("动态口令已停用，恢复码一并作废。"))
            return to("people:totp")
    except Refused as refusal:
        status = refuse(form, refusal)
        return _totp_page(request, person, found, form=form, step=step, status=status)
    raise Refused(_("请回到「动态口令」页重新操作。"), status=400, code="unknown_step")


def _begin(request: HttpRequest, person: Person) -> HttpResponse:
    """Whoever finds a desk unlocked must not bind his own phone to it: the password is asked again."""
    form = OwnPasswordForm(request.POST)
    if request.session.get(DOOR) == "oidc":
        actions.begin_totp(person=person)
        return to("people:totp")
    if form.is_valid() and not person.check_password(form.cleaned_data["password"]):
        form.add_error("password", _("密码不对，请重新输入。"))
    if not form.is_valid():
        return _totp_page(request, person, None, password=form, status=422)
    actions.begin_totp(person=person)
    return to("people:totp")


def _totp_page(
    request: HttpRequest,
    person: Person,
    found: Totp | None,
    *,
    form: forms.Form | None = None,
    password: forms.Form | None = None,
    step: str = "",
    status: int = 200,
) -> HttpResponse:
    demand = queries.totp_demand(queries.may_act_as(person))
    context = {
        "totp": found if found and found.confirmed_at else None,
        "demand": demand,
        "must": MUST_TOTP in request.session,
        "by_oidc": request.session.get(DOOR) == "oidc",
        "password_form": password or OwnPasswordForm(),
        "form": form or CodeForm(),
        "codes_form": form if form and step == "codes" else CodeForm(auto_id="codes_%s"),
        "stop_form": form if form and step == "stop" else CodeForm(auto_id="stop_%s"),
    }
    if context["totp"]:
        context["left"] = RecoveryCode.objects.filter(person=person, used_at__isnull=True).count()
    elif found:
        address = actions.secret_address(person, found)
        context["picture"] = segno.make(address, error="m").svg_data_uri(scale=5, border=3, light="#fff")
        context["secret"] = " ".join(found.secret[i : i + 4] for i in range(0, len(found.secret), 4))
        context["address"] = address
    return render(request, "people/totp.html", context, status=status)


def _codes_page(
    request: HttpRequest, person: Person, codes: list[str], *, first: bool, must: bool
) -> HttpResponse:
    """The codes in this one answer only; as a file by an address that holds it, so that nothing keeps them."""
    words = _("绣城恢复码（%(name)s，%(when)s）。每个只能用一次；请收在手机以外的地方。") % {
        "name": person.username,
        "when": f"{timezone.localtime():%Y-%m-%d %H:%M}",
    }
    text = "\r\n".join([words, "", *codes, ""])
    file = "data:text/plain;charset=utf-8;base64," + base64.b64encode(text.encode()).decode()
    onward = onwards(request, queries.may_act_as(person), "")["Location"] if must else ""
    context = {"codes": codes, "file": file, "first": first, "onward": onward}
    return render(request, "people/recovery_codes.html", context)


# --- Delegation ---


@never_cache
@require_http_methods(["GET", "POST"])
def delegation(request: HttpRequest) -> HttpResponse:
    """代理: who acts in my posts while I am away, and for whom I act."""
    person = signed_in(request)
    own = list(queries.posts_of(person.pk))
    form, status = DelegationForm(request.POST if request.method == "POST" else None, posts=own), 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                made = actions.delegate(
                    post=data["post"],
                    to=data["to"],
                    starts_on=data["starts_on"],
                    ends_on=data["ends_on"],
                    reason=data["reason"],
                    by=data["post"],
                )
            except Refused as refusal:
                status = refuse(form, refusal)
            else:
                said = _("%(from)s 至 %(to)s 由%(name)s代理。") % {
                    "from": made.starts_on,
                    "to": made.ends_on,
                    "name": made.to.name,
                }
                messages.success(request, said)
                return to("people:delegation")
    today = timezone.localdate()
    shown = Delegation.objects.select_related("post__person", "post__department", "to").order_by("-starts_on")
    context = {
        "form": form,
        "own": own,
        "given": shown.filter(post__person=person)[:20],
        "taken": shown.open_on(today).filter(to=person),
        "today": today,
    }
    return render(request, "people/delegation.html", context, status=status)


@require_POST
def end_delegation(request: HttpRequest, pk: int) -> HttpResponse:
    """提前结束: by the holder or by the deputy."""
    person = signed_in(request)
    found = (
        Delegation.objects.filter(pk=pk, to=person) | Delegation.objects.filter(pk=pk, post__person=person)
    ).first()
    if found is None:
        raise Refused(_("没有找到这次代理，它可能已经结束。"), status=404, code="no_delegation")
    actions.end_delegation(delegation=found, by=_any_post(person, found))
    messages.success(request, _("代理已结束。"))
    return to("people:delegation")


def _any_post(person: Person, found: Delegation) -> Post:
    """As whom the end is recorded: the post itself, held or taken."""
    post = found.post
    return post if post.person_id == person.pk else post.taken_by(person)
