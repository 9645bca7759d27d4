"""The guards of issue 3 §3 on the way of a case: what comes before what, who is told, who decides."""

import json

import pytest
from django.db import connection

from xiucheng.cases import actions, queries
from xiucheng.cases.models import Case, CaseEvent, CaseFile, Clock, Leg, Notice, Reporter, Request
from xiucheng.cases.queries import page
from xiucheng.cases.tests.loop import COVER, Loop, photo, standard
from xiucheng.cases.words import Channel
from xiucheng.catalog import queries as catalog

pytestmark = pytest.mark.django_db


@pytest.fixture
def loop(cast, departments):
    return Loop(cast, departments)


def told_reporter(loop: Loop) -> list[str]:
    reporter = loop.row.reporter_id
    return list(Notice.objects.filter(reporter=reporter).order_by("id").values_list("msgid", flat=True))


# -- 核实 is before filing, 核查 after handling ---


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.HOTLINE, Channel.OPEN311, Channel.MEDIA])
def test_a_public_report_is_verified_before_filing(cast, departments, channel):
    by = cast["受理员_五华"] if channel != Channel.WEB else None
    loop = Loop(cast, departments, channel=channel, by=by).accepted()
    loop.refuses(actions.file, "值班长_五华", standard=standard(), code="verify_first")


def test_what_is_not_so_on_site_is_not_filed(loop, cast):
    loop.accepted()(actions.request_verify, "受理员_五华", inspector=cast["监督员_五华_甲"])
    loop(actions.answer_verify, "监督员_五华_甲", found=False, photos=[photo(1)], note="没有")
    loop.refuses(actions.file, "值班长_五华", standard=standard(), code="not_found_on_site")
    loop(actions.decline, "值班长_五华", note="现场没有")
    assert "您的上报未予立案：{note}" in told_reporter(loop)


def test_an_inspectors_own_report_is_filed_without_verifying(cast, departments):
    by = cast["监督员_五华_甲"]
    loop = Loop(cast, departments, by=by, channel=Channel.INSPECTOR, photos=[photo()]).accepted()
    loop(actions.file, "值班长_五华", standard=standard())
    assert loop.row.case_number


def test_verifying_is_over_once_filed_and_checking_begins_once_handled(loop, cast):
    inspector = cast["监督员_五华_乙"]
    loop.verified().refuses(
        actions.request_check, "受理员_五华", inspector=inspector, code="wrong_stage", status=409
    )
    loop(actions.file, "值班长_五华", standard=standard()).refuses(
        actions.request_verify, "受理员_五华", inspector=inspector, code="wrong_stage", status=409
    )
    loop.dispatch("环卫").refuses(
        actions.request_check, "受理员_五华", inspector=inspector, code="wrong_stage", status=409
    )


def test_only_the_inspector_with_the_task_answers(loop, cast):
    loop.accepted()(actions.request_verify, "受理员_五华", inspector=cast["监督员_五华_甲"])
    loop.refuses(
        actions.answer_verify,
        "监督员_五华_乙",
        found=True,
        photos=[photo(1)],
        note="在现场",
        code="not_assigned",
    )
    loop(actions.reassign, "受理员_五华", inspector=cast["监督员_五华_乙"])
    loop(actions.answer_verify, "监督员_五华_乙", found=True, photos=[photo(1)], note="在现场")


@pytest.mark.parametrize(
    ("where", "note", "accepted"),
    [((102.7005, 25.0419), "", True), ((102.7005, 25.0420), "", False), ((102.8, 25.0), "隔着铁路", True)],
)  # 0.0004 degree of latitude are 44 m, 0.0005 are 55 m
def test_a_check_is_made_within_fifty_metres_or_with_a_reason(loop, where, note, accepted):
    loop.checking()
    answer = {"passed": True, "photos": [photo(3)], "lon": where[0], "lat": where[1], "note": note}
    if accepted:
        loop(actions.answer_check, "监督员_五华_乙", **answer)
    else:
        loop.refuses(actions.answer_check, "监督员_五华_乙", **answer, code="too_far", status=422)


# -- after a return the dispatcher may not push the case on ---


