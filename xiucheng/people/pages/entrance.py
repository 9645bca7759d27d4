"""What happens between a right password (or the word of a provider) and the desk."""

import time
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login as start_session
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import own_address
from xiucheng.people import queries
from xiucheng.people.models import Person, Post
from xiucheng.people.pages._shared import next_of, to
from xiucheng.people.sessions import ADDRESS, DEVICE, DOOR, device_words

BACKEND = "django.contrib.auth.backends.ModelBackend"
SECOND = "second_factor"  # in the session: who has passed the first door and stands at the second
WAIT = 300  # seconds to type the code
MUST_PASSWORD, MUST_TOTP, LAST = "must_change_password", "must_set_totp", "last_login"


def admit(
    request: HttpRequest, person: Person, *, door: str, onward: str, keep: dict[str, Any] | None = None
) -> HttpResponse:
    """After the first factor: to the second, where there is one, else inside. keep: goes into the session."""
    if queries.totp_of(person) is None:
        return enter(request, person, door=door, onward=onward, keep=keep or {})
    request.session.cycle_key()  # under a new key, that nobody planted
    request.session[SECOND] = {
        "person": person.pk,
        "until": int(time.time()) + WAIT,
        "door": door,
        "onward": onward,
        "keep": keep or {},
    }
    return to("people:code")


def standing(request: HttpRequest) -> tuple[Person, dict[str, Any]]:
    """Who stands at the second door. Raises: Refused 401 `login`: nobody does, or it took too long."""
    waiting = request.session.get(SECOND)
    person = None
    if waiting and waiting["until"] > time.time():
        person = Person.objects.filter(pk=waiting["person"], is_active=True).first()
    if person is None or waiting is None:
        request.session.pop(SECOND, None)
        sentence = _("等待动态口令的时间已过，请重新登录。")
        raise Refused(sentence, status=401, code="login")
    return person, waiting


def enter(
    request: HttpRequest, person: Person, *, door: str, onward: str, keep: dict[str, Any]
) -> HttpResponse:
    """Begin the session; then what must be settled first, then the post, then where one wanted to go."""
    before = person.last_login
    request.session.pop(SECOND, None)
    start_session(request, person, backend=BACKEND)  # under a new key, that nobody planted
    session = request.session
    session.update(keep)
    session[DOOR] = door
    session[DEVICE] = device_words(request.headers.get("User-Agent", ""))
    session[ADDRESS] = request.META.get("REMOTE_ADDR", "")
    session[LAST] = before.isoformat() if before else ""
    held = queries.may_act_as(person)
    _settle_first(request, person, held, door)
    if MUST_PASSWORD in session:
        return to("people:password")
    if before:
        said = _("上次登录：%(when)s。") % {"when": f"{timezone.localtime(before):%Y-%m-%d %H:%M}"}
        messages.info(request, said)
    return onwards(request, held, onward)


def onwards(request: HttpRequest, held: list[Post], onward: str) -> HttpResponse:
    """To the one post at once, of several to the choice."""
    if MUST_TOTP in request.session:
        return to("people:totp")
    if len(held) == 1:
        request.session[queries.SESSION_POST] = held[0].pk
        wanted = own_address(request, onward)
        return HttpResponseRedirect(wanted) if wanted else to(settings.LOGIN_REDIRECT_URL)
    return to_choice(request, onward)


def to_choice(request: HttpRequest, onward: str = "") -> HttpResponse:
    wanted = own_address(request, onward) or next_of(request, "")
    return to("people:choose_post", query=f"next={quote(wanted)}" if wanted else "")


def _settle_first(request: HttpRequest, person: Person, held: list[Post], door: str) -> None:
    """A password given by somebody else or too old; a second factor that a post demands."""
    session = request.session
    if door == "password" and person.must_change_password:
        session[MUST_PASSWORD] = "given"
    elif door == "password" and queries.password_age_over(person, at=timezone.now()):
        session[MUST_PASSWORD] = "old"
    demand = queries.totp_demand(held)
    if demand != "free" and queries.totp_of(person) is None:
        if demand == "required":
            session[MUST_TOTP] = True
        else:
            messages.warning(request, _("您的岗位建议启用动态口令：在右上角「我的」里设置，只要一分钟。"))
