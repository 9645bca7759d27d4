"""A ledger that exists only in tests and benches: a table of events and the projection beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.db import connection, models

from xiucheng.kernel import ledger
from xiucheng.kernel.ledger.registry import Ledger
from xiucheng.kernel.models import LedgerEvent

START = datetime(2026, 11, 24, 1, 2, 3, 456789, tzinfo=UTC)


class ProbeEvent(LedgerEvent):
    """Events with the two signed columns that real ledgers have."""

    post_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField(null=True)
    signed_columns = ("post_id", "person_id")

    objects: ClassVar[models.Manager["ProbeEvent"]] = models.Manager()

    class Meta(LedgerEvent.Meta):
        app_label = "kernel_probe"
        db_table = "probe_event"


class ProbeCase(models.Model):
    """What a case row is to its events: the projection that claims a head."""

    id = models.UUIDField(primary_key=True)
    head_seq = models.IntegerField()
    head_hash = models.BinaryField()

    objects: ClassVar[models.Manager["ProbeCase"]] = models.Manager()

    class Meta:
        app_label = "kernel_probe"
        db_table = "probe_case"

    def __str__(self) -> str:
        return str(self.id)


@contextmanager
def probe_ledger() -> Iterator[Ledger]:
    """The two tables with the trigger, registered as «probe»; gone afterwards."""
    with connection.schema_editor() as editor:
        editor.create_model(ProbeEvent)
        editor.create_model(ProbeCase)
    with connection.cursor() as cursor:
        cursor.execute(str(ledger.append_only("probe_event").sql))
    heads = lambda: ProbeCase.objects.values_list("id", "head_seq", "head_hash")  # noqa: E731
    try:
        yield ledger.register(ProbeEvent, label="probe", heads=heads)
    finally:
        ledger.unregister("probe")
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE probe_event, probe_case")


def write_chain(number: int, length: int, *, data: dict[str, Any] | None = None) -> list[ProbeEvent]:
    """A sealed chain of `length` events and its projection, saved. Chain ids sort like their numbers."""
    events = draft_chain(number, length, data=data)
    ProbeEvent.objects.bulk_create(events)
    ProbeCase.objects.create(id=events[-1].chain, head_seq=length, head_hash=events[-1].hash)
    return events


def draft_chain(number: int, length: int, *, data: dict[str, Any] | None = None) -> list[ProbeEvent]:
    """A sealed chain, not saved."""
    chain, prev, events = UUID(int=number), ledger.GENESIS, []
    for seq in range(1, length + 1):
        event = ledger.draft_row(
            ProbeEvent,
            chain=chain,
            seq=seq,
            step="dispatch" if seq > 1 else "report",
            at=START + timedelta(minutes=seq, microseconds=number),
            data=data
            or {"到": "盘龙区城市管理局", "from": {"b": [1, 2, None], "a": True}, "lon_e7": 1027120000 + seq},
            note=f'第{seq}步:"核实"\t\\完\n🙂𠮷\x7f' if seq % 2 else "",
            post_id=seq,
            person_id=None if seq % 3 else 7,
        )
        events.append(ledger.seal(event, prev))
        prev = bytes(event.hash)
    return events
