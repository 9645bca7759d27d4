"""Real messages through the door and on through the loop: every format, exactly once, and no word in a log."""

import csv
import gzip
import logging
import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from demo.replay import BadMessages, messages, play
from demo.replay.reading import find, formats
from xiucheng.cases.models import Case, CaseEvent, Receipt
from xiucheng.catalog import queries as catalog
from xiucheng.catalog.rules import GB2026
from xiucheng.kernel.ledger.registry import ledgers
from xiucheng.kernel.ledger.verify import verify
from xiucheng.kernel.models import Job
from xiucheng.web.jobs import replay
from xiucheng.web.tests import small_city

SAMPLES = os.environ.get("XIUCHENG_SAMPLES", "")
needs_samples = pytest.mark.skipif(
    not (SAMPLES and Path(SAMPLES).is_dir()), reason="XIUCHENG_SAMPLES names no folder of sample data"
)
IN_CITY = ("102.712", "25.040")  # in 五华区
FAR = ("-73.97", "40.77")

# One small file in each format: header, rows. The texts are invented.
FILES: dict[str, tuple[str, list[list[str]]]] = {
    "tipdm": (
        "留言编号,留言用户,留言主题,留言时间,留言详情,反对数,点赞数",
        [
            ["1", "U1", "烧烤油烟", "2019-02-28 11:25:05", "楼下油烟很大", "0", "1"],
            ["2", "U2", "路灯不亮", "2019/3/1 08:00:00", "巷口路灯不亮", "0", "0"],
            ["3", "U3", "咨询落户", "2019-03-02 08:00:00", "想问如何落户", "0", "0"],
            ["3", "U3", "咨询落户", "2019-03-02 08:00:00", "同一编号", "0", "0"],
            ["4", "U4", "没有时间", "昨天", "时间不对", "0", "0"],
            ["", "U5", "没有编号", "2019-03-02 08:00:00", "没有编号", "0", "0"],
        ],
    ),
    "nyc311": (
        "Unique Key,Created Date,Complaint Type,Descriptor,Location Type,Latitude,Longitude",
        [
            ["11", "02/17/2020 12:19:00 PM", "Noise - Residential", "Loud", "Street", FAR[1], FAR[0]],
            ["12", "02/18/2020 01:00:00 AM", "Street Light Condition", "Out", "", IN_CITY[1], IN_CITY[0]],
        ],
    ),
    "nyc311 lower": (
        "unique_key,created_date,complaint_type,descriptor,location_type,latitude,longitude",
        [["21", "2019-12-31T23:59:11.000", "Illegal Parking", "Blocked Hydrant", "Street", "", ""]],
    ),
    "chicago311": (
        "Creation_Date,Status,Service_Request_Number,Type_of_Service_Request,"
        "What_is_the_Nature_of_this_Code_Violation,Latitude,Longitude",
        [["2010-01-24", "Open", "10-1", "Sanitation Code Violation", "Garbage in alley", "41.7", "-87.6"]],
    ),
    "vancouver311": (
        "Department,Service request type,Closure reason,Service request open timestamp,Address,Local area,"
        "Channel,Latitude,Longitude",
        [["Parks", "Tree", "", "2023-01-26T08:50:13+03:00", "222 A ST", "B", "Phone", "49.2", "-123.1"]],
    ),
}


def written(path: Path, name: str) -> Path:
    header, rows = FILES[name]
    out = StringIO()
    csv.writer(out).writerows(rows)
    file = path / f"{name.replace(' ', '_')}.csv.gz"
    file.write_bytes(gzip.compress(f"{header}\n{out.getvalue()}".encode()))
    return file


@pytest.fixture(scope="module")
def city(django_db_setup, django_db_blocker, quick_hashes, tmp_path_factory):
    """A small city; each test below plays other messages."""
    path = tmp_path_factory.mktemp("city")
    with django_db_blocker.unblock(), small_city.folder(path), small_city.undone():
        small_city.build()
        yield


@pytest.mark.parametrize("name", FILES)
def test_each_format_is_recognised_by_its_header(tmp_path, name):
    batch = messages(written(tmp_path, name))
    assert batch.format == name.split()[0]
    assert batch.messages
    assert all(message.text and message.at.utcoffset() is not None for message in batch.messages)


def test_times_places_and_guesses_are_read(tmp_path):
    noise, light = messages(written(tmp_path, "nyc311")).messages
    assert noise.at.isoformat() == "2020-02-17T17:19:00+00:00"  # 12:19 in New York
    assert (noise.category, light.category) == ("06028", "01037")
    assert light.place == pytest.approx((102.712, 25.040))
    assert messages(written(tmp_path, "nyc311 lower")).messages[0].place is None


def test_rows_that_cannot_be_read_are_counted_with_the_reason(tmp_path):
    batch = messages(written(tmp_path, "tipdm"))
    assert [message.category for message in batch.messages] == ["06027", "01037", ""]
    assert batch.unread == {"编号重复": 1, "时间无法识别": 1, "没有编号": 1}


def test_every_guess_is_a_category_with_a_limit(categories):
    codes = {rule["category"] for mapping in formats().values() for rule in mapping["guess"]}
    for code in codes:
        found = catalog.category(GB2026, "matter", code)
        assert found is not None and catalog.standards_for(found), code


