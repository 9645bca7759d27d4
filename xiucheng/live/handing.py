"""Who outside the house is to be told of what happened since the last time. Writes rows; sends nothing."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from xiucheng.cases.models import Case, CaseEvent, Notice, NoticeChoice, Reporter
from xiucheng.cases.words import Step
from xiucheng.kernel import canonical, settings
from xiucheng.live.models import Delivery, HandedOut, SmsMessage, Webhook
from xiucheng.live.rules.matching import FIELDS, payload, wants
from xiucheng.live.rules.quiet import after_quiet
from xiucheng.live.rules.scope import CaseFacts, Viewer, addressed
from xiucheng.live.rules.watermark import Watermark
from xiucheng.live.stream.reading import case_facts, horizon, notice_facts, viewer_of
from xiucheng.people.models import Person
from xiucheng.people.queries import may_act_as

MOST = 5000  # rows of one run; what is left comes with the next
EVENTS, NOTICES = "events", "notices"
Message = tuple[UUID, datetime | None]  # and not before when


def unseen(name: str, rows: Any) -> list[Any]:
    """Rows of a table since the last run, perhaps some twice: their ids commit out of order, and a run may be repeated.

    The first run begins with today: what a city did before it told anybody is not told. Inside a transaction.
    """
    kept = HandedOut.objects.select_for_update().filter(name=name).first()
    if kept is None:
        top = rows.order_by("-pk").values_list("pk", flat=True).first() or 0
        kept = HandedOut.objects.create(name=name, floor=top, top=top)
    pending = (kept.pending, kept.horizon) if kept.pending is not None and kept.horizon is not None else None
    mark = Watermark(floor=kept.floor, top=kept.top, pending=pending)
    found = list(rows.filter(pk__gt=mark.begin(*horizon())).order_by("pk")[:MOST])
    mark.fresh(row.pk for row in found)
    kept.floor, kept.top = mark.floor, mark.top
    kept.pending, kept.horizon = mark.pending or (None, None)
    kept.save()
    return found


# -- webhooks --


def to_webhooks() -> Iterator[UUID]:
    """The new deliveries."""
    events = unseen(EVENTS, CaseEvent.unscoped.all())
    received(events)
    hooks = list(Webhook.objects.filter(active=True, paused_at__isnull=True))
    if not hooks or not events:
        return
    known = {(hook, event) for hook, event in told_already(hooks, events)}
    cases = {case.pk: case for case in Case.unscoped.filter(pk__in={event.chain for event in events})}
    facts = case_facts(set(cases))
    rows = [
        delivery(hook, event, cases[event.chain])
        for event in events
        for hook in hooks
        if event.chain in facts
        and (hook.since is None or event.at >= hook.since)
        and (hook.pk, event.pk) not in known
        and wants(hook.events, hook.scope_codes, event.step, facts[event.chain])
    ]
    Delivery.objects.bulk_create(rows)
    yield from (row.pk for row in rows)


def told_already(hooks: list[Webhook], events: list[CaseEvent]) -> Iterator[tuple[UUID, int]]:
    rows = Delivery.objects.filter(webhook__in=hooks, event__gte=events[0].pk)
    yield from ((row.webhook_id, row.event or 0) for row in rows.only("webhook", "event"))


def delivery(hook: Webhook, event: CaseEvent, case: Case) -> Delivery:
    key = uuid4()
    values = {name: plain(getattr(case, name)) for name in FIELDS}
    happened = {"id": event.pk, "step": event.step, "at": canonical.stamp(event.at), "seq": event.seq}
    body = canonical.encode(payload(str(key), happened, values)).decode()
    return Delivery(
        id=key,
        webhook=hook,
        event=event.pk,
        step=event.step,
        number=case.number,
        body=body,
        created_at=timezone.now(),
    )


def plain(value: Any) -> Any:
    return canonical.stamp(value) if isinstance(value, datetime) else value


# -- short messages --


def received(events: list[CaseEvent]) -> None:
    """Reports came in: their reporters are to be told the number."""
    reports = {event.chain for event in events if event.step == Step.REPORT}
    if reports and settings.get("sms.reporters"):
        for case in Case.unscoped.filter(pk__in=reports, reporter__phone_index__gt=""):
            remember(f"report {case.pk}", template="received", case_id=case.pk, reporter_id=case.reporter_id)


def to_phones() -> Iterator[Message]:
    """The new short messages, with the moment before which they must not go out."""
    notices = unseen(NOTICES, Notice.objects.all())
    if settings.get("sms.reporters"):
        with_phone = Reporter.objects.filter(
            pk__in={notice.reporter_id for notice in notices if notice.reporter_id}, phone_index__gt=""
        )
        known = set(with_phone.values_list("pk", flat=True))
        for notice in notices:
            if notice.reporter_id in known:
                remember(
                    f"notice {notice.pk}",
                    template="progress",
                    notice_id=notice.pk,
                    case_id=notice.case_id,
                    reporter_id=notice.reporter_id,
                )
    to_staff([notice for notice in notices if notice.reporter_id is None])
    yield from waiting()


def to_staff(notices: list[Notice]) -> None:
    """Whoever chose SMS for this kind of message, and is one it is for."""
    listeners = list(those_who_chose(notices)) if notices else []
    if not listeners:
        return
    facts = case_facts({notice.case_id for notice in notices if notice.case_id})
    for notice in notices:
        if notice.case_id and notice.case_id not in facts:
            continue
        for choice, viewers in listeners:
            if notice.kind in choice.sms and is_for(notice, viewers, facts):
                remember(
                    f"notice {notice.pk} person {choice.person_id}",
                    template="staff",
                    notice_id=notice.pk,
                    case_id=notice.case_id,
                    person_id=choice.person_id,
                )


def those_who_chose(notices: list[Notice]) -> Iterator[tuple[NoticeChoice, list[Viewer]]]:
    kinds = sorted({notice.kind for notice in notices})
    chose = NoticeChoice.objects.filter(sms__overlap=kinds, person__is_active=True).select_related("person")
    for choice in chose:
        person: Person = choice.person
        yield choice, [viewer_of(post) for post in may_act_as(person)]


def is_for(notice: Notice, viewers: list[Viewer], facts: dict[UUID, CaseFacts]) -> bool:
    row = (
        notice.pk, notice.case_id, notice.post_id, notice.department_id, notice.role, notice.county, notice.kind,
        notice.msgid, notice.values,
    )  # fmt: skip
    said = notice_facts(row, facts)
    return any(addressed(viewer, said) for viewer in viewers)


def remember(key: str, **values: Any) -> None:
    """One message an occasion, however often the occasion is found."""
    if SmsMessage.objects.filter(key=key).exists():
        return
    try:
        with transaction.atomic():
            SmsMessage.objects.create(key=key, created_at=timezone.now(), **values)
    except IntegrityError:
        pass  # another run was first


def waiting() -> Iterator[Message]:
    """Messages that no job was queued for yet; from here on one is."""
    rows = SmsMessage.objects.select_for_update(skip_locked=True).filter(
        status=SmsMessage.Status.WAITING, queued=False
    )
    found = list(rows.order_by("created_at")[:MOST])
    SmsMessage.objects.filter(pk__in=[row.pk for row in found]).update(queued=True)
    chose = NoticeChoice.objects.in_bulk({row.person_id for row in found if row.person_id})
    for row in found:
        yield row.pk, not_before(chose.get(row.person_id or 0))


def not_before(choice: NoticeChoice | None) -> datetime | None:
    """The end of the quiet hours: a person's own, a citizen's those of the city."""
    start = choice.quiet_from if choice else settings.get("notices.quiet_from")
    end = choice.quiet_to if choice else settings.get("notices.quiet_to")
    now = timezone.localtime()
    at = after_quiet(now, start, end)
    return at if at > now else None
