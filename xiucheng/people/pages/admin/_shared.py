"""What the pages of the administration share."""

from collections.abc import Callable
from typing import Any

from django.forms import Form
from django.http import HttpRequest
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import refuse
from xiucheng.people import actions, queries
from xiucheng.people.models import Department, Person, Post
from xiucheng.people.rules import Right


def administrator(request: HttpRequest, right: Right = Right.VIEW_PEOPLE) -> Post:
    """The acting post, if it holds the right. Raises: Refused 401, 403."""
    post = queries.acting_post(request)
    actions.require(post, right)
    return post


def person_of(post: Post, pk: int) -> Person:
    """Raises: Refused 404, if there is no such person within reach."""
    found = queries.people_seen_by(post).filter(pk=pk).first()
    if found is None:
        raise Refused(_("没有找到这个人，请从列表中选择。"), status=404, code="no_person")
    return found


def post_of(post: Post, pk: int) -> Post:
    """Raises: Refused 404, if there is no such post within reach."""
    found = queries.posts_seen_by(post).select_related("person", "department").filter(pk=pk).first()
    if found is None:
        raise Refused(_("没有找到这个岗位，请从列表中选择。"), status=404, code="no_post")
    return found


def department_of(post: Post, pk: int) -> Department:
    """Raises: Refused 404, if there is no such department within reach."""
    found = queries.departments_seen_by(post).select_related("parent").filter(pk=pk).first()
    if found is None:
        raise Refused(_("没有找到这个部门，请从列表中选择。"), status=404, code="no_department")
    return found


def tried(form: Form, act: Callable[[], Any]) -> tuple[Any, int]:
    """What an action gives if the form is sound, and the status: (None, 4xx) with the words in the form."""
    if not form.is_valid():
        return None, 422
    try:
        return act(), 200
    except Refused as refusal:
        return None, refuse(form, refusal)


def pages_of(request: HttpRequest, cursor: str | None) -> dict[str, str]:
    """The addresses for the pager: first page and next page, with the filters kept."""
    query = request.GET.copy()
    had = bool(query.pop("after", None))
    first = f"{request.path}?{query.urlencode()}" if had else ""
    if cursor:
        query["after"] = cursor
    return {"first_page": first, "next_page": f"{request.path}?{query.urlencode()}" if cursor else ""}