@pytest.mark.parametrize("name", FILES)
def test_messages_go_through_the_door_once(city, tmp_path, name):
    batch = messages(written(tmp_path, name))
    before = Receipt.objects.count()
    first = play(batch, days=2, per_day=9, seed=1)
    assert (first.played, first.new) == (len(batch.messages), len(batch.messages))
    assert not first.refused
    again = play(batch, days=2, per_day=9, seed=2)  # another seed: still the same messages
    assert (again.played, again.new) == (first.played, 0)
    assert Receipt.objects.count() == before + first.new


def test_a_place_inside_the_city_is_kept_and_another_is_drawn(city, tmp_path):
    play(messages(written(tmp_path, "nyc311")), days=1, per_day=9, seed=1)
    light = Case.unscoped.get(description__startswith="Street Light")
    noise = Case.unscoped.get(description__startswith="Noise")
    assert (light.lon_e7, light.lat_e7) == (1_027_120_000, 250_400_000)
    assert noise.county in ("530102", "530103") and noise.unit_grid


def many(path: Path, count: int) -> Path:
    rows = [
        f"{n},U,路面坑洼{n},2019-05-{n % 28 + 1:02d} 10:00:00,路面有坑请修补{n},0,0" for n in range(count)
    ]
    file = path / "many.csv"
    file.write_text("留言编号,留言用户,留言主题,留言时间,留言详情,反对数,点赞数\n" + "\n".join(rows), "utf-8")
    return file


def test_many_messages_reach_the_close_and_others_wait_on_the_way(city, tmp_path):
    outcome = play(messages(many(tmp_path, 60)), days=3, per_day=20, seed=5)
    assert outcome.played == 60 and not outcome.refused
    assert outcome.stages["closed"] >= 30
    assert len(outcome.stages) >= 5
    (ledger,) = ledgers(("cases",))
    assert verify(ledger).ok


def test_days_times_per_day_says_how_many(city, tmp_path):
    file = tmp_path / "other.csv"
    file.write_text(many(tmp_path, 30).read_text("utf-8").replace("\n", "\n9"), "utf-8")
    said: list[str] = []
    outcome = play(messages(file), days=2, per_day=4, seed=5, say=said.append)
    assert (outcome.played, outcome.new) == (8, 8)
    assert said == ["第 1 天：4 / 8", "第 2 天：8 / 8"]


def test_the_command_keeps_a_job_with_its_progress_and_says_nothing_of_a_message(
    city, tmp_path, capsys, caplog
):
    with caplog.at_level(logging.DEBUG):
        call_command("replay", messages=str(written(tmp_path, "chicago311")), days=1, per_day=5, seed=1)
    job = Job.objects.get(task=replay.name)
    assert (job.state, job.done, job.total) == (Job.State.DONE, 1, 1)
    said = capsys.readouterr()
    assert "Garbage" not in said.out + said.err + caplog.text
    assert CaseEvent.unscoped.filter(data__description__icontains="garbage in alley").count() == 1


def test_the_command_can_leave_it_to_the_worker(city, tmp_path):
    call_command(
        "replay",
        messages=str(written(tmp_path, "tipdm")),
        days=1,
        per_day=5,
        seed=1,
        queue=True,
        stdout=StringIO(),
    )
    assert Job.objects.filter(task=replay.name, state=Job.State.QUEUED).count() == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a,b\n1,2\n", "认不出这个文件的格式"),
        (b"\x1f\x8bbroken", "压缩文件损坏"),
        (b"\xff\xfe\x00", "认不出这个文件的格式"),
    ],
)
def test_a_file_of_no_known_format_is_refused(tmp_path, content, sentence):
    file = tmp_path / "x.csv"
    file.write_bytes(content)
    with pytest.raises(BadMessages, match=sentence):
        messages(file)


def test_a_file_that_is_not_there_is_refused_with_what_to_do():
    with pytest.raises(BadMessages, match="XIUCHENG_SAMPLES"):
        find("no-such-file.csv")


@pytest.mark.django_db
def test_without_a_demo_city_nothing_is_played(tmp_path):
    with pytest.raises(CommandError, match="build_demo"):
        call_command("replay", messages=str(written(tmp_path, "tipdm")), days=1, per_day=5, seed=1)
    assert not Case.unscoped.exists()


@needs_samples
@pytest.mark.parametrize(
    "name",
    [
        "messages_likes.csv.gz", "messages_replies.csv.gz", "messages_unlabelled.csv.gz",
        "chicago_sanitation_2010_2014.csv.gz", "nyc_animal_2010_2022.csv.gz", "nyc_evening_2019-12-31.csv.gz",
        "nyc_sample_2014_2019.csv.gz", "vancouver_feedback_2022_2024.csv.gz",
    ],
)  # fmt: skip
def test_the_sample_files_are_read_and_played(city, name):
    batch = messages(find(name))
    read, unread = len(batch.messages), sum(batch.unread.values())
    assert read > 900 and unread <= 0.03 * (read + unread)
    outcome = play(batch, days=1, per_day=6, seed=11)
    assert (outcome.played, outcome.new, dict(outcome.refused)) == (6, 6, {})
