"""What people, phones and attackers send by mistake or on purpose: refused in Chinese with nothing half-written
and nothing typed lost, or kept exactly as it was written and shown as text. Pages and API, over real HTTP.
"""

import html
import io
import json
import re
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import requests
from PIL import Image

from e2e.town import SPOT, Town, Visitor, png, report
from e2e.work import dispatched, do, reported, worker

MEGA = 1024 * 1024
HERE = {"longitude": str(SPOT[0]), "latitude": str(SPOT[1])}
HTML = "<script>document.title='x'</script><b onclick=alert(1)>粗</b>&amp;"
SQL = "'); DROP TABLE cases_case; -- \" OR 1=1 %s {0} ${x} {{ 7*7 }} {% now %}"
# A name of a person from the rare block, bopomofo, an extension I character, emoji with joiner, flag, combining.
RARE = ("𠮷野家门口", "㐂字招牌", "ㄅㄆㄇ", "\U0002ebf0", "䶮䲜鿿𫟹", "🕳️👨‍👩‍👧🇨🇳", "é e\u0301", "‮反写‬")


@pytest.fixture
def nothing_written(town: Town) -> Iterator[None]:
    """Not one row more in any table that a report or a step writes to."""
    before = town.counts()
    yield
    assert town.counts() == before


def chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def says(answer: requests.Response) -> str:
    """What a person reads: the errors beside the fields of a page, or the reasons of an API's answer."""
    if "json" in answer.headers["Content-Type"]:
        body = answer.json()
        if "errors" in body and isinstance(body["errors"], dict):
            return " ".join(word for words in body["errors"].values() for word in words)
        return " ".join(
            [str(body.get("detail", "")), *(str(one["reason"]) for one in body.get("errors", ()))]
        )
    alerts = re.findall(r'role="alert"[^>]*>(.*?)</(?:p|div)>', answer.text, re.DOTALL)
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", alert).strip() for alert in alerts))


# --- The citizen's page ---

BAD_PAGES: list[tuple[dict[str, str], str]] = [
    ({"description": ""}, "请写一句是什么事"),
    ({"description": "   "}, "请写一句是什么事"),
    ({"description": "长" * 50_000}, "最多 5000 字"),
    ({"description": "空\0字符"}, "空字符"),
    ({"longitude": "", "latitude": ""}, "请告诉我们在哪里"),
    ({"longitude": "abc"}, "经纬度不是数字"),
    ({"longitude": "nan"}, "经纬度不是数字"),
    ({"longitude": "1e999"}, "经纬度不是数字"),
    ({"longitude": HERE["latitude"], "latitude": HERE["longitude"]}, "写反"),
    ({"longitude": "100.15", "latitude": "25.55"}, "不在本市"),
    ({"longitude": "2.35", "latitude": "48.85"}, "不在本市"),
    ({"category": "01001"}, "类别"),
    ({"category": "matter/77777"}, "类别"),
    ({"category": "GB/T 0-1999/matter/01001"}, "没有分类标准"),
    ({"category": "x" * 50_000}, "没有这样的类别"),
    ({"address": "路" * 50_000}, "地点最多 256 字"),
    ({"reporter_phone": "一二三"}, "电话"),
    ({"reporter_name": "名" * 50_000}, "称呼最多 60 字"),
    ({"uuid": "not-a-uuid"}, "刷新页面"),
    ({"longitude": "", "latitude": "", "county": "999999"}, "没有找到所选的区县"),
    ({"longitude": "", "latitude": "", "county": "'; --"}, "没有找到所选的区县"),
    ({"side": "530999"}, "所选区县不在这个位置附近"),
]


@pytest.mark.parametrize(("change", "words"), BAD_PAGES, ids=[" ".join(change) for change, _w in BAD_PAGES])
@pytest.mark.parametrize("island", [False, True], ids=["page", "island"])
@pytest.mark.usefixtures("nothing_written")
def test_a_bad_report_on_the_page(town: Town, change: dict[str, str], words: str, island: bool) -> None:
    citizen = town.visitor()
    fields = {"description": "井盖没了", "address": "翠湖边", "reporter_name": "段小姐", **HERE, **change}
    more = {"headers": {"Accept": "application/json"}} if island else {}
    answer = citizen.submit("/report", fields, **more)
    assert answer.status_code == 422, answer.text[:300]
    assert words in says(answer), says(answer)[-600:]
    if not island:
        kept = {"description": "井盖没了", "address": "翠湖边", "reporter_name": "段小姐"}
        for name in kept.keys() - change.keys():
            assert kept[name] in answer.text, f"{name} was typed and is gone"


