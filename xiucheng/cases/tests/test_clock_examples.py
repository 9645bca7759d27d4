"""Worked examples of time limits from the standards, on the clocks of a case: pure rules, simulated moments.

Units: standards/workflow.md §2 [H]. 工作时 08:00–12:00 and 14:00–18:00 of working days; 1 工作日 = 8 工作时; 紧急 and
自然日 run on; 值班时段 08:00–20:00 of all days. 国庆 2026: 1–7 October off, Sunday 2026-09-20 and Saturday 2026-10-10
are worked (国办 notice, in the shipped days).
"""

from dataclasses import replace
from datetime import date

import pytest

from xiucheng.cases.rules import clocks, intake, requests
from xiucheng.cases.rules.basis import SYSTEM, Env, Policy, StandardFacts
from xiucheng.cases.rules.handling import dispatch
from xiucheng.cases.state import CaseState, Draft
from xiucheng.cases.tests.loop import china
from xiucheng.cases.tests.memory import CAST, CLEANING, RULES, Draw, MemoryCase, target
from xiucheng.cases.words import Channel, ClockKind, Step
from xiucheng.kernel.canonical import stamp
from xiucheng.kernel.workdays import shipped_calendar, shipped_days
from xiucheng.kernel.worktime import CHINA, Calendar, Fallback

WORDS = Draw(3, True, "理由")
INTAKE, LEADER, INSPECTOR, DISPATCHER = CAST[0], CAST[1], CAST[3], CAST[6]
CLEANER = next(doer for doer in CAST if doer.department == CLEANING)


def filed(
    at: str, amount: str, unit: str, season: str = "", *, urgent: bool = False
) -> tuple[MemoryCase, StandardFacts]:
    moment = china(at)
    case = MemoryCase(1, moment, Channel.INSPECTOR, INSPECTOR)
    standard = StandardFacts(9, "S/matter/01001", amount, unit, season)

    def do(draft: Draft, by) -> None:
        case.write(draft, by, moment)

    do(intake.accept(case.state, INTAKE, case.env(moment)), INTAKE)
    if urgent:
        do(intake.mark_urgent(case.state, LEADER, case.env(moment)), LEADER)
    do(intake.file(case.state, LEADER, case.env(moment), standard=standard, case_number="1"), LEADER)
    return case, standard


def dispatched(at: str, amount: str, unit: str, season: str = "", **options) -> MemoryCase:
    case, standard = filed(at, amount, unit, season, **options)
    moment = china(at)
    draft = dispatch(case.state, DISPATCHER, case.env(moment), to=target(CLEANING), standard=standard)
    case.write(draft, DISPATCHER, moment)
    return case


