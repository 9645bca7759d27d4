"""Who is on the telephone: what this number reported before."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from xiucheng.cases.models import Case, Reporter
from xiucheng.kernel import audit, crypto
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.masking import mask_phone
from xiucheng.people.models import Post
from xiucheng.people.rules import Right

SHORTEST = 7  # digits: a number of a landline without its area code
SHOWN = 5
LOOKED_BACK = 200  # rows of this number, the newest; whoever reports more is an agency


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier report of the caller."""

    number: str
    at: datetime
    category: str
    stage: str
    words: str
    open: bool


@dataclass(frozen=True, slots=True)
class Caller:
    """What a number reported before, in the post's scope. phone: masked."""

    phone: str
    earlier: tuple[Earlier, ...]


def caller(phone: str, post: Post) -> Caller | None:
    """Earlier reports of a number, the newest first; None while it is too short to be one. Found by the blind index,
    without reading anybody's number; that it was looked up is recorded. Four statements.

    Raises: Refused 403 for a post that may not know who reported.
    """
    if Right.VIEW_REPORTER not in post.rights:
        raise Refused(_("您当前的岗位不能查看上报人。"), status=403, code="no_right")
    digits = crypto.normal_phone(phone)
    if not SHORTEST <= len(digits) <= 20:
        return None
    index = crypto.blind_index(digits, purpose="phone")
    ids = Reporter.objects.filter(phone_index=index).order_by("-pk").values("pk")[:LOOKED_BACK]
    found = Case.seen_by(post).filter(reporter__in=list(ids.values_list("pk", flat=True)))
    rows = tuple(
        Earlier(
            case.number,
            case.reported_at,
            case.category,
            case.get_stage_display(),
            case.description,
            case.ended_at is None,
        )
        for case in found.order_by("-reported_at", "-id")[:SHOWN]
    )
    if rows:
        audit.looked(
            by_post=post, what="reporter.history", of=rows[0].number, reason=_("登记来电时查看同一号码的上报")
        )
    return Caller(mask_phone(digits), rows)
