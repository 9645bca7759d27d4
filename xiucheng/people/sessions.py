"""Where sessions are kept: a table of our own, so that a person's sessions can be listed and ended.

To delete the row is to end the session: the next request finds nothing. Life: SESSION_COOKIE_AGE of idleness
(web.middleware.IdleSession), and whatever happens `session.hours` after the sign-in (`ends`, written then).
"""

import time
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from xiucheng.kernel import crypto, settings

BEGAN, ENDS, SEEN = "began", "ends", "acted"
DEVICE, ADDRESS, DOOR = "device", "address", "door"


class SessionStore(DatabaseStore):
    """Django's own store with a few more columns."""

    @classmethod
    def get_model_class(cls) -> Any:
        from xiucheng.people.models import Session

        return Session

    def load(self) -> dict[str, Any]:
        data: dict[str, Any] = super().load()
        if data.get(ENDS) is not None and data[ENDS] <= time.time():
            self.delete()
            self._session_key = None
            return {}
        return data

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        if SESSION_KEY in data and BEGAN not in data:
            data[BEGAN] = int(time.time())
            data[ENDS] = data[BEGAN] + 3600 * settings.get("session.hours")
        row: Any = super().create_model_instance(data)
        if SESSION_KEY in data:
            row.person_id = int(data[SESSION_KEY])
            row.began_at = _moment(data[BEGAN])
            row.seen_at = _moment(data.get(SEEN) or data[BEGAN])
            row.device, row.address = data.get(DEVICE, "")[:80], data.get(ADDRESS, "")[:45]
            row.door = data.get(DOOR, "")[:10]
        return row


def _moment(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


def public_id(session_key: str) -> str:
    """The name of a session in pages and addresses: tells nothing of the key."""
    return crypto.blind_index(session_key, purpose="session")[:24]


def device_words(agent: str) -> str:
    """«Chrome · Windows» of a browser's header; what it does not know stays out.

    >>> device_words("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0")
    'Edge · Windows'
    >>> device_words("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1")
    'Safari · iPhone'
    >>> device_words("curl/8")
    ''
    """
    browsers = {
        "Edg": "Edge", "MicroMessenger": "微信", "QQBrowser": "QQ", "Firefox": "Firefox", "Chrome": "Chrome",
        "Safari": "Safari",
    }  # fmt: skip
    systems = {
        "HarmonyOS": "HarmonyOS", "Android": "Android", "iPhone": "iPhone", "iPad": "iPad",
        "Windows": "Windows", "Macintosh": "macOS", "Linux": "Linux",
    }  # fmt: skip
    found = [
        next((name for mark, name in known.items() if mark in agent), "") for known in (browsers, systems)
    ]
    return " · ".join(word for word in found if word)
