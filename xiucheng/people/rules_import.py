"""What a table of people, departments or posts must be, row by row. Pure: what exists already is handed in.

Every fault is found, not the first one: whoever fills in five hundred rows wants to mend them in one go.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from xiucheng.kernel.marking import gettext_noop
from xiucheng.people import credit_code
from xiucheng.people.rules import ADMINISTRATORS, HANDLERS, HEAD_RIGHTS, Role, administrators_clash, reaches

Row = tuple[int, Mapping[str, str]]  # number in the file, text by field


@dataclass(frozen=True, slots=True)
class Column:
    """heading: the msgid that stands in the first row. words: what to write in it."""

    name: str
    heading: str
    words: str
    needed: bool = False
    longest: int = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell: row as the spreadsheet counts, heading of the column, Chinese with named gaps."""

    row: int
    column: str
    sentence: str
    values: Mapping[str, object] = field(default_factory=dict)


_N = gettext_noop
COLUMNS: dict[str, tuple[Column, ...]] = {
    "people": (
        Column("username", _N("用户名"), _N("登录用；已有的用户名就修改那个人"), True),
        Column("name", _N("姓名"), _N("真实姓名"), True),
        Column("phone", _N("电话"), _N("3 至 20 位数字；空着不改"), longest=30),
    ),
    "departments": (
        Column("code", _N("统一社会信用代码"), _N("18 位；已有的代码就修改那个部门"), True, 18),
        Column("name", _N("名称"), _N("全称"), True, 100),
        Column("short", _N("简称"), _N("空着取名称"), longest=30),
        Column("kind", _N("部门类别"), _N("与分类表的“主管部门类别”一致，几个用“/”隔开")),
        Column("division_code", _N("所在区划"), _N("区划代码：市 4 位，区县 6 位，街道乡镇 9 位"), True, 12),
        Column("level", _N("层级"), _N("市级、区县级、街道乡镇级"), True),
        Column("parent", _N("上级部门"), _N("上级的统一社会信用代码，可以就在这个表里"), longest=18),
        Column("is_command_centre", _N("区指挥中心"), _N("是或否")),
        Column("is_fallback", _N("兜底单位"), _N("是或否")),
    ),
    "posts": (
        Column("username", _N("用户名"), _N("已有账号的用户名"), True),
        Column("role", _N("角色"), _N("如 受理员、派遣员、专业部门"), True),
        Column("department", _N("部门"), _N("统一社会信用代码，或不重名的名称、简称"), longest=100),
        Column("scope_codes", _N("管辖区划"), _N("区划代码，几个用空格或顿号隔开"), longest=600),
        Column("title", _N("岗位名称"), _N("可不填")),
        Column("is_head", _N("部门负责人"), _N("是或否")),
        Column("beats", _N("责任网格"), _N("名称，几个用顿号隔开；监督员、网格员用"), longest=600),
        Column("valid_from", _N("任职日期"), _N("如 2026-05-01；空着是今天")),
        Column("valid_to", _N("离任日期"), _N("这一天起不再有效；空着是长期")),
    ),
}
YES, NO = frozenset({"是", "yes", "true", "1", "y"}), frozenset({"", "否", "no", "false", "0", "n"})
USERNAME = re.compile(r"^[\w.@+-]+\Z")
CREDIT_FAULTS = {
    "length": _N("统一社会信用代码是 18 位，请核对。"),
    "alphabet": _N("统一社会信用代码只含数字和大写字母（不含 I、O、S、V、Z），请核对。"),
    "division": _N("统一社会信用代码的第 3 至 8 位应是区划数字，请核对。"),
    "check": _N("统一社会信用代码的校验位不对，请核对是否输错。"),
}
EMPTY = _N("请填写这一格。")
LONG = _N("最多 {longest} 个字，请缩短。")
TWICE = _N("与第 {row} 行重复。")
NO_DIVISION = _N("没有区划 {code}，请核对。")
BEYOND = _N("{what} 不在您的管辖范围内。")
YES_OR_NO = _N("请填“是”或“否”。")


