"""GeoReport v2 as its text has it: every address, both formats, its errors; one action behind it."""

import uuid
import xml.etree.ElementTree as ElementTree
from datetime import timedelta

import pytest
from django.utils import timezone

from xiucheng.cases import actions
from xiucheng.cases.models import Case, Reporter
from xiucheng.cases.tests.loop import SPOT, Loop, reported
from xiucheng.people.tests.city import POINTS

BASE = "/open311/v2"
POSTED = {
    "service_code": "matter-06001",
    "lat": str(SPOT[1]),
    "long": str(SPOT[0]),
    "description": "垃圾桶满了",
    "first_name": "三",
    "last_name": "张",
    "phone": "13812345678",
}


def xml(response) -> ElementTree.Element:
    assert response["Content-Type"].startswith("text/xml"), response.content
    return ElementTree.fromstring(response.content)


def error(response, status: int) -> str:
    """The standard's form: a list of {code, description}."""
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/json")
    found = response.json()
    assert [set(each) for each in found] == [{"code", "description"}]
    assert found[0]["code"] == status
    assert any("\u4e00" <= letter <= "\u9fff" for letter in found[0]["description"])
    return found[0]["description"]


@pytest.fixture
def one(city):
    return reported()


# -- discovery and services ---


def test_discovery(api, city):
    body = api.get(f"{BASE}/discovery.json").json()
    assert set(body) == {"changeset", "contact", "key_service", "endpoints"}
    assert set(body["endpoints"][0]) == {"specification", "url", "changeset", "type", "formats"}
    root = xml(api.get(f"{BASE}/discovery.xml"))
    assert root.tag == "discovery"
    assert [each.text for each in root.findall("endpoints/endpoint/formats/format")] == [
        "application/json",
        "text/xml",
    ]


def test_services(api, city):
    rows = api.get(f"{BASE}/services.json").json()
    fields = {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}
    assert all(set(row) == fields for row in rows)
    assert "matter-06001" in {row["service_code"] for row in rows}
    assert len({row["service_code"] for row in rows}) == len(rows)
    root = xml(api.get(f"{BASE}/services.xml"))
    assert root.tag == "services"
    assert len(root.findall("service")) == len(rows)
    assert {each.text for each in root.findall("service/metadata")} == {"false"}


@pytest.mark.parametrize("code", ["matter-06001", "component-01001"])
def test_a_service_definition(api, city, code):
    assert api.get(f"{BASE}/services/{code}.json").json() == {"service_code": code, "attributes": []}
    root = xml(api.get(f"{BASE}/services/{code}.xml"))
    assert root.tag == "service_definition"
    assert root.findtext("service_code") == code


@pytest.mark.parametrize("code", ["06001", "matter-77777", "matter_06001", "x", "matter-06001-2"])
def test_an_unknown_service_is_404(api, city, code):
    error(api.get(f"{BASE}/services/{code}.json"), 404)
    root = xml(api.get(f"{BASE}/services/{code}.xml"))
    assert root.tag == "errors"
    assert root.findtext("error/code") == "404"


# -- POST requests ---


@pytest.mark.parametrize("ending", ["", ".json"])
def test_a_request_is_a_report(api, city, ending):
    response = api.post(f"{BASE}/requests{ending}", POSTED)
    assert response.status_code == 201, response.content
    (row,) = response.json()
    assert set(row) == {"service_request_id", "service_notice", "account_id"}
    case = Case.unscoped.get(number=row["service_request_id"])
    assert (case.channel, case.category) == ("open311", "GB/T 47678.5-2026/matter/06001")
    reporter = Reporter.objects.get()
    assert (reporter.name, reporter.phone) == ("张三", "13812345678")


def test_a_request_in_xml(api, city):
    root = xml(api.post(f"{BASE}/requests.xml", POSTED))
    assert root.tag == "service_requests"
    assert Case.unscoped.filter(number=root.findtext("request/service_request_id")).exists()


