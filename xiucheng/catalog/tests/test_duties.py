"""权责清单: who gets a case, the sentence that says why, what is missing from the list."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from xiucheng.catalog import actions, queries, snapshot
from xiucheng.catalog.models import Duty
from xiucheng.kernel import stamps
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Department
from xiucheng.people.tests.city import POINTS
from xiucheng.territory import queries as territory

POTHOLE, COVER = "GB/T 47678.5-2026/matter/06013", "GB/T 47678.5-2026/matter/01003"  # 道路破损, 雨水井盖异常
MARKET = "GB/T 47678.5-2026/matter/09001"  # 无照经营游商
START = date(2026, 1, 1)


@pytest.fixture
def listed(cast, departments, categories):
    """道路破损 in 五华: 市政 leads, 排水 helps; in 华山街道 the other way round."""
    given = {"category": categories[POTHOLE], "by": cast["系统管理员"], "valid_from": START}
    county = actions.set_duty(
        division_code="530102",
        lead=departments["市政"],
        cooperating=[departments["排水"], departments["市政"]],
        legal_basis="城市道路管理条例第二十条",
        **given,
    )
    street = actions.set_duty(division_code="530102001", lead=departments["排水"], **given)
    return county, street


def ask(category, point):
    return queries.duty_for(category, territory.locate(*POINTS[point], on=timezone.localdate(), border_m=100))


@pytest.mark.parametrize(
    ("key", "point", "lead", "rule", "why"),
    [
        (POTHOLE, "护国", "市政", "duty", "五华区"),
        (POTHOLE, "甲", "排水", "duty", "华山街道"),
        (POTHOLE, "边界_盘龙", "盘龙市政", "kind", "市政"),
        (COVER, "甲", "排水", "kind", "主管部门类别"),
        (MARKET, "甲", "城管执法", "kind", "城管"),
        (MARKET, "边界_盘龙", "盘龙区城管局", "fallback", "兜底单位"),
        ("GB/T 47678.5-2026/component/01051", "甲", "华山街道办", "fallback", "按属地"),
        ("GB/T 47678.5-2026/component/01051", "无网格", "五华区城管局", "fallback", "按属地"),
    ],
)
def test_each_routing_explains_itself(listed, categories, departments, key, point, lead, rule, why):
    found = ask(categories[key], point)
    assert (Department.objects.get(pk=found.lead).short, found.rule) == (lead, rule)
    assert why in found.why and lead in found.why
    assert (found.duty_id is not None) == (rule == "duty")


def test_the_lead_is_not_its_own_helper(listed, categories, departments):
    assert ask(categories[POTHOLE], "护国").cooperating == (departments["排水"].pk,)


def test_a_component_goes_where_its_matter_goes_and_an_old_name_where_the_new_one_goes(
    cast, departments, categories
):
    actions.set_duty(
        category=categories[COVER],
        division_code="530102",
        lead=departments["环卫"],
        by=None,
        valid_from=START,
    )
    component = categories["GB/T 47678.5-2026/component/01003"]
    assert ask(component, "甲").lead == departments["环卫"].pk
    old = next(
        row
        for row in categories.values()
        if row.standard.startswith("GB/T 30428") and row.maps_to == ["06013"]
    )
    actions.set_duty(
        category=categories[POTHOLE],
        division_code="530102",
        lead=departments["环卫"],
        by=None,
        valid_from=START,
    )
    assert ask(old, "甲").lead == departments["环卫"].pk


def test_asking_costs_no_statement(listed, categories, django_assert_num_queries):
    ask(categories[POTHOLE], "甲")
    with stamps.held(), django_assert_num_queries(0):
        queries.parse_category("matter/06013")
        queries.standards_for(categories[POTHOLE])
        queries.duty_for(categories[POTHOLE].pk, "530102001001")


def test_a_later_row_ends_the_one_before(listed, cast, categories, departments):
    county, _street = listed
    day = date(2026, 12, 1)
    again = {"category": categories[POTHOLE], "division_code": "530102", "by": cast["系统管理员"]}
    actions.set_duty(lead=departments["城管执法"], valid_from=day, **again)
    assert queries.duty_for(categories[POTHOLE], "530102002", day - timedelta(days=1)).duty_id == county.pk
    assert queries.duty_for(categories[POTHOLE], "530102002", day).lead == departments["城管执法"].pk
    with pytest.raises(Refused) as refusal:
        actions.set_duty(lead=departments["市政"], valid_from=day, **again)
    assert (refusal.value.status, refusal.value.field) == (409, "valid_from")


@pytest.mark.parametrize("who", ["安全管理员", "审计员", "派遣员_五华", "领导_五华"])
def test_only_the_system_administrator_keeps_the_list(cast, departments, categories, who):
    with pytest.raises(Refused) as refusal:
        actions.set_duty(
            category=categories[POTHOLE], division_code="530102", lead=departments["市政"], by=cast[who]
        )
    assert refusal.value.status == 403
    assert not Duty.objects.exists()


def test_a_division_code_that_cannot_be_one_is_refused(cast, departments, categories):
    with pytest.raises(Refused) as refusal:
        actions.set_duty(
            category=categories[POTHOLE], division_code="53010", lead=departments["市政"], by=None
        )
    assert (refusal.value.status, refusal.value.field) == (422, "division_code")


def test_a_ruling_is_a_draft_that_routes_nothing_until_adopted(listed, cast, categories, departments):
    _county, street = listed
    draft = actions.draft_duty(
        category_key=POTHOLE,
        division_code="530102001",
        lead=departments["环卫"],
        basis="协调会纪要第三条",
        ruling="53010220261124000191",
    )
    assert ask(categories[POTHOLE], "甲").duty_id == street.pk
    with pytest.raises(Refused):
        actions.adopt_duty(duty=draft, by=cast["领导_五华"])
    actions.adopt_duty(duty=draft, by=cast["系统管理员"])
    found = ask(categories[POTHOLE], "甲")
    assert (found.duty_id, found.lead) == (draft.pk, departments["环卫"].pk)
    with pytest.raises(Refused) as refusal:
        actions.adopt_duty(duty=draft, by=cast["系统管理员"])
    assert refusal.value.status == 409


def test_a_department_switched_off_leads_nothing(listed, categories, departments):
    street_lead = departments["排水"]
    street_lead.active = False
    street_lead.save()
    assert ask(categories[POTHOLE], "甲").lead == departments["市政"].pk, "the county's row is next"


def test_a_named_fallback_goes_before_a_marked_one(cast, departments):
    assert queries.fallback_for("530102001001") == departments["华山街道办"].pk
    actions.set_fallback(division_code="530102001", department=departments["环卫"], by=None, valid_from=START)
    assert queries.fallback_for("530102001001") == departments["环卫"].pk
    assert queries.fallback_for("530102002") == departments["五华区城管局"].pk


def test_where_nobody_is_registered_the_administrator_is_told(categories, cast):
    with pytest.raises(Refused) as refusal:
        queries.duty_for(categories[POTHOLE], "532301001")
    assert refusal.value.status == 409
    assert "登记" in refusal.value.sentence


def test_holes_are_categories_times_counties_less_what_is_listed(listed, categories, departments):
    holes = queries.duty_holes()
    assert len(holes) == 256 * 2 - 1
    missing = {(hole.category.key, hole.county) for hole in holes}
    assert (POTHOLE, "530102") not in missing and (POTHOLE, "530103") in missing
    assert all(hole.falls_to and hole.why for hole in holes), "never nobody"
    assert {hole.county for hole in queries.duty_holes(counties=["530103"])} == {"530103"}


def test_a_change_by_another_process_is_seen(listed, categories, departments):
    before = snapshot.current()
    Duty.objects.filter(division_code="530102001").update(
        lead=departments["城管执法"]
    )  # no signal: as from outside
    stamps.forget()  # the second that passes
    assert snapshot.current() is not before
    assert ask(categories[POTHOLE], "甲").lead == departments["城管执法"].pk
