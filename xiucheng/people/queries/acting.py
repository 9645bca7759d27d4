"""Who acts, whose token this is, who may be asked."""

import hashlib
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.people import rules
from xiucheng.people.models import ApiToken, Delegation, Department, Person, Post, Role

SESSION_POST = "post_id"


def posts_of(person_id: int, *, on: date | None = None) -> QuerySet[Post]:
    """The posts in which a person may act on a day (today in China by default)."""
    return (
        Post.objects.in_force(on or timezone.localdate())
        .filter(person_id=person_id)
        .select_related("person", "department")
        .order_by("id")
    )


def may_act_as(person: Person, *, on: date | None = None) -> list[Post]:
    """The posts in which a person may act on a day: his own, and those delegated to him (`post.acting_for`).

    ONE statement.
    """
    day = on or timezone.localdate()
    delegated = Delegation.objects.in_force(day).filter(to=person.pk, post=OuterRef("pk"))
    found = (
        Post.objects.in_force(day)
        .filter(Q(person_id=person.pk) | Exists(delegated))
        .select_related("person", "department")
        .order_by("id")
    )
    own = [post for post in found if post.person_id == person.pk]
    return own + [post.taken_by(person) for post in found if post.person_id != person.pk]


def houses_of(person_id: int | None, *, on: date | None = None) -> frozenset[int]:
    """The departments a person works for on a day, also those of posts delegated to him."""
    day = on or timezone.localdate()
    delegated = Delegation.objects.in_force(day).filter(to=person_id, post=OuterRef("pk"))
    posts = Post.objects.filter(
        Q(person=person_id) | Exists(delegated), active=True, department__isnull=False
    )
    return frozenset(pk for pk in posts.values_list("department", flat=True) if pk is not None)


def roles_held(person: Person, since: date, until: date | None = None) -> list[rules.Role]:
    """The roles a person holds at any time in a span of days, by own posts or delegated ones."""
    own = person.posts.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=since), active=True)
    lent = Delegation.objects.filter(to=person, ended_at__isnull=True, ends_on__gte=since, post__active=True)
    if until is not None:
        own, lent = own.filter(valid_from__lte=until), lent.filter(starts_on__lte=until)
    words = [*own.values_list("role", flat=True), *lent.values_list("post__role", flat=True)]
    return [rules.Role(word) for word in words]


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
    held = may_act_as(user)
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

    A token for a delegated post lives no longer than the delegation. ONE statement.
    """
    at = timezone.now()
    today = timezone.localdate(at)
    delegated = Delegation.objects.in_force(today).filter(to=OuterRef("person"), post=OuterRef("post"))
    found = (
        ApiToken.objects.select_related("person", "post__person", "post__department")
        .filter(
            Q(post__valid_to__isnull=True) | Q(post__valid_to__gt=today),
            Q(post__person=F("person")) | Exists(delegated),
            hash=token_hash(token),
            revoked_at__isnull=True,
            expires_at__gt=at,
            post__active=True,
            post__valid_from__lte=today,
            post__person__is_active=True,
            person__is_active=True,
        )
        .first()
    )
    if found and found.post.person_id != found.person_id:
        found.post.taken_by(found.person)
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
