"""/admin/addresses: a file is sent, read by a job, and stands in the store whole or not at all."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from xiucheng.kernel import jobs as kernel_jobs
from xiucheng.kernel.models import Job
from xiucheng.kernel.testing import run_job
from xiucheng.kernel.tests.test_jobs import killed, work
from xiucheng.territory.addresses import actions, files, store
from xiucheng.territory.models import AddressImport, AddressPoint

pytestmark = pytest.mark.django_db
ADMIN = "系统管理员"
HEADER = "类别,名称,街巷,门牌号,经度,纬度"
GOOD = f"{HEADER}\n门牌,,人民路,1号,102.700,25.041\n标志物,双塔,,,102.709,25.041\n"


def sent(page, text=GOOD, name="地址.csv", **more):
    content = text if isinstance(text, bytes) else text.encode()
    form = {"crs": "EPSG:4490", "file": SimpleUploadedFile(name, content)}
    return page.post("/admin/addresses", form | more)


def job_of(row):
    return Job.objects.get(pk=row.job)


def worked():
    return run_job(job_of(AddressImport.objects.get()))


def points():
    return AddressPoint.objects.filter(origin="imported").count()


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (ADMIN, 200),
        ("安全管理员", 403),
        ("审计员", 403),
        ("领导_五华", 403),
        ("派遣员_五华", 403),
        (None, 302),
    ],
)
@pytest.mark.parametrize("part", ["", "one", "progress"])
def test_who_may_open_it(page_as, cast, who, status, part):
    sent(page_as(ADMIN))
    path = f"/admin/addresses/{AddressImport.objects.get().pk}" if part else "/admin/addresses"
    assert page_as(who).get(path + ("/progress" if part == "progress" else "")).status_code == status


def test_from_the_file_to_the_result(page_as, cast):
    page = page_as(ADMIN)
    assert "还没有导入过地址" in page.get("/admin/addresses").content.decode()
    address = sent(page, source="市民政局2026")["Location"]
    waiting = page.get(address).content.decode()
    assert "正在导入" in waiting and f'hx-get="{address}/progress"' in waiting and points() == 0
    assert "hx-get" in page.get(f"{address}/progress").content.decode()
    worked()
    assert page.get(f"{address}/progress")["HX-Refresh"] == "true"
    done = page.get(address).content.decode()
    assert "导入 2 条：新增 2，更新 0" in done and "hx-get" not in done
    assert points() == 2 and AddressPoint.objects.filter(source="市民政局2026").count() == 2
    assert "已导入" in page.get("/admin/addresses").content.decode()


def test_every_fault_stands_on_the_page_by_row_and_column(page_as, cast):
    page = page_as(ADMIN)
    address = sent(page, GOOD + "瞎写,名称,,,102.70,25.04\n门牌,,人民路,东侧,102.70,25.04\n")["Location"]
    worked()
    shown = page.get(address).content.decode()
    assert "有 2 处错误，一行也没有写入" in shown
    assert '<td class="num">4</td><td>类别</td>' in shown and '<td class="num">5</td><td>门牌号</td>' in shown
    assert points() == 0


@pytest.mark.parametrize(
    ("text", "name", "more", "words"),
    [
        ("", "a.csv", {}, "文件是空的"),
        (GOOD, "a.csv", {"crs": ""}, "请填这一项"),
        (GOOD, "a.csv", {"crs": "stated"}, "没有说明坐标系"),
        (GOOD, "a.csv", {"crs": "other", "epsg": "火星"}, "不认识坐标系"),
        ("名称,经度\n甲地,100\n", "a.csv", {}, "缺少“纬度”"),
        (b"PK\x03\x04broken", "a.xlsx", {}, "打不开"),
        (b"AC1027\0\0\0\xff\xfe", "a.dwg", {}, "看不懂"),
        ("{", "a.geojson", {}, "JSON"),
    ],
)
def test_what_is_no_file_of_addresses_is_refused_at_the_door(page_as, cast, text, name, more, words):
    answer = sent(page_as(ADMIN), text, name, source="市民政局", **more)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert "市民政局" in answer.content.decode(), "what was typed stays"
    assert not AddressImport.objects.exists() and not Job.objects.exists()


@pytest.mark.parametrize(
    ("text", "name", "words", "status"),
    [
        (b"AC1027" + b"\0" * 200, "a.dwg", "看不懂", 422),
        (b"PK\x03\x04broken", "a.xlsx", "打不开", 422),
        ("{" + " " * 400 + "}", "a.geojson", "改存为 CSV", 413),
    ],
)
def test_a_long_file_is_not_opened_at_the_door_but_known_by_its_content(
    page_as, cast, monkeypatch, text, name, words, status
):
    monkeypatch.setattr(files, "AT_ONCE", 0)
    monkeypatch.setattr(files, "JSON_BYTES", 300)
    monkeypatch.setattr(files, "MEGA", 1)
    answer = sent(page_as(ADMIN), text, name)
    assert answer.status_code == status and words in answer.content.decode()
    assert sent(page_as(ADMIN)).status_code == 302


def test_a_geojson_may_state_its_crs_itself(page_as, cast):
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [102.70, 25.041]},
        "properties": {"kind": "landmark", "name": "双塔"},
    }
    crs = {"type": "name", "properties": {"name": "EPSG:4490"}}
    content = json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]})
    assert sent(page_as(ADMIN), content, "a.geojson", crs="stated").status_code == 302
    worked()
    assert points() == 1


def test_it_is_stopped(page_as, cast):
    page = page_as(ADMIN)
    address = sent(page)["Location"]
    assert page.post(address, {"do": "fly"}).status_code == 422
    assert page.post(address, {"do": "stop"}).status_code == 302
    shown = page.get(address).content.decode()
    assert "导入已停止，一行也没有写入" in shown and points() == 0
    assert page.post(address, {"do": "stop"}).status_code == 409


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_nothing_half_done_and_the_job_begins_again(page_as, cast, monkeypatch):
    """Killed in the middle of writing: the transaction is gone with it, and a second worker does all of it."""
    sent(page_as(ADMIN))
    row = AddressImport.objects.get()
    job = job_of(row)
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        merge = store.Staging.merge

        def dies(*args, **more):
            merge(*args, **more)
            raise SystemExit

        patch.setattr(store.Staging, "merge", dies)
        actions.run_import(row.pk, tell=lambda *_said: None)
    assert points() == 0 and AddressImport.objects.get().state == "waiting"
    killed(job.queue_id)
    kernel_jobs.defer(kernel_jobs.take_up_stalled, timestamp=0)
    work()
    assert points() == 2 and AddressImport.objects.get().state == "done"


@pytest.mark.parametrize("part", ["", "one"])
def test_a_page_costs_as_many_statements_however_much_there_is(
    page_as, cast, part, django_assert_max_num_queries
):
    page = page_as(ADMIN)
    addresses = [sent(page, GOOD + "瞎写,名称,,,102.70,25.04\n" * 30)["Location"] for _ in range(3)]
    for row in AddressImport.objects.all():
        run_job(job_of(row))
    path = addresses[0] if part else "/admin/addresses"
    page.get(path)
    with django_assert_max_num_queries(14):
        assert page.get(path).status_code == 200
