"""POST /api/v1/tokens: a password for a bearer token, within the limits of the door."""

from datetime import datetime, timedelta
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from xiucheng.kernel.rest.body import Line, Payload, Strict
from xiucheng.people import actions, rules
from xiucheng.people.api import PostOut, post_out
from xiucheng.web import rate

router = Router(tags=["令牌"])


class TokenIn(Strict):
    username: Annotated[Line, Field(min_length=1)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]
    post: int | None = Field(
        default=None, ge=1, lt=2**63, description="有几个岗位时，以哪个岗位办事（/me 里的 id）；不填取第一个"
    )
    otp: Annotated[str, Field(max_length=40)] = Field(
        default="", description="启用了动态口令的账号必填：手机上的 6 位数字，或一个恢复码；每个只能用一次"
    )
    scopes: Annotated[list[Line], Field(min_length=1, max_length=60)] = Field(
        default=[rules.SCOPE_ALL], description="all、read，或具体的权限名；只能缩小岗位的权限"
    )
    hours: int | None = Field(default=None, ge=1, le=24 * 366, description="有效几小时；不超过系统设定")


class TokenOut(Strict):
    token: str = Field(description="只显示这一次")
    access_token: str = Field(description="同 token，OAuth 客户端这样叫")
    token_type: str
    expires_at: datetime
    scopes: list[str]
    post: PostOut


@router.post(
    "/tokens", response={201: TokenOut, 401: None}, operation_id="create_token", summary="用账号密码换令牌"
)
def create(request: HttpRequest, payload: Annotated[TokenIn, Payload()]) -> Status:
    """Failures count per address and per account; a success is free.

    A person with a second factor who sends no `otp` is answered 422, field `otp`, code `otp_required`.
    """
    charge = rate.charge("login", request, account=payload.username.lower())
    token, row = actions.issue_token(
        username=payload.username,
        password=payload.password,
        otp=payload.otp,
        request=request,
        post_id=payload.post,
        scopes=payload.scopes,
        lifetime=timedelta(hours=payload.hours) if payload.hours else None,
    )
    charge.give_back()
    return Status(
        201,
        TokenOut(
            token=token,
            access_token=token,
            token_type="bearer",
            expires_at=row.expires_at,
            scopes=row.scopes,
            post=post_out(row.post),
        ),
    )
