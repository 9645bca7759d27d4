"""The guards of issue 3 §3 on time, through the real actions on a simulated clock.

2026-11-24 is a Tuesday. 工作时: 08:00–12:00 and 14:00–18:00 of working days; 值班时段: 08:00–20:00 of all days.
Source: standards/workflow.md §2, §3; practice.md 4, 5.
"""

import pytest

from xiucheng.cases import actions
from xiucheng.cases.models import CaseEvent
from xiucheng.cases.tests.loop import COVER, Loop, china, clock_at, limit, photo
from xiucheng.cases.words import Channel

pytestmark = pytest.mark.django_db


@pytest.fixture
def loop(cast, departments):
    """4 工作时, dispatched on Tuesday at 08:30: due at 14:30."""
    loop = Loop(cast, departments, at="2026-11-24 08:30", category=COVER)
    head = type(cast["经办人_环卫"]).objects.create(
        person=cast["经办人_城管"].person,
        department=departments["环卫"],
        role="department",
        is_head=True,
        scope_codes=["530102"],
        valid_from="2020-01-01",
    )
    loop.cast["负责人_环卫"] = head
    return loop.dispatched(row=limit("4 工作时"))


def extended(loop: Loop, *, granted: bool = True) -> Loop:
    loop(actions.extend, "经办人_环卫", note="雨天")
    loop(actions.review_extend, "负责人_环卫", granted=True)
    return loop(actions.decide_extend, "派遣员_五华", granted=granted, note="看过")


def suspended(loop: Loop, until: str) -> Loop:
    loop(actions.suspend, "经办人_环卫", until=china(until), note="等电力迁改", photos=[photo(5)])
    return loop(actions.decide_suspend, "值班长_五华", granted=True)


# -- the handling clock: from dispatch to the department's confirmation ---


def test_the_handling_clock_runs_from_dispatch_to_the_reply(loop):
    assert loop.due("handle", "环卫") == "2026-11-24 14:30"
    loop.at("2026-11-24 09:00")(actions.take, "经办人_环卫")
    assert loop.clock("handle", "环卫").stopped_at is None
    loop.at("2026-11-24 14:30").handle()
    clock = loop.clock("handle", "环卫")
    assert (clock.stopped_at, clock.overdue, clock.left) == (china("2026-11-24 14:30"), False, "0")


def test_a_minute_after_its_due_a_department_is_late_and_stays_so(loop):
    loop.at("2026-11-24 14:31").handle()
    assert (loop.clock("handle", "环卫").overdue, loop.leg("环卫").overdue) == (True, True)


def test_a_pending_request_never_stops_the_clock(loop):
    loop(actions.suspend, "经办人_环卫", until=china("2026-12-24 09:00"), note="等迁改", photos=[photo(5)])
    loop(actions.extend, "经办人_环卫", note="雨天")
    loop(actions.return_, "经办人_环卫", note="不属我")
    clock = loop.clock("handle", "环卫")
    assert clock.running and loop.due("handle", "环卫") == "2026-11-24 14:30"


# -- 挂账 ---


def test_suspension_pauses_and_resumes_by_itself_at_its_term(loop):
    suspended(loop.at("2026-11-24 10:30"), "2026-12-01 09:00")
    clock = loop.clock("handle", "环卫")
    assert (clock.paused_at, clock.left, loop.leg("环卫").state) == (
        china("2026-11-24 10:30"),
        "2",
        "suspended",
    )
    assert loop.clock("case").paused_at == china("2026-11-24 10:30")
    loop.at("2026-12-01 08:59").refuses(actions.resume, code="refused")
    loop.at("2026-12-01 09:00")(actions.resume)
    assert loop.due("handle", "环卫") == "2026-12-01 11:00"
    assert loop.clock("handle", "环卫").pauses == ((china("2026-11-24 10:30"), china("2026-12-01 09:00")),)


