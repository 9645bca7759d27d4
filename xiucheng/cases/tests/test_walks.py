"""Random walks through the real actions and the real store: afterwards the rows are the fold of the events."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xiucheng.cases import actions, jobs, rebuild
from xiucheng.cases.models import CaseEvent
from xiucheng.cases.queries import possible_steps
from xiucheng.cases.store import record_of
from xiucheng.cases.tests.loop import COVER, SPOT, Loop, china, clock_at, limit, photo
from xiucheng.cases.tests.test_machine import WEIGHT, check_state
from xiucheng.cases.words import Step
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Crew, Department, Post

pytestmark = pytest.mark.django_db

FIVE = ("环卫", "市政", "排水", "华山街道办", "区指挥中心")


def arguments(step: Step, loop: Loop, chance: random.Random) -> dict[str, Any]:
    """Something sensible for each step; refusals are welcome too."""
    assert loop.now is not None
    departments = [loop.departments[name] for name in FIVE]
    inspectors = [loop.cast[name] for name in ("监督员_五华_甲", "监督员_五华_乙", "兼岗_监督")]
    noted = {"note": "理由"}
    shown = {"photos": [photo(9)]}
    special: dict[Step, dict[str, Any]] = {
        Step.ANSWER_VERIFY: noted | shown | {"found": chance.random() < 0.8},
        Step.ANSWER_CHECK: noted | shown | {"passed": chance.random() < 0.7},
        Step.REASSIGN: {"inspector": chance.choice(inspectors)},
        Step.PROPOSE: {"standard": limit("2 工作日")},
        Step.CORRECT: {"address": "东风西路", "lon": SPOT[0], "lat": SPOT[1]},
        Step.FILE: {"standard": limit(chance.choice(["4 工作时", "2 工作日", "2 紧急工作时"]))},
        Step.SELF_HANDLE: {"before": [photo(8)], "after": [photo(9)]},
        Step.DISPATCH: {
            "to": chance.choice(departments),
            "cooperating": [chance.choice(departments[:4])] if chance.random() < 0.3 else [],
        },
        Step.SPLIT: {"cooperating": [chance.choice(departments[:4])]},
        Step.ASSIGN: {"crew": crew_of(chance.choice(departments))},
        Step.HANDLE: noted | shown,
        Step.SUSPEND: noted | shown | {"until": loop.now + (china("2026-12-24") - china("2026-11-24"))},
        Step.SUPERVISE: noted
        | {"level": "重点", "reply_by": loop.now + (china("2026-11-26") - china("2026-11-24"))},
        Step.ARBITRATE: noted | {"to": chance.choice(departments[:4])},
        Step.VOID: noted | {"reason": "误报"},
        Step.RATE: {"rating": "fair"},
        Step.CALLBACK: {"rating": "satisfied"},
        Step.RELEASE: {"words": "已清理"},
        Step.MERGE: noted | {"into": loop.id},
    }
    if step in special:
        return special[step]
    decisions = {Step.DECIDE_RETURN, Step.CONFIRM_RETURN, Step.REVIEW_EXTEND, Step.DECIDE_EXTEND,
                 Step.DECIDE_SUSPEND, Step.SIGN_VOID, Step.REVIEW_APPEAL, Step.DECIDE_APPEAL}  # fmt: skip
    if step in decisions:
        return noted | {"granted": chance.random() < 0.8}
    return noted


def crew_of(department: Department) -> Crew:
    return Crew.objects.get_or_create(department=department, name="一班")[0]


def offered(loop: Loop, posts: dict[str, Post]) -> list[tuple[Step, str]]:
    state = loop.state
    return [
        (possible.step, name)
        for name, post in posts.items()
        for possible in possible_steps(post, state, at=loop.now)
        if possible.allowed and possible.step in actions.STEPS
        for _ in range(WEIGHT.get(possible.step, 12))
    ]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_after_any_walk_the_rows_are_what_the_events_say(cast, departments, seed):
    chance = random.Random(seed)
    posts = {name: post for name, post in cast.items() if "大理" not in name and "管理员" not in name}
    loop = Loop(cast, departments, at=chance.choice(["2026-11-24 09:00", "2026-12-31 16:00"]), category=COVER)
    for _ in range(22):
        assert loop.now is not None
        loop.now += (china("2026-11-24 00:01") - china("2026-11-24 00:00")) * chance.choice((1, 10, 90, 1500))
        choices = offered(loop, posts)
        if not choices:
            break
        step, who = chance.choice(choices)
        try:
            loop(actions.STEPS[step], who, **arguments(step, loop, chance))
        except Refused as refusal:
            assert 400 <= refusal.status < 500
        if chance.random() < 0.2:
            with clock_at(loop.now):
                jobs.look(loop.now)
    events = [record_of(event) for event in CaseEvent.unscoped.filter(chain=loop.id).order_by("seq")]
    check_state(loop.state, events, {post.person_id: houses(cast, post) for post in cast.values()})
    report = rebuild.compare()
    assert report.ok, report.differences


def houses(cast: dict[str, Post], post: Post) -> frozenset[int]:
    return frozenset(
        other.department_id
        for other in cast.values()
        if other.person_id == post.person_id and other.department_id is not None
    )
