"""The administration's ledgers: every change and every look is a link, and a link that is bent is found."""

from datetime import date
from threading import Thread
from types import SimpleNamespace

import pytest
from django.db import connection

from xiucheng.kernel import audit, settings
from xiucheng.kernel.ledger.registry import ledgers
from xiucheng.kernel.ledger.verify import verify
from xiucheng.kernel.models import AdminChange, PersonalDataAccess
from xiucheng.kernel.worktime import Limit

POST = SimpleNamespace(pk=7, person_id=3, role="intake")


def proved(label: str) -> list[str]:
    (ledger,) = ledgers((label,))
    return [problem.kind.value for problem in verify(ledger).problems]


@pytest.mark.django_db
def test_changes_of_a_kind_are_one_chain_that_proves_itself():
    settings.set_value(key="territory.border_m", value="200", by="管理员", note="试")
    settings.set_value(key="territory.border_m", value="300", by="管理员")
    audit.record(
        by=audit.SYSTEM, subject="person 张", before=None, after={"limit": Limit.parse("4 工作时"), "x": 1.5}
    )
    first, second = AdminChange.objects.filter(step="setting").order_by("seq")
    assert (first.seq, second.seq, bytes(second.prev)) == (1, 2, bytes(first.hash))
    assert (second.before, second.after, first.note) == ("200", "300", "试")
    person = AdminChange.objects.get(step="person")
    assert (person.seq, person.after) == (1, {"limit": "4 工作时", "x": "1.5"})
    assert proved("audit") == []


@pytest.mark.django_db
def test_looks_at_personal_data_stand_in_a_chain_a_post_and_day():
    for reason in ("回访", "核对地址"):
        audit.looked(by_post=POST, what="reporter.phone", of="20261124-000001", reason=reason)
    audit.looked(by_post=None, what="export.people", of="export 1")
    mine = PersonalDataAccess.objects.filter(person=3).order_by("seq")
    assert [(row.seq, row.note, row.post, row.role) for row in mine] == [
        (1, "回访", 7, "intake"),
        (2, "核对地址", 7, "intake"),
    ]
    assert PersonalDataAccess.objects.values("chain").distinct().count() == 2
    assert proved("access") == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("UPDATE kernel_adminchange SET by = 'x' WHERE seq = 1", "changed"),
        ("UPDATE kernel_adminchange SET data = '{}' WHERE seq = 2", "changed"),
        ("DELETE FROM kernel_adminchange WHERE seq = 1", "removed"),
    ],
)
def test_a_change_behind_its_back_is_found(change, kind):
    for value in ("200", "300"):
        settings.set_value(key="territory.border_m", value=value, by="管理员")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE kernel_adminchange DISABLE TRIGGER append_only")
        cursor.execute(change)
        cursor.execute("ALTER TABLE kernel_adminchange ENABLE TRIGGER append_only")
    assert kind in proved("audit")


@pytest.mark.django_db(transaction=True)
def test_writers_of_one_chain_wait_for_each_other():
    def write(place: int) -> None:
        try:
            for _turn in range(5):
                audit.record(
                    by="x", subject=f"calendar {place}", before=None, after={"day": date(2026, 1, place)}
                )
        finally:
            connection.close()

    threads = [Thread(target=write, args=(place,)) for place in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert list(AdminChange.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 21))
    assert proved("audit") == []
