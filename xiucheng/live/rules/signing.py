"""The signature under what a webhook is sent. Pure; the receiver's side is here too, for tests and documentation."""

import hashlib
import hmac

HEADER = "X-Xiucheng-Signature"
TOLERANCE = 300  # seconds by which the clocks of sender and receiver may differ


def sign(secret: str, body: bytes, at: int) -> str:
    """The header's value: «t=1764000000,v1=<hex>»: HMAC-SHA256 with the secret over «{t}.{body}». at: Unix seconds.

    >>> sign("s3cret", b"{}", 1764000000)
    't=1764000000,v1=6850ae36adb3d514d560e4f72b01d4ed2cd2e5702a042a7728aa7c2d94d2d1cb'
    """
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def is_signed(secret: str, body: bytes, header: str, now: int) -> bool:
    """What a receiver asks: is this body signed with our secret, and not long ago?"""
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    if not parts.get("t", "").isdigit() or abs(now - int(parts["t"])) > TOLERANCE:
        return False
    return hmac.compare_digest(sign(secret, body, int(parts["t"])), header)
