"""Delegation: who lends which post to whom, what the deputy may, and that he stays himself."""

from datetime import timedelta

import pytest
from django.utils import timezone

from xiucheng.conftest import bearer_for
from xiucheng.kernel.errors import Refused
from xiucheng.people import actions, queries
from xiucheng.people.models import Delegation, Person, Post, Role
from xiucheng.people.tests.city import WUHUA

TODAY = timezone.localdate


def lend(cast, holder="值班长_五华", to="受理员_五华", by=None, days=(0, 6), reason="年休假"):
    post = cast[holder]
    first, last = (TODAY() + timedelta(days=n) for n in days)
    return actions.delegate(
        post=post,
        to=cast[to].person,
        starts_on=first,
        ends_on=last,
        reason=reason,
        by=post if by is None else cast[by],
    )


def test_the_deputy_acts_in_the_post_and_stays_himself(cast):
    lend(cast)
    deputy = cast["受理员_五华"].person
    own, taken = queries.may_act_as(deputy)
    assert (own.acting_for, taken.acting_for) == (None, cast["值班长_五华"].person)
    actor = taken.actor()
    assert (actor.post_id, actor.person_id) == (cast["值班长_五华"].pk, deputy.pk)
    assert actor.rights == cast["值班长_五华"].rights
    with pytest.raises(RuntimeError):
        taken.save()


@pytest.mark.parametrize(("days", "counts"), [((0, 0), True), ((0, 6), True), ((1, 6), False)])
def test_it_begins_and_ends_by_itself(cast, days, counts):
    made = lend(cast, days=days)
    deputy = cast["受理员_五华"].person
    assert (len(queries.may_act_as(deputy)) == 2) is counts
    assert len(queries.may_act_as(deputy, on=made.ends_on)) == 2
    assert len(queries.may_act_as(deputy, on=made.ends_on + timedelta(days=1))) == 1


def test_the_page_offers_it_by_the_holders_name(page_as, cast):
    lend(cast)
    browser = page_as("受理员_五华")
    text = browser.get("/post").content.decode()
    assert "代 值班长_五华" in text
    assert browser.post("/post", {"post": cast["值班长_五华"].pk}).status_code == 302
    assert browser.get("/desk").status_code == 200


def test_an_event_keeps_who_acted_and_for_which_post(page_as, cast, categories):
    from xiucheng.cases.models import Case, CaseEvent
    from xiucheng.cases.tests.loop import reported

    case = Case.unscoped.get(number=reported().number)
    lend(cast, holder="受理员_五华", to="受理员_盘龙")
    browser = page_as("受理员_盘龙")
    browser.post("/post", {"post": cast["受理员_五华"].pk})
    answer = browser.post(f"/cases/{case.number}/accept", {"version": case.head_seq})
    assert answer.status_code in (200, 302), answer.content.decode()[-600:]
    event = CaseEvent._default_manager.get(chain=case.pk, step="accept")
    assert (event.post_id, event.person_id) == (cast["受理员_五华"].pk, cast["受理员_盘龙"].person_id)


@pytest.mark.parametrize(
    ("by", "code"),
    [
        ("值班长_五华", None),
        ("系统管理员", None),
        ("安全管理员", None),
        ("派遣员_五华", "no_right"),
        ("受理员_五华", "no_right"),
        ("审计员", "no_right"),
    ],
)
def test_who_may_lend_a_post(cast, by, code):
    if code is None:
        assert lend(cast, by=by).pk
        return
    with pytest.raises(Refused) as refusal:
        lend(cast, by=by)
    assert (refusal.value.status, refusal.value.code) == (403, code)


def test_a_deputy_cannot_pass_it_on(cast):
    lend(cast)
    taken = queries.may_act_as(cast["受理员_五华"].person)[1]
    with pytest.raises(Refused) as refusal:
        actions.delegate(
            post=Post.objects.get(pk=taken.pk),
            to=cast["派遣员_五华"].person,
            starts_on=TODAY(),
            ends_on=TODAY(),
            reason="转",
            by=taken,
        )
    assert refusal.value.code == "no_passing_on"


@pytest.mark.parametrize("holder", ["系统管理员", "安全管理员", "审计员"])
@pytest.mark.parametrize("to", ["系统管理员", "安全管理员", "审计员"])
def test_no_administrator_acts_for_another_kind(cast, holder, to):
    if holder == to:
        return
    with pytest.raises(Refused) as refusal:
        lend(cast, holder=holder, to=to)
    assert (refusal.value.status, refusal.value.code) == (409, "separate_administrators")


def test_an_administrators_post_is_lent_by_its_holder_only(cast):
    with pytest.raises(Refused) as refusal:
        lend(cast, holder="安全管理员", to="受理员_五华", by="系统管理员")
    assert (refusal.value.status, refusal.value.code) == (403, "separate_administrators")
    assert lend(cast, holder="安全管理员", to="受理员_五华").pk


def test_a_deputy_of_an_administrator_gets_no_other_administrators_post(cast):
    lend(cast, holder="系统管理员", to="受理员_五华")
    with pytest.raises(Refused) as refusal:
        actions.create_post(
            person=cast["受理员_五华"].person, role=Role.AUDITOR, scope_codes=["5301"], by=cast["安全管理员"]
        )
    assert refusal.value.code == "separate_administrators"