# --- Photos ---


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((640, 480), 90).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def bomb(side: int = 60_000) -> bytes:
    """A PNG of a few kilobytes that would unpack to gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(MEGA)))
        + chunk(b"IEND", b"")
    )


BAD_PHOTOS = {
    "a pdf named jpg": ("发票.jpg", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", "PDF"),
    "a page named png": ("x.png", b"<html><script>alert(1)</script></html>", "图片"),
    "svg": ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "图片"),
    "a cut jpeg": ("半张.jpg", jpeg()[:9000], "损坏或不完整"),
    "a bomb": ("大.png", bomb(), "像素太多"),
    "empty": ("空.jpg", b"", "空"),
    "one byte too many": ("大.jpg", jpeg().ljust(20 * MEGA + 1, b"\0"), "20 MB"),
}


def send_photo(town: Town, door: str, name: str, content: bytes) -> requests.Response:
    files = {"photos": (name, content, "image/jpeg")}
    if door == "api":
        return town.visitor().post("/api/v1/reports", data=report(), files=files)
    return town.visitor().submit(
        "/report", {"description": "带照片", "address": "翠湖边", **HERE}, files=files
    )


@pytest.mark.parametrize("kind", BAD_PHOTOS)
@pytest.mark.parametrize("door", ["api", "page"])
@pytest.mark.usefixtures("nothing_written")
def test_a_bad_photo(town: Town, door: str, kind: str) -> None:
    name, content, words = BAD_PHOTOS[kind]
    answer = send_photo(town, door, name, content)
    assert answer.status_code in (413, 422), answer.text[:300]
    assert words in says(answer), says(answer)[-600:]
    if door == "page":
        assert "带照片" in answer.text and "翠湖边" in answer.text


@pytest.mark.parametrize("door", ["api", "page"])
def test_a_photo_of_exactly_20_megabytes(town: Town, door: str) -> None:
    before = town.counts()["cases_casefile"]
    answer = send_photo(town, door, "刚好.jpg", jpeg().ljust(20 * MEGA, b"\0"))
    assert answer.status_code in (201, 302), answer.text[:300]
    assert town.counts()["cases_casefile"] == before + 1


@pytest.mark.usefixtures("nothing_written")
def test_ten_photos(town: Town) -> None:
    ten = [("photos", (f"{place}.png", png(str(place)), "image/png")) for place in range(10)]
    page = town.visitor().submit("/report", {"description": "十张", **HERE}, files=ten)
    api = town.visitor().post("/api/v1/reports", data=report(), files=ten)
    for answer in (page, api):
        assert answer.status_code == 422 and "9" in says(answer) and chinese(says(answer))


# --- Words that are kept, and only shown ---


def stored(town: Town, number: str) -> tuple[Any, ...]:
    (row,) = town.ask("SELECT description, address FROM cases_case WHERE number = %s", number)
    return row


@pytest.mark.parametrize("words", [HTML, SQL, *RARE])
@pytest.mark.parametrize("door", ["api", "page", "open311", "intake"])
def test_words_are_kept_as_written_and_shown_as_text(town: Town, door: str, words: str) -> None:
    number = DOORS[door](town, words)
    assert stored(town, number) == (words, words)
    ledger = town.ask(
        "SELECT e.canonical FROM cases_caseevent e JOIN cases_case c ON c.id = e.chain WHERE c.number = %s",
        number,
    )
    facts = json.loads(bytes(ledger[0][0]))
    assert words in json.dumps(facts, ensure_ascii=False) or json.dumps(words, ensure_ascii=False)[1:-1] in (
        json.dumps(facts, ensure_ascii=False)
    )
    clerk = clerk_of(town)
    for page in (
        f"/cases/{number}",
        f"/cases/{number}/correct",
        f"/cases?q={number}",
        f"/cases/{number}/panel",
    ):
        shown = clerk.get(page)
        assert shown.status_code == 200
        assert "<script>document.title" not in shown.text and "<b onclick" not in shown.text
    assert words in html.unescape(clerk.get(f"/cases/{number}").text)
    found = clerk.get("/cases", params={"q": words[:100]})
    assert found.status_code == 200 and number in found.text
    seen = worker(town, "受理员_五华").get(f"/api/v1/cases/{number}").json()
    assert seen["description"] == words


def by_api(town: Town, words: str) -> str:
    return reported(town, description=words, address=words, reporter_name=words[:60])


def by_page(town: Town, words: str) -> str:
    answer = town.visitor().submit(
        "/report", {"description": words, "address": words, "reporter_name": words[:60], **HERE}
    )
    assert answer.status_code == 302, answer.text[:300]
    return answer.headers["Location"].rpartition("/")[2]


def by_open311(town: Town, words: str) -> str:
    fields = {"service_code": "matter-06001", "long": SPOT[0], "lat": SPOT[1], "description": words}
    answer = town.visitor().post(
        "/open311/v2/requests.json", data=fields | {"address_string": words, "first_name": words[:60]}
    )
    assert answer.status_code in (200, 201), answer.text[:300]
    return str(answer.json()[0]["service_request_id"])


def by_intake(town: Town, words: str) -> str:
    fields = {
        "description": words,
        "address": words,
        "reporter_name": words[:60],
        "channel": "hotline",
        **HERE,
    }
    answer = clerk_of(town).submit("/intake/new", fields)
    assert answer.status_code in (200, 201), answer.text[:300]
    ((number,),) = town.ask("SELECT number FROM cases_case ORDER BY reported_at DESC LIMIT 1")
    return str(number)


DOORS = {"api": by_api, "page": by_page, "open311": by_open311, "intake": by_intake}


@cache
def clerk_of(town: Town) -> Visitor:
    """One sign-in for all tests of a town."""
    return town.signed_in("受理员_五华")


def test_5000_signs_are_kept_and_5001_are_not(town: Town) -> None:
    """Counted as people count: a sign beyond the first plane is one."""
    whole = "𠮷" * 5000
    sent = town.visitor().submit("/report", {"description": whole[:4999] + "🕳", **HERE})
    assert sent.status_code == 302, sent.text[:300]
    assert stored(town, sent.headers["Location"].rpartition("/")[2])[0] == whole[:4999] + "🕳"
    assert stored(town, reported(town, description=whole))[0] == whole
    refused = town.visitor().submit("/report", {"description": whole + "多", **HERE})
    assert refused.status_code == 422 and "5000" in refused.text


# --- A step ---


def test_html_in_every_field_of_a_step(town: Town) -> None:
    number = reported(town)
    do(town, "受理员_五华", number, "ask", note=HTML)
    ((code,),) = [(town.visitor().post("/api/v1/reports", json=report()).json()["query_code"],)]
    clerk = clerk_of(town)
    shown = clerk.get(f"/cases/{number}").text
    assert HTML in html.unescape(shown) and "<script>document.title" not in shown
    assert code not in shown


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"category": "77777"}, "类别"),
        ({"category": HTML}, "类别"),
        ({"note": "长" * 50_000}, "5000"),
        ({"note": "空\0字符"}, "空字符"),
    ],
)
@pytest.mark.parametrize("htmx", [False, True], ids=["page", "htmx"])
def test_a_bad_step(town: Town, fields: dict[str, str], words: str, htmx: bool) -> None:
    number = reported(town)
    before = town.counts()
    kept = {"note": "夜里更多"} | fields
    more = {"headers": {"HX-Request": "true"}} if htmx else {}
    answer = clerk_of(town).submit(f"/cases/{number}/accept", kept, **more)
    assert answer.status_code == 422, answer.text[:300]
    assert words in says(answer), says(answer)[-900:]
    assert kept["note"].replace("\0", "")[:50] in html.unescape(answer.text).replace("\0", "")
    assert town.counts() == before


@pytest.fixture(scope="module")
def at_work(town: Town) -> str:
    """A case that 环卫 is handling."""
    return dispatched(town)


BAD_DAYS = [
    ("2020-01-01", "要晚于现在"),
    ("9999-12-31", "不超过 365 天"),
    ("2026-02-30", ""),
    ("明天", ""),
    ("", ""),
]


@pytest.mark.parametrize(("day", "words"), BAD_DAYS)
def test_a_day_that_is_past_too_far_or_none(town: Town, at_work: str, day: str, words: str) -> None:
    """挂账 wants a day to come, within a year; the form keeps the reason that was typed."""
    before = town.counts()
    department = town.signed_in("经办人_环卫")
    page = department.submit(f"/cases/{at_work}/suspend", {"until": day, "note": "等管线单位开挖"})
    body = {"until": f"{day}T00:00:00+08:00", "note": "等管线单位开挖"}
    api = worker(town, "经办人_环卫").post(f"/api/v1/cases/{at_work}/suspend", json=body)
    for answer in (page, api):
        assert answer.status_code == 422, f"{answer.status_code} {answer.text[:300]}"
        assert chinese(says(answer)) and words in says(answer), says(answer)[-500:]
    assert "等管线单位开挖" in page.text
    assert town.counts() == before


# --- Addresses ---

STRANGE = [
    "/cases/%00",
    "/cases/%F0%9F%95%B3",
    "/cases/'%20OR%201=1--",
    "/cases/" + "9" * 300,
    "/cases/%3Cscript%3E/accept",
    "/cases?after=%00",
    "/cases?after=bm9uc2Vuc2U",
    "/cases?category=77777",
    "/cases?since=2026-02-30",
    "/cases?since=9999-12-31",
    "/cases?until=9999-12-31&since=9999-12-31",
    "/cases?since=2026-05-02&until=2026-05-01",
    "/follow/%00?code=x",
    "/follow/20261124-000001?code=%00",
    "/follow/" + "9" * 300 + "?code=1",
    "/report/nearby?longitude=nan&latitude=25",
    "/report/nearby?longitude=25&latitude=102",
    "/report/nearby?longitude=inf&latitude=1e999",
    "/report/nearby",
    "/answer/" + "x" * 500,
    "/answer/%00",
    "/api/v1/places?longitude=25.04&latitude=102.7",
    "/api/v1/places?longitude=NaN&latitude=25",
    "/api/v1/cases?since=2026-13-01",
    "/api/v1/cases?since=9999-12-31",
    "/api/v1/cases?category=77777",
    "/api/v1/cases?after=%00",
    "/api/v1/cases?words=%00",
    "/api/v1/cases/%00",
    "/api/v1/reports/%00?code=x",
    "/api/v1/divisions?parent=%00",
    "/api/v1/standards?category=01001",
    "/open311/v2/requests.json?start_date=9999-99-99",
    "/open311/v2/requests/%00.json",
    "/open311/v2/services/77777.json",
]


@pytest.mark.parametrize("address", STRANGE)
@pytest.mark.usefixtures("nothing_written")
def test_strange_addresses_are_answered_in_chinese(town: Town, address: str) -> None:
    visitor = worker(town, "受理员_五华") if address.startswith("/api") else clerk_of(town)
    answer = visitor.get(address, allow_redirects=False)
    assert 400 <= answer.status_code < 500, f"{answer.status_code} {answer.text[:200]}"
    assert chinese(answer.text)


@pytest.mark.parametrize(
    "address",
    ["/cases?q=%00", "/cases?until=9999-12-31", "/cases?since=0001-01-01", "/desk?tab=%00", "/cases?q=%25_'"],
)
def test_strange_but_harmless(town: Town, address: str) -> None:
    answer = clerk_of(town).get(address)
    assert answer.status_code in (200, 422) and chinese(answer.text), (
        f"{answer.status_code} {answer.text[:200]}"
    )


@pytest.mark.parametrize("name", ["'; --", HTML, "空\0字符", "名" * 50_000, "𠮷"])
def test_a_strange_name_at_the_door(town: Town, name: str) -> None:
    answer = town.visitor().submit("/login", {"username": name, "password": "x\0y"})
    assert 400 <= answer.status_code < 500 and chinese(answer.text), (
        f"{answer.status_code} {answer.text[:200]}"
    )
    assert "<script>document.title" not in answer.text
    token = town.visitor().post("/api/v1/tokens", json={"username": name, "password": "x"})
    assert 400 <= token.status_code < 500 and chinese(token.text)