@dataclass(frozen=True, slots=True)
class Known:
    """What the city has already, as far as the table names it."""

    reach: tuple[str, ...] = ()  # of the importing administrator; empty: everywhere
    importer: str = ""  # his username
    usernames: frozenset[str] = frozenset()
    beyond: frozenset[str] = frozenset()  # usernames he may not touch
    divisions: frozenset[str] = frozenset()
    departments: Mapping[str, Collection[str]] = field(
        default_factory=dict
    )  # code or name → codes it may mean
    department_places: Mapping[str, str] = field(default_factory=dict)  # code → division
    parents: Mapping[str, str] = field(default_factory=dict)  # code → code above
    roles: Mapping[str, str] = field(default_factory=dict)  # word → role
    levels: Mapping[str, str] = field(default_factory=dict)  # word → level
    held: Mapping[str, Collection[str]] = field(default_factory=dict)  # username → roles held
    posts: frozenset[tuple[str, str, str, str]] = (
        frozenset()
    )  # username, role, department, scope of open posts
    beats: Mapping[str, Collection[str]] = field(default_factory=dict)  # name → counties that have one
    today: date = date.min


def headings_faults(kind: str, header: Sequence[str], words: Mapping[str, str]) -> list[Fault]:
    """What is wrong with the first row. words: heading in the file's language → field."""
    known = {words.get(heading, "") for heading in header if heading}
    faults = [
        Fault(1, heading, _N("不认识这一列，请删去或改成模板里的列名。"))
        for heading in header
        if heading and heading not in words
    ]
    missing = [column for column in COLUMNS[kind] if column.needed and column.name not in known]
    return faults + [Fault(1, column.heading, _N("缺少这一列。")) for column in missing]


def check(kind: str, rows: Sequence[Row], known: Known) -> list[Fault]:
    """Every fault of a table, in the order of its rows."""
    faults = [*_cells(kind, rows)]
    faults += {"people": _people, "departments": _departments, "posts": _posts}[kind](rows, known)
    order = {column.heading: place for place, column in enumerate(COLUMNS[kind])}
    return sorted(_one_a_cell(faults), key=lambda f: (f.row, order.get(f.column, -1)))


def truth(text: str) -> bool | None:
    """«是» or «否»; None for anything else.

    >>> truth("是"), truth(""), truth("也许")
    (True, False, None)
    """
    word = text.strip().lower()
    return True if word in YES else False if word in NO else None


def day(text: str) -> date | None:
    """A day as people write it; None if it is none.

    >>> day("2026-05-01"), day("2026/5/1"), day("2026年5月1日"), day("五月")
    (datetime.date(2026, 5, 1), datetime.date(2026, 5, 1), datetime.date(2026, 5, 1), None)
    """
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?", text.strip())
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def many(text: str) -> list[str]:
    """Words separated by blanks, commas or «、».

    >>> many("甲、乙 丙,"), many("")
    (['甲', '乙', '丙'], [])
    """
    return [word for word in re.split(r"[\s,，、;；]+", text.strip()) if word]


def parents_first(rows: Iterable[Row]) -> list[Row]:
    """Departments with those above before those below, so that each finds its parent."""
    waiting, done, ordered = list(rows), set[str](), list[Row]()
    inside = {row["code"].upper() for _number, row in waiting}
    while waiting:
        ready = [item for item in waiting if item[1].get("parent", "").upper() not in inside - done]
        if not ready:  # a ring: the check has refused it
            return ordered + waiting
        ordered += ready
        done |= {row["code"].upper() for _number, row in ready}
        waiting = [item for item in waiting if item not in ready]
    return ordered


