"""Rate limits per door and client, shared by all processes.

One statement on an UNLOGGED table, before the transaction of the request and without an fsync of its own:
PostgreSQL flushes nothing for a transaction that wrote only unlogged rows. A restart after a crash empties
the table, which forgives everybody; that is fine.

The rule is GCRA: each key has a moment at which its account is level again; a call moves it on by one step
(period / limit) and is refused if that would be more than a period ahead. So a limit of 120 a minute allows
120 at once and then two a second. The limits are settings (`tunables.py`).
"""

import hashlib
import ipaddress
import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings as django_settings
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from xiucheng.kernel import settings
from xiucheng.kernel.errors import Refused
from xiucheng.web.middleware import client_address

MINUTE, HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Limit:
    """How often one client may pass one door. per: address, token, account or number. period: seconds."""

    door: str
    per: str
    default: int
    period: int
    label: str

    @property
    def key(self) -> str:
        return f"rate.{self.door}.{self.per}"


LIMITS = (
    Limit("report", "address", 120, MINUTE, gettext_noop("上报，每个地址每分钟")),
    Limit("report", "token", 600, MINUTE, gettext_noop("上报，每个令牌每分钟")),
    Limit("progress", "address", 60, 10 * MINUTE, gettext_noop("查询码输错，每个地址每十分钟")),
    Limit("progress", "number", 10, 10 * MINUTE, gettext_noop("查询码输错，每个受理号每十分钟")),
    Limit("login", "address", 60, 5 * MINUTE, gettext_noop("登录失败，每个地址每五分钟")),
    Limit("login", "account", 20, 5 * MINUTE, gettext_noop("登录失败，每个账号每五分钟")),
    Limit("api", "token", 1200, MINUTE, gettext_noop("接口，每个令牌每分钟")),
    Limit("public", "address", 1200, MINUTE, gettext_noop("公开查询，每个地址每分钟")),
)
DOORS = {door: tuple(limit for limit in LIMITS if limit.door == door) for door in {x.door for x in LIMITS}}

TAKE = """
INSERT INTO web_ratebucket AS bucket (key, level_at)
SELECT key, statement_timestamp() + step
FROM unnest(%(keys)s::text[], %(steps)s::interval[]) AS wanted(key, step) ORDER BY key
ON CONFLICT (key) DO UPDATE
SET level_at = greatest(bucket.level_at, statement_timestamp()) + (excluded.level_at - statement_timestamp())
WHERE bucket.level_at + (excluded.level_at - statement_timestamp())
      <= statement_timestamp() + make_interval(secs => %(period)s)
RETURNING key
"""
WAIT = "SELECT max(extract(epoch FROM level_at - clock_timestamp())) FROM web_ratebucket WHERE key = ANY(%s)"
GIVE_BACK = """
UPDATE web_ratebucket AS bucket SET level_at = bucket.level_at - wanted.step
FROM unnest(%(keys)s::text[], %(steps)s::interval[]) AS wanted(key, step) WHERE bucket.key = wanted.key
"""
SWEEP = "DELETE FROM web_ratebucket WHERE level_at < clock_timestamp()"


@dataclass(frozen=True, slots=True)
class Charge:
    """What was taken, so that it can be given back."""

    keys: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()

    def give_back(self) -> None:
        """Undo: the call turned out to be free (a retry of a known uuid, a right code, a right password)."""
        if self.keys:
            with connection.cursor() as cursor:
                cursor.execute(GIVE_BACK, {"keys": list(self.keys), "steps": list(self.steps)})


def charge(door: str, request: HttpRequest, **names: str) -> Charge:
    """Count one call at a door. Call it outside a transaction: a rollback would forget it.

    names: what the client claims to be (`token=`, `account=`, `number=`); the address comes from the request,
    and a named token stands in for it, for a city's hotline sends all its reports from one address.
    Raises: Refused 429 with the seconds to wait.
    """
    if not django_settings.RATE_LIMITS:
        return Charge()
    if "token" not in names:
        names["address"] = _network(client_address(request))
    wanted = [(limit, names[limit.per]) for limit in DOORS[door] if names.get(limit.per)]
    if not wanted:
        return Charge()
    period = wanted[0][0].period  # one door, one period
    taken = Charge(tuple(_key(*pair) for pair in wanted), tuple(_step(limit) for limit, _name in wanted))
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"keys": list(taken.keys), "steps": list(taken.steps), "period": period})
        passed = {row[0] for row in cursor.fetchall()}
        if len(passed) == len(taken.keys):
            return taken
        over = [limit for limit, name in wanted if _key(limit, name) not in passed]
        cursor.execute(WAIT, [[key for key in taken.keys if key not in passed]])
        ahead = float(cursor.fetchone()[0] or 0)
    # The step has to fit below one period again.
    wait = ahead + max(limit.period / settings.get(limit.key) for limit in over) - period
    raise too_often(max(1, math.ceil(wait)))


def too_often(seconds: int) -> Refused:
    """The refusal of one call too many. seconds: until the next is allowed."""
    sentence = _("请求过于频繁，请在 %(seconds)d 秒后再试。") % {"seconds": seconds}
    return Refused(sentence, status=429, code="too_often", retry_after=seconds)


def sweep() -> int:
    """Forget the keys that are level again; how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(SWEEP)
        return cursor.rowcount


def _key(limit: Limit, name: str) -> str:
    """Names are hashed: the table must hold no address or account in clear."""
    return f"{limit.door}.{limit.per}.{hashlib.blake2b(name.encode(), digest_size=12).hexdigest()}"


def _step(limit: Limit) -> str:
    return f"{limit.period / max(1, settings.get(limit.key)):.6f} seconds"


def _network(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: a household has that many addresses.

    >>> _network("2001:db8::1"), _network("192.0.2.7"), _network("")
    ('2001:db8::/64', '192.0.2.7', '')
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address


def keys_of(door: str) -> Iterable[str]:
    """The names of a door's settings, for documentation and tests."""
    return (limit.key for limit in DOORS[door])
