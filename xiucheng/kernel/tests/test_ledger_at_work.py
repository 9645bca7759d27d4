"""Anchoring and verifying while others write: several connections, real commits."""

import psycopg
import pytest
from django.db import connection
from psycopg.types.json import Jsonb

from xiucheng.kernel.ledger.anchors import anchor
from xiucheng.kernel.ledger.verify import verify
from xiucheng.kernel.models import AnchorHead

from .probe import START, draft_chain, probe_ledger, write_chain

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def probe(transactional_db):
    with probe_ledger() as found:
        yield found


@pytest.fixture
def other():
    """Another connection in the middle of its transaction."""
    params = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: params[name] for name in names if name in params}) as found:
        yield found


def write_slowly(other, number):
    """An event of which the id is drawn now and the commit comes later."""
    (event,) = draft_chain(number, 1)
    other.execute(
        "INSERT INTO probe_event"
        " (chain, seq, step, at, data, note, canonical, prev, hash, post_id, person_id)"
        " VALUES (%s, 1, %s, %s, %s, %s, %s, %s, %s, 1, NULL)",
        [
            event.chain, event.step, event.at, Jsonb(event.data), event.note,
            event.canonical, event.prev, event.hash,
        ],
    )  # fmt: skip
    other.execute("INSERT INTO probe_case VALUES (%s, 1, %s)", [event.chain, event.hash])


def anchored_by(made):
    return {head.chain.int for head in AnchorHead.objects.filter(anchor=made)}


def test_an_event_that_commits_late_is_anchored_later(probe, other):
    write_chain(1, 1)
    write_slowly(other, 5)
    write_chain(6, 1)
    assert anchored_by(anchor(probe, at=START)) == {1, 6}
    assert anchor(probe, at=START) is None
    assert anchor(probe, at=START) is None
    other.commit()
    write_chain(7, 1)
    assert anchored_by(anchor(probe, at=START)) == {5, 7}
    for number in (8, 9):  # and once nobody is late, old events are not looked at again
        write_chain(number, 2)
        assert anchored_by(anchor(probe, at=START)) == {number}
    assert verify(probe).ok


def test_work_going_on_is_no_damage(probe, other):
    write_chain(1, 3)
    write_slowly(other, 5)
    report = verify(probe)
    assert (report.ok, report.events) == (True, 3)
    other.commit()
    assert verify(probe, fast=True).events == 4


def test_the_connection_serves_on_after_a_pass_that_failed(probe):
    write_chain(1, 3)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE probe_event RENAME COLUMN note TO remark")
    with pytest.raises(Exception, match="note"):
        verify(probe)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE probe_event RENAME COLUMN remark TO note")
    assert verify(probe).ok
