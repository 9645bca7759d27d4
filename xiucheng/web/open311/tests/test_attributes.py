"""GeoReport v2, service definition and its answers: the extra fields of a category under the standard's names."""

from typing import Any

import pytest

from xiucheng.cases.models import Case
from xiucheng.cases.tests.loop import DUSTBIN
from xiucheng.catalog import queries
from xiucheng.catalog.actions import set_extra_field
from xiucheng.web.open311.tests.test_open311 import BASE, POSTED, error, xml

REQUESTS = f"{BASE}/requests.json"


@pytest.fixture
def fields(cast):
    """Of 垃圾箱 (matter-06001): one of each kind, and one that programs are not asked."""
    common: dict[str, Any] = {
        "category": queries.parse_category(DUSTBIN),
        "doors": ["citizen", "api"],
        "by": cast["系统管理员"],
    }
    made: list[dict[str, Any]] = [
        {
            "key": "depth",
            "label": "深度",
            "label_en": "Depth",
            "kind": "number",
            "help": "米",
            "required": True,
        },
        {"key": "material", "label": "材质", "kind": "choice", "choices": ["铸铁", "复合"]},
        {"key": "since", "label": "哪天开始", "kind": "date"},
        {"key": "smells", "label": "有异味", "kind": "yes_no"},
        {"key": "where", "label": "位置细说", "kind": "text"},
        {"key": "inside", "label": "内部用", "kind": "text", "doors": ["intake"], "required": True},
    ]
    for position, one in enumerate(made):
        set_extra_field(**common | {"position": position} | one)


@pytest.fixture
def case():
    return lambda: Case.unscoped.get()


def test_a_service_with_questions_says_so(api, fields):
    rows = {row["service_code"]: row["metadata"] for row in api.get(f"{BASE}/services.json").json()}
    assert rows.pop("matter-06001") is True and not any(rows.values())
    listed = xml(api.get(f"{BASE}/services.xml"))
    told = {row.findtext("service_code"): row.findtext("metadata") for row in listed.findall("service")}
    assert told["matter-06001"] == "true" and told["matter-01001"] == "false"


def test_its_definition_lists_them_in_json(api, fields):
    body = api.get(f"{BASE}/services/matter-06001.json").json()
    assert [(one["code"], one["datatype"], one["required"], one["order"]) for one in body["attributes"]] == [
        ("depth", "number", True, 1),
        ("material", "singlevaluelist", False, 2),
        ("since", "datetime", False, 3),
        ("smells", "singlevaluelist", False, 4),
        ("where", "string", False, 5),
    ]
    depth, material, _since, smells, _where = body["attributes"]
    assert depth == {
        "variable": True, "code": "depth", "datatype": "number", "required": True, "datatype_description": "米",
        "order": 1, "description": "深度",
    }  # fmt: skip
    assert material["values"] == [{"key": "铸铁", "name": "铸铁"}, {"key": "复合", "name": "复合"}]
    assert smells["values"] == [{"key": "yes", "name": "是"}, {"key": "no", "name": "否"}]
    api.cookies["django_language"] = "en"
    english = api.get(f"{BASE}/services/matter-06001.json").json()
    assert english["attributes"][0]["description"] == "Depth"


def test_its_definition_lists_them_in_xml(api, fields):
    root = xml(api.get(f"{BASE}/services/matter-06001.xml"))
    rows = root.findall("attributes/attribute")
    assert [row.findtext("code") for row in rows] == ["depth", "material", "since", "smells", "where"]
    assert rows[0].findtext("required") == "true" and rows[0].findtext("variable") == "true"
    assert [one.findtext("name") for one in rows[1].findall("values/value")] == ["铸铁", "复合"]
    assert rows[0].find("values") is None


def test_answers_are_kept_as_the_catalogue_reads_them(api, fields, case):
    given = {
        "attribute[depth]": "3.50",
        "attribute[material][]": "复合",
        "attribute[since]": "2026-11-23T20:30:00Z",
        "attribute[smells]": "yes",
        "attribute[where]": "",
    }
    answer = api.post(REQUESTS, POSTED | given)
    assert answer.status_code == 201, answer.content
    assert case().extra == {
        DUSTBIN: {"depth": "3.5", "material": "复合", "since": "2026-11-24", "smells": "yes"}
    }, "in China that moment is the 24th"
    assert case().description == POSTED["description"], "they do not stand in the words too"


@pytest.mark.parametrize("day", ["2026-11-24", "2026-11-24T23:59:59+08:00", "2026-11-24T08:30:00 08:00"])
def test_a_day_is_a_day(api, fields, case, day):
    assert api.post(REQUESTS, POSTED | {"attribute[depth]": "1", "attribute[since]": day}).status_code == 201
    assert case().extra[DUSTBIN]["since"] == "2026-11-24"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "请填“深度”"),
        ({"attribute[depth]": "很深"}, "“深度”：请填数字"),
        ({"attribute[depth]": "1", "attribute[material]": "木头"}, "“材质”：只能从给出的几项里选"),
        (
            {"attribute[depth]": "1", "attribute[material][]": ["铸铁", "复合"]},
            "attribute[material] 只能有一个值",
        ),
        ({"attribute[depth]": "1", "attribute[since]": "2026-13-01T00:00:00Z"}, "不是日期"),
        ({"attribute[depth]": "1", "attribute[since]": "明天T"}, "不是日期"),
        ({"attribute[depth]": "1", "attribute[colour]": "红"}, "没有附加项“colour”"),
        ({"attribute[depth]": "1", "attribute[where]": "打 13812345678"}, "这里不要写手机号"),
        ({"attribute[depth]": "1", "attribute[where]": "a\0b"}, "空字符"),
        ({"attribute[depth]": "1", "attribute[a\0b]": "x"}, "空字符"),
    ],
)
def test_a_bad_answer_is_refused_in_the_standards_form(api, fields, given, said):
    assert said in error(api.post(REQUESTS, POSTED | given), 400)
    told = xml(api.post(f"{BASE}/requests.xml", POSTED | given))
    assert told.tag == "errors" and told.findtext("error/code") == "400"
    assert not Case.unscoped.exists()


def test_answers_are_not_public(api, fields, case):
    given = {"attribute[depth]": "31415", "attribute[where]": "后门里面"}
    assert api.post(REQUESTS, POSTED | given).status_code == 201
    for path in (f"{BASE}/requests.json", f"{BASE}/requests/{case().number}.json", f"{BASE}/requests.xml"):
        shown = api.get(path).content.decode()
        assert case().number in shown and "31415" not in shown and "后门里面" not in shown


def test_a_retry_is_the_same_report_and_another_answer_is_not(api, fields, case):
    sent = POSTED | {"uuid": "0c8f5f5e-53c9-4e4f-8a1b-6d2f7c1d9b11", "attribute[depth]": "1"}
    first, again = api.post(REQUESTS, sent), api.post(REQUESTS, sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert api.post(REQUESTS, sent | {"attribute[depth]": "2"}).status_code == 409
    assert case().extra == {DUSTBIN: {"depth": "1"}}
