"""The personal data of cases: contacts of reporters, photos, messages. What the ledger holds stays: nobody is in it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice

from django.core.files.storage import storages
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.models import Case, CaseFile, Notice, Reporter
from xiucheng.kernel import retention
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files import rules
from xiucheng.kernel.marking import gettext_noop
from xiucheng.kernel.models import StoredFile
from xiucheng.kernel.retention import Kind, Thing

SUGGESTED = gettext_noop("《个人信息保护法》第四十七条：目的已实现就应删除；天数是建议值")
CAP = 10_000
LATELY = timedelta(days=7)


def capped(found: QuerySet) -> int:
    """How many, but no more than CAP: the page says «10000+»."""
    return found[:CAP].count()


# --- Who reported ---


def old_reporters(before: datetime) -> QuerySet[Reporter]:
    """Whose cases all ended before; one reporter row belongs to one case, more only after a merge."""
    cases = Case.unscoped.filter(reporter=OuterRef("pk"))
    kept = Q(ended_at__isnull=True) | Q(ended_at__gte=before) | Q(pk__in=retention.held())
    # The columns are encrypted: they are compared as stored, never read.
    stored = {"stored_name": Cast("name", TextField()), "stored_phone": Cast("phone", TextField())}
    return (
        Reporter.objects.annotate(**stored)
        .filter(Q(stored_name__gt="") | Q(stored_phone__gt=""), created_at__lt=before)
        .filter(Exists(cases), ~Exists(cases.filter(kept)))
        .order_by("created_at", "pk")
    )


def due_reporters(before: datetime, limit: int) -> Iterable[Thing]:
    for pk in old_reporters(before).values_list("pk", flat=True)[:limit]:
        yield Thing(pk, f"reporter {pk}")


def forget_reporters(things: list[Thing]) -> None:
    Reporter.objects.filter(pk__in=[thing.pk for thing in things]).update(name="", phone="", phone_index="")


# --- Photos of closed cases ---


def old_files(before: datetime) -> QuerySet[StoredFile]:
    """Files that only cases hold which ended before; the row stays with its hash, the bytes go."""
    uses = CaseFile.unscoped.filter(Q(file=OuterRef("pk")) | Q(shown=OuterRef("pk")))
    kept = Q(case__ended_at__isnull=True) | Q(case__ended_at__gte=before) | Q(case__in=retention.held())
    return (
        StoredFile.objects.filter(deleted_at__isnull=True, created_at__lt=before)
        .filter(Exists(uses), ~Exists(uses.filter(kept)))
        .order_by("created_at", "pk")
    )


def due_files(before: datetime, limit: int) -> Iterable[Thing]:
    for row in islice(old_files(before).iterator(), limit):
        yield Thing(row.pk, f"file {row.pk}", row.sm3)


def mark_files(things: list[Thing]) -> None:
    StoredFile.objects.filter(pk__in=[thing.pk for thing in things]).update(deleted_at=timezone.now())


def remove_bytes(things: list[Thing]) -> None:
    """After the commit; what a kill leaves lying is removed by `remove_left_over`."""
    remove(StoredFile.objects.filter(pk__in=[thing.pk for thing in things], deleted_at__isnull=False))


def remove_left_over() -> None:
    """The bytes of what was deleted of late, once more."""
    remove(StoredFile.objects.filter(deleted_at__gte=timezone.now() - LATELY))


def remove(rows: QuerySet[StoredFile]) -> None:
    for row in rows.iterator():
        for variant in ("original", *rules.VARIANTS):
            storages["files"].delete(rules.path(row.sm3, row.mime, variant))


# --- Messages to reporters ---


def old_notices(before: datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(at__lt=before).exclude(case__in=retention.held()).order_by("at", "pk")


def due_notices(before: datetime, limit: int) -> Iterable[Thing]:
    for pk in old_notices(before).values_list("pk", flat=True)[:limit]:
        yield Thing(pk, f"notice {pk}")


def drop_notices(things: list[Thing]) -> None:
    Notice.objects.filter(pk__in=[thing.pk for thing in things]).delete()


REPORTERS = retention.declare(
    Kind(
        "reporters",
        gettext_noop("上报人姓名、电话：结案后保存的天数（0 为一直保存）"),
        due_reporters,
        lambda before: capped(old_reporters(before)),
        forget_reporters,
    ),
    days=730,
    source=SUGGESTED,
)
FILES = retention.declare(
    Kind(
        "photos",
        gettext_noop("案件照片、附件：结案后保存的天数（0 为一直保存）"),
        due_files,
        lambda before: capped(old_files(before)),
        mark_files,
        after=remove_bytes,
        again=remove_left_over,
    ),
    days=1825,
    source=SUGGESTED,
)
NOTICES = retention.declare(
    Kind(
        "notices",
        gettext_noop("案件消息：保存的天数（0 为一直保存）"),
        due_notices,
        lambda before: capped(old_notices(before)),
        drop_notices,
    ),
    days=1095,
    source=SUGGESTED,
)


def forget_reporter(*, case: Case, person: int, note: str) -> None:
    """A reporter asks to be forgotten before the term (PIPL 47). person: id of who decided. note: why.

    Raises: Refused 422 where the report has no reporter, 409 while any case of the same reporter is on hold.
    """
    if case.reporter_id is None:
        raise Refused(_("这件上报没有留下联系方式，没有可删除的。"), field="number")
    if Case.unscoped.filter(reporter=case.reporter_id, pk__in=retention.held()).exists():
        raise Refused(_("这个案件在保留名单里。请先解除保留，再删除。"), status=409, field="number")
    things = [Thing(case.reporter_id, f"reporter {case.reporter_id}")]
    retention.forget(REPORTERS, things, person=person, note=note)
