"""Sign-in with the account of one's own body, against a real OpenID provider in its own process."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import requests
from django.test import Client
from django.utils import timezone

from xiucheng.people import actions, queries
from xiucheng.people.models import Person, Session, Totp
from xiucheng.people.tests.provider.__main__ import CLIENT, PASSWORD, SECRET
from xiucheng.people.tests.provider.process import running

HOME = "http://testserver"
WHO = "受理员_五华"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("provider"), [HOME], [WHO, "stranger", "兼岗", "off"]) as address:
        yield address


@pytest.fixture
def oidc(settings, issuer, cast):
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = issuer, CLIENT, SECRET
    return issuer


def at_provider(address, name=WHO, session=None):
    """Follow to the provider as a browser does, sign in there; the address it sends the browser back to."""
    session = session or requests.Session()
    page = session.get(address, timeout=20)
    while not page.url.startswith(HOME) and "csrfmiddlewaretoken" in page.text:
        (token,) = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        form = {"csrfmiddlewaretoken": token, "username": name, "password": PASSWORD}
        page = session.post(page.url, form, headers={"Referer": page.url}, allow_redirects=False, timeout=20)
        while page.is_redirect and not page.headers["Location"].startswith(HOME):
            page = session.get(
                requests.compat.urljoin(page.url, page.headers["Location"]), allow_redirects=False
            )
        if page.is_redirect:
            return page.headers["Location"]
    raise AssertionError(page.text[:500])


def come_back(browser, name=WHO, onward=""):
    start = browser.get("/login/oidc", {"next": onward} if onward else {})
    assert start.status_code == 302, start.content.decode()
    return browser.get(at_provider(start["Location"], name).removeprefix(HOME))


def test_the_request_carries_pkce_nonce_and_state(oidc, api):
    start = api.get("/login/oidc")
    asked = parse_qs(urlsplit(start["Location"]).query)
    assert start["Location"].startswith(oidc)
    assert asked["code_challenge_method"] == ["S256"] and len(asked["code_challenge"][0]) == 43
    assert asked["nonce"][0] and asked["state"][0] and asked["response_type"] == ["code"]
    assert asked["redirect_uri"] == [HOME + "/login/oidc/back"] and "openid" in asked["scope"][0]


def test_the_button_is_there_where_a_provider_is_set(oidc, api, settings):
    assert "用统一身份认证登录" in api.get("/login").content.decode()
    settings.OIDC_ISSUER = ""
    assert "/login/oidc" not in api.get("/login").content.decode()
    assert api.get("/login/oidc").status_code == 404


def test_whom_the_provider_knows_comes_in_as_himself_under_a_new_session(oidc, api):
    api.get("/login/oidc")
    planted = api.session.session_key
    answer = come_back(api, onward="/cases")
    assert (answer.status_code, answer["Location"]) == (302, "/cases")
    assert api.session.session_key != planted
    row = Session.objects.get(person__username=WHO)
    assert (row.door, row.session_key) == ("oidc", api.session.session_key)
    assert "统一认证" in api.get("/me/sessions").content.decode()


def test_nobody_is_created_and_no_right_is_given(oidc, api):
    before = Person.objects.count()
    answer = come_back(api, "stranger")
    assert answer.status_code == 403 and "没有对应的在用账号" in answer.content.decode()
    assert Person.objects.count() == before and "_auth_user_id" not in api.session


def test_an_account_switched_off_stays_outside(oidc, api):
    Person.objects.create(username="off", name="停", is_active=False)
    assert come_back(api, "off").status_code == 403


def test_of_several_posts_one_is_chosen(oidc, api):
    assert come_back(api, "兼岗")["Location"] == "/post"


def test_a_second_factor_of_ours_is_asked_for_too(oidc, api, cast):
    person = cast[WHO].person
    actions.begin_totp(person=person)
    secret = Totp.objects.get().secret
    codes = actions.confirm_totp(person=person, code=pyotp.TOTP(secret).at(timezone.now()))
    assert come_back(api)["Location"] == "/login/code"
    assert "_auth_user_id" not in api.session
    assert api.post("/login/code", {"code": codes[0]})["Location"] == "/desk"
    assert api.session["door"] == "oidc" and api.session["oidc_id_token"]


def test_a_callback_of_another_browser_is_refused(oidc, api):
    start = api.get("/login/oidc")
    back = at_provider(start["Location"]).removeprefix(HOME)
    stranger = Client()
    answer = stranger.get(back)
    assert answer.status_code == 400 and "重新开始" in answer.content.decode()
    assert "_auth_user_id" not in stranger.session


def test_a_code_is_good_once(oidc, api):
    start = api.get("/login/oidc")
    back = at_provider(start["Location"]).removeprefix(HOME)
    assert api.get(back).status_code == 302
    api.post("/logout")
    assert api.get(back).status_code == 400


@pytest.mark.parametrize(
    "query",
    ["", "?code=x", "?state=x", "?code=x&state=x", "?error=access_denied", "?error=access_denied&state=x"],
)
def test_a_made_up_callback_is_refused_in_words(oidc, api, query):
    api.get("/login/oidc")
    answer = api.get(f"/login/oidc/back{query}")
    assert answer.status_code == 400 and "统一身份认证没有通过" in answer.content.decode()


def test_an_id_token_for_another_sign_in_is_refused(oidc, api):
    """The nonce: somebody slips in the code of a sign-in that began elsewhere, under this browser's state."""
    start = api.get("/login/oidc")
    state = parse_qs(urlsplit(start["Location"]).query)["state"][0]
    key = f"_state_city_{state}"
    session = api.session
    data = session[key]
    session[key] = data | {"data": data["data"] | {"nonce": "another"}}
    session.save()
    answer = api.get(at_provider(start["Location"]).removeprefix(HOME))
    assert answer.status_code == 400 and "_auth_user_id" not in api.session


