"""/admin/people: accounts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xiucheng.people import actions, queries
from xiucheng.people.forms_admin import EditPersonForm, NewPersonForm, PeopleSearch
from xiucheng.people.models import Person
from xiucheng.people.pages._shared import to
from xiucheng.people.pages.admin._shared import administrator, pages_of, person_of, tried
from xiucheng.people.rules import Right


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """人员: the list, by username, with search."""
    post = administrator(request)
    form = PeopleSearch(request.GET, post=post)
    rows, cursor = queries.people_page(post, form.wanted(), request.GET.get("after"))
    context = {
        "form": form,
        "rows": rows,
        "manages": Right.MANAGE_PEOPLE in post.rights,
        **pages_of(request, cursor),
    }
    return render(request, "people/admin/people.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def new_person(request: HttpRequest) -> HttpResponse:
    """建立账号 with a password that is shown once."""
    post = administrator(request, Right.MANAGE_PEOPLE)
    form, status = NewPersonForm(request.POST if request.method == "POST" else None), 200
    if form.is_bound:
        password = actions.generate_password()
        made, status = tried(
            form, lambda: actions.create_person(by=post, password=password, **form.cleaned_data)
        )
        if made:
            return _one_time(request, made, password, made=True)
    return render(request, "people/admin/new_person.html", {"form": form}, status=status)


@never_cache
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: account, posts, sessions, second factor."""
    post = administrator(request)
    return _page(request, person_of(post, pk))


@require_POST
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """修改姓名、电话."""
    post = administrator(request, Right.MANAGE_PEOPLE)
    found = person_of(post, pk)
    form = EditPersonForm(request.POST)

    def act() -> Person:
        data = form.cleaned_data
        phone = "" if data["no_phone"] else data["phone"] or found.phone
        return actions.edit_person(person=found, name=data["name"], phone=phone, by=post)

    saved, status = tried(form, act)
    if saved is None:
        return _page(request, found, form=form, status=status)
    messages.success(request, _("已保存。"))
    return to("people:admin_person", pk)


@require_POST
def active(request: HttpRequest, pk: int) -> HttpResponse:
    """启用、停用."""
    post = administrator(request, Right.MANAGE_PEOPLE)
    on = request.POST.get("active") == "1"
    found = actions.set_active(person=person_of(post, pk), active=on, by=post)
    messages.success(
        request, (_("%(name)s的账号已启用。") if on else _("%(name)s的账号已停用。")) % {"name": found.name}
    )
    return to("people:admin_person", pk)


@never_cache
@require_POST
def password(request: HttpRequest, pk: int) -> HttpResponse:
    """重置密码: a one-time password, in this one answer only."""
    post = administrator(request, Right.MANAGE_RIGHTS)
    found = person_of(post, pk)
    return _one_time(request, found, actions.reset_password(person=found, by=post), made=False)


@require_POST
def unlock(request: HttpRequest, pk: int) -> HttpResponse:
    """解锁: forget the wrong passwords so far."""
    post = administrator(request, Right.MANAGE_RIGHTS)
    found = person_of(post, pk)
    actions.unlock(username=found.username, by=post)
    messages.success(request, _("%(name)s的账号已解锁，可以马上再试。") % {"name": found.name})
    return to("people:admin_person", pk)


@require_POST
def end_sessions(request: HttpRequest, pk: int) -> HttpResponse:
    """结束 one session of somebody, or all of them."""
    post = administrator(request, Right.MANAGE_RIGHTS)
    found = person_of(post, pk)
    if request.POST.get("session") == "all":
        count = actions.end_other_sessions(person=found, keep=None, by=post)
        messages.success(request, _("已结束 %(count)d 处登录。") % {"count": count})
    else:
        actions.end_session(person=found, public_id=request.POST.get("session", ""), by=post)
        messages.success(request, _("已结束那一处登录。"))
    return to("people:admin_person", pk)


@require_POST
def reset_totp(request: HttpRequest, pk: int) -> HttpResponse:
    """重置动态口令, for whoever lost the phone."""
    post = administrator(request, Right.MANAGE_RIGHTS)
    found = person_of(post, pk)
    actions.reset_totp(person=found, by=post)
    messages.success(request, _("%(name)s的动态口令已重置，他下次登录可以重新设置。") % {"name": found.name})
    return to("people:admin_person", pk)


def _page(
    request: HttpRequest, found: Person, *, form: EditPersonForm | None = None, status: int = 200
) -> HttpResponse:
    post = administrator(request)
    lock = queries.lock_of(found.username)
    context = {
        "person": found,
        "form": form or EditPersonForm(initial={"name": found.name}),
        "posts": found.posts.select_related("department").order_by("-active", "-pk"),
        "today": timezone.localdate(),
        "lock": lock if lock.until else None,
        "sessions": queries.sessions_of(found),
        "totp": queries.totp_of(found),
        "manages": Right.MANAGE_PEOPLE in post.rights,
        "secures": Right.MANAGE_RIGHTS in post.rights,
        "himself": post.person_id == found.pk,
        "beyond": queries.outside_reach(found, post) if post.scope_codes else None,
    }
    return render(request, "people/admin/person.html", context, status=status)


def _one_time(request: HttpRequest, person: Person, password: str, *, made: bool) -> HttpResponse:
    context = {"person": person, "password": password, "made": made}
    return render(request, "people/admin/one_time.html", context)
