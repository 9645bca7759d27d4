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
from xiucheng.cases.models import Notice, NoticeChoice, NoticeMark, NoticeRead
from xiucheng.cases.queries.notices import COUNTED, sentence
from xiucheng.cases.tests.loop import Loop
from xiucheng.cases.words import Channel
from xiucheng.kernel import settings, stamps
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
        ("派遣员_五华", 0),  # sees the case, and was told other things
        ("派遣员_大理", 0),
    ],
)
def test_who_sees_a_departments_messages(
    api_as: Any, page_as: PageAs, loop: Loop, who: str, count: int
) -> None:
    assert len({HURRY, NEW_LEG} & set(said(api_as(who).get(URL)))) == count
    page = page_as(who).get("/messages").content.decode()
    assert (HURRY in page) == bool(count)
    assert badge(page) == (str(count) if count else None)


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("系统管理员", 403), ("审计员", 403)])
def test_who_may_not_ask(api_as: Any, page_as: PageAs, loop: Loop, who: str | None, status: int) -> None:
    assert api_as(who).get(URL).status_code == status
    assert api_as(who).post(f"{URL}/read", json={"all": True}).status_code == status
    assert page_as(who).get("/messages").status_code == (302 if who is None else status)
    assert page_as(who).post("/messages/read").status_code == status
    assert not NoticeRead.objects.exists() and not NoticeMark.objects.exists()


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
    page = page_as("经办人_排水").get("/messages").content.decode()
    assert "没有消息。" in page and "全部标为已读" not in page


def test_reading_by_api_is_idempotent_and_touches_own_ones_only(api_as: Any, loop: Loop) -> None:
    own, other = api_as("经办人_环卫"), api_as("经办人_排水")
    ids = [item["id"] for item in own.get(URL).json()["items"]]
    assert other.post(f"{URL}/read", json={"ids": ids}).json() == {"read": 0, "unread": 0}
    assert other.post(f"{URL}/read", json={"all": True}).json() == {"read": 0, "unread": 0}
    assert own.post(f"{URL}/read", json={"ids": []}).json() == {"read": 0, "unread": 2}
    assert own.post(f"{URL}/read", json={"ids": ids[:1]}).json() == {"read": 1, "unread": 1}
    first = NoticeRead.objects.get(notice=ids[0]).at
    assert own.post(f"{URL}/read", json={"ids": [*ids[:1], 10**15]}).json() == {"read": 0, "unread": 1}
    assert NoticeRead.objects.get(notice=ids[0]).at == first
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
        page = cost(
            lambda: [(row.case and row.case.number, sentence(row)) for row in queries.notices(post).rows]
        )
        assert page <= 4  # two sets of messages, the mark, what was read
        many(loop, 150, department=None, post=post)
        many(loop, 150, department=post.department or loop.departments["环卫"])


# -- who is told what, and when a message is over ---


def told_to(post: Any) -> list[str]:
    """What waits unread, newest first."""
    return [sentence(row) for row in queries.notices(post, only_unread=True).rows]


def test_each_role_is_told_when_its_turn_comes_and_no_longer(cast: Any, departments: Any) -> None:
    """From the report to the close: whose turn it is has one message, whose turn it was has none."""
    turns = {"受理员_五华": "等待受理", "值班长_五华": "等待立案", "派遣员_五华": "等待派遣"}

    def waits() -> dict[str, list[str]]:
        return {who: [said for said in told_to(cast[who]) if word in said] for who, word in turns.items()}

    loop = Loop(cast, departments, channel=Channel.HOTLINE)
    assert [len(said) for said in waits().values()] == [1, 0, 0]
    loop.filed()
    assert [len(said) for said in waits().values()] == [0, 0, 1]
    loop.dispatch("环卫")
    assert [len(said) for said in waits().values()] == [0, 0, 0]
    assert told_to(cast["经办人_环卫"]) == [NEW_LEG]
    loop.handle()
    assert told_to(cast["派遣员_五华"]) == ["部门已回复处置完毕，等待反馈。"]
    loop(actions.forward, "派遣员_五华")
    assert told_to(cast["受理员_五华"])[0] == "处置完毕，等待发核查。"
    loop.request_check().answer_check()
    assert told_to(cast["值班长_五华"])[0] == "核查已回复，等待结案。"
    loop(actions.close, "值班长_五华")
    standing = Notice.objects.filter(waits__gt="", over_at__isnull=True)
    assert not standing.exists()


