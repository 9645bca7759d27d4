"""Address points taken out and put in again: nothing is lost, and the bytes are the same."""

import csv
import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from xiucheng.kernel import configuration
from xiucheng.territory import actions
from xiucheng.territory.addresses import exporting
from xiucheng.territory.addresses.models import AddressName, AddressPoint
from xiucheng.territory.addresses.rules import naming
from xiucheng.territory.addresses.rules.kinds import Kind
from xiucheng.territory.addresses.rules.naming import Address, Written
from xiucheng.territory.addresses.rules.writing import names_of
from xiucheng.territory.models import Street
from xiucheng.territory.problems import ImportRefused
from xiucheng.territory.queries import find_place

HEADER = "类别,名称,街巷,门牌号,小区,相交道路,别名,地址编码,经度,纬度,启用日期,停用日期,来源,示例数据"
FILE = f"""{HEADER}
门牌,,翠屏东路,1号,,,,,100.01,25.001,2020-01-01,,民政局,
门牌,,翠屏东路,１２３附5号,,,老楼、三号院,,100.0123456789012,25.001,,,民政局,是
门牌,人民医院、北门,翠屏东路,5,,,老院,,100.03,25.001,,2027-01-01,民政局,
门牌,,翠屏东路,5,,,,A-001,100.031,25.001,,,民政局,
小区,锦绣家园,,,,,锦绣,,100.06,25.02,,,,
楼栋,,,5栋,锦绣家园,,,,100.061,25.02,,,,
楼栋,,翠屏东路,6,锦绣家园,,,,100.062,25.02,,,,
灯杆,,翠屏东路,ＬＤ－ 0456,,,,,100.05,25.001,,,,
部件,消火栓,,77,,,,,100.052,25.001,,,,
店铺,老周米线,翠屏东路,3号,,,,,100.02,25.0011,,,,
店铺,老周米线,翠屏东路,,,,,,100.025,25.0011,,,,
店铺,=SUM(1)店,,,,,+86米线,,100.026,25.0011,,,,
店铺,''=小店铺,,,,,,,100.0265,25.0011,,,,
单位,"某公司, ""甲"" 分部",,,,,,,100.027,25.0011,,,,
标志物,翠湖,,２ 号,,,,,100.028,25.03,,,,
街巷,无名巷,,,,,,,100.029,25.03,,,,
路口,,翠屏东路,,,槐井巷,,,100.0985,25.001,,,,
路口,翠屏东路与无名巷路口,,,,,,,100.0986,25.001,,,,
"""


def put(text: str | bytes, **more: object) -> actions.Imported:
    data = text if isinstance(text, bytes) else text.encode()
    return actions.import_addresses_now(data=data, crs="CGCS2000", source="导入的文件", **more)  # type: ignore[arg-type]


@pytest.fixture
def exported(tmp_path):
    def made(name: str = "a.csv") -> bytes:
        exporting.write(tmp_path / name)
        return (tmp_path / name).read_bytes()

    return made


def all_points() -> list[tuple[object, ...]]:
    columns = [
        field.attname
        for field in AddressPoint._meta.concrete_fields
        if field.name not in ("id", "base", "cross")
    ]
    return list(AddressPoint.objects.order_by("key").values_list(*columns, "base__name", "cross__name"))


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM territory_addresspoint WHERE origin = 'imported'")
    from xiucheng.territory.addresses import store

    store.prune()


def test_out_and_into_an_empty_table_and_out_again_is_the_same(squares, exported):
    assert put(FILE).count == 18
    first, points = exported(), all_points()
    empty()
    assert not AddressPoint.objects.filter(origin="imported").exists()
    assert put(first) == actions.Imported(18, 18, 0)
    assert exported("b.csv") == first
    assert all_points() == points, "each with its key, its aliases and its number"
    assert put(first) == actions.Imported(18, 0, 18), "imported again it is the same addresses"
    assert put(FILE) == actions.Imported(18, 0, 18), "and so is the file of before"
    assert exported("c.csv") == first


def test_what_stands_in_the_file(squares, exported):
    put(FILE)
    text = exported().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["区县代码"] for row in rows] == sorted(row["区县代码"] for row in rows)
    door = next(row for row in rows if row["门牌号"] == "123附5号")
    assert (door["类别"], door["街巷"], door["名称"], door["经度"]) == (
        "门牌",
        "翠屏东路",
        "",
        "100.0123456789012",
    )
    assert (door["别名"], door["示例数据"], door["来源"]) == ("老楼、三号院", "是", "民政局")
    assert (door["区县代码"], door["社区代码"]) == ("530901", "530901001001")
    assert next(row for row in rows if row["地址编码"])["地址编码"] == "A-001"
    assert {row["名称"] for row in rows if "SUM" in row["名称"]} == {"'=SUM(1)店"}, (
        "no spreadsheet executes it"
    )
    assert {row["来源"] for row in rows} == {"民政局", "导入的文件"}


