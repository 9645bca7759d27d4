"""Spreadsheets: written for any length, never executed, read back as they were."""

import csv
import io
import random
import resource
import zipfile
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.sheets import read_table, write_csv, write_xlsx
from xiucheng.kernel.sheets.write import FORMULA

HEADER = ("编号", "描述", "数")
DANGEROUS = ("=1+1", "+86 138", "-2", "@SUM(A1)", "\t=1", " =cmd|' /C calc'!A0", "＝1+1", "|calc", "%0A")


def csv_of(rows, header=HEADER):
    file = io.BytesIO()
    assert write_csv(file, header, rows) == len(rows)
    return file.getvalue()


def xlsx_of(rows, header=HEADER, **options):
    file = io.BytesIO()
    assert write_xlsx(file, header, rows, "案件", **options) == len(rows)
    return file.getvalue()


def test_csv_opens_in_excel_as_chinese():
    content = csv_of([("20261124-000001", "路面破损，有“坑”\n很深", 3)])
    assert content.startswith(b"\xef\xbb\xbf")
    back = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert back == [list(HEADER), ["20261124-000001", "路面破损，有“坑”\n很深", "3"]]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_formula_stays_a_text(text):
    content = csv_of([("1", text, None)])
    row = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[1]
    assert row[1] == f"'{text}"
    archive = xlsx_of([("1", text, None)])
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(archive)).get_sheet_by_index(0)
    assert sheet.to_python()[1][1] == text
    inside = zipfile.ZipFile(io.BytesIO(archive)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in inside


@given(st.text(max_size=60))
def test_no_csv_cell_begins_as_a_formula(text):
    content = csv_of([(text,)], ("a",)).decode("utf-8-sig")
    cell = next(iter(list(csv.reader(io.StringIO(content, newline="")))[1:]), [""])
    assert not (cell and FORMULA.match(cell[0]))


def test_times_are_the_citys_and_long_numbers_stay_whole():
    at = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
    rows = [(at, date(2026, 11, 24), 530102202611240019)]
    assert b"2026-11-25 00:30:00,2026-11-24,530102202611240019" in csv_of(rows)
    table = read_table(xlsx_of(rows))
    assert list(table.rows) == [(2, ["2026-11-25 00:30:00", "2026-11-24", "530102202611240019"])]
    assert table.faults == []


def test_past_the_end_of_a_sheet_another_begins():
    content = xlsx_of([(str(n), "x", n) for n in range(25)], sheet_rows=11)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert [len(sheet) for sheet in sheets] == [11, 11, 6]
    assert {tuple(sheet[0]) for sheet in sheets} == {HEADER}
    assert [row[0] for sheet in sheets for row in sheet[1:]] == [str(n) for n in range(25)]


def test_memory_stays_flat(tmp_path):
    def rows(count):
        random.seed(1)
        for number in range(count):
            yield (str(number), "".join(random.choices("路面井盖破损树木", k=60)), number)

    write_xlsx(tmp_path / "a.xlsx", HEADER, rows(100), "a")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    write_xlsx(tmp_path / "b.xlsx", HEADER, rows(40_000), "b")
    assert (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000
    )  # KiB; the texts alone are 7 MB


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_csv_of_every_origin_is_read(encoding, separator):
    text = f"编号{separator}描述\r\n\r\n001{separator}“井盖”𠮷\r\n{separator}空编号\r\n"
    table = read_table(text.encode(encoding))
    assert table.header == ("编号", "描述")
    assert list(table.rows) == [(3, ["001", "“井盖”𠮷"]), (4, ["", "空编号"])]


def test_a_line_break_inside_a_cell_is_kept_over_chunks():
    long = "井" * 70_000
    table = read_table(f'a,b\r\n1,"{long}\r\n二"\r\n3,4\r\n'.encode())
    assert [cells for _n, cells in table.rows] == [["1", f"{long}\r\n二"], ["3", "4"]]


def test_cells_beyond_the_heading_and_rounded_numbers_are_faults():
    book_file = io.BytesIO()
    with Workbook(book_file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["代码", "名"])
        sheet.write_row(1, 0, [91530100431204567, "甲"])
        sheet.write_row(2, 0, [12, "乙", "多出来的"])
    table = read_table(book_file.getvalue())
    assert [cells for _n, cells in table.rows][1] == ["12", "乙"]
    assert [(fault.row, fault.column) for fault in table.faults] == [(2, "代码"), (3, "")]
    assert "文本" in table.faults[0].said(str) and "多出来的" in table.faults[1].said(str)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"),
        (b"\r\n\r\n", "没有内容"),
        (b"PK\x03\x04 no workbook", "打不开"),
        (b"\x89PNG\x00\xff\xfe", "看不懂"),
        (b"a,b,a\n1,2,3\n", "重复"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(content, words):
    with pytest.raises(Refused, match=words) as refused:
        read_table(content)
    assert refused.value.status == 422 and refused.value.field == "file"


def test_too_large_is_413():
    with pytest.raises(Refused) as refused:
        read_table(b"a,b\n" * 1000, max_bytes=1000)
    assert refused.value.status == 413


def test_what_we_write_we_read():
    rows = [("001", "=不是公式", "12"), ("002", "", "x")]
    assert [cells for _n, cells in read_table(xlsx_of(rows)).rows] == [list(row) for row in rows]