def test_a_retry_with_our_uuid_is_one_case(api, city):
    body = POSTED | {"uuid": str(uuid.uuid4())}
    first, again = (api.post(f"{BASE}/requests.json", body) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.content == again.content
    assert Case.unscoped.count() == 1


def test_what_we_have_no_column_for_is_kept_in_the_words(api, city):
    more = {"media_url": "https://example.org/a.jpg", "attribute[COLOR]": "red", "email": "a@example.org"}
    assert api.post(f"{BASE}/requests.json", POSTED | more).status_code == 201
    case = Case.unscoped.get()
    assert "https://example.org/a.jpg" in case.description
    assert "COLOR" in case.description
    assert "example.org" not in case.description.replace("https://example.org/a.jpg", "")
    assert "a@example.org" in Reporter.objects.get().name


@pytest.mark.parametrize(
    ("place", "division"),
    [
        ({"address_id": "530102001001"}, "530102001001"),
        ({"address_string": "昆明市五华区翠湖西路 12 号门口"}, "530102001001"),
        ({"address_string": "护国街道办旁边"}, "530102002"),
    ],
)
def test_a_place_without_coordinates_is_imprecise(api, city, place, division):
    body = {name: value for name, value in POSTED.items() if name not in ("lat", "long")} | place
    response = api.post(f"{BASE}/requests.json", body)
    assert response.status_code == 201, response.content
    case = Case.unscoped.get()
    assert case.imprecise
    assert (case.community or case.township or "").startswith(division[:9])


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"service_code": ""}, 400, "service_code"),
        ({"service_code": "matter-77777"}, 404, "service_code"),
        ({"lat": "", "long": ""}, 400, "地点"),
        ({"lat": ""}, 400, "一起"),
        ({"lat": "abc"}, 400, "lat"),
        ({"lat": "nan"}, 400, "lat"),
        ({"lat": "48.85", "long": "2.35"}, 400, "不在本市"),
        ({"description": "长" * 4001}, 400, "4000"),
        ({"description": "a\0"}, 400, "NUL"),
        ({"first_name": "a\0"}, 400, "NUL"),
        ({"first_name": "长" * 201}, 400, "200"),
        ({"phone": "12"}, 400, "电话"),
        ({"uuid": "x"}, 400, "uuid"),
        ({"api_key": "wrong"}, 403, "api_key"),
        ({"jurisdiction_id": "city.gov"}, 404, "jurisdiction_id"),
        ({"lat": "", "long": "", "address_string": "火星"}, 400, "address_string"),
        ({"lat": "", "long": "", "address_id": "999999"}, 400, ""),
    ],
)
def test_a_bad_request_says_why(api, city, change, status, says):
    assert says in error(api.post(f"{BASE}/requests.json", POSTED | change), status)
    assert Case.unscoped.count() == 0


def test_4000_characters_are_taken(api, city):
    text = "长" * 4000
    assert api.post(f"{BASE}/requests.json", POSTED | {"description": text}).status_code == 201
    assert Case.unscoped.get().description == text


def test_an_api_key_is_a_token_of_ours(api_as, api, city):
    for who, status in (("受理员_五华", 201), ("派遣员_五华", 403)):
        key = api_as(who).defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
        assert api.post(f"{BASE}/requests.json", POSTED | {"api_key": key}).status_code == status


# -- GET requests ---


def test_a_request_is_shown_without_words_until_staff_released_them(api, cast, departments):
    loop = Loop(cast, departments).handled()
    url = f"{BASE}/requests/{loop.received.number}.json"
    (row,) = api.get(url).json()
    assert set(row) == {
        "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
        "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime",
        "address", "address_id", "zipcode", "lat", "long", "media_url",
    }  # fmt: skip
    assert (row["status"], row["service_code"]) == ("open", "matter-06001")
    assert (row["description"], row["media_url"], row["address"]) == (None, None, None)
    assert row["requested_datetime"].endswith("+08:00")
    assert loop.done
    file = loop.done.state.evidence[-1].file
    assert api.get(f"{BASE}/photos/{file}").status_code == 404
    loop(actions.release, "受理员_五华", words="垃圾已清理", files=[file])
    (row,) = api.get(url).json()
    assert row["description"] == "垃圾已清理"
    shown = api.get(row["media_url"])
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    root = xml(api.get(f"{BASE}/requests/{loop.received.number}.xml"))
    assert root.findtext("request/description") == "垃圾已清理"