def test_the_order_of_the_rows_is_not_that_of_the_import(squares, exported):
    put(FILE)
    first = exported()
    empty()
    head, *lines = FILE.splitlines()
    put("\n".join([head, *reversed(lines)]))
    assert exported("b.csv") == first


def test_what_is_derived_is_left_out(squares, exported):
    assert AddressPoint.objects.filter(origin="streets").exists()
    assert exported().decode("utf-8-sig").count("\n") == 1


def test_a_second_city_from_files_alone_finds_its_streets_and_doors(squares, exported):
    put(FILE)
    points, files = exported(), dict(configuration.written())
    Street.objects.all().delete()
    AddressPoint.objects.all().delete()
    AddressName.objects.all().delete()
    assert find_place("翠屏东路") == []
    configuration.apply(configuration.read(files), by="test")
    assert find_place("翠屏东路")[0].exact, "streets are derived again by the import of the configuration"
    assert put(points).new == 18
    assert find_place("翠屏东路1号")[0].exact and exported("b.csv") == points
    assert dict(configuration.written()) == files


def test_an_import_that_changes_no_ground_derives_nothing(squares, monkeypatch):
    from xiucheng.territory.addresses import derived

    called: list[str] = []
    monkeypatch.setattr(derived, "refresh_streets", lambda: called.append("streets"))
    monkeypatch.setattr(derived, "refresh_divisions", lambda: called.append("divisions"))
    files = dict(configuration.written())
    configuration.apply(configuration.read(files), by="test")
    assert called == []
    Street.objects.filter(name="槐井巷").delete()
    configuration.apply(configuration.read(files), by="test")
    assert called == ["streets"]


def test_the_word_for_sample_data_is_yes_or_nothing(squares):
    with pytest.raises(ImportRefused) as caught:
        put(f"{HEADER}\n门牌,,翠屏东路,1号,,,,,100.01,25.001,,,,也许\n")
    (problem,) = caught.value.problems
    assert (problem.row, problem.column) == (2, "示例数据") and "应填“是”或不填" in problem.sentence
    assert not AddressPoint.objects.filter(origin="imported").exists()


def test_the_command_writes_it_whole_or_not_at_all(squares, tmp_path, capsys, monkeypatch):
    put(FILE)
    target = tmp_path / "地址.csv"
    call_command("export_addresses", "--out", str(target))
    assert "18 rows, CGCS2000" in capsys.readouterr().out
    kept = target.read_bytes()
    with pytest.raises(CommandError, match="No such file"):
        call_command("export_addresses", "--out", str(tmp_path / "none" / "a.csv"))
    monkeypatch.setattr(exporting, "cells", lambda _point: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        call_command("export_addresses", "--out", str(target))
    assert target.read_bytes() == kept and [path.name for path in tmp_path.iterdir()] == ["地址.csv"]


# -- the rule ---

WORDS = st.text(alphabet="人民路东风街12号=-'+附、，,；| aBＣ③", max_size=12).map(str.strip)
NUMBERS = st.one_of(
    st.sampled_from(["1", "１２３附5号", "3栋2单元", "DG-0123", "dg 0123", "12-5", "12-5号", "12-5栋"]),
    st.sampled_from(["12-5a", "十二号", "7a", "", "2 号"]),
    st.integers(1, 99999).map(str),
)


def read_again(row: Written, address: Address) -> Written:
    """The row as the export writes it and the import reads it."""
    found = names_of(row.kind, address.name, address.aliases, address.street, address.number, address.cross)
    aliases = (part.strip() for part in re.split("[;；、,，|]", found.pop("aliases")))
    return Written(
        row.kind,
        aliases=tuple(alias for alias in aliases if alias),
        code=row.code,
        lon=row.lon,
        lat=row.lat,
        **found,  # type: ignore[arg-type]  # texts all
    )


@given(
    kind=st.sampled_from([kind for kind in Kind if kind is not Kind.DIVISION]),
    name=WORDS, street=WORDS, number=NUMBERS, estate=WORDS, cross=WORDS,
    aliases=st.lists(st.text(alphabet="老楼医院北门", min_size=1, max_size=5), max_size=3),
)  # fmt: skip
def test_a_stored_address_is_read_as_itself(kind, name, street, number, estate, cross, aliases):
    row = Written(
        kind, name=name, aliases=tuple(aliases), street=street, number=number, estate=estate, cross=cross, lon=100.0,
        lat=25.0,
    )  # fmt: skip
    address = naming.sorted_out(row)
    if not isinstance(address, Address):
        return
    again = read_again(row, address)
    assert naming.sorted_out(again) == address
    assert naming.key_of(again, address) == naming.key_of(row, address)
