"""The city of squares with streets that cross, numbers along them, an estate, shops and lamps.

人民路 runs west–east at 25.01 N with the numbers 1–199 (121, 123, 124 are missing): n stands at 100 + n/2000 E.
北京路 runs south–north at 100.05 E. Both lie in 甲区 (530901) up to 100.1 E.
"""

import pytest
from shapely.geometry import LineString

from xiucheng.territory import actions
from xiucheng.territory.actions import StreetRow
from xiucheng.territory.addresses import store
from xiucheng.territory.addresses.rules import naming
from xiucheng.territory.addresses.rules.kinds import Kind
from xiucheng.territory.addresses.rules.naming import Address, Written
from xiucheng.territory.tests.conftest import squares  # noqa: F401

MISSING = (121, 123, 124)
STREETS = [
    StreetRow("人民路", "arterial", LineString([(100.0, 25.01), (100.1, 25.01)]), 40.0),
    StreetRow("北京路", "arterial", LineString([(100.05, 25.0), (100.05, 25.1)]), 40.0),
    StreetRow("重庆路", "collector", LineString([(100.0, 25.03), (100.1, 25.03)]), 20.0),
    StreetRow("一二一大街", "arterial", LineString([(100.0, 25.07), (100.1, 25.07)]), 40.0),
    StreetRow("槐井一巷", "lane", LineString([(100.02, 25.00005), (100.02, 25.0099)]), 7.0),
    StreetRow("河滨路", "lane", LineString([(100.11, 25.01), (100.19, 25.01)]), 7.0),
]
PLACES = [
    Written(Kind.ESTATE, name="翠湖花园小区", lon=100.03, lat=25.02),
    *(
        Written(Kind.BUILDING, estate="翠湖花园小区", number=f"{n}栋", lon=100.03 + n / 10_000, lat=25.02)
        for n in range(1, 9)
    ),
    Written(Kind.BUILDING, estate="翠湖花园小区", number="3栋1单元", lon=100.0303, lat=25.0201),
    Written(Kind.UNIT, name="某市人民政府", street="人民路", number="80号", lon=100.04, lat=25.0102),
    Written(Kind.LANDMARK, name="某市第一人民医院", aliases=("红会医院",), lon=100.06, lat=25.02),
    Written(Kind.SHOP, name="沃尔玛超市", street="人民路", number="100号", lon=100.05, lat=25.0102),
    Written(Kind.SHOP, name="沃尔玛超市", street="北京路", number="1号", lon=100.0502, lat=25.06),
    Written(Kind.SHOP, name="老周米线店", street="重庆路", number="7号", lon=100.0702, lat=25.0302),
    *(
        Written(
            Kind.COMPONENT, name="灯杆", number=f"DG-{n:04}", street="人民路", lon=100 + n / 5000, lat=25.01
        )
        for n in range(1, 200)
    ),
    Written(Kind.DOOR, street="河滨路", number="1号", lon=100.12, lat=25.01),
]


def written() -> list[Written]:
    doors = [
        Written(Kind.DOOR, street="人民路", number=str(n), lon=100 + n / 2000, lat=25.01)
        for n in range(1, 200)
        if n not in MISSING
    ]
    return doors + PLACES


def stored(rows: list[Written]) -> tuple[int, int]:
    """Put rows in, as an import does after it has read them."""
    with store.staging() as staged:
        sorted_out = [(n, row, naming.sorted_out(row)) for n, row in enumerate(rows, start=1)]
        assert all(isinstance(address, Address) for _n, _row, address in sorted_out)
        staged.add(sorted_out)  # type: ignore[arg-type]
        staged.index()
        assert staged.locate() == []
        staged.complete_keys()
        return staged.merge()


@pytest.fixture
def town(squares) -> None:  # noqa: F811
    """The streets and addresses above."""
    actions.load_streets(rows=STREETS)
    stored(written())
