"""What categories and their codes are, and which row of the catalogue answers. Pure: no database, no clock.

Facts: standards/codes.md §1–2, standards/README.md. The key of a category is (standard, kind, code): the same
digits
mean different things under another standard, and as 部件 or as 事项.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from xiucheng.kernel.marking import gettext_noop
from xiucheng.territory.rules import Fault, is_digits


class Kind(StrEnum):
    """A facility of the city, or something that happened (事项, before 2026 事件)."""

    COMPONENT = "component"
    MATTER = "matter"


GB2026, GB2013, CJ2007, LOCAL = "GB/T 47678.5-2026", "GB/T 30428.2-2013", "CJ/T 214-2007", "local"


@dataclass(frozen=True, slots=True)
class Edition:
    """One classification standard. until: the first day on which it no longer counts; None: in force."""

    standard: str
    since: date
    until: date | None
    digits: int
    source: str

    def in_force(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on < self.until)


EDITIONS = (  # newest first
    Edition(GB2026, date(2026, 7, 1), None, 5, "codes.md §1: in force 2026-07-01 [H]"),
    Edition(GB2013, date(2014, 8, 15), date(2026, 7, 1), 4, "replaced [H]; first day [L]"),
    Edition(CJ2007, date(2008, 1, 1), date(2014, 8, 15), 4, "codes.md §1 [H]; days [L]"),
    # The extension follows the 2026 numbering (99/999 downward) and fills what that list dropped.
    Edition(LOCAL, date(2026, 7, 1), None, 5, "practice 11 [F]; codes.md §1 local extension [L]"),
)
EDITION = {edition.standard: edition for edition in EDITIONS}

# Emergencies of 2013 that the 2026 list dropped live on in the local extension, with their limits: practice
# 11 [F].
EMERGENCIES = {
    "0501": "99999",
    "0502": "99998",
    "0503": "99997",
    "0504": "99996",
    "0505": "99995",
    "0506": "99994",
}

# The same emergencies under the first standard, whose class 04 is the later 05 and the other way round:
# codes.md §1 [H].
EMERGENCIES_2007 = {
    "0401": "99995",
    "0402": "99999",
    "0403": "99998",
    "0404": "99997",
    "0405": "99996",
    "0406": "99994",
}

# Matters of these classes are the abnormal state («…异常») of the component with the same code: README of the
# standards.
ABNORMAL_CLASSES = ("01", "02", "03", "04", "05")

# 季节限定 named in the table of limits. The days are local policy, hence data; these are only the first guess
# [L]:
# spring planting, and planting in the rainy season of Yunnan.
SEASONS = {"种植季节": "02-15..04-30 06-01..08-31"}


def is_abnormal_matter(standard: str, kind: str, code: str) -> bool:
    """Is this matter the abnormal state of a component? Then it takes that component's limits.

    >>> is_abnormal_matter(GB2026, "matter", "01001"), is_abnormal_matter(GB2026, "matter", "06001")
    (True, False)
    >>> is_abnormal_matter(GB2013, "matter", "0101")
    False
    """
    return standard == GB2026 and kind == Kind.MATTER and code[:2] in ABNORMAL_CLASSES


@dataclass(frozen=True, slots=True)
class Named:
    """A category as somebody wrote it. standard: empty where it is left to the day."""

    standard: str
    kind: Kind
    code: str


NEED_KIND = gettext_noop(
    "类别“{text}”要写明种类：部件写 component/代码，事项写 matter/代码，例如 matter/01001；"
    "旧标准还要写明标准，例如 GB/T 30428.2-2013/matter/0401。"
)
UNKNOWN_KIND = gettext_noop("类别“{text}”里的种类应是 component（部件）或 matter（事项），请更正。")
UNKNOWN_STANDARD = gettext_noop("没有分类标准“{standard}”。可用：{known}。")
CODE_FORM = gettext_noop("类别代码“{code}”应是 {digits} 位数字，请核对。")


def read_category(text: str) -> Named | Fault:
    """«matter/01001» or «GB/T 47678.5-2026/matter/01001»: split from the right, since «GB/T» holds a slash
    itself.

    >>> read_category("GB/T 30428.2-2013/matter/0401")
    Named(standard='GB/T 30428.2-2013', kind=<Kind.MATTER: 'matter'>, code='0401')
    >>> read_category("matter/01001").standard
    ''
    """
    shown = text[:60]
    *standard, kind, code = text.strip().rsplit("/", 2) if "/" in text else ("", text.strip())
    if not kind:
        return Fault(NEED_KIND, {"text": shown})
    if kind not in tuple(Kind):
        return Fault(UNKNOWN_KIND, {"text": shown})
    wanted = "".join(standard).strip()
    named = next((edition.standard for edition in EDITIONS if _same(edition.standard, wanted)), "")
    if wanted and not named:
        return Fault(UNKNOWN_STANDARD, {"standard": wanted[:40], "known": "、".join(EDITION)})
    digits = {EDITION[named].digits} if named else {edition.digits for edition in EDITIONS}
    if not is_digits(code) or len(code) not in digits:
        return Fault(CODE_FORM, {"code": code[:30], "digits": " / ".join(str(n) for n in sorted(digits))})
    return Named(named, Kind(kind), code)


def _same(standard: str, written: str) -> bool:
    return standard.replace(" ", "").casefold() == written.replace(" ", "").casefold()


@dataclass(frozen=True, slots=True)
class ComponentCode:
    """管理部件标识码, read. digits: 17 of the 2026 standard, 16 of those before."""

    division: str
    category: str
    sequence: str
    digits: int


COMPONENT_SINCE = EDITION[GB2026].since  # 17 digits from this day on, 16 before: codes.md §2 [H]
BAD_DIGITS = gettext_noop("部件标识码应是 {digits} 位数字（现在是 {given} 位），请核对。")
OLD_COMPONENT = gettext_noop("2026 年 7 月 1 日起部件标识码是 17 位；16 位的是旧码，请填换发后的新码。")
BAD_COUNTY = gettext_noop("编码的前 6 位“{county}”不是区县代码，请核对。")
BAD_CLASS = gettext_noop("编码里的大类小类“{category}”在分类标准中不存在，请核对。")
BAD_SEQUENCE = gettext_noop("部件标识码的顺序号从 000001 起，请核对。")
BAD_MATTER = gettext_noop("事项代码应是 {digits} 位数字（6 位区划加类别代码），请核对。")


def read_component_code(code: str, *, on: date, known: Collection[str]) -> ComponentCode | Fault:
    """A component code of the day: 6 division + 2 class + 3 subclass (2 before 2026-07-01) + 6 sequence.

    known: the component categories of the standard in force on that day.

    >>> read_component_code("53010201001000001", on=date(2026, 7, 1), known={"01001"}).category
    '01001'
    >>> read_component_code("3205080101000001", on=date(2026, 6, 30), known={"0101"}).division
    '320508'
    """
    digits = 17 if on >= COMPONENT_SINCE else 16
    if is_digits(code) and len(code) == 16 and digits == 17:
        return Fault(OLD_COMPONENT)
    if not is_digits(code) or len(code) != digits:
        return Fault(BAD_DIGITS, {"digits": digits, "given": len(code)})
    county, category, sequence = code[:6], code[6:-6], code[-6:]
    if not is_county_form(county):
        return Fault(BAD_COUNTY, {"county": county})
    if category not in known:
        return Fault(BAD_CLASS, {"category": category})
    if sequence == "000000":
        return Fault(BAD_SEQUENCE)
    return ComponentCode(county, category, sequence, digits)


def read_matter_code(code: str, *, on: date, known: Collection[str]) -> tuple[str, str] | Fault:
    """County and category of a matter code: a class code, the same for all such cases, hence never an
    identity.

    >>> read_matter_code("53010209006", on=date(2026, 7, 1), known={"09006"})
    ('530102', '09006')
    """
    digits = 11 if on >= COMPONENT_SINCE else 10
    if not is_digits(code) or len(code) != digits:
        return Fault(BAD_MATTER, {"digits": digits})
    if not is_county_form(code[:6]):
        return Fault(BAD_COUNTY, {"county": code[:6]})
    if code[6:] not in known:
        return Fault(BAD_CLASS, {"category": code[6:]})
    return code[:6], code[6:]


def is_county_form(code: str) -> bool:
    """Six digits that GB/T 2260 could give a county: a region of 1–8, no level left at zero.

    >>> is_county_form("530102"), is_county_form("530100"), is_county_form("930102")
    (True, False, False)
    """
    return is_digits(code) and len(code) == 6 and code[0] in "12345678" and "00" not in (code[2:4], code[4:])


def kinds_of(dept_type: str) -> tuple[str, ...]:
    """The kinds of department that a category's dept_type names, the first to be asked first.

    >>> kinds_of("交警(人行道:城管)"), kinds_of("供水企业"), kinds_of("住建/市政")
    (('交警', '人行道', '城管'), ('供水企业', '供水'), ('住建', '市政'))
    """
    words: list[str] = []
    for word in re.split(r"[/()（）:：、]", dept_type):
        words += [part for part in (word, word.removesuffix("企业")) if part]
    return tuple(dict.fromkeys(words))


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One row of the 权责清单: in a division (by code prefix), who leads, who helps."""

    id: int
    division: str
    lead: int
    cooperating: tuple[int, ...] = ()
    since: date = date.min
    until: date | None = None

    def holds(self, division: str, on: date) -> bool:
        return (
            division.startswith(self.division)
            and self.since <= on
            and (self.until is None or on < self.until)
        )