def due(state: CaseState, kind: ClockKind = ClockKind.HANDLE, leg: int | None = 1) -> str:
    clock = state.clock(kind, leg if kind == ClockKind.HANDLE else None)
    assert clock is not None
    return f"{clock.due_at.astimezone(CHINA):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("sent", "amount", "unit", "ends", "why"),
    [
        ("2026-11-24 08:00", "4", "工作时", "2026-11-24 12:00", "Tuesday morning, used up at noon"),
        ("2026-11-24 09:00", "4", "工作时", "2026-11-24 15:00", "lunch does not count"),
        ("2026-11-24 12:30", "2", "工作时", "2026-11-24 16:00", "sent at lunch: from 14:00"),
        ("2026-11-24 17:30", "2", "工作时", "2026-11-25 09:30", "over the night"),
        ("2026-11-24 22:00", "2", "工作时", "2026-11-25 10:00", "sent at night: from the next morning"),
        ("2026-11-27 17:00", "4", "工作时", "2026-11-30 11:00", "Friday: over the weekend"),
        ("2026-11-28 10:00", "2", "工作时", "2026-11-30 10:00", "sent on Saturday"),
        ("2026-11-24 10:00", "1", "工作日", "2026-11-25 10:00", "8 工作时"),
        ("2026-11-24 18:00", "1", "工作日", "2026-11-25 18:00", "a full day of the next"),
        ("2026-11-27 15:00", "3", "工作日", "2026-12-02 15:00", "Friday: Mon, Tue, Wed"),
        ("2026-09-30 17:00", "2", "工作时", "2026-10-08 09:00", "国庆: 1–7 October are off"),
        ("2026-09-30 09:00", "2", "工作日", "2026-10-09 09:00", "Wednesday, Thursday 8th"),
        ("2026-10-09 09:00", "2", "工作日", "2026-10-12 09:00", "Saturday 10 October is worked (调休)"),
        ("2026-10-10 08:00", "4", "工作时", "2026-10-10 12:00", "a make-up Saturday counts"),
        ("2026-10-10 17:00", "4", "工作时", "2026-10-12 11:00", "the Sunday after it does not"),
        ("2026-02-13 17:00", "2", "工作时", "2026-02-14 09:00", "Saturday 14 February is worked before 春节"),
        ("2026-11-24 23:30", "2", "紧急工作时", "2026-11-25 01:30", "24 × 7"),
        ("2026-10-01 00:00", "1", "紧急工作日", "2026-10-02 00:00", "also on a holiday"),
        ("2026-11-28 10:00", "3", "自然日", "2026-12-01 10:00", "continuous days"),
        ("2026-11-24 09:00", "1/2", "工作时", "2026-11-24 09:30", "half an hour"),
        ("2026-11-24 19:50", "30", "值班分钟", "2026-11-25 08:20", "值班时段 end at 20:00"),
        ("2026-11-28 19:50", "30", "值班分钟", "2026-11-29 08:20", "of all days"),
    ],
)  # fmt: skip
def test_a_handling_limit_ends(sent, amount, unit, ends, why):
    assert due(dispatched(sent, amount, unit).state) == ends, why


@pytest.mark.parametrize(
    ("sent", "ends"),
    [("2026-02-20 09:00", "2026-03-03 18:00"), ("2026-03-30 09:00", "2026-04-01 09:00")],
)
def test_a_seasonal_limit_runs_in_its_season_only(sent, ends):
    """2 工作日 of the planting season 03-01..05-31: sent in February it begins on Monday 2 March."""
    assert due(dispatched(sent, "2", "工作日", "03-01..05-31").state) == ends


@pytest.mark.parametrize(
    ("amount", "unit", "paused", "until", "ends"),
    [
        ("4", "工作时", "2026-11-24 11:00", "2026-11-26 15:00", "2026-11-26 17:00"),  # 2 of 4 hours used
        ("4", "工作时", "2026-11-24 12:30", "2026-11-29 03:00", "2026-11-30 09:00"),  # back on a Sunday night
        (
            "2",
            "工作日",
            "2026-11-24 18:00",
            "2026-12-31 09:00",
            "2027-01-01 10:00",
        ),  # into a year not announced
        ("8", "紧急工作时", "2026-11-24 10:00", "2026-11-25 00:00", "2026-11-25 07:00"),
    ],
)
def test_a_suspended_limit_goes_on_with_what_was_left(amount, unit, paused, until, ends):
    case = dispatched("2026-11-24 09:00", amount, unit)
    at = china(paused)
    ask = requests.suspend(case.state, CLEANER, case.env(at), until=china(until), note="等", evidence=[])
    case.write(ask, CLEANER, at)
    case.write(requests.decide_suspend(case.state, LEADER, case.env(at), granted=True), LEADER, at)
    at = china(until)
    case.write(requests.resume(case.state, SYSTEM, case.env(at)), SYSTEM, at)
    assert due(case.state) == ends


@pytest.mark.parametrize(
    ("at", "urgent", "expected"),
    [
        ("2026-11-24 09:00", False, "2026-11-24 09:15"),
        ("2026-11-24 19:55", False, "2026-11-25 08:10"),
        ("2026-11-29 03:00", False, "2026-11-29 08:15"),
        ("2026-11-29 03:00", True, "2026-11-29 03:07"),
    ],
)
def test_a_stage_limit_of_the_centres_runs_in_duty_hours_of_all_days(at, urgent, expected):
    """派遣 15 值班分钟; of an urgent case half of it, day and night (workflow.md §2 default suggestion)."""
    assert due(filed(at, "4", "工作时", urgent=urgent)[0].state, ClockKind.DISPATCH) == expected


