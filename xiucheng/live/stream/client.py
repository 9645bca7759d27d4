"""One open page: what waits to be sent to it. Bounded: whoever reads slowly gets «many» instead of a longer list."""

import asyncio
import json
import time
from datetime import datetime
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext

from xiucheng.live.rules.quiet import is_quiet
from xiucheng.live.rules.scope import CaseFacts, NoticeFacts
from xiucheng.live.stream.reading import Looker

MOST_CASES = 30
MOST_NOTICES = 5
HEARTBEAT = 20.0  # seconds without a word before a comment is sent
APART = 0.25  # seconds between two words about cases to one page


def message(event: str, data: dict[str, Any], *, number: str = "", retry: int = 0) -> bytes:
    """One event as text/event-stream has it."""
    head = f"retry: {retry}\n" if retry else ""
    head += f"id: {number}\n" if number else ""
    return f"{head}event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


class Client:
    """A page that listens. `looker` is looked up anew each minute; `session` is its session's key."""

    __slots__ = (
        "cases", "checked", "counted", "language", "looker", "many", "notices", "number", "over", "ready", "sent_at",
        "session", "unread",
    )  # fmt: skip

    def __init__(self, session: str, looker: Looker, language: str) -> None:
        self.session = session
        self.looker = looker
        self.language = language
        self.ready = asyncio.Event()
        self.cases: dict[str, str | None] = {}  # number → case number
        self.many = False
        self.notices: list[NoticeFacts] = []
        self.number = ""  # of the newest thing that waits to be sent
        self.counted = False  # is the unread count to be looked up?
        self.unread: str | None = None
        self.over = ""  # why the stream ends
        self.checked = self.sent_at = time.monotonic()

    def case(self, case: CaseFacts, number: str) -> None:
        """Something of this case changed."""
        self.number = number
        if len(self.cases) < MOST_CASES:
            self.cases[case.number] = case.case_number
        else:
            self.many = True
        self.ready.set()

    def everything(self, number: str) -> None:
        """What was missed is not known: look at all."""
        self.number, self.many = number, True
        self.ready.set()

    def notice(self, notice: NoticeFacts) -> None:
        """A message for this post; the count is looked up before it is sent."""
        self.notices = [*self.notices[1 - MOST_NOTICES :], notice]
        self.counted = False

    def count(self, words: str) -> None:
        self.counted, self.unread = True, words
        self.ready.set()

    def end(self, why: str) -> None:
        self.over = why
        self.ready.set()

    async def next(self) -> bytes:
        """What to send next; a comment when there is nothing for long. Waits, so that a burst is one word."""
        try:
            await asyncio.wait_for(self.ready.wait(), HEARTBEAT)
        except TimeoutError:
            return b": still here\n\n"
        pause = self.sent_at + APART - time.monotonic()
        if pause > 0 and not self.over and self.unread is None:
            await asyncio.sleep(pause)
        self.ready.clear()
        self.sent_at = time.monotonic()
        return self._taken(timezone.localtime())

    def _taken(self, at: datetime) -> bytes:
        parts = []
        if self.cases or self.many:
            cases = [[number, case_number] for number, case_number in self.cases.items()]
            parts.append(message("case", {"cases": cases, "many": self.many}, number=self.number))
            self.cases, self.many = {}, False
        if self.unread is not None:
            quiet = is_quiet(at, *self.looker.quiet)
            items = [] if quiet else [self._said(notice) for notice in self.notices]
            parts.append(message("notice", {"unread": self.unread, "items": items}))
            self.notices, self.unread = [], None
        if self.over:
            parts.append(message("bye", {"reason": self.over}))
        return b"".join(parts)

    def _said(self, notice: NoticeFacts) -> dict[str, str]:
        with translation.override(self.language):
            sentence = gettext(notice.msgid).format(**notice.values)
        return {
            "sentence": sentence,
            "kind": notice.kind,
            "number": notice.case.number if notice.case else "",
            "id": str(notice.id),
        }
