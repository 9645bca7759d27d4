"""Two grants at the same moment: 三权分立 holds all the same."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from xiucheng.kernel.errors import Refused
from xiucheng.people import actions
from xiucheng.people.models import Person, Role


@pytest.mark.django_db(transaction=True)
def test_two_grants_at_once_do_not_make_two_administrators_of_one_person():
    somebody = actions.create_person(username="zhang.min", name="张敏", password="Qing-shan.88", by=None)
    start = Barrier(2)

    def grant(role):
        try:
            start.wait(timeout=10)
            actions.create_post(person=Person.objects.get(pk=somebody.pk), role=role, by=None)
            return "granted"
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(grant, (Role.SYSTEM_ADMIN, Role.AUDITOR)))
    assert answers == ["granted", "separate_administrators"]
    assert somebody.posts.count() == 1