def test_another_countys_desk_is_not_told(cast: Any, departments: Any) -> None:
    Loop(cast, departments)
    assert told_to(cast["受理员_五华"]) == ["有新的上报等待受理。"]
    assert told_to(cast["派遣员_大理"]) == [] and queries.notices(cast["派遣员_大理"]).rows == ()


def test_requests_go_from_decider_to_decider(cast: Any, departments: Any) -> None:
    loop = Loop(cast, departments).dispatched("排水")(actions.extend, "经办人_排水", note="雨天")
    assert told_to(cast["负责人_排水"])[0] == "经办人申请延期，请初审：雨天"
    assert "经办人申请延期，请初审：雨天" not in told_to(cast["经办人_排水"])
    loop(actions.review_extend, "负责人_排水", granted=True)
    assert "经办人申请延期，请初审：雨天" not in told_to(cast["负责人_排水"])
    assert told_to(cast["派遣员_五华"]) == ["部门申请延期，请审批。"]
    loop(actions.decide_extend, "派遣员_五华", granted=True)
    assert told_to(cast["派遣员_五华"]) == []
    assert told_to(cast["经办人_排水"])[0] == "延期申请已审批。"


def test_supervision_goes_down_and_its_answer_up(cast: Any, loop: Loop) -> None:
    until = timezone.now() + timedelta(days=2)
    loop(actions.supervise, "领导_五华", level="领导", reply_by=until, note="今天看")
    assert "督办：今天看" in told_to(cast["经办人_环卫"])
    loop(actions.answer_supervise, "经办人_环卫", note="已派人")
    assert "督办已回复：已派人" in told_to(cast["领导_五华"])


def test_a_limit_used_up_is_told_to_the_department_and_over_it_to_the_dispatcher(
    cast: Any, departments: Any, page_as: PageAs
) -> None:
    """催办 at 50, 80, 100 %, through to the page of messages."""
    case = Loop(cast, departments, at="2026-11-24 08:30").dispatched()
    case.at("2027-02-24 09:00")(actions.remind_due, leg=1)
    Notice.objects.update(at=timezone.now())
    page = page_as("经办人_环卫").get("/messages?kind=overdue").content.decode()
    assert "处置时限已用去 100%，已经超时，请立即处置。" in page
    assert "部门处置已超时，请督促。" in told_to(cast["派遣员_五华"])


def test_reading_is_each_ones_own(api_as: Any, cast: Any, departments: Any) -> None:
    """The handler has read it; the head of the same department has not."""
    Loop(cast, departments).dispatched("排水")
    api_as("经办人_排水").post(f"{URL}/read", json={"all": True})
    assert queries.unread(cast["经办人_排水"]) == 0
    assert queries.unread(cast["负责人_排水"]) == 1


def test_all_marked_long_ago_needs_one_row_however_many(cast: Any, loop: Loop) -> None:
    post = cast["经办人_环卫"]
    many(loop, 150, at=timezone.now() - timedelta(hours=1))
    assert actions.read_notices(by=post) == 152
    assert queries.unread(post) == 0
    assert (
        NoticeRead.objects.count() == 2
    )  # the two of this minute, which may have company that commits later
    assert NoticeMark.objects.get().post_id == post.pk


