"""Messages to staff: whose they are, who sees them, what reading does; through the pages and the API."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from xiucheng.cases import actions, queries
from xiucheng.cases.models import Notice
from xiucheng.cases.queries.notices import COUNTED, sentence
from xiucheng.cases.tests.loop import Loop
from xiucheng.kernel import stamps
from xiucheng.kernel.errors import Refused

pytestmark = pytest.mark.django_db
PageAs = Callable[[str | None], Client]
URL = "/api/v1/notices"
NEW_LEG, HURRY = "有新的案件派给您的部门。", "催办：请尽快处置。下午领导来看"


@pytest.fixture
def loop(cast: Any, departments: Any) -> Loop:
    """A case sent to 环卫 and then hurried: two messages to the department."""
    return Loop(cast, departments).dispatched()(actions.remind, "派遣员_五华", note="下午领导来看")


def many(loop: Loop, count: int, **changes: Any) -> None:
    """Messages to 环卫, a second apart, the newest now."""
    values = {"case_id": loop.id, "department": loop.departments["环卫"], "msgid": NEW_LEG} | changes
    now = timezone.now()
    Notice.objects.bulk_create(
        Notice(**{"at": now - timedelta(seconds=back)} | values) for back in range(count)
    )


def said(answer: Any) -> list[str]:
    return [item["sentence"] for item in answer.json()["items"]]


def badge(page: str) -> str | None:
    """What the rail says is unread; None where it says nothing."""
    found = re.search(r'id="unread"[^>]*?( hidden)?><span class="sr-only">未读</span> (\S*)</span>', page)
    assert found
    return None if found[1] else found[2]


# -- whose they are ---


def test_a_department_reads_its_own_messages_newest_first(api_as: Any, loop: Loop) -> None:
    answer = api_as("经办人_环卫").get(URL)
    assert said(answer) == [HURRY, NEW_LEG]
    assert answer.json()["unread"] == 2
    first = answer.json()["items"][0]
    assert (first["number"], first["case"], first["to"]) == (loop.received.number, str(loop.id), "department")
    assert first["read_at"] is None


@pytest.mark.parametrize(
    ("who", "count"),
    [
        ("经办人_环卫", 2),
        ("经办人_排水", 0),  # another department
        ("派遣员_五华", 0),  # sees the case, but was told nothing
        ("派遣员_大理", 0),
    ],
)
def test_who_sees_a_departments_messages(
    api_as: Any, page_as: PageAs, loop: Loop, who: str, count: int
) -> None:
    assert len(said(api_as(who).get(URL))) == count
    page = page_as(who).get("/messages").content.decode()
    assert (HURRY in page) == bool(count)
    assert badge(page) == (str(count) if count else None)


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("系统管理员", 403), ("审计员", 403)])
def test_who_may_not_ask(api_as: Any, page_as: PageAs, loop: Loop, who: str | None, status: int) -> None:
    assert api_as(who).get(URL).status_code == status
    assert api_as(who).post(f"{URL}/read", json={"all": True}).status_code == status
    assert page_as(who).get("/messages").status_code == (302 if who is None else status)
    assert page_as(who).post("/messages/read").status_code == status
    assert Notice.objects.filter(department__isnull=False, read_at__isnull=True).count() == 2


def test_a_task_is_told_to_its_inspector_alone(api_as: Any, cast: Any, departments: Any) -> None:
    Loop(cast, departments).accepted()(
        actions.request_verify, "受理员_五华", inspector=cast["监督员_五华_甲"], note=""
    )
    answer = api_as("监督员_五华_甲").get(URL)
    assert said(answer) == ["请到现场核实。"]
    assert answer.json()["items"][0]["to"] == "post"
    assert said(api_as("监督员_五华_乙").get(URL)) == []


def test_a_reporters_messages_are_nobodys_on_the_desk(cast: Any, loop: Loop) -> None:
    """A post without a department must not read rows whose department is empty."""
    assert Notice.objects.filter(reporter__isnull=False).exists()
    seen = [row for post in cast.values() for row in queries.notices(post).rows]
    assert not [row for row in seen if row.reporter_id]


def test_a_case_that_left_the_department_takes_its_messages_along(api_as: Any, loop: Loop) -> None:
    loop(actions.return_, "经办人_环卫", note="不是我们的")(
        actions.decide_return, "派遣员_五华", granted=True
    )
    assert queries.unread(loop.cast["经办人_环卫"]) == 0
    assert said(api_as("经办人_环卫").get(URL)) == []


def test_messages_older_than_thirty_days_are_history(api_as: Any, loop: Loop) -> None:
    Notice.objects.update(at=timezone.now() - timedelta(days=29))
    assert len(said(api_as("经办人_环卫").get(URL))) == 2
    Notice.objects.update(at=timezone.now() - timedelta(days=31))
    assert api_as("经办人_环卫").get(URL).json() == {"items": [], "next": None, "unread": 0}


def test_every_message_can_be_said_in_both_languages(loop: Loop) -> None:
    from django.utils.translation import override

    from xiucheng.cases.rules import notices as rules

    told = [*rules.TO_DEPARTMENT.values(), *rules.TASKS.values(), rules.NEW_LEG, rules.USED_UP]
    for msgid in told:
        notice = Notice(msgid=msgid, values={"note": "{x} %s", "percent": 80})
        for language in ("zh-hans", "en"):
            with override(language):
                assert "{note}" not in sentence(notice) and "{percent}" not in sentence(notice)
    with override("en"):
        assert not re.search("[一-龥]", sentence(Notice(msgid=NEW_LEG, values={})))


# -- reading ---


def test_opening_the_case_reads_its_messages_and_no_others(
    page_as: PageAs, cast: Any, departments: Any, loop: Loop
) -> None:
    Loop(cast, departments).dispatched()
    desk = page_as("经办人_环卫")
    page = desk.get("/messages").content.decode()
    assert (badge(page), page.count("unread-mark")) == ("3", 3)
    desk.head(f"/cases/{loop.received.number}")
    assert queries.unread(cast["经办人_环卫"]) == 3
    assert f'href="/cases/{loop.received.number}"' in page
    assert badge(desk.get(f"/cases/{loop.received.number}").content.decode()) == "1"
    page = desk.get("/messages").content.decode()
    assert (badge(page), page.count("unread-mark")) == ("1", 1)
    assert HURRY in page  # a read one stays


def test_looking_at_a_case_does_not_read_what_others_were_told(
    page_as: PageAs, loop: Loop, cast: Any
) -> None:
    page_as("派遣员_五华").get(f"/cases/{loop.received.number}")
    assert queries.unread(cast["经办人_环卫"]) == 2


def test_all_are_read_but_what_came_after_the_page(page_as: PageAs, cast: Any, loop: Loop) -> None:
    desk = page_as("经办人_环卫")
    seen = re.search(r'name="seen" value="([^"]+)"', desk.get("/messages").content.decode())
    assert seen
    loop(actions.remind, "派遣员_五华", note="再催")
    answer = desk.post("/messages/read", {"seen": seen[1]}, follow=True)
    page = answer.content.decode()
    assert "2 条消息已标为已读。" in page
    assert badge(page) == "1" and page.count("unread-mark") == 1
    assert "没有未读的消息。" in desk.post("/messages/read", {"seen": seen[1]}, follow=True).content.decode()


def test_an_altered_place_is_refused_and_nothing_is_read(page_as: PageAs, cast: Any, loop: Loop) -> None:
    desk = page_as("经办人_环卫")
    assert desk.post("/messages/read", {"seen": "x:y:z"}).status_code == 422
    assert desk.get("/messages?after=💩").status_code == 422
    assert desk.get("/messages/read").status_code == 405
    assert queries.unread(cast["经办人_环卫"]) == 2


def test_an_empty_page_says_so(page_as: PageAs, loop: Loop) -> None:
    page = page_as("受理员_五华").get("/messages").content.decode()
    assert "没有消息。" in page and "全部标为已读" not in page


def test_reading_by_api_is_idempotent_and_touches_own_ones_only(api_as: Any, loop: Loop) -> None:
    own, other = api_as("经办人_环卫"), api_as("经办人_排水")
    ids = [item["id"] for item in own.get(URL).json()["items"]]
    assert other.post(f"{URL}/read", json={"ids": ids}).json() == {"read": 0, "unread": 0}
    assert other.post(f"{URL}/read", json={"all": True}).json() == {"read": 0, "unread": 0}
    assert own.post(f"{URL}/read", json={"ids": []}).json() == {"read": 0, "unread": 2}
    assert own.post(f"{URL}/read", json={"ids": ids[:1]}).json() == {"read": 1, "unread": 1}
    first = Notice.objects.get(pk=ids[0]).read_at
    assert own.post(f"{URL}/read", json={"ids": [*ids[:1], 10**15]}).json() == {"read": 0, "unread": 1}
    assert Notice.objects.get(pk=ids[0]).read_at == first
    assert own.post(f"{URL}/read", json={"all": True}).json() == {"read": 1, "unread": 0}


@pytest.mark.parametrize(
    "body", [{}, {"ids": [1], "all": True}, {"ids": ["x"]}, {"ids": [0]}, {"ids": [2**63]}, {"every": True}]
)
def test_which_ones_must_be_said(api_as: Any, loop: Loop, cast: Any, body: dict[str, Any]) -> None:
    answer = api_as("经办人_环卫").post(f"{URL}/read", json=body)
    assert answer.status_code == 422
    assert re.search("[一-龥]", answer.json()["detail"])
    assert queries.unread(cast["经办人_环卫"]) == 2


def test_the_action_refuses_a_post_without_cases(cast: Any, loop: Loop) -> None:
    with pytest.raises(Refused) as refused:
        actions.read_notices(by=cast["审计员"])
    assert refused.value.status == 403


# -- many of them ---


def test_pages_hold_each_message_once(api_as: Any, page_as: PageAs, cast: Any, loop: Loop) -> None:
    """Also where many bear the same moment, and those of the post and the department interleave."""
    many(loop, 40, at=timezone.now())
    many(loop, 40, department=None, post=cast["经办人_环卫"])
    many(loop, 40)
    desk = api_as("经办人_环卫")
    seen: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = desk.get(URL, {"limit": 25, "after": after}).json()
        seen += page["items"]
        after = page["next"]
    assert len(seen) == len({item["id"] for item in seen}) == 122
    assert [item["at"] for item in seen] == sorted((item["at"] for item in seen), reverse=True)
    browser = page_as("经办人_环卫")
    first = browser.get("/messages").content.decode()
    following = re.search(r'href="(\?after=[^"]+)" rel="next"', first)
    assert following and first.count("unread-mark") == 100
    assert browser.get(f"/messages{following[1]}").content.decode().count("unread-mark") == 22


def test_the_count_stops_at_ninety_nine(api_as: Any, page_as: PageAs, cast: Any, loop: Loop) -> None:
    post = cast["经办人_环卫"]
    many(loop, 97)
    assert queries.unread_words(post) == "99"
    many(loop, 1, department=None, post=post)
    assert queries.unread_words(post) == "99+"
    many(loop, 150)
    assert queries.unread(post) == COUNTED + 1
    assert api_as("经办人_环卫").get(URL).json()["unread"] == COUNTED
    desk = page_as("经办人_环卫")
    assert badge(desk.get("/desk").content.decode()) == "99+"
    polled = desk.get("/desk/tabs?tab=take&shown=1").content.decode()
    assert badge(polled) == "99+" and 'hx-swap-oob="true"' in polled


@pytest.mark.parametrize("who", ["经办人_环卫", "网格员_华山", "监督员_五华_甲", "受理员_五华"])
def test_a_page_and_a_count_cost_the_same_however_many(cast: Any, loop: Loop, who: str) -> None:
    def cost(act: Callable[[], Any]) -> int:
        with stamps.held(), CaptureQueriesContext(connection) as captured:
            act()
        return len(captured)

    post = cast[who]
    for _ in range(2):
        assert cost(lambda: queries.unread(post)) == 1
        page = cost(lambda: [(row.case.number, sentence(row)) for row in queries.notices(post).rows])
        assert page == (2 if post.department_only else 1)
        many(loop, 150, department=None, post=post)
        many(loop, 150, department=post.department or loop.departments["环卫"])
