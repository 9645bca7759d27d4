"""Codes of categories, components and matters, and who is responsible: tables and properties, without a
database.
"""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiucheng.catalog import rules
from xiucheng.catalog.rules import Body, DutyRow, Kind, Named
from xiucheng.territory.rules import Fault

OLD, NEW = date(2026, 6, 30), date(2026, 7, 1)


@pytest.mark.parametrize(
    ("text", "standard", "kind", "code"),
    [
        ("matter/01001", "", "matter", "01001"),
        ("component/01001", "", "component", "01001"),
        (" matter/01001 ", "", "matter", "01001"),
        ("GB/T 47678.5-2026/matter/01001", rules.GB2026, "matter", "01001"),
        ("GB/T47678.5-2026/matter/01001", rules.GB2026, "matter", "01001"),
        ("GB/T 30428.2-2013/matter/0401", rules.GB2013, "matter", "0401"),
        ("CJ/T 214-2007/component/0101", rules.CJ2007, "component", "0101"),
        ("local/matter/99999", rules.LOCAL, "matter", "99999"),
    ],
)
def test_a_category_is_read_from_the_right(text, standard, kind, code):
    assert rules.read_category(text) == Named(standard, Kind(kind), code)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("01001", "写明种类"),
        ("", "写明种类"),
        ("/01001", "写明种类"),
        ("event/01001", "component"),
        ("事项/01001", "component"),
        ("Matter/01001", "component"),
        ("GB/T 99999/matter/01001", "没有分类标准"),
        ("//matter/01001", "没有分类标准"),
        ("matter/", "位数字"),
        ("matter/0100１", "位数字"),
        ("matter/010010", "位数字"),
        ("GB/T 47678.5-2026/matter/0401", "位数字"),
        ("GB/T 30428.2-2013/matter/01001", "位数字"),
    ],
)
def test_what_is_no_category_is_told(text, told):
    fault = rules.read_category(text)
    assert isinstance(fault, Fault)
    assert told in fault.said(str)


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text):
    read = rules.read_category(text)
    assert isinstance(read, Named) or read.said(str)


@pytest.mark.parametrize(
    ("code", "on", "told"),
    [
        ("53010201001000001", NEW, None),
        ("3205080101000001", OLD, None),
        ("3205080101000001", NEW, "16 位的是旧码"),
        ("53010201001000001", OLD, "16 位"),
        ("5301020100100000１", NEW, "17 位"),
        ("", NEW, "17 位"),
        ("53010001001000001", NEW, "区县"),
        ("00010201001000001", NEW, "区县"),
        ("53010209999000001", NEW, "大类小类"),
        ("53010201001000000", NEW, "顺序号"),
    ],
)
def test_component_codes(code, on, told):
    read = rules.read_component_code(code, on=on, known={"01001", "0101"})
    if told is None:
        assert not isinstance(read, Fault)
        assert read.division + read.category + read.sequence == code
    else:
        assert isinstance(read, Fault) and told in read.said(str)


@pytest.mark.parametrize(
    ("code", "on", "sound"),
    [
        ("53010209006", NEW, True),
        ("5301020406", OLD, True),
        ("5301020406", NEW, False),
        ("53010209006000001", NEW, False),
        ("53010209999", NEW, False),
    ],
)
def test_matter_codes_are_class_codes(code, on, sound):
    read = rules.read_matter_code(code, on=on, known={"09006", "0406"})
    assert isinstance(read, tuple) is sound


def test_one_national_standard_is_in_force_on_any_day():
    for day in (date(2008, 1, 1), date(2014, 8, 14), date(2014, 8, 15), OLD, NEW, date(2030, 1, 1)):
        in_force = [e.standard for e in rules.EDITIONS if e.in_force(day) and e.standard != rules.LOCAL]
        assert len(in_force) == 1, day
    assert rules.EDITION[rules.GB2013].in_force(OLD) and rules.EDITION[rules.GB2026].in_force(NEW)


ROADS = Body(1, "五华市政", ("市政",), "530102")
STREET_ROADS = Body(2, "华山市政所", ("市政",), "530102001")
CITY_ROADS = Body(3, "昆明市政", ("市政",), "5301")
OTHER_ROADS = Body(4, "盘龙市政", ("市政",), "530103")
STREET = Body(5, "华山街道办", (), "530102001", is_fallback=True)
COUNTY = Body(6, "五华城管局", (), "530102", is_fallback=True)
CENTRE = Body(7, "五华指挥中心", ("市政",), "530102", is_command_centre=True)
PLACE = "530102001001"


def ask(*, duties=(), kinds=("市政",), bodies=(), fallbacks=(), division=PLACE, on=NEW):
    return rules.responsible(
        division=division, on=on, duties=duties, kinds=kinds, bodies=bodies, fallbacks=fallbacks
    )


@pytest.mark.parametrize(
    ("duties", "bodies", "fallbacks", "rule", "lead"),
    [
        # the longest prefix of the 权责清单 wins
        ([[DutyRow(1, "53", 1), DutyRow(2, "530102", 2), DutyRow(3, "530103", 3)]], [], [], "duty", 2),
        ([[DutyRow(1, "530102001", 9), DutyRow(2, "530102", 2)]], [ROADS], [], "duty", 9),
        # the category's own row, though shorter, before a relative's
        ([[DutyRow(1, "53", 1)], [DutyRow(2, "530102001", 2)]], [], [], "duty", 1),
        # not begun yet, ended already
        ([[DutyRow(1, "530102", 9, (), date(2026, 7, 2))]], [ROADS], [], "kind", 1),
        ([[DutyRow(1, "530102", 9, (), date(2020, 1, 1), NEW)]], [ROADS], [], "kind", 1),
        # by kind: street, county, city; never a neighbour, never a command centre
        ([], [CITY_ROADS, OTHER_ROADS, ROADS], [], "kind", 1),
        ([], [CITY_ROADS, STREET_ROADS, ROADS], [], "kind", 2),
        ([], [CITY_ROADS, OTHER_ROADS], [], "kind", 3),
        ([], [CENTRE, OTHER_ROADS, COUNTY], [], "fallback", 6),
        # by place: street before county; a row before a flag
        ([], [COUNTY, STREET], [], "fallback", 5),
        ([], [COUNTY, STREET], [DutyRow(1, "530102", 8)], "fallback", 8),
        ([], [], [DutyRow(1, "5301", 7), DutyRow(2, "530102", 8)], "fallback", 8),
        # at last the centre
        ([], [CENTRE], [], "last", 7),
    ],
)
def test_who_is_responsible(duties, bodies, fallbacks, rule, lead):
    found = ask(duties=duties, bodies=bodies, fallbacks=fallbacks)
    assert (found.rule, found.lead) == (rule, lead)


def test_nobody_only_where_there_is_nobody():
    assert ask() is None
    assert ask(bodies=[OTHER_ROADS]) is None, "another county's department is not asked"


bodies = st.builds(
    Body,
    id=st.integers(1, 50),
    name=st.just("某"),
    kinds=st.sampled_from([(), ("市政",), ("排水", "市政")]),
    division=st.sampled_from(["53", "5301", "530102", "530103", "530102001", "530102002"]),
    is_fallback=st.booleans(),
    is_command_centre=st.booleans(),
)


@given(st.lists(bodies, max_size=6))
def test_never_nobody_while_a_department_of_the_place_exists(several):
    found = ask(bodies=several)
    reachable = [
        body for body in several if PLACE.startswith(body.division) or body.division[:6] == PLACE[:6]
    ]
    assert (found is not None) == bool(reachable)
    if found and found.rule != "last":
        assert PLACE.startswith(found.division)