def test_what_a_person_muted_stays_in_the_list_and_counts_no_more(cast: Any, loop: Loop) -> None:
    post = cast["经办人_环卫"]
    choice: dict[str, Any] = {"sms": [], "digest_hour": None, "digest_by": [], "quiet_from": 0, "quiet_to": 0}
    actions.choose_notices(by=post.person, muted=["remind"], **choice)
    assert told_to(post) == [NEW_LEG] and queries.unread(post) == 1
    assert len(queries.notices(post).rows) == 2


def test_the_citys_default_mutes_for_those_who_did_not_choose(cast: Any, loop: Loop) -> None:
    settings.set_value(key="notices.page.remind", value="false", by="test")
    assert queries.unread(cast["经办人_环卫"]) == 1
    choice: dict[str, Any] = {"sms": [], "digest_hour": None, "digest_by": [], "quiet_from": 0, "quiet_to": 0}
    actions.choose_notices(by=cast["经办人_环卫"].person, muted=[], **choice)
    assert queries.unread(cast["经办人_环卫"]) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"muted": ["weather"]}, "sms"),
        ({"digest_hour": 24}, "digest_hour"),
        ({"digest_by": ["pigeon"]}, "digest_by"),
        ({"sms": ["waiting"]}, "sms"),  # no telephone number on record
    ],
)
def test_a_choice_that_cannot_be_is_refused(cast: Any, changes: dict[str, Any], field: str) -> None:
    values: dict[str, Any] = {
        "muted": [],
        "sms": [],
        "digest_hour": 8,
        "digest_by": [],
        "quiet_from": 22,
        "quiet_to": 7,
    }
    with pytest.raises(Refused) as refused:
        actions.choose_notices(by=cast["经办人_环卫"].person, **values | changes)
    assert refused.value.field == field
    assert not NoticeChoice.objects.exists()


def test_the_page_filters_and_marks_one(page_as: PageAs, cast: Any, loop: Loop) -> None:
    desk = page_as("经办人_环卫")
    page = desk.get("/messages?kind=remind").content.decode()
    assert HURRY in page and NEW_LEG not in page
    one = re.search(r'name="id" value="(\d+)"', page)
    assert one
    desk.post("/messages/read", {"id": one[1], "back": "?kind=remind"})
    assert queries.unread(cast["经办人_环卫"]) == 1
    assert HURRY not in desk.get("/messages?unread=1").content.decode()
    assert desk.post("/messages/read", {"id": "9" * 40}).status_code == 302
    assert queries.unread(cast["经办人_环卫"]) == 1


# -- /me/notifications ---


def test_a_person_chooses_and_finds_it_again(page_as: PageAs, cast: Any) -> None:
    post = cast["经办人_环卫"]
    post.person.phone = "13812345678"
    post.person.save()
    desk = page_as("经办人_环卫")
    page = desk.get("/me/notifications").content.decode()
    assert "138****5678" in page and "13812345678" not in page
    form = {
        "page": ["waiting", "supervise"],
        "sms": ["supervise"],
        "digest": "1",
        "digest_hour": "7",
        "digest_by": ["page", "sms"],
        "quiet_from": "21",
        "quiet_to": "6",
    }
    assert desk.post("/me/notifications", form).status_code == 302
    row = NoticeChoice.objects.get(person=post.person_id)
    assert row.sms == ["supervise"] and "waiting" not in row.muted and "remind" in row.muted
    assert (row.digest_hour, row.quiet_from, row.quiet_to) == (7, 21, 6)
    page = desk.get("/me/notifications").content.decode()
    assert re.search(r'name="sms" value="supervise" checked', page)
    assert not re.search(r'name="page" value="remind" checked', page)


def test_without_a_number_no_sms_and_what_was_ticked_is_kept(page_as: PageAs, cast: Any) -> None:
    answer = page_as("经办人_环卫").post(
        "/me/notifications",
        {"page": ["task"], "sms": ["task"], "digest_hour": "8", "quiet_from": "22", "quiet_to": "7"},
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and "没有手机号码" in page
    assert re.search(r'name="sms" value="task" checked', page)
