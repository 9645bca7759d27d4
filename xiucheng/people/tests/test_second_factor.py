"""The second factor: set up, passed, replayed, locked, recovered, stopped, reset, demanded."""

import pyotp
import pytest
from django.utils import timezone

from xiucheng.kernel import settings as city_settings
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import AdminChange
from xiucheng.people import actions
from xiucheng.people.models import RecoveryCode, Totp
from xiucheng.people.tests.city import PASSWORD

WHO = "受理员_五华"


def now_code(person, ahead=0):
    """The code of this moment, or of `ahead` steps later."""
    moment = int(timezone.now().timestamp()) + 30 * ahead
    return pyotp.TOTP(Totp.objects.get(person=person).secret).at(moment)


@pytest.fixture
def person(cast):
    return cast[WHO].person


@pytest.fixture
def codes(person):
    """A second factor in use; its recovery codes. The clock of the codes is set back, so that tests need not wait."""
    actions.begin_totp(person=person)
    codes = actions.confirm_totp(person=person, code=now_code(person))
    Totp.objects.update(last_step=0)
    return codes


def sign_in(api, **more):
    return api.post("/login", {"username": WHO, "password": PASSWORD, **more})


def test_it_is_set_up_by_the_page_and_asked_for_at_the_door(page_as, api, person):
    browser = page_as(WHO)
    assert browser.post("/me/totp", {"step": "begin", "password": "wrong"}).status_code == 422
    assert not Totp.objects.exists(), "whoever finds a desk unlocked binds no phone"
    assert browser.post("/me/totp", {"step": "begin", "password": PASSWORD}).status_code == 302
    page = browser.get("/me/totp").content.decode()
    assert "data:image/svg+xml" in page and Totp.objects.get().secret[:4] in page
    assert sign_in(api)["Location"] == "/desk", "begun is not yet in use"
    api.post("/logout")
    wrong = browser.post("/me/totp", {"step": "confirm", "code": "000000"})
    assert wrong.status_code == 422 and "动态口令不对" in wrong.content.decode()
    right = browser.post("/me/totp", {"step": "confirm", "code": now_code(person)})
    codes = right.context["codes"]
    assert len(set(codes)) == 10 and all(code in right.content.decode() for code in codes)
    assert "no-store" in right["Cache-Control"] and "download=" in right.content.decode()
    assert codes[0] not in browser.get("/me/totp").content.decode(), "shown once"
    assert AdminChange.objects.filter(subject=f"totp {WHO}").exists()
    answer = sign_in(api, next="/cases")
    assert answer["Location"] == "/login/code" and "_auth_user_id" not in api.session
    assert api.get("/desk").status_code == 302, "the password alone opens nothing"
    assert api.post("/login/code", {"code": now_code(person, 1)})["Location"] == "/cases"
    assert api.get("/me").status_code == 200


def test_neither_secret_nor_codes_are_readable_in_the_store(codes, person, django_db_blocker):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM people_totp")
        assert Totp.objects.get().secret not in cursor.fetchone()[0]
        cursor.execute("SELECT hash FROM people_recoverycode")
        hashes = {row[0] for row in cursor.fetchall()}
    assert not {code.replace("-", "") for code in codes} & hashes


def test_a_code_is_good_once(api, codes, person):
    code = now_code(person)
    sign_in(api)
    assert api.post("/login/code", {"code": code}).status_code == 302
    api.post("/logout")
    sign_in(api)
    again = api.post("/login/code", {"code": code})
    assert again.status_code == 422 and "已经用过" in again.content.decode()


@pytest.mark.parametrize(("ahead", "status"), [(-2, 422), (-1, 302), (0, 302), (1, 302), (2, 422)])
def test_a_clock_may_be_half_a_minute_off(api, codes, person, ahead, status, monkeypatch):
    at = timezone.now().replace(second=15, microsecond=0)
    monkeypatch.setattr(timezone, "now", lambda: at)
    sign_in(api)
    code = now_code(person, ahead)
    assert api.post("/login/code", {"code": code}).status_code == status


def test_five_wrong_codes_lock_it_and_even_the_right_one_waits(api, codes, person):
    sign_in(api)
    statuses = [api.post("/login/code", {"code": "000000"}).status_code for _turn in range(5)]
    assert statuses == [422] * 5
    locked = api.post("/login/code", {"code": now_code(person)})
    assert locked.status_code == 429 and int(locked["Retry-After"]) > 800
    assert "锁定" in locked.content.decode()
    Totp.objects.update(locked_until=timezone.now())
    assert api.post("/login/code", {"code": now_code(person)}).status_code == 302


