"""POST /api/v1/reports and GET /api/v1/reports/{number}: exactly once, in Chinese, nothing of persons."""

import base64
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from xiucheng.cases.models import Case, CaseFile, Reporter
from xiucheng.cases.tests.loop import jpeg
from xiucheng.kernel import settings as kernel_settings
from xiucheng.people.tests.city import POINTS

REPORTS = "/api/v1/reports"


def reasons(response) -> dict[str, str]:
    assert response["Content-Type"] == "application/problem+json", response.content
    return {error["field"]: error["reason"] for error in response.json()["errors"]}


def test_a_report_gets_a_number_a_code_and_a_place(api, pothole):
    response = api.post(REPORTS, json=pothole)
    assert response.status_code == 201, response.content
    body = response.json()
    assert set(body) == {"number", "query_code", "stage", "division", "unit_grid", "near"}
    assert (body["stage"], body["division"], body["unit_grid"], body["near"]) == (
        "reported",
        "530102001001",
        "530102001001001",
        [],
    )
    case = Case.unscoped.get(number=body["number"])
    assert case.category == "GB/T 47678.5-2026/matter/06001"
    assert case.case_number is None
    assert Reporter.objects.get().phone == "13812345678"


def test_a_report_sent_twice_is_one_case_and_one_answer(api, pothole):
    first, again = (api.post(REPORTS, json=pothole) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.content == again.content
    assert Case.unscoped.count() == 1


def test_the_same_uuid_with_other_words_is_409(api, pothole):
    api.post(REPORTS, json=pothole)
    response = api.post(REPORTS, json=pothole | {"description": "另一件事"})
    assert response.status_code == 409
    assert "uuid" in reasons(response)
    assert Case.unscoped.count() == 1


def test_photos_come_as_base64_or_as_files(api, pothole):
    inside = {"photos": [base64.b64encode(jpeg(n)).decode() for n in (20, 200)]}
    as_json = api.post(REPORTS, json=pothole | inside)
    form = pothole | {
        "uuid": str(uuid.uuid4()),
        "photos": [SimpleUploadedFile(f"{n}.jpg", jpeg(n), "image/jpeg") for n in (20, 200)],
    }
    as_form = api.post(REPORTS, form)
    assert (as_json.status_code, as_form.status_code) == (201, 201), as_form.content
    assert CaseFile.unscoped.count() == 4
    assert CaseFile.unscoped.values("file").distinct().count() == 2


def test_the_retry_of_a_json_report_may_come_as_multipart(api, pothole):
    first = api.post(REPORTS, json=pothole | {"photos": [base64.b64encode(jpeg()).decode()]})
    again = api.post(REPORTS, pothole | {"photos": [SimpleUploadedFile("a.jpg", jpeg())]})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.content == again.content


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"longitude": 25.0415, "latitude": 102.7005}, "latitude", "写反"),
        ({"longitude": 181}, "longitude", "经度"),
        ({"longitude": 2.35, "latitude": 48.85}, "longitude", "不在本市"),
        ({"longitude": "abc"}, "longitude", "数字"),
        ({"longitude": None}, "longitude", "数字"),
        ({"category": "01001"}, "category", ""),
        ({"category": "matter/77777"}, "category", ""),
        ({"category": "GB/T 0-1999/matter/01001"}, "category", ""),
        ({"component_code": "123"}, "component_code", ""),
        ({"crs": "EPSG:4326"}, "crs", "只能是"),
        ({"uuid": "not-a-uuid"}, "uuid", "UUID"),
        ({"uuid": None}, "uuid", "UUID"),
        ({"description": ""}, "description", ""),
        ({"description": "   "}, "description", "描述"),
        ({"description": "长" * 50_000}, "description", "最多 5000"),
        ({"description": "a\0b"}, "description", "NUL"),
        ({"description": ["x"]}, "description", "文字"),
        ({"reporter_phone": "12345"}, "reporter_phone", "电话"),
        ({"photos": ["@@@"]}, "photos.0", "base64"),
        ({"photos": [base64.b64encode(b"%PDF-1.7 hello").decode()]}, "photos", "图片"),
        ({"photos": [base64.b64encode(jpeg()).decode()] * 10}, "photos", "9"),
        ({"channel": "telepathy"}, "channel", "只能是"),
        ({"reported_at": "2030-01-01T00:00:00Z"}, "reported_at", "没有这一项"),
        ({"descripton": "x"}, "descripton", "没有这一项"),
        ({"county": "530999"}, "county", ""),
    ],
)
def test_bad_input_is_422_with_a_chinese_reason_for_its_field(api, pothole, change, field, says):
    response = api.post(REPORTS, json=pothole | change)
    assert response.status_code == 422, response.content
    assert says in reasons(response)[field]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in reasons(response)[field])
    assert Case.unscoped.count() == 0


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"null", b"[]", b'"x"', b"\xff", b'{"longitude": NaN}', b"[[" * 900]
)
def test_a_body_that_is_no_report_is_422(api, city, raw):
    response = api.generic("POST", REPORTS, raw, content_type="application/json")
    assert response.status_code == 422, response.content
    assert reasons(response)


def test_a_pdf_named_jpg_is_refused(api, pothole):
    response = api.post(REPORTS, pothole | {"photos": [SimpleUploadedFile("a.jpg", b"%PDF-1.7 ...")]})
    assert response.status_code == 422
    assert "PDF" in reasons(response)["photos"]


def test_too_large_a_photo_is_refused_in_chinese(api, pothole):
    big = SimpleUploadedFile("a.jpg", jpeg() + bytes(21 * 1024 * 1024))
    response = api.post(REPORTS, pothole | {"photos": [big]})
    assert response.status_code in (413, 422)
    assert "20 MB" in response.json()["detail"] + str(reasons(response))