@dataclass(frozen=True, slots=True)
class Body:
    """A department that may be asked: what kinds of matters are its own, and where."""

    id: int
    name: str
    kinds: tuple[str, ...]
    division: str
    is_fallback: bool = False
    is_command_centre: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Who is responsible, and by which rule: «duty», «kind», «fallback» or «last»."""

    rule: str
    lead: int
    cooperating: tuple[int, ...] = ()
    duty_id: int | None = None
    division: str = ""


def responsible(
    *,
    division: str,
    on: date,
    duties: Sequence[Sequence[DutyRow]],
    kinds: Sequence[str],
    bodies: Iterable[Body],
    fallbacks: Iterable[DutyRow],
) -> Found | None:
    """Who handles a category at a place: the 权责清单 first, the longest division prefix wins; then a
    department of
    the right kind in the county, then in the city; then the fallback by place, street before county before
    city
    (workflow §3 兜底 [H]); at last a command centre. None only where no department exists at all.

    division: the finest code known, 6 digits or more. duties: of the category itself, then of its relatives.
    kinds: words of dept_type, the first is asked first.
    """
    for rows in duties:
        holding = [row for row in rows if row.holds(division, on)]
        if holding:
            best = max(holding, key=lambda row: (len(row.division), row.since, row.id))
            return Found("duty", best.lead, best.cooperating, best.id, best.division)
    near = sorted(
        (body for body in bodies if division.startswith(body.division) or body.division[:6] == division[:6]),
        key=lambda body: (-_shared(body.division, division), len(body.division), body.id),
    )
    for kind in kinds:
        county_first = [
            body
            for body in near
            if kind in body.kinds and _serves(body, division) and not body.is_command_centre
        ]
        if county_first:
            best_body = max(county_first, key=lambda body: (len(body.division), -body.id))
            return Found("kind", best_body.id, division=best_body.division)
    if found := fallback(division=division, on=on, bodies=near, fallbacks=fallbacks):
        return found
    last = next((body for body in near if body.is_command_centre), near[0] if near else None)
    return Found("last", last.id, division=last.division) if last else None


def fallback(
    *, division: str, on: date, bodies: Iterable[Body], fallbacks: Iterable[DutyRow]
) -> Found | None:
    """兜底 by place: a named row, else a department marked so; street before county before city."""
    given = [row for row in fallbacks if row.holds(division, on)]
    if given:
        best = max(given, key=lambda row: (len(row.division), row.since, row.id))
        return Found("fallback", best.lead, division=best.division)
    owners = [body for body in bodies if body.is_fallback and _serves(body, division)]
    if owners:
        owner = max(owners, key=lambda body: (len(body.division), -body.id))
        return Found("fallback", owner.id, division=owner.division)
    return None


def _serves(body: Body, division: str) -> bool:
    """Is the place inside the division in which the department works?"""
    return division.startswith(body.division)


def _shared(one: str, other: str) -> int:
    return next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
