"""Sessions, locks and passwords: what is told, what ends when."""

import re
import time
from datetime import timedelta
from itertools import pairwise

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.utils import timezone

from xiucheng.kernel import settings as city_settings
from xiucheng.people import queries
from xiucheng.people.models import PastPassword, Person, Session
from xiucheng.people.sessions import SessionStore
from xiucheng.people.tests.city import PASSWORD

WHO = "受理员_五华"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0"


def signed_in(agent=EDGE):
    browser = Client(headers={"User-Agent": agent})
    answer = browser.post("/login", {"username": WHO, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def test_a_session_says_where_it_is(cast):
    browser = signed_in()
    row = Session.objects.get(person=cast[WHO].person)
    assert (row.device, row.address, row.door) == ("Edge · Windows", "127.0.0.1", "password")
    assert row.began_at and row.seen_at
    page = browser.get("/me/sessions").content.decode()
    assert "Edge · Windows" in page and "这里" in page
    assert row.session_key not in page, "whoever reads the page must not act with it"


def test_one_session_is_ended_at_once_and_the_others_go_on(cast):
    here, there, third = signed_in(), signed_in("Firefox/140.0 Android"), signed_in("curl/8")
    key = there.session.session_key
    name = Session.objects.get(session_key=key).public_id
    assert queries.session_alive(key)
    assert here.post("/me/sessions/end", {"session": name}).status_code == 302
    assert not queries.session_alive(key)
    assert [b.get("/me").status_code for b in (here, there, third)] == [200, 302, 200]
    assert here.post("/me/sessions/end", {"session": name}).status_code == 404
    here.post("/me/sessions/end", {"session": "others"})
    assert [b.get("/me").status_code for b in (here, third)] == [200, 302]


def test_nobody_ends_a_strangers_session(cast, page_as):
    victim = signed_in()
    name = Session.objects.get(session_key=victim.session.session_key).public_id
    assert page_as("派遣员_五华").post("/me/sessions/end", {"session": name}).status_code == 404
    assert victim.get("/me").status_code == 200


def test_a_session_ended_in_the_middle_of_a_request_does_not_come_back(cast):
    browser = signed_in()
    store = SessionStore(browser.session.session_key)
    assert store["_auth_user_id"]
    Session.objects.all().delete()
    store["acted"] = 1
    with pytest.raises(UpdateError):
        store.save()
    assert not Session.objects.exists()


def test_a_session_has_an_absolute_end(cast):
    city_settings.set_value(key="session.hours", value="2", by="test")
    browser = signed_in()
    session = browser.session
    assert session["ends"] - session["began"] == 2 * 3600
    assert browser.get("/me").status_code == 200
    session["ends"] = int(time.time()) - 1
    session.save()
    assert browser.get("/me").status_code == 302
    assert not Session.objects.filter(person=cast[WHO].person).exists()


def test_listing_sessions_costs_the_same_however_many(cast, django_assert_max_num_queries):
    browser, counts = signed_in(), []
    browser.get("/me/sessions")
    for _turn in range(2):
        with django_assert_max_num_queries(12) as asked:
            browser.get("/me/sessions")
        counts.append(len(asked.captured_queries))
        for _more in range(5):
            signed_in()
    assert counts[0] == counts[1]


def test_the_last_sign_in_is_told(cast):
    signed_in()
    when = timezone.localtime(Person.objects.get(username=WHO).last_login)
    page = signed_in().get("/me").content.decode()
    assert f"{when:%Y-%m-%d %H:%M}" in page


def test_the_login_says_how_many_tries_are_left_and_until_when_it_is_locked(api, cast):
    said = []
    for _turn in range(5):
        said.append(api.post("/login", {"username": WHO, "password": "wrong"}).content.decode())
    for left, text in zip((4, 3, 2, 1), said, strict=False):
        assert f"还可以试 {left} 次" in text and "15 分钟" in text
    until = timezone.localtime(timezone.now() + timedelta(minutes=15))
    shown = re.search(r"锁定到 (\d\d:\d\d)", said[4])
    assert shown and shown.group(1) in (f"{until:%H:%M}", f"{until - timedelta(minutes=1):%H:%M}")
    assert "安全管理员" in said[4]


def test_the_hour_that_was_told_stays_true(api, cast):
    for _turn in range(5):
        api.post("/login", {"username": WHO, "password": "wrong"})
    before = queries.lock_of(WHO).until
    for _turn in range(3):
        api.post("/login", {"username": WHO, "password": "wrong"})
    assert queries.lock_of(WHO).until == before


def change(browser, old, new):
    return browser.post("/password", {"old_password": old, "new_password": new, "again": new})


def test_past_passwords_do_not_come_back_before_their_time(cast):
    city_settings.set_value(key="password.history", value="2", by="test")
    browser = signed_in()
    words = [PASSWORD, "Yi-ci.2026", "Er-ci.2026", "San-ci.2026"]
    for old, new in pairwise(words):
        assert change(browser, old, new).status_code == 302
    again = change(browser, words[3], words[1])
    assert again.status_code == 422 and "最近用过" in again.content.decode()
    assert change(browser, words[3], words[0]).status_code == 302, "three changes ago"
    assert PastPassword.objects.count() == 2


def test_an_old_password_is_changed_before_anything_else(api, cast):
    person = cast[WHO].person
    Person.objects.filter(pk=person.pk).update(password_changed_at=timezone.now() - timedelta(days=91))
    assert api.post("/login", {"username": WHO, "password": PASSWORD})["Location"] == "/password"
    assert "超过 90 天" in api.get("/password").content.decode()
    assert change(api, PASSWORD, "Xin-mi.2026")["Location"] == "/desk"
    api.post("/logout")
    answer = api.post("/login", {"username": WHO, "password": "Xin-mi.2026"})
    assert answer["Location"] == "/desk"


@pytest.mark.parametrize(("days", "goes"), [(89, "/desk"), (None, "/desk")])
def test_a_younger_password_or_one_without_an_age_opens(api, cast, days, goes):
    since = timezone.now() - timedelta(days=days) if days else None
    Person.objects.update(password_changed_at=since)
    assert api.post("/login", {"username": WHO, "password": PASSWORD})["Location"] == goes


def test_the_rules_stand_beside_the_field(cast):
    page = signed_in().get("/password").content.decode()
    for words in ("至少 8 位", "至少 3 种", "不含用户名", "与原密码不同", "最近 5 次"):
        assert words in page


def test_somebody_without_a_post_may_still_sign_out_and_mind_his_own(api, db):
    Person.objects.create(username="new", name="新人", password=make_password(PASSWORD))
    assert api.post("/login", {"username": "new", "password": PASSWORD})["Location"] == "/post"
    assert "没有可用的岗位" in api.get("/post").content.decode()
    for path in ("/me", "/me/sessions", "/me/totp", "/me/delegation"):
        assert api.get(path).status_code == 200, path
