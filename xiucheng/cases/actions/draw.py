"""Who goes to the site: drawn at random among the inspectors on duty there (practice.md 13)."""

import secrets
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.rules.basis import InspectorFacts
from xiucheng.cases.state import CaseState
from xiucheng.cases.words import Wish
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Post
from xiucheng.people.rules import Role


def draw_inspector(state: CaseState, at: datetime, *, check: bool = False) -> InspectorFacts:
    """One inspector by chance. check: a 核查, so nobody who dispatched, handled or, reopened, checked before.

    Nearest circle first: whose scope names the community, then the township, then the county.
    Raises: Refused, if nobody fits.
    """
    posts = on_duty(state, at)
    barred = of_handling_departments(state) if check else frozenset()
    fits = [post for post in posts if post.person_id not in barred and suitable(state, post, check=check)]
    for code in (state.community, state.township, state.county):
        circle = [post for post in fits if code and code in post.scope_codes]
        if circle:
            fits = circle
            break
    if not fits:
        raise Refused(
            _("这里现在没有合适的在岗监督员。请指定一位，或请值班长安排。"), field="inspector", status=409
        )
    post = secrets.choice(fits)
    return InspectorFacts(post.pk, post.person_id, post.department_id)


def on_duty(state: CaseState, at: datetime) -> list[Post]:
    """The inspectors on duty whose scope touches the county: this beat, those beside it, those over it."""
    posts = Post.objects.in_force(timezone.localdate(at)).filter(role=Role.INSPECTOR, on_duty=True)
    return [
        post
        for post in posts.order_by("pk")
        if any(code.startswith(state.county) or state.county.startswith(code) for code in post.scope_codes)
    ]


def of_handling_departments(state: CaseState) -> frozenset[int]:
    """The persons with a post, whichever, in a department that handled the case."""
    if not state.departments:
        return frozenset()
    posts = Post.objects.filter(department__in=state.departments, active=True)
    return frozenset(posts.values_list("person", flat=True))


def suitable(state: CaseState, post: Post, *, check: bool) -> bool:
    if post.person_id in state.command:
        return False
    if not check:
        return True
    if post.department_id in state.departments or post.person_id in state.handlers:
        return False
    return not (state.wish(Wish.REOPEN) and post.person_id in state.checkers)
