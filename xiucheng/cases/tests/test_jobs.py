"""What happens by itself: the watcher, killed, late and doubled; clocks under a calendar announced later."""

import threading
from datetime import date

import pytest
from django.db import connection

from xiucheng.cases import actions, jobs
from xiucheng.cases.models import Case, CaseEvent, Notice
from xiucheng.cases.tests.loop import COVER, Loop, china, clock_at, limit, photo
from xiucheng.kernel import calendar, stamps
from xiucheng.kernel.models import Stamp
from xiucheng.kernel.workdays import DayRow

pytestmark = pytest.mark.django_db


def suspended(cast, departments, until="2026-12-01 09:00") -> Loop:
    loop = Loop(cast, departments, at="2026-11-24 08:30", category=COVER).dispatched(row=limit("4 工作时"))
    loop(actions.suspend, "经办人_环卫", until=china(until), note="等迁改", photos=[photo(5)])
    return loop(actions.decide_suspend, "值班长_五华", granted=True)


def watch(at: str) -> None:
    with clock_at(china(at)):
        jobs.look(china(at))


def test_a_suspension_ends_at_its_term(cast, departments):
    loop = suspended(cast, departments)
    watch("2026-12-01 08:59")
    assert loop.leg("环卫").state == "suspended"
    watch("2026-12-01 09:00")
    watch("2026-12-01 09:01")
    assert (loop.leg("环卫").state, loop.due("handle", "环卫"), loop.steps.count("resume")) == (
        "sent", "2026-12-01 15:00", 1,
    )  # fmt: skip


def test_a_late_worker_changes_no_deadline(cast, departments):
    loop = suspended(cast, departments)
    watch("2026-12-03 16:00")
    event = CaseEvent.unscoped.get(chain=loop.id, step="resume")
    assert (loop.due("handle", "环卫"), event.at) == ("2026-12-01 15:00", china("2026-12-01 09:00"))


def test_a_late_worker_writes_after_what_was_written_meanwhile(cast, departments):
    loop = suspended(cast, departments)
    loop.at("2026-12-01 10:00")(actions.note, "经办人_环卫", note="已迁改")
    watch("2026-12-01 12:00")
    event = CaseEvent.unscoped.get(chain=loop.id, step="resume")
    assert (loop.due("handle", "环卫"), event.at) == ("2026-12-01 15:00", china("2026-12-01 10:00"))


def test_a_question_expires_and_the_clock_goes_on(cast, departments):
    loop = Loop(cast, departments, at="2026-11-24 09:00").accepted()
    loop(actions.ask, "受理员_五华", note="哪一侧？")
    watch("2026-11-27 08:59")
    assert loop.clock("file").paused_at
    watch("2026-11-27 09:00")
    assert (loop.steps[-1], loop.due("file")) == ("expire_ask", "2026-11-27 09:15")


def test_each_leg_is_reminded_once_for_each_percent(cast, departments):
    loop = Loop(cast, departments, at="2026-11-24 08:30", category=COVER)
    loop.dispatched("环卫", ("排水",), row=limit("4 工作时"))
    for moment in ("10:29", "10:30", "10:31", "11:42", "11:43", "14:30", "14:31", "17:00"):
        watch(f"2026-11-24 {moment}")
    events = CaseEvent.unscoped.filter(chain=loop.id, step="remind").order_by("seq")
    said = sorted((event.data["legs"], event.data["percent"]) for event in events)
    assert said == [([leg], percent) for leg in (1, 2) for percent in (50, 80, 100)]
    for name in ("环卫", "排水"):
        told = Notice.objects.filter(department=departments[name], msgid__contains="用去")
        assert sorted(notice.values["percent"] for notice in told) == [50, 80, 100]
    assert loop.due("handle", "环卫") == "2026-11-24 14:30"  # a message, nothing else


def test_what_ended_is_left_alone(cast, departments):
    loop = suspended(cast, departments)
    loop(actions.void, "值班长_五华", reason="误报", note="没有")(
        actions.sign_void, "领导_五华", granted=True
    )
    before = loop.events
    watch("2027-01-01 09:00")
    assert loop.events == before


