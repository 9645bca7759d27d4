"""How words are read: numbers, forms, sounds, slips. Tables by hand, properties by Hypothesis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiucheng.territory.addresses.rules import keys, naming, short, sounds, words
from xiucheng.territory.addresses.rules.answers import bracket
from xiucheng.territory.addresses.rules.kinds import Kind
from xiucheng.territory.addresses.rules.naming import Address, Written

DIGITS = "零一二三四五六七八九"
HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=10)


def spoken(number: int) -> str:
    """A number below 10,000 as it is said: 一千零五, 一百二十三, 十二."""
    out, gap = "", False
    for unit, size in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit, number = divmod(number, size)
        if digit:
            out += ("零" if gap and out else "") + DIGITS[digit] + unit
            gap = False
        else:
            gap = True
    return out.removeprefix("一") if out.startswith("一十") else out


@given(st.integers(1, 9999))
def test_a_spoken_number_is_the_number(number):
    assert words.value_of(spoken(number)) == number
    found = words.number_at(f"{spoken(number)}号")
    assert found is not None
    assert (found.serial, found.text) == (number, str(number))


@given(st.integers(0, 10**8))
def test_a_number_digit_by_digit_is_the_number(number):
    assert words.value_of("".join(DIGITS[int(digit)] for digit in str(number))) == number


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing_more(text):
    assert words.fold(words.fold(text)) == words.fold(text)


@pytest.mark.parametrize(
    ("text", "mark", "serial"),
    [
        ("123", "123", 123),
        ("１２３号", "123", 123),
        ("一百二十三号", "123", 123),
        ("123号附5号", "123-5", 123),
        ("123-5", "123-5", 123),
        ("123号之二", "123-2", 123),
        ("12a号", "12a", 12),
        ("88弄", "88", 88),
        ("3栋2单元", "3-2", 3),
        ("B座", "b", None),
        ("DG-0123", "123", 123),
        ("№5", "5", 5),
        ("东侧", None, None),
        ("", None, None),
        ("三千越甲", None, None),
    ],
)
def test_numbers(text, mark, serial):
    found = words.number_of(text)
    assert (found and found.text, found and found.serial) == (mark, serial)


@given(HAN, st.data())
def test_one_slip_leaves_a_spelling_in_common(name, data):
    at = data.draw(st.integers(0, len(name) - 1))
    wrong = data.draw(st.sampled_from([name[:at] + name[at + 1 :], name[:at] + "错" + name[at + 1 :],
                                       name[:at] + "多" + name[at:]]))  # fmt: skip
    assert keys.distance(name, wrong) <= 1
    if min(len(name), len(wrong)) >= 3:
        assert keys.slips(name) & keys.slips(wrong)


@given(st.text("abcde", max_size=8), st.text("abcde", max_size=8), st.text("abcde", max_size=8))
def test_distance_is_a_distance(one, other, third):
    far = 30
    assert keys.distance(one, other, far) == keys.distance(other, one, far)
    assert (keys.distance(one, other, far) == 0) == (one == other)
    assert keys.distance(one, other, 2) == min(3, keys.distance(one, other, far))
    assert abs(len(one) - len(other)) <= keys.distance(one, other, far) <= max(len(one), len(other))


@given(st.integers(1, 500), st.lists(st.integers(1, 500), max_size=12))
def test_a_bracket_holds_the_number(serial, known):
    known = [number for number in known if number != serial]
    found = bracket(serial, known)
    if found:
        assert found[0] < serial < found[1]
        assert set(found) <= set(known)
        sides = [number for number in known if number % 2 == serial % 2]
        if (
            any(n < serial for n in sides)
            and any(n > serial for n in sides)
            and max(sides) - min(sides) <= 200
        ):
            assert found[0] % 2 == found[1] % 2 == serial % 2


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("人民路", "renminlu", "rml"),
        ("重庆路", "chongqinglu", "cql"),
        ("长寿路", "changshoulu", "csl"),
        ("绿地大厦", "lvdidasha", "lvdidasha"[0] + "dds"),
        ("A座 书城", "azuoshucheng", "azsc"),
    ],
)
def test_sounds(name, pinyin, initials):
    assert (sounds.pinyin(name), sounds.initials(name)) == (pinyin, initials)


@pytest.mark.parametrize(("one", "other"), [("南屏路", "兰平路"), ("星河路", "新河路"), ("人民路", "人名路")])
def test_sounds_that_are_taken_for_one_another(one, other):
    assert sounds.blurred(sounds.syllables(one)) == sounds.blurred(sounds.syllables(other))


@pytest.mark.parametrize(
    ("name", "some"),
    [
        ("某市人民政府", {"市政府", "某市政府"}),
        ("某市第一人民医院", {"市一院", "第一人民医院", "市第一医院"}),
        ("某市第三中学", {"市三中", "三中", "第三中学"}),
        ("甲区城市管理局", {"区城管局", "城管局", "甲区城管局"}),
        ("某市白云药业有限公司", {"白云药业", "某市白云药业"}),
        ("某市南街道办事处", {"南街道办", "某市南街道办"}),
    ],
)
def test_short_forms(name, some):
    assert some <= short.short_forms(name, {"某市", "甲区"})


@pytest.mark.parametrize(
    ("row", "base", "name", "mark"),
    [
        (Written(Kind.DOOR, street="人民路", number="12"), "人民路", "人民路12号", "12"),
        (Written(Kind.DOOR, street="人民路", number="12号附3号"), "人民路", "人民路12号附3号", "12-3"),
        (Written(Kind.BUILDING, estate="翠湖花园", number="3"), "翠湖花园", "翠湖花园3栋", "3"),
        (Written(Kind.COMPONENT, name="灯杆", number="dg－0007"), "灯杆DG", "灯杆 DG-0007", "7"),
        (Written(Kind.COMPONENT, number="0007"), "灯杆", "灯杆 0007", "7"),
        (Written(Kind.CROSSING, name="人民路与北京路交叉口"), "人民路", "人民路与北京路路口", ""),
        (Written(Kind.CROSSING, street="北京路", cross="人民路"), "人民路", "人民路与北京路路口", ""),
        (Written(Kind.SHOP, name="沃尔玛", street="人民路", number="1"), "沃尔玛", "沃尔玛", ""),
    ],
)
def test_rows_are_sorted_out(row, base, name, mark):
    address = naming.sorted_out(row)
    assert isinstance(address, Address)
    assert (address.base, address.name, address.mark) == (base, name, mark)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (Written(Kind.DOOR, number="12"), "street"),
        (Written(Kind.DOOR, street="人民路", number="东边"), "number"),
        (Written(Kind.DOOR, street="人民路"), "number"),
        (Written(Kind.BUILDING, number="3栋"), "estate"),
        (Written(Kind.SHOP), "name"),
        (Written(Kind.SHOP, name="店"), "name"),
        (Written(Kind.CROSSING, name="人民路"), "street"),
        (Written(Kind.CROSSING, street="人民路", cross="人民路"), "street"),
        (Written(Kind.DIVISION, name="甲区"), "kind"),
        (Written(Kind.SHOP, name="店" * 101), "name"),
    ],
)
def test_rows_that_are_no_address(row, column):
    found = naming.sorted_out(row)
    assert isinstance(found, tuple)
    assert found[0] == column
    assert found[1].said(str)
