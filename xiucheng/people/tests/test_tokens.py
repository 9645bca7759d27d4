# mypy: disable-error-code="union-attr, arg-type, operator"
"""Bearer tokens: what is kept of them, what they narrow, when they end."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from xiucheng.conftest import bearer_for
from xiucheng.kernel.errors import Refused
from xiucheng.people import actions, queries, rules
from xiucheng.people.models import ApiToken
from xiucheng.people.rules import Right
from xiucheng.people.tests.city import PASSWORD


def issue(username="派遣员_五华", password=PASSWORD, **more):
    request = RequestFactory().post("/api/v1/tokens")
    return actions.issue_token(username=username, password=password, request=request, **more)


def test_only_the_hash_is_kept(cast):
    token, row = issue()
    assert len(token) >= 43  # 256 bits
    assert token not in {str(value) for value in ApiToken.objects.values_list("hash", flat=True)}
    found = queries.bearer(token)
    assert found == row and found.post == cast["派遣员_五华"]
    assert found.post.rights == cast["派遣员_五华"].rights
    assert row.expires_at - row.created_at == timedelta(hours=12)


def test_a_token_is_read_in_one_statement(cast, django_assert_num_queries):
    token, _row = issue()
    with django_assert_num_queries(1):
        post = queries.bearer(token).post
        assert post.person.name and post.department.name and post.actor().rights


@pytest.mark.parametrize("given", ["", "x", "0" * 5000, "绣", "' or 1=1 --", "a\0b"])
def test_what_is_no_token_opens_nothing(cast, given):
    issue()
    assert queries.bearer(given) is None


def test_scopes_narrow_the_post(cast):
    token, _row = issue(scopes=["read", "remind"])
    rights = queries.bearer(token).post.actor().rights
    assert rights == {Right.VIEW_CASES, Right.REMIND}
    with pytest.raises(Refused) as refusal:
        issue(scopes=["read", "fly"])
    assert (refusal.value.field, refusal.value.status) == ("scopes", 422)


def test_it_may_live_shorter_but_not_longer_than_the_setting(cast):
    _token, short = issue(lifetime=timedelta(minutes=5))
    _token, long = issue(lifetime=timedelta(days=365))
    assert short.expires_at - short.created_at == timedelta(minutes=5)
    assert long.expires_at - long.created_at == timedelta(hours=12)


def test_one_of_several_posts_is_named(cast):
    _token, row = issue("兼岗", post_id=cast["兼岗_监督"].pk)
    assert row.post == cast["兼岗_监督"]
    with pytest.raises(Refused) as refusal:
        issue("兼岗", post_id=cast["值班长_五华"].pk)
    assert refusal.value.field == "post"


ENDS = {
    "expired": lambda row, cast: ApiToken.objects.filter(pk=row.pk).update(expires_at=timezone.now()),
    "revoked": lambda row, cast: actions.revoke_token(token=row, by=cast["派遣员_五华"]),
    "revoked by the security administrator": lambda row, cast: actions.revoke_token(
        token=row, by=cast["安全管理员"]
    ),
    "account off": lambda row, cast: actions.set_active(
        person=row.person, active=False, by=cast["系统管理员"]
    ),
    "post ended": lambda row, cast: actions.end_post(post=row.post, by=cast["安全管理员"]),
    "password changed": lambda row, cast: actions.change_password(
        person=row.person, old=PASSWORD, new="Xin-mi.2026"
    ),
    "password reset": lambda row, cast: actions.set_password(
        person=row.person, password="Xin-mi.2026", by=cast["安全管理员"]
    ),
}


@pytest.mark.parametrize("how", ENDS)
def test_a_token_ends(cast, how):
    token, row = issue()
    assert queries.bearer(token)
    ENDS[how](row, cast)
    assert queries.bearer(token) is None


def test_nobody_revokes_the_token_of_a_colleague(cast):
    token, row = issue()
    with pytest.raises(Refused) as refusal:
        actions.revoke_token(token=row, by=cast["值班长_五华"])
    assert refusal.value.status == 403
    assert queries.bearer(token)


def test_use_is_noted_but_not_at_every_request(cast, django_assert_num_queries):
    token = bearer_for(cast["派遣员_五华"])
    row = queries.bearer(token)
    with django_assert_num_queries(0):
        actions.touch_token(token=row)
    ApiToken.objects.filter(pk=row.pk).update(last_used=timezone.now() - timedelta(minutes=11))
    actions.touch_token(token=queries.bearer(token))
    assert timezone.now() - queries.bearer(token).last_used < timedelta(minutes=1)


def test_the_lock_counts_pages_and_programs_together(cast, api):
    for _turn in range(3):
        api.post("/login", {"username": "派遣员_五华", "password": "wrong"})
    statuses = []
    for _turn in range(3):
        with pytest.raises(Refused) as refusal:
            issue(password="wrong")
        statuses.append(refusal.value.status)
    assert statuses == [401, 429, 429]
    with pytest.raises(Refused) as locked:
        issue()
    assert locked.value.retry_after == 900


def test_a_first_password_gives_no_token(cast):
    actions.set_password(person=cast["派遣员_五华"].person, password="Gei-ni.2026", by=cast["安全管理员"])
    with pytest.raises(Refused) as refusal:
        issue(password="Gei-ni.2026")
    assert refusal.value.code == "must_change_password"


def test_who_has_no_post_gets_no_token(cast):
    actions.create_person(username="zhang.min", name="张敏", password=PASSWORD, by=None, must_change=False)
    with pytest.raises(Refused) as refusal:
        issue("zhang.min")
    assert refusal.value.code == "no_post"


def test_the_vocabulary_of_scopes_is_all_read_and_the_rights():
    assert rules.unknown_scopes(["all", "read", "close", "Close", ""]) == ("Close", "")
