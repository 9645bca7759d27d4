"""Statements a step and a page may cost (issue 3 §6): report ≤ 10, other actions ≤ 15, my desk ≤ 12."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from xiucheng.cases import actions, queries
from xiucheng.cases.tests.loop import SPOT, Loop, china, photo, reported, standard
from xiucheng.cases.words import Channel, Step
from xiucheng.catalog import queries as catalog
from xiucheng.kernel import stamps
from xiucheng.people.models import Crew

pytestmark = pytest.mark.django_db
REPORT, ACTION, DESK = 10, 15, 12


def statements(act: Callable[[], Any]) -> list[str]:
    """What reached the database once the catalogue is in memory; savepoints are the test's own transaction."""
    catalog.categories()
    with stamps.held(), CaptureQueriesContext(connection) as captured:
        act()
    kept = [query["sql"] for query in captured.captured_queries]
    return [sql for sql in kept if not sql.startswith(("SAVEPOINT", "RELEASE"))]


class Counting(Loop):
    """A loop that holds each step to its budget, and remembers what it cost."""

    costs: dict[str, int] = {}

    def __call__(self, step: Any, who: str = "", **arguments: Any) -> "Counting":
        sent = statements(lambda: super(Counting, self).__call__(step, who, **arguments))
        name = step.__name__.rstrip("_")
        self.costs[name] = max(self.costs.get(name, 0), len(sent))
        assert len(sent) <= ACTION, f"{name}: {len(sent)}\n" + "\n".join(sql[:90] for sql in sent)
        return self


@pytest.fixture
def warm(db, cast):
    """A city that has answered before: catalogue, calendar, settings are in memory."""
    reported()
    catalog.categories()


@pytest.mark.parametrize("photos", [0, 3])
@pytest.mark.parametrize("who", [None, "监督员_五华_甲"])
def test_a_report_costs_at_most_ten_statements(warm, cast, photos, who):
    files = [photo(shade) for shade in range(photos)] or ([photo(9)] if who else [])
    options = {"by": cast[who], "channel": Channel.INSPECTOR} if who else {}
    sent = statements(lambda: reported(photos=files, **options))
    assert len(sent) <= REPORT, "\n".join(sql[:90] for sql in sent)