def _one_a_cell(faults: Iterable[Fault]) -> Iterable[Fault]:
    """One fault a cell: the first says what to do, the rest follow from it."""
    seen: set[tuple[int, str]] = set()
    for fault in faults:
        if (fault.row, fault.column) not in seen:
            seen.add((fault.row, fault.column))
            yield fault


def _cells(kind: str, rows: Sequence[Row]) -> Iterable[Fault]:
    """Empty where something is needed, too long, a control character."""
    for number, row in rows:
        for column in COLUMNS[kind]:
            text = row.get(column.name, "")
            if column.needed and not text:
                yield Fault(number, column.heading, EMPTY)
            elif len(text) > column.longest:
                yield Fault(number, column.heading, LONG, {"longest": column.longest})
            elif any(ord(char) < 32 or ord(char) == 127 for char in text):
                yield Fault(number, column.heading, _N("这一格有看不见的控制字符，请重新填写。"))
            elif column.name.startswith("is_") and truth(text) is None:
                yield Fault(number, column.heading, YES_OR_NO)


def _people(rows: Sequence[Row], known: Known) -> Iterable[Fault]:
    first: dict[str, int] = {}
    for number, row in rows:
        username, phone = row.get("username", ""), row.get("phone", "")
        if username and not USERNAME.match(username):
            yield Fault(number, "用户名", _N("用户名只能用字母、数字、汉字和 . _ - @ +，不能有空格。"))
        if username in first:
            yield Fault(number, "用户名", TWICE, {"row": first[username]})
        first.setdefault(username, number)
        if username in known.beyond:
            yield Fault(number, "用户名", BEYOND, {"what": username})
        digits = re.sub(r"\D", "", phone)
        if phone and not (3 <= len(digits) <= 20 and re.fullmatch(r"[\d+() -]+", phone)):
            yield Fault(number, "电话", _N("电话应为 3 至 20 位数字，请核对；没有就留空。"))


def _departments(rows: Sequence[Row], known: Known) -> Iterable[Fault]:
    first: dict[str, int] = {}
    above = dict(known.parents)
    above |= {row.get("code", "").upper(): row.get("parent", "").upper() for _number, row in rows}
    for number, row in rows:
        code, division, parent = (row.get(key, "").upper() for key in ("code", "division_code", "parent"))
        if code and (fault := credit_code.fault(code)):
            yield Fault(number, "统一社会信用代码", CREDIT_FAULTS[fault])
        if code in first:
            yield Fault(number, "统一社会信用代码", TWICE, {"row": first[code]})
        first.setdefault(code, number)
        if code in known.department_places and not reaches(known.reach, known.department_places[code]):
            yield Fault(number, "统一社会信用代码", BEYOND, {"what": code})
        if division and division not in known.divisions:
            yield Fault(number, "所在区划", NO_DIVISION, {"code": division})
        elif division and not reaches(known.reach, division):
            yield Fault(number, "所在区划", BEYOND, {"what": division})
        level = row.get("level", "")
        if level and level not in known.levels:
            yield Fault(number, "层级", _N("层级只能填 市级、区县级、街道乡镇级。"))
        if parent and parent not in above and parent not in known.department_places:
            yield Fault(number, "上级部门", _N("没有这个部门，表里也没有。请填它的统一社会信用代码。"))
        elif parent and _rings(code, above):
            yield Fault(number, "上级部门", _N("上级部门转了一圈又回到它自己，请核对。"))


def _rings(code: str, above: Mapping[str, str]) -> bool:
    seen, here = {code}, above.get(code, "")
    while here:
        if here in seen:
            return here == code
        seen.add(here)
        here = above.get(here, "")
    return False


