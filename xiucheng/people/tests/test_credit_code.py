"""统一社会信用代码: real codes, and what a slip of the finger does to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiucheng.people import credit_code

# Published codes of known bodies.
REAL = [
    "91350100M000100Y43",  # the example of GB 32100
    "91110000802100433B",  # 百度在线网络技术（北京）有限公司
    "914403001922038216",  # 华为技术有限公司
    "91440300708461136T",  # 深圳市腾讯计算机系统有限公司
]


@pytest.mark.parametrize("code", REAL)
def test_real_codes_are_sound(code):
    assert credit_code.fault(code) == ""


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("91350100M000100Y44", "check"),
        ("91350100M000100Y4", "length"),
        ("91350100M000100Y433", "length"),
        ("", "length"),
        ("91350100M000100I43", "alphabet"),
        ("91350100m000100y43", "alphabet"),
        ("９1350100M000100Y43", "alphabet"),
        ("9135O100M000100Y43", "alphabet"),
        ("9135A100M000100Y43", "division"),
    ],
)
def test_what_is_wrong_is_named(code, why):
    assert credit_code.fault(code) == why


codes = st.builds(
    lambda division, serial: credit_code.compose(f"{division:06d}", serial),
    st.integers(0, 999_999),
    st.integers(0, 99_999_999),
)


@given(codes)
def test_a_composed_code_is_sound(code):
    assert credit_code.fault(code) == ""


@given(codes, st.integers(0, 17), st.sampled_from(credit_code.ALPHABET))
def test_one_wrong_character_is_always_found(code, place, char):
    changed = code[:place] + char + code[place + 1 :]
    assert (credit_code.fault(changed) == "") == (changed == code)


@given(codes, st.integers(0, 16))
def test_two_swapped_neighbours_are_always_found(code, place):
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (credit_code.fault(swapped) == "") == (swapped == code)
