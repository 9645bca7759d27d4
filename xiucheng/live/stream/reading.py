"""What the stream asks of the store: who looks, and what is new. Synchronous; one thread, one connection."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.db import close_old_connections, connection
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from xiucheng.cases.models import Case, CaseEvent, Leg, Notice, NoticeChoice
from xiucheng.cases.queries import choice_of, unread_words
from xiucheng.cases.words import LegStage
from xiucheng.live.rules.scope import CaseFacts, NoticeFacts, Viewer
from xiucheng.live.rules.watermark import Watermark
from xiucheng.people.models import Person, Post
from xiucheng.people.queries import SESSION_POST, may_act_as

MOST = 2000  # events or messages of one look; what is left comes with the next
FIRST_LOOK = 1000  # ids below the highest that count as seen when the process starts


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks: the post with its scope in memory, and the person's quiet hours (local)."""

    post: Post
    viewer: Viewer
    quiet: tuple[int, int]


@dataclass(frozen=True, slots=True)
class News:
    """What is new since the last look: cases that changed, messages that were written."""

    cases: tuple[CaseFacts, ...]
    notices: tuple[NoticeFacts, ...]


def store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore


def who_looks(session_key: str) -> Looker | None:
    """The acting post of a session as `people.queries.acting_post` has it; None: signed out, over, no post to act in."""
    close_old_connections()
    data = store()(session_key).load() if session_key else {}
    person = signed_in(data)
    if person is None:
        return None
    held, chosen = may_act_as(person), data.get(SESSION_POST)
    post = next((post for post in held if post.pk == chosen), held[0] if len(held) == 1 else None)
    return looker(post) if post else None


def signed_in(data: dict[str, Any]) -> Person | None:
    """The person of a session, if he may still sign in and has not changed his password since."""
    if not data.get(SESSION_KEY):
        return None
    person = Person.objects.filter(pk=data[SESSION_KEY], is_active=True).first()
    if person is None or not constant_time_compare(
        data.get(HASH_SESSION_KEY, ""), person.get_session_auth_hash()
    ):
        return None
    return person


def looker(post: Post) -> Looker:
    choice: NoticeChoice = choice_of(post.person_id)
    return Looker(post, viewer_of(post, choice.muted), (choice.quiet_from, choice.quiet_to))


def viewer_of(post: Post, muted: Iterable[str] = ()) -> Viewer:
    return Viewer(
        post=post.pk,
        person=post.person_id,
        role=post.role,
        may_view="view_cases" in post.rights,
        department=post.department_id,
        department_only=post.department_only,
        is_head=post.is_head,
        codes=tuple(post.scope_codes),
        muted=frozenset(muted),
    )


def alive(session_keys: Collection[str]) -> set[str]:
    """Which of these sessions still exist: a revoked one ends within seconds. One statement."""
    close_old_connections()
    rows = (
        store().get_model_class().objects.filter(session_key__in=session_keys, expire_date__gt=timezone.now())
    )
    return set(rows.values_list("session_key", flat=True))


def unread_of(post: Post) -> str:
    """«3», «99+», «»: as the rail shows it."""
    return unread_words(post)


class Look:
    """Looks again and again for what is new. Two watermarks: ids commit out of order."""

    def __init__(self) -> None:
        self.events = started(CaseEvent.unscoped)
        self.notices = started(Notice.objects)

    def __call__(self) -> News:
        """What was committed since the last look, each once. Three statements when nothing was."""
        close_old_connections()
        chains = self._fresh(self.events, CaseEvent.unscoped.values_list("pk", "chain"))
        told = Notice.objects.filter(reporter__isnull=True).values_list(
            "pk", "case", "post", "department", "role", "county", "kind", "msgid", "values"
        )
        notices = self._fresh(self.notices, told)
        changed = dict.fromkeys(row[1] for row in chains)
        known = case_facts({*changed, *(row[1] for row in notices if row[1])})
        return News(
            tuple(known[case] for case in changed if case in known),
            tuple(notice_facts(row, known) for row in notices if row[1] is None or row[1] in known),
        )

    def _fresh(self, mark: Watermark, rows: Any) -> list[Any]:
        floor = mark.begin(*horizon())
        found = {row[0]: row for row in rows.filter(pk__gt=floor).order_by("pk")[: MOST + len(mark.seen)]}
        return [found[number] for number in mark.fresh(found)]


def started(rows: Any) -> Watermark:
    """A mark at the newest row; what is running now and commits below it will still be seen."""
    top = rows.order_by("-pk").values_list("pk", flat=True).first() or 0
    floor = max(0, top - FIRST_LOOK)
    return Watermark(floor=floor, seen=set(rows.filter(pk__gt=floor).values_list("pk", flat=True)), top=top)


def horizon() -> tuple[int, int]:
    """The oldest transaction still running, and the next to begin."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(now)::text::bigint, pg_snapshot_xmax(now)::text::bigint"
            " FROM pg_current_snapshot() AS now"
        )
        oldest, following = cursor.fetchone()
    return oldest, following


COLUMNS = (
    "pk", "number", "case_number", "county", "township", "community", "near", "assignee", "reported_by", "channel",
)  # fmt: skip


def case_facts(keys: Collection[UUID]) -> dict[UUID, CaseFacts]:
    """Facts of cases by their id. Two statements, none for no cases."""
    if not keys:
        return {}
    held: dict[UUID, set[int]] = {}
    legs = Leg.unscoped.filter(case__in=keys).exclude(state=LegStage.RETURNED)
    for case, department in legs.values_list("case", "department"):
        held.setdefault(case, set()).add(department)
    return {
        key: CaseFacts(
            number, case_number, county, township, community, tuple(near), assignee, reported_by, channel,
            frozenset(held.get(key, ())),
        )
        for key, number, case_number, county, township, community, near, assignee, reported_by, channel
        in Case.unscoped.filter(pk__in=keys).values_list(*COLUMNS)
    }  # fmt: skip


def notice_facts(row: tuple[Any, ...], known: dict[UUID, CaseFacts]) -> NoticeFacts:
    pk, case, post, department, role, county, kind, msgid, values = row
    return NoticeFacts(pk, known.get(case), post, department, role, county, kind, msgid, values)
