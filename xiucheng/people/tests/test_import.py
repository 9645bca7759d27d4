"""Import: all errors by row and column, all or nothing, preview, passwords fetched once."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from xiucheng.kernel import sheets
from xiucheng.kernel.models import AdminChange, Job
from xiucheng.kernel.testing import run_job
from xiucheng.people import credit_code, jobs, rules_import
from xiucheng.people.actions import imports
from xiucheng.people.models import Department, PeopleImport, Person, Post
from xiucheng.people.tests.city import WUHUA

PEOPLE = ["用户名", "姓名", "电话"]
DEPARTMENTS = [
    "统一社会信用代码",
    "名称",
    "简称",
    "部门类别",
    "所在区划",
    "层级",
    "上级部门",
    "区指挥中心",
    "兜底单位",
]
POSTS = ["用户名", "角色", "部门", "管辖区划", "岗位名称", "部门负责人", "责任网格", "任职日期", "离任日期"]
CODE = [credit_code.compose("530102", n) for n in range(700, 720)]


def xlsx(header, *rows):
    file = BytesIO()
    sheets.write_xlsx(file, header, [list(row) for row in rows], title="表")
    return SimpleUploadedFile("表.xlsx", file.getvalue())


def csv(text, encoding="utf-8"):
    return SimpleUploadedFile("表.csv", text.encode(encoding))


@pytest.fixture
def upload(page_as):
    """Send a table; the browser and the import that came of it."""

    def send(kind, file, who=None):
        browser = page_as(who or ("安全管理员" if kind == "posts" else "系统管理员"))
        answer = browser.post(f"/admin/import/{kind}", {"file": file})
        assert answer.status_code == 302, answer.content.decode()[-1500:]
        return browser, PeopleImport.objects.get(pk=answer["Location"].rsplit("/", 1)[1])

    return send


def errors(found):
    return [(row, column) for row, column, _sentence in found.errors]


def test_people_are_imported_with_passwords_fetched_once(upload, api, cast):
    cast["受理员_五华"].person.__class__.objects.filter(username="受理员_五华").update(name="旧名")
    file = xlsx(
        PEOPLE, ["zhang.san", "张三", "13812345678"], ["li.si", "李四", ""], ["受理员_五华", "新名", ""]
    )
    browser, found = upload("people", file)
    page = browser.get(f"/admin/imports/{found.pk}").content.decode()
    assert found.state == "ready" and "新建 2 个" in page and "修改 1 个" in page and "旧名" in page
    assert not Person.objects.filter(username="zhang.san").exists(), "a preview writes nothing"
    assert browser.post(f"/admin/imports/{found.pk}/confirm").status_code == 302
    person = Person.objects.get(username="zhang.san")
    assert (person.phone, person.must_change_password) == ("13812345678", True)
    assert Person.objects.get(username="受理员_五华").name == "新名"
    assert AdminChange.objects.filter(subject="person zhang.san").exists()
    sheet = browser.post(f"/admin/imports/{found.pk}/passwords")
    words = {row["用户名"]: row["初始密码"] for _n, row in sheets.read_table(sheet.content).dicts()}
    assert set(words) == {"zhang.san", "li.si"}
    assert api.post("/login", {"username": "li.si", "password": words["li.si"]})["Location"] == "/password"
    assert Person.objects.get(username="li.si").password.startswith("argon2"), (
        "hashed anew at the first sign-in"
    )
    assert browser.post(f"/admin/imports/{found.pk}/passwords").status_code == 410
    found.refresh_from_db()
    assert (found.passwords, found.rows) == ("", "")
    assert browser.post(f"/admin/imports/{found.pk}/confirm").status_code == 409, "once"


def test_every_error_is_told_by_row_and_column_and_nothing_is_written(upload, cast):
    file = xlsx(
        PEOPLE,
        ["good.one", "好人", "13800000000"],
        ["", "没有用户名", ""],
        ["bad name", "", "电话"],
        ["good.one", "又一个", ""],
        ["x" * 61, "太长", "1"],
    )
    browser, found = upload("people", file)
    assert found.state == "wrong"
    assert errors(found) == [
        (3, "用户名"), (4, "用户名"), (4, "姓名"), (4, "电话"), (5, "用户名"), (6, "用户名"), (6, "电话"),
    ]  # fmt: skip
    page = browser.get(f"/admin/imports/{found.pk}").content.decode()
    assert "有 7 处错误" in page and "与第 2 行重复" in page
    assert not Person.objects.filter(username="good.one").exists()
    assert browser.post(f"/admin/imports/{found.pk}/confirm").status_code == 409


def test_what_stands_in_the_way_meanwhile_takes_all_back(upload, cast, monkeypatch):
    file = xlsx(DEPARTMENTS, [CODE[0], "甲局", "", "", WUHUA, "区县级", "", "", ""],
                [CODE[1], "乙局", "", "", WUHUA, "区县级", "", "", ""])  # fmt: skip
    browser, found = upload("departments", file)
    assert found.state == "ready"
    write = imports.WRITERS["departments"]
    done: list[str] = []

    def second_fails(row, by, given):
        if done:
            raise imports.Refused("这个统一社会信用代码已经登记过了。", status=409, field="code")
        write(row, by, given)
        done.append(row["code"])

    monkeypatch.setitem(imports.WRITERS, "departments", second_fails)
    browser.post(f"/admin/imports/{found.pk}/confirm")
    found.refresh_from_db()
    assert (found.state, errors(found)) == ("wrong", [(3, "统一社会信用代码")])
    assert not Department.objects.filter(code=CODE[0]).exists(), "all or nothing"


def test_departments_come_in_any_order_and_change_by_code(upload, cast, departments):
    old = departments["市政"]
    file = xlsx(
        DEPARTMENTS,
        [CODE[2], "下级科", "", "", WUHUA, "区县级", CODE[1], "", ""],
        [CODE[1], "上级局", "上级", "园林/绿化", WUHUA, "市级", "", "是", "否"],
        [old.code, "五华区市政局", "市政", "市政/住建", WUHUA, "区县级", "", "", ""],
    )
    browser, found = upload("departments", file)
    page = browser.get(f"/admin/imports/{found.pk}").content.decode()
    assert "新建 2 个" in page and "五华区市政局" in page
    browser.post(f"/admin/imports/{found.pk}/confirm")
    low, top = Department.objects.get(code=CODE[2]), Department.objects.get(code=CODE[1])
    assert (low.parent_id, top.is_command_centre, top.level) == (top.pk, True, "city")
    old.refresh_from_db()
    assert (old.name, old.short) == ("五华区市政局", "市政")


def test_bad_departments_are_told(upload, cast):
    ok = ["名", "", "", WUHUA, "区县级", "", "", ""]
    wrong = CODE[3][:-1] + ("1" if CODE[3][-1] != "1" else "2")
    file = xlsx(
        DEPARTMENTS,
        [wrong, *ok],
        ["123", *ok],
        [CODE[4], "名", "", "", "999999", "村级", CODE[9], "也许", ""],
        [CODE[5], "名", "", "", WUHUA, "区县级", CODE[6], "", ""],
        [CODE[6], "名", "", "", WUHUA, "区县级", CODE[5], "", ""],
        [CODE[7], "名", "", "", "53", "市级", "", "", ""],
    )
    _browser, found = upload("departments", file)
    assert errors(found) == [
        (2, "统一社会信用代码"), (3, "统一社会信用代码"), (4, "所在区划"), (4, "层级"), (4, "上级部门"),
        (4, "区指挥中心"), (5, "上级部门"), (6, "上级部门"), (7, "所在区划"),
    ]  # fmt: skip


def test_posts_are_granted_by_table(upload, cast, departments, city):
    Person.objects.create(username="li.si", name="李四")
    file = xlsx(
        POSTS,
        ["li.si", "专业部门", departments["市政"].code, WUHUA, "养护", "是", "", "", ""],
        ["li.si", "监督员", "监督中心", f"{WUHUA}", "", "", "甲、乙", "2026-01-01", "2099年1月1日"],
    )
    browser, found = upload("posts", file)
    assert found.state == "ready", found.errors
    browser.post(f"/admin/imports/{found.pk}/confirm")
    handler, inspector = Post.objects.filter(person__username="li.si").order_by("pk")
    assert (handler.department, handler.is_head, handler.title) == (departments["市政"], True, "养护")
    assert set(inspector.beats.values_list("name", flat=True)) == {"甲", "乙"}
    assert (inspector.valid_from, inspector.valid_to) == (date(2026, 1, 1), date(2099, 1, 1))


def test_bad_posts_are_told(upload, cast, departments):
    Person.objects.create(username="li.si", name="李四")
    file = xlsx(
        POSTS,
        ["nobody", "皇帝", "没有的局", "999999", "", "也许", "", "昨天", ""],
        ["li.si", "专业部门", "", "", "", "", "", "", ""],
        ["li.si", "受理员", "", WUHUA, "", "是", "丙", "2026-05-02", "2026-05-01"],
        ["系统管理员", "审计员", "", "5301", "", "", "", "", ""],
        ["安全管理员", "领导", "", "5301", "", "", "", "", ""],
        ["受理员_五华", "受理员", "监督中心", WUHUA, "", "", "", "", ""],
        ["li.si", "领导", "", "53", "", "", "", "", ""],
    )
    _browser, found = upload("posts", file)
    assert errors(found) == [
        (2, "用户名"), (2, "角色"), (2, "部门"), (2, "管辖区划"), (2, "部门负责人"), (2, "任职日期"),
        (3, "部门"), (3, "管辖区划"),
        (4, "部门负责人"), (4, "责任网格"), (4, "离任日期"),
        (5, "角色"), (6, "用户名"), (7, ""), (8, "管辖区划"),
    ]  # fmt: skip


def test_two_kinds_of_administrator_in_one_table_clash(upload, cast):
    Person.objects.create(username="li.si", name="李四")
    rows = [["li.si", role, "", "5301", "", "", "", "", ""] for role in ("系统管理员", "审计员")]
    _browser, found = upload("posts", xlsx(POSTS, *rows))
    assert errors(found) == [(3, "角色")]


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (csv(""), "空的"),
        (csv("用户名,姓名\n"), "没有内容"),
        (SimpleUploadedFile("x.xlsx", b"PK\x03\x04rubbish"), "打不开"),
        (None, "请选择表格文件"),
    ],
)
def test_a_file_that_is_no_table_is_refused(page_as, cast, file, told):
    answer = page_as("系统管理员").post("/admin/import/people", {"file": file} if file else {})
    assert answer.status_code == 422 and told in answer.content.decode()


def test_headings_are_checked(upload, cast):
    _browser, found = upload("people", csv("用户名,职务\nli.si,科员\n"))
    assert errors(found) == [(1, "职务"), (1, "姓名")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_of_windows_and_of_the_web(upload, cast, encoding):
    _browser, found = upload("people", csv("用户名,姓名,电话\nli.si,李四,\n", encoding))
    assert (found.state, found.plan["create"]) == ("ready", 1)


def test_the_template_is_itself_a_sound_heading(page_as, cast):
    for kind, who in (("people", "系统管理员"), ("departments", "系统管理员"), ("posts", "安全管理员")):
        answer = page_as(who).get(f"/admin/import/{kind}/template")
        assert "attachment" in answer["Content-Disposition"]
        table = sheets.read_table(answer.content)
        assert [column.heading for column in rules_import.COLUMNS[kind]] == list(table.header)


def test_an_import_is_its_makers_alone(upload, page_as, cast):
    _browser, found = upload("people", xlsx(PEOPLE, ["li.si", "李四", ""]))
    for who in ("安全管理员", "审计员"):
        other = page_as(who)
        assert other.get(f"/admin/imports/{found.pk}").status_code == 404
        assert other.post(f"/admin/imports/{found.pk}/confirm").status_code == 404
        assert other.post(f"/admin/imports/{found.pk}/passwords").status_code == 404


def test_given_up_is_forgotten(upload, cast):
    browser, found = upload("people", xlsx(PEOPLE, ["li.si", "李四", "13812345678"]))
    assert browser.post(f"/admin/imports/{found.pk}/give-up").status_code == 302
    found.refresh_from_db()
    assert (found.state, found.rows) == ("given_up", "")


def test_rows_are_not_readable_in_the_store(upload, cast):
    from django.db import connection

    upload("people", xlsx(PEOPLE, ["li.si", "李四", "13812345678"]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT rows FROM people_peopleimport")
        assert "13812345678" not in cursor.fetchone()[0]


def test_a_long_table_is_a_job_and_ends_the_same(upload, cast, monkeypatch):
    monkeypatch.setattr(imports, "CHECK_AT_ONCE", 5)
    monkeypatch.setitem(imports.AT_ONCE, "people", 20)
    rows = [[f"u{n:03}", f"人{n}", ""] for n in range(25)]
    browser, found = upload("people", xlsx(PEOPLE, *rows))
    job = Job.objects.get(pk=found.job)
    assert (found.state, job.owner_id, job.total) == ("checking", cast["系统管理员"].person_id, 25)
    assert "job" in browser.get(f"/admin/imports/{found.pk}").content.decode()
    post = cast["系统管理员"].pk
    jobs.imports.check(found, cast["系统管理员"])
    browser.post(f"/admin/imports/{found.pk}/confirm")
    found.refresh_from_db()
    assert (found.state, Person.objects.filter(username="u000").exists()) == ("running", False)
    function = jobs.run_import.func.__wrapped__
    told = function(import_id=str(found.pk), what="apply", post_id=post, job_id=str(found.job))
    assert told["url"] == f"/admin/imports/{found.pk}"
    found.refresh_from_db()
    assert (found.state, Person.objects.filter(username__startswith="u0").count()) == ("done", 25)
    assert function(import_id=str(found.pk), what="apply", post_id=post)["url"], "run again after a kill"
    assert Person.objects.filter(username__startswith="u0").count() == 25


@pytest.fixture
def long(monkeypatch):
    monkeypatch.setattr(imports, "CHECK_AT_ONCE", 5)
    monkeypatch.setitem(imports.AT_ONCE, "people", 20)
    return [[f"u{n:03}", f"人{n}", ""] for n in range(25)]


def test_a_long_check_is_stopped_before_it_began(upload, long):
    browser, found = upload("people", xlsx(PEOPLE, *long))
    address = f"/admin/imports/{found.pk}"
    assert f'hx-get="{address}/progress"' in browser.get(address).content.decode()
    assert "hx-get" in browser.get(f"{address}/progress").content.decode()
    assert browser.post(f"{address}/stop").status_code == 302
    found.refresh_from_db()
    assert (found.state, found.rows) == ("given_up", "")
    assert browser.get(f"{address}/progress")["HX-Refresh"] == "true"
    assert browser.post(f"{address}/stop").status_code == 409


def test_a_long_import_is_stopped_writes_nothing_and_may_be_confirmed_again(upload, long):
    browser, found = upload("people", xlsx(PEOPLE, *long))
    run_job(Job.objects.get(pk=found.job))
    for stopped in (True, False):
        browser.post(f"/admin/imports/{found.pk}/confirm")
        found.refresh_from_db()
        Job.objects.filter(pk=found.job).update(cancel_requested=stopped)
        assert run_job(Job.objects.get(pk=found.job)).state == ("cancelled" if stopped else "done")
        found.refresh_from_db()
        assert found.state == ("ready" if stopped else "done")
        assert Person.objects.filter(username__startswith="u0").count() == (0 if stopped else 25)


def test_an_import_whose_job_failed_says_why_and_waits(upload, long, cast):
    browser, found = upload("people", xlsx(PEOPLE, *long))
    run_job(Job.objects.get(pk=found.job))
    browser.post(f"/admin/imports/{found.pk}/confirm")
    found.refresh_from_db()
    Post.objects.filter(pk=cast["系统管理员"].pk).update(active=False)
    run_job(Job.objects.get(pk=found.job))
    Post.objects.filter(pk=cast["系统管理员"].pk).update(active=True)
    found.refresh_from_db()
    assert found.state == "ready"
    assert "导入人已经没有这个岗位" in browser.get(f"/admin/imports/{found.pk}").content.decode()


def test_a_job_of_somebody_who_lost_the_right_writes_nothing(upload, cast):
    _browser, found = upload("people", xlsx(PEOPLE, ["li.si", "李四", ""]))
    PeopleImport.objects.filter(pk=found.pk).update(state="running")
    Post.objects.filter(pk=cast["系统管理员"].pk).update(active=False)
    with pytest.raises(imports.Refused):
        jobs.run_import.func.__wrapped__(import_id=str(found.pk), what="apply", post_id=cast["系统管理员"].pk)
    assert not Person.objects.filter(username="li.si").exists()


def test_checking_costs_the_same_however_long(cast, django_assert_max_num_queries):
    by = cast["系统管理员"]
    for count in (2, 200):
        rows = [(n, {"username": f"u{n}", "name": "人", "phone": ""}) for n in range(2, count + 2)]
        with django_assert_max_num_queries(8):
            known = imports.known_for("people", rows, by)
        assert not rules_import.check("people", rows, known)


TEXT = st.text(max_size=70)


@given(
    st.sampled_from(sorted(rules_import.COLUMNS)),
    st.lists(st.dictionaries(st.sampled_from(["username", "name", "code", "role", "parent", "beats", "scope_codes",
                                              "valid_from", "is_head", "department", "phone", "level"]), TEXT)),
)  # fmt: skip
def test_no_text_breaks_the_check_and_each_cell_has_one_fault(kind, rows):
    faults = rules_import.check(kind, list(enumerate(rows, start=2)), rules_import.Known())
    cells = [(fault.row, fault.column) for fault in faults]
    assert len(cells) == len(set(cells))
    for fault in faults:
        assert fault.sentence.format(**fault.values)


@given(st.integers(1, 12), st.randoms())
def test_parents_come_before_their_children(count, dice):
    rows = [(n, {"code": str(n), "parent": str(dice.randrange(n)) if n else ""}) for n in range(count)]
    dice.shuffle(rows)
    seen = set()
    for _number, row in rules_import.parents_first(rows):
        assert not row["parent"] or row["parent"] in seen
        seen.add(row["code"])
    assert len(seen) == count


def test_what_nobody_confirmed_or_fetched_is_forgotten_after_a_week(upload, cast):
    _browser, old = upload("people", xlsx(PEOPLE, ["li.si", "李四", "13812345678"]))
    _browser, young = upload("people", xlsx(PEOPLE, ["li.si", "李四", "13812345678"]))
    PeopleImport.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=8))
    assert jobs.forget_imports() == 1
    jobs.sweep.func.__wrapped__(timestamp=0)  # type: ignore[attr-defined]
    old.refresh_from_db()
    young.refresh_from_db()
    assert old.rows == "" and young.rows
