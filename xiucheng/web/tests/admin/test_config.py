"""The whole configuration as files and back: the same city from files alone, all of it or nothing."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

import xiucheng
from xiucheng.cases.actions.lists import save_filter
from xiucheng.cases.models import ListChoice, SavedFilter
from xiucheng.cases.queries.fields import CaseFilter
from xiucheng.catalog.models import Category, Duty
from xiucheng.kernel import configuration, settings
from xiucheng.kernel.backup import tools
from xiucheng.kernel.configuration.tables import SECRET, tables
from xiucheng.kernel.crypto import EncryptedText
from xiucheng.kernel.models import AdminChange
from xiucheng.people.models import Department, Person, Post
from xiucheng.territory.models import Beat, Division, UnitGrid

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(city):
    """The cast's city with a setting, a duty and a street, as files."""
    settings.set_value(key="territory.border_m", value="150", by="test", division="530102")
    lead, helper = Department.objects.order_by("pk")[:2]
    duty = Duty.objects.create(
        category=Category.objects.filter(kind="matter", standard="GB/T 47678.5-2026").earliest("pk"),
        division_code="530102",
        lead=lead,
        procedure="第一行\n第二行，“引号”, 逗号",
        valid_from="2026-01-01",
    )
    duty.cooperating.set([helper])
    Person.objects.filter(pk=Post.objects.earliest("pk").person_id).update(phone="13800000000")
    post = city.posts["受理员_五华"]
    of_lead = CaseFilter(department=lead.pk, urgent=True)
    save_filter(by=post, name="环卫急件", filter=of_lead, sharing="department")
    save_filter(by=post, name="辖区急件", filter=CaseFilter(urgent=True), sharing="place")
    save_filter(by=post, name="只给自己", filter=CaseFilter(urgent=False))
    return dict(configuration.written())


def rows_of(data):
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def with_rows(data, change):
    rows = change(rows_of(data))
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def apply(files):
    return configuration.apply(configuration.read(files), by="test")


def test_the_same_files_change_nothing(files):
    plans = configuration.plan(configuration.read(files))
    assert len(plans) == len(tables()) and all(plan.empty for plan in plans)
    done = apply(files)
    assert (done.added, done.changed, done.removed) == (0, 0, 0)


def test_what_was_changed_since_is_put_back(files):
    Duty.objects.all().delete()
    Division.objects.filter(code="530102").update(name="改了名")
    UnitGrid.objects.filter(code="530102001001001").update(grade="A")
    Beat.objects.get(name="甲").grids.clear()
    Beat.objects.create(name="多余", county_id="530102")
    settings.reset(key="territory.border_m", by="test", division="530102")
    done = apply(files)
    assert (done.added, done.changed, done.removed) == (2, 3, 1)
    assert dict(configuration.written()) == files
    assert Duty.objects.get().cooperating.count() == 1
    assert settings.get("territory.border_m", "530102001") == 150
    assert AdminChange.objects.filter(subject="config import").exists()


def test_a_second_city_made_from_the_files_alone_is_equal(files, tmp_path):
    """A database of its own, migrated and otherwise empty; then the files of both are compared byte by byte."""
    source, target = tmp_path / "a", tmp_path / "b"
    source.mkdir()
    for name, data in files.items():
        (source / name).write_bytes(data)
    name = f"test_config_{uuid4().hex[:8]}"
    with psycopg.connect(
        tools.address(connection.settings_dict | {"NAME": "postgres"}), autocommit=True
    ) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            for command in (
                ["migrate", "-v0"],
                ["import_config", str(source)],
                ["export_config", str(target)],
            ):
                done = subprocess.run(
                    [sys.executable, "manage.py", *command],
                    cwd=Path(xiucheng.__file__).parents[1],
                    env={
                        **os.environ,
                        "DATABASE_URL": tools.address(connection.settings_dict | {"NAME": name}),
                        "XIUCHENG_SECRET_KEY": "elsewhere",
                    },
                    capture_output=True,
                    text=True,
                    timeout=240,
                )
                assert done.returncode == 0, done.stderr[-2000:]
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    there = {path.name: path.read_bytes() for path in Path(target).iterdir()}
    assert there.keys() == files.keys()
    assert [name for name in files if files[name] != there[name]] == []


def test_no_secret_and_no_telephone_leaves(files):
    person = Post.objects.select_related("person").earliest("pk").person
    assert person.phone == "13800000000"
    everything = b"".join(files.values())
    assert person.username.encode() in everything
    assert b"13800000000" not in everything and person.password.encode() not in everything
    for table in tables():
        for column in table.columns:
            assert not SECRET.search(column.name) and not isinstance(column, EncryptedText)


def test_every_fault_is_told_with_file_row_and_column_and_nothing_is_written(files):
    def spoil(rows):
        rows[0]["level"], rows[1]["division_code"] = "国家级", "五华"
        return rows

    files["departments.csv"] = with_rows(files["departments.csv"], spoil)
    files["persons.csv"] = b"\xff\xfe"
    del files["terms.csv"]
    files["more.csv"] = b"a\n1\n"
    with pytest.raises(configuration.FaultyFiles) as caught:
        configuration.read(files)
    found = {(fault.file, fault.row, fault.column) for fault in caught.value.faults}
    assert found == {
        ("departments.csv", 2, "level"),
        ("departments.csv", 3, "division_code"),
        ("persons.csv", 0, ""),
        ("terms.csv", 0, ""),
        ("more.csv", 0, ""),
    }


