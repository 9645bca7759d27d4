"""The guards of issue 3 §3 on who may act: two persons, two centres, never the handling department."""

from datetime import date

import pytest

from xiucheng.cases import actions
from xiucheng.cases.tests.loop import Loop, photo, standard
from xiucheng.cases.words import Channel
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Post

pytestmark = pytest.mark.django_db


def second_post(of: Post, role: str, department, scope=("530102",)) -> Post:
    """Another post of the same person."""
    return Post.objects.create(
        person_id=of.person_id,
        role=role,
        department=department,
        scope_codes=list(scope),
        valid_from=date(2020, 1, 1),
    )


@pytest.fixture
def loop(cast, departments):
    return Loop(cast, departments)


def test_the_handling_department_never_checks_its_own_case(loop, cast, departments):
    own = second_post(cast["监督员_五华_乙"], "inspector", departments["环卫"])
    loop.to_check()
    loop.cast["环卫的监督员"] = own
    loop.refuses(actions.request_check, "受理员_五华", inspector=own, code="not_independent")


def test_who_has_any_post_in_the_handling_department_does_not_check(loop, cast, departments):
    second_post(cast["监督员_五华_乙"], "department", departments["环卫"])
    loop.to_check()
    inspector = cast["监督员_五华_乙"]
    loop.refuses(actions.request_check, "受理员_五华", inspector=inspector, code="not_independent")


def test_who_joins_the_handling_department_after_the_task_was_given_does_not_answer_it(
    loop, cast, departments
):
    loop.checking()
    second_post(cast["监督员_五华_乙"], "department", departments["环卫"])
    with pytest.raises(Refused, match="参与了处置"):
        loop.answer_check()


def test_the_draw_never_picks_somebody_of_the_handling_department(loop, cast, departments):
    second_post(cast["监督员_五华_乙"], "department", departments["环卫"])
    second_post(cast["监督员_五华_甲"], "department", departments["环卫"])
    loop.to_check()(actions.request_check, "受理员_五华")
    assert loop.row.assignee_id == cast["兼岗_监督"].pk


def test_the_handling_department_never_closes_its_own_case(loop, cast, departments):
    own = second_post(cast["领导_五华"], "shift_leader", departments["环卫"])
    loop.cast["环卫的值班长"] = own
    loop.checked().refuses(actions.close, "环卫的值班长", code="not_independent", status=403)
    assert loop.row.stage == "checked"


def test_who_has_any_post_in_the_handling_department_does_not_close(loop, cast, departments):
    second_post(cast["值班长_五华"], "department", departments["环卫"])
    loop.checked().refuses(actions.close, "值班长_五华", code="not_independent", status=403)
    loop.refuses(actions.rework, "值班长_五华", note="再扫一次", code="not_independent", status=403)


def test_two_persons_not_two_posts_the_checker_does_not_close(loop, cast, departments):
    loop.cast["乙_值班长"] = second_post(cast["监督员_五华_乙"], "shift_leader", departments["监督中心"])
    loop.checked().refuses(actions.close, "乙_值班长", code="same_person", status=403)
    loop(actions.close, "值班长_五华")
    assert loop.row.stage == "closed"


def test_two_persons_not_two_posts_the_handler_does_not_check_or_close(loop, cast, departments):
    handler = cast["经办人_环卫"]
    loop.cast["环卫_值班长"] = second_post(handler, "shift_leader", departments["监督中心"])
    inspector = second_post(handler, "inspector", departments["监督中心"])
    loop.to_check().refuses(actions.request_check, "受理员_五华", inspector=inspector, code="not_independent")
    loop.request_check().answer_check()
    loop.refuses(actions.close, "环卫_值班长", code="not_independent", status=403)


def test_two_persons_not_two_posts_the_checker_does_not_handle_the_rework(loop, cast, departments):
    loop.checked(passed=False)(actions.rework, "值班长_五华", note="再扫一次")
    loop.cast["乙_环卫"] = second_post(cast["监督员_五华_乙"], "department", departments["环卫"])
    loop.refuses(
        actions.handle, "乙_环卫", note="扫了", photos=[photo(2)], code="not_independent", status=403
    )


def test_a_department_head_does_not_choose_who_checks(loop, cast, departments):
    head = second_post(cast["经办人_城管"], "department", departments["环卫"])
    Post.objects.filter(pk=head.pk).update(is_head=True)
    head.refresh_from_db()
    loop.cast["负责人_环卫"] = head
    loop.checking().refuses(
        actions.reassign, "负责人_环卫", inspector=cast["监督员_五华_甲"], code="no_right", status=403
    )