def test_every_action_costs_at_most_fifteen_statements(warm, cast, departments):
    Counting.costs = {}
    until = china("2026-12-24 09:00")
    shown: dict[str, Any] = {"photos": [photo(5)]}

    def loop(**options: Any) -> Counting:
        return Counting(cast, departments, at="2026-11-24 08:30", **options)

    # The long way: two departments, returns, arbitration, requests, rework, reopening.
    case = loop()
    case(actions.ask, "受理员_五华", note="哪一侧？")(actions.answer_ask, "受理员_五华", note="东侧", **shown)
    case(actions.correct, "受理员_五华", lon=SPOT[0], lat=SPOT[1], address="东风西路")
    case(actions.accept, "受理员_五华")(actions.request_verify, "受理员_五华")
    case(actions.reassign, "受理员_五华", inspector=next(
        cast[name] for name in ("监督员_五华_甲", "监督员_五华_乙") if cast[name].pk != case.row.assignee_id
    ))  # fmt: skip
    who = next(name for name, post in cast.items() if post.pk == case.row.assignee_id)
    case(actions.answer_verify, who, found=True, note="在现场", **shown)
    case(actions.propose, "受理员_五华", standard=standard())(
        actions.file, "值班长_五华", standard=standard()
    )
    case(actions.mark_urgent, "值班长_五华").dispatch("环卫", ("排水",))
    case(actions.split, "派遣员_五华", cooperating=[departments["市政"]])
    case(actions.supervise, "值班长_五华", level="重点", reply_by=until, note="尽快")
    case(actions.answer_supervise, "经办人_环卫", note="已安排")(actions.remind, "派遣员_五华", note="快")
    case(actions.instruct, "领导_五华", note="三天内见效")(actions.take, "经办人_环卫")
    crew = Crew.objects.create(department=departments["环卫"], name="保洁一班")
    case(actions.assign, "经办人_环卫", crew=crew)(actions.extend, "经办人_排水", note="雨天")
    case(actions.review_extend, "负责人_排水", granted=True)
    case(actions.decide_extend, "派遣员_五华", granted=True)
    case(actions.suspend, "经办人_排水", until=until, note="等", **shown)
    case(actions.decide_suspend, "值班长_五华", granted=True)(actions.resume, "经办人_排水")
    case.returned("经办人_环卫", wrong=True)(actions.confirm_return, "值班长_五华", granted=True)
    case.dispatch("城管执法").returned("经办人_城管")
    case(actions.arbitrate, "领导_五华", to=departments["环卫"], note="属环卫").dispatch("环卫")
    case.handle()(actions.handle, "经办人_排水", note="通了")(actions.handle, "经办人_市政", note="平了")
    case(actions.handle, "经办人_华山街道", note="围挡")
    case(actions.send_back, "派遣员_五华", note="缺照片").at("2026-12-01 09:00").handle()
    case(actions.forward, "派遣员_五华").request_check().answer_check(passed=False)
    case(actions.rework, "值班长_五华", note="再扫").handle()(actions.forward, "派遣员_五华")
    case(actions.request_check, "受理员_五华")
    who = next(name for name, post in cast.items() if post.pk == case.row.assignee_id)
    case.answer_check(who)(actions.release, "受理员_五华", words="已清理")(
        actions.note, "受理员_五华", note="记"
    )
    case(actions.close, "值班长_五华")(actions.rate, rating="fair")(
        actions.callback, "受理员_五华", rating="fair"
    )
    case(actions.appeal, "经办人_环卫", note="封路")(actions.review_appeal, "派遣员_五华", granted=True)
    case(actions.decide_appeal, "受理员_五华", granted=True)(actions.reopen, note="又堆了", **shown)
    case(actions.disclose, "受理员_五华", note="核对")
    # The short ways.
    loop()(actions.refuse, "受理员_五华", note="不归城管")
    loop().accepted()(actions.decline, "值班长_五华", note="不够条件")
    loop().dispatched()(actions.void, "值班长_五华", reason="误报", note="没有")(
        actions.sign_void, "领导_五华", granted=True
    )
    loop()(actions.merge, "受理员_五华", into=case.id, note="同一处")(
        actions.unmerge, "受理员_五华", note="不是"
    )
    own = loop(by=cast["监督员_五华_甲"], channel=Channel.INSPECTOR, photos=[photo(1)])
    own(actions.self_handle, "监督员_五华_甲", after=[photo(2)])
    counted = set(Counting.costs)
    assert counted >= {step.value for step in Step} & {step.value for step in actions.STEPS}


def test_what_the_system_does_costs_no_more(warm, cast, departments):
    case = Counting(cast, departments, at="2026-11-24 08:30").dispatched()
    case(actions.suspend, "经办人_环卫", until=china("2026-12-24 09:00"), note="等", photos=[photo(5)])
    case(actions.decide_suspend, "值班长_五华", granted=True).at("2026-12-24 09:00")(actions.resume)
    case.at("2027-02-24 09:00")(actions.remind_due, leg=1)
    assert case.steps[-1] == "remind"
    asked = Counting(cast, departments, at="2026-11-24 08:30")(actions.ask, "受理员_五华", note="哪一侧？")
    asked.at("2026-11-27 08:30")(actions.expire_ask)


@pytest.mark.parametrize(
    "role", ["受理员_五华", "值班长_五华", "派遣员_五华", "经办人_环卫", "监督员_五华_甲", "领导_五华"]
)
def test_my_desk_costs_at_most_twelve_statements_however_full(warm, cast, departments, role):
    for _ in range(3):
        Loop(cast, departments)
        Loop(cast, departments).dispatched()
    sent = statements(lambda: [row.category_name for row in queries.desk(cast[role]).rows])
    assert len(sent) <= DESK, "\n".join(sql[:90] for sql in sent)


def test_a_page_and_a_list_cost_the_same_for_one_case_and_for_many(warm, cast, departments):
    loop = Loop(cast, departments).dispatched("环卫", ("排水",))
    post = cast["派遣员_五华"]
    page = statements(lambda: queries.case_page(post, loop.id))
    few = statements(lambda: queries.cases(post))
    for _ in range(4):
        Loop(cast, departments).dispatched()
    assert len(page) <= 10
    assert len(statements(lambda: queries.cases(post))) == len(few) <= 4
