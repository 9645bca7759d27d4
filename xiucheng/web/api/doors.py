"""Who may pass, and how often: the `auth` of a router or of one address.

Ninja turns what is raised here into an answer like any other error, before the body is read.
"""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from xiucheng.kernel.errors import Refused
from xiucheng.people import actions, queries
from xiucheng.people.models import Post
from xiucheng.web import rate


class Public:
    """Anybody, within the limit of a door."""

    def __init__(self, door: str = "public") -> None:
        self.door = door

    def __call__(self, request: HttpRequest) -> Any:
        rate.charge(self.door, request)
        return True


class Open:
    """Anybody; the address itself counts, once it knows what the client claims to be."""

    def __call__(self, request: HttpRequest) -> Any:
        return True


class Bearer(HttpBearer):
    """A token of POST /api/v1/tokens; `request.auth` is the post, narrowed to the token's scopes."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        rate.charge("api", request, token=token)
        return post_of(request, token)


def post_of(request: HttpRequest, token: str) -> Post:
    """The post behind a token, kept on the request. Raises: Refused 401."""
    row = queries.bearer(token)
    if row is None:
        sentence = _("令牌无效、已撤销或已过期，请用 POST /api/v1/tokens 重新取得。")
        raise Refused(sentence, status=401, code="bad_token")
    actions.touch_token(token=row)
    request.api_token, request.acting_post = row, row.post  # type: ignore[attr-defined]
    return row.post


def optional_post(request: HttpRequest) -> Post | None:
    """The post behind the request's token; None without one. A bad token is refused, never ignored."""
    token = token_of(request)
    return post_of(request, token) if token else None


def token_of(request: HttpRequest) -> str:
    """The bearer token a request carries, "" if none."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
