"""Duplicates and suggestions on real rows: scope, what they cost, what they say."""

import csv
import gzip
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from xiucheng.cases import actions
from xiucheng.cases.models import Case
from xiucheng.cases.tests.loop import COVER, DUSTBIN, SPOT, Loop, clock_at, reported
from xiucheng.insight import actions as insight
from xiucheng.insight import jobs, learning, queries
from xiucheng.insight.measuring import figures
from xiucheng.insight.models import Pair, WordModel
from xiucheng.kernel import settings, stamps
from xiucheng.kernel.errors import Refused

pytestmark = pytest.mark.django_db
WORDS = "垃圾桶旁边堆满垃圾"


def found(post: Any, *, category: str = DUSTBIN, words: str = WORDS) -> list[str]:
    return [one.number for one in queries.duplicates(*SPOT, category, words, post)]


@pytest.fixture
def intake(cast):
    return cast["受理员_五华"]


def test_a_duplicate_says_why(cast, intake):
    moment = timezone.now().astimezone().replace(hour=8, minute=47)
    with clock_at(min(moment, timezone.now())):
        first = reported(lat=SPOT[1] + 0.0001)
    (one,) = queries.duplicates(*SPOT, DUSTBIN, WORDS, intake)
    assert (one.number, one.case_id, one.metres, one.same_category) == (first.number, first.case_id, 11, True)
    assert one.why.startswith("11 m 外 ") and "有人报过，同为" in one.why and one.why.endswith("词语相近")
    assert one.category_name in one.why


def test_only_open_near_and_of_the_subclass(cast, departments, intake):
    same = reported()
    nameless = reported(category="")
    reported(category=COVER)
    reported(lat=SPOT[1] + 0.0015)
    Loop(cast, departments)(actions.refuse, "受理员_五华", note="不归城管")
    assert set(found(intake)) == {same.number, nameless.number}
    assert set(found(intake, category="")) >= {same.number, nameless.number}


def test_facility_and_its_abnormal_state_are_one_subclass(intake):
    matter = reported(category=COVER)
    assert found(intake, category=COVER.replace("matter", "component"), words="井盖") == [matter.number]


def test_old_reports_are_left_out(intake):
    with clock_at(timezone.now() - timedelta(days=61)):
        reported()
    assert found(intake) == []
    settings.set_value(key="insight.duplicate_days", value="90", by="test")
    assert len(found(intake)) == 1


def test_nobody_sees_what_lies_outside_his_scope(cast, intake):
    reported()
    assert found(intake) and found(cast["派遣员_五华"])
    assert found(cast["派遣员_大理"]) == []
    assert found(None) == []


def test_a_category_that_does_not_exist_is_refused(intake):
    with pytest.raises(Refused) as refusal:
        queries.duplicates(*SPOT, "matter/0", WORDS, intake)
    assert refusal.value.status == 422


@pytest.mark.parametrize("rows", [1, 12])
def test_what_an_answer_costs(cast, intake, rows):
    for _row in range(rows):
        reported()
    insight.learn()
    queries.suggest_categories(WORDS)  # the sums are read once a model
    family = queries.family(DUSTBIN)
    assert DUSTBIN in family
    with stamps.held(), CaptureQueriesContext(connection) as sent:
        assert len(queries.duplicates(*SPOT, DUSTBIN, WORDS, intake)) == min(rows, 3)
    assert len(sent) <= 3
    with stamps.held(), CaptureQueriesContext(connection) as sent:
        queries.suggest_categories(WORDS)
    assert len(sent) == 2


# -- categories ---


def test_an_empty_city_suggests_from_names(city):
    for words, code in (
        ("井盖丢了", "01023"),
        ("路灯不亮", "01037"),
        ("树上往下掉虫子", "06021"),
        ("电线杆上贴满小广告", "07001"),
        ("烧烤摊油烟很大", "06027"),
    ):
        keys = [one.category.code for one in queries.suggest_categories(words)]
        assert code in keys, (words, keys)


def test_nothing_is_suggested_for_nothing(city):
    assert queries.suggest_categories("") == []
    assert queries.suggest_categories("138 1234 5678 <script>") == []
    assert len(queries.suggest_categories("垃圾" * 5000)) <= 3


def test_the_city_teaches(cast, departments):
    with clock_at(None):
        for _case in range(3):
            Loop(cast, departments, description="厕纸溢得满地", category=DUSTBIN).filed()
    model = insight.learn()
    (first, *_rest) = queries.suggest_categories("厕纸溢得到处是")
    filed = Case.unscoped.exclude(filed_at=None).first()
    assert filed is not None and first.key == learning.today_key(filed.category)
    assert "本市有 3 件说到“" in first.why and any(pair in first.why for pair in ("厕纸", "纸溢", "溢得"))
    assert (model.cases, model.current) == (3, True)


def test_learning_anew_leaves_one_model(cast, departments):
    Loop(cast, departments).filed()
    old = insight.learn()
    new = insight.learn()
    assert WordModel.objects.get().pk == new.pk != old.pk
    assert not Pair.objects.exclude(model=new).exists()
    assert Pair.objects.filter(text="垃圾").count() == 1


def test_only_pairs_of_han_are_kept(cast, departments):
    for _case in range(3):
        Loop(cast, departments, description="张三 13812345678 云A12345 垃圾").filed()
    insight.learn()
    assert all(len(text) == 2 and not text.isascii() for text in Pair.objects.values_list("text", flat=True))


def test_everyday_words_name_matters_in_force(city):
    known = {row.code for row in queries.catalog.categories(kind="matter")}
    codes = [code for code, _words in learning.everyday_words()]
    assert set(codes) <= known and len(codes) == len(set(codes))


def test_the_job_learns_at_night_and_in_a_new_city(cast, departments, monkeypatch):
    monkeypatch.setattr(jobs, "NIGHT", -1)
    assert not jobs.new_city()
    Loop(cast, departments).filed()
    assert jobs.new_city()
    insight.learn()
    assert not jobs.new_city()


SAMPLES = os.environ.get("XIUCHENG_SAMPLES", "")


@pytest.mark.skipif(
    not (SAMPLES and Path(SAMPLES).is_dir()), reason="XIUCHENG_SAMPLES names no folder of sample data"
)
def test_real_messages_are_named_rightly():
    """Seven classes of real messages to a provincial web platform; a fifth is tried, the rest learnt from."""
    path = Path(SAMPLES) / "complaints-zh-tipdm2020" / "labelled_segmented.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        cases = [(row["一级标签"], row["分词文本"].replace(" ", "")) for row in csv.DictReader(lines)]
    measured = figures(cases)
    assert measured.tried > 1000
    assert measured.first / measured.tried >= 0.8, str(measured)
    assert measured.three / measured.tried >= 0.88, str(measured)
