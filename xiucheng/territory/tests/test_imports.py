"""Imports name the row and the column, and store nothing unless all is right."""

import json
from datetime import date

import pytest
import shapely
from django.db import IntegrityError, transaction
from pyproj import Transformer
from shapely.geometry import Polygon, box, mapping

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.geo import Crs, convert
from xiucheng.territory import actions, geometry, queries
from xiucheng.territory.actions import DivisionRow, GridRow
from xiucheng.territory.models import Division, UnitGrid
from xiucheng.territory.problems import ImportRefused
from xiucheng.territory.tests.conftest import A_EAST, B_WEST, START

DAY = date(2026, 1, 1)
FREE = box(100.06, 25.01, 100.061, 25.011)
BOW = Polygon([(100.06, 25.01), (100.061, 25.011), (100.061, 25.01), (100.06, 25.011)])


def geojson(*features, crs=None):
    content: dict[str, object] = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": shape and mapping(shape)}
            for properties, shape in features
        ],
    }
    if crs:
        content["crs"] = {"type": "name", "properties": {"name": crs}}
    return json.dumps(content).encode()


def faults(caught):
    return [(p.row, p.column) for p in caught.value.problems]


def test_a_csv_of_divisions(db):
    data = (
        '代码,名称,等级,启用,范围\n530901,甲区,,是,"POLYGON((100 25,100.1 25,100.1 25.1,100 25.1,100 25))"\n'
    )
    data += "530901001,南街道,A,,\n530901001001,翠𠮷社区,B,,\n"
    assert actions.import_divisions_csv(data=data.encode("gb18030"), crs="EPSG:4490") == 3
    county = Division.objects.get(code="530901")
    assert county.shape is not None
    assert (county.name, county.level, county.shape.srid, county.active) == ("甲区", 6, 4490, True)
    community = Division.objects.get(code="530901001001")
    assert (community.name, community.parent_id, community.grade) == ("翠𠮷社区", "530901001", "B")


def test_a_long_outline_with_heights(db):
    ring = [(100 + n / 2e5, 25.0, 1900.5) for n in range(12_000)] + [
        (100.05, 25.1, 1900.5),
        (100.0, 25.0, 1900.5),
    ]
    text = shapely.to_wkt(Polygon(ring), output_dimension=3)
    assert len(text) > 200_000
    actions.import_divisions_csv(data=f'code,name,wkt\n530901,甲,"{text}"\n'.encode(), crs="CGCS2000")
    (shape,) = Division.objects.values_list("shape", flat=True)
    assert shape is not None
    assert not shape.hasz


def test_importing_again_updates_and_keeps_a_shape_left_out(squares):
    actions.import_divisions_csv(data="code,name\n530901,甲新区\n".encode())
    county = Division.objects.get(code="530901")
    assert county.name == "甲新区"
    assert county.shape is not None


@pytest.mark.parametrize(
    ("line", "row", "column", "words"),
    [
        ("5309x1,某,,", 2, "code", "只能由数字"),
        ("５３０９０１,某,,", 2, "code", "只能由数字"),
        ("53090,某,,", 2, "code", "5 位"),
        ("530901009999,某,,", 2, "code", "上级 530901009 不存在"),
        ("530904,某\0,,", 2, "name", "不能为空"),
        ("530904,,,", 2, "name", "不能为空"),
        ("530904,某,D,", 2, "grade", "A、B、C 或 ALL"),
        ("530904,某,A,也许", 2, "active", "是 或 否"),
        ("530901,甲,,", 2, "code", "出现了两次"),
        ("530904,某", 2, "", "有 2 列"),
    ],
)
def test_a_fault_in_a_csv(db, line, row, column, words):
    data = f"code,name,grade,active\n530901,甲区,,\n{line}\n"
    with pytest.raises(ImportRefused, match=words) as caught:
        actions.import_divisions_csv(data=data.encode())
    assert faults(caught) == [(row, column)]
    assert f"第 {row} 行" in caught.value.sentence
    assert not Division.objects.exists()


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ("POINT(100 25)", "应是不为空的面"),
        ("POLYGON((100 25,100.1 25.1,100.1 25,100 25.1,100 25))", "自相交"),
        ("POLYGON((25 100,25 100.1,25.1 100.1,25 100))", "写反"),
        ("POLYGON((500000 2700000,500100 2700000,500100 2700100,500000 2700000))", "不在中国境内"),
        ("矩形", "WKT"),
    ],
)
def test_a_fault_in_a_shape(db, shape, words):
    with pytest.raises(ImportRefused, match=words) as caught:
        actions.import_divisions_csv(data=f'code,name,shape\n530901,甲,"{shape}"\n'.encode(), crs="CGCS2000")
    assert faults(caught) == [(1, "shape")]


