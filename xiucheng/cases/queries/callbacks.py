"""回访: closed cases whose reporter can be reached and was not called back, the oldest first."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.models import Case, CaseEvent, CaseQuerySet, Reporter
from xiucheng.cases.models.beside import CallbackTry
from xiucheng.cases.rules import callbacks as rules
from xiucheng.cases.words import Stage, Step
from xiucheng.kernel import settings
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.masking import mask_name, mask_phone
from xiucheng.people.models import Post

COUNTED = 1000  # more than these are not counted


@dataclass(frozen=True, slots=True)
class CallbackRow:
    """A case to be called back about. name, phone: masked; tried: how often nobody answered, and when to try again."""

    case: Case
    name: str
    phone: str
    tried: CallbackTry | None = None


@dataclass(frozen=True, slots=True)
class CallbackPage:
    """One page of the queue. waiting: how many are to be tried again later (at most `COUNTED`)."""

    rows: tuple[CallbackRow, ...]
    next: str | None
    due: int
    waiting: int


class LastByte(models.Func):
    """The last byte of a UUID, 0 to 255."""

    template = "get_byte(uuid_send(%(expressions)s), 15)"
    output_field = models.IntegerField()


def queue(post: Post | None, at: datetime) -> CaseQuerySet:
    """Whom the post may call back at all, now or later: in scope, in the window, among those drawn."""
    answered = CaseEvent.unscoped.filter(
        chain=OuterRef("pk"), step=Step.CALLBACK, at__gte=OuterRef("closed_at")
    )
    found = Case.seen_by(post).filter(
        stage=Stage.CLOSED,
        closed_at__gte=rules.since(at, settings.get("cases.callback_days")),
        reporter__phone_index__gt="",
    )
    percent = settings.get("cases.callback_percent")
    if percent < 100:
        found = found.annotate(lot=LastByte("pk")).filter(lot__lt=rules.below(percent))
    return found.filter(~Exists(answered))


def postponed(at: datetime) -> Exists:
    tries = CallbackTry.objects.filter(case=OuterRef("pk"), closed_at=OuterRef("closed_at"), next_at__gt=at)
    return Exists(tries)


def callbacks(post: Post | None, *, later: bool = False, after: str = "", limit: int = 30) -> CallbackPage:
    """A page of the queue; five statements. later: those that were not reached and wait for their time.

    after: the `next` of the page before. Raises: Refused 422 for one that this list did not make.
    """
    at = timezone.now()
    all_, wait = queue(post, at), postponed(at)
    found = all_.filter(wait if later else ~wait)
    if after:
        found = found.filter(behind(after))
    page = list(found.order_by("closed_at", "id")[: limit + 1])
    more = cursor(page[limit - 1]) if len(page) > limit else None
    return CallbackPage(
        tuple(rows(page[:limit])), more, counted(all_.filter(~wait)), counted(all_.filter(wait))
    )


def counted(found: CaseQuerySet) -> int:
    """How many, at most `COUNTED`. In the order of the list: without one the planner takes the cases' own index of
    places, and reads a city's years to count a fortnight."""
    return found.order_by("closed_at", "id").values("pk")[:COUNTED].count()


def rows(found: Sequence[Case]) -> list[CallbackRow]:
    """With the masked contact and the tries; two statements."""
    reporters = Reporter.objects.in_bulk([case.reporter_id for case in found])
    tries = CallbackTry.objects.filter(case__in=[case.pk for case in found], closed_at=F("case__closed_at"))
    by_case = {one.case_id: one for one in tries}
    made = []
    for case in found:
        reporter = reporters[case.reporter_id]
        made.append(
            CallbackRow(case, mask_name(reporter.name), mask_phone(reporter.phone), by_case.get(case.pk))
        )
    return made


def callback_of(post: Post | None, key: str) -> CallbackRow:
    """One case of the queue by its number.

    Raises: Refused 404 outside the scope, 409 if it is not in the queue: a colleague may have just called.
    """
    named = Q(number=key) | Q(case_number=key)
    case = queue(post, timezone.now()).filter(named).first()
    if case is None:
        seen = Case.seen_by(post).filter(named).exists()
        raise Refused(
            _("这件不在回访列表里：可能已有人回访，或已重新办理。请从列表中另选一件。"),
            status=409 if seen else 404,
            code="not_in_queue" if seen else "not_found",
        )
    return rows([case])[0]


def cursor(case: Case) -> str:
    assert case.closed_at is not None, "the queue holds closed cases"
    text = f"{case.closed_at.isoformat()} {case.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def behind(after: str) -> Q:
    try:
        text = base64.urlsafe_b64decode((after + "=" * (-len(after) % 4)).encode()).decode()
        moment_text, _space, key_text = text.partition(" ")
        moment, key = datetime.fromisoformat(moment_text), UUID(key_text)
        if moment.tzinfo is None:
            raise ValueError(after)
    except (ValueError, binascii.Error) as error:
        raise Refused(_("翻页标记无效，请从第一页重新查。"), field="after") from error
    return Q(closed_at__gt=moment) | Q(closed_at=moment, pk__gt=key)
