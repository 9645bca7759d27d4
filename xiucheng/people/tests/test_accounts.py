"""Accounts, departments and posts: who may grant what, and what the record says afterwards."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import AdminChange
from xiucheng.people import actions, credit_code, queries, rules
from xiucheng.people.models import Department, Person, Post, Role
from xiucheng.people.rules import Right

GOOD = "Qing-shan.88"


def person(by=None, **changed):
    given = {"username": "zhang.min", "name": "张敏", "password": GOOD} | changed
    return actions.create_person(by=by, **given)


@pytest.mark.parametrize(
    ("changed", "status", "field"),
    [
        ({"username": ""}, 422, "username"),
        ({"username": "zhang min"}, 422, "username"),
        ({"username": "x" * 61}, 422, "username"),
        ({"name": ""}, 422, "name"),
        ({"password": "Ab1.cde"}, 422, "password"),  # seven characters
        ({"password": "abcdefgh1"}, 422, "password"),  # two kinds
        ({"password": "Zhang.min1"}, 422, "password"),  # the username
        ({"password": "nim.gnahZ1"}, 422, "password"),  # backwards
        ({"password": "Password1"}, 422, "password"),  # too common
        ({"username": "受理员_五华"}, 409, "username"),  # taken
    ],
)
def test_a_bad_account_is_refused_in_words(cast, changed, status, field):
    with pytest.raises(Refused) as refusal:
        person(**changed)
    assert (refusal.value.status, refusal.value.field) == (status, field)
    assert refusal.value.sentence


@pytest.mark.parametrize("password", ["Ab1.cdef", "abc-2026", "绣城Abc123", "A b 1 . c d"])
def test_eight_characters_of_three_kinds_will_do(db, password):
    assert person(password=password).check_password(password)


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("系统管理员", True),
        ("安全管理员", False),
        ("审计员", False),
        ("领导_五华", False),
        ("派遣员_五华", False),
    ],
)
def test_only_the_system_administrator_opens_accounts(cast, who, may):
    if may:
        assert person(by=cast[who]).must_change_password
        assert AdminChange.objects.filter(subject="person zhang.min", by__startswith=who).exists()
    else:
        with pytest.raises(Refused) as refusal:
            person(by=cast[who])
        assert refusal.value.status == 403
        assert "系统管理员" in refusal.value.sentence
        assert not Person.objects.filter(username="zhang.min").exists()


@pytest.mark.parametrize(
    ("who", "may"), [("安全管理员", True), ("系统管理员", False), ("审计员", False), ("值班长_五华", False)]
)
def test_only_the_security_administrator_grants_posts(cast, who, may):
    wanted = {"person": person(), "role": Role.INTAKE, "scope_codes": ["530102"], "by": cast[who]}
    if may:
        post = actions.create_post(**wanted)
        assert post.actor().rights == rules.RIGHTS[rules.Role.INTAKE]
        assert AdminChange.objects.filter(subject=f"post {post.pk}").exists()
    else:
        with pytest.raises(Refused) as refusal:
            actions.create_post(**wanted)
        assert refusal.value.status == 403


def test_nobody_grants_a_post_to_himself(cast):
    by = cast["安全管理员"]
    with pytest.raises(Refused) as refusal:
        actions.create_post(person=by.person, role=Role.LEADER, scope_codes=["5301"], by=by)
    assert refusal.value.code == "own_post"


@pytest.mark.parametrize("held", rules.ADMINISTRATORS)
@pytest.mark.parametrize("wanted", rules.ADMINISTRATORS)
def test_the_three_administrators_are_three_persons(db, held, wanted):
    somebody = person()
    actions.create_post(person=somebody, role=held, by=None)
    if held is wanted:
        assert actions.create_post(person=somebody, role=wanted, by=None).pk
        return
    with pytest.raises(Refused) as refusal:
        actions.create_post(person=somebody, role=wanted, by=None)
    assert (refusal.value.status, refusal.value.code) == (409, "separate_administrators")
    assert "三权分立" in refusal.value.sentence


def test_an_administrator_who_left_may_take_another_of_the_three(cast):
    somebody = person()
    yesterday = timezone.localdate() - timedelta(days=1)
    old = actions.create_post(
        person=somebody, role=Role.AUDITOR, scope_codes=["5301"], by=None, valid_from=yesterday
    )
    actions.end_post(post=old, by=cast["安全管理员"])
    grant = partial(actions.create_post, person=somebody, role=Role.SYSTEM_ADMIN, by=cast["安全管理员"])
    with pytest.raises(Refused) as everywhere:  # without divisions it would reach further than who grants it
        grant()
    assert everywhere.value.code == "beyond_reach"
    assert grant(scope_codes=["5301"]).pk


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"role": "king"}, "role"),
        ({"role": Role.DEPARTMENT}, "department"),
        ({"role": Role.GRID_WORKER}, "department"),
        ({"is_head": True}, "is_head"),
        ({"scope_codes": []}, "scope_codes"),
        ({"scope_codes": ["530199"]}, "scope_codes"),
        ({"scope_codes": ["53010"]}, "scope_codes"),
        ({"scope_codes": ["５３"]}, "scope_codes"),
        ({"scope_codes": ["%"]}, "scope_codes"),
        ({"valid_to": date(2020, 1, 1)}, "valid_to"),
    ],
)
def test_a_bad_post_is_refused_by_field(cast, changed, field):
    given = {"person": person(), "role": Role.INTAKE, "scope_codes": ["530102"], "by": None} | changed
    with pytest.raises(Refused) as refusal:
        actions.create_post(**given)
    assert (refusal.value.status, refusal.value.field) == (422, field)


def test_one_person_may_hold_several_posts(cast):
    held = queries.posts_of(cast["兼岗_受理"].person_id)
    assert {post.role for post in held} == {"intake", "dispatcher", "inspector"}


def test_a_post_ends_on_its_day_and_stays_in_the_books(cast):
    post, today = cast["经办人_市政"], timezone.localdate()
    ended = actions.end_post(post=post, by=cast["安全管理员"])
    assert ended.valid_to == today
    assert not queries.posts_of(post.person_id).exists()
    assert queries.posts_of(post.person_id, on=today - timedelta(days=1)).exists()
    assert Post.objects.filter(pk=post.pk).exists()


def test_whoever_acted_cannot_be_deleted(cast):
    with pytest.raises(ProtectedError):
        cast["经办人_市政"].person.delete()
    with pytest.raises(ProtectedError):
        cast["经办人_市政"].department.delete()


def department(**changed):
    code = credit_code.compose("530102", 777)
    given = {"code": code, "name": "五华区园林局", "division_code": "530102", "level": "county", "by": None}
    return actions.create_department(**(given | changed))


def test_a_department_keeps_a_sound_code_only(cast):
    code = credit_code.compose("530102", 777)
    wrong = code[:-1] + ("1" if code[-1] != "1" else "2")
    with pytest.raises(Refused) as refusal:
        department(code=wrong)
    assert (refusal.value.status, refusal.value.field) == (422, "code")
    assert "校验位" in refusal.value.sentence
    assert department(code=code.lower()).code == code
    with pytest.raises(Refused) as again:
        department(code=code)
    assert again.value.status == 409


def test_the_store_itself_refuses_a_code_that_cannot_be_one(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        Department.objects.create(
            code="I" * 18, name="某", short="某", division_code="530102", level="county"
        )


def test_a_dispatcher_chooses_among_the_departments_of_his_place_above_and_below(cast):
    names = {row.short for row in queries.departments_for(cast["派遣员_五华"])}
    assert {"市政", "华山街道办", "市城管局"} <= names
    assert not names & {"盘龙市政", "大理城管局"}


def test_whom_to_turn_to_is_asked_by_right_and_place(cast):
    held = queries.holders(Right.REVIEW_EXTEND, division="530102001")
    assert {post.pk for post in held} == {cast["负责人_市政"].pk, cast["负责人_排水"].pk}
    assert not queries.holders(Right.DISPATCH, division="532901001").exclude(pk=cast["派遣员_大理"].pk)


def test_checks_are_drawn_among_those_on_duty_in_the_beat(city):
    inspector, colleague = city.posts["监督员_五华_甲"], city.posts["兼岗_监督"]
    beats = [city.beats["甲"].pk]
    assert set(queries.inspectors_on_duty(beats)) == {inspector, colleague}
    actions.set_on_duty(post=inspector, on_duty=False)
    assert set(queries.inspectors_on_duty(beats)) == {colleague}


def test_a_phone_is_not_readable_in_the_store(db):
    made = person(phone="+86 138-1234-5678")
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM people_person WHERE id = %s", [made.pk])
        (stored,) = cursor.fetchone()
    assert "13812345678" not in stored and stored
    assert Person.objects.get(pk=made.pk).phone == "13812345678"


def test_generated_passwords_keep_the_rules(db):
    made = {actions.generate_password() for _turn in range(50)}
    assert len(made) == 50
    for number, password in enumerate(made):
        assert person(username=f"u{number}", password=password).pk
        if number == 3:
            break


def test_create_admin_opens_an_empty_city_once(db, capsys):
    call_command("create_admin", "--generate")
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert {Post.objects.get(person__username=name).role for name, _password, _role in lines} == {
        "system_admin",
        "security_admin",
        "auditor",
    }
    for name, password, _role in lines:
        made = Person.objects.get(username=name)
        assert made.check_password(password) and made.must_change_password
    with pytest.raises(CommandError):
        call_command("create_admin", "--generate")
