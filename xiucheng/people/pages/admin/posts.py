"""/admin/posts: who may do what, where."""

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xiucheng.kernel.errors import Refused
from xiucheng.people import actions, holdings, queries
from xiucheng.people.forms import DelegationForm
from xiucheng.people.forms_admin import (
    EditPostForm,
    EndPostForm,
    HandOverForm,
    PostForm,
    PostSearch,
    division_tree,
    person_words,
    typed_codes,
)
from xiucheng.people.models import Delegation, Person, Post
from xiucheng.people.pages._shared import to
from xiucheng.people.pages.admin._shared import administrator, pages_of, post_of, tried
from xiucheng.people.rules import ADMINISTRATORS, Right
from xiucheng.territory.models import Division


@require_safe
def posts(request: HttpRequest) -> HttpResponse:
    """岗位: the list, the newest first, with search."""
    post = administrator(request)
    form = PostSearch(request.GET, post=post)
    rows, cursor = queries.post_page(post, form.wanted_posts(), request.GET.get("after"))
    context = {
        "form": form,
        "rows": rows,
        "today": timezone.localdate(),
        "names": _names({code for row in rows for code in row.scope_codes}),
        "secures": Right.MANAGE_RIGHTS in post.rights,
        **pages_of(request, cursor),
    }
    return render(request, "people/admin/posts.html", context)


@require_http_methods(["GET", "POST"])
def new_post(request: HttpRequest) -> HttpResponse:
    """授予岗位."""
    post = administrator(request, Right.MANAGE_RIGHTS)
    initial: dict[str, Any] = {}
    if wanted := request.GET.get("person", ""):
        known = Person.objects.filter(username=wanted).first()
        initial["person"] = person_words(known) if known else wanted
    form, status = PostForm(request.POST or None, post=post, initial=initial), 200
    chosen: list[str] = []
    if form.is_bound:
        made, status = tried(form, lambda: actions.create_post(by=post, **form.cleaned_data))
        if made:
            messages.success(request, _("岗位已授予%(name)s。") % {"name": made.person.name})
            return to("people:admin_post", made.pk)
        chosen = form.cleaned_data.get("scope_codes", [])
    context = {"form": form, "tree": division_tree(post, chosen), "typed": typed_codes(chosen)}
    return render(request, "people/admin/new_post.html", context, status=status)


@require_safe
def one_post(request: HttpRequest, pk: int) -> HttpResponse:
    """One post: what it is, what is in its hands, its deputies, and how it ends."""
    return _page(request, post_of(administrator(request), pk))


@require_POST
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """修改岗位."""
    by = administrator(request, Right.MANAGE_RIGHTS)
    found = post_of(by, pk)
    form = EditPostForm(request.POST, post=by, role=found.role)
    saved, status = tried(form, lambda: actions.edit_post(post=found, by=by, **form.cleaned_data))
    if saved is None:
        return _page(request, found, edit=form, status=status)
    messages.success(request, _("已保存，从现在起有效。"))
    return to("people:admin_post", pk)


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """免去岗位."""
    by = administrator(request, Right.MANAGE_RIGHTS)
    found = post_of(by, pk)
    form = EndPostForm(request.POST)
    ended, status = tried(form, lambda: actions.end_post(post=found, by=by, **form.cleaned_data))
    if ended is None:
        return _page(request, found, end=form, status=status)
    messages.success(request, _("%(post)s从 %(day)s 起不再有效。") % {
        "post": found,
        "day": form.cleaned_data["on"],
    })  # fmt: skip
    return to("people:admin_post", pk)


@require_POST
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """移交岗位."""
    by = administrator(request, Right.MANAGE_RIGHTS)
    found = post_of(by, pk)
    form = HandOverForm(request.POST)
    moved, status = tried(form, lambda: actions.hand_over_post(post=found, by=by, **form.cleaned_data))
    if moved is None:
        return _page(request, found, over=form, status=status)
    messages.success(request, _("岗位已移交给%(name)s。") % {"name": moved.person.name})
    return to("people:admin_post", pk)


@require_POST
def delegate(request: HttpRequest, pk: int) -> HttpResponse:
    """委托代理, by an administrator for somebody on leave."""
    by = _either(request)
    found = post_of(by, pk)
    form = DelegationForm(request.POST, posts=[found])
    made, status = tried(form, lambda: actions.delegate(by=by, **form.cleaned_data))
    if made is None:
        return _page(request, found, lend=form, status=status)
    messages.success(request, _("%(from)s 至 %(to)s 由%(name)s代理。") % {
        "from": made.starts_on,
        "to": made.ends_on,
        "name": made.to.name,
    })  # fmt: skip
    return to("people:admin_post", pk)


@require_POST
def end_delegation(request: HttpRequest, pk: int) -> HttpResponse:
    """提前结束代理."""
    by = _either(request)
    found = Delegation.objects.filter(pk=pk, post__in=queries.posts_seen_by(by)).first()
    if found is None:
        raise Refused(_("没有找到这次代理，它可能已经结束。"), status=404, code="no_delegation")
    actions.end_delegation(delegation=found, by=by)
    messages.success(request, _("代理已结束。"))
    return to("people:admin_post", found.post_id)


def _either(request: HttpRequest) -> Post:
    """Delegations are arranged by system and by security administrators."""
    by = administrator(request)
    if Right.MANAGE_RIGHTS not in by.rights:
        actions.require(by, Right.MANAGE_PEOPLE)
    return by


def _page(request: HttpRequest, found: Post, *, status: int = 200, **forms: Any) -> HttpResponse:
    by = administrator(request)
    today = timezone.localdate()
    codes: Collection[str] = found.scope_codes
    if "edit" in forms:
        codes = forms["edit"].cleaned_data.get("scope_codes", codes)
    secures = Right.MANAGE_RIGHTS in by.rights
    over = not found.active or bool(found.valid_to and found.valid_to <= today)
    edit = {"title": found.title, "is_head": found.is_head}
    if secures and not over:
        edit["beats"] = list(found.beats.values_list("pk", flat=True))  # type: ignore[assignment]
    context = {
        "shown": found,
        "over": over,
        "today": today,
        "names": _names(set(found.scope_codes)),
        "beats": found.beats.order_by("name"),
        "holdings": holdings.of_post(found) if not over else [],
        "deputies": found.delegations.select_related("to").order_by("-starts_on")[:20],
        "edit": forms.get("edit") or EditPostForm(post=by, role=found.role, initial=edit),
        "end": forms.get("end") or EndPostForm(initial={"on": today}, auto_id="end_%s"),
        "over_form": forms.get("over") or HandOverForm(auto_id="over_%s"),
        "lend": forms.get("lend") or DelegationForm(posts=[found], auto_id="lend_%s"),
        "secures": secures,
        "delegates": (secures or Right.MANAGE_PEOPLE in by.rights) and found.role not in ADMINISTRATORS,
        "himself": by.person_id == found.person_id,
    }
    if secures and not over:
        context |= {"tree": division_tree(by, codes), "typed": typed_codes(codes)}
    return render(request, "people/admin/post.html", context, status=status)


def _names(codes: set[str]) -> dict[str, str]:
    """The names of divisions by code, in one statement."""
    return dict(Division.objects.filter(code__in=codes).values_list("code", "name"))
