"""Who this is: passwords checked with a lock-out, and the tokens of programs."""

import math
import secrets
from collections.abc import Sequence
from datetime import timedelta

from axes.handlers.proxy import AxesProxyHandler
from axes.utils import reset
from django.conf import settings
from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.people import queries, rules
from xiucheng.people.actions import second_factor
from xiucheng.people.actions._shared import record, require
from xiucheng.people.models import ApiToken, Person, Post

TOKEN_TOUCH = timedelta(minutes=10)  # how stale `last_used` may be: not a write a request


def unlock(*, username: str, by: Post | None) -> int:
    """解锁: forget the failed sign-ins of a username. Returns how many were forgotten.

    Raises: Refused 403 without the right.
    """
    require(by, rules.Right.MANAGE_RIGHTS)
    with transaction.atomic():
        forgotten = int(reset(username=username))
        record(by, f"unlock {username}", None, {"failures": forgotten}, timezone.now())
    return forgotten


def check_credentials(*, username: str, password: str, request: HttpRequest) -> Person:
    """Who this is, by username and password; the same for pages and for tokens.

    After AXES_FAILURE_LIMIT failures the username is locked for AXES_COOLOFF_TIME, known or not, so that the
    answer
    does not tell which usernames exist.
    Raises: Refused 401 wrong, 429 locked (with `retry_after`).
    """
    username = Person.normalize_username(username.strip())[:255]
    if "\0" in username or "\0" in password:  # PostgreSQL stores no NUL; nobody can have one
        raise Refused(
            _("用户名或密码不对，请重新输入。"), status=401, field="password", code="wrong_password"
        )
    person = authenticate(request, username=username, password=password)
    # The middleware of axes would replace our answer by its own English one.
    request.axes_locked_out = False  # type: ignore[attr-defined]
    if isinstance(person, Person):
        return person
    at = timezone.now()
    lock = queries.lock_of(username, at=at)
    if lock.until or not AxesProxyHandler.is_allowed(request, {"username": username}):
        seconds = lock.seconds(at) or queries.lock_minutes() * 60
        until = timezone.localtime(at + timedelta(seconds=seconds))
        raise Refused(
            _(
                "密码连续输错 %(times)d 次，账号已锁定到 %(until)s（还有 %(minutes)d 分钟）。"
                "到时再试，或者请安全管理员解锁。"
            )
            % {
                "times": settings.AXES_FAILURE_LIMIT,
                "until": f"{until:%H:%M}",
                "minutes": math.ceil(seconds / 60),
            },
            status=429,
            field="password",
            code="locked",
            retry_after=seconds,
        )
    raise Refused(
        _("用户名或密码不对，请重新输入；还可以试 %(left)d 次，再错就锁定 %(minutes)d 分钟。")
        % {"left": lock.left, "minutes": queries.lock_minutes()},
        status=401,
        field="password",
        code="wrong_password",
    )


def issue_token(
    *,
    username: str,
    password: str,
    request: HttpRequest,
    post_id: int | None = None,
    scopes: Sequence[str] = (rules.SCOPE_ALL,),
    lifetime: timedelta | None = None,
    otp: str = "",
) -> tuple[str, ApiToken]:
    """签发令牌: the bearer itself (shown once, never stored) and its row.

    post_id: in which post it acts; needed only where the person has several, else the first is taken.
    lifetime: at most and by default the setting XIUCHENG_TOKEN_HOURS. otp: the code by time, or a recovery code,
    of a person who has a second factor.
    Raises: Refused 401, 429 as `check_credentials`; 403 if the password must be changed first, a second factor
    must be set up first, or no post is valid; 422 `otp`, `post`, `scopes`.
    """
    person = check_credentials(username=username, password=password, request=request)
    if person.must_change_password:
        sentence = _("请先登录网页修改初始密码，再申请令牌。")
        raise Refused(sentence, status=403, code="must_change_password")
    if unknown := rules.unknown_scopes(scopes):
        sentence = _("没有这样的权限范围：%(words)s。可用 all、read 或具体权限名。") % {
            "words": "、".join(unknown)
        }
        raise Refused(sentence, field="scopes", code="unknown_scope")
    second_factor.pass_second(person=person, code=otp)
    held = queries.may_act_as(person)
    if queries.totp_demand(held) == "required" and queries.totp_of(person) is None:
        sentence = _("您的岗位必须使用动态口令。请先登录网页设置，再申请令牌。")
        raise Refused(sentence, status=403, code="must_set_totp")
    if not held:
        raise Refused(_("您目前没有可用的岗位，请联系安全管理员。"), status=403, code="no_post")
    post = held[0] if post_id is None else next((post for post in held if post.pk == post_id), None)
    if post is None:
        raise Refused(_("这不是您的岗位，请核对岗位编号。"), field="post", code="unknown_post")
    at = timezone.now()
    longest = timedelta(hours=settings.TOKEN_HOURS)
    token = secrets.token_urlsafe(32)  # 256 bits
    row = ApiToken.objects.create(
        hash=queries.token_hash(token),
        person=person,
        post=post,
        scopes=list(dict.fromkeys(scopes)),
        created_at=at,
        expires_at=at + min(lifetime or longest, longest),
    )
    return token, row


def revoke_token(*, token: ApiToken, by: Post) -> ApiToken:
    """撤销令牌: by its owner, or by a security administrator.

    Raises: Refused 403 for anybody else.
    """
    if by.person_id != token.person_id:
        require(by, rules.Right.MANAGE_RIGHTS)
    at = timezone.now()
    with transaction.atomic():
        ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=at)
        record(by, f"token {token.pk}", None, {"revoked": True}, at)
    token.refresh_from_db(fields=["revoked_at"])
    return token


def touch_token(*, token: ApiToken) -> None:
    """Note that a token was used, at most every ten minutes."""
    at = timezone.now()
    if token.last_used is None or at - token.last_used > TOKEN_TOUCH:
        ApiToken.objects.filter(pk=token.pk).update(last_used=at)
