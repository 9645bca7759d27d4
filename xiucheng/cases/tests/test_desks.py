"""Work shared out and work seen over: crews, several cases at once, 批示, what burns."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from xiucheng.cases import actions
from xiucheng.cases.models import Case, Leg, Notice
from xiucheng.cases.rebuild import compare
from xiucheng.cases.tests.loop import SPOT, Loop, jpeg, photo, standard
from xiucheng.kernel import stamps
from xiucheng.people.actions.crews import create_crew, edit_crew, man_crew
from xiucheng.people.models import Crew


@pytest.fixture
def crew(cast, departments) -> Crew:
    """A crew of 环卫 with its 经办人 in it."""
    row = Crew.objects.create(department=departments["环卫"], name="保洁一班")
    cast["经办人_环卫"].crew = row
    cast["经办人_环卫"].save(update_fields=["crew"])
    return row


@pytest.fixture
def taken(cast, departments) -> Loop:
    return Loop(cast, departments).dispatched()(actions.take, "经办人_环卫")


def test_a_department_hands_its_part_to_a_crew(taken, crew, cast, departments, page_as):
    taken(actions.assign, "经办人_环卫", crew=crew, note="带高压水枪")
    leg = Leg.unscoped.get(case=taken.id)
    assert (leg.crew, taken.state.legs[0].crew) == (crew, crew.pk)
    assert Notice.objects.filter(case=taken.id, post=cast["经办人_环卫"].pk).exists()
    work = page_as("经办人_环卫").get("/crew").content.decode()
    assert "带高压水枪" in work and taken.row.number in work
    assert "本班组" in page_as("经办人_环卫").get("/desk").content.decode()
    taken.refuses(actions.assign, "经办人_环卫", code="refused", crew=crew)
    assert compare().ok


def test_only_a_crew_of_the_own_department_after_taking(cast, departments, crew):
    other = Crew.objects.create(department=departments["排水"], name="抽水班")
    loop = Loop(cast, departments).dispatched()
    loop.refuses(actions.assign, "经办人_环卫", code="refused", crew=crew)  # not taken yet
    loop(actions.take, "经办人_环卫").refuses(actions.assign, "经办人_环卫", code="refused", crew=other)
    loop.refuses(actions.assign, "派遣员_五华", code="no_right", status=403, crew=crew)
    edit_crew(crew=other, by=cast["负责人_排水"], name="抽水班", active=False)
    with pytest.raises(Exception, match="没有这个班组"):
        edit_crew(crew=crew, by=cast["负责人_排水"], name="x", active=True)


def test_a_head_makes_and_mans_crews(cast, departments, page_as):
    browser = page_as("负责人_排水")
    assert browser.post("/crews", {"name": "抽水一班"}).status_code == 302
    again = browser.post("/crews", {"name": "抽水一班"})
    assert again.status_code == 409 and 'value="抽水一班"' in again.content.decode()
    row = Crew.objects.get()
    member = cast["经办人_排水"].pk
    sent = {
        "crew": row.pk,
        f"{row.pk}-name": "抽水一班",
        f"{row.pk}-posts": [member],
        f"{row.pk}-active": "on",
    }
    assert browser.post("/crews", sent).status_code == 302
    assert list(row.posts.values_list("pk", flat=True)) == [member]
    stranger = sent | {f"{row.pk}-posts": [cast["经办人_环卫"].pk]}
    assert browser.post("/crews", stranger).status_code == 422
    with pytest.raises(Exception, match="本部门"):
        man_crew(crew=row, by=cast["负责人_排水"], posts=[cast["经办人_环卫"].pk])
    edit_crew(crew=row, by=cast["负责人_排水"], name="抽水一班", active=False)
    assert row.posts.count() == 0
    for who in ("经办人_排水", "派遣员_五华"):
        assert page_as(who).get("/crews").status_code == 403
        with pytest.raises(Exception, match="岗位"):
            create_crew(name="x", by=cast[who])
    assert page_as("经办人_环卫").get("/crew").status_code == 403


def test_a_leaders_words_reach_everybody_who_works_on_it(taken, cast, page_as):
    taken(actions.instruct, "领导_五华", note="三天内见效")
    told = Notice.objects.filter(case=taken.id, kind="supervise")
    assert told.filter(department=cast["经办人_环卫"].department_id).exists()
    assert {row.role for row in told if row.role} >= {"shift_leader", "dispatcher"}
    assert "三天内见效" in page_as("派遣员_五华").get(f"/cases/{taken.row.number}").content.decode()
    taken.refuses(actions.instruct, "领导_五华", code="required", note=" ")
    taken.refuses(actions.instruct, "值班长_五华", code="no_right", status=403, note="x")


def test_what_burns_is_counted_and_opens_its_cases(cast, departments, page_as):
    late, fine = (Loop(cast, departments).dispatched() for _turn in range(2))
    Case.unscoped.filter(pk=late.id).update(due_at=timezone.now() - timedelta(hours=3))
    text = page_as("领导_五华").get("/watch").content.decode()
    assert late.row.number in text and "最急的" in text
    assert f"/cases?department={departments['环卫'].pk}" in text
    assert fine.row.case_number and page_as("值班长_五华").get("/watch").status_code == 403
    browser, costs = page_as("领导_五华"), []
    for _turn in range(2):
        browser.get("/watch")
        with stamps.held(), CaptureQueriesContext(connection) as captured:
            browser.get("/watch")
        costs.append(len(captured))
        Loop(cast, departments).dispatched()
    assert costs[1] <= costs[0] and costs[0] <= 20, costs


# --- Several at once ---


def sent(step: str, loops, **more):
    return {"step": step, "case": [loop.row.number for loop in loops], "back": "/desk"} | more


def test_plain_steps_are_done_at_once_and_each_has_its_verdict(cast, departments, page_as):
    loops = [Loop(cast, departments) for _turn in range(3)]
    loops[1].accepted()
    answer = page_as("受理员_五华").post("/desk/bulk", sent("accept", loops))
    assert [loop.row.stage for loop in loops] == ["accepted"] * 3
    text = answer.content.decode()
    assert answer.status_code == 422 and "它已受理" in text and "已办好 2 件" in text


def test_each_case_is_dispatched_to_its_own_department(cast, departments, page_as):
    loops = [Loop(cast, departments).filed() for _turn in range(2)]
    browser = page_as("派遣员_五华")
    asked = browser.post("/desk/bulk", sent("dispatch", loops)).content.decode()
    assert asked.count('class="card card-body bulk-row"') == 2 and "selected" in asked
    one, two = (loop.row.number for loop in loops)
    given = {f"{one}-to": departments["环卫"].pk, f"{two}-to": departments["市政"].pk, "all-note": "今天完成"}
    answer = browser.post("/desk/bulk", sent("dispatch", loops, go="1", **given))
    assert answer.status_code == 302 and answer.url == "/desk"
    held = dict(Leg.unscoped.values_list("case__number", "department"))
    assert held == {one: departments["环卫"].pk, two: departments["市政"].pk}


def test_a_bulk_reply_wants_a_photo_for_each_and_keeps_what_was_typed(cast, departments, page_as):
    loops = [Loop(cast, departments).dispatched()(actions.take, "经办人_环卫") for _turn in range(2)]
    one, two = (loop.row.number for loop in loops)
    given = {f"{one}-note": "已清扫", f"{two}-note": "已冲洗", f"{one}-photos": picture()}
    answer = page_as("经办人_环卫").post("/desk/bulk", sent("handle", loops, go="1", **given))
    text = answer.content.decode()
    assert answer.status_code == 422 and "已冲洗" in text and "请至少拍一张照片" in text
    assert [loop.row.stage for loop in loops] == ["replied", "handling"]


def picture() -> SimpleUploadedFile:
    return SimpleUploadedFile("现场.jpg", jpeg(33), "image/jpeg")


@pytest.mark.parametrize(
    ("who", "step", "status"),
    [
        ("派遣员_五华", "close", 422),
        ("受理员_五华", "void", 422),
        ("审计员", "note", 422),
        ("受理员_五华", "zzz", 404),
    ],
)
def test_what_a_post_may_not_do_together_is_refused(cast, departments, page_as, who, step, status):
    loop = Loop(cast, departments)
    assert page_as(who).post("/desk/bulk", sent(step, [loop])).status_code == status
    assert loop.row.stage == "reported"


def test_cases_of_other_places_are_left_alone(cast, departments, page_as):
    loop = Loop(cast, departments)
    answer = page_as("派遣员_大理").post("/desk/bulk", sent("remind", [loop]), follow=True)
    assert "不在您的范围内" in answer.content.decode()
    answer = page_as("受理员_五华").post("/desk/bulk", {"step": "accept", "back": "//evil.example/x"})
    assert answer.url.startswith("/desk")


def test_the_list_of_categories_is_on_the_page_of_many_once(cast, departments, page_as):
    loops = [Loop(cast, departments).verified() for _ in range(3)]
    asked = page_as("值班长_五华").post("/desk/bulk", sent("file", loops)).content.decode()
    assert asked.count('list="list-category"') == 3  # each field has it to choose from
    assert asked.count('id="list-category"') == 1


def waiting(page_as, who: str) -> dict[str, str]:
    """Tab → count, of somebody's desk."""
    html = page_as(who).get("/desk").content.decode()
    return dict(re.findall(r'href="\?tab=(\w+)"[^>]*>[^<]*<span class="count">(\d+)', html))


