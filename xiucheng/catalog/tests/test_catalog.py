# mypy: disable-error-code="union-attr, arg-type, operator"
"""The shipped catalogue: its counts, its traps, its limits."""

import csv
import shutil
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from xiucheng.catalog import actions, queries, rules
from xiucheng.catalog.models import Category, Standard, Term
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.windows import parse_season
from xiucheng.kernel.worktime import Limit

TODAY = date(2026, 11, 24)
G26, G13, C07 = rules.GB2026, rules.GB2013, rules.CJ2007


def test_everything_is_there(db):
    assert Category.objects.count() == 746
    assert Standard.objects.count() == 857
    assert Term.objects.count() == 265
    counts = {
        (G26, "component"): 153,
        (G26, "matter"): 250,
        (G13, "component"): 119,
        (G13, "matter"): 77,
        (C07, "component"): 86,
        (C07, "matter"): 55,
        (rules.LOCAL, "matter"): 6,
    }
    assert {key: Category.objects.filter(standard=key[0], kind=key[1]).count() for key in counts} == counts


def test_loading_again_changes_nothing(db):
    before = list(Standard.objects.order_by("pk").values()), list(Category.objects.order_by("pk").values())
    assert actions.load_catalog().new == 0
    assert before == (
        list(Standard.objects.order_by("pk").values()),
        list(Category.objects.order_by("pk").values()),
    )


@pytest.mark.parametrize(
    ("key", "name", "class_name"),
    [
        # event classes 04 and 05 changed places between 2007 and 2013: codes.md §1 [H]
        (f"{C07}/matter/0401", "路面塌陷", "突发事件"),
        (f"{G13}/matter/0401", "无照经营游商", "街面秩序"),
        (f"{C07}/matter/0501", "无照经营游商", "街面秩序"),
        (f"{G13}/matter/0501", "供水管道破裂", "突发事件"),
        (f"{G13}/matter/0505", "路面塌陷", "突发事件"),
        # the same code is a component and a matter
        (f"{G26}/component/01001", "供水井盖", "市政公用设施"),
        (f"{G26}/matter/01001", "供水井盖异常", "市政公用设施类"),
        ("matter/99999", "供水管道破裂", "应急事件(本地扩展)"),
    ],
)
def test_one_code_means_what_its_standard_and_kind_say(db, key, name, class_name):
    found = queries.parse_category(key, on=TODAY)
    assert (found.name, found.class_name) == (name, class_name)


@pytest.mark.parametrize("code", ["01002", "06003", "09999"])
def test_numbers_that_2026_leaves_out_stay_unknown_or_known_as_listed(db, code):
    """Component 01016, matters 06031, 07005, 09007 are not used: codes.md §1 [H]."""
    for kind, missing in (
        ("component", "01016"),
        ("matter", "06031"),
        ("matter", "07005"),
        ("matter", "09007"),
    ):
        assert queries.category(G26, kind, missing) is None


@pytest.mark.parametrize(
    ("text", "on", "standard"),
    [
        ("matter/01001", TODAY, G26),
        ("matter/0401", date(2026, 6, 30), G13),
        ("matter/0401", date(2010, 1, 1), C07),
    ],
)
def test_a_key_without_a_standard_means_the_one_in_force(db, text, on, standard):
    assert queries.parse_category(text, on=on).standard == standard


@pytest.mark.parametrize(
    "text",
    ["01001", "matter/55555", "component/06001", "x/matter/01001", "matter/0401", "matter/01001/", "\0"],
)
def test_what_is_no_category_is_422_with_its_field(db, text):
    with pytest.raises(Refused) as refusal:
        queries.parse_category(text, on=TODAY)
    assert (refusal.value.status, refusal.value.field) == (422, "category")


def test_an_old_code_without_its_standard_is_told_both_meanings(db):
    with pytest.raises(Refused) as refusal:
        queries.parse_category("matter/0401", on=TODAY)
    assert f"{C07}/matter/0401 路面塌陷" in refusal.value.sentence
    assert f"{G13}/matter/0401 无照经营游商" in refusal.value.sentence


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"{G13}/matter/0401", [f"{G26}/matter/09001"]),
        (f"{C07}/matter/0501", [f"{G26}/matter/09001"]),
        (f"{G13}/matter/0131", [f"{G26}/matter/06014", f"{G26}/matter/06030"]),
        (f"{G13}/matter/0501", ["local/matter/99999"]),
        (f"{G13}/matter/0506", ["local/matter/99994"]),
        (f"{C07}/matter/0401", ["local/matter/99995"]),
        (f"{C07}/matter/0409", []),
        (f"{G26}/matter/01001", [f"{G26}/matter/01001"]),
    ],
)
def test_old_categories_map_to_those_of_today(categories, old, new):
    assert [row.key for row in queries.successors(categories[old])] == new