@pytest.mark.parametrize(
    ("data", "crs", "words"),
    [
        (b"name\n", None, "缺少“代码 code”"),
        (b"", None, "缺少"),
        (b"\xff\xfe\x00\x00", None, "编码"),
        pytest.param(b"code,name\n1," + b"x" * (64 * 2**20 + 1), None, "不是有效的 CSV", id="a 64 MiB cell"),
        (b"code,name,shape\n", None, "没有说明坐标系"),
        (b"code,name,shape\n", "EPSG:1", "不认识坐标系"),
        (b"code,name,shape\n", "昆明坐标系", "不认识坐标系"),
    ],
)
def test_a_csv_that_cannot_be_read(db, data, crs, words):
    with pytest.raises(Refused, match=words):
        actions.import_divisions_csv(data=data, crs=crs)


def test_grids_in_each_crs_land_in_the_same_place(squares):
    plane = Transformer.from_crs(4490, 4543, always_xy=True)
    corners = list(FREE.exterior.coords)
    moved = {
        "EPSG:4543": [plane.transform(*c) for c in corners],
        "GCJ-02": [convert(lon, lat, Crs.CGCS2000, Crs.GCJ02) for lon, lat in corners],
        "BD09": [convert(lon, lat, Crs.CGCS2000, Crs.BD09) for lon, lat in corners],
        "urn:ogc:def:crs:OGC:1.3:CRS84": corners,
    }
    for crs, points in moved.items():
        with transaction.atomic():
            file = geojson(({"code": f"{A_EAST}010", "grade": "B"}, Polygon(points)))
            assert actions.import_grids_geojson(data=file, crs=crs, valid_from=DAY) == 1
            grid = UnitGrid.objects.get(code=f"{A_EAST}010")
            stored = geometry.from_geos(grid.shape)
            assert stored.hausdorff_distance(FREE) < 2e-7, crs  # 2 cm
            assert grid.area_m2 == pytest.approx(geometry.areas_m2([FREE])[0], abs=5)
            transaction.set_rollback(True)


def test_the_crs_is_never_guessed(squares):
    file = geojson(({"code": f"{A_EAST}010"}, FREE))
    with pytest.raises(Refused, match="没有说明坐标系"):
        actions.import_grids_geojson(data=file, valid_from=DAY)
    stated = geojson(({"code": f"{A_EAST}010"}, FREE), crs="urn:ogc:def:crs:EPSG::4490")
    with pytest.raises(Refused, match="不一致"):
        actions.import_grids_geojson(data=stated, crs="GCJ02", valid_from=DAY)
    assert actions.import_grids_geojson(data=stated, crs="EPSG:4490", valid_from=DAY) == 1


@pytest.mark.parametrize(
    ("properties", "shape", "column", "words"),
    [
        ({"code": "12345"}, FREE, "code", "15 位"),
        ({"code": f"{A_EAST}000"}, FREE, "code", "从 001 开始"),
        ({"code": f"{A_EAST}001"}, FREE, "code", "不得重复使用"),
        ({"code": "530901001009001"}, FREE, "code", "社区 530901001009 不存在"),
        ({"code": "530901002001001"}, FREE, "code", "不存在"),
        ({}, FREE, "code", "缺少"),
        ({"code": f"{A_EAST}010", "grade": "优"}, FREE, "grade", "A、B、C 或 ALL"),
        ({"code": f"{A_EAST}010"}, BOW, "geometry", "自相交"),
        ({"code": f"{A_EAST}010"}, None, "geometry", "图形|不为空"),
        ({"code": f"{A_EAST}010"}, box(100.0495, 25.01, 100.0505, 25.011), "geometry", "超出了所在社区"),
        ({"code": f"{B_WEST}010"}, FREE, "geometry", "超出了所在社区"),
        (
            {"code": f"{A_EAST}010"},
            box(100.0985, 25.0015, 100.0986, 25.0016),
            "geometry",
            f"{A_EAST}001 重叠",
        ),
    ],
)
def test_a_fault_in_a_grid_stores_nothing(squares, properties, shape, column, words):
    file = geojson(({"code": f"{A_EAST}020"}, box(100.07, 25.01, 100.071, 25.011)), (properties, shape))
    with pytest.raises(ImportRefused, match=words) as caught:
        actions.import_grids_geojson(data=file, crs="CGCS2000", valid_from=DAY)
    assert faults(caught) == [(2, column)]
    assert UnitGrid.objects.count() == 5


