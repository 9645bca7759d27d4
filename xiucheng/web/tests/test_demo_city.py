"""The demo city: everything a city has, made by the real rules, the same again from the same seed."""

import json
import stat
from collections import Counter
from datetime import date, timedelta
from itertools import groupby
from time import monotonic

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import Exists, OuterRef

from demo import accounts, building
from demo.signature import signature
from demo.spec import SEED, Wanted
from xiucheng.cases import actions
from xiucheng.cases.models import Case, CaseEvent, Clock, Leg, Receipt, Reporter, Request
from xiucheng.cases.projection import fold
from xiucheng.cases.store import record_of, state_of
from xiucheng.cases.words import Stage
from xiucheng.catalog import queries as catalog
from xiucheng.catalog.rules import GB2026
from xiucheng.kernel import numbering
from xiucheng.people.models import Department, Person, Post
from xiucheng.people.rules import Role
from xiucheng.territory.models import Division, UnitGrid
from xiucheng.web.tests import small_city


@pytest.fixture(scope="module")
def city(django_db_setup, django_db_blocker, quick_hashes, tmp_path_factory):
    """The small city, built once for this module; seconds it took."""
    path = tmp_path_factory.mktemp("city")
    with django_db_blocker.unblock(), small_city.folder(path), small_city.undone():
        began = monotonic()
        small_city.build()
        yield monotonic() - began


def test_it_is_built_within_a_minute_and_marked_at_the_end(city):
    assert city < 60
    assert building.marked(building.BUILT)
    assert Case.unscoped.count() == small_city.SMALL.cases


def test_a_city_that_stands_is_not_built_again(city):
    with pytest.raises(building.AlreadyBuilt):
        small_city.build()


def test_every_stage_of_the_loop_has_cases(city):
    assert set(Case.unscoped.values_list("stage", flat=True)) == {stage.value for stage in Stage}


def test_every_class_of_matters_has_cases(city):
    keys = Case.unscoped.exclude(category="").values_list("category", flat=True).distinct()
    assert {catalog.parse_category(key).class_code for key in keys} == {f"{n:02d}" for n in range(1, 11)}
    assert {catalog.parse_category(key).standard for key in keys} == {GB2026}


def test_whatever_can_happen_to_a_case_did(city):
    steps = set(CaseEvent.unscoped.values_list("step", flat=True))
    wanted = {
        "refuse", "ask", "answer_ask", "expire_ask", "request_verify", "answer_verify", "decline", "merge", "adopt",
        "unmerge", "self_handle", "return", "decide_return", "confirm_return", "arbitrate", "extend", "review_extend",
        "decide_extend", "suspend", "decide_suspend", "split", "supervise", "answer_supervise", "remind", "send_back",
        "rework", "void", "sign_void", "reopen", "appeal", "review_appeal", "decide_appeal", "rate", "mark_urgent",
    }  # fmt: skip
    assert wanted - steps == set()
    assert Leg.unscoped.filter(overdue=True).exists() and Leg.unscoped.filter(excused=True).exists()
    assert Leg.unscoped.filter(state="suspended").exists()
    pending = set(Request.unscoped.filter(awaits__gt="").values_list("awaits", flat=True))
    roles = {"reporter", "department_head", "dispatcher", "shift_leader", "leader", "department", "intake"}
    assert pending == roles


def test_the_rows_are_the_fold_of_the_events(city):
    events = CaseEvent.unscoped.order_by("chain", "seq")
    folded = {chain: list(found) for chain, found in groupby(events, key=lambda event: event.chain)}
    assert len(folded) == small_city.SMALL.cases
    for case in Case.unscoped.all():
        assert fold(record_of(event) for event in folded[case.pk]) == state_of(case)
        assert bytes(case.head_hash) == bytes(folded[case.pk][-1].hash)


def test_the_ledger_is_whole_and_anchored(city, capsys):
    call_command("verify_ledger", "--json")
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["chains"]) == (True, small_city.SMALL.cases)
    assert found["anchors"] >= 1


def test_nothing_happens_after_the_clock_stopped_or_before_its_report(city):
    assert not CaseEvent.unscoped.filter(at__gt=small_city.NOW).exists()
    last: dict[object, object] = {}
    for event in CaseEvent.unscoped.order_by("pk").values_list("chain", "at", "seq"):
        assert last.get(event[0], event[1]) <= event[1]  # type: ignore[operator]
        last[event[0]] = event[1]


def test_live_numbers_go_on_behind_it(city):
    cases = Case.unscoped.filter(case_number__isnull=False).values_list("county", "case_number")
    taken = Counter((county, (number or "")[6:14]) for county, number in cases)
    (county, day), count = taken.most_common(1)[0]
    with transaction.atomic():
        (number,) = numbering.case_numbers(county, date.fromisoformat(day), 1)
        transaction.set_rollback(True)
    assert number == f"{county}{day}{count + 1:05d}"
    newest = Case.unscoped.order_by("-reported_at", "-number").values_list("number", flat=True)[0]
    assert numbering.receipt_numbers([small_city.NOW.date()])[0] > newest