def test_after_a_return_nothing_leads_to_closing_but_a_new_dispatch(loop, cast):
    loop.dispatched().returned("经办人_环卫")
    loop.refuses(actions.forward, "派遣员_五华", code="wrong_stage", status=409)
    loop.refuses(
        actions.request_check, "受理员_五华", inspector=cast["监督员_五华_乙"], code="wrong_stage", status=409
    )
    loop.refuses(actions.close, "值班长_五华", code="wrong_stage", status=409)
    loop.dispatch("市政").handle("经办人_市政")(actions.forward, "派遣员_五华")
    assert loop.row.stage == "to_check"


def test_a_return_needs_a_reason_and_leaves_the_data(loop):
    loop.dispatched().refuses(actions.return_, "经办人_环卫", note=" ", code="required", status=422)
    loop.returned("经办人_环卫")
    assert [leg.state for leg in loop.state.legs] == ["returned"]
    assert Case.seen_by(loop.cast["经办人_环卫"]).count() == 0


def test_a_wrong_dispatch_counts_once_the_shift_leader_confirms_it(loop):
    loop.dispatched().returned("经办人_环卫", wrong=True)
    assert loop.state.legs[0].wrong is False
    loop.refuses(actions.confirm_return, "派遣员_五华", granted=True, code="no_right", status=403)
    loop(actions.confirm_return, "值班长_五华", granted=True)
    assert loop.state.legs[0].wrong is True


# -- several departments ---


def test_a_case_of_several_departments_waits_for_its_lead(loop):
    loop.dispatched("环卫", ("排水",))(actions.handle, "经办人_排水", note="疏通了", photos=[photo(4)])
    assert loop.row.stage == "handling"
    loop.refuses(actions.forward, "派遣员_五华", code="wrong_stage", status=409)
    loop.handle()
    assert loop.row.stage == "replied"


def test_a_case_of_several_departments_waits_for_all_of_them(loop):
    loop.dispatched("环卫", ("排水",)).handle()
    assert loop.row.stage == "handling"
    loop(actions.handle, "经办人_排水", note="疏通了")
    assert loop.row.stage == "replied"


def test_each_department_has_its_own_clock(loop):
    loop.dispatched("环卫")(actions.split, "派遣员_五华", cooperating=[loop.departments["排水"]])
    assert loop.clock("handle", "环卫").index != loop.clock("handle", "排水").index
    loop.refuses(
        actions.split, "派遣员_五华", cooperating=[loop.departments["排水"]], code="refused", status=422
    )


def test_the_lead_returns_while_the_other_goes_on_working(loop):
    loop.dispatched("环卫", ("排水",)).returned("经办人_环卫")
    loop(actions.handle, "经办人_排水", note="疏通了")
    assert loop.row.stage == "filed"
    loop.dispatch("市政").handle("经办人_市政")
    assert loop.row.stage == "replied"


def test_a_department_that_works_on_it_already_becomes_the_lead_with_the_clock_it_has(loop):
    loop.dispatched("环卫", ("排水",))
    clock = loop.clock("handle", "排水")
    loop.returned("经办人_环卫").dispatch("排水")
    assert (loop.leg("排水").lead, len(loop.state.legs)) == (True, 2)
    assert loop.clock("handle", "排水") == clock


# -- duplicates: every reporter is told ---


def test_every_reporter_of_merged_reports_is_told_and_of_those_merged_into_them(cast, departments):
    loops = [Loop(cast, departments) for _ in range(4)]
    first, second, third, last = loops
    third.accepted()(actions.merge, "受理员_五华", into=second.id)
    second.accepted()(actions.merge, "受理员_五华", into=first.id)
    last(actions.merge, "受理员_五华", into=first.id)
    first.closed()
    for loop in loops:
        assert told_reporter(loop)[-1] == "您反映的问题已办结。请评价；没有解决的，也请告诉我们。"
    third(actions.rate, rating="satisfied")
    assert third.row.rating == "satisfied"


def test_a_merged_report_is_rated_when_the_thing_is_done(cast, departments):
    child, parent = Loop(cast, departments), Loop(cast, departments)
    child(actions.merge, "受理员_五华", into=parent.id)
    child.refuses(actions.rate, rating="satisfied", code="refused")


