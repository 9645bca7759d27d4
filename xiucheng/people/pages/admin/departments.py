"""/admin/departments: the organisation."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xiucheng.people import actions, holdings, queries
from xiucheng.people.forms_admin import DepartmentForm
from xiucheng.people.models import Department, Post
from xiucheng.people.pages._shared import to
from xiucheng.people.pages.admin._shared import administrator, department_of, tried
from xiucheng.people.rules import Right, reaches
from xiucheng.territory.models import Division


@require_safe
def departments(request: HttpRequest) -> HttpResponse:
    """部门: the tree."""
    post = administrator(request)
    closed = request.GET.get("closed") == "1"
    context = {
        "tree": queries.department_tree(post, closed=closed),
        "closed": closed,
        "manages": Right.MANAGE_PEOPLE in post.rights,
    }
    return render(request, "people/admin/departments.html", context)


@require_http_methods(["GET", "POST"])
def new_department(request: HttpRequest) -> HttpResponse:
    """建立部门."""
    post = administrator(request, Right.MANAGE_PEOPLE)
    initial = {"level": Department.Level.COUNTY}
    form, status = DepartmentForm(request.POST or None, post=post, initial=initial), 200
    if form.is_bound:
        made, status = tried(form, lambda: actions.create_department(by=post, **form.cleaned_data))
        if made:
            messages.success(request, _("%(name)s已建立。") % {"name": made.name})
            return to("people:admin_department", made.pk)
    context = {"form": form, "divisions": _divisions(post)}
    return render(request, "people/admin/new_department.html", context, status=status)


@require_http_methods(["GET", "POST"])
def department(request: HttpRequest, pk: int) -> HttpResponse:
    """One department: look at it, change it, close it."""
    manages = request.method == "POST"
    post = administrator(request, Right.MANAGE_PEOPLE if manages else Right.VIEW_PEOPLE)
    found, status = department_of(post, pk), 200
    form = DepartmentForm(request.POST or None, post=post, itself=found, initial=_initial(found))
    if form.is_bound:
        saved, status = tried(
            form, lambda: actions.edit_department(department=found, by=post, **form.cleaned_data)
        )
        if saved:
            messages.success(request, _("已保存。"))
            return to("people:admin_department", pk)
        found = department_of(post, pk)
    context = {
        "department": found,
        "form": form,
        "divisions": _divisions(post),
        "posts": queries.open_posts()
        .filter(department=found)
        .select_related("person")
        .order_by("-is_head", "id"),
        "holdings": holdings.of_department(found),
        "hanging": actions.what_hangs(found),
        "manages": Right.MANAGE_PEOPLE in post.rights,
    }
    return render(request, "people/admin/department.html", context, status=status)


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """停用、恢复."""
    post = administrator(request, Right.MANAGE_PEOPLE)
    found = department_of(post, pk)
    if request.POST.get("active") == "1":
        actions.reopen_department(department=found, by=post)
        messages.success(request, _("%(name)s已恢复使用。") % {"name": found.name})
    else:
        actions.close_department(department=found, by=post)
        messages.success(request, _("%(name)s已停用。") % {"name": found.name})
    return to("people:admin_department", pk)


def _initial(found: Department) -> dict[str, Any]:
    names = ("code", "name", "short", "kind", "division_code", "level", "is_command_centre", "is_fallback")
    return {name: getattr(found, name) for name in names} | {"parent": found.parent_id}


def _divisions(post: Post) -> list[tuple[str, str]]:
    """For the list under the field; townships and above."""
    rows = Division.objects.filter(level__lte=9).order_by("code").values_list("code", "name")
    return [(code, name) for code, name in rows if reaches(post.scope_codes, code)]