def test_a_verified_report_waits_for_its_filing_and_not_to_be_verified_again(cast, departments, page_as):
    """The desk of 受理员 showed it as 待核实 and that of 值班长 as 待立案, whatever the inspector had said."""
    loop = Loop(cast, departments).accepted()
    intake, leader = waiting(page_as, "受理员_五华"), waiting(page_as, "值班长_五华")
    assert (intake["verify"], intake["propose"], leader["file"]) == ("1", "0", "0")
    loop = Loop(cast, departments).verified()
    intake, leader = waiting(page_as, "受理员_五华"), waiting(page_as, "值班长_五华")
    assert (intake["verify"], intake["propose"], leader["file"]) == ("1", "1", "1")
    loop(actions.propose, "受理员_五华", standard=standard())
    intake, leader = waiting(page_as, "受理员_五华"), waiting(page_as, "值班长_五华")
    assert (intake["verify"], intake["propose"], leader["file"]) == ("1", "0", "1")


def test_what_was_not_found_on_site_waits_to_be_declined_alone(cast, departments, page_as):
    loop = Loop(cast, departments).accepted()
    loop(actions.request_verify, "受理员_五华", inspector=cast["监督员_五华_甲"])
    seen = {"found": False, "photos": [photo(1)], "lon": SPOT[0], "lat": SPOT[1], "note": "没有看到"}
    loop(actions.answer_verify, "监督员_五华_甲", **seen)
    intake, leader = waiting(page_as, "受理员_五华"), waiting(page_as, "值班长_五华")
    assert (intake["verify"], intake["propose"], leader["file"]) == ("0", "0", "1")


def test_an_urgent_report_may_be_filed_at_once(cast, departments, page_as):
    Loop(cast, departments).accepted()(actions.mark_urgent, "值班长_五华")
    assert waiting(page_as, "值班长_五华")["file"] == "1"
    assert waiting(page_as, "受理员_五华")["verify"] == "0"