def test_a_wrong_verifier_is_refused_by_the_provider(oidc, api):
    start = api.get("/login/oidc")
    state = parse_qs(urlsplit(start["Location"]).query)["state"][0]
    session = api.session
    data = session[f"_state_city_{state}"]
    session[f"_state_city_{state}"] = data | {"data": data["data"] | {"code_verifier": "x" * 48}}
    session.save()
    assert api.get(at_provider(start["Location"]).removeprefix(HOME)).status_code == 400


def test_a_silent_provider_is_told_and_the_password_still_works(settings, api, cast):
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = "http://127.0.0.1:9", "x"
    answer = api.get("/login/oidc")
    assert answer.status_code == 503 and "暂时没有回应" in answer.content.decode()


def test_signing_out_leads_to_the_provider_which_forgets_too(oidc, api):
    session = requests.Session()
    start = api.get("/login/oidc")
    api.get(at_provider(start["Location"], session=session).removeprefix(HOME))
    answer = api.post("/logout")
    elsewhere = answer.context["elsewhere"]
    assert answer.status_code == 200 and elsewhere.startswith(oidc) and "id_token_hint=" in elsewhere
    assert "_auth_user_id" not in api.session
    home = session.get(elsewhere, allow_redirects=False, timeout=20)
    assert home.headers["Location"].startswith(HOME + "/login")
    again = session.get(api.get("/login/oidc")["Location"], timeout=20)
    assert "csrfmiddlewaretoken" in again.text, "it asks for the password again"


def test_another_claim_may_name_the_person(oidc, api, settings):
    settings.OIDC_CLAIM = "name"  # empty at this provider
    assert come_back(api).status_code == 403
    assert not queries.sessions_of(Person.objects.get(username=WHO)).exists()


def test_a_password_given_by_somebody_else_is_no_matter_of_the_provider(oidc, api, cast):
    actions.set_password(person=cast[WHO].person, password="Gei-ni.2026", by=cast["安全管理员"])
    assert come_back(api)["Location"] == "/desk"