def test_a_recovery_code_stands_in_once(api, codes):
    sign_in(api)
    assert api.post("/login/code", {"code": codes[3].lower().replace("-", " ")}).status_code == 302
    api.post("/logout")
    sign_in(api)
    assert api.post("/login/code", {"code": codes[3]}).status_code == 422
    assert api.post("/login/code", {"code": codes[4]}).status_code == 302
    assert RecoveryCode.objects.filter(used_at__isnull=True).count() == 8


def test_new_recovery_codes_end_the_old(page_as, codes, person):
    answer = page_as(WHO).post("/me/totp", {"step": "codes", "code": codes[0]})
    fresh = answer.context["codes"]
    assert not set(fresh) & set(codes)
    with pytest.raises(Refused):
        actions.pass_second(person=person, code=codes[1])
    actions.pass_second(person=person, code=fresh[0])


def test_the_second_door_is_open_for_five_minutes(api, codes, person):
    sign_in(api)
    session = api.session
    waiting = session["second_factor"]
    session["second_factor"] = waiting | {"until": waiting["until"] - 301}
    session.save()
    late = api.post("/login/code", {"code": now_code(person)})
    assert late.status_code == 401 and "重新登录" in late.content.decode()
    assert api.get("/login/code").status_code == 302


def test_nobody_stands_at_the_second_door_uninvited(api, codes):
    assert api.get("/login/code")["Location"].startswith("/login?")
    assert api.post("/login/code", {"code": "123456"}).status_code == 401


def test_it_is_stopped_with_a_code(page_as, api, codes, person):
    browser = page_as(WHO)
    assert browser.post("/me/totp", {"step": "stop", "code": "000000"}).status_code == 422
    assert browser.post("/me/totp", {"step": "stop", "code": now_code(person)}).status_code == 302
    assert not Totp.objects.exists() and not RecoveryCode.objects.exists()
    assert sign_in(api)["Location"] == "/desk"


def test_the_security_administrator_resets_it_and_that_is_recorded(page_as, api, codes, person):
    browser = page_as("安全管理员")
    assert browser.post(f"/admin/people/{person.pk}/totp").status_code == 302
    record = AdminChange.objects.filter(subject=f"totp {WHO}").order_by("-at", "-pk").first()
    assert record and record.by.startswith("安全管理员")
    assert sign_in(api)["Location"] == "/desk"
    assert browser.post(f"/admin/people/{person.pk}/totp").status_code == 409


def test_a_city_may_demand_it_of_a_role(page_as, api, person):
    city_settings.set_value(key="totp.intake", value="required", by="test")
    assert sign_in(api)["Location"] == "/me/totp"
    assert api.get("/desk")["Location"] == "/me/totp", "nothing else opens"
    assert "必须使用动态口令" in api.get("/me/totp").content.decode()
    api.post("/me/totp", {"step": "begin", "password": PASSWORD})
    answer = api.post("/me/totp", {"step": "confirm", "code": now_code(person)})
    assert answer.context["onward"] == "/desk"
    assert api.get("/desk").status_code == 200
    stopped = api.post("/me/totp", {"step": "stop", "code": answer.context["codes"][0]})
    assert stopped.status_code == 409


def test_administrators_are_urged(api, cast):
    answer = api.post("/login", {"username": "系统管理员", "password": PASSWORD}, follow=True)
    assert "建议启用动态口令" in answer.content.decode()


def token(api, **more):
    return api.post("/api/v1/tokens", json={"username": WHO, "password": PASSWORD, **more})


def test_a_token_needs_the_code_too(api, codes, person):
    missing = token(api)
    assert missing.status_code == 422
    problem = missing.json()
    assert problem["type"] == "urn:xiucheng:problem:otp_required"
    assert [item["field"] for item in problem["errors"]] == ["otp"]
    wrong = token(api, otp="000000")
    assert (wrong.status_code, wrong.json()["type"]) == (422, "urn:xiucheng:problem:wrong_otp")
    code = now_code(person)
    assert token(api, otp=code).status_code == 201
    assert token(api, otp=code).status_code == 422, "once"
    assert token(api, otp=codes[0]).status_code == 201


def test_a_token_needs_none_where_there_is_no_second_factor(api, cast):
    assert token(api).status_code == 201


def test_a_wrong_password_is_told_before_any_code(api, codes):
    answer = api.post("/api/v1/tokens", json={"username": WHO, "password": "wrong"})
    assert answer.status_code == 401 and "动态" not in answer.content.decode()
