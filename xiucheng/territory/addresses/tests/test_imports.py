"""Files of addresses: read in every form, refused as a whole, told by row and column, imported as a job."""

import io
import json
from types import SimpleNamespace

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command

from xiucheng.kernel import jobs, sheets
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.geo import Crs, convert
from xiucheng.kernel.models import AdminChange, Job
from xiucheng.kernel.testing import run_job
from xiucheng.territory import actions
from xiucheng.territory.addresses.models import AddressImport, AddressName, AddressPoint
from xiucheng.territory.problems import ImportRefused
from xiucheng.territory.queries import find_place

HEADER = "类别,名称,街巷,门牌号,小区,经度,纬度"
GOOD = f"""{HEADER}
门牌,,翠屏东路,1号,,100.01,25.001
门牌,,翠屏东路,5号,,100.03,25.001
小区,锦绣家园,,,,100.06,25.02
楼栋,,,5栋,锦绣家园,100.061,25.02
灯杆,,翠屏东路,LD-0456,,100.05,25.001
店铺,老周米线,翠屏东路,3号,,100.02,25.0011
路口,翠屏东路与槐井巷路口,,,,100.0985,25.001
"""


def put(text, crs="CGCS2000", encoding="utf-8"):
    return actions.import_addresses_now(data=text.encode(encoding), crs=crs, source="测试")


def faults(caught):
    return [(problem.row, problem.column) for problem in caught.value.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv(squares, encoding):
    assert put(GOOD, encoding=encoding) == actions.Imported(7, 7, 0)
    door = AddressPoint.objects.get(name="翠屏东路1号")
    assert (door.county, door.community, door.serial, door.source) == ("530901", "530901001001", 1, "测试")
    assert find_place("翠屏东路3号")[0].why == "没有 3 号的记录，按 1 号和 5 号之间推算"
    assert find_place("灯杆0456")[0].detail.endswith("翠屏东路")


def test_an_xlsx(squares):
    file = io.BytesIO()
    header, *lines = [line.split(",") for line in GOOD.strip().splitlines()]
    sheets.write_xlsx(file, header, lines, "地址")
    done = actions.import_addresses_now(data=file.getvalue(), crs="CGCS2000", source="测试")
    assert done.count == 7
    assert find_place("锦绣家园5栋")[0].exact


def test_a_geojson_that_states_its_crs(squares):
    lon, lat = convert(100.02, 25.02, Crs.CGCS2000, Crs.GCJ02)
    content: dict[str, object] = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [lon, lat]},
                "properties": {"kind": "landmark", "name": "双塔", "aliases": ["东塔", "西塔"], "height": 30},
            }
        ],
    }
    data = json.dumps(content).encode()
    with pytest.raises(Refused, match="没有说明坐标系"):
        actions.import_addresses_now(data=data, crs="", source="")
    content["crs"] = {"type": "name", "properties": {"name": "GCJ02"}}
    data = json.dumps(content).encode()
    with pytest.raises(Refused, match="不一致"):
        actions.import_addresses_now(data=data, crs="BD09", source="")
    actions.import_addresses_now(data=data, crs="", source="")
    found = find_place("东塔")[0]
    assert (found.name, found.lon, found.lat) == (
        "双塔",
        pytest.approx(100.02, abs=1e-6),
        pytest.approx(25.02, abs=1e-6),
    )


