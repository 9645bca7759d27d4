"""What is meant by a question, from names alone: worked examples, no database."""

import pytest

from xiucheng.territory.addresses.rules import matching, naming, ranking, reading
from xiucheng.territory.addresses.rules.kinds import FAMILY, WEIGHT, Kind
from xiucheng.territory.addresses.rules.matching import Name

KNOWN = [
    ("甲区", Kind.DIVISION, "530901"), ("乙区", Kind.DIVISION, "530902"), ("南街道", Kind.DIVISION, "530901001"),
    ("人民路", Kind.STREET, "530901"), ("人民路", Kind.STREET, "530902"), ("人民东路", Kind.STREET, "530901"),
    ("北京路", Kind.STREET, "530901"), ("五一路", Kind.STREET, "530901"), ("一二一大街", Kind.STREET, "530901"),
    ("翠湖花园小区", Kind.ESTATE, "530901"), ("翠湖宾馆", Kind.LANDMARK, "530901"), ("翠湖", Kind.LANDMARK, "530901"),
    ("人民路小学", Kind.UNIT, "530901"), ("沃尔玛", Kind.SHOP, "530901"), ("灯杆", Kind.COMPONENT, "530901"),
]  # fmt: skip


def name_of(at: int, name: str, kind: Kind, code: str) -> Name:
    found = naming.material(name, FAMILY[kind], kind)
    return Name(
        at,
        FAMILY[kind],
        kind,
        code,
        name,
        name,
        found.normal,
        found.pinyin,
        found.initials,
        WEIGHT[kind],
        0,
        0,
    )


NAMES = [name_of(at, *known) for at, known in enumerate(KNOWN)]


def meant(typed: str, *, slips: bool = False) -> ranking.Ask:
    question = reading.read(typed)
    ways = ranking.asks(question, matching.hits(question, NAMES, slips=slips))
    assert ways, typed
    return ways[0]


@pytest.mark.parametrize(
    ("typed", "name", "number"),
    [
        ("人民路", "人民路", None),
        ("人民", "人民路", None),
        ("人民路12号", "人民路", "12"),
        ("人民路十二号", "人民路", "12"),
        ("人民路12", "人民路", "12"),
        ("人民路 12 号", "人民路", "12"),
        ("甲区人民路12号附近", "人民路", "12"),
        ("甲区南街道人民路12号", "人民路", "12"),
        ("人民路12号翠湖宾馆", "翠湖宾馆", None),
        ("人民路沃尔玛", "沃尔玛", None),
        ("翠湖花园小区3栋", "翠湖花园小区", "3"),
        ("翠湖花园3栋2单元", "翠湖花园小区", "3-2"),
        ("翠湖", "翠湖", None),
        ("人民路小学", "人民路小学", None),
        ("人民东路5号", "人民东路", "5"),
        ("五一路5号", "五一路", "5"),
        ("51路5号", "五一路", "5"),
        ("121大街一百二十一号", "一二一大街", "121"),
        ("灯杆0123", "灯杆", "123"),
        ("人民路灯杆123", "灯杆", "123"),
        ("甲区", "甲区", None),
        ("renminlu12", "人民路", "12"),
        ("renmin", "人民路", None),
        ("rml", "人民路", None),
        ("cuihubinguan", "翠湖宾馆", None),
    ],
)
def test_what_is_meant(typed, name, number):
    way = meant(typed)
    assert (way.hit.name.name, way.number and way.number.text) == (name, number)
    assert way.left == 0


@pytest.mark.parametrize(
    ("typed", "name"),
    [("人名路", "人民路"), ("人民璐12号", "人民路"), ("崔湖宾馆", "翠湖宾馆"), ("翠胡花园", "翠湖花园小区"),
     ("翠湖化园小曲", "翠湖花园小区"), ("renmnlu", "人民路"), ("rneminlu", "人民路"), ("wuermaa", "沃尔玛"),
     ("甲区被京路", "北京路"), ("湖花园", "翠湖花园小区")],
)  # fmt: skip
def test_slips_of_the_finger(typed, name):
    assert meant(typed, slips=True).hit.name.name == name


@pytest.mark.parametrize(
    "typed",
    [
        "人民路与北京路交叉口",
        "人民路北京路路口",
        "人民路 北京路",
        "北京路和人民路口",
        "renminlu beijinglu",
        "甲区人民路与北京路十字路口",
    ],
)
def test_crossings(typed):
    way = meant(typed)
    assert way.across
    assert {way.hit.name.name, *(NAMES[at].name for at in way.across)} == {"人民路", "北京路"}


def test_a_division_named_counts_for_streets_of_one_name():
    assert meant("乙区人民路").divisions == ("530902",)


def test_what_nothing_explains_is_not_meant():
    question = reading.read("完全没有听说过的某个地方在人民路")
    assert ranking.asks(question, matching.hits(question, NAMES)) == []
