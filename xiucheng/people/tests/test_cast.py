"""The fixed cast itself, and that a flush leaves the catalogue in place."""

import pytest
from django.utils import timezone

from xiucheng.catalog.models import Category, Standard
from xiucheng.people import credit_code
from xiucheng.people.models import Department, Post
from xiucheng.people.tests.city import CAST, POINTS
from xiucheng.territory import queries as territory


def test_the_cast_is_complete_and_sound(cast, departments):
    assert set(cast) == set(CAST)
    assert all(credit_code.fault(row.code) == "" for row in Department.objects.all())
    assert Post.objects.in_force(timezone.localdate()).count() == len(CAST)


@pytest.mark.parametrize(
    ("point", "grid", "near"),
    [
        ("甲", "530102001001001", ()),
        ("甲_2", "530102001001004", ()),
        ("乙", "530102001002001", ("530103",)),
        ("边界_五华", "530102001002001", ("530103",)),
        ("边界_盘龙", "530103001001001", ("530102",)),
        ("无网格", None, ()),
    ],
)
def test_the_points_lie_where_they_say(city, point, grid, near):
    place = territory.locate(*POINTS[point], on=timezone.localdate(), border_m=100)
    assert (place.unit_grid, place.near) == (grid, near)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_test_of_several_transactions_finds_cast_and_catalogue(turn, cast):
    assert Category.objects.count() == 746
    assert Standard.objects.count() == 857
    assert len(cast) == len(CAST)