def test_one_case_that_fails_stops_no_other(cast, departments, monkeypatch):
    broken, well = suspended(cast, departments, "2026-11-30 09:00"), suspended(cast, departments)
    real = jobs.resume

    def resume(*, case_id, **options):
        if case_id == broken.id:
            raise OSError("the disk of this case")
        return real(case_id=case_id, **options)

    monkeypatch.setattr(jobs, "resume", resume)
    watch("2026-12-01 09:00")
    assert (broken.leg("环卫").state, well.leg("环卫").state) == ("suspended", "sent")
    monkeypatch.undo()
    watch("2026-12-01 09:01")  # the next minute, after the kill
    assert broken.due("handle", "环卫") == "2026-11-30 15:00"


# -- a year is announced ---

NEW_YEAR = [DayRow(date(2027, 1, day), day == 3, "元旦") for day in (1, 2, 3)]  # Sunday the 3rd is worked


@pytest.fixture
def provisional(cast, departments):
    """2 工作日 from Thursday 2026-12-31, 09:00: by the week, Friday counts."""
    loop = Loop(cast, departments, at="2026-12-31 09:00", category=COVER).dispatched(row=limit("2 工作日"))
    assert (loop.due("handle", "环卫"), loop.clock("handle", "环卫").provisional) == (
        "2027-01-04 09:00",
        True,
    )
    return loop


def announce(days=NEW_YEAR):
    return calendar.announce_year(year=2027, days=days, source="国办发明电〔2026〕9号", by="管理员")


def test_a_provisional_deadline_is_reckoned_anew_when_its_year_is_announced(provisional):
    change = announce()
    assert change.recompute
    with clock_at(china("2026-12-31 10:00")):
        assert jobs.reckon_anew() == 1
        assert jobs.reckon_anew() == 0
    clock = provisional.clock("handle", "环卫")  # Thursday, then Sunday, then Monday
    assert (provisional.due("handle", "环卫"), clock.provisional) == ("2027-01-04 09:00", False)
    assert provisional.steps[-1] == "recompute"
    assert not provisional.clock("case").provisional


def test_the_deadline_moves_with_the_holiday(provisional):
    announce([DayRow(date(2027, 1, day), False, "元旦") for day in (1, 2, 3, 4)])
    with clock_at(china("2026-12-31 10:00")):
        jobs.reckon_anew()
    assert provisional.due("handle", "环卫") == "2027-01-06 09:00"
    assert provisional.clock("handle", "环卫").remind_at == china("2027-01-05 09:00")


def test_a_day_edited_in_a_year_announced_moves_running_clocks_too(cast, departments):
    loop = Loop(cast, departments, at="2026-11-24 08:30", category=COVER).dispatched(row=limit("2 工作日"))
    calendar.edit_day(day=date(2026, 11, 25), is_workday=False, by="管理员")
    with clock_at(china("2026-11-24 10:00")):
        jobs.reckon_anew()
    assert loop.due("handle", "环卫") == "2026-11-27 08:30"


def test_the_watcher_notices_another_calendar_by_itself(provisional, monkeypatch):
    announced: list[str] = []
    monkeypatch.setattr(jobs.jobs, "defer", lambda task, **_options: announced.append(task.name))
    announce()
    watch("2026-12-31 10:00")
    assert announced == ["xiucheng.cases.jobs.recompute_clocks"]
    with clock_at(china("2026-12-31 10:00")):
        jobs.reckon_anew()
    stamps.forget()
    watch("2026-12-31 10:01")
    assert len(announced) == 1
    assert Stamp.objects.filter(name=jobs.FOLLOWED).exists()


# -- two workers ---


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_everything_once(cast, departments):
    loops = [suspended(cast, departments) for _ in range(6)]
    now = china("2026-12-01 09:00")
    errors: list[BaseException] = []

    def work() -> None:
        try:
            jobs.end_suspensions(now)
            jobs.send_reminders(now)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not errors
    assert [loop.steps.count("resume") for loop in loops] == [1] * 6
    assert Case.unscoped.filter(due_at__isnull=True, ended_at__isnull=True).count() == 0


def test_the_watcher_is_called_every_minute():
    from procrastinate.contrib.django import app

    assert ("* * * * *", "xiucheng.cases.jobs.watch") in {
        (periodic.cron, periodic.task.name) for periodic in app.periodic_registry.periodic_tasks.values()
    }
