"""Codes and positions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from xiucheng.territory import rules

GEOD = Geod(a=6378137.0, rf=298.257222101)


def said(fault):
    return fault and fault.said(str)


@pytest.mark.parametrize(
    ("code", "parent", "words"),
    [
        ("53", None, None),
        ("5301", "53", None),
        ("530102", "5301", None),
        ("530102001", "530102", None),
        ("530102001001", "530102001", None),
        ("530102001001", "530102", None),
        ("530102001", "530103", "上级代码 530103"),
        ("530102", "530102", "上级代码"),
        ("530102001001001", None, "15 位"),
        ("", None, "只能由数字"),
        ("53010²", None, "只能由数字"),
    ],
)
def test_division_codes(code, parent, words):
    fault = said(rules.division_code_fault(code, parent))
    assert (fault is None) if words is None else (words in fault)


@pytest.mark.parametrize(
    ("code", "community", "words"),
    [
        ("530102001001001", "530102001001", None),
        ("530102001001999", None, None),
        ("530102001001000", None, "从 001 开始"),
        ("530102001001001", "530102001002", "前 12 位"),
        ("53010200100101", None, "15 位"),
        ("5301020010010011", None, "15 位"),
        ("53010200100100a", None, "15 位"),
    ],
)
def test_grid_codes(code, community, words):
    fault = said(rules.grid_code_fault(code, community))
    assert (fault is None) if words is None else (words in fault)


@given(st.text("0123456789", min_size=15, max_size=15))
def test_a_sliced_code_has_its_levels(code):
    place = rules.place_of(code, "A")
    assert (place.county, place.township, place.community, place.unit_grid) == (
        code[:6],
        code[:9],
        code[:12],
        code,
    )
    assert rules.parents(code) == [code[:2], code[:4], code[:6], code[:9], code[:12]]
    assert place.division == code[:12]


@given(st.floats(-180, 180), st.floats(18, 54), st.floats(0, 360), st.floats(0, 5000))
def test_the_sieve_never_loses_a_point_within_reach(lon, lat, angle, metres):
    lon2, lat2, _back = GEOD.fwd(lon, lat, angle, metres)
    across = min(abs(lon2 - lon), 360 - abs(lon2 - lon))
    assert (across**2 + (lat2 - lat) ** 2) ** 0.5 <= rules.border_degrees(lat, metres) + 1e-12