def test_a_term_noticed_late_resumes_from_the_term(loop):
    suspended(loop.at("2026-11-24 10:30"), "2026-12-01 09:00")
    loop.at("2026-12-01 10:30")(actions.resume)
    clock = loop.clock("handle", "环卫")
    assert (loop.due("handle", "环卫"), clock.base_at) == ("2026-12-01 11:00", china("2026-12-01 09:00"))


def test_a_department_resumes_earlier_and_only_its_own_leg(loop):
    suspended(loop(actions.split, "派遣员_五华", cooperating=[loop.departments["排水"]]), "2026-12-01 09:00")
    drainage = loop.departments["环卫"]
    loop.refuses(actions.resume, "经办人_排水", department=drainage, code="refused")
    loop.at("2026-11-25 08:00")(actions.resume, "经办人_环卫")
    assert loop.due("handle", "环卫") == "2026-11-25 12:00"


def test_suspension_is_granted_once_also_after_the_case_came_back(loop):
    suspended(loop, "2026-11-25 08:00").at("2026-11-25 08:00")(actions.resume)
    again = {"until": china("2026-12-24 09:00"), "note": "等迁改", "photos": [photo(5)]}
    loop.refuses(actions.suspend, "经办人_环卫", **again, code="too_many")
    loop.returned("经办人_环卫").dispatch("环卫")
    loop.refuses(actions.suspend, "经办人_环卫", **again, code="too_many")


@pytest.mark.parametrize(
    ("until", "good"),
    [
        ("2027-11-24 08:30", True),
        ("2027-11-24 08:31", False),
        ("2026-11-24 08:30", False),
        ("2026-11-24 08:31", True),
    ],
)
def test_suspension_lasts_a_year_at_most(loop, until, good):
    request = {"until": china(until), "note": "等迁改", "photos": [photo(5)]}
    if good:
        loop(actions.suspend, "经办人_环卫", **request)
    else:
        loop.refuses(actions.suspend, "经办人_环卫", **request, code="refused", status=422)


def test_suspension_only_before_overdue_also_when_granted(loop):
    loop.at("2026-11-24 14:30")(
        actions.suspend, "经办人_环卫", until=china("2026-12-24 09:00"), note="等", photos=[photo(5)]
    )
    loop.at("2026-11-24 14:31").refuses(actions.decide_suspend, "值班长_五华", granted=True, code="overdue")
    loop(actions.decide_suspend, "值班长_五华", granted=False)
    loop.refuses(
        actions.suspend,
        "经办人_环卫",
        until=china("2026-12-24 09:00"),
        note="等",
        photos=[photo(5)],
        code="overdue",
    )


def test_while_suspended_there_is_nothing_to_reply_or_extend(loop):
    suspended(loop, "2026-12-01 09:00")
    loop.refuses(actions.handle, "经办人_环卫", note="扫了", photos=[photo(2)], code="refused")
    loop.refuses(actions.extend, "经办人_环卫", note="雨天", code="refused")


def test_the_lead_returns_a_suspended_case_and_nothing_stays_paused(loop):
    suspended(loop, "2026-12-01 09:00").returned("经办人_环卫")
    assert loop.clock("case").running
    assert not [clock for clock in loop.state.clocks if clock.paused_at]
    loop.dispatch("市政").handle("经办人_市政")
    assert loop.row.stage == "replied"


# -- 延期 ---


def test_each_extension_adds_the_original_limit_from_the_due_in_force_twice_at_most(loop):
    extended(loop)
    assert loop.due("handle", "环卫") == "2026-11-25 08:30"  # 3 1/2 hours on Tuesday, the rest on Wednesday
    extended(loop)
    assert loop.due("handle", "环卫") == "2026-11-25 14:30"
    loop.refuses(actions.extend, "经办人_环卫", note="雨天", code="too_many")


def test_a_refused_extension_does_not_count(loop):
    for _ in range(3):
        extended(loop, granted=False)
    assert loop.due("handle", "环卫") == "2026-11-24 14:30"
    extended(extended(loop))
    assert loop.leg("环卫").extensions == 2