def test_a_row_that_names_what_does_not_exist_is_refused(files):
    files["posts.csv"] = with_rows(
        files["posts.csv"], lambda rows: [{**rows[0], "person": "nobody"}, *rows[1:]]
    )
    before = dict(configuration.written())
    with pytest.raises(configuration.FaultyFiles) as caught:
        apply(files)
    assert [(f.file, f.row, f.column) for f in caught.value.faults] == [("posts.csv", 2, "person")]
    assert dict(configuration.written()) == before


def test_all_or_nothing_when_rows_exclude_one_another(files):
    """Two unit grids of one code that count on the same day; the setting before them is not kept either."""
    content = json.loads(files["unit_grids.geojson"])
    twin = json.loads(json.dumps(content["features"][0]))
    twin["properties"]["valid_from"] = "2021-01-01"
    content["features"].append(twin)
    files["unit_grids.geojson"] = json.dumps(content).encode()
    files["divisions.geojson"] = files["divisions.geojson"].replace("五华区".encode(), "六华区".encode())
    with pytest.raises(configuration.reading.Refused) as caught:
        apply(files)
    assert caught.value.status == 409 and "unit_grids.geojson" in caught.value.sentence
    assert Division.objects.get(code="530102").name == "五华区"


def test_people_who_are_not_in_the_files_stay(files):
    Person.objects.create(username="new.here", name="新来", password="!")
    apply(files)
    assert Person.objects.filter(username="new.here").exists()


def test_what_history_holds_is_not_taken_out(files, cast):
    """A department with posts cannot go; the sentence names it."""
    name = rows_of(files["departments.csv"])[-1]["code"]
    files["departments.csv"] = with_rows(
        files["departments.csv"], lambda rows: [row for row in rows if row["code"] != name]
    )
    content = {"departments": configuration.read(files)["departments"]}
    with pytest.raises(configuration.reading.Refused) as caught:
        configuration.apply(content, by="test")
    assert name in caught.value.sentence
    assert Department.objects.filter(code=name).exists()


def test_a_person_made_by_import_cannot_sign_in_until_given_a_password(files):
    files["persons.csv"] = with_rows(
        files["persons.csv"], lambda rows: [*rows, {**rows[0], "username": "made.here"}]
    )
    apply(files)
    made = Person.objects.get(username="made.here")
    assert not made.has_usable_password() and made.must_change_password


def test_the_command_says_what_would_change(files, tmp_path, capsys):
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    Duty.objects.all().delete()
    call_command("import_config", str(tmp_path), "--check")
    assert "duties.csv：新增 1，改动 0，去掉 0" in capsys.readouterr().out
    assert not Duty.objects.exists()
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(CommandError, match=r"manifest\.json"):
        call_command("import_config", str(tmp_path))


def shared(files, change):
    return files | {"shared_filters.csv": with_rows(files["shared_filters.csv"], change)}


def test_shared_filters_are_part_by_names_and_personal_ones_are_not(files, city):
    rows = {row["name"]: row for row in rows_of(files["shared_filters.csv"])}
    assert rows.keys() == {"环卫急件", "辖区急件"}
    row, lead = rows["环卫急件"], Department.objects.earliest("pk")
    assert row["owner"] == city.posts["受理员_五华"].person.username
    assert json.loads(row["asked"]) == {"department": lead.code, "urgent": "1"}, "no number of the database"
    assert json.loads(rows["辖区急件"]["scope_codes"]) == city.posts["受理员_五华"].scope_codes


def test_shared_filters_come_back_as_they_were_and_personal_ones_stay(files, city):
    lead, own = Department.objects.earliest("pk"), SavedFilter.objects.get(name="只给自己")
    SavedFilter.objects.filter(name="环卫急件").delete()
    SavedFilter.objects.filter(name="辖区急件").update(name="另一个名字")
    other = SavedFilter.objects.get(name="另一个名字")
    ListChoice.objects.create(person=city.posts["受理员_盘龙"].person, first=other)
    done = apply(files)
    assert (done.added, done.changed, done.removed) == (2, 0, 1)
    assert dict(configuration.written()) == files
    assert SavedFilter.objects.get(name="环卫急件").asked == {"department": str(lead.pk), "urgent": "1"}
    assert SavedFilter.objects.get(name="只给自己").asked == own.asked
    assert ListChoice.objects.get().first is None


def test_one_that_was_taken_back_is_shared_again(files):
    """Its owner made it personal: the name is taken, and no administrator could free it."""
    SavedFilter.objects.filter(name="环卫急件").update(
        sharing="", role="", department=None, asked={"urgent": "0"}
    )
    apply(files)
    assert dict(configuration.written()) == files
    assert SavedFilter.objects.count() == 3


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({"department": "没有这个代码"}, "asked.department：没有“没有这个代码”"),
        ({"urgent": True}, "asked：不是 JSON 对象"),
        (["urgent"], "asked：不是 JSON 对象"),
        ("急", "asked：不是 JSON 对象"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_with_its_row(files, asked, place):
    def change(rows):
        rows[1]["asked"] = json.dumps(asked, ensure_ascii=False)
        return rows

    with pytest.raises(configuration.FaultyFiles) as refusal:
        apply(shared(files, change))
    assert f"shared_filters.csv 第 3 行 {place}" in refusal.value.sentence
    assert dict(configuration.written()) == files


def test_a_filter_of_a_department_that_is_gone_finds_nobody_there_too(files):
    SavedFilter.objects.filter(name="环卫急件").update(asked={"department": "987654321"})
    again = dict(configuration.written())
    assert b"987654321" not in again["shared_filters.csv"]
    SavedFilter.objects.filter(name="环卫急件").delete()
    apply(again)
    assert SavedFilter.objects.get(name="环卫急件").asked == {"department": "0"}
    assert dict(configuration.written()) == again
