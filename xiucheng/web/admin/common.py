"""What the pages of the administration share: who may open one, who is written down, how a preview is taken back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from xiucheng.kernel import stamps
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Person, Post
from xiucheng.people.queries import acting_post, may_act_as
from xiucheng.people.rules import Right
from xiucheng.territory.models import Division

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
Page = Callable[Concatenate[HttpRequest, Post, P], HttpResponse]


def page(*rights: Right) -> Callable[[Page[P]], View[P]]:
    """A page of the administration: opened by whoever holds one of these rights; the view gets the acting post.

    Raises inside: Refused 401 not signed in, 403 none of the rights.
    """

    def wrap(view: Page[P]) -> View[P]:
        @wraps(view)
        def opened(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            post = acting_post(request)
            if not any(right in post.rights for right in rights):
                raise Refused(
                    _("这一页由管理员使用，您的岗位没有这项权限。需要时请联系安全管理员。"),
                    status=403,
                    code="no_right",
                )
            return view(request, post, *args, **kwargs)

        return opened

    return wrap


def still_held(person: int, post: int, *rights: Right) -> Post:
    """The post in which somebody asked for a job, as the job finds it. Raises: Refused 403 without the right (now)."""
    found = Person.objects.filter(pk=person).first()
    held = next((one for one in may_act_as(found) if one.pk == post), None) if found else None
    if held is None or not any(right in held.rights for right in rights):
        raise Refused(_("办理的人已经没有这个岗位或这项权限，没有办理。"), status=403, code="no_right")
    return held


@contextmanager
def undone() -> Iterator[None]:
    """What is written inside is seen inside and never happened afterwards: to look at the effect of a change."""
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        stamps.forget()  # what was read inside never came true


def known_division(text: str) -> str:
    """A division code as typed; «» for everywhere. Raises: ValidationError for one that nobody knows."""
    code = text.strip()
    if code and not Division.objects.filter(code=code).exists():
        raise ValidationError(_("没有区划 %(code)s，请核对代码。") % {"code": code})
    return code


def int_of(request: HttpRequest, name: str, default: int) -> int:
    """A whole number of the query; the default for anything else."""
    text = str(request.GET.get(name, ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def context(post: Post, **values: Any) -> dict[str, Any]:
    return {"admin_post": post} | values
