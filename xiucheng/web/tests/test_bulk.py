"""The bulk generator of bench/bulk: what it clones proves itself as what it was cloned from."""

import json
from collections import Counter
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F, Q

from bench.bulk.__main__ import fill
from xiucheng.cases.models import Case, CaseEvent, Receipt, Reporter
from xiucheng.cases.queries.desk import LIMIT, desk, more, rules_for
from xiucheng.kernel import numbering, settings
from xiucheng.kernel.models.numbering import CaseCounter
from xiucheng.people.models import Post
from xiucheng.territory.queries import locate
from xiucheng.web.tests import small_city

MORE = 200

pytestmark = pytest.mark.django_db  # so that a database of tests is made, whatever else runs


@pytest.fixture(scope="module")
def bulk(django_db_setup, django_db_blocker, quick_hashes, tmp_path_factory):
    """The small city with 200 clones; the ids of what was there before."""
    path = tmp_path_factory.mktemp("city")
    with django_db_blocker.unblock(), small_city.folder(path), small_city.undone():
        small_city.build()
        before = set(Case.unscoped.values_list("pk", flat=True))
        fill(len(before) + MORE, 8, workers=1, say=lambda _text: None)
        yield before


def test_the_ledger_is_whole_and_anchored(bulk, capsys):
    call_command("verify_ledger", "--json")
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["problems"]) == (True, [])
    assert found["chains"] >= len(bulk) + MORE


def test_the_rows_are_the_fold_of_the_events(bulk, capsys):
    call_command("rebuild_cases", "--check")
    assert "没有差异" in capsys.readouterr().out


def test_every_clone_is_a_case_of_its_own(bulk):
    clones = Case.unscoped.exclude(pk__in=bulk)
    assert clones.count() == MORE
    words = Counter(clones.values_list("description", flat=True))
    assert words.most_common(1)[0][1] <= 4  # phrases meet, whole texts seldom do
    assert not Case.unscoped.filter(pk__in=bulk, description__in=words).exists()
    reporters = clones.exclude(reporter=None).values_list("reporter", flat=True)
    assert len(set(reporters)) == len(reporters) == Reporter.objects.filter(pk__in=reporters).count() > 0
    assert Receipt.objects.filter(case__in=clones).count() == MORE
    assert clones.filter(ended_at__isnull=True).count() <= MORE // 5


def test_a_clone_lies_where_its_codes_say(bulk):
    border = settings.get("territory.border_m")
    checked = 0
    for case in Case.unscoped.exclude(pk__in=bulk).filter(near=[], merged_into=None):
        place = locate(case.lon_e7 / 1e7, case.lat_e7 / 1e7, on=small_city.NOW.date(), border_m=border)
        assert (place.county, place.township, place.community) == (case.county, case.township, case.community)
        assert (place.unit_grid, place.beat_id, place.near) == (case.unit_grid, case.beat, ())
        checked += 1
    assert checked > MORE // 2


def test_it_happened_in_order_before_now_and_numbers_go_on_behind_it(bulk):
    last = CaseEvent.unscoped.order_by("-at").values_list("at", flat=True)[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT now(), (SELECT last_value FROM kernel_receipt_seq)")
        now, sequence = cursor.fetchone()
    assert last <= now
    numbers = [int(number.split("-")[1]) for number in Case.unscoped.values_list("number", flat=True)]
    assert max(numbers) == sequence
    for counter in CaseCounter.objects.all():
        filed = Case.unscoped.filter(case_number__startswith=f"{counter.division_code}{counter.day:%Y%m%d}")
        assert filed.count() == counter.last
    own = Case.unscoped.exclude(pk__in=bulk).exclude(case_number=None)
    for case in own:
        assert case.case_number and case.filed_at
        assert case.number.startswith(f"{numbering.local_day(case.reported_at):%Y%m%d}-")
        assert case.case_number.startswith(f"{case.county}{numbering.local_day(case.filed_at):%Y%m%d}")


def two_of_each() -> list[Post]:
    """Of each role, heads apart, two posts of different places; what the planner knows is fresh."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    found: dict[tuple[str, bool, str], Post] = {}
    for post in (
        Post.objects.filter(active=True, on_duty=True).select_related("person", "department").order_by("-pk")
    ):
        found[post.role, post.is_head, str(post.scope_codes)] = post
    kept: dict[tuple[str, bool], list[Post]] = {}
    for (role, head, _place), post in sorted(found.items()):
        kept.setdefault((role, head), []).append(post)
    return [post for posts in kept.values() for post in (posts[0], *posts[-1:][: len(posts) - 1])]


def page_by_page(post: Post, tab: str, size: int) -> list[UUID]:
    """The first four pages of a tab, one behind the other."""
    found = desk(post, tab, limit=size)
    keys = [row.case.pk for row in found.rows]
    for _page in range(3):
        if not found.next:
            break
        found = more(post, tab, found.next, limit=size)
        keys += [row.case.pk for row in found.rows]
    return keys


def test_a_desk_in_pieces_is_what_the_post_may_see(bulk):
    """Every tab of every role: the quick way of the desk against the scope as it is written."""
    shown: Counter[tuple[str, str]] = Counter()
    for post in two_of_each():
        for rule in rules_for(post):
            where = Q(pk__in=Case.seen_by(post).values("pk")) & rule.where(post)
            exact = Case.unscoped.filter(where).order_by(F("due_at").asc(nulls_last=True), "id")
            found = desk(post, rule.key)
            assert [row.case.pk for row in found.rows] == [case.pk for case in exact[:LIMIT]], (
                post,
                rule.key,
            )
            assert next(tab.count for tab in found.tabs if tab.key == rule.key) == exact.count()
            assert page_by_page(post, rule.key, 7) == [case.pk for case in exact[:28]]
            shown[post.role, rule.key] += len(found.rows)
    assert len([key for key, count in shown.items() if count]) > 15


def test_a_database_that_is_no_bench_is_refused(bulk, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "NAME", "xiucheng")
    with pytest.raises(SystemExit, match="not named for benches"):
        fill(10_000)
