"""The base map of a city: only where it is set, with its number, and from its own host alone."""

from xiucheng.kernel import settings


def policy(answer) -> str:
    return answer.headers["Content-Security-Policy"]


def test_without_one_nothing_is_asked_outside(page_as):
    answer = page_as("值班长_五华").get("/map")
    assert "https://" not in policy(answer)
    assert "data-base=" not in answer.content.decode()


def test_one_that_is_set_may_be_asked_and_shows_its_number(page_as):
    settings.set_value(key="map.base_url", value="https://tiles.example.gov.cn/img/{z}/{x}/{y}.png", by="x")
    settings.set_value(key="map.base_words", value="审图号：GS(2026)0001号", by="x")
    answer = page_as("值班长_五华").get("/map")
    assert policy(answer).count("https://tiles.example.gov.cn") == 2
    assert "审图号：GS(2026)0001号" in answer.content.decode()
    settings.set_value(key="map.base_url", value="javascript:alert(1)", by="x")
    assert "javascript" not in policy(page_as("值班长_五华").get("/map"))