def test_nobody_acts_for_both_centres_on_one_case(loop):
    loop.cast |= {"受理": loop.cast["兼岗_受理"], "派遣": loop.cast["兼岗_派遣"]}
    loop(actions.accept, "受理")
    loop(actions.request_verify, "受理员_五华", inspector=loop.cast["监督员_五华_甲"])
    loop(actions.answer_verify, "监督员_五华_甲", found=True, photos=[photo(1)], note="在现场")
    loop(actions.file, "值班长_五华", standard=standard())
    to = loop.departments["环卫"]
    loop.refuses(actions.dispatch, "派遣", to=to, code="both_centres", status=403)
    loop.dispatch("环卫")
    assert loop.row.stage == "handling"


def test_who_dispatched_neither_checks_nor_accepts(cast, departments):
    loop = Loop(cast, departments)
    loop.filed().dispatch("环卫", who="兼岗_派遣")
    loop.handle()(actions.forward, "派遣员_五华")
    loop.refuses(actions.request_check, "兼岗_受理", code="both_centres", status=403)
    inspector = cast["兼岗_监督"]
    loop.refuses(actions.request_check, "受理员_五华", inspector=inspector, code="not_independent")


def test_a_leader_who_dispatched_neither_signs_a_void_nor_arbitrates(cast, departments):
    loop = Loop(cast, departments)
    loop.cast["派遣_领导"] = second_post(cast["兼岗_派遣"], "leader", departments["五华区城管局"])
    loop.filed().dispatch("环卫", who="兼岗_派遣")
    loop(actions.void, "值班长_五华", reason="误报", note="现场没有")
    loop.refuses(actions.sign_void, "派遣_领导", granted=True, code="both_centres", status=403)
    loop(actions.sign_void, "领导_五华", granted=True)
    assert loop.row.stage == "void"


def test_who_signed_or_ruled_as_leader_acts_for_that_centre_only(cast, departments):
    loop = Loop(cast, departments).dispatched()
    loop.cast["领导_值班长"] = second_post(cast["领导_五华"], "shift_leader", departments["监督中心"])
    loop.returned("经办人_环卫").dispatch("市政").returned("经办人_市政")
    loop(actions.arbitrate, "领导_五华", to=departments["排水"], note="属排水设施")
    loop.dispatch("排水").handle("经办人_排水")(actions.forward, "派遣员_五华")
    loop.request_check().answer_check()
    loop.refuses(actions.close, "领导_值班长", code="both_centres", status=403)


def test_an_inspector_who_solved_it_himself_does_not_close_it(cast, departments):
    loop = Loop(cast, departments).accepted()
    loop(actions.request_verify, "受理员_五华", inspector=cast["监督员_五华_甲"])
    before, after = [photo(1)], [photo(2)]
    loop(actions.self_handle, "监督员_五华_甲", before=before, after=after)
    loop.cast["甲_值班长"] = second_post(cast["监督员_五华_甲"], "shift_leader", departments["监督中心"])
    loop.refuses(actions.close, "甲_值班长", code="not_independent", status=403)
    loop(actions.close, "值班长_五华")
    assert (loop.row.stage, loop.row.self_handled) == ("closed", True)


@pytest.mark.parametrize(
    ("step", "asker", "decider", "arguments"),
    [
        ("decide_return", "兼岗_环卫", "兼岗_派遣", {"granted": True}),
        ("decide_extend", "兼岗_环卫", "兼岗_派遣", {"granted": True}),
    ],
)
def test_nobody_decides_what_he_asked_for(cast, departments, step, asker, decider, arguments):
    loop = Loop(cast, departments).dispatched()
    head = second_post(cast["经办人_城管"], "department", departments["环卫"])
    Post.objects.filter(pk=head.pk).update(is_head=True)
    head.refresh_from_db()
    loop.cast |= {
        asker: second_post(cast["兼岗_派遣"], "department", departments["环卫"]),
        "负责人_环卫": head,
    }
    if step == "decide_return":
        loop(actions.return_, asker, note="不属我部门")
    else:
        loop(actions.extend, asker, note="雨天")(actions.review_extend, "负责人_环卫", granted=True)
    loop.refuses(getattr(actions, step), decider, code="same_person", status=403, **arguments)


def test_the_arbitrator_is_not_the_cases_dispatcher(cast, departments):
    loop = Loop(cast, departments)
    loop.cast["派遣_领导"] = second_post(cast["派遣员_五华"], "leader", departments["五华区城管局"])
    loop.dispatched().returned("经办人_环卫").dispatch("市政").returned("经办人_市政")
    assert loop.row.stage == "arbitrating"
    to = departments["排水"]
    with pytest.raises(Refused) as refusal:
        loop(actions.arbitrate, "派遣_领导", to=to, note="属排水设施")
    assert (refusal.value.status, refusal.value.code) in {(403, "not_independent"), (403, "both_centres")}


def test_a_person_without_the_right_does_not_report(cast, departments):
    with pytest.raises(Refused) as refusal:
        Loop(cast, departments, by=cast["派遣员_五华"], channel=Channel.AGENCY)
    assert (refusal.value.status, refusal.value.code) == (403, "no_right")
