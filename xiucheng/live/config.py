"""Which tables of the messages are configuration: webhooks, never their secrets."""

import secrets
from typing import Any

from django.utils import timezone

from xiucheng.kernel.configuration import Table, register
from xiucheng.kernel.marking import gettext_noop


def _new_secret() -> dict[str, Any]:
    """Nobody knows it: whoever receives must be given a new one, and refuses until then."""
    return {"secret": secrets.token_urlsafe(32), "created_at": timezone.now(), "since": timezone.now()}


register(
    Table(
        "webhooks",
        "live.Webhook",
        gettext_noop("推送地址"),
        ("name", "url"),
        "manage_settings",
        leave=("id", "failures", "paused_at", "since", "created_at", "created_by"),
        defaults=_new_secret,
    )
)