def test_far_or_other_things_are_merged_only_with_a_reason(cast, departments):
    far = Loop(cast, departments, lon=102.7012, lat=25.0405)
    other = Loop(cast, departments, category=COVER)
    here = Loop(cast, departments)
    far.refuses(actions.merge, "受理员_五华", into=here.id, code="too_far", status=422)
    other.refuses(actions.merge, "受理员_五华", into=here.id, code="other_category", status=422)
    other(actions.merge, "受理员_五华", into=here.id, note="同一处垃圾，类别报错")
    assert here.steps == ["report", "adopt"]


def test_a_duplicate_found_after_dispatch_is_merged_and_goes_on_where_it_was_if_it_was_none(
    cast, departments
):
    child = Loop(cast, departments, at="2026-11-24 09:00").dispatched()
    parent = Loop(cast, departments, at="2026-11-24 09:30")
    left = child.clock("handle", "环卫")
    child.at("2026-11-24 10:00")(actions.merge, "受理员_五华", into=parent.id, note="同一处")
    assert (child.row.stage, child.row.due_at) == ("merged", None)
    child.refuses(actions.handle, "经办人_环卫", note="扫了", photos=[photo(2)], code="wrong_stage")
    child.at("2026-11-24 11:00")(actions.unmerge, "受理员_五华", note="不是同一处")
    assert child.row.stage == "handling"
    assert child.clock("handle", "环卫").due_at > left.due_at


def test_an_unjust_merge_is_undone(cast, departments):
    child, parent = Loop(cast, departments).accepted(), Loop(cast, departments)
    child(actions.merge, "受理员_五华", into=parent.id)
    child(actions.unmerge, "受理员_五华", note="不是同一处")
    assert (child.row.stage, child.row.merged_into_id, parent.steps) == (
        "accepted", None, ["report", "adopt", "abandon"],
    )  # fmt: skip


# -- never to nobody ---


def test_an_unknown_owner_goes_to_the_fallback_by_place(loop, departments):
    place = loop.row.community
    rules = {catalog.duty_for(of, place).rule for of in catalog.categories(kind="matter")}
    assert "fallback" in rules and not rules & {"", "nobody"}
    unknown = next(
        of for of in catalog.categories(kind="matter") if catalog.duty_for(of, place).rule == "fallback"
    )
    assert catalog.duty_for(unknown, place).lead == departments["华山街道办"].pk
    assert catalog.fallback_for(place) == departments["华山街道办"].pk
    assert catalog.fallback_for("530103001001") == departments["盘龙区城管局"].pk


# -- the reporter's identity ---


def test_handlers_never_see_a_reporters_identity(cast, departments):
    """No event, notice or row of the case carries name or phone; a contact is another table, encrypted."""
    loop = Loop(cast, departments, reporter_name="钱多多", reporter_phone="13987654321").dispatched()
    loop(actions.disclose, "受理员_五华", note="核对地址")
    reachable = [Case, CaseEvent, Leg, Clock, Request, CaseFile, Notice]
    text = json.dumps(
        [list(model._default_manager.values()) for model in reachable], default=str, ensure_ascii=False
    )
    for secret in ("钱多多", "13987654321", "987654321"):
        assert secret not in text
    assert Reporter.objects.get().name == "钱多多"
    with connection.cursor() as cursor:
        cursor.execute("select name, phone from cases_reporter")
        assert not set(cursor.fetchone()) & {"钱多多", "13987654321"}
    assert page.contact(cast["经办人_环卫"], loop.row) is None
    contact = page.contact(cast["受理员_五华"], loop.row)
    assert contact and contact.name == "钱多多"


def test_a_contact_is_shown_to_the_department_it_was_disclosed_to_while_it_handles(cast, departments):
    loop = Loop(cast, departments, reporter_phone="13987654321").dispatched(cooperating=("排水",))
    loop(actions.disclose, "受理员_五华", department=departments["环卫"], note="请上门前先联系")
    contact = page.contact(cast["经办人_环卫"], loop.row)
    assert contact and contact.phone == "13987654321"
    assert page.contact(cast["经办人_排水"], loop.row) is None
    loop(actions.handle, "经办人_环卫", note="已处理", photos=[photo(2)])
    assert page.contact(cast["经办人_环卫"], loop.row) is None


