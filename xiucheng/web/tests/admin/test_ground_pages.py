"""Divisions and grids from files: read in four formats, checked, compared, approved by another, counting from a day."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pyproj import Transformer

from xiucheng.cases.models import Case
from xiucheng.cases.tests.loop import Loop
from xiucheng.kernel import jobs as kernel_jobs
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.geo import Crs, convert
from xiucheng.kernel.models import AdminChange, Job
from xiucheng.kernel.testing import run_job
from xiucheng.kernel.tests.test_jobs import killed, work
from xiucheng.people.models import Post
from xiucheng.territory.models import Division, DivisionPast, GroundVersion, UnitGrid
from xiucheng.territory.queries import locate
from xiucheng.territory.versions import actions, applying, reading
from xiucheng.web.admin import ground_jobs

pytestmark = pytest.mark.django_db
ADMIN, LEADER = "系统管理员", "领导_五华"
TODAY = timezone.localdate()
GRID = "530102001001001"
LEFT, RIGHT = shapely.box(102.700, 25.041, 102.7004, 25.042), shapely.box(102.7004, 25.041, 102.701, 25.042)
NEW = "530102001001005"


def geojson(features, crs="EPSG:4490"):
    content: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": properties,
                "geometry": shapely.geometry.mapping(shape) if shape else None,
            }
            for properties, shape in features
        ],
    }
    if crs:
        content["crs"] = {"type": "name", "properties": {"name": crs}}
    return json.dumps(content).encode()


SPLIT = [({"code": GRID}, LEFT), ({"code": NEW, "beat": "乙"}, RIGHT)]
"""The grid 001 gives its east to a new one, which belongs to another beat."""


def shapes(file, features, *, crs, encoding="UTF-8", driver="GPKG", **names):
    codes = np.array([p["code"] for p, _s in features], dtype=object)
    words = np.array([p.get("name", "") for p, _s in features], dtype=object)
    wkb = shapely.to_wkb(np.array([s for _p, s in features], dtype=object))
    fields = [names.get("code", "code"), names.get("name", "name")]
    pyogrio.raw.write(
        str(file),
        wkb,
        [codes, words],
        fields,
        geometry_type="Polygon",
        crs=crs,
        driver=driver,
        encoding=encoding,
    )
    return Path(file)


def job_of(cast, task, who=ADMIN, **more):
    return ground_jobs.deferred(task, "test", cast[who].person_id, **more)


def sent(cast, data, name="网格.geojson", *, kind="grids", effective=TODAY, mode="part", area=""):
    person = cast[ADMIN].person
    return actions.upload(
        file=data, name=name, kind=kind, title="重划", effective=effective, mode=mode, area_code=area, by=person,
        who="test", job=job_of(cast, ground_jobs.read_version),
    )  # fmt: skip


def made(cast, data, name="网格.geojson", **more):
    version = sent(cast, data, name, **more)
    run_job(version.job)
    version.refresh_from_db()
    return version


def checked(cast, version, crs="EPSG:4490"):
    version = actions.confirm(version=version, crs=crs, job=job_of(cast, ground_jobs.check_version))
    run_job(version.job)
    version.refresh_from_db()
    return version


def confirmed(cast, data, crs="EPSG:4490", **more):
    return checked(cast, made(cast, data, **more), crs)


def errors(version):
    return [(p["row"], p["column"]) for p in version.problems if p["level"] == "error"]


def approved(cast, version):
    actions.submit(version=version)
    job = job_of(cast, ground_jobs.approve_version, LEADER, post_id=cast[LEADER].pk)
    version = actions.approve(version=version, by=cast[LEADER].person, who="leader", answer="", job=job)
    run_job(version.job)
    version.refresh_from_db()
    return version


def worked(address):
    """The job of a version, run; then its page is what it was before jobs."""
    version = GroundVersion.objects.get(pk=int(address.rsplit("/", 1)[-1]))
    return run_job(version.job)


@pytest.mark.parametrize("page", ["/admin/ground"])
@pytest.mark.parametrize(
    ("who", "status"),
    [(ADMIN, 200), (LEADER, 200), ("安全管理员", 403), ("审计员", 403), ("派遣员_五华", 403), (None, 302)],
)
def test_who_may_open_it(page_as, who, status, page):
    assert page_as(who).get(page).status_code == status


def test_from_the_file_to_the_day_it_counts(page_as, cast, departments):
    """The walk of issue 4 §2, through the pages."""
    case = Loop(cast, departments, lon=102.7007, lat=25.0415).accepted()
    assert case.row.unit_grid == GRID
    page = page_as(ADMIN)
    form = {"kind": "grids", "title": "翠湖西路重划", "effective": TODAY.isoformat(), "mode": "part"}
    file = SimpleUploadedFile("网格.geojson", geojson(SPLIT))
    answer = page.post("/admin/ground", form | {"file": file})
    assert answer.status_code == 302
    address = answer["Location"]
    waiting = page.get(address).content.decode()
    assert (
        "正在读文件" in waiting
        and f'hx-get="{address}/progress"' in waiting
        and "确认坐标系和" not in waiting
    )
    assert "hx-get" in page.get(f"{address}/progress").content.decode()
    worked(address)
    assert page.get(f"{address}/progress")["HX-Refresh"] == "true"
    asked = page.get(address).content.decode()
    assert "hx-get" not in asked
    assert "文件里写的是 <b>EPSG:4490" in asked and "请核对后确认" in asked
    columns = {"column_code": "code", "column_beat": "beat"}
    wrong = page.post(address, {"do": "confirm", "crs": "EPSG:4543"} | columns)
    assert wrong.status_code == 422 and "不一致，请核对" in wrong.content.decode()
    assert page.post(address, {"do": "confirm", "crs": "EPSG:4490"} | columns).status_code == 302
    twice = page.post(address, {"do": "confirm", "crs": "EPSG:4490"} | columns)
    assert twice.status_code == 409 and "请刷新页面" in twice.content.decode()
    busy = page.post(address, {"do": "withdraw"})
    assert busy.status_code == 409 and "请等它完成" in busy.content.decode()
    assert NEW not in page.get(address).content.decode()
    worked(address)
    shown = page.get(address).content.decode()
    assert "新增 1" in shown and "范围改变 1" in shown and NEW in shown
    assert "变动范围里有 <b>1</b> 个在办案件，其中 <b>1</b> 个归属会变" in shown
    assert f"<del>{GRID}</del> → <ins>{NEW}</ins>" in shown and "<del>甲</del> → <ins>乙</ins>" in shown
    drawn = page.get(f"{address}/difference.json").json()
    assert sorted(f["properties"]["kind"] for f in drawn["features"]) == ["added", "new", "old"]
    assert page.post(address, {"do": "submit"}).status_code == 302
    assert page.post(address, {"do": "approve"}).status_code == 403
    assert case.row.unit_grid == GRID, "nothing has been changed by looking"
    assert UnitGrid.objects.filter(code=NEW).count() == 0
    assert page_as(LEADER).post(address, {"do": "approve", "answer": "同意"}).status_code == 302
    version = GroundVersion.objects.get()
    assert version.state == "approving" and ground_jobs.begin() == 0, "nothing counts before it is checked"
    worked(address)
    assert GroundVersion.objects.get().state == "approved"
    assert ground_jobs.begin() == 1
    assert ground_jobs.relocate_cases.func is not None
    moved = ground_jobs.relocate_cases.func.__wrapped__(version.pk)
    assert moved == 1 and case.row.unit_grid == NEW and case.steps[-1] == "relocate"
    assert case.state.beat == case.row.beat
    assert ground_jobs.relocate_cases.func.__wrapped__(version.pk) == 0, "a second time changes nothing"
    assert locate(102.7007, 25.0415, on=TODAY, border_m=100).unit_grid == NEW
    assert locate(102.7007, 25.0415, on=TODAY - timedelta(1), border_m=100).unit_grid == GRID
    done = page.get(address).content.decode()
    assert "已生效" in done and "已随新归属的在办案件" in done
    assert AdminChange.objects.filter(subject=f"ground {version.pk}").count() == 2
    timeline = page_as("受理员_五华").get(f"/cases/{case.row.number}").content.decode()
    assert f"现在归 {NEW}" in timeline


def test_a_version_for_a_later_day_waits_for_it(cast, city):
    approved(cast, confirmed(cast, geojson(SPLIT), effective=TODAY + timedelta(3)))
    assert ground_jobs.begin() == 0
    assert not UnitGrid.objects.filter(code=NEW).exists()


@pytest.mark.parametrize("format", ["gpkg", "zip", "zip_gbk", "zip_gbk_nocpg", "geojson", "csv"])
def test_every_format_says_the_same(cast, city, tmp_path, format):
    """Also in a projected CRS, and a Shapefile of GBK with and without its .cpg."""
    forward = Transformer.from_crs(4490, 4543, always_xy=True)
    plane = [
        (
            p | {"name": "翠湖社区网格甲"},
            shapely.transform(s, lambda xy: np.column_stack(forward.transform(*xy.T))),
        )
        for p, s in SPLIT
    ]
    crs = "EPSG:4543"
    if format == "gpkg":
        data, name = shapes(tmp_path / "a.gpkg", plane, crs=crs).read_bytes(), "a.gpkg"
    elif format == "geojson":
        data, name = geojson(plane, crs), "a.geojson"
    elif format == "csv":
        lines = [f'{p["code"]},{p["name"]},"{s.wkt}"' for p, s in plane]
        data, name = ("\n".join(["标识码,名称,范围", *lines])).encode("gb18030"), "a.csv"
    else:
        encoding = "GBK" if "gbk" in format else "UTF-8"
        shapes(
            tmp_path / "网格.shp",
            plane,
            crs=crs,
            encoding=encoding,
            driver="ESRI Shapefile",
            code="BGID",
            name="名称",
        )
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for part in sorted(tmp_path.iterdir()):
                if not (part.suffix == ".cpg" and "nocpg" in format):
                    archive.write(part, f"数据/{part.name}")
        data, name = file.getvalue(), "网格.zip"
    found = reading.look(data, name)
    assert found.count == 2 and found.fields["code"]
    version = confirmed(cast, data, crs, name=name)
    assert errors(version) == []
    assert {f.code: f.change for f in version.features.all()} == {GRID: "shape", NEW: "added"}
    assert {f.name for f in version.features.all()} == {"翠湖社区网格甲"}
    part = version.features.get(code=NEW).shape
    assert part.extent == pytest.approx(RIGHT.bounds, abs=1e-8)


def extent(version: Any) -> tuple[float, float, float, float]:
    shape = version.features.get(code=NEW).shape
    assert shape is not None
    return shape.extent


def test_gcj02_is_converted_because_a_person_said_so_and_never_guessed(cast, city):
    def offset(shape):
        return shapely.transform(
            shape, lambda xy: np.array([convert(lon, lat, Crs.CGCS2000, Crs.GCJ02) for lon, lat in xy])
        )

    data = geojson([(p, offset(s)) for p, s in SPLIT], crs="")
    version = made(cast, data)
    assert version.crs == "" and version.found["crs"] == ""
    with pytest.raises(Refused) as refusal:
        checked(cast, version, "")
    assert refusal.value.field == "crs"
    version = checked(cast, version, "GCJ02")
    assert errors(version) == []
    assert extent(version) == pytest.approx(RIGHT.bounds, abs=2e-6)
    elsewhere = extent(checked(cast, version))
    assert abs(elsewhere[0] - RIGHT.bounds[0]) > 0.0005, "taken as it stands it lies hundreds of metres off"


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ([({"code": "53010200100100x"}, LEFT)], [(1, "code")]),
        ([({"code": GRID}, LEFT), ({"code": GRID}, RIGHT)], [(2, "code")]),
        ([({"code": "530102009009001"}, LEFT)], [(1, "code")]),
        ([({"code": NEW}, RIGHT)], [(1, "geometry")]),  # overlaps 001, which stays
        ([({"code": GRID}, shapely.box(102.69, 25.041, 102.7004, 25.06))], [(1, "geometry")]),  # leaves its community
        ([({"code": GRID, "grade": "Z"}, LEFT)], [(1, "grade")]),
        ([({"code": NEW}, None)], [(1, "geometry")]),
        ([({"code": GRID}, shapely.Polygon([(102.7, 25.041), (102.701, 25.042), (102.701, 25.041), (102.7, 25.042)]))],
         [(1, "geometry")]),
    ],
)  # fmt: skip
def test_errors_are_told_by_feature_and_field(cast, city, features, expected):
    version = confirmed(cast, geojson(features))
    assert errors(version)[: len(expected)] == expected
    with pytest.raises(Refused):
        actions.submit(version=version)


def test_a_whole_file_retires_what_it_lacks(cast, city):
    here = list(UnitGrid.objects.filter(code__startswith="530102001001").exclude(code=GRID))
    rows = [({"code": g.code}, shapely.from_wkb(bytes(g.shape.wkb))) for g in here]
    version = confirmed(cast, geojson(rows), mode="whole", area="530102001001")
    assert version.counts["removed"] == 1 and version.counts["same"] == 3
    approved(cast, version)
    assert ground_jobs.begin() == 1
    assert locate(102.7005, 25.0415, on=TODAY, border_m=100).unit_grid is None
    assert locate(102.7005, 25.0415, on=TODAY - timedelta(1), border_m=100).unit_grid == GRID
    again = confirmed(cast, geojson([({"code": GRID}, LEFT)]))
    assert errors(again) == [(1, "code")], "a code is never given again"


def test_a_hole_between_grids_is_a_warning(cast, city):
    small = shapely.box(102.7002, 25.0412, 102.7008, 25.0418)
    ring = shapely.box(102.700, 25.041, 102.701, 25.042).difference(small)
    version = confirmed(cast, geojson([({"code": GRID}, ring)]))
    assert errors(version) == []
    assert any("没有被覆盖" in p["sentence"] for p in version.problems)


def test_divisions_are_redrawn_and_the_old_ones_stay_for_their_days(cast, city):
    """The border between two communities moves east; what was before is found by date."""
    west = shapely.box(102.69, 25.03, 102.708, 25.05)
    east = shapely.box(102.708, 25.03, 102.71, 25.05)
    rows = [
        ({"code": "530102001001", "name": "翠湖西路社区"}, west),
        ({"code": "530102001002", "name": "新水晶宫"}, east),
    ]
    version = confirmed(cast, geojson(rows), kind="divisions")
    assert errors(version) == []
    spot = (102.7065, 25.045)
    assert locate(*spot, on=TODAY, border_m=100).community == "530102001002"
    approved(cast, version)
    assert ground_jobs.begin() == 1
    assert locate(*spot, on=TODAY, border_m=100).community == "530102001001"
    assert locate(*spot, on=TODAY - timedelta(1), border_m=100).community == "530102001002"
    assert Division.objects.get(code="530102001002").name == "新水晶宫"
    assert DivisionPast.objects.get(code="530102001002").name == "水晶宫社区"


def test_divisions_keep_their_order(cast, city):
    """A community that leaves its township, one that overlaps a sister, a township with children that goes."""
    far = shapely.box(102.69, 25.03, 102.706, 25.06)
    left = confirmed(cast, geojson([({"code": "530102001001"}, far)]), kind="divisions")
    assert (1, "geometry") in errors(left)
    gone = confirmed(cast, geojson([({"code": "530102001", "停用": "是"}, None)]), kind="divisions")
    assert errors(gone) == [(1, "code")]
    orphan = confirmed(cast, geojson([({"code": "530102077001", "name": "x"}, LEFT)]), kind="divisions")
    assert errors(orphan) == [(1, "code")]


def test_what_no_longer_fits_on_its_day_fails_and_says_why(cast, city):
    approved(cast, confirmed(cast, geojson(SPLIT)))
    UnitGrid.objects.create(
        code="530102001001077", community_id="530102001001", area_m2=1, valid_from=TODAY,
        shape=UnitGrid.objects.get(code=GRID).shape,
    )  # fmt: skip
    assert ground_jobs.begin() == 0
    version = GroundVersion.objects.get()
    assert version.state == "failed" and "重叠" in version.problems[0]["sentence"]
    assert not UnitGrid.objects.filter(code=NEW).exists()


def test_a_case_whose_side_was_chosen_is_left_for_people(cast, departments):
    """Near the border the reporter chose the other county: his word stays."""
    case = Loop(cast, departments, lon=102.7098, lat=25.0405, county="530103")
    assert case.row.county == "530103"
    box = shapely.box(102.709, 25.040, 102.7095, 25.041)
    version = approved(cast, confirmed(cast, geojson([({"code": "530102001002001"}, box)])))
    ground_jobs.begin()
    assert ground_jobs.relocate_cases.func.__wrapped__(version.pk) == 0
    assert Case.unscoped.get(pk=case.id).county == "530103"


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("a.dwg", b"AC1027", 422),
        ("a.gpkg", b"SQLite format 3\x00 broken", 422),
        ("a.zip", b"PK\x03\x04broken", 422),
        ("a.geojson", b"{", 422),
        ("a.csv", b"\xff\xfe\xfa", 422),
        ("../../a.geojson", b"[]", 422),
    ],
)
def test_what_is_no_map_is_refused_in_words(page_as, name, data, status):
    form = {"kind": "grids", "title": "x", "effective": TODAY.isoformat(), "mode": "part"}
    answer = page_as(ADMIN).post("/admin/ground", form | {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == status
    assert not GroundVersion.objects.exists()


@pytest.mark.parametrize("path", ["/admin/ground", "version"])
def test_a_page_costs_as_many_statements_however_much_there_is(
    page_as, cast, path, django_assert_max_num_queries
):
    versions = [confirmed(cast, geojson(SPLIT)) for _ in range(3)]
    page = page_as(ADMIN)
    address = f"/admin/ground/versions/{versions[0].pk}" if path == "version" else path
    page.get(address)
    with django_assert_max_num_queries(14):
        assert page.get(address).status_code == 200


# --- The jobs: stopped, refused, killed ---


@pytest.fixture
def store(settings, tmp_path):
    """A store of files of this test only."""
    settings.STORAGES = settings.STORAGES | {
        "files": {"BACKEND": "xiucheng.kernel.files.storage.LocalFiles", "OPTIONS": {"location": tmp_path}}
    }
    return tmp_path


def kept(store):
    return [path for path in store.rglob("*") if path.is_file()]


def again(version):
    version.refresh_from_db()
    return version


def test_a_file_waits_in_the_store_until_the_version_counts(
    cast, city, store, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        version = confirmed(cast, geojson(SPLIT))
        assert len(kept(store)) == 1
        approved(cast, version)
    assert len(kept(store)) == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert ground_jobs.begin() == 1
    assert kept(store) == [] and again(version).upload == ""


def test_reading_is_stopped_and_nothing_is_left(page_as, cast, store, django_capture_on_commit_callbacks):
    version = sent(cast, geojson(SPLIT))
    address = f"/admin/ground/versions/{version.pk}"
    assert page_as(LEADER).post(address, {"do": "stop"}).status_code == 403
    with django_capture_on_commit_callbacks(execute=True):
        assert page_as(ADMIN).post(address, {"do": "stop"}).status_code == 302
    assert again(version).state == "withdrawn" and kept(store) == []
    assert page_as(ADMIN).get(address).status_code == 200
    assert page_as(ADMIN).post(address, {"do": "stop"}).status_code == 409


def test_what_the_door_could_not_see_is_told_on_the_page(page_as, cast, tmp_path):
    """A GeoPackage by its first page, and nothing behind it."""
    whole = shapes(tmp_path / "a.gpkg", SPLIT, crs="EPSG:4490").read_bytes()
    version = made(cast, whole[:4096] + b"\0" * 4096, name="a.gpkg")
    assert version.state == "unread" and version.upload == ""
    address = f"/admin/ground/versions/{version.pk}"
    shown = page_as(ADMIN).get(address).content.decode()
    assert "没有读入" in shown and "重新导出再传" in shown
    assert page_as(ADMIN).post(address, {"do": "withdraw"}).status_code == 302
    assert again(version).state == "withdrawn"


def test_checking_is_stopped_and_must_be_confirmed_again(page_as, cast):
    version = confirmed(cast, geojson(SPLIT))
    page, address = page_as(ADMIN), f"/admin/ground/versions/{version.pk}"
    assert page.post(address, {"do": "effect"}).status_code == 302
    Job.objects.filter(pk=again(version).job_id).update(cancel_requested=True)
    assert run_job(again(version).job).state == "cancelled"
    assert again(version).state == "uploaded"
    assert page.post(address, {"do": "submit"}).status_code == 409, "half checked is not checked"
    shown = page.get(address).content.decode()
    assert "确认坐标系和各列" in shown and "与现行的差别" not in shown
    assert checked(cast, version).state == "draft"


def test_a_layer_that_states_another_crs_is_refused_on_the_page(page_as, cast, tmp_path):
    """Only the job opens the other layer; its refusal stands on the page, and the file may be confirmed anew."""
    file = tmp_path / "a.gpkg"
    shapes(file, SPLIT, crs="EPSG:4490")
    plane = [(p, shapely.transform(s, lambda xy: xy * 1000)) for p, s in SPLIT]
    codes = np.array([p["code"] for p, _s in plane], dtype=object)
    wkb = shapely.to_wkb(np.array([s for _p, s in plane], dtype=object))
    pyogrio.raw.write(
        str(file), wkb, [codes], ["bgid"], geometry_type="Polygon", crs="EPSG:4543", driver="GPKG",
        layer="other", append=False,
    )  # fmt: skip
    version = made(cast, file.read_bytes(), name="a.gpkg")
    page, address = page_as(ADMIN), f"/admin/ground/versions/{version.pk}"
    answer = page.post(
        address, {"do": "confirm", "crs": "EPSG:4490", "layer": "other", "column_code": "code"}
    )
    assert answer.status_code == 302
    assert run_job(again(version).job).state == "failed"
    shown = page.get(address).content.decode()
    assert again(version).state == "uploaded" and "不一致，请核对" in shown
    assert '<option value="bgid" selected>' in shown, "the columns are those of the layer that was chosen"


def test_an_approval_that_no_longer_fits_goes_back_with_the_reason(page_as, cast, city):
    version = confirmed(cast, geojson(SPLIT))
    actions.submit(version=version)
    address = f"/admin/ground/versions/{version.pk}"
    leader = page_as(LEADER)
    UnitGrid.objects.create(
        code="530102001001077", community_id="530102001001", area_m2=1, valid_from=TODAY,
        shape=UnitGrid.objects.get(code=GRID).shape,
    )  # fmt: skip
    assert leader.post(address, {"do": "approve"}).status_code == 302
    assert leader.post(address, {"do": "approve"}).status_code == 409
    assert page_as(ADMIN).post(address, {"do": "withdraw"}).status_code == 409
    run_job(again(version).job)
    assert again(version).state == "submitted" and version.decided_by is None
    shown = leader.get(address).content.decode()
    assert "这个版本不再合适，请退回" in shown and "不批准" in shown
    assert AdminChange.objects.filter(subject=f"ground {version.pk}").count() == 1
    assert leader.post(address, {"do": "reject", "answer": "与新网格重叠"}).status_code == 302
    assert again(version).state == "rejected" and version.decided_by == cast[LEADER].person


def test_whoever_lost_the_post_meanwhile_has_not_approved(page_as, cast, city):
    version = confirmed(cast, geojson(SPLIT))
    actions.submit(version=version)
    page_as(LEADER).post(f"/admin/ground/versions/{version.pk}", {"do": "approve"})
    Post.objects.filter(pk=cast[LEADER].pk).update(active=False)
    job = run_job(again(version).job)
    assert job.state == "failed" and "已经没有这个岗位" in job.error
    assert again(version).state == "submitted" and version.decided_by is None


def test_a_drafter_with_the_right_does_not_approve_his_own(page_as, cast, city):
    version = confirmed(cast, geojson(SPLIT))
    actions.submit(version=version)
    assert page_as(ADMIN).post(f"/admin/ground/versions/{version.pk}", {"do": "approve"}).status_code == 403
    assert again(version).state == "submitted" and not version.busy


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_nothing_half_done_and_the_job_begins_again(cast, city, monkeypatch):
    """Killed after the features were written and before the version was: a second worker does all of it."""
    version = made(cast, geojson(SPLIT))
    version = actions.confirm(version=version, crs="EPSG:4490", job=job_of(cast, ground_jobs.check_version))
    task, job = ground_jobs.check_version, version.job
    assert job is not None

    def dies(row):
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(ground_jobs, "effect", dies)
        task.func.__wrapped__(version_id=version.pk, language="zh-hans", job_id=str(version.job_id))
    assert again(version).state == "checking" and version.features.count() == 2
    with pytest.raises(Refused, match="请等它完成"):
        actions.submit(version=version)
    killed(job.queue_id)
    kernel_jobs.defer(kernel_jobs.take_up_stalled, timestamp=0)
    work()
    job.refresh_from_db()
    assert again(version).state == "draft" and job.state == "done"
    assert version.features.count() == 2 and version.effect is not None
    work()
    assert version.features.count() == 2


def test_no_statement_lists_the_grids_of_a_version(cast, city, django_assert_max_num_queries):
    """A province has more of them than the 65,535 parameters that a statement may have; rows go in by batches."""
    codes = list(UnitGrid.objects.filter(code__startswith="530102001001").values_list("code", flat=True))
    rows = [({"code": code, "grade": "A"}, None) for code in codes]
    version = approved(cast, confirmed(cast, geojson(rows), effective=TODAY + timedelta(1)))
    assert len(codes) == 4 and version.counts["words"] == 4
    with django_assert_max_num_queries(60) as captured:
        applying.apply(version=version, checked=True)
    said = [query["sql"] for query in captured.captured_queries]
    listed = [sql for sql in said if not sql.startswith("INSERT") and all(code in sql for code in codes)]
    assert len(said) > 5 and listed == []
    assert UnitGrid.in_force(TODAY + timedelta(1)).filter(code__in=codes, grade="A").count() == 4
    assert UnitGrid.in_force(TODAY).filter(code__in=codes, grade="A").count() == 0
