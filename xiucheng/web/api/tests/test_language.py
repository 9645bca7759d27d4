"""In which language a refusal is told: Chinese, unless the reader chose English here."""

import re

import pytest

REFUSALS = {
    "": "案件现在是「待受理」，不能「结案」。",
    "en": "The case is now at “To accept”, so this cannot be done: Close.",
}


@pytest.mark.parametrize(("cookie", "sentence"), REFUSALS.items())
def test_a_rule_is_told_in_the_language_of_the_reader(api_as, page_as, pothole, cookie, sentence):
    number = api_as(None).post("/api/v1/reports", json=pothole).json()["number"]
    program, person = api_as("值班长_五华"), page_as("值班长_五华")
    for client in (program, person):
        client.cookies["django_language"] = cookie
    answer = program.post(f"/api/v1/cases/{number}/close", json={})
    assert answer.status_code == 409, answer.json()
    assert answer.json()["detail"].startswith(sentence)
    page = person.post(f"/cases/{number}/close", {})
    assert page.status_code in {409, 422}
    assert sentence in page.content.decode()


def test_no_accept_header_turns_the_interface_into_english(api_as):
    answer = api_as(None).get("/api/v1/cases", headers={"Accept-Language": "en"})
    assert re.search("[\u4e00-\u9fff]", answer.json()["detail"])
