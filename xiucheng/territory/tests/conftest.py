"""A hand-drawn city of squares, so that every expectation can be checked by eye.

    25.10 +-----------+-----------+-----------+
          | A 002     |           |           |    A = 530901, B = 530902: the city
    25.05 +-----+-----+ B 001     |  C        |    C = 530903: loaded, but not active
          |A 001|A 001+-----+     | (inactive)|    A 001 has the communities 001 (west), 002 (east)
          | 001 | 002 | 001 |     |           |    B 001 has the community 001 (its south-west)
    25.00 +-----+-----+-----+-----+-----------+
        100.0       100.1       100.2       100.3

Unit grids of 0.001 degree stand on both sides of the corner 100.1 E 25.0 N: A's 001–004, B's 001.
"""

from datetime import date

import pytest
from shapely.geometry import LineString, box

from xiucheng.territory import actions
from xiucheng.territory.actions import BeatRow, DivisionRow, GridRow, StreetRow

START = date(2025, 1, 1)
A_EAST, B_WEST = "530901001002", "530902001001"

DIVISIONS = [
    DivisionRow("53", "某省"),
    DivisionRow("5309", "某市"),
    DivisionRow("530901", "甲区", box(100.0, 25.0, 100.1, 25.1)),
    DivisionRow("530902", "乙区", box(100.1, 25.0, 100.2, 25.1)),
    DivisionRow("530903", "丙县", box(100.2, 25.0, 100.3, 25.1), active=False),
    DivisionRow("530901001", "南街道", box(100.0, 25.0, 100.1, 25.05)),
    DivisionRow("530901002", "北街道", box(100.0, 25.05, 100.1, 25.1), grade="C"),
    DivisionRow("530902001", "东街道", box(100.1, 25.0, 100.2, 25.1)),
    DivisionRow("530901001001", "西社区", box(100.0, 25.0, 100.05, 25.05), grade="B", synthetic=True),
    DivisionRow(A_EAST, "东社区", box(100.05, 25.0, 100.1, 25.05), grade="B", synthetic=True),
    DivisionRow(B_WEST, "河社区", box(100.1, 25.0, 100.15, 25.05), synthetic=True),
]
GRIDS = [
    GridRow(f"{A_EAST}001", box(100.098, 25.001, 100.099, 25.002), "A", True),
    GridRow(f"{A_EAST}002", box(100.099, 25.001, 100.1, 25.002), "A", True),
    GridRow(f"{A_EAST}003", box(100.098, 25.0, 100.099, 25.001), "A", True),
    GridRow(f"{A_EAST}004", box(100.099, 25.0, 100.1, 25.001), "A", True),
    GridRow(f"{B_WEST}001", box(100.1, 25.0, 100.101, 25.001), "B", True),
]


@pytest.fixture
def squares(db):
    """The city of squares, with one beat and two streets."""
    actions.import_divisions(rows=DIVISIONS)
    actions.import_grids(rows=GRIDS, valid_from=START)
    actions.load_streets(
        rows=[
            StreetRow("翠屏东路", "arterial", LineString([(100.0, 25.001), (100.2, 25.001)]), 40.0, True),
            StreetRow("槐井巷", "lane", LineString([(100.0985, 25.0), (100.0985, 25.002)]), 7.0, True),
        ]
    )
    (beat,) = actions.load_beats(
        rows=[BeatRow("东社区", "530901", [f"{A_EAST}001", f"{A_EAST}004"])], on=START
    )
    return beat