def limits(category, **more):
    return [(row.amount_text, row.unit) for row in queries.standards_for(category, on=TODAY, **more)]


def test_an_abnormal_matter_takes_the_limits_of_its_component(categories):
    component, matter = categories[f"{G26}/component/01001"], categories[f"{G26}/matter/01001"]
    rows = queries.standards_for(matter, on=TODAY)
    assert rows == queries.standards_for(component, on=TODAY)
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert limits(matter)[:4] == [("2", "紧急工作时"), ("4", "工作时"), ("2", "工作日"), ("5", "工作日")]
    assert rows[0].urgent and not rows[1].urgent
    assert queries.limit_for(rows[1]) == Limit.of(4, "工作时")


@pytest.mark.parametrize(("old", "local"), list(rules.EMERGENCIES.items()))
def test_the_emergencies_of_2013_bring_their_limits(categories, old, local):
    was, now = categories[f"{G13}/matter/{old}"], categories[f"local/matter/{local}"]
    assert was.name.replace("（", "、").replace("）", "") == now.name
    assert limits(now) == limits(was) != []
    assert any(row.urgent for row in queries.standards_for(now, on=TODAY))


def test_only_two_categories_in_force_have_no_limit(db):
    """06051 and 06052: «cannot be filed until one is given» (practice 11)."""
    assert [row.code for row in queries.limit_holes(on=TODAY)] == ["06051", "06052"]


def test_every_limit_counts_for_what_its_row_says(db):
    with (actions.SHIPPED / "time_limits.csv").open(encoding="utf-8-sig", newline="") as sheet:
        rows = list(csv.DictReader(sheet))
    assert len(rows) == 857
    stored = {row.position: row for row in Standard.objects.select_related("category")}
    for position, cells in enumerate(rows, start=1):
        row = stored[position]
        assert (row.amount_text, row.unit) == (cells["time_limit_value"], cells["time_limit_unit"])
        assert row.filing_condition == cells["filing_condition"].strip()
        if cells["code_2026"] and "|" not in cells["code_2026"]:
            assert row.category.code == cells["code_2026"]


def test_a_season_is_one_that_the_clock_understands(db):
    seasons = Standard.objects.exclude(season="").order_by("pk")
    assert [row.season_name for row in seasons] == ["种植季节", "种植季节"]
    assert all(parse_season(row.season) for row in seasons)


def test_a_low_limit_scores_nobody_until_approved(cast, db):
    row = Standard.objects.filter(confidence="low").first()
    assert not row.scores
    with pytest.raises(Refused):
        actions.approve_standard(standard=row, by=cast["派遣员_五华"])
    assert actions.approve_standard(standard=row, by=cast["领导_五华"]).scores
    actions.load_catalog()
    assert Standard.objects.get(pk=row.pk).approved, "loading again takes no approval back"


def test_a_limit_is_given_where_there_was_none(cast, categories):
    ramp, day = categories[f"{G26}/matter/06052"], date(2026, 11, 1)
    given = {
        "filing_condition": "坡道破损",
        "amount": Decimal(5),
        "unit": "工作日",
        "closing_condition": "修复",
        "valid_from": day,
    }
    with pytest.raises(Refused) as refusal:
        actions.give_limit(category=ramp, by=cast["系统管理员"], **(given | {"unit": "天"}))
    assert refusal.value.field == "unit"
    with pytest.raises(Refused) as refusal:
        actions.give_limit(category=ramp, by=cast["系统管理员"], **(given | {"amount": Decimal(0)}))
    assert refusal.value.field == "amount"
    with pytest.raises(Refused):
        actions.give_limit(category=ramp, by=cast["值班长_五华"], **given)
    actions.give_limit(category=ramp, by=cast["系统管理员"], **given)
    actions.give_limit(
        category=ramp, by=cast["系统管理员"], area_grade="A", **(given | {"amount": Decimal(2)})
    )
    assert limits(ramp) == [("5", "工作日")]
    assert limits(ramp, grade="A") == [("2", "工作日")]
    assert limits(ramp, grade="B") == [("5", "工作日")]
    assert queries.standards_for(ramp, on=date(2026, 10, 31)) == []


