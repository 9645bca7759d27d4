"""Where a webhook may go: to the outside, and to hosts of the own network only by name. Pure (SSRF)."""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from xiucheng.kernel.marking import gettext_noop

NOT_AN_ADDRESS = gettext_noop("请填写完整的地址，例如 https://api.example.gov.cn/xiucheng。")
NO_CREDENTIALS = gettext_noop("地址里不能带用户名和口令，请用签名核对来源。")
INSIDE = gettext_noop(
    "这个地址在本机或内部网络，不能推送。确需推送时，请运维人员把主机名加入 XIUCHENG_WEBHOOK_HOSTS。"
)


class NotOutside(ValueError):
    """Raised with a sentence for people; `args[0]` is its msgid."""


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address: what to connect to, and what to ask for there."""

    secure: bool
    host: str
    port: int
    path: str
    inside: bool  # named by the operator: may be an address of the own network


def target(url: str, allowed: Collection[str] = ()) -> Target:
    """Take an address apart. allowed: hosts of the own network, «host» or «host:port». Raises: NotOutside.

    >>> target("https://api.example.gov.cn/hook?x=1")
    Target(secure=True, host='api.example.gov.cn', port=443, path='/hook?x=1', inside=False)
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        raise NotOutside(NOT_AN_ADDRESS) from None
    host = (parts.hostname or "").lower().rstrip(".")
    if (
        parts.scheme not in ("http", "https")
        or not host
        or not port
        or re.search(r"[\s\x00-\x1f]", url.strip())
    ):
        raise NotOutside(NOT_AN_ADDRESS)
    if parts.username is not None or parts.password is not None:
        raise NotOutside(NO_CREDENTIALS)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, port, path, host in allowed or f"{host}:{port}" in allowed)


def reachable(found: Collection[str]) -> str:
    """The address to connect to, of those that a name has: none, if any of them is not of the open internet.

    Loopback, private, link-local (also the metadata of clouds), carrier-grade, multicast, reserved: all refused, also
    where they hide in an IPv6 address. Raises: NotOutside.

    >>> reachable(["93.184.215.14"])
    '93.184.215.14'
    """
    for text in found:
        address = ipaddress.ip_address(text.partition("%")[0])
        inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
        teredo = getattr(address, "teredo", None)
        nat64 = address.version == 6 and address in ipaddress.ip_network("64:ff9b::/96")
        for each in (address, inner):
            if each is not None and (not each.is_global or each.is_multicast):
                raise NotOutside(INSIDE)
        if teredo or nat64:
            raise NotOutside(INSIDE)
    if not found:
        raise NotOutside(NOT_AN_ADDRESS)
    return next(iter(found))