def test_a_department_cannot_begin_to_count_extensions_anew_by_returning_the_case(loop):
    extended(extended(loop)).returned("经办人_环卫").dispatch("环卫")
    loop.refuses(actions.extend, "经办人_环卫", note="雨天", code="too_many")


def test_an_extension_is_asked_for_before_overdue(loop):
    loop.at("2026-11-24 14:31").refuses(actions.extend, "经办人_环卫", note="雨天", code="overdue")


def test_an_extension_granted_late_applies_from_the_old_due(loop):
    loop.at("2026-11-24 14:30")(actions.extend, "经办人_环卫", note="雨天")
    loop.at("2026-11-24 17:00")(actions.review_extend, "负责人_环卫", granted=True)
    loop(actions.decide_extend, "派遣员_五华", granted=True)
    assert loop.due("handle", "环卫") == "2026-11-25 08:30"
    loop.at("2026-11-25 08:30").handle()
    assert loop.leg("环卫").overdue is False


def test_an_extension_granted_after_the_new_due_too_leaves_it_late(loop):
    loop(actions.extend, "经办人_环卫", note="雨天")(actions.review_extend, "负责人_环卫", granted=True)
    loop.at("2026-11-25 11:00")(actions.decide_extend, "派遣员_五华", granted=True)
    loop.handle()
    assert loop.leg("环卫").overdue is True


def test_an_extension_is_first_reviewed_by_the_head_of_that_department(loop):
    loop(actions.extend, "经办人_环卫", note="雨天")
    loop.refuses(actions.decide_extend, "派遣员_五华", granted=True, code="nothing_pending")
    loop(actions.split, "派遣员_五华", cooperating=[loop.departments["排水"]])
    loop.refuses(actions.review_extend, "负责人_排水", granted=True, code="not_yours", status=403)


# -- 返工 and the way back ---


def test_rework_resumes_the_remaining_time(loop):
    loop.at("2026-11-24 09:30").handle()(actions.forward, "派遣员_五华")
    loop.request_check().answer_check(passed=False)
    loop.at("2026-11-24 16:00")(actions.rework, "值班长_五华", note="再扫")
    assert loop.due("handle", "环卫") == "2026-11-25 09:00"  # 1 of 4 工作时 used


def test_rework_of_an_overdue_case_stays_overdue(loop):
    loop.at("2026-11-24 15:00").handle()(actions.forward, "派遣员_五华")
    loop.request_check().answer_check(passed=False)
    loop.at("2026-11-24 16:00")(actions.rework, "值班长_五华", note="再扫")
    assert loop.due("handle", "环卫") == "2026-11-24 14:30"
    assert loop.clock("handle", "环卫").is_late(china("2026-11-24 16:00"))
    assert loop.handle().leg("环卫").overdue is True


def test_a_reply_sent_back_for_evidence_goes_on_with_what_was_left(loop):
    loop.at("2026-11-24 09:30").handle()
    loop.at("2026-11-24 15:00")(actions.send_back, "派遣员_五华", note="缺处置后照片")
    assert (loop.due("handle", "环卫"), loop.row.stage, loop.row.handled_at) == (
        "2026-11-24 18:00", "handling", None,
    )  # fmt: skip


def test_the_same_department_again_goes_on_and_another_starts_anew(loop):
    loop.at("2026-11-24 09:30").returned("经办人_环卫")
    loop.at("2026-11-24 10:00").dispatch("环卫")
    assert (loop.due("handle", "环卫"), loop.clock("handle", "环卫").base_left) == ("2026-11-24 15:00", "3")


def test_another_department_starts_anew(loop):
    loop.at("2026-11-24 09:30").returned("经办人_环卫")
    loop.at("2026-11-24 10:00").dispatch("市政")
    assert loop.due("handle", "市政") == "2026-11-24 16:00"


def test_the_same_department_late_before_is_late_at_once(loop):
    loop.at("2026-11-24 15:00").returned("经办人_环卫")
    loop.at("2026-11-24 16:00").dispatch("环卫").handle()
    assert loop.leg("环卫").overdue is True


# -- 紧急 ---


