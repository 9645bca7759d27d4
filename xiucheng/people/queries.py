"""Reads about people: who acts, whose token this is, who may be asked."""

import hashlib
from datetime import date

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.people import rules
from xiucheng.people.models import ApiToken, Department, Post, Role

SESSION_POST = "post_id"


def posts_of(person_id: int, *, on: date | None = None) -> QuerySet[Post]:
    """The posts in which a person may act on a day (today in China by default)."""
    return (
        Post.objects.in_force(on or timezone.localdate())
        .filter(person_id=person_id)
        .select_related("person", "department")
        .order_by("id")
    )


def acting_post(request: HttpRequest) -> Post:
    """The post in which this request acts: the token's, else the one chosen, else the only one.

    The answer is kept on the request, so asking again costs nothing.
    Raises: Refused 401 `login`: nobody is signed in; 403 `no_post`: no post is valid today; 403
    `choose_post`:
    several are, and none was chosen.
    """
    known: Post | None = getattr(request, "acting_post", None)
    if known is not None:
        return known
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        raise Refused(_("请先登录。"), status=401, code="login")
    held = list(posts_of(user.pk))
    chosen = request.session.get(SESSION_POST)
    post = next((post for post in held if post.pk == chosen), held[0] if len(held) == 1 else None)
    if not held:
        raise Refused(_("您目前没有可用的岗位，请联系安全管理员。"), status=403, code="no_post")
    if post is None:
        raise Refused(_("您有几个岗位，请先选择以哪个岗位办理。"), status=403, code="choose_post")
    request.acting_post = post  # type: ignore[attr-defined]
    return post


def token_hash(token: str) -> str:
    """What is stored of a token. It carries 256 random bits, so that one fast hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def bearer(token: str) -> ApiToken | None:
    """The living token with its post (`token.post`), narrowed to its scopes; None if unknown or over.

    ONE statement.
    """
    at = timezone.now()
    today = timezone.localdate(at)
    found = (
        ApiToken.objects.select_related("post__person", "post__department")
        .filter(
            Q(post__valid_to__isnull=True) | Q(post__valid_to__gt=today),
            hash=token_hash(token),
            revoked_at__isnull=True,
            expires_at__gt=at,
            post__active=True,
            post__valid_from__lte=today,
            post__person__is_active=True,
        )
        .first()
    )
    if found:
        found.post.limited_to(found.scopes)
    return found


def holders(right: rules.Right, *, division: str = "", on: date | None = None) -> QuerySet[Post]:
    """The posts that hold a right today, whose scope covers a division if one is named; on duty first."""
    plain = [role for role in rules.Role if right in rules.RIGHTS[role]]
    heads = [role for role in rules.Role if right in rules.HEAD_RIGHTS[role]]
    found = Post.objects.in_force(on or timezone.localdate()).filter(
        Q(role__in=plain) | Q(role__in=heads, is_head=True)
    )
    if division:
        found = found.filter(scope_codes__overlap=prefixes(division))
    return found.select_related("person", "department").order_by("-on_duty", "id")


def prefixes(division: str) -> list[str]:
    """The codes of a division and of all above it; also of a 15-digit grid.

    >>> prefixes("530102001")
    ['53', '5301', '530102', '530102001']
    """
    return [division[:digits] for digits in (2, 4, 6, 9, 12) if len(division) >= digits]


def departments_for(post: Post) -> QuerySet[Department]:
    """The departments a post may choose from: of its places, above (a city bureau) and below (a street)."""
    wanted = Q(pk__in=())
    for code in post.scope_codes:
        wanted |= Q(division_code__startswith=code) | Q(division_code__in=prefixes(code))
    return Department.objects.filter(wanted, active=True).order_by("division_code", "id")


def inspectors_on_duty(beat_ids: list[int], *, on: date | None = None) -> QuerySet[Post]:
    """监督员 on duty in these beats: those among whom a 核实 or 核查 is drawn (practice 13)."""
    return (
        Post.objects.in_force(on or timezone.localdate())
        .filter(role=Role.INSPECTOR, on_duty=True, beats__in=beat_ids)
        .select_related("person")
        .distinct()
        .order_by("id")
    )


def lock_minutes() -> int:
    """For how long a username is locked after too many failures (XIUCHENG_LOGIN_LOCK_MINUTES)."""
    return max(1, round(settings.AXES_COOLOFF_TIME.total_seconds() / 60))
