"""Rate limits: shared, exact, told in Chinese, and free where they should be."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import RequestFactory

from xiucheng.kernel import settings as kernel_settings
from xiucheng.kernel.errors import Refused
from xiucheng.people.tests.city import PASSWORD
from xiucheng.web import rate


@pytest.fixture(autouse=True)
def limits_on(settings, db):
    settings.RATE_LIMITS = True


def from_address(address="192.0.2.7"):
    return RequestFactory().get("/", REMOTE_ADDR=address)


def passes(door, times, request=None, **names) -> int:
    """How many of so many calls are let through."""
    passed = 0
    for _call in range(times):
        try:
            rate.charge(door, request or from_address(), **names)
            passed += 1
        except Refused as refusal:
            assert refusal.status == 429
            assert refusal.retry_after and refusal.retry_after >= 1
            assert "秒后再试" in refusal.sentence
    return passed


def test_a_report_door_lets_120_through_and_then_says_when():
    assert 120 <= passes("report", 126) <= 124  # a slow machine earns one every half second


def test_another_address_has_its_own_account():
    kernel_settings.set_value(key="rate.report.address", value="2", by="test")
    assert passes("report", 4) == 2
    assert passes("report", 4, from_address("192.0.2.8")) == 2


def test_addresses_of_one_household_count_together():
    kernel_settings.set_value(key="rate.report.address", value="2", by="test")
    assert passes("report", 2, from_address("2001:db8::1")) == 2
    assert passes("report", 2, from_address("2001:db8::2")) == 0
    assert passes("report", 2, from_address("2001:db8:0:1::2")) == 2


def test_a_token_stands_in_for_the_address():
    kernel_settings.set_value(key="rate.report.address", value="1", by="test")
    assert passes("report", 5, token="a") == 5


def test_one_exhausted_key_is_enough():
    kernel_settings.set_value(key="rate.progress.number", value="2", by="test")
    assert passes("progress", 3, from_address("192.0.2.1"), number="20261124-000001") == 2
    assert passes("progress", 1, from_address("192.0.2.2"), number="20261124-000001") == 0
    assert passes("progress", 1, from_address("192.0.2.2"), number="20261124-000002") == 1


def test_what_is_given_back_was_free():
    kernel_settings.set_value(key="rate.report.address", value="1", by="test")
    for _call in range(5):
        rate.charge("report", from_address()).give_back()
    assert passes("report", 2) == 1


def test_off_is_off(settings):
    settings.RATE_LIMITS = False
    kernel_settings.set_value(key="rate.report.address", value="1", by="test")
    assert passes("report", 5) == 5


def test_the_table_knows_no_address_and_is_swept():
    rate.charge("report", from_address("192.0.2.77"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(key, ' ') FROM web_ratebucket")
        assert "192.0.2" not in cursor.fetchone()[0]
        cursor.execute("UPDATE web_ratebucket SET level_at = now() - interval '1 minute'")
    assert rate.sweep() == 1


def test_a_call_costs_one_statement(django_assert_num_queries):
    rate.charge("report", from_address())  # the settings are read once
    with django_assert_num_queries(1):
        rate.charge("report", from_address())


def test_many_at_once_pass_exactly_as_often_as_one_after_another():
    """Other connections see neither this test's transaction nor its rollback, so it tidies up after them."""

    def call(_index):
        try:
            rate.charge("login", from_address("192.0.2.99"), account=account)
            return True
        except Refused:
            return False
        finally:
            connection.close()

    def tidy():
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM web_ratebucket")
        connection.close()

    account = "somebody"
    allowed = kernel_settings.get("rate.login.account")
    with ThreadPoolExecutor(8) as pool:
        try:
            assert sum(pool.map(call, range(allowed + 12))) == allowed
        finally:
            pool.submit(tidy).result()


def test_the_login_page_counts_failures_by_address_whatever_the_name(client, city):
    kernel_settings.set_value(key="rate.login.address", value="3", by="test")
    answers = [
        client.post("/login", {"username": f"没有这个人{place}", "password": "wrong"}).status_code
        for place in range(5)
    ]
    assert answers[:3] == [401, 401, 401] and answers[-1] == 429
    assert client.get("/login").status_code == 200


def test_signing_in_is_free(client, city):
    kernel_settings.set_value(key="rate.login.address", value="1", by="test")
    username = city.posts["受理员_五华"].person.username
    for _time in range(4):
        signed_in = client.post("/login", {"username": username, "password": PASSWORD})
        assert signed_in.status_code == 302