@pytest.mark.parametrize(
    ("row", "marked", "due"),
    [
        ("5 工作日", "2026-11-24 22:00", "2026-11-25 00:00"),  # the 紧急 row of the category: 2 紧急工作时
        ("4 工作时", "2026-11-24 14:00", "2026-11-24 14:30"),  # never later than it was
        ("4 工作时", "2026-11-24 11:00", "2026-11-24 13:00"),
    ],
)
def test_urgent_is_never_later(cast, departments, row, marked, due):
    loop = Loop(cast, departments, at="2026-11-24 08:30", category=COVER).dispatched(row=limit(row))
    loop.at(marked)(actions.mark_urgent, "值班长_五华")
    assert loop.due("handle", "环卫") == due


def test_an_urgent_limit_runs_on_in_its_own_unit(loop):
    """Marked at night and suspended at once, what is left is urgent hours, not the working hours of a night: none."""
    loop = loop.at("2026-11-24 11:00")(actions.mark_urgent, "值班长_五华").at("2026-11-24 12:30")
    suspended(loop, "2026-11-25 20:00")
    assert loop.clock("handle", "环卫").left == "1/2"
    loop.at("2026-11-25 20:00")(actions.resume)
    assert loop.due("handle", "环卫") == "2026-11-25 20:30"


def test_dispatched_while_urgent_the_sooner_limit_counts(cast, departments):
    loop = Loop(cast, departments, at="2026-11-24 20:30", category=COVER).accepted()
    loop(actions.mark_urgent, "值班长_五华")(actions.file, "值班长_五华", standard=limit("5 工作日"))
    assert loop.dispatch("环卫").due("handle", "环卫") == "2026-11-24 22:30"


# -- 受理 核实 立案 派遣 反馈 核查 结案: clocks of the same kind ---


def test_every_stage_has_its_limit(cast, departments):
    loop = Loop(cast, departments, at="2026-11-24 19:55", category=COVER)
    assert loop.due("accept") == "2026-11-25 08:05"
    loop.accepted()
    assert loop.due("file") == "2026-11-25 08:10"
    loop(actions.request_verify, "受理员_五华", inspector=cast["监督员_五华_甲"])
    assert loop.due("verify") == "2026-11-25 08:25"
    loop.at("2026-11-25 08:20")(
        actions.answer_verify, "监督员_五华_甲", found=True, photos=[photo(1)], note="在现场"
    )
    assert loop.due("file") == "2026-11-25 08:35"
    loop(actions.file, "值班长_五华", standard=limit("4 工作时"))
    assert loop.due("dispatch") == "2026-11-25 08:35"
    loop.dispatch("环卫").handle()
    assert loop.due("feedback") == "2026-11-25 08:35"
    loop(actions.forward, "派遣员_五华")
    assert loop.due("check_issue") == "2026-11-25 08:35"
    loop.request_check()
    assert loop.due("check") == "2026-11-25 09:20"
    loop.answer_check()
    assert loop.due("close") == "2026-11-25 08:35"
    loop(actions.close, "值班长_五华")
    assert not [clock for clock in loop.state.clocks if clock.stopped_at is None]


def test_stage_limits_of_an_urgent_case_are_half_and_never_sleep(cast, departments):
    loop = Loop(cast, departments, at="2026-11-24 20:30", category=COVER).accepted()
    loop.at("2026-11-24 21:00")(actions.mark_urgent, "值班长_五华")
    assert loop.clock("file").due_at == china("2026-11-24 21:07:30")


def test_the_limit_of_the_case_is_the_sum_of_its_round(loop):
    """08:30 + 派遣 15 值班分钟 + 4 工作时 + 反馈 15 + 发核查 15 + 核查 60 + 结案 15 值班分钟."""
    assert loop.due("case") == "2026-11-24 16:30"
    extended(loop)
    assert loop.due("case") == "2026-11-25 10:30"  # 8 工作时 from 08:45 end on Wednesday at 08:45


# -- asking pauses 受理 and 立案 ---


