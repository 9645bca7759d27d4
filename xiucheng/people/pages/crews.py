"""/crews: the head of a department arranges its crews."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse
from xiucheng.people import rules
from xiucheng.people.actions import require
from xiucheng.people.actions.crews import create_crew, edit_crew, man_crew
from xiucheng.people.models import Crew, Post
from xiucheng.people.queries import acting_post


class NameForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("新的班组"),
        max_length=40,
        error_messages={"required": gettext_lazy("请写班组名称，例如“市政一班”。")},
    )


class CrewForm(forms.Form):
    """One crew as it should be."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=40)
    posts = forms.MultipleChoiceField(
        label=gettext_lazy("成员"), required=False, widget=forms.CheckboxSelectMultiple
    )
    active = forms.BooleanField(label=gettext_lazy("在用"), required=False)

    def __init__(self, *args: Any, members: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["posts"].choices = members  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def crews(request: HttpRequest) -> HttpResponse:
    """All crews of the department, a new one, and who is in which."""
    post = acting_post(request)
    require(post, rules.Right.MANAGE_CREWS)
    rows = list(
        Crew.objects.filter(department=post.department_id)
        .prefetch_related("posts")
        .order_by("-active", "name")
    )
    people = Post.objects.filter(department=post.department_id, active=True, role=rules.Role.DEPARTMENT)
    members = [
        (str(one.pk), one.person.name) for one in people.select_related("person").order_by("person__name")
    ]
    bound: dict[str, forms.Form] = {}
    status = 200
    if request.method == "POST":
        which = request.POST.get("crew", "")
        crew = next((row for row in rows if str(row.pk) == which), None)
        form: forms.Form = (
            CrewForm(request.POST, members=members, prefix=which) if crew else NameForm(request.POST)
        )
        status, bound[which if crew else ""] = 422, form
        if form.is_valid():
            try:
                messages.success(request, save(form, crew, post))
                return HttpResponseRedirect(reverse("people:crews"))
            except Refused as refusal:
                status = refuse(form, refusal)
    context = {
        "new": bound.get("", NameForm()),
        "crews": [{"row": row, "form": bound.get(str(row.pk)) or form_of(row, members)} for row in rows],
        "members": members,
    }
    return render(request, "people/crews.html", context, status=status)


def form_of(row: Crew, members: list[tuple[str, str]]) -> CrewForm:
    known = {"name": row.name, "active": row.active, "posts": [str(one.pk) for one in row.posts.all()]}
    return CrewForm(initial=known, members=members, prefix=str(row.pk))


def save(form: Any, crew: Crew | None, post: Post) -> str:
    given = form.cleaned_data
    if crew is None:
        return _("已建立班组「%(name)s」，请勾选成员。") % {
            "name": create_crew(name=given["name"], by=post).name
        }
    edit_crew(crew=crew, by=post, name=given["name"], active=given["active"])
    if given["active"]:
        man_crew(crew=crew, by=post, posts=[int(one) for one in given["posts"]])
    return _("已保存班组「%(name)s」。") % {"name": crew.name}
