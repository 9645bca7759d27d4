"""Words, likeness and naming, by worked examples and by properties."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiucheng.insight.rules import likeness, naming
from xiucheng.insight.rules.words import likeness as alike
from xiucheng.insight.rules.words import pairs

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
LON, LAT = 102.7005, 25.0415
METRE = 1 / 111_000  # degrees of latitude
COVER, POTHOLE = "GB/T 47678.5-2026/matter/01023", "GB/T 47678.5-2026/matter/06013"
KIN = frozenset({COVER})
texts = st.text(alphabet="井盖路灯不亮坏了缺损的在这里有a1，", max_size=40)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("坑", []),
        ("138 1234 5678", []),
        ("云A12345", []),
        ("井盖，路灯", ["井盖", "路灯"]),
        ("ＡＢ井盖１", ["井盖"]),
        ("麻烦来看看", []),
    ],
)
def test_pairs_hold_meaning_and_no_numbers(text, found):
    assert pairs(text) == found


@given(texts, texts)
def test_likeness_is_symmetric_and_bounded(one, other):
    assert alike(one, other) == alike(other, one)
    assert 0 <= alike(one, other) <= 1


@given(texts)
def test_a_message_is_wholly_like_itself(text):
    assert alike(text, text) == (1.0 if pairs(text) else 0.0)


def known(metres=10.0, category=COVER, words="路口井盖缺损", days=0.0, **more):
    return likeness.Known(LON, LAT + metres * METRE, category, words, NOW - timedelta(days=days), **more)


def new(words="井盖缺损了", kin=KIN):
    return likeness.New(LON, LAT, kin, words, NOW)


@pytest.mark.parametrize(
    ("report", "other", "taken"),
    [
        (new(), known(), True),
        (new(), known(metres=99), True),
        (new(), known(metres=102), False),
        (new(), known(category=POTHOLE), False),  # another subclass, however near and alike
        (new(), known(category=""), True),
        (new(kin=frozenset()), known(), True),
        (new(kin=frozenset()), known(words="树枝断了挡路"), False),  # nothing in common
        (new(words="", kin=frozenset()), known(), True),  # nothing said yet: what is open here
        (new(words="有人摔倒"), known(), True),  # the same kind at the same place
    ],
)
def test_who_is_taken_for_the_same(report, other, taken):
    assert (likeness.measure(report, other, radius_m=100) is not None) is taken


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (known(metres=5), known(metres=60)),
        (known(), known(words="那边东西坏掉")),
        (known(), known(category="")),
        (known(), known(days=40)),
        (known(), known(imprecise=True)),
    ],
)
def test_what_counts_for_likeness(better, worse):
    one, other = (likeness.measure(new(), case, radius_m=100) for case in (better, worse))
    assert one is not None and other is not None
    assert one.score > other.score


def test_the_likeliest_come_first_and_few():
    cases = [(metres, known(metres=metres)) for metres in (80, 3, 40, 200, 20)]
    found = likeness.likely(new(), cases, radius_m=100, least=0.0, most=3)
    assert [key for key, _measure in found] == [3, 20, 40]
    assert likeness.likely(new(), cases, radius_m=100, least=1.01, most=3) == []


@given(st.floats(0, 300), st.floats(0, 400), texts, texts)
def test_a_score_lies_between_nothing_and_one(metres, days, said, wrote):
    made = likeness.measure(new(said), known(metres, words=wrote, days=days), radius_m=100)
    assert made is None or 0 <= made.score <= 1


NAMES = [(COVER, "不明井盖异常"), (COVER, "井盖丢了"), (POTHOLE, "道路破损"), (POTHOLE, "路面坑")]


def test_names_alone_suggest():
    counts = naming.learnt((), NAMES)
    found = naming.guess("门口的井盖丢了", counts.pairs, counts.classes)
    assert [(one.category, one.cases) for one in found] == [(COVER, 0)]
    assert "井盖" in found[0].told


def test_cases_teach_what_no_name_says():
    counts = naming.learnt([(COVER, "窨井口敞着")] * 5 + [(POTHOLE, "路上有坑")] * 5, NAMES)
    found = naming.guess("窨井口敞着呢", counts.pairs, counts.classes)
    assert (found[0].category, found[0].cases) == (COVER, 5)


def test_a_frequent_category_is_not_suggested_by_its_frequency():
    counts = naming.learnt([(POTHOLE, "路面有坑")] * 1000, NAMES)
    assert naming.guess("树上有虫", counts.pairs, counts.classes) == []
    assert naming.guess("井盖丢了", counts.pairs, counts.classes)[0].category == COVER


def test_what_stands_in_one_case_only_is_forgotten():
    counts = naming.learnt([(COVER, "张某某家门口")], NAMES)
    assert not {"张某", "某某"} & counts.pairs.keys()


@given(st.lists(st.tuples(st.sampled_from([COVER, POTHOLE]), texts), max_size=12), texts)
def test_guesses_are_few_ordered_and_told(cases, text):
    counts = naming.learnt(cases, NAMES)
    found = naming.guess(text, counts.pairs, counts.classes)
    shares = [one.share for one in found]
    assert shares == sorted(shares, reverse=True) and sum(shares) <= 1.002
    assert all(one.told and set(one.told) <= set(pairs(text)) for one in found)
