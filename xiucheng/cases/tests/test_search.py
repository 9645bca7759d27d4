"""Finding cases: whatever the index knows or does not know yet, a list holds exactly what fits the filter."""

from dataclasses import fields as fields_of
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Q
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from xiucheng.cases import actions, queries, search_index
from xiucheng.cases.models import Case, CaseToIndex, CaseToken
from xiucheng.cases.queries.fields import BY_KEY, FIELDS, CaseFilter, conditions, sieve_of
from xiucheng.cases.queries.lists import SORTS
from xiucheng.cases.rules import search
from xiucheng.cases.tests.loop import Loop, photo, reported
from xiucheng.cases.words import Channel
from xiucheng.kernel.errors import Refused

SIGNS = st.text(alphabet="井盖路灯破损AbC３3号，。 -", max_size=12)


# --- The rules ---


@given(SIGNS, SIGNS, SIGNS)
def test_a_text_has_the_grams_of_every_word_in_it(before, word, after):
    assert search.word_grams(word) <= search.text_grams(before + word + after)


@given(st.integers(0, 5000), st.integers(0, 2**42 - 1))
def test_a_token_is_a_32_bit_number(week, gram):
    assert -(2**31) <= search.token(week, gram) < 2**31


@pytest.mark.django_db
@given(st.integers(0, 5000), st.integers(0, 2**42 - 1))
def test_postgresql_reckons_tokens_as_we_do(week, gram):
    sql = search.TOKEN_SQL.format(gram="%s::bigint", week="%s")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql}", [gram, week])
        assert cursor.fetchone() == (search.token(week, gram),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("井盖  破损", ["井盖", "破损"]),
        ("，。", []),
        ("３号楼 ＡB", ["3号楼", "ab"]),
        ("东路,近", ["东路,近"]),
    ],
)
def test_words_of_a_search(text, words):
    assert search.words_of(text) == words


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("20261124", True),
        ("20261124-000183", True),
        ("5301022026112400191", True),
        ("2026", False),
        ("井盖", False),
    ],
)
def test_what_is_taken_for_a_number(text, number):
    assert search.is_number(text) is number


def test_every_column_of_the_tokens_is_watched():
    from xiucheng.cases.search_triggers import WATCHED

    assert set(WATCHED) == set(search.COLUMNS)


# --- The lists ---


@pytest.fixture
def many(cast, departments):
    """Cases of several kinds, days and places."""
    first = reported(description="东风西路井盖破损，很危险", address="东风西路１２号")
    reported(description="路灯不亮", address="人民中路", channel=Channel.HOTLINE)
    loop = Loop(cast, departments, at="2026-11-20 08:30")
    loop(actions.accept, "受理员_五华")
    reported(
        description="井盖丢失 G56",
        address="华山街道",
        by=cast["监督员_五华_甲"],
        channel=Channel.INSPECTOR,
        photos=[photo()],
    )
    Case.unscoped.filter(number=first.number).update(
        reported_at=timezone.now() - timedelta(days=400),
        urgent=True,
        returns=1,
        rating="fair",
        unit_grid="1" * 15,
    )
    return Case.unscoped.all()


def indexed():
    while search_index.index_changed():
        pass
    assert not CaseToIndex.objects.exists()


def found(post, **wanted: Any):
    page = queries.cases(post, CaseFilter(**wanted))
    return [row.case.number for row in page.rows]


def truth(post, filter):
    return set(Case.seen_by(post).filter(conditions(filter)).values_list("number", flat=True))


def some_values(case) -> dict[str, Any]:
    """A value of each field that this case has."""
    day = timezone.localdate(case.reported_at)
    return {
        "words": case.description[1:3],
        "address": case.address[:2],
        "stage": case.stage,
        "open": case.ended_at is None,
        "overdue": bool(case.due_at and case.due_at < timezone.now()),
        "urgent": case.urgent,
        "division": case.county,
        "unit_grid": case.unit_grid or "9" * 15,
        "category": case.category or "matter/01",
        "channel": case.channel,
        "department": (case.departments or [1])[0],
        "person": "zhao.min",
        "rating": case.rating or "unsatisfied",
        "returned": bool(case.returns),
        "reworked": bool(case.reworks),
        "reopened": bool(case.reopened),
        "disputed": case.disputed,
        "self_handled": case.self_handled,
        "imprecise": case.imprecise,
        "component": case.component_code or "1" * 17,
        "since": day,
        "until": day,
        "filed_since": day,
        "filed_until": timezone.localdate(),
        "due_since": day,
        "due_until": day + timedelta(days=30),
        "closed_since": day,
        "closed_until": timezone.localdate(),
    }


@pytest.mark.parametrize("ready", [True, False], ids=["indexed", "not yet indexed"])
@pytest.mark.parametrize("key", [field.key for field in FIELDS])
def test_each_field_finds_what_fits_and_nothing_else(many, cast, key, ready):
    if ready:
        indexed()
    post = cast["受理员_五华"]
    person = cast["监督员_五华_甲"].person.username
    for case in many:
        value = person if key == "person" else some_values(case)[key]
        filter = CaseFilter(**{key: value})
        assert set(found(post, **{key: value})) == truth(post, filter), (key, value)


