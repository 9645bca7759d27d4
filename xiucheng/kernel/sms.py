"""Sending short messages: what a gateway is, and the one that needs none, files in a folder.

A city's gateway (运营商、云短信) is a program of its own that takes files from the outbox and writes what became of them
into the reports folder; or a class with the same two methods, named by XIUCHENG_SMS_GATEWAY («module.Class»).
"""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to send. id: text, unique; number: digits only; at: aware, UTC."""

    id: str
    number: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message, as the gateway says it."""

    id: str
    delivered: bool
    reason: str = ""


class Gateway(Protocol):
    """Sends, and reports. Both may be called again after a kill: the same id is the same message."""

    def send(self, message: Outgoing) -> None:
        """Take over one message. Raises: OSError, if it could not; it is tried again later."""

    def outcomes(self) -> Iterator[Outcome]:
        """What became of messages since the last time; one that was yielded is not yielded again."""


class FileDrop:
    """One JSON file a message in `outbox`, whole or not at all; the gateway's answers are read from `reports`.

    A report: {"id": "…", "status": "delivered" | "failed", "reason": "…"}. What cannot be read is kept in `unreadable`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or settings.DATA / "sms"

    def send(self, message: Outgoing) -> None:
        content = {"id": message.id, "to": message.number, "text": message.text, "at": message.at.isoformat()}
        outbox = self._made("outbox")
        aside = outbox / f".{message.id}.tmp"
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(content, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(outbox / f"{message.id}.json")

    def outcomes(self) -> Iterator[Outcome]:
        reports, done, odd = (self._made(name) for name in ("reports", "reports/done", "unreadable"))
        for file in sorted(reports.glob("*.json")):
            outcome = _read(file)
            if outcome is not None:
                yield outcome
            with contextlib.suppress(FileNotFoundError):
                file.replace((done if outcome else odd) / file.name)

    def _made(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path


def _read(file: Path) -> Outcome | None:
    try:
        said: Any = json.loads(file.read_text(encoding="utf-8"))
        delivered = {"delivered": True, "failed": False}[said["status"]]
        return Outcome(str(said["id"]), delivered, str(said.get("reason", ""))[:200])
    except (ValueError, KeyError, TypeError, OSError):
        return None


@cache
def gateway() -> Gateway:
    """The gateway of the settings."""
    made: Gateway = import_string(settings.SMS_GATEWAY)()
    return made
