"""Scope sits in the query set: the matrix of who sees which place, on a table with the columns of a case."""

import pytest
from django.db import connection, models
from hypothesis import given
from hypothesis import strategies as st

from xiucheng.people.models import Department, Post, Role, ScopedQuerySet, inside
from xiucheng.people.tests.city import CAST


class Spot(models.Model):
    """A table of the tests alone; it exists only inside the test that makes it."""

    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    community = models.CharField(max_length=12)

    unscoped = ScopedQuerySet.as_manager()

    class Meta:
        app_label = "people"
        managed = False
        db_table = "people_test_spot"


SPOTS = ["530102001001", "530102001002", "530102002001", "530103001001", "532901001001"]


@pytest.fixture
def spots(cast):
    with connection.schema_editor() as editor:
        editor.create_model(Spot)
    Spot.unscoped.bulk_create(Spot(county=code[:6], township=code[:9], community=code) for code in SPOTS)
    return cast


WUHUA, PANLONG, DALI = SPOTS[:3], SPOTS[3:4], SPOTS[4:]
SEES = {
    "市派遣员": WUHUA + PANLONG,
    "经办人_华山街道": SPOTS[:2],
    "网格员_华山": SPOTS[:2],
    "受理员_盘龙": PANLONG,
    "监督员_盘龙": PANLONG,
    "派遣员_盘龙": PANLONG,
    "经办人_盘龙市政": PANLONG,
    "派遣员_大理": DALI,
    "系统管理员": WUHUA + PANLONG,
    "安全管理员": WUHUA + PANLONG,
    "审计员": WUHUA + PANLONG,
}


@pytest.mark.parametrize("who", CAST)
def test_a_post_sees_its_places_and_no_other(spots, who):
    seen = Spot.unscoped.seen_by(spots[who]).values_list("community", flat=True)
    assert sorted(seen) == SEES.get(who, WUHUA)


def test_nobody_sees_nothing(spots):
    assert Spot.unscoped.seen_by(None).count() == 0


def test_no_codes_means_no_rows_not_all(spots):
    assert Spot.unscoped.seen_by(Post(role=Role.LEADER, scope_codes=[])).count() == 0
    assert Spot.unscoped.filter(inside(())).count() == 0


def test_a_code_of_a_level_the_table_lacks_matches_nothing(spots):
    assert Spot.unscoped.filter(inside(["530102001001"], {6: "county"})).count() == 0
    assert Spot.unscoped.filter(inside(["530102001001001"])).count() == 0


def test_forgetting_the_scope_fails(spots):
    assert not hasattr(Spot, "objects")


@pytest.mark.parametrize(
    ("who", "place", "sees"),
    [
        ("派遣员_五华", "530102001001", True),
        ("派遣员_五华", "530103001001", False),
        ("市派遣员", "530103001001", True),
        ("网格员_华山", "530102", False),
    ],
)
def test_an_actor_agrees_with_the_query_set(cast, who, place, sees):
    assert cast[who].actor().sees(place) is sees


digits = st.text("0123456789", min_size=12, max_size=12)


@given(digits, st.lists(st.tuples(digits, st.sampled_from([2, 4, 6, 9, 12]))))
def test_scope_is_a_prefix(place, scopes):
    codes = [code[:length] for code, length in scopes]
    actor = Post(pk=1, person_id=1, role=Role.INTAKE, scope_codes=codes).actor()
    assert actor.sees(place) == any(place.startswith(code) for code in codes)


def test_a_department_marks_its_posts(cast):
    assert cast["经办人_市政"].department_only and cast["网格员_华山"].department_only
    assert not cast["派遣员_五华"].department_only
    assert Department.objects.filter(is_command_centre=True).count() == 1