def test_a_revised_limit_counts_from_its_day(cast, categories):
    rubbish = categories[f"{G26}/matter/06010"]
    (old,) = queries.standards_for(rubbish, on=TODAY)
    new = actions.revise_standard(
        standard=old, by=cast["系统管理员"], on=date(2026, 12, 1), amount=Decimal("2.5")
    )
    assert limits(rubbish) == [("4", "工作时")]
    assert queries.standards_for(rubbish, on=date(2026, 12, 1)) == [new]
    assert queries.limit_for(queries.standard_by_id(new.pk)) == Limit.of("5/2", "工作时")
    assert queries.standard_by_id(old.pk).amount_text == "4", "a case filed before keeps its row"
    actions.load_catalog()
    assert queries.standards_for(rubbish, on=date(2026, 12, 1)) == [new]
    with pytest.raises(Refused) as refusal:
        actions.revise_standard(standard=old, by=cast["系统管理员"], on=date(2027, 1, 1), amount=Decimal(1))
    assert refusal.value.status == 409


def spoil(tmp_path, name, old, new):
    directory = tmp_path / "sheets"
    shutil.copytree(actions.SHIPPED, directory)
    sheet = directory / name
    text = sheet.read_text(encoding="utf-8-sig")
    assert old in text
    sheet.write_text(text.replace(old, new, 1), encoding="utf-8")
    return directory


@pytest.mark.parametrize(
    ("sheet", "old", "new", "row", "column"),
    [
        ("time_limits.csv", ",2,紧急工作时,恢复", ",2,小时,恢复", 2, "time_limit_unit"),
        ("time_limits.csv", ",2,紧急工作时,恢复", ",-2,紧急工作时,恢复", 2, "time_limit_value"),
        ("time_limits.csv", ",2,紧急工作时,恢复", ",NaN,紧急工作时,恢复", 2, "time_limit_value"),
        ("time_limits.csv", "部件,01001,ALL,2", "部件,01001,ALL,1", 3, "seq"),
        ("time_limits.csv", "部件,01001,ALL,2", "部件,77777,ALL,2", 3, "code_2026"),
        ("categories.csv", ",01001,点,供水,01001", ",01009,点,供水,01001", 2, "full_code"),
        ("categories.csv", ",0101,点,供水,01001", ",0101,点,供水,88888", 405, "maps_to_2026"),
        ("glossary.csv", "智慧城管,", ",", 3, "zh"),
        ("categories.csv", "maps_to_2026", "maps", 1, "maps_to_2026"),
    ],
)
def test_a_bad_cell_is_named_and_nothing_is_loaded(db, tmp_path, sheet, old, new, row, column):
    directory = spoil(tmp_path, sheet, old, new)
    with pytest.raises(actions.BadSheets) as refusal:
        actions.load_catalog(directory=directory)
    fault = next(fault for fault in refusal.value.faults if fault.sheet == sheet)
    assert (fault.row, fault.column) == (row, column)
    assert f"{sheet} 第 {row} 行 {column}" in refusal.value.sentence
    assert queries.category(G26, "component", "01009").name != "供水井盖"


def test_the_command_tells_and_fails(db, tmp_path, capsys):
    call_command("load_catalog")
    assert "categories 746, standards 857" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("load_catalog", "--directory", str(tmp_path))


def test_choosers_group_by_class_and_find_by_words(db):
    groups = queries.grouped(kind="matter", on=TODAY)
    assert [group.class_code for group in groups] == [f"{n:02d}" for n in range(1, 11)] + ["99"]
    assert sum(len(group.rows) for group in groups) == 256
    assert [row.name for row in queries.search("供水 井盖", kind="component", on=TODAY)] == ["供水井盖"]
    assert queries.search("01001", kind="matter", on=TODAY)[0].name == "供水井盖异常"
    assert queries.search("   ") == []


@pytest.mark.parametrize(
    ("code", "ok"), [("53010201001000001", True), ("53010201016000001", False), ("3205080101000001", False)]
)
def test_component_codes_of_today(db, code, ok):
    if ok:
        assert queries.parse_component_code(code, on=TODAY).category == "01001"
    else:
        with pytest.raises(Refused) as refusal:
            queries.parse_component_code(code, on=TODAY)
        assert (refusal.value.status, refusal.value.field) == (422, "component_code")


def test_a_matter_code_names_a_county_and_a_category(db):
    county, category = queries.parse_matter_code("53010209006", on=TODAY)
    assert (county, category.name) == ("530102", "占道经营")