def test_grids_of_one_file_may_touch_but_not_overlap(squares):
    touching = [
        GridRow(f"{A_EAST}0{n}", box(100.05 + n / 1e3, 25.01, 100.051 + n / 1e3, 25.011)) for n in (10, 11)
    ]
    with pytest.raises(ImportRefused, match="011 重叠"):
        actions.import_grids(
            rows=[touching[0], GridRow(touching[1].code, box(100.0605, 25.01, 100.062, 25.011))],
            valid_from=DAY,
        )
    assert actions.import_grids(rows=touching, valid_from=DAY) == 2


@pytest.mark.parametrize(
    "data", [b"{", b"[]", b'{"type": "Feature"}', b'{"type": "FeatureCollection"}', b"\xff"]
)
def test_a_geojson_that_cannot_be_read(db, data):
    with pytest.raises(Refused, match=r"JSON|FeatureCollection|编码"):
        actions.import_grids_geojson(data=data, crs="CGCS2000", valid_from=DAY)


@pytest.mark.parametrize(
    "feature", [None, 7, {"type": "Feature"}, {"properties": {"code": "1"}, "geometry": 3}]
)
def test_a_feature_that_is_none(squares, feature):
    data = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    with pytest.raises(ImportRefused) as caught:
        actions.import_grids_geojson(data=data, crs="CGCS2000", valid_from=DAY)
    assert caught.value.problems[0].row == 1


def test_a_drawn_grid_takes_the_next_number_and_never_a_retired_one(squares):
    first = actions.create_grid(community=A_EAST, shape=FREE, grade="B", on=DAY)
    assert first.code == f"{A_EAST}005"
    actions.retire_grid(code=first.code, on=date(2026, 2, 1))
    again = actions.create_grid(community=A_EAST, shape=FREE, grade="B", on=date(2026, 2, 1))
    assert again.code == f"{A_EAST}006"
    with pytest.raises(Refused, match="没有找到社区"):
        actions.create_grid(community="530901002009", shape=FREE, grade="B", on=DAY)


def test_a_redrawn_grid_keeps_code_and_beat(squares):
    code = f"{A_EAST}004"
    new = actions.redraw_grid(code=code, on=DAY, grade="C")
    assert UnitGrid.objects.filter(code=code).count() == 2
    before = queries.locate(100.0995, 25.0005, on=date(2025, 12, 31), border_m=0)
    after = queries.locate(100.0995, 25.0005, on=DAY, border_m=0)
    assert (before.grade, after.grade) == ("A", "C")
    assert before.beat_id == after.beat_id == squares.pk
    with pytest.raises(ImportRefused, match="重叠"):
        actions.redraw_grid(code=code, on=date(2026, 3, 1), shape=box(100.0985, 25, 100.1, 25.001))
    assert UnitGrid.objects.get(code=code, valid_to__isnull=True) == new


def test_a_grid_cannot_end_before_it_began(squares):
    with pytest.raises(Refused, match="必须晚于启用日期 2025-01-01"):
        actions.retire_grid(code=f"{A_EAST}004", on=START)
    with pytest.raises(Refused, match="没有找到有效的单元网格") as caught:
        actions.retire_grid(code=f"{A_EAST}099", on=DAY)
    assert caught.value.status == 404


@pytest.mark.parametrize(
    "change",
    [
        {"code": f"{B_WEST}777"},
        {"code": f"{A_EAST}77"},
        {"valid_from": date(2025, 6, 1)},
        {"valid_from": date(2024, 6, 1), "valid_to": date(2025, 6, 1)},
        {"valid_from": date(2024, 6, 1), "valid_to": date(2024, 6, 1)},
    ],
)
def test_the_database_itself_refuses_what_rules_forbid(squares, change):
    grid = UnitGrid.objects.get(code=f"{A_EAST}001")
    values = {
        "code": grid.code,
        "community_id": A_EAST,
        "shape": grid.shape,
        "area_m2": 1,
        "valid_from": START,
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        UnitGrid.objects.create(**values | change)


def test_a_parent_must_begin_the_code(squares):
    with pytest.raises(IntegrityError), transaction.atomic():
        Division.objects.create(code="530905", name="某", level=6, parent_id="530901001")


def test_a_division_with_grids_cannot_be_deleted(squares):
    with pytest.raises(Exception, match="protected"):
        Division.objects.get(code=A_EAST).delete()


def test_updating_names_needs_no_shape_and_rows_may_come_in_any_order(db):
    rows = [
        DivisionRow("530901001001", "社区"),
        DivisionRow("530901001", "街道"),
        DivisionRow("530901", "区"),
    ]
    assert actions.import_divisions(rows=rows) == 3
