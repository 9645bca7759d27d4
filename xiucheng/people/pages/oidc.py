"""Sign-in with the account of one's own body: OpenID Connect by Authlib (settings.OIDC_ISSUER and its companions).

Authorization code with PKCE (S256), state and nonce. The provider says who it is; posts and rights are ours:
nobody is created here. Only addresses in this browser are used, no form: the policy forbids forms to elsewhere.
"""

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from joserfc.errors import JoseError
from requests import RequestException

from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Person
from xiucheng.people.pages._shared import next_of
from xiucheng.people.pages.entrance import admit
from xiucheng.people.sessions import DOOR

log = structlog.get_logger(__name__)

NEXT, TOKEN = "oidc_next", "oidc_id_token"
PATIENCE = 10  # seconds for the provider to answer


def name() -> str:
    """What the button says; "" where no provider is set."""
    if not (settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID):
        return ""
    return settings.OIDC_NAME or _("统一身份认证")


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """To the provider. Raises: Refused 404 not set; 503 it does not answer."""
    client = _client()
    request.session[NEXT] = next_of(request, "")
    back = request.build_absolute_uri(reverse("people:oidc_back"))
    try:
        answer: HttpResponse = client.authorize_redirect(request, back)
    except (RequestException, OAuthError, ValueError, KeyError) as error:
        log.warning("oidc_unreachable", error=type(error).__name__)
        raise _silent() from error
    return answer


@never_cache
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """From the provider. Raises: Refused 400 not what we asked for; 403 nobody of ours; 503 no answer."""
    client = _client()
    try:
        token = client.authorize_access_token(request)
        claims = dict(token.get("userinfo") or {})
        if settings.OIDC_CLAIM not in claims:
            claims |= dict(client.userinfo(token=token))
    except RequestException as error:
        log.warning("oidc_unreachable", error=type(error).__name__)
        raise _silent() from error
    except (OAuthError, JoseError, ValueError, KeyError) as error:
        log.warning("oidc_refused", error=type(error).__name__)
        raise Refused(
            _("统一身份认证没有通过：登录过程中断、超时或被取消。请回到登录页重新开始。"),
            status=400,
            code="oidc_refused",
        ) from error
    onward = request.session.pop(NEXT, "")
    keep = {TOKEN: token.get("id_token", "")}
    return admit(request, _person(claims), door="oidc", onward=onward, keep=keep)


def sign_out_address(request: HttpRequest) -> str:
    """Where the session at the provider ends, for who came from there; "" for others, or if it has no such place."""
    if request.session.get(DOOR) != "oidc" or not name():
        return ""
    try:
        place = _client().load_server_metadata().get("end_session_endpoint")
    except (RequestException, OAuthError, ValueError):
        return ""
    home = request.build_absolute_uri(reverse("people:login"))
    query = {"post_logout_redirect_uri": home, "client_id": settings.OIDC_CLIENT_ID}
    if hint := request.session.get(TOKEN):
        query["id_token_hint"] = hint
    return f"{place}{'&' if '?' in place else '?'}{urlencode(query)}" if place else ""


def _person(claims: dict[str, Any]) -> Person:
    """The active person whose username the claim names."""
    value = str(claims.get(settings.OIDC_CLAIM) or "").strip()
    found = None
    if value and "\0" not in value:
        found = Person.objects.filter(username=Person.normalize_username(value), is_active=True).first()
    if found is None:
        log.warning("oidc_unknown_person")
        raise Refused(
            _("统一身份认证的账号“%(name)s”在绣城没有对应的在用账号。请系统管理员先建立同名账号，再登录。")
            % {"name": value[:60]},
            status=403,
            code="oidc_unknown",
        )
    return found


def _client() -> Any:
    if not name():
        raise Refused(_("本市没有设置统一身份认证，请用用户名和密码登录。"), status=404, code="oidc_off")
    return _made(
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET, settings.OIDC_SCOPES
    )


@lru_cache(maxsize=4)
def _made(issuer: str, client_id: str, secret: str, scopes: str) -> Any:
    registry = OAuth()
    registry.register(
        "city",
        client_id=client_id,
        client_secret=secret,
        server_metadata_url=issuer.rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={
            "scope": scopes,
            "code_challenge_method": "S256",
            "default_timeout": PATIENCE,
        },
    )
    return registry.city


def _silent() -> Refused:
    sentence = _("统一身份认证暂时没有回应，请稍后再试，或用用户名和密码登录。")
    return Refused(sentence, status=503, code="oidc_silent", retry_after=30)
