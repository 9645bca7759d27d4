"""The guards of issue 3 §3 on disputes and decisions: appeals, voids, two levels, arbitration, filing."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, transaction
from django.db.models import ProtectedError

from xiucheng.cases import actions
from xiucheng.cases.models import Case, CaseEvent, Notice, Reporter
from xiucheng.cases.tests.loop import COVER, Loop, limit, standard
from xiucheng.catalog import queries as catalog
from xiucheng.catalog.models import Duty

pytestmark = pytest.mark.django_db


@pytest.fixture
def loop(cast, departments):
    return Loop(cast, departments)


def told_reporter(loop: Loop) -> list[str]:
    reporter = loop.row.reporter_id
    return list(Notice.objects.filter(reporter=reporter).order_by("id").values_list("msgid", flat=True))


# -- appeals ---


def overdue_and_closed(cast, departments) -> Loop:
    loop = Loop(cast, departments, at="2026-11-24 08:30", category=COVER).dispatched(row=limit("4 工作时"))
    return (
        loop.at("2026-11-25 09:00")
        .handle()(actions.forward, "派遣员_五华")
        .request_check()
        .answer_check()(actions.close, "值班长_五华")
    )


def test_an_appeal_is_reviewed_twice_and_the_fact_stays(cast, departments):
    loop = overdue_and_closed(cast, departments)(actions.appeal, "经办人_环卫", note="道路封闭")
    loop.refuses(actions.decide_appeal, "受理员_五华", granted=True, code="nothing_pending", status=409)
    loop(actions.review_appeal, "派遣员_五华", granted=True)
    loop(actions.decide_appeal, "受理员_五华", granted=True)
    leg = loop.leg("环卫")
    assert (leg.overdue, leg.excused) == (True, True)
    loop.refuses(actions.appeal, "经办人_环卫", note="再申诉", code="too_many")


@pytest.mark.parametrize("denied_by", ["first", "second"])
def test_a_denied_appeal_excuses_nothing(cast, departments, denied_by):
    loop = overdue_and_closed(cast, departments)(actions.appeal, "经办人_环卫", note="道路封闭")
    loop(actions.review_appeal, "派遣员_五华", granted=denied_by == "second", note="看过")
    if denied_by == "second":
        loop(actions.decide_appeal, "受理员_五华", granted=False, note="不成立")
    assert loop.leg("环卫").excused is False


def test_an_appeal_comes_after_closing_from_a_department_that_was_late(loop):
    loop.handled().refuses(actions.appeal, "经办人_环卫", note="冤", code="wrong_stage", status=409)
    loop(actions.forward, "派遣员_五华").request_check().answer_check()(actions.close, "值班长_五华")
    loop.refuses(actions.appeal, "经办人_环卫", note="冤", code="refused", status=409)


# -- void ---


def test_a_void_before_dispatch_is_the_shift_leaders(loop):
    loop.filed().refuses(actions.void, "值班长_五华", reason="重复", note="重了", code="refused", status=422)
    loop(actions.void, "值班长_五华", reason="误报", note="没有这个地方")
    assert loop.row.stage == "void"
    assert told_reporter(loop)[-1] == "您反映的问题经查不再办理：{note}"


def test_a_void_after_dispatch_needs_the_sign_off_of_another(loop):
    loop.dispatched()(actions.void, "值班长_五华", reason="误报", note="没有这个地方")
    assert loop.row.stage == "handling"
    loop(actions.sign_void, "领导_五华", granted=False, note="再看看")
    assert loop.row.stage == "handling"
    loop(actions.void, "值班长_五华", reason="误报", note="没有这个地方")
    loop(actions.sign_void, "领导_五华", granted=True)
    assert (loop.row.stage, loop.row.due_at) == ("void", None)
    assert not [clock for clock in loop.state.clocks if clock.running]


# -- 指挥中心 of two levels ---


def test_two_levels_the_clock_starts_once_and_a_return_goes_to_its_own_level_first(cast, departments):
    loop = Loop(cast, departments, at="2026-11-24 08:30").filed()
    loop.dispatch("区指挥中心", who="市派遣员")
    clock = loop.clock("handle", "区指挥中心")
    loop.refuses(actions.dispatch, "市派遣员", to=departments["环卫"], code="other_centre", status=403)
    loop.at("2026-11-24 09:00").dispatch("环卫")
    assert loop.clock("handle", "环卫") == clock
    loop(actions.return_, "经办人_环卫", note="不属我部门")
    loop.refuses(actions.decide_return, "市派遣员", granted=True, code="other_centre", status=403)
    loop.at("2026-11-24 09:30")(actions.decide_return, "派遣员_五华", granted=True, wrong=True)
    assert (loop.row.stage, loop.row.centre_id) == ("filed", departments["区指挥中心"].pk)
    loop.refuses(actions.dispatch, "市派遣员", to=departments["市政"], code="other_centre", status=403)
    loop(actions.confirm_return, "值班长_五华", granted=True)
    loop.at("2026-11-24 10:00").dispatch("市政")
    assert loop.clock("handle", "市政").due_at == clock.due_at
    assert [str(c.kind) for c in loop.state.clocks].count("handle") == 1
    assert loop.leg("市政").wrong is False
    assert Case.seen_by(cast["经办人_环卫"]).count() == 0


def test_two_returns_at_one_level_go_to_arbitration_all_the_same(cast, departments):
    loop = Loop(cast, departments).filed()
    loop.dispatch("区指挥中心", who="市派遣员").dispatch("环卫").returned("经办人_环卫")
    loop.dispatch("市政").returned("经办人_市政")
    assert loop.row.stage == "arbitrating"
    loop(actions.arbitrate, "领导_五华", to=departments["排水"], note="属排水设施").dispatch("排水")
    assert loop.row.stage == "handling"


# -- arbitration ---


def disputed(loop: Loop) -> Loop:
    return loop.dispatched().returned("经办人_环卫").dispatch("市政").returned("经办人_市政")


def test_two_returns_go_to_arbitration_and_the_ruling_binds(loop, departments):
    disputed(loop)
    assert loop.row.stage == "arbitrating"
    assert not [c for c in loop.state.clocks if c.kind == "handle" and c.running]
    loop.refuses(actions.dispatch, "派遣员_五华", to=departments["排水"], code="wrong_stage", status=409)
    loop.refuses(actions.arbitrate, "派遣员_五华", to=departments["排水"], note="归你", code="no_right")
    loop(actions.arbitrate, "领导_五华", to=departments["排水"], note="属排水设施")
    loop.refuses(actions.dispatch, "派遣员_五华", to=departments["市政"], code="ruled")
    loop.dispatch("排水").refuses(actions.return_, "经办人_排水", note="不服", code="ruled")


def test_a_ruling_is_a_draft_row_of_the_duties(loop, departments):
    before = Duty.objects.count()
    disputed(loop)(actions.arbitrate, "领导_五华", to=departments["排水"], note="属排水设施" * 100)
    (duty,) = Duty.objects.order_by("-pk")[: Duty.objects.count() - before]
    assert (duty.lead_id, duty.draft) == (departments["排水"].pk, True)
    assert loop.row.case_number in duty.source


def test_in_an_urgent_dispute_the_fallback_acts_first(loop, departments, cast):
    loop.dispatched()(actions.mark_urgent, "值班长_五华")
    loop.returned("经办人_环卫").dispatch("市政").returned("经办人_市政")
    assert loop.row.stage == "arbitrating"
    loop(actions.handle, "经办人_华山街道", note="先围挡")
    assert loop.row.stage == "arbitrating"
    loop(actions.arbitrate, "领导_五华", to=departments["排水"], note="属排水设施").dispatch("排水")
    loop.handle("经办人_排水")
    assert loop.row.stage == "replied"


def test_the_fallback_may_be_ruled_responsible_while_it_works(loop, departments):
    loop.dispatched()(actions.mark_urgent, "值班长_五华")
    loop.returned("经办人_环卫").dispatch("市政").returned("经办人_市政")
    loop(actions.arbitrate, "领导_五华", to=departments["华山街道办"], note="属地负责").dispatch("华山街道办")
    assert loop.leg("华山街道办").lead is True
    assert loop.handle("经办人_华山街道").row.stage == "replied"


# -- filing ---


def test_a_category_without_a_limit_cannot_be_filed(cast, departments):
    category = "GB/T 47678.5-2026/matter/06051"
    loop = Loop(cast, departments, category=category).verified()
    loop.refuses(actions.file, "值班长_五华", code="refused")
    loop.refuses(actions.file, "值班长_五华", standard=standard(), code="refused")
    assert loop.row.case_number is None


def test_another_category_leaves_the_old_filing_condition_behind(loop):
    loop.verified()(actions.propose, "受理员_五华", standard=standard())
    loop(actions.correct, "受理员_五华", category=catalog.parse_category(COVER))
    assert loop.row.standard_id is None
    loop.refuses(actions.file, "值班长_五华", code="refused")


def test_filed_under_an_urgent_row_a_case_is_urgent(loop):
    loop.filed(row=standard(urgent=True))
    assert (loop.row.urgent, loop.clock("dispatch").unit) == (True, "紧急工作时")


# -- 督办 ---


def test_a_supervision_is_answered_by_the_lead_of_today(loop, departments):
    loop.dispatched()
    by = datetime(2030, 1, 1, tzinfo=UTC)
    loop(actions.supervise, "值班长_五华", level="重点", reply_by=by, note="尽快")
    loop.returned("经办人_环卫").dispatch("市政")
    loop(actions.answer_supervise, "经办人_市政", note="已安排")
    assert [wish.state for wish in loop.state.wishes if wish.kind == "supervise"] == ["granted"]


def test_requests_do_not_outlive_what_they_ask_for(loop):
    loop.dispatched()(actions.extend, "经办人_环卫", note="雨天").handle()
    assert [wish.state for wish in loop.state.wishes] == ["expired"]
    loop(actions.void, "值班长_五华", reason="误报", note="没有")(actions.forward, "派遣员_五华")
    loop.request_check().answer_check()(actions.close, "值班长_五华")
    assert not [wish for wish in loop.state.wishes if wish.open]


# -- nothing is ever deleted ---


def test_nothing_is_ever_deleted(loop):
    """Whatever ends a case, its rows and events stay; the store refuses to take them away."""
    loop.dispatched()(actions.void, "值班长_五华", reason="误报", note="没有")
    loop(actions.sign_void, "领导_五华", granted=True)
    assert loop.steps[-2:] == ["void", "sign_void"]
    with pytest.raises(ProtectedError):
        loop.row.delete()
    with pytest.raises(ProtectedError):
        Reporter.objects.get().delete()
    with pytest.raises(DatabaseError, match="只能追加"), transaction.atomic():
        CaseEvent.unscoped.filter(chain=loop.id).delete()


def test_a_department_sent_the_case_twice_reworks_its_last_reply(loop):
    loop.dispatched("环卫", ("市政",))(actions.handle, "经办人_市政", note="围挡")
    loop.returned("经办人_环卫").dispatch("市政").handle("经办人_市政")(actions.forward, "派遣员_五华")
    loop.request_check().answer_check(passed=False)
    loop(actions.rework, "值班长_五华", note="再做", departments=[loop.departments["市政"]])
    assert [leg.state for leg in loop.state.legs] == ["returned", "handled", "taken"]