def test_every_field_has_a_test_value(many):
    assert (
        set(some_values(many[0])) == set(BY_KEY) == {field.name for field in fields_of(CaseFilter)} - {"sort"}
    )


@pytest.mark.parametrize("ready", [True, False])
@pytest.mark.parametrize(
    ("words", "count"),
    [("井盖", 2), ("井盖 破损", 1), ("盖", 2), ("12号", 1), ("g56", 1), ("盖井", 0), ("，", 0)],
)
def test_words_are_found_whatever_their_length(many, cast, words, count, ready, monkeypatch):
    if ready:
        indexed()
        monkeypatch.setattr("xiucheng.cases.queries.found.WALK", 0)  # by the index alone
    assert len(found(cast["受理员_五华"], words=words)) == count


def test_a_number_is_found_by_its_beginning(many, cast):
    number = many[0].number
    assert number in found(cast["受理员_五华"], words=number[:8])
    assert found(cast["受理员_五华"], words=number) == [number]


@pytest.mark.parametrize("ready", [True, False])
@pytest.mark.parametrize("sort", list(SORTS))
def test_pages_of_every_order_hold_each_case_once(many, cast, sort, ready, monkeypatch):
    if ready:
        indexed()
    monkeypatch.setattr("xiucheng.cases.queries.found.WALK", 1)
    post, met, after = cast["受理员_五华"], [], ""
    column = SORTS[sort].column
    while True:
        page = queries.cases(post, CaseFilter(open=True, sort=sort), after=after, limit=1)
        met += [row.case for row in page.rows]
        if not page.next:
            break
        after = page.next
    fit = Case.seen_by(post).filter(Q(ended_at=None), **{f"{column}__isnull": False})
    assert [case.pk for case in met] == list(fit.order_by(*SORTS[sort].order).values_list("pk", flat=True))


@pytest.mark.parametrize(
    "who",
    [
        "受理员_五华",
        "市派遣员",
        "派遣员_大理",
        "经办人_市政",
        "经办人_华山街道",
        "监督员_五华_乙",
        "网格员_华山",
        "领导_五华",
    ],
)
def test_a_search_never_leaves_the_scope(many, cast, who):
    post = cast[who]
    indexed()
    for words in ("井盖", "路"):
        assert set(found(post, words=words)) <= set(Case.seen_by(post).values_list("number", flat=True))
        assert set(found(post, words=words)) == truth(post, CaseFilter(words=words))


def test_narrowed_and_count_say_the_same_as_the_list(many, cast):
    post = cast["受理员_五华"]
    for ready in (False, True):
        if ready:
            indexed()
        for filter in (CaseFilter(), CaseFilter(words="井盖"), CaseFilter(channel="hotline")):
            listed = set(found(post, **filter.given()))
            assert (
                set(queries.narrowed(Case.seen_by(post), filter).values_list("number", flat=True)) == listed
            )
            assert queries.count(post, filter) == len(listed)


def test_a_step_puts_the_case_into_the_index_again(many):
    indexed()
    case = many[0]
    Case.unscoped.filter(pk=case.pk).update(head_seq=case.head_seq)  # nothing that is searched for
    assert not CaseToIndex.objects.exists()
    Case.unscoped.filter(pk=case.pk).update(urgent=not case.urgent)
    assert list(CaseToIndex.objects.values_list("case_id", flat=True)) == [case.pk]
    before = CaseToken.objects.get(pk=case.pk).tokens
    indexed()
    assert CaseToken.objects.get(pk=case.pk).tokens != before


@pytest.mark.django_db(transaction=True)
def test_the_whole_index_is_made_anew_the_same(many):
    indexed()
    before = set(CaseToken.objects.values_list("case_id", "at"))
    tokens = {row.pk: sorted(row.tokens) for row in CaseToken.objects.all()}
    call_command("index_cases", all=True)
    assert set(CaseToken.objects.values_list("case_id", "at")) == before
    assert {row.pk: sorted(row.tokens) for row in CaseToken.objects.all()} == tokens
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_indexes WHERE indexname = 'case_tokens'")
        assert cursor.fetchone()


def test_statements_of_a_search_do_not_grow_with_the_rows(many, cast, django_assert_max_num_queries):
    indexed()
    post = cast["受理员_五华"]
    for filter in (CaseFilter(), CaseFilter(words="井盖", channel="web"), CaseFilter(words="路", sort="due")):
        with django_assert_max_num_queries(8):
            queries.cases(post, filter)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"stage": "nowhere"}, "stage"),
        ({"channel": "pigeon"}, "channel"),
        ({"category": "matter/77777"}, "category"),
        ({"category": "matter/77"}, "category"),
        ({"person": "没有这个人"}, "person"),
        ({"sort": "colour"}, "sort"),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_words(many, cast, wanted, field):
    with pytest.raises(Refused) as refused:
        found(cast["受理员_五华"], **wanted)
    assert refused.value.field == field and refused.value.status == 422


def test_sieves_of_nothing_let_all_through():
    assert not sieve_of(CaseFilter())
