"""Tokens: from a password, narrowed, of one post, ended."""

import pytest

from xiucheng.people.tests.city import PASSWORD

TOKENS = "/api/v1/tokens"


def token(api, **body):
    return api.post(TOKENS, json={"username": "受理员_五华", "password": PASSWORD} | body)


def bearer(response) -> dict[str, str]:
    assert response.status_code == 201, response.content
    return {"Authorization": f"Bearer {response.json()['token']}"}


def test_a_password_gives_a_token_that_works_until_it_is_revoked(api, city):
    headers = bearer(token(api))
    me = api.get("/api/v1/me", headers=headers).json()
    assert (me["username"], me["post"]["role"]) == ("受理员_五华", "intake")
    assert "accept" in me["rights"]
    assert api.delete(f"{TOKENS}/current", headers=headers).status_code == 204
    assert api.get("/api/v1/me", headers=headers).status_code == 401


def test_a_person_with_several_posts_chooses_one(api, city):
    second = city.posts["兼岗_派遣"].pk
    headers = bearer(token(api, username="兼岗", post=second))
    me = api.get("/api/v1/me", headers=headers).json()
    assert me["post"]["id"] == second
    assert len(me["posts"]) == 3
    assert token(api, post=second).status_code == 422  # somebody else's


def test_scopes_only_narrow(api, city):
    headers = bearer(token(api, scopes=["accept", "dispatch"]))
    assert api.get("/api/v1/me", headers=headers).json()["rights"] == ["accept"]
    assert token(api, scopes=["fly"]).status_code == 422
    assert token(api, scopes=[]).status_code == 422


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"password": "wrong"}, 401, "password"),
        ({"username": "nobody"}, 401, "password"),
        ({"username": ""}, 422, "username"),
        ({"username": "a\0"}, 422, "username"),
        ({"password": None}, 422, "password"),
        ({"post": "x"}, 422, "post"),
        ({"post": 2**80}, 422, "post"),
        ({"hours": 0}, 422, "hours"),
        ({"extra": 1}, 422, "extra"),
    ],
)
def test_what_is_wrong_is_named(api, city, body, status, field):
    response = token(api, **body)
    assert response.status_code == status, response.content
    assert field in [error["field"] for error in response.json()["errors"]]


def test_guessing_is_stopped_by_the_account(api, city):
    statuses = [token(api, password=f"wrong{n}").status_code for n in range(7)]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert token(api).status_code == 429
    assert token(api, username="值班长_五华").status_code == 201


def test_guessing_is_stopped_by_the_address_too(api, city, settings):
    from xiucheng.kernel import settings as kernel_settings

    settings.RATE_LIMITS = True
    kernel_settings.set_value(key="rate.login.address", value="3", by="test")
    statuses = [token(api, username=f"nobody{n}").status_code for n in range(4)]
    assert statuses == [401, 401, 401, 429]