@pytest.mark.parametrize("crs", [Crs.GCJ02, Crs.BD09])
def test_positions_are_converted_from_what_is_stated(squares, crs):
    lon, lat = convert(100.02, 25.02, Crs.CGCS2000, crs)
    put(f"{HEADER}\n标志物,双塔,,,,{lon},{lat}\n", crs=str(crs))
    point = AddressPoint.objects.get(name="双塔").point
    assert (point.x, point.y) == (pytest.approx(100.02, abs=1e-6), pytest.approx(25.02, abs=1e-6))


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("瞎写,名称,,,,100.01,25.001", "类别", "门牌"),
        (",名称,,,,100.01,25.001", "类别", "类别应是"),
        ("门牌,,,1号,,100.01,25.001", "街巷", "街巷"),
        ("门牌,,翠屏东路,东侧,,100.01,25.001", "门牌号", "看不懂"),
        ("门牌,,翠屏东路,,,100.01,25.001", "门牌号", "看不懂"),
        ("楼栋,,,5栋,,100.01,25.001", "小区", "小区"),
        ("店铺,店,,,,100.01,25.001", "名称", "两个字"),
        ("路口,翠屏东路,,,,100.01,25.001", "街巷", "相交"),
        ("行政区划,甲区,,,,100.01,25.001", "类别", "区划"),
        ("标志物,双塔,,,,,25.001", "经度", "数字"),
        ("标志物,双塔,,,,100.01,abc", "纬度", "数字"),
        ("标志物,双塔,,,,inf,25", "经度", "数字"),
        ("标志物,双塔,,,,25.001,100.01", "经度", "写反"),
        ("标志物,双塔,,,,10.01,25.001", "经度", "中国境内"),
        ("标志物,双塔,,,,103.01,25.001", "经度", "不在本市"),
        ("标志物,双塔,,,,100.25,25.05", "经度", "不在本市"),
        ("门牌,,翠屏东路,1,,100.01,25.001", "名称", "同一个地址"),
    ],
)
def test_one_wrong_row_refuses_the_file(squares, line, column, words):
    before = AddressPoint.objects.count(), AddressName.objects.count()
    with pytest.raises(ImportRefused) as caught:
        put(GOOD + line + "\n")
    assert faults(caught) == [(9, column)]
    assert words in caught.value.problems[0].sentence
    assert (AddressPoint.objects.count(), AddressName.objects.count()) == before


def test_all_faults_are_told_at_once(squares):
    with pytest.raises(ImportRefused) as caught:
        put(f"{HEADER}\n瞎,甲,,,,1,2\n\n门牌,,翠屏东路,x,,100.01,25.001\n标志物,双塔,,,,103,25\n")
    assert faults(caught) == [(2, "经度"), (4, "门牌号"), (5, "经度")]
    assert "3 处问题" in caught.value.sentence


@pytest.mark.parametrize(
    ("text", "crs", "words"),
    [
        ("", "CGCS2000", "空的"),
        ("名称,经度\n甲地,100\n", "CGCS2000", "纬度"),
        ("经度,纬度\n100,25\n", "CGCS2000", "名称"),
        ("名称,地名,经度,纬度\n甲,乙,100,25\n", "CGCS2000", "同一件事"),
        (f"{HEADER}\n", "CGCS2000", "没有一行"),
        (GOOD, "", "没有说明坐标系"),
        (GOOD, "火星", "不认识坐标系"),
        ("{", "CGCS2000", "JSON"),
        ('{"type": "Point"}', "CGCS2000", "FeatureCollection"),
    ],
)
def test_a_file_that_cannot_be_read(squares, text, crs, words):
    with pytest.raises(Refused, match=words):
        put(text, crs=crs)
    assert not AddressPoint.objects.filter(origin="imported").exists()


def test_divisions_may_be_stated(squares):
    header = f"{HEADER},社区代码"
    put(f"{header}\n标志物,双塔,,,,100.07,25.02,530901001001\n")
    assert (
        AddressPoint.objects.get(name="双塔").community == "530901001001"
    )  # as stated, not as the point lies
    with pytest.raises(ImportRefused) as caught:
        put(f"{header}\n标志物,三塔,,,,100.07,25.02,530901009009\n标志物,四塔,,,,100.07,25.02,5309\n")
    assert [problem.row for problem in caught.value.problems] == [2, 3]


def test_importing_again_updates(squares):
    put(GOOD)
    moved = GOOD.replace("100.06,25.02", "100.062,25.021").replace("100.01,25.001", "100.012,25.001")
    done = put(moved)
    assert (done.count, done.new, done.changed) == (
        7,
        1,
        6,
    )  # the estate has no number: elsewhere it is another
    assert AddressPoint.objects.get(name="翠屏东路1号").point.x == pytest.approx(100.012)
    coded = f"地址编码,{HEADER}\nA1,小区,双塔苑,,,,100.06,25.03\n"
    put(coded)
    assert put(coded.replace("100.06,", "100.07,").replace("双塔苑", "双塔新苑")).changed == 1
    assert [place.name for place in find_place("双塔新苑")] == ["双塔新苑"]