def test_a_question_pauses_acceptance_until_the_answer(cast, departments):
    loop = Loop(cast, departments, at="2026-11-24 09:00")
    loop.at("2026-11-24 09:04")(actions.ask, "受理员_五华", note="哪一侧？")
    assert loop.clock("accept").paused_at == china("2026-11-24 09:04")
    loop.at("2026-11-24 15:00")(actions.answer_ask, note="东侧")
    assert loop.due("accept") == "2026-11-24 15:06"


def test_a_question_expires_at_its_term_and_the_clock_goes_on_from_there(cast, departments):
    loop = Loop(cast, departments, at="2026-11-24 09:00").accepted()
    loop.at("2026-11-24 09:05")(actions.ask, "受理员_五华", note="哪一侧？")
    assert loop.due("ask") == "2026-11-27 09:05"
    loop.at("2026-11-27 09:04").refuses(actions.expire_ask, code="refused")
    loop.at("2026-11-27 12:00")(actions.expire_ask)
    assert loop.due("file") == "2026-11-27 09:15"
    assert [wish.state for wish in loop.state.wishes] == ["expired"]


def test_filing_waits_for_the_answer_also_when_the_site_was_seen_meanwhile(cast, departments):
    loop = Loop(cast, departments, at="2026-11-24 09:00").accepted()
    loop(actions.request_verify, "受理员_五华", inspector=cast["监督员_五华_甲"])
    loop(actions.ask, "受理员_五华", note="哪一侧？")
    loop(actions.answer_verify, "监督员_五华_甲", found=True, photos=[photo(1)], note="在现场")
    assert loop.clock("file").paused_at == china("2026-11-24 09:00")
    loop.at("2026-11-25 10:00")(actions.answer_ask, note="东侧")
    assert loop.due("file") == "2026-11-25 10:15"


# -- 催办 by the system ---


def test_reminders_fall_at_their_percent_of_the_limit(loop):
    assert loop.clock("handle", "环卫").remind_at == china("2026-11-24 10:30")
    leg = loop.leg("环卫").index
    loop.at("2026-11-24 10:29")(actions.remind_due, leg=leg)
    assert loop.steps[-1] == "dispatch"
    loop.at("2026-11-24 10:30")(actions.remind_due, leg=leg)(actions.remind_due, leg=leg)
    assert loop.steps[-2:] == ["dispatch", "remind"]
    clock = loop.clock("handle", "环卫")
    assert (clock.reminded, clock.remind_at) == (50, china("2026-11-24 11:42"))
    loop.at("2026-11-24 15:00")(actions.remind_due, leg=leg)
    clock = loop.clock("handle", "环卫")
    assert (clock.reminded, clock.remind_at, loop.steps[-3:]) == (100, None, ["dispatch", "remind", "remind"])
    last = CaseEvent.unscoped.filter(chain=loop.id).order_by("-seq")[0]
    assert (last.kind, last.data["percent"]) == ("system", 100)


def test_an_extension_moves_what_was_not_reminded_of_and_a_pause_stops_it(loop):
    leg = loop.leg("环卫").index
    loop.at("2026-11-24 10:30")(actions.remind_due, leg=leg)
    extended(loop)
    assert loop.clock("handle", "环卫").remind_at == china("2026-11-24 16:54")  # 80 % of 8 工作时
    suspended(loop, "2026-12-01 08:00")
    assert loop.clock("handle", "环卫").remind_at is None
    loop.at("2026-12-01 08:00")(actions.resume)
    assert loop.clock("handle", "环卫").remind_at == china("2026-12-01 14:24")


# -- the clock of the record ---


def test_events_of_a_case_are_in_order_of_time(cast, departments):
    by = cast["监督员_五华_甲"]
    loop = Loop(cast, departments, by=by, channel=Channel.INSPECTOR, photos=[photo()])
    with clock_at(None):
        loop.accepted()(actions.note, "受理员_五华", note="备注")
    moments = list(CaseEvent.unscoped.filter(chain=loop.id).order_by("seq").values_list("at", flat=True))
    assert moments == sorted(moments)
