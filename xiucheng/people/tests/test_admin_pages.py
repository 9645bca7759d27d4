"""The administration of people: who may open what, what is done there, how many statements it costs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from xiucheng.kernel import stamps
from xiucheng.kernel.models import AdminChange
from xiucheng.people import credit_code, holdings, queries
from xiucheng.people.models import Department, Person, Post, Role, Session
from xiucheng.people.tests.city import PASSWORD, WUHUA

ADMINISTRATORS = ("系统管理员", "安全管理员", "审计员")
OTHERS = (
    "受理员_五华",
    "值班长_五华",
    "派遣员_五华",
    "经办人_市政",
    "监督员_五华_甲",
    "网格员_华山",
    "领导_五华",
    "考评员_五华",
)
LOOK = {
    "/admin/people": ADMINISTRATORS,
    "/admin/people/{person}": ADMINISTRATORS,
    "/admin/departments": ADMINISTRATORS,
    "/admin/departments/{department}": ADMINISTRATORS,
    "/admin/posts": ADMINISTRATORS,
    "/admin/posts/{post}": ADMINISTRATORS,
    "/admin/people/new": ("系统管理员",),
    "/admin/departments/new": ("系统管理员",),
    "/admin/posts/new": ("安全管理员",),
    "/admin/import/people": ("系统管理员",),
    "/admin/import/departments": ("系统管理员",),
    "/admin/import/posts": ("安全管理员",),
    "/admin/import/people/template": ("系统管理员",),
    "/admin/import/posts/template": ("安全管理员",),
}
ACT = {
    "/admin/people/{person}/edit": ("系统管理员",),
    "/admin/people/{person}/active": ("系统管理员",),
    "/admin/people/{person}/password": ("安全管理员",),
    "/admin/people/{person}/unlock": ("安全管理员",),
    "/admin/people/{person}/sessions": ("安全管理员",),
    "/admin/people/{person}/totp": ("安全管理员",),
    "/admin/departments/{department}/close": ("系统管理员",),
    "/admin/posts/{post}/edit": ("安全管理员",),
    "/admin/posts/{post}/end": ("安全管理员",),
    "/admin/posts/{post}/hand-over": ("安全管理员",),
    "/admin/posts/{post}/delegate": ("系统管理员", "安全管理员"),
}


@pytest.fixture
def places(cast):
    post = cast["经办人_市政"]
    return {"person": post.person_id, "department": post.department_id, "post": post.pk}


@pytest.fixture
def county_admins(cast):
    """Administrators of 五华 alone."""
    made = {}
    for name, role in (("区系统", Role.SYSTEM_ADMIN), ("区安全", Role.SECURITY_ADMIN)):
        person = Person.objects.create(username=name, name=name, password=cast["系统管理员"].person.password)
        made[name] = Post.objects.create(
            person=person, role=role, scope_codes=[WUHUA], valid_from=timezone.localdate()
        )
        cast[name] = made[name]
    return made


@pytest.mark.parametrize("path", LOOK)
def test_who_may_look(page_as, places, path):
    for who in (*ADMINISTRATORS, *OTHERS):
        status = page_as(who).get(path.format(**places)).status_code
        assert (who, status) == (who, 200 if who in LOOK[path] else 403)
    assert page_as(None).get(path.format(**places)).status_code == 302


@pytest.mark.parametrize("path", ACT)
def test_who_may_act(page_as, places, path):
    for who in (*ADMINISTRATORS, *OTHERS, None):
        if who in ACT[path]:
            continue
        status = page_as(who).post(path.format(**places)).status_code
        assert (who, status) == (who, 401 if who is None else 403)
    assert not AdminChange.objects.exists(), "nothing was done"


@pytest.mark.parametrize("path", [path for path in (*LOOK, *ACT) if "{" in path])
def test_an_administrator_of_a_county_finds_nothing_beyond_it(page_as, cast, county_admins, path):
    other = cast["经办人_盘龙市政"]
    places = {"person": other.person_id, "department": other.department_id, "post": other.pk}
    for who in ("区系统", "区安全"):
        browser, address = page_as(who), path.format(**places)
        answer = browser.get(address) if path in LOOK else browser.post(address)
        assert answer.status_code in (403, 404), (who, path)
        assert "盘龙" not in answer.content.decode()


def test_the_lists_of_a_county_hold_the_county_only(page_as, county_admins):
    browser = page_as("区系统")
    for path in ("/admin/people", "/admin/posts", "/admin/departments"):
        text = browser.get(path).content.decode()
        assert "市政" in text and "盘龙" not in text, path


def test_whoever_also_works_elsewhere_is_seen_but_not_touched(page_as, cast, county_admins, departments):
    person = cast["经办人_市政"].person
    Post.objects.create(
        person=person, role=Role.LEADER, scope_codes=["530103"], valid_from=timezone.localdate()
    )
    browser = page_as("区系统")
    assert browser.get(f"/admin/people/{person.pk}").status_code == 200
    assert browser.post(f"/admin/people/{person.pk}/active", {"active": "0"}).status_code == 403
    assert Person.objects.get(pk=person.pk).is_active


@pytest.mark.parametrize(
    ("query", "found", "missing"),
    [
        ("q=受理员_五", "受理员_五华", "派遣员_五华"),
        ("role=inspector", "监督员_五华_甲", "派遣员_五华"),
        ("state=off", "没有符合条件的人", "派遣员_五华"),
        ("state=postless", "没有符合条件的人", "派遣员_五华"),
        ("state=nonsense", "派遣员_五华", "没有符合条件的人"),
    ],
)
def test_people_are_found(page_as, query, found, missing):
    text = page_as("系统管理员").get(f"/admin/people?{query}").content.decode()
    rows = text[text.index("</form>", text.index('role="search"')) :]
    assert found in rows and missing not in rows


def test_the_locked_are_listed_and_unlocked(page_as, api, cast):
    for _turn in range(5):
        api.post("/login", {"username": "受理员_五华", "password": "wrong"})
    browser, person = page_as("安全管理员"), cast["受理员_五华"].person
    assert "锁定到" in browser.get("/admin/people?state=locked").content.decode()
    assert browser.post(f"/admin/people/{person.pk}/unlock").status_code == 302
    assert "没有符合条件的人" in browser.get("/admin/people?state=locked").content.decode()
    assert api.post("/login", {"username": "受理员_五华", "password": PASSWORD}).status_code == 302


def test_phones_are_masked(page_as, cast):
    person = cast["受理员_五华"].person
    person.phone = "13812345678"
    person.save()
    for path in ("/admin/people", f"/admin/people/{person.pk}"):
        text = page_as("系统管理员").get(path).content.decode()
        assert "138****5678" in text and "13812345678" not in text


def test_pages_follow_each_other(page_as, cast, django_assert_num_queries):
    Person.objects.bulk_create(Person(username=f"u{n:03}", name=f"新来{n:03}") for n in range(120))
    browser, seen, address = page_as("系统管理员"), [], "/admin/people?q=新来"
    while address:
        answer = browser.get(address)
        seen += [row.username for row in answer.context["rows"]]
        address = answer.context["next_page"]
    assert seen == [f"u{n:03}" for n in range(120)]


@pytest.mark.parametrize(
    ("path", "most"), [("/admin/people", 9), ("/admin/posts", 9), ("/admin/departments", 7)]
)
def test_a_list_costs_the_same_however_long(
    page_as, cast, departments, path, most, django_assert_max_num_queries
):
    browser = page_as("系统管理员")
    browser.get(path)
    counts = []
    for _turn in range(2):
        with stamps.held(), django_assert_max_num_queries(most) as asked:
            browser.get(path)
        counts.append(len(asked.captured_queries))
        for number in range(20):
            person = Person.objects.create(username=f"x{_turn}{number:02}", name="新人")
            Post.objects.create(
                person=person,
                role=Role.DEPARTMENT,
                department=departments["市政"],
                scope_codes=[WUHUA],
                valid_from=timezone.localdate(),
            )
    assert counts[0] == counts[1]


def test_an_account_is_made_with_a_password_shown_once(page_as, api):
    form = {"username": "zhang.min", "name": "张敏", "phone": "138 1234 5678"}
    answer = page_as("系统管理员").post("/admin/people/new", form)
    password = answer.context["password"]
    assert password in answer.content.decode() and answer["Cache-Control"]
    person = Person.objects.get(username="zhang.min")
    assert (person.phone, person.must_change_password) == ("13812345678", True)
    assert api.post("/login", {"username": "zhang.min", "password": password})["Location"] == "/password"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"username": ""}, "请填写用户名"),
        ({"username": "a b"}, "用户名"),
        ({"username": "受理员_五华"}, "已经有人用了"),
        ({"name": ""}, "请填写姓名"),
        ({"phone": "一二三"}, "3 至 20 位数字"),
    ],
)
def test_a_bad_account_keeps_what_was_typed(page_as, changed, told):
    form = {"username": "zhang.min", "name": "张敏", "phone": ""} | changed
    answer = page_as("系统管理员").post("/admin/people/new", form)
    text = answer.content.decode()
    assert answer.status_code in (409, 422) and told in text
    assert "张敏" in text or not form["name"]


def test_a_reset_password_ends_sessions_and_is_recorded(page_as, api, cast):
    person = cast["受理员_五华"].person
    inside = page_as("受理员_五华")
    answer = page_as("安全管理员").post(f"/admin/people/{person.pk}/password")
    password = answer.context["password"]
    assert inside.get("/me").status_code == 302
    assert AdminChange.objects.filter(subject=f"password {person.username}").exists()
    assert password not in str(list(AdminChange.objects.values()))
    assert api.post("/login", {"username": person.username, "password": password})["Location"] == "/password"


def test_sessions_of_somebody_are_ended_by_the_security_administrator(page_as, cast):
    person = cast["受理员_五华"].person
    first, second = page_as("受理员_五华"), page_as("受理员_五华")
    browser, address = page_as("安全管理员"), f"/admin/people/{person.pk}/sessions"
    one = Session.objects.get(session_key=first.session.session_key)
    assert browser.post(address, {"session": one.session_key}).status_code == 404, "the key is no name"
    assert browser.post(address, {"session": one.public_id}).status_code == 302
    assert (first.get("/me").status_code, second.get("/me").status_code) == (302, 200)
    browser.post(address, {"session": "all"})
    assert second.get("/me").status_code == 302


def department_form(**changed):
    code = credit_code.compose("530102", 900)
    return {"code": code, "name": "五华区园林局", "division_code": WUHUA, "level": "county"} | changed


def test_a_department_is_made_changed_closed_and_opened_again(page_as, departments):
    browser = page_as("系统管理员")
    assert browser.post("/admin/departments/new", department_form()).status_code == 302
    made = Department.objects.get(name="五华区园林局")
    changed = department_form(name="园林绿化局", parent=departments["市城管局"].pk, short="园林")
    assert browser.post(f"/admin/departments/{made.pk}", changed).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.parent_id) == ("园林绿化局", departments["市城管局"].pk)
    assert browser.post(f"/admin/departments/{made.pk}/close").status_code == 302
    assert not Department.objects.get(pk=made.pk).active
    browser.get("/admin/departments")  # shows the message once
    assert "园林绿化局" not in browser.get("/admin/departments").content.decode()
    assert "园林绿化局" in browser.get("/admin/departments?closed=1").content.decode()
    browser.post(f"/admin/departments/{made.pk}/close", {"active": "1"})
    assert Department.objects.get(pk=made.pk).active


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"code": "123"}, "18 位"),
        ({"code": credit_code.compose("530102", 900)[:-1] + "I"}, "I、O、S、V、Z"),
        ({"division_code": "999999"}, "没有区划 999999"),
        ({"division_code": "53"}, "不在您的管辖范围"),
        ({"name": ""}, "请填写名称"),
    ],
)
def test_a_bad_department_is_told_beside_its_field(page_as, changed, told):
    answer = page_as("系统管理员").post("/admin/departments/new", department_form(**changed))
    assert answer.status_code in (403, 422)
    assert told in answer.content.decode()


def test_a_department_is_not_its_own_parent_by_any_way(page_as, departments):
    browser, top, low = page_as("系统管理员"), departments["市城管局"], departments["市政"]
    low.parent = top
    low.save()
    form = department_form(code=top.code, name=top.name, division_code="5301", level="city", parent=low.pk)
    answer = browser.post(f"/admin/departments/{top.pk}", form)
    assert answer.status_code == 422 and "下级" in answer.content.decode()


def test_a_department_with_people_stays(page_as, departments):
    answer = page_as("系统管理员").post(f"/admin/departments/{departments['市政'].pk}/close")
    assert answer.status_code == 409 and "2 个岗位" in answer.content.decode()


def new_post(cast, **changed):
    person = Person.objects.create(username="li.si", name="李四")
    form = {"person": person.username, "role": "intake", "scope_codes": [WUHUA], "title": "夜班"} | changed
    return person, form


def test_a_post_is_granted_changed_and_ended(page_as, cast):
    browser = page_as("安全管理员")
    person, form = new_post(cast)
    assert browser.post("/admin/posts/new", form).status_code == 302
    made = Post.objects.get(person=person)
    assert (made.role, made.scope_codes, made.valid_from) == ("intake", [WUHUA], timezone.localdate())
    wider = {"title": "早班", "scope_codes": [WUHUA, "530103001 530102001001"]}
    assert browser.post(f"/admin/posts/{made.pk}/edit", wider).status_code == 302
    made.refresh_from_db()
    assert made.scope_codes == ["530102", "530102001001", "530103001"]
    assert "拓东街道" in browser.get("/admin/posts?q=早班").content.decode()
    later = timezone.localdate() + timedelta(days=30)
    assert browser.post(f"/admin/posts/{made.pk}/end", {"on": later.isoformat()}).status_code == 302
    made.refresh_from_db()
    assert made.active and made.valid_to == later


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"person": "没有这个人"}, "没有叫“没有这个人”"),
        ({"role": "king"}, "king"),
        ({"role": "department"}, "要有所在部门"),
        ({"scope_codes": []}, "请至少选择一个管辖区划"),
        ({"scope_codes": ["530199"]}, "没有区划 530199"),
        ({"scope_codes": ["53"]}, "不在您的管辖范围"),
        ({"is_head": "on"}, "部门负责人"),
        ({"valid_from": "2026-05-02", "valid_to": "2026-05-01"}, "离任日期要在任职日期之后"),
        ({"valid_to": "五月"}, "2026-05-01 的样子"),
    ],
)
def test_a_bad_post_is_told_and_keeps_what_was_typed(page_as, cast, changed, told):
    _person, form = new_post(cast, **changed)
    answer = page_as("安全管理员").post("/admin/posts/new", form)
    text = answer.content.decode()
    assert answer.status_code in (403, 422) and told in text and "夜班" in text
    assert not Post.objects.filter(person__username="li.si").exists()


def test_a_post_with_work_in_hand_is_handed_over_not_dropped(page_as, cast, monkeypatch):
    busy, other = cast["监督员_五华_甲"], Person.objects.create(username="li.si", name="李四")

    def in_hand(post):
        return [holdings.Holding("3 件在办案件在他手上", 3)] if post.pk == busy.pk else []

    monkeypatch.setattr(holdings, "_POSTS", [in_hand])
    browser, today = page_as("安全管理员"), timezone.localdate()
    assert "3 件在办案件在他手上" in browser.get(f"/admin/posts/{busy.pk}").content.decode()
    refused = browser.post(f"/admin/posts/{busy.pk}/end", {"on": today.isoformat()})
    assert refused.status_code == 409 and "移交" in refused.content.decode()
    assert browser.post(f"/admin/posts/{busy.pk}/hand-over", {"to": "li.si"}).status_code == 302
    busy.refresh_from_db()
    assert busy.person_id == other.pk and busy.active
    assert AdminChange.objects.filter(subject=f"post {busy.pk}").exists()


def test_nobody_ends_or_widens_his_own_post(page_as, cast):
    own = cast["安全管理员"]
    browser = page_as("安全管理员")
    assert browser.post(f"/admin/posts/{own.pk}/edit", {"scope_codes": ["5301"]}).status_code == 403
    ended = browser.post(f"/admin/posts/{own.pk}/end", {"on": timezone.localdate().isoformat()})
    assert ended.status_code == 403
    assert queries.open_posts().filter(pk=own.pk).exists()