@pytest.mark.parametrize(
    "text",
    ["路灯🔦不亮😡👨‍👩‍👧", "𠮷𡘙㐂鿏䶮㭎𬭬", "'; DROP TABLE cases_case; --", "<script>alert(1)</script>"],
)
def test_words_are_kept_as_they_were_written(api, pothole, text):
    response = api.post(REPORTS, json=pothole | {"description": text, "address": text})
    assert response.status_code == 201, response.content
    case = Case.unscoped.get()
    assert (case.description, case.address) == (text, text)


@pytest.mark.parametrize(
    ("crs", "shift"), [("CGCS2000", 0), ("WGS84", 0), ("GCJ02", 0.0001), ("BD09", 0.005)]
)
def test_coordinates_of_four_systems(api, pothole, crs, shift):
    assert api.post(REPORTS, json=pothole | {"crs": crs}).status_code == 201
    moved = abs(Case.unscoped.get().lon_e7 / 1e7 - pothole["longitude"])
    assert moved >= shift if shift else moved < 1e-7


def test_near_a_border_the_neighbour_is_named_and_a_side_can_be_chosen(api, pothole):
    lon, lat = POINTS["边界_五华"]
    border = pothole | {"longitude": lon, "latitude": lat}
    assert api.post(REPORTS, json=border).json()["near"] == ["530103"]
    other = api.post(REPORTS, json=border | {"uuid": str(uuid.uuid4()), "county": "530103"})
    assert other.status_code == 201
    assert other.json()["division"].startswith("530103")


def test_outside_the_grids_but_in_the_city_is_accepted_without_a_grid(api, pothole):
    lon, lat = POINTS["无网格"]
    body = api.post(REPORTS, json=pothole | {"longitude": lon, "latitude": lat}).json()
    assert body["unit_grid"] is None


@pytest.mark.parametrize(
    ("who", "channel", "status", "stored"),
    [
        (None, None, 201, "web"),
        (None, "hotline", 201, "hotline"),
        (None, "inspector", 403, ""),
        ("受理员_五华", None, 201, "hotline"),
        ("受理员_五华", "media", 201, "media"),
        ("网格员_华山", None, 201, "grid_worker"),
        ("网格员_华山", "leader", 403, ""),
        ("经办人_市政", None, 201, "department"),
        ("派遣员_五华", None, 403, ""),
        ("审计员", None, 403, ""),
    ],
)
def test_the_token_says_where_a_report_comes_from(api_as, pothole, who, channel, status, stored):
    body = pothole | ({"channel": channel} if channel else {})
    response = api_as(who).post(REPORTS, json=body)
    assert response.status_code == status, response.content
    assert (status != 201) or Case.unscoped.get().channel == stored


def test_a_bad_token_is_refused_not_ignored(api, pothole):
    response = api.post(REPORTS, json=pothole, headers={"Authorization": "Bearer nonsense"})
    assert response.status_code == 401


# -- progress ---


def test_number_and_code_open_the_progress(api, pothole):
    made = api.post(REPORTS, json=pothole).json()
    response = api.get(f"{REPORTS}/{made['number']}", {"code": made["query_code"]})
    assert response.status_code == 200
    body = response.json()
    assert (body["number"], body["stage"], body["photos"]) == (made["number"], "reported", [])
    assert "138" not in response.content.decode()


@pytest.mark.parametrize("code", ["", "AAAA-AAAA", "x" * 40, "七"])
def test_a_wrong_code_and_an_unknown_number_are_the_same_404(api, pothole, code):
    made = api.post(REPORTS, json=pothole).json()
    wrong = api.get(f"{REPORTS}/{made['number']}", {"code": code})
    unknown = api.get(f"{REPORTS}/20200101-000001", {"code": code})
    assert wrong.status_code == unknown.status_code == 404
    assert wrong.json()["detail"] == unknown.json()["detail"]


def test_guessing_a_code_is_stopped(api, pothole, settings):
    settings.RATE_LIMITS = True
    made = api.post(REPORTS, json=pothole).json()
    url = f"{REPORTS}/{made['number']}"
    for _look in range(15):  # looking with the right code costs nothing
        assert api.get(url, {"code": made["query_code"]}).status_code == 200
    statuses = [api.get(url, {"code": f"AAAA-AAA{n}"}).status_code for n in range(12)]
    assert statuses.count(404) == 10
    assert statuses[-1] == 429
    stopped = api.get(url, {"code": made["query_code"]})
    assert stopped.status_code == 429
    assert int(stopped["Retry-After"]) >= 1
    assert "秒后再试" in stopped.json()["detail"]


def test_retries_are_free_and_pass_a_full_door(api, pothole, settings):
    settings.RATE_LIMITS = True
    kernel_settings.set_value(key="rate.report.address", value="1", by="test")
    assert [api.post(REPORTS, json=pothole).status_code for _ in range(4)] == [201, 200, 200, 200]
    other = api.post(REPORTS, json=pothole | {"uuid": str(uuid.uuid4())})
    assert other.status_code == 429
    assert api.post(REPORTS, json=pothole).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_32_parallel_retries_are_one_case(pothole, settings):
    settings.RATE_LIMITS = True

    def send(_index):
        try:
            response = Client().post(REPORTS, pothole, content_type="application/json")
            return response.status_code, response.content
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(32)))
    assert sorted(status for status, _body in answers) == [200] * 31 + [201]
    assert len({body for _status, body in answers}) == 1
    assert Case.unscoped.count() == 1
