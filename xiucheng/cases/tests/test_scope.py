"""Who sees what: every role × own county, another, near the border, nobody; over every query of cases."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from xiucheng.cases import actions, queries
from xiucheng.cases.models import Case
from xiucheng.cases.queries import CaseFilter
from xiucheng.cases.tests.loop import Loop, photo, standard
from xiucheng.cases.words import Channel, Step
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Post
from xiucheng.people.tests.city import CAST, POINTS

pytestmark = pytest.mark.django_db

WHERE = {"五华": "甲", "五华_边界": "边界_五华", "盘龙_边界": "边界_盘龙", "盘龙": None, "护国": "护国"}
FAR_PANLONG = (102.7192, 25.0405)  # 拓东街道, 900 m from the border
STAFF = {"五华", "五华_边界", "盘龙_边界", "护国"}  # of 五华: the own county, and both sides of the border
EXPECTED: dict[str | None, set[str]] = {
    None: set(),
    "受理员_五华": STAFF,
    "值班长_五华": STAFF,
    "派遣员_五华": STAFF,
    "监督员_五华_甲": STAFF,
    "监督员_五华_乙": STAFF,
    "领导_五华": STAFF,
    "考评员_五华": STAFF,
    "兼岗_受理": STAFF,
    "兼岗_派遣": STAFF,
    "兼岗_监督": STAFF,
    "市派遣员": {*WHERE},
    "受理员_盘龙": {"盘龙", "盘龙_边界", "五华_边界"},
    "派遣员_盘龙": {"盘龙", "盘龙_边界", "五华_边界"},
    "监督员_盘龙": {"盘龙", "盘龙_边界", "五华_边界"},
    "派遣员_大理": set(),
    "系统管理员": set(),
    "安全管理员": set(),
    "审计员": set(),
    # Departments see their legs only: none was dispatched yet.
    **{name: set() for name, part in CAST.items() if part.role in ("department", "grid_worker")},
}


@pytest.fixture
def places(cast, departments) -> dict[str, Loop]:
    found = {}
    for name, point in WHERE.items():
        lon, lat = POINTS[point] if point else FAR_PANLONG
        found[name] = Loop(cast, departments, lon=lon, lat=lat, photos=[photo(7)])
    return found


def seen(places: dict[str, Loop], post) -> set[str]:
    keys = set(Case.seen_by(post).values_list("pk", flat=True))
    return {name for name, loop in places.items() if loop.id in keys}


def test_the_matrix_covers_the_whole_cast():
    assert set(EXPECTED) == {None, *CAST}


def test_everybody_sees_his_own_and_nothing_else(places, cast):
    wrong = {
        who: seen(places, cast[who] if who else None)
        for who, expected in EXPECTED.items()
        if seen(places, cast[who] if who else None) != expected
    }
    assert wrong == {}


def test_every_query_of_one_case_obeys_the_scope(places, cast):
    """find, case_page, case_file by id, 受理号 and 案件编号: inside it answers, outside it is 404."""
    for who, expected in EXPECTED.items():
        post = cast[who] if who else None
        for name, loop in places.items():
            file = loop.state.evidence[0].file
            asked: list[Callable[[], Any]] = [
                partial(queries.find, loop.id, post),
                partial(queries.find, loop.received.number, post),
                partial(queries.find, str(loop.id), post),
            ]
            if post is not None:
                asked += [
                    partial(queries.case_page, post, loop.received.number),
                    partial(queries.case_file, post, loop.id, file),
                ]
            for ask in asked:
                if name in expected:
                    assert ask()
                else:
                    with pytest.raises(Refused) as refusal:
                        ask()
                    assert refusal.value.status == 404, (who, name)


def test_every_list_obeys_the_scope(places, cast):
    by_id = {loop.id: name for name, loop in places.items()}
    for who, expected in EXPECTED.items():
        post = cast[who] if who else None
        for filter in (CaseFilter(), CaseFilter(sort="due"), CaseFilter(open=True), CaseFilter(words="垃圾")):
            rows = queries.cases(post, filter).rows
            assert {by_id[row.case.pk] for row in rows} == expected, (who, filter)
        narrow = queries.cases(post, CaseFilter(division="530102")).rows
        assert {by_id[row.case.pk] for row in narrow} == expected & {"五华", "五华_边界", "护国"}
        around = {
            by_id[row.case.pk]
            for lon, lat in (*(POINTS[point] for point in WHERE.values() if point), FAR_PANLONG)
            for row, _metres in queries.nearby(lon, lat, post=post, radius_m=200)
        }
        assert around == expected, who
        if post is not None:
            shown = {by_id[row.case.pk] for row in queries.desk(post).rows}
            assert shown <= expected, who
            assert sum(tab.count for tab in queries.desk(post).tabs) <= 6 * len(expected)


def test_every_action_obeys_the_scope(places, cast):
    """A case outside the scope is not found, by whatever step."""
    loop = places["五华"]
    for who in ("受理员_盘龙", "派遣员_大理", "审计员", "经办人_环卫"):
        for step in (actions.STEPS[Step(key)] for key in ("accept", "note", "dispatch", "close", "handle")):
            arguments = {
                "note": {"note": "x"}, "dispatch": {"to": loop.departments["环卫"]}, "handle": {"note": "x"},
            }.get(step.__name__, {})  # fmt: skip
            loop.refuses(step, who, code="not_found", status=404, **arguments)


def test_a_department_sees_its_legs_from_dispatch_to_return(cast, departments):
    loop = Loop(cast, departments).dispatched("环卫", ("排水",))
    others = Loop(cast, departments).dispatched("市政")
    assert {case.pk for case in Case.seen_by(cast["经办人_环卫"])} == {loop.id}
    assert {case.pk for case in Case.seen_by(cast["经办人_排水"])} == {loop.id}
    assert {case.pk for case in Case.seen_by(cast["经办人_市政"])} == {others.id}
    loop.returned("经办人_环卫")
    assert not Case.seen_by(cast["经办人_环卫"]).exists()
    assert Case.seen_by(cast["经办人_排水"]).exists()
    loop.dispatch("环卫").handle()
    assert Case.seen_by(cast["经办人_环卫"]).exists()


def test_a_department_of_a_street_sees_its_street_only(cast, departments):
    other = Loop(cast, departments, lon=POINTS["护国"][0], lat=POINTS["护国"][1])
    other.verified(POINTS["护国"])(actions.file, "值班长_五华", standard=standard())
    other.refuses(
        actions.dispatch, "派遣员_五华", to=departments["华山街道办"], code="nobody_there", status=422
    )
    assert not Case.seen_by(cast["经办人_华山街道"]).exists()


def test_an_inspector_sees_the_task_drawn_for_him_next_door(cast, departments):
    loop = Loop(cast, departments).accepted()
    neighbour = cast["监督员_盘龙"]
    assert not Case.seen_by(neighbour).exists()
    loop(actions.request_verify, "受理员_五华", inspector=neighbour)
    assert Case.seen_by(neighbour).get().pk == loop.id
    loop(actions.answer_verify, "监督员_盘龙", found=True, photos=[photo(1)], note="在现场")
    assert not Case.seen_by(neighbour).exists()


def test_who_reports_for_a_department_sees_his_own_report_and_may_solve_it(cast, departments):
    loop = Loop(cast, departments, by=cast["网格员_华山"], channel=Channel.GRID_WORKER, photos=[photo(1)])
    assert Case.seen_by(cast["网格员_华山"]).get().pk == loop.id
    assert not Case.seen_by(cast["经办人_华山街道"]).exists()
    assert queries.desk(cast["网格员_华山"], "mine").rows
    loop(actions.self_handle, "网格员_华山", after=[photo(2)])(actions.close, "值班长_五华")
    assert loop.row.self_handled


def test_a_narrowed_token_sees_no_more_than_it_names(places, cast):
    post = Post.objects.get(pk=cast["受理员_五华"].pk).limited_to(["accept"])
    assert not Case.seen_by(post).exists()
    post = Post.objects.get(pk=post.pk).limited_to(["read"])
    assert seen(places, post) == STAFF
    with pytest.raises(Refused) as refusal:
        actions.STEPS[Step.ACCEPT](case_id=places["五华"].id, by=post)
    assert refusal.value.status == 403


# -- the reporter's doors ---


def test_public_progress_needs_number_and_code(places):
    mine, other = places["五华"].received, places["护国"].received
    assert queries.public_progress(mine.number, mine.query_code).number == mine.number
    for number, code in (
        (mine.number, other.query_code),
        (mine.number, ""),
        ("20200101-000001", mine.query_code),
    ):
        with pytest.raises(Refused) as refusal:
            queries.public_progress(number, code)
        assert refusal.value.status == 404


def test_the_public_reads_released_words_and_photos_only(places):
    loop = places["五华"]
    file, mine = loop.state.evidence[0].file, loop.received
    assert queries.public_progress(mine.number, mine.query_code).photos == ()
    with pytest.raises(Refused):
        queries.public_file(mine.number, mine.query_code, file)
    loop(actions.release, "受理员_五华", words="路边垃圾", files=[file])
    assert queries.public_progress(mine.number, mine.query_code).photos == (file,)
    assert queries.public_file(mine.number, mine.query_code, file).pk == file


def test_the_link_of_a_question_opens_this_question_only_while_it_is_open(places):
    loop = places["五华"]
    loop(actions.ask, "受理员_五华", note="哪一侧？")
    token = queries.public_progress(loop.received.number, loop.received.query_code).question_token
    case, wish = queries.question_of(token)
    assert (case.pk, wish.reason) == (loop.id, "哪一侧？")
    for bad in (token[:-1], "", str(uuid.uuid4())):
        with pytest.raises(Refused):
            queries.question_of(bad)
    loop(actions.answer_ask, note="东侧")
    with pytest.raises(Refused) as refusal:
        queries.question_of(token)
    assert refusal.value.status == 404


def test_a_merged_report_shows_the_progress_of_the_case_at_the_end_of_the_merges(cast, departments):
    first, second, third = (Loop(cast, departments) for _ in range(3))
    third(actions.merge, "受理员_五华", into=second.id)
    second(actions.merge, "受理员_五华", into=first.id)
    first.closed()
    progress = queries.public_progress(third.received.number, third.received.query_code)
    assert (progress.said, progress.may_rate) == ("已办结", True)
    assert progress.closed_at is not None and progress.closed_at <= timezone.now()
