"""Reads about the ways in: locks, sessions, second factors, the age of passwords."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from axes.models import AccessAttempt, AccessLog
from django.conf import settings as django_settings
from django.db.models import Max, QuerySet, Sum
from django.utils import timezone

from xiucheng.kernel import settings
from xiucheng.people.models import Person, Post, Session, Totp


@dataclass(frozen=True, slots=True)
class Lock:
    """How it stands with a username: wrong passwords so far, and until when it is locked (None: it is not)."""

    failures: int
    until: datetime | None

    @property
    def left(self) -> int:
        """How many more wrong passwords it takes."""
        return max(0, int(django_settings.AXES_FAILURE_LIMIT) - self.failures)

    def seconds(self, at: datetime) -> int:
        """How long it is still locked."""
        return max(1, math.ceil((self.until - at).total_seconds())) if self.until else 0


def lock_minutes() -> int:
    """For how long a username is locked after too many failures (XIUCHENG_LOGIN_LOCK_MINUTES)."""
    return max(1, round(django_settings.AXES_COOLOFF_TIME.total_seconds() / 60))


def lock_of(username: str, *, at: datetime | None = None) -> Lock:
    """The lock of a username, known or not: the answer must not tell which exist."""
    return _locks([username], at).get(username, Lock(0, None))


def locked_usernames(*, at: datetime | None = None) -> dict[str, Lock]:
    """Every username that is locked now."""
    return {name: lock for name, lock in _locks(None, at).items() if lock.until}


def _locks(usernames: Iterable[str] | None, at: datetime | None) -> dict[str, Lock]:
    cool_off: timedelta = django_settings.AXES_COOLOFF_TIME
    rows = AccessAttempt.objects.filter(attempt_time__gte=(at or timezone.now()) - cool_off)
    if usernames is not None:
        rows = rows.filter(username__in=list(usernames))
    counted = rows.values("username").annotate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
    limit = int(django_settings.AXES_FAILURE_LIMIT)
    return {
        row["username"]: Lock(row["failures"], row["last"] + cool_off if row["failures"] >= limit else None)
        for row in counted
        if row["username"]
    }


def sessions_of(person: Person) -> QuerySet[Session]:
    """The living sessions of a person, the last used first."""
    return Session.objects.filter(person=person, expire_date__gt=timezone.now()).order_by(
        "-seen_at", "-began_at"
    )


def session_alive(session_key: str | None) -> bool:
    """Whether a session has not ended meanwhile: for what runs longer than a request (the live stream)."""
    return bool(
        session_key
        and Session.objects.filter(session_key=session_key, expire_date__gt=timezone.now()).exists()
    )


def sign_ins_of(person: Person, *, most: int = 10) -> QuerySet[AccessLog]:
    """The last sign-ins by password, newest first."""
    return AccessLog.objects.filter(username=person.username).order_by("-attempt_time")[:most]


def totp_of(person: Person) -> Totp | None:
    """The second factor in use; None: there is none yet."""
    return Totp.objects.filter(person=person, confirmed_at__isnull=False).first()


def totp_demand(posts: Iterable[Post]) -> str:
    """What the city asks of whoever holds these posts: «free», «urged» or «required»; the strictest counts."""
    wanted = {settings.get(f"totp.{post.role}") for post in posts}
    return next((word for word in ("required", "urged") if word in wanted), "free")


def password_age_over(person: Person, *, at: datetime) -> bool:
    """Whether the password is older than the city allows (`password.max_days`, 0: any age)."""
    days: int = settings.get("password.max_days")
    since = person.password_changed_at
    return bool(days and since and at - since > timedelta(days=days))