def test_nothing_is_sent_where_nobody_looks(cast, departments):
    """盘龙市政 has its posts in another county only."""
    loop = Loop(cast, departments).filed()
    loop.refuses(actions.dispatch, "派遣员_五华", to=departments["盘龙市政"], code="nobody_there", status=422)


def test_a_merged_reporter_may_ask_for_another_look_at_the_case_that_was_closed(cast, departments):
    parent = Loop(cast, departments)
    child = Loop(cast, departments).accepted()(actions.merge, "受理员_五华", into=parent.id)
    parent.closed()
    progress = queries.public_progress(child.received.number, child.received.query_code)
    assert progress.may_reopen
    actions.reopen(case_id=child.id, note="还在")
    assert parent.row.stage == "to_check" and child.row.stage == "merged"


def test_a_contact_is_disclosed_with_a_reason_only(loop):
    loop.refuses(actions.disclose, "受理员_五华", note="", code="required", status=422)
    loop.dispatched().refuses(actions.disclose, "经办人_环卫", note="想问", code="no_right", status=403)


# -- asking the reporter ---


def test_a_question_is_for_the_time_before_filing(loop):
    loop.dispatched().refuses(actions.ask, "受理员_五华", note="哪一侧？", code="wrong_stage", status=409)


def test_while_the_reporter_is_asked_nothing_is_filed(loop):
    loop.verified()(actions.ask, "受理员_五华", note="哪一侧？")
    loop.refuses(actions.file, "值班长_五华", standard=standard(), code="refused", status=409)
    loop(actions.answer_ask, note="东侧")
    loop(actions.file, "值班长_五华", standard=standard())


# -- reopening ---


def test_a_reopened_case_is_checked_by_another_and_charged_to_department_and_checker(loop, cast):
    loop.closed()(actions.reopen, note="又堆满了")
    first, another = cast["监督员_五华_乙"], cast["监督员_五华_甲"]
    loop.refuses(actions.request_check, "受理员_五华", inspector=first, code="same_checker")
    loop.request_check("监督员_五华_甲").answer_check("监督员_五华_甲", passed=False)
    loop(actions.rework, "值班长_五华", note="返工")
    case = loop.row
    assert (case.charged_checker_id, case.reworks, loop.leg("环卫").reworks) == (first.person_id, 1, 1)
    assert another.person_id in case.checkers


def test_not_whoever_had_failed_it_before_is_charged_but_on_whose_word_it_was_closed(loop, cast):
    loop.checked(passed=False)(actions.rework, "值班长_五华", note="再扫")
    loop.handle()(actions.forward, "派遣员_五华")
    loop.request_check("监督员_五华_甲").answer_check("监督员_五华_甲")(actions.close, "值班长_五华")
    loop(actions.reopen, note="又堆满了").request_check("兼岗_监督").answer_check("兼岗_监督", passed=False)
    loop(actions.rework, "值班长_五华", note="返工")
    assert loop.row.charged_checker_id == cast["监督员_五华_甲"].person_id


def test_a_reopening_that_is_not_confirmed_leaves_the_case_closed(loop):
    loop.closed()(actions.reopen, note="又堆满了")
    loop.request_check("监督员_五华_甲").answer_check("监督员_五华_甲")(actions.close, "值班长_五华")
    assert (loop.row.stage, loop.row.reworks, loop.row.reopened) == ("closed", 0, 1)
    assert [wish.state for wish in loop.state.wishes] == ["denied"]


@pytest.mark.parametrize(("day", "late"), [("2026-12-09 09:00", False), ("2026-12-09 09:01", True)])
def test_a_case_is_reopened_within_its_window(cast, departments, day, late):
    loop = Loop(cast, departments, at="2026-11-24 09:00").closed().at(day)
    if late:
        loop.refuses(actions.reopen, note="又堆满了", code="too_late")
    else:
        assert loop(actions.reopen, note="又堆满了").row.stage == "to_check"
