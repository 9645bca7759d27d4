from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiucheng.kernel.canonical import encode, parse_stamp, plain, stamp


class Colour(StrEnum):
    RED = "红"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        ({"b": 1, "a": 2}, '{"a":2,"b":1}'),
        ({"乙": 1, "a": 2, "A": 3}, '{"A":3,"a":2,"乙":1}'),
        ([True, False, 1, 0], "[true,false,1,0]"),
        (("é", "𠮷", 'a\n"b'), '["é","𠮷","a\\n\\"b"]'),
        (
            datetime(2026, 11, 24, 9, 2, 3, tzinfo=timezone(timedelta(hours=8))),
            '"2026-11-24T01:02:03.000000Z"',
        ),
        (date(2026, 11, 24), '"2026-11-24"'),
        (Decimal("1.500"), '"1.5"'),
        (Decimal("100"), '"100"'),
        (Decimal("1E+2"), '"100"'),
        (Decimal("-0.0"), '"0"'),
        (Fraction(8, 2), '"4"'),
        (Fraction(7, 2), '"7/2"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (Colour.RED, '"红"'),
        ({Colour.RED: 1}, '{"红":1}'),
    ],
)
def test_one_value_has_one_text(value, text):
    assert encode(value) == text.encode()


@pytest.mark.parametrize("value", [1.0, [1, {"a": 2.5}], {1: 2}, {1, 2}, b"x", object(), 2**64, "\ud800"])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(TypeError):
        encode(value)


@pytest.mark.parametrize("value", [datetime(2026, 1, 1), Decimal("NaN"), "a\x00b", {"\x00": 1}])  # noqa: DTZ001
def test_what_the_store_cannot_hold_is_refused(value):
    with pytest.raises(ValueError):
        encode(value)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc乙\U00020bb7ﬀ"), inner),
)


@given(json_values)
def test_decoding_and_encoding_again_changes_no_byte(value):
    once = encode(value)
    assert encode(orjson.loads(once)) == once
    assert orjson.loads(once) == plain(value)


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))])))
def test_a_stamp_reads_back_as_the_same_moment(at):
    if at.year in (1, 9999):
        return
    text = stamp(at)
    assert (parse_stamp(text), len(text)) == (at, 27)


@pytest.mark.parametrize(
    "text", ["2026-11-24T01:02:03Z", "2026-11-24 01:02:03.000000Z", "2026-11-24T01:02:03.000000+00:00", ""]
)
def test_other_forms_of_a_stamp_are_refused(text):
    with pytest.raises(ValueError):
        parse_stamp(text)
