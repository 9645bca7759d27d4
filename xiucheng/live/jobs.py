"""What goes out of the house: handing out events and messages to webhooks and SMS, sending, the daily digest.

`hand_out` only writes down who is to be told (idempotent: one delivery an event and webhook, one SMS an occasion) and
queues a job for each, in one transaction; the jobs send. No job argument holds a number or a name.
"""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from xiucheng.kernel import jobs, settings
from xiucheng.kernel.sms import gateway
from xiucheng.live import digest, handing, sending
from xiucheng.live.models import Delivery, SmsMessage

RETRY = jobs.Backoff(attempts=sending.ATTEMPTS)  # 2 s, 6 s, 18 s … 24 min: 36 minutes in all


@jobs.task(once="live.hand_out", lock="live.hand_out")
def hand_out() -> None:
    """Whatever happened since the last time, to whoever asked for it."""
    write_down()


def write_down() -> None:
    """The rows of what is to be sent, and a job for each."""
    with transaction.atomic():
        for delivery in handing.to_webhooks():
            jobs.defer(deliver, delivery_id=str(delivery))
        for message, at in handing.to_phones():
            jobs.defer(send_sms, message_id=str(message), _at=at)


@jobs.task(retry=RETRY, queue="outside")
def deliver(delivery_id: str) -> None:
    """Send one delivery to its webhook; an error is tried again later."""
    again = sending.deliver(UUID(delivery_id))
    if again is not None:
        jobs.defer(deliver, delivery_id=delivery_id, _at=again)


@jobs.task(retry=RETRY, queue="outside")
def send_sms(message_id: str) -> None:
    """Hand one short message to the gateway."""
    sending.send_sms(UUID(message_id))


@app.periodic(cron="* * * * *")
@jobs.task(once="live.every_minute", lock="live.every_minute")
def every_minute(timestamp: int) -> None:
    """Hand out what the stream's process did not, and read what became of short messages."""
    hand_out_now()
    for outcome in gateway().outcomes():
        sending.note_outcome(outcome)


def hand_out_now() -> None:
    jobs.defer(hand_out)


@app.periodic(cron="0 * * * *")
@jobs.task(once="live.digest", lock="live.digest")
def daily_digest(timestamp: int) -> None:
    """The digest of everybody whose hour it is."""
    digest.write(timezone.now())
    hand_out_now()


@app.periodic(cron="20 18 * * *")  # 02:20 in China
@jobs.task(once="live.tidy", lock="live.tidy")
def tidy(timestamp: int) -> None:
    """Drop the records of deliveries and short messages when their term is over."""
    drop_old()


def drop_old() -> None:
    before = timezone.now() - timedelta(days=settings.get("webhook.keep_days"))
    Delivery.objects.filter(created_at__lt=before).delete()
    SmsMessage.objects.filter(created_at__lt=before).delete()
