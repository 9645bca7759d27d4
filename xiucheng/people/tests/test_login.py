"""Signing in by the page: the lock-out, the new session, the post to choose, the first password."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.utils import timezone

from xiucheng.kernel.errors import Refused
from xiucheng.people import actions, queries
from xiucheng.people.tests.city import PASSWORD


def sign_in(browser, username, password=PASSWORD, **more):
    return browser.post("/login", {"username": username, "password": password, **more})


def test_the_right_password_opens_the_desk_under_a_new_session(api, cast):
    api.get("/login")
    session = api.session
    session["planted"] = "by somebody"
    session.save()
    planted = session.session_key
    api.cookies["sessionid"] = planted
    answer = sign_in(api, "受理员_五华")
    assert (answer.status_code, answer["Location"]) == (302, "/desk")
    assert api.cookies["sessionid"].value != planted
    assert api.session[queries.SESSION_POST] == cast["受理员_五华"].pk


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("受理员_五华", "wrong"),
        ("nobody", "wrong"),
        ("受理员_五华", ""),
        ("", ""),
        ("受理员\0", "x"),
        ("受理员_五华", "\0"),
    ],
)
def test_a_wrong_password_is_told_without_saying_which_part(api, cast, username, password):
    answer = sign_in(api, username, password)
    assert answer.status_code in (401, 422)
    assert "_auth_user_id" not in api.session
    text = answer.content.decode()
    assert "用户名或密码不对" in text or "请填写" in text or "空字符" in text or "null" in text.lower()


@pytest.mark.parametrize("username", ["受理员_五华", "nobody"])
def test_five_failures_lock_the_username_known_or_not(api, cast, username):
    statuses = [sign_in(api, username, "wrong").status_code for _turn in range(5)]
    assert statuses == [401, 401, 401, 401, 429]
    locked = sign_in(api, username)  # now even the right one
    assert locked.status_code == 429
    assert int(locked["Retry-After"]) == 15 * 60
    text = locked.content.decode()
    assert "锁定" in text and "15 分钟" in text and "安全管理员" in text
    assert sign_in(api, "派遣员_五华").status_code == 302, "nobody else is locked"


def test_the_lock_opens_by_itself_after_its_minutes(api, cast):
    for _turn in range(5):
        sign_in(api, "受理员_五华", "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert sign_in(api, "受理员_五华").status_code == 302


def test_a_security_administrator_unlocks(api, cast):
    for _turn in range(5):
        sign_in(api, "受理员_五华", "wrong")
    with pytest.raises(Refused):
        actions.unlock(username="受理员_五华", by=cast["系统管理员"])
    assert actions.unlock(username="受理员_五华", by=cast["安全管理员"]) == 1
    assert sign_in(api, "受理员_五华").status_code == 302


def test_a_success_forgets_the_failures_before_it(api, cast):
    for _turn in range(4):
        sign_in(api, "受理员_五华", "wrong")
    assert sign_in(api, "受理员_五华").status_code == 302
    api.post("/logout")
    assert [sign_in(api, "受理员_五华", "wrong").status_code for _turn in range(4)] == [401] * 4


def test_an_account_switched_off_stays_outside(api, page_as, cast):
    inside = page_as("受理员_五华")
    actions.set_active(person=cast["受理员_五华"].person, active=False, by=cast["系统管理员"])
    assert sign_in(api, "受理员_五华").status_code == 401
    assert inside.get("/password").status_code == 302, "its session is over too"


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/cases?stage=filed", "/cases?stage=filed"),
        ("https://evil.example/", "/desk"),
        ("//evil.example", "/desk"),
    ],
)
def test_after_login_one_goes_on_inside_this_site_only(api, cast, wanted, goes):
    assert sign_in(api, "受理员_五华", next=wanted)["Location"] == goes


def test_of_several_posts_one_is_chosen(api, cast):
    answer = sign_in(api, "兼岗", next="/cases")
    assert answer["Location"] == "/post?next=/cases"
    page = api.get("/post").content.decode()
    assert all(word in page for word in ("受理员", "派遣员", "监督员"))
    wrong = api.post("/post", {"post": cast["值班长_五华"].pk})
    assert wrong.status_code == 422, "not a post of one's own"
    chosen = api.post("/post", {"post": cast["兼岗_派遣"].pk, "next": "/cases"})
    assert (chosen.status_code, chosen["Location"]) == (302, "/cases")
    assert api.session[queries.SESSION_POST] == cast["兼岗_派遣"].pk


def test_a_first_password_opens_nothing_but_the_page_that_changes_it(api, cast):
    actions.set_password(person=cast["受理员_五华"].person, password="Gei-ni.2026", by=cast["安全管理员"])
    assert sign_in(api, "受理员_五华", "Gei-ni.2026")["Location"] == "/password"
    assert api.get("/post")["Location"] == "/password"
    own = {"old_password": "Gei-ni.2026", "new_password": "Wo-de.2026", "again": "Wo-de.2026"}
    assert api.post("/password", own).status_code == 302
    assert api.get("/post").status_code == 200
    api.post("/logout")
    assert sign_in(api, "受理员_五华", "Wo-de.2026")["Location"] == "/desk"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"old_password": "wrong"}, "原密码不对"),
        ({"again": "Other.2026"}, "不一样"),
        ({"new_password": "short", "again": "short"}, "密码"),
        ({"new_password": PASSWORD, "again": PASSWORD}, "不能和原密码一样"),
        ({"new_password": ""}, "请填写新密码"),
    ],
)
def test_a_bad_change_of_password_is_told(page_as, changed, told):
    form = {"old_password": PASSWORD, "new_password": "Xin-mi.2026", "again": "Xin-mi.2026"} | changed
    answer = page_as("受理员_五华").post("/password", form)
    assert answer.status_code == 422
    assert told in answer.content.decode()


def test_a_changed_password_ends_the_other_sessions_but_not_this_one(page_as):
    here, there = page_as("受理员_五华"), page_as("受理员_五华")
    form = {"old_password": PASSWORD, "new_password": "Xin-mi.2026", "again": "Xin-mi.2026"}
    assert here.post("/password", form).status_code == 302
    assert here.get("/post").status_code == 200
    assert there.get("/post").status_code == 302


def test_a_page_asked_for_without_a_session_comes_back_after_login(api, cast):
    assert api.get("/password")["Location"] == "/login?next=%2Fpassword"


def test_logging_out_needs_a_form_not_a_link(page_as):
    browser = page_as("受理员_五华")
    assert browser.get("/logout").status_code == 405
    browser.post("/logout")
    assert "_auth_user_id" not in browser.session
