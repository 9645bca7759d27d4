"""Tables of the ledger: what every event table has, and the anchors over all chains."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import models

from xiucheng.kernel import canonical

OWN_COLUMNS = ("chain", "seq", "step", "at", "data", "note")


class LedgerEvent(models.Model):
    """One immutable step of one chain. A concrete ledger adds its foreign keys and names the signed ones.

        class CaseEvent(LedgerEvent):
            post = models.ForeignKey("people.Post", models.PROTECT, null=True, related_name="+")
            person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
            signed_columns = ("post_id", "person_id")

            class Meta(LedgerEvent.Meta):
                pass

    The table's migration ends with `kernel.ledger.append_only("cases_caseevent")`; the room registers the
    model with `kernel.ledger.register(...)`. Rows are made by `ledger.draft_row` and `ledger.seal`, never
    changed.
    """

    id = models.BigAutoField(primary_key=True)
    chain = models.UUIDField()  # indexed by the unique constraint, which begins with it
    seq = models.IntegerField()  # from 1, without gaps
    step = models.CharField(max_length=32)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)
    note = models.TextField(blank=True, default="")
    canonical = models.BinaryField()  # the very bytes that were hashed
    prev = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    signed_columns: ClassVar[tuple[str, ...]] = ()
    """Columns of the concrete table that enter the canonical form (attribute names: «post_id»):
    integers, texts, UUIDs."""

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=("chain", "seq"), name="%(app_label)s_%(class)s_chain_seq"),
            models.CheckConstraint(condition=models.Q(seq__gte=1), name="%(app_label)s_%(class)s_seq"),
        ]

    def __str__(self) -> str:
        return f"{self.chain}#{self.seq} {self.step}"

    def canonical_value(self) -> dict[str, Any]:
        """What is hashed: the own columns and the signed ones, as plain JSON values."""
        value: dict[str, Any] = {
            "chain": str(self.chain),
            "seq": self.seq,
            "step": self.step,
            "at": canonical.stamp(self.at),
            "data": self.data,
            "note": self.note,
        }
        for name in self.signed_columns:
            column = getattr(self, name)
            value[name] = str(column) if isinstance(column, UUID) else column
        return value

    def canonical_bytes(self) -> bytes:
        """The canonical form of this row. Raises what `canonical.encode` raises: a float, for example."""
        return canonical.encode(self.canonical_value())


class LedgerAnchor(models.Model):
    """A seal over the heads of every chain of one ledger that grew since the anchor before. Append-only.

    digest = SM3(previous || header || heads), see `kernel.ledger.anchors.digest_of`.
    """

    id = models.BigAutoField(primary_key=True)
    ledger = models.CharField(max_length=32)
    at = models.DateTimeField()
    previous = models.BinaryField(max_length=32)
    count = models.IntegerField()
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("ledger", "previous"), name="kernel_anchor_no_fork")]

    def __str__(self) -> str:
        return f"{self.ledger} {self.at:%Y-%m-%d %H:%M} ({self.count})"


class AnchorHead(models.Model):
    """The last event of one chain as an anchor saw it. Append-only."""

    id = models.BigAutoField(primary_key=True)
    anchor = models.ForeignKey(LedgerAnchor, models.PROTECT, related_name="heads")
    chain = models.UUIDField()
    seq = models.IntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("chain", "anchor"), name="kernel_anchorhead_once")]

    def __str__(self) -> str:
        return f"{self.chain}#{self.seq}"


class AnchorTip(models.Model):
    """Where anchoring of a ledger stands: a projection, so that the last anchor cannot go unnoticed.

    settled: every event with an id up to here is visible and was looked at. Ids commit out of order, so
    the mark moves in two steps: `pending` is the highest id seen at transaction `horizon`, and becomes
    settled once all older ones ended.
    """

    ledger = models.CharField(max_length=32, primary_key=True)
    anchor = models.ForeignKey(LedgerAnchor, models.PROTECT, null=True, related_name="+")
    digest = models.BinaryField(max_length=32)
    settled = models.BigIntegerField(default=0)
    pending = models.BigIntegerField(default=0)
    horizon = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.ledger
