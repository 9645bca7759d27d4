"""/admin/config: an archive goes out, comes back, is looked at, and taken up by another, each his own part."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from xiucheng.kernel import configuration, settings
from xiucheng.kernel.configuration.archive import unpacked
from xiucheng.kernel.models import ConfigUpload, PersonalDataAccess
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
def second_admin(cast, page_as):
    person = Person.objects.create(username="second.admin", name="第二位", password="!")
    cast["第二位"] = Post.objects.create(
        person=person, role="system_admin", department=cast[ADMIN].department, scope_codes=["5301"],
        valid_from="2020-01-01",
    )  # fmt: skip
    return page_as("第二位")


@pytest.mark.parametrize("page", ["/admin/config", "/admin/config/export.zip"])
@pytest.mark.parametrize(
    ("who", "status"), [(ADMIN, 200), (SECURITY, 200), ("审计员", 403), ("领导_五华", 403), (None, 302)]
)
def test_who_may_open_it(page_as, who, status, page):
    assert page_as(who).get(page).status_code == status


def test_it_goes_out_whole_and_always_the_same(page_as):
    page = page_as(ADMIN)
    first, again = (page.get("/admin/config/export.zip").content for _ in range(2))
    assert first == again
    assert unpacked(first) == dict(configuration.written())
    assert PersonalDataAccess.objects.filter(what="config.export").count() == 2


def test_it_is_looked_at_and_taken_up_by_another_each_his_own_part(page_as, second_admin):
    files = dict(configuration.written())
    files["settings.csv"] = b"key,division_code,value\nterritory.border_m,530102,70\n"
    files["posts.csv"] = files["posts.csv"].replace(b",true,", b",false,", 1)
    page = page_as(ADMIN)
    answer = page.post("/admin/config", {"file": packed(files)})
    assert answer.status_code == 302
    address = answer["Location"]
    shown = page.get(address).content.decode()
    assert "territory.border_m|530102" in shown and "由有这项权限的管理员采用" in shown
    assert settings.get("territory.border_m", "530102") == 100
    assert page.post(address, {"do": "apply"}).status_code == 403
    assert second_admin.post(address, {"do": "apply"}).status_code == 302
    assert settings.get("territory.border_m", "530102") == 70
    upload = ConfigUpload.objects.get()
    assert upload.state == "waiting" and [one["file"] for one in upload.plan] == ["posts.csv"], (
        "not his to change"
    )
    assert page_as(SECURITY).post(address, {"do": "apply"}).status_code == 302
    upload.refresh_from_db()
    assert upload.state == "applied" and upload.content is None
    assert dict(configuration.written())["posts.csv"] == files["posts.csv"]
    assert page.post(address, {"do": "drop"}).status_code == 409


def test_bad_files_are_told_and_nothing_is_kept(page_as):
    files = dict(configuration.written())
    files["departments.csv"] = b"code\n1\n"
    page = page_as(ADMIN)
    answer = page.post("/admin/config", {"file": packed(files)})
    assert answer.status_code == 422 and "departments.csv" in answer.content.decode()
    broken = page.post("/admin/config", {"file": SimpleUploadedFile("a.zip", b"PK\x03\x04")})
    assert broken.status_code == 422 and "压缩包打不开" in broken.content.decode()
    assert not ConfigUpload.objects.exists() and Department.objects.count() > 10