def test_the_whole_round_crosses_the_holiday():
    """Filed Wednesday 30 September 17:00: 派遣 15 min, 4 工作时 end on 8 October at 11:15, then 15+15+60+15 min."""
    assert due(filed("2026-09-30 17:00", "4", "工作时")[0].state, ClockKind.CASE) == "2026-10-08 13:00"


# -- a year that was not announced yet ---


def announced(days: dict[date, bool], years: set[int]) -> Calendar:
    shipped = shipped_days()
    return Calendar(
        days={day.date: day.is_workday for day in shipped.values()} | days,
        announced={day.year for day in shipped} | years,
        fallback=Fallback.WEEKENDS,
    )


@pytest.mark.parametrize(
    ("days", "ends"),
    [
        ({}, "2027-01-04 09:00"),  # as the week has it: Friday 1 January counts
        ({date(2027, 1, 1): False}, "2027-01-05 09:00"),  # 元旦 is a Friday
        ({date(2027, 1, 1): False, date(2027, 1, 3): True}, "2027-01-04 09:00"),  # and Sunday makes up for it
    ],
)
def test_a_provisional_limit_follows_the_announced_year(days, ends):
    case = dispatched("2026-12-31 09:00", "2", "工作日")
    state = case.state
    assert due(state) == "2027-01-04 09:00" and state.clocks[-1].provisional
    at = china("2026-12-31 10:00")
    env = Env(at, announced(days, {2027}), Policy())
    for op in clocks.recompute(state, env):
        assert "provisional" not in op
    draft = Draft(Step.RECOMPUTE, {"clocks": clocks.recompute(state, env)})
    case.write(draft, CAST[0], at)
    assert due(case.state) == ends
    assert not any(clock.provisional for clock in case.state.clocks)
    assert clocks.recompute(case.state, env) == []


def test_the_extension_of_a_provisional_limit_is_reckoned_anew_as_a_whole():
    """1 工作日 from 30 December 09:00, extended once: due 1 January by the week; with 元旦 off, 4 January."""
    case = dispatched("2026-12-30 09:00", "1", "工作日")
    at = china("2026-12-30 10:00")
    extended = Draft(Step.DECIDE_EXTEND, {"granted": True, "wish": 0, "leg": 1,
                                          "clocks": clocks.extend(case.state, case.env(at), 1)})  # fmt: skip
    case.write(extended, DISPATCHER, at)
    assert due(case.state) == "2027-01-01 09:00"
    env = Env(at, announced({date(2027, 1, 1): False}, {2027}), Policy())
    case.write(Draft(Step.RECOMPUTE, {"clocks": clocks.recompute(case.state, env)}), DISPATCHER, at)
    assert due(case.state) == "2027-01-04 09:00"


def test_what_was_late_by_its_own_calendar_is_left_as_it_was():
    case = dispatched("2026-11-24 09:00", "4", "工作时")
    late = replace(case.state, clocks=tuple(replace(clock, overdue=True) for clock in case.state.clocks))
    env = Env(china("2026-11-25 09:00"), announced({date(2026, 11, 24): False}, set()), Policy())
    assert clocks.recompute(late, env) == []


@pytest.mark.parametrize("percent", [50, 80, 100])
def test_a_reminder_falls_at_its_percent(percent):
    """10 工作时 from 08:00: half at 15:00, 80 % at 18:00, all at 10:00 of the next day."""
    policy = replace(Policy(), remind_percents=(percent,))
    env = Env(china("2026-11-24 08:00"), shipped_calendar(), policy)
    op = clocks.start(env, ClockKind.HANDLE, "10", "工作时", leg=1)
    moment = {50: "2026-11-24 15:00", 80: "2026-11-24 18:00", 100: "2026-11-25 10:00"}[percent]
    assert op["remind"] == stamp(china(moment))


def test_every_step_can_be_tried_in_memory():
    """The table of the random walks is complete: a step nobody tries is a guard nobody tests."""
    paired = {Step.REPORT, Step.MERGE, Step.ADOPT, Step.UNMERGE, Step.ABANDON}
    assert set(RULES) == set(Step) - paired
    assert WORDS.word