def administrator(*rights, person=7):
    return SimpleNamespace(rights=frozenset(rights), person_id=person, signature="xitong (system_admin)")


def sent(text, filename="地址.csv"):
    by = administrator("manage_territory")
    return actions.import_addresses(file=text.encode(), filename=filename, crs="CGCS2000", by=by)


def test_an_administrator_imports_as_a_job(squares):
    row, job = sent(GOOD)
    assert (row.state, job.owner_id) == ("waiting", 7)
    assert run_job(job).result == {"words": "导入 7 条：新增 7，更新 0。"}
    row.refresh_from_db()
    assert (row.state, row.count, row.new, row.upload) == ("done", 7, 7, "")
    change = AdminChange.objects.latest("at")
    assert "地址.csv" in change.subject and change.by == "xitong (system_admin)"
    assert run_job(job).result == {"words": "已经导入过了。"}, "a job may run twice"
    assert AddressPoint.objects.filter(origin="imported").count() == 7


def test_a_job_that_is_refused_keeps_the_faults(squares):
    row, job = sent(f"{HEADER}\n瞎,甲地,,,,100.01,25\n", "错.csv")
    assert run_job(job).state == "failed"
    row.refresh_from_db()
    assert (row.state, row.faults, row.upload) == ("refused", 1, "")
    assert (row.problems[0]["row"], row.problems[0]["column"]) == (2, "类别")


def test_stopped_before_it_began_nothing_is_kept(squares):
    row, job = sent(GOOD)
    jobs.cancel(job.pk)
    row.refresh_from_db()
    assert (row.state, row.upload) == ("cancelled", "")
    assert not AddressPoint.objects.filter(origin="imported").exists()


def test_stopped_while_it_reads_nothing_is_written(squares, monkeypatch):
    row, job = sent(GOOD)
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    assert run_job(job).state == "cancelled"
    row.refresh_from_db()
    assert row.state == "cancelled"
    assert not AddressPoint.objects.filter(origin="imported").exists()


def test_a_file_that_is_gone_is_told(squares):
    """Uploads are in no backup: after a restore the row is there and the file is not."""
    row, job = sent(GOOD)
    storages["files"].delete(row.upload)
    assert "请重新上传" in run_job(job).error
    row.refresh_from_db()
    assert row.state == "refused" and "请重新上传" in row.problems[0]["sentence"]


@pytest.mark.parametrize(
    ("by", "data", "crs", "status"),
    [
        (administrator(), GOOD, "CGCS2000", 403),
        (administrator("manage_territory"), "", "CGCS2000", 422),
        (administrator("manage_territory"), GOOD, "", 422),
    ],
)
def test_what_the_administrator_is_told_at_once(squares, by, data, crs, status):
    with pytest.raises(Refused) as caught:
        actions.import_addresses(file=data.encode(), filename="a.csv", crs=crs, by=by)
    assert caught.value.status == status
    assert not AddressImport.objects.exists()
    assert not Job.objects.exists()


def test_the_command(squares, tmp_path, capsys):
    file = tmp_path / "地址.csv"
    file.write_text(GOOD, encoding="gb18030")
    call_command("import_addresses", str(file), "--crs", "CGCS2000", "--synthetic")
    assert "7 rows, 7 new" in capsys.readouterr().out
    assert AddressPoint.objects.get(name="翠屏东路1号").synthetic
    file.write_text(GOOD.replace("门牌,,翠屏东路,1号", "瞎,,翠屏东路,1号"), encoding="utf-8")
    with pytest.raises(CommandError, match="2, 类别"):
        call_command("import_addresses", str(file), "--crs", "CGCS2000")
    with pytest.raises(CommandError, match=r"nowhere\.csv"):
        call_command("import_addresses", str(tmp_path / "nowhere.csv"), "--crs", "CGCS2000")
