"""/admin/config: an archive goes out, comes back, is looked at, and taken up by another, each his own part."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from xiucheng.kernel import configuration, settings
from xiucheng.kernel.configuration import uploads
from xiucheng.kernel.configuration.archive import unpacked
from xiucheng.kernel.models import AdminChange, ConfigUpload, Job, PersonalDataAccess
from xiucheng.kernel.testing import run_job
from xiucheng.people.models import Department, Person, Post

pytestmark = pytest.mark.django_db
ADMIN, SECURITY = "系统管理员", "安全管理员"


def packed(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"配置/{name}", content)
    return SimpleUploadedFile("配置.zip", data.getvalue())


@pytest.fixture
def store(settings, tmp_path):
    """A store of files of this test only."""
    settings.MEDIA_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "files": {"BACKEND": "xiucheng.kernel.files.storage.LocalFiles", "OPTIONS": {"location": tmp_path}}
    }
    return tmp_path


def kept(store):
    return [path for path in (store / "uploads").rglob("*") if path.is_file()]


def worked():
    """The latest job, run."""
    return run_job(Job.objects.latest("created_at"))


@pytest.fixture
def second_admin(cast, page_as):
    person = Person.objects.create(username="second.admin", name="第二位", password="!")
    cast["第二位"] = Post.objects.create(
        person=person, role="system_admin", department=cast[ADMIN].department, scope_codes=["5301"],
        valid_from="2020-01-01",
    )  # fmt: skip
    return page_as("第二位")


@pytest.mark.parametrize(
    ("who", "status"), [(ADMIN, 200), (SECURITY, 200), ("审计员", 403), ("领导_五华", 403), (None, 302)]
)
def test_who_may_open_it(page_as, store, who, status):
    page = page_as(who)
    assert page.get("/admin/config").status_code == status
    assert page.post("/admin/config/export").status_code == {200: 302, 403: 403, 302: 401}[status]


def exported(page):
    """Ask for an export and take it away."""
    shown = page.post("/admin/config/export")["Location"]
    job = worked()
    assert job.result["url"] in page.get(shown).content.decode()
    return page.get(job.result["url"])


def test_it_goes_out_whole_and_always_the_same(page_as, store):
    page = page_as(ADMIN)
    first, again = (exported(page).content for _ in range(2))
    assert first == again
    assert unpacked(first) == dict(configuration.written())
    assert PersonalDataAccess.objects.filter(what="config.export").count() == 2
    assert all(ADMIN.encode() not in path.read_bytes() for path in kept(store)), "sealed"


def test_an_export_is_for_whoever_asked_and_for_a_day(page_as, store):
    exported(page_as(ADMIN))
    address = f"/admin/config/export/{Job.objects.latest('created_at').pk}"
    assert page_as(SECURITY).get(address).status_code == 404
    for path in kept(store):
        path.unlink()
    gone = page_as(ADMIN).get(address)
    assert gone.status_code == 410 and "请重新导出" in gone.content.decode()


def test_it_is_looked_at_and_taken_up_by_another_each_his_own_part(page_as, second_admin):
    files = dict(configuration.written())
    files["settings.csv"] = b"key,division_code,value\nterritory.border_m,530102,70\n"
    files["posts.csv"] = files["posts.csv"].replace(b",true,", b",false,", 1)
    page = page_as(ADMIN)
    answer = page.post("/admin/config", {"file": packed(files)})
    assert answer.status_code == 302
    address = answer["Location"]
    waiting = page.get(address).content.decode()
    assert "正在比较" in waiting and f'hx-get="{address}/progress"' in waiting
    worked()
    assert page.get(f"{address}/progress")["HX-Refresh"] == "true"
    shown = page.get(address).content.decode()
    assert "territory.border_m|530102" in shown and "由有这项权限的管理员采用" in shown
    assert settings.get("territory.border_m", "530102") == 100
    assert page.post(address, {"do": "apply"}).status_code == 403
    assert second_admin.post(address, {"do": "apply"}).status_code == 302
    assert settings.get("territory.border_m", "530102") == 100, "the job does it"
    assert second_admin.post(address, {"do": "drop"}).status_code == 409
    worked()
    assert "已采用：新增 1 行，改动 0 行，去掉 0 行" in second_admin.get(address).content.decode()
    assert settings.get("territory.border_m", "530102") == 70
    upload = ConfigUpload.objects.get()
    assert upload.state == "waiting" and [one["file"] for one in upload.plan] == ["posts.csv"], (
        "not his to change"
    )
    assert page_as(SECURITY).post(address, {"do": "apply"}).status_code == 302
    worked()
    upload.refresh_from_db()
    assert upload.state == "applied" and upload.upload == ""
    assert dict(configuration.written())["posts.csv"] == files["posts.csv"]
    assert page.post(address, {"do": "drop"}).status_code == 409


def test_bad_files_are_told_and_nothing_is_kept(page_as, store, django_capture_on_commit_callbacks):
    files = dict(configuration.written())
    files["departments.csv"] = b"code\n1\n"
    page = page_as(ADMIN)
    answer = page.post("/admin/config", {"file": packed(files)})
    assert answer.status_code == 302
    with django_capture_on_commit_callbacks(execute=True):
        worked()
    shown = page.get(answer["Location"]).content.decode()
    assert "departments.csv" in shown and "缺少这一列" in shown and "请改好文件，重新上传" in shown
    upload = ConfigUpload.objects.get()
    assert (upload.state, upload.upload, upload.faults) == ("wrong", "", 1)
    assert kept(store) == []
    assert page.post(answer["Location"], {"do": "drop"}).status_code == 409
    assert Department.objects.count() > 10


def test_what_is_no_archive_is_refused_at_the_door(page_as):
    page = page_as(ADMIN)
    for content in (b"PK\x03\x04", b"key,value\n"):
        broken = page.post("/admin/config", {"file": SimpleUploadedFile("a.zip", content)})
        assert broken.status_code == 422 and "压缩包打不开" in broken.content.decode()
    assert not ConfigUpload.objects.exists() and not Job.objects.exists()


def test_an_archive_is_sealed_while_it_waits(page_as, store):
    """It names people: what lies in the store tells nobody who they are."""
    files = dict(configuration.written())
    assert "第二位".encode() not in files["persons.csv"]
    page_as(ADMIN).post("/admin/config", {"file": packed(files)})
    (path,) = kept(store)
    content = path.read_bytes()
    assert not content.startswith(b"PK") and b"persons.csv" not in content
    upload = ConfigUpload.objects.get()
    with uploads.ARCHIVES.opened(upload.upload) as file:
        assert b"persons.csv" in file.read()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    job = worked()
    assert "请重新上传" in job.error and ConfigUpload.objects.get().state == "wrong"


def test_what_can_not_be_written_any_more_is_told_and_waits(page_as, second_admin):
    """Between looking and taking up a department came into use: nothing is written, the page says why."""
    files = dict(configuration.written())
    files["settings.csv"] = b"key,division_code,value\nterritory.border_m,530109,70\n"
    files["departments.csv"] = b"\n".join(files["departments.csv"].split(b"\n")[:2]) + b"\n"
    page = page_as(ADMIN)
    address = page.post("/admin/config", {"file": packed(files)})["Location"]
    worked()
    assert second_admin.post(address, {"do": "apply"}).status_code == 302
    job = worked()
    assert job.state == "failed"
    shown = second_admin.get(address).content.decode()
    assert "上一次没有办成" in shown and "待采用" in shown
    assert Department.objects.count() > 10 and settings.get("territory.border_m", "530109") == 100
    assert second_admin.post(address, {"do": "drop"}).status_code == 302
    noted = list(AdminChange.objects.filter(subject__startswith="config upload").order_by("seq"))
    assert [row.by.split(" ")[0] for row in noted] == [ADMIN, "second.admin"]
    assert all(row.person for row in noted) and "dropped" in str(noted[-1].data)


def test_whoever_lost_the_post_meanwhile_takes_up_nothing(page_as, second_admin, cast):
    files = dict(configuration.written())
    files["settings.csv"] = b"key,division_code,value\nterritory.border_m,530102,70\n"
    page = page_as(ADMIN)
    address = page.post("/admin/config", {"file": packed(files)})["Location"]
    worked()
    second_admin.post(address, {"do": "apply"})
    Post.objects.filter(pk=cast["第二位"].pk).update(active=False)
    job = worked()
    assert job.state == "failed" and "已经没有这个岗位" in job.error
    assert settings.get("territory.border_m", "530102") == 100
    assert ConfigUpload.objects.get().state == "waiting"


def test_it_is_stopped_by_whoever_began_it(page_as, second_admin):
    page = page_as(ADMIN)
    address = page.post("/admin/config", {"file": packed(dict(configuration.written()))})["Location"]
    assert page_as(SECURITY).post(address, {"do": "stop"}).status_code == 403
    assert page.post(address, {"do": "stop"}).status_code == 302
    upload = ConfigUpload.objects.get()
    assert (upload.state, upload.upload) == ("dropped", "")
    assert page.post(address, {"do": "stop"}).status_code == 409