def test_each_report_has_its_receipt_and_public_ones_their_reporter(city):
    assert Receipt.objects.count() == small_city.SMALL.cases
    public = Case.unscoped.filter(channel__in=("web", "hotline", "open311", "media", "agency"))
    assert public.exists() and not public.filter(reporter__isnull=True).exists()
    assert all(row.phone in ("",) or row.phone.startswith("1380000") for row in Reporter.objects.all())


def test_some_cases_lie_outside_the_grids_and_some_near_a_border(city):
    assert Case.unscoped.filter(unit_grid__isnull=True).exists()
    assert Case.unscoped.exclude(near=[]).exists()
    known = set(UnitGrid.objects.values_list("code", flat=True))
    assert set(Case.unscoped.exclude(unit_grid=None).values_list("unit_grid", flat=True)) <= known


def test_no_place_and_no_matter_falls_to_nobody(city):
    holes = catalog.duty_holes(kind="matter")
    assert holes and all(hole.falls_to for hole in holes)
    for community in Division.objects.filter(level=12)[:40]:
        for matter in catalog.categories(kind="matter", standard=GB2026)[::25]:
            assert catalog.duty_for(matter, community.code).lead
    assert not Department.objects.filter(synthetic=False).exists()


def test_the_accounts_open_every_role_and_the_whole_loop_of_one_county(city):
    rows = accounts.accounts()
    assert {row["role"] for row in rows} == {role.value for role in Role}
    assert stat.S_IMODE(accounts.place().stat().st_mode) == 0o600
    assert all(set(row) == {"username", "password", "role", "department", "division"} for row in rows)
    one = rows[0]
    assert Person.objects.get(username=one["username"]).check_password(one["password"])
    reachable = {row["department"] for row in rows if row["role"] == "department"}
    for matter in catalog.categories(kind="matter", standard=GB2026):
        lead = catalog.duty_for(matter, "530102001").lead
        assert Department.objects.get(pk=lead).name in reachable


def test_only_those_with_an_account_are_on_duty_among_inspectors(city):
    named = {row["username"] for row in accounts.accounts()}
    on_duty = Post.objects.filter(role="inspector", on_duty=True).values_list("person__username", flat=True)
    assert set(on_duty) <= named and len(on_duty) >= 4


def test_a_waiting_case_goes_on_by_the_live_actions(city):
    case = Case.unscoped.filter(stage="reported", county="530102").exclude(wish_open()).first()
    assert case is not None
    intake = Post.objects.filter(role="intake", scope_codes=["530102"])[0]
    with transaction.atomic():
        done = actions.accept(case_id=case.pk, by=intake)
        assert done.stage == "accepted"
        transaction.set_rollback(True)


def wish_open() -> Exists:
    """Something about the outer case waits for somebody's word."""
    return Exists(Request.unscoped.filter(case=OuterRef("pk"), awaits__gt=""))


def test_clocks_of_the_open_run_and_of_the_ended_do_not(city):
    running = Clock.unscoped.filter(stopped_at=None)
    assert running.filter(case__ended_at=None).exists()
    assert not running.filter(case__ended_at__isnull=False).exists()


class Killed(BaseException):
    """As kill -9 would: nothing may catch it."""


@pytest.mark.django_db
def test_a_killed_build_goes_on_and_gives_the_same_city(tmp_path, quick_hashes):
    with small_city.folder(tmp_path), small_city.undone():
        small_city.build()
        whole = signature()
    with small_city.folder(tmp_path / "again"), small_city.undone():
        said: list[str] = []

        def die_in_the_year(text: str) -> None:
            said.append(text)
            if " / " in text or text.startswith("▸ 锚定"):
                raise Killed

        for _start in range(3):
            try:
                small_city.build(die_in_the_year)
            except Killed:
                continue
            break
        assert any(text.startswith("▸ 锚定") for text in said)
        if not building.marked(building.BUILT):
            small_city.build()
        assert signature() == whole


@pytest.mark.slow
@pytest.mark.django_db
def test_the_whole_city_is_built_in_five_minutes(tmp_path, quick_hashes):
    with small_city.folder(tmp_path), small_city.undone():
        seconds = building.build(Wanted(seed=SEED, now=small_city.NOW))
        assert sum(seconds.values()) < 300
        assert Case.unscoped.count() >= 6000
        assert 150 <= Case.unscoped.filter(ended_at=None).count() <= 250
        old = Case.unscoped.filter(reported_at__lt=small_city.NOW - timedelta(days=14))
        assert old.exclude(ended_at=None).count() >= 0.95 * old.count()