def _posts(rows: Sequence[Row], known: Known) -> Iterable[Fault]:
    first: dict[tuple[str, str, str, str], int] = {}
    held = {username: {Role(word) for word in words} for username, words in known.held.items()}
    for number, row in rows:
        username = row.get("username", "")
        if username and username not in known.usernames:
            yield Fault(number, "用户名", _N("没有这个账号。请先建立或导入人员。"))
        elif username in known.beyond:
            yield Fault(number, "用户名", BEYOND, {"what": username})
        elif username and username == known.importer:
            yield Fault(number, "用户名", _N("不能给自己授予岗位，请由另一位安全管理员办理。"))
        word = known.roles.get(row.get("role", ""))
        role = Role(word) if word else None
        if row.get("role") and role is None:
            yield Fault(number, "角色", _N("没有这个角色，请照模板说明填写。"))
        if role and (clash := administrators_clash(held.get(username, ()), role)):
            yield Fault(
                number, "角色", _N("三权分立：这个人已经是{held}。"), {"held": _word(known.roles, clash)}
            )
        if role:
            held.setdefault(username, set()).add(role)
        yield from _post_places(number, row, role, known)
        yield from _post_days(number, row, known.today)
        key = (
            username,
            word or "",
            _department(row, known),
            " ".join(sorted(many(row.get("scope_codes", "")))),
        )
        if key in known.posts:
            yield Fault(number, "", _N("这个人已经有同样的岗位。"))
        if key in first:
            yield Fault(number, "", TWICE, {"row": first[key]})
        first.setdefault(key, number)


def _word(words: Mapping[str, str], role: Role) -> str:
    return next((word for word, value in words.items() if value == role.value), role.value)


def _department(row: Mapping[str, str], known: Known) -> str:
    """The code that a cell means; "" for none or an unclear one."""
    text = row.get("department", "")
    found = known.departments.get(text) or known.departments.get(text.upper(), ())
    return next(iter(found)) if len(found) == 1 else ""


def _post_places(number: int, row: Mapping[str, str], role: Role | None, known: Known) -> Iterable[Fault]:
    text, code = row.get("department", ""), _department(row, known)
    if text and not code:
        unclear = known.departments.get(text)
        sentence = _N("有几个部门叫这个，请填统一社会信用代码。") if unclear else _N("没有这个部门，请核对。")
        yield Fault(number, "部门", sentence)
    elif code and not reaches(known.reach, known.department_places.get(code, "")):
        yield Fault(number, "部门", BEYOND, {"what": text})
    if role in HANDLERS and not text:
        yield Fault(number, "部门", _N("这个角色要有所在部门。"))
    if role and truth(row.get("is_head", "")) and not HEAD_RIGHTS[role]:
        yield Fault(number, "部门负责人", _N("只有专业部门的岗位可以是部门负责人。"))
    codes = many(row.get("scope_codes", ""))
    if not codes and role and (role not in ADMINISTRATORS or known.reach):
        yield Fault(number, "管辖区划", _N("请至少填一个区划代码。"))
    for place in codes:
        if place not in known.divisions:
            yield Fault(number, "管辖区划", NO_DIVISION, {"code": place})
        elif not reaches(known.reach, place):
            yield Fault(number, "管辖区划", BEYOND, {"what": place})
    for name in many(row.get("beats", "")):
        counties = [
            county for county in known.beats.get(name, ()) if any(county.startswith(c[:6]) for c in codes)
        ]
        if len(counties) != 1:
            none, several = (
                _N("管辖区划里没有叫“{name}”的责任网格。"),
                _N("管辖区划里有几个“{name}”，请分开授予。"),
            )
            yield Fault(number, "责任网格", several if counties else none, {"name": name})


def _post_days(number: int, row: Mapping[str, str], today: date) -> Iterable[Fault]:
    days = {}
    for name, heading in (("valid_from", "任职日期"), ("valid_to", "离任日期")):
        days[name] = day(row.get(name, ""))
        if row.get(name) and days[name] is None:
            yield Fault(number, heading, _N("日期请填成 2026-05-01 的样子。"))
    if days["valid_to"] and days["valid_to"] <= (days["valid_from"] or today):
        yield Fault(number, "离任日期", _N("离任日期要在任职日期之后。"))