def test_no_administrator_lends_a_post_to_himself(cast):
    with pytest.raises(Refused) as refusal:
        lend(cast, to="系统管理员", by="系统管理员")
    assert refusal.value.code == "own_post"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"days": (-1, 3)}, "starts_on"),
        ({"days": (3, 1)}, "ends_on"),
        ({"days": (0, 90)}, "ends_on"),
        ({"to": "值班长_五华"}, "to"),
        ({"reason": " "}, "reason"),
    ],
)
def test_a_bad_delegation_is_told_by_field(cast, changed, field):
    with pytest.raises(Refused) as refusal:
        lend(cast, **changed)
    assert (refusal.value.status, refusal.value.field) == (422, field)


def test_ninety_days_fit_and_two_at_once_do_not(cast):
    lend(cast, days=(0, 89))
    with pytest.raises(Refused) as refusal:
        lend(cast, to="派遣员_五华", days=(89, 95))
    assert (refusal.value.status, refusal.value.field) == (409, "starts_on")
    assert lend(cast, to="派遣员_五华", days=(90, 95)).pk


@pytest.mark.parametrize("who", ["值班长_五华", "受理员_五华", "系统管理员", "安全管理员"])
def test_who_may_end_it(cast, who):
    made = lend(cast)
    actions.end_delegation(delegation=made, by=cast[who])
    assert len(queries.may_act_as(cast["受理员_五华"].person)) == 1


def test_a_stranger_does_not_end_it(page_as, cast):
    made = lend(cast)
    with pytest.raises(Refused):
        actions.end_delegation(delegation=made, by=cast["派遣员_五华"])
    assert page_as("派遣员_五华").post(f"/me/delegation/{made.pk}/end").status_code == 404
    assert Delegation.objects.get().ended_at is None


def test_a_token_of_the_deputy_ends_with_the_delegation(cast, api_as):
    made = lend(cast)
    post = Post.objects.get(pk=cast["值班长_五华"].pk).taken_by(cast["受理员_五华"].person)
    token = bearer_for(post)
    found = queries.bearer(token)
    assert found and found.post.actor().person_id == cast["受理员_五华"].person_id
    actions.end_delegation(delegation=made, by=cast["值班长_五华"])
    assert queries.bearer(token) is None


def test_houses_of_the_deputy_count_the_lent_department(cast):
    lend(cast, holder="经办人_市政", to="监督员_五华_甲")
    houses = queries.houses_of(cast["监督员_五华_甲"].person_id)
    assert cast["经办人_市政"].department_id in houses


def test_a_holder_switched_off_lends_nothing(cast):
    lend(cast)
    actions.set_active(person=cast["值班长_五华"].person, active=False, by=cast["系统管理员"])
    assert len(queries.may_act_as(cast["受理员_五华"].person)) == 1


def test_acting_costs_one_statement_with_or_without(cast, django_assert_num_queries):
    for _turn in range(2):
        with django_assert_num_queries(1):
            queries.may_act_as(cast["受理员_五华"].person)
        lend(cast) if _turn == 0 else None


def test_it_is_arranged_and_ended_by_the_page(page_as, cast):
    browser = page_as("值班长_五华")
    form = {
        "post": cast["值班长_五华"].pk,
        "to": "受理员_五华",
        "starts_on": TODAY().isoformat(),
        "ends_on": (TODAY() + timedelta(days=3)).isoformat(),
        "reason": "出差",
    }
    assert browser.post("/me/delegation", form | {"to": "没有的人"}).status_code == 422
    assert browser.post("/me/delegation", form | {"post": cast["派遣员_五华"].pk}).status_code == 422
    assert browser.post("/me/delegation", form).status_code == 302
    made = Delegation.objects.get()
    assert "正在代理" in browser.get("/me/delegation").content.decode()
    assert "代 值班长_五华" in page_as("受理员_五华").get("/me/delegation").content.decode()
    assert browser.post(f"/me/delegation/{made.pk}/end").status_code == 302
    assert "提前结束" in browser.get("/me/delegation").content.decode()


def test_an_administrator_arranges_it_on_the_posts_page(page_as, cast):
    post, browser = cast["值班长_五华"], page_as("系统管理员")
    form = {
        "post": post.pk,
        "to": "受理员_五华",
        "starts_on": TODAY().isoformat(),
        "ends_on": TODAY().isoformat(),
        "reason": "病假",
    }
    assert browser.post(f"/admin/posts/{post.pk}/delegate", form).status_code == 302
    made = Delegation.objects.get()
    assert made.created_by_id == cast["系统管理员"].person_id
    assert "受理员_五华" in browser.get("/admin/posts?q=值班长_五华").content.decode()
    assert browser.post(f"/admin/delegations/{made.pk}/end").status_code == 302


def test_names_that_several_have_are_asked_for_by_username(page_as, cast):
    for number in range(2):
        Person.objects.create(username=f"wang{number}", name="王伟")
    form = {
        "post": cast["值班长_五华"].pk,
        "to": "王伟",
        "starts_on": TODAY(),
        "ends_on": TODAY(),
        "reason": "假",
    }
    answer = page_as("值班长_五华").post("/me/delegation", form)
    assert answer.status_code == 422 and "不止一人" in answer.content.decode()
    assert WUHUA in cast["值班长_五华"].scope_codes
