"""What hangs on a post or a department, told to whoever ends it: people knows no cases and no duties."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.models import Case, Leg
from xiucheng.cases.words import OPEN_LEGS
from xiucheng.catalog.models import Duty
from xiucheng.people import holdings, queries, rules
from xiucheng.people.holdings import Holding
from xiucheng.people.models import Department, Post


def register() -> None:
    """Called at start."""
    holdings.register(posts=of_post, departments=of_department)


def of_post(post: Post) -> list[Holding]:
    """Cases given to this post by name; for a handler also those of a department that only he works for."""
    mine = Case.unscoped.filter(assignee=post, ended_at__isnull=True).count()
    found = [Holding(_("%(count)d 件在办案件在他手上") % {"count": mine}, mine)]
    if post.role in rules.HANDLERS and post.department:
        legs = _open_legs(post.department)
        others = queries.open_posts().filter(department=post.department, role=post.role).exclude(pk=post.pk)
        alone = not others.exists()
        words = _("%(department)s有 %(count)d 件在办") % {"department": post.department, "count": legs}
        if alone:
            words = _("%(words)s，没有别的%(role)s") % {"words": words, "role": post.get_role_display()}
        found.append(Holding(words, legs, blocks=alone))
    return found


def of_department(department: Department) -> list[Holding]:
    """Open legs, and duties in force that name it as the lead."""
    legs, today = _open_legs(department), timezone.localdate()
    duties = Duty.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=today), lead=department, draft=False
    ).count()
    return [
        Holding(_("%(count)d 件在办案件在它手上") % {"count": legs}, legs),
        Holding(_("权责清单里有 %(count)d 条由它主办") % {"count": duties}, duties),
    ]


def _open_legs(department: Department) -> int:
    return Leg.unscoped.filter(department=department, state__in=[leg.value for leg in OPEN_LEGS]).count()