def test_a_number_is_its_own_token(api, one):
    (row,) = api.get(f"{BASE}/tokens/{one.number}.json").json()
    assert row == {"service_request_id": one.number, "token": one.number}
    error(api.get(f"{BASE}/tokens/nothing.json"), 404)
    error(api.get(f"{BASE}/requests/nothing.json"), 404)


def test_the_list_is_filtered(api, cast, departments):
    closed = Loop(cast, departments).closed()
    other = reported(category="GB/T 47678.5-2026/matter/06002", lon=POINTS["边界_盘龙"][0], lat=25.0405)

    def listed(**query) -> set[str]:
        response = api.get(f"{BASE}/requests.json", query)
        assert response.status_code == 200, response.content
        return {row["service_request_id"] for row in response.json()}

    both = {closed.received.number, other.number}
    assert listed() == both
    assert listed(status="closed") == {closed.received.number}
    assert listed(status="open") == {other.number}
    assert listed(status="open,closed") == both
    assert listed(service_code="matter-06002") == {other.number}
    assert listed(service_code="matter-06001,matter-06002") == both
    assert listed(service_request_id=other.number, status="closed") == {other.number}
    assert listed(jurisdiction_id="530102") == {closed.received.number}
    tomorrow = (timezone.localtime() + timedelta(days=1)).isoformat()
    yesterday = (timezone.localtime() - timedelta(days=1)).isoformat()
    assert listed(start_date=yesterday) == both
    assert listed(start_date=tomorrow) == set()
    assert listed(end_date=yesterday) == set()
    assert listed(start_date="2020-01-01T00:00:00Z", end_date=tomorrow) == both


def test_the_window_is_90_days(api, city, monkeypatch):
    old = reported()
    Case.unscoped.filter(number=old.number).update(reported_at=timezone.now() - timedelta(days=100))
    assert api.get(f"{BASE}/requests.json").json() == []
    since = (timezone.localtime() - timedelta(days=120)).isoformat()
    assert len(api.get(f"{BASE}/requests.json", {"start_date": since}).json()) == 1
    assert len(api.get(f"{BASE}/requests.json", {"service_request_id": old.number}).json()) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"status": "gone"},
        {"start_date": "yesterday"},
        {"start_date": "2026-01-01T00:00:00"},
        {"start_date": "0001-01-01T00:00:00+14:00"},
        {"start_date": "2026-02-01T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"},
        {"service_code": "x\0"},
    ],
)
def test_a_bad_filter_is_named(api, city, query):
    response = api.get(f"{BASE}/requests.json", query)
    assert response.status_code in (400, 404)
    error(response, response.status_code)


# -- what is no request of the standard ---


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing.json", 404),
        ("DELETE", "/requests.json", 405),
        ("POST", "/services.json", 405),
        ("GET", "/requests/%00.json", 404),
    ],
)
def test_errors_are_in_its_own_form(api, city, method, path, status):
    error(api.generic(method, BASE + path), status)
    assert xml(api.generic(method, (BASE + path).replace(".json", ".xml"))).tag == "errors"


def test_too_many_calls(api, city, settings):
    from xiucheng.kernel import settings as kernel_settings

    settings.RATE_LIMITS = True
    kernel_settings.set_value(key="rate.report.address", value="1", by="test")
    assert api.post(f"{BASE}/requests.json", POSTED).status_code == 201
    response = api.post(f"{BASE}/requests.json", POSTED)
    error(response, 429)
    assert int(response["Retry-After"]) >= 1


def test_a_list_costs_the_same_however_long(api, city, django_assert_max_num_queries):
    for n in range(6):
        reported(description=f"第 {n} 件")
    api.get(f"{BASE}/requests.json")
    with django_assert_max_num_queries(6):
        assert len(api.get(f"{BASE}/requests.json").json()) == 6
