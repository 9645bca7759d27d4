"""What is stored of a name and of an address, worked out from how it is written. Pure."""

import hashlib
import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xiucheng.kernel.marking import gettext_noop
from xiucheng.territory.addresses.rules import keys, short, sounds, words
from xiucheng.territory.addresses.rules.kinds import FAMILY, WEIGHT, Family, Kind
from xiucheng.territory.rules import Fault

NAME_CHARS, NUMBER_CHARS = 100, 40
SAME_AS = {"灯杆": ("路灯", "路灯杆", "灯柱", "电杆"), "井盖": ("窨井", "窨井盖"), "消火栓": ("消防栓",)}
"""Other words for numbered things [P]."""
LAMP = "灯杆"


@dataclass(frozen=True, slots=True)
class Written:
    """One address as it came in, cells cleaned; lon, lat degrees CGCS2000. cross: the other street of a crossing."""

    kind: Kind
    name: str = ""
    aliases: tuple[str, ...] = ()
    street: str = ""
    number: str = ""
    estate: str = ""
    cross: str = ""
    code: str = ""
    county: str = ""
    township: str = ""
    community: str = ""
    lon: float = 0.0
    lat: float = 0.0
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Address:
    """The same, sorted out: the base it belongs to, how it is shown, and its number as it is compared."""

    family: Family
    base: str
    cross: str
    name: str
    serial: int | None
    mark: str
    street: str
    number: str
    aliases: tuple[str, ...]


def sorted_out(row: Written) -> Address | tuple[str, Fault]:
    """The address in a row; or the column that is wrong, and why.

    >>> address = sorted_out(Written(Kind.DOOR, street="人民路", number="１２３附5号"))
    >>> address.name, address.mark, address.serial
    ('人民路123附5号', '123-5', 123)
    >>> sorted_out(Written(Kind.COMPONENT, name="灯杆", number="DG-0123")).aliases
    ('灯杆', 'DG', '路灯', '路灯杆', '灯柱', '电杆')
    """
    if long := next((cell for cell in _cells(row) if len(getattr(row, cell)) > NAME_CHARS), None):
        return long, Fault(gettext_noop("最多 {count} 个字。"), {"count": NAME_CHARS})
    if row.kind is Kind.DIVISION:
        return "kind", Fault(gettext_noop("行政区划请在“区划”里导入，不作地址点导入。"))
    if row.kind is Kind.CROSSING:
        return _crossing(row)
    if row.kind in (Kind.DOOR, Kind.BUILDING, Kind.COMPONENT):
        return _numbered(row)
    name = row.name or (
        row.street if row.kind is Kind.STREET else row.estate if row.kind is Kind.ESTATE else ""
    )
    if len(words.fold(name)) < 2:
        return "name", Fault(gettext_noop("名称至少要有两个字。"))
    street = "" if row.kind is Kind.STREET else row.street
    return Address(FAMILY[row.kind], name, "", name, None, "", street, _number(row.number), row.aliases)


def _cells(row: Written) -> tuple[str, ...]:
    return ("name", "street", "estate", "cross")


def _crossing(row: Written) -> Address | tuple[str, Fault]:
    one, other = row.street, row.cross
    if not (one and other):
        parts = re.split(
            "[与和、/&]|交叉|—|-", re.sub("(?:交叉|十字|丁字)?(?:路?口|交汇处)$", "", row.name), maxsplit=1
        )
        if len(parts) == 2:
            one, other = (_road(part.strip()) for part in parts)
    if len(words.fold(one)) < 2 or len(words.fold(other)) < 2 or words.fold(one) == words.fold(other):
        return "street", Fault(gettext_noop("路口要写明相交的两条街，例如“人民路与北京路路口”。"))
    one, other = sorted((one, other), key=words.fold)  # the same crossing, whichever street was named first
    return Address(Family.STREET, one, other, f"{one}与{other}路口", None, "", one, "", ())


def _road(text: str) -> str:
    """«北京» of 北京路口, whose last character the sign of the crossing took along.

    >>> _road("北京"), _road("槐井巷")
    ('北京路', '槐井巷')
    """
    return text if text.endswith(("路", "街", "巷", "道", "弄", "里")) else f"{text}路"


def _numbered(row: Written) -> Address | tuple[str, Fault]:
    base, column = {
        Kind.DOOR: (row.street, "street"),
        Kind.BUILDING: (row.estate or row.name, "estate"),
        Kind.COMPONENT: (row.name or LAMP, "name"),
    }[row.kind]
    if len(words.fold(base)) < 2:
        return column, Fault(
            {
                Kind.DOOR: gettext_noop("门牌要写明所在的街巷。"),
                Kind.BUILDING: gettext_noop("楼栋要写明所在的小区。"),
                Kind.COMPONENT: gettext_noop("部件编号要写明是什么部件，例如“灯杆”。"),
            }[row.kind]
        )
    number = words.number_of(row.number)
    if number is None or len(row.number) > NUMBER_CHARS:
        return "number", Fault(
            gettext_noop("编号“{number}”看不懂，请写成 123、123号、123号附5号、3栋2单元 或 DG-0123。"),
            {"number": row.number[:20]},
        )
    shown = _number(row.number)
    if row.kind is Kind.COMPONENT:
        return _thing(row, base, shown, number)
    if re.fullmatch(r"[0-9]+(?:-[0-9]+)?[a-z]?", shown.lower()):
        shown += "号" if row.kind is Kind.DOOR else "栋"
    kept = row.name if row.kind is Kind.DOOR and row.name != base else ""
    also = (kept,) if kept and words.fold(kept) != words.fold(base + shown) else ()
    return Address(
        FAMILY[row.kind], base, "", base + shown, number.serial, number.text, row.street or "", shown,
        (*row.aliases, *also),
    )  # fmt: skip


def _thing(row: Written, base: str, shown: str, number: words.Number) -> Address:
    letters = re.match("[A-Za-z]{1,6}", shown)
    code = letters.group().upper() if letters else ""
    also: tuple[str, ...] = (base, code) if len(code) >= 2 else ()
    also += SAME_AS.get(base, ())
    return Address(
        Family.THING, base + code if len(code) >= 2 else base, "", f"{base} {shown}", number.serial, number.text,
        row.street, shown, also,
    )  # fmt: skip


def _number(text: str) -> str:
    """A number for people: half-width, no gaps, capitals.

    >>> _number("ｄｇ－ 0123"), _number("３ 栋")
    ('DG-0123', '3栋')
    """
    text = words.plain(text)
    text = re.sub("(?<=[a-z]) (?=[0-9])", "-", text) if re.match("[a-z]+ [0-9]", text) else text
    return text.replace(" ", "").upper()


def key_of(row: Written, address: Address) -> UUID:
    """What makes it, within its county, the same address at the next import: its code, else what it is called.

    Two branches of one shop have the same name: those without a number are told apart by their place, to 10 m.
    """
    if row.code:
        text = f"code/{row.code}"
    else:
        parts = [str(row.kind), words.fold(address.base), words.fold(address.cross), address.mark]
        if row.kind is Kind.COMPONENT:
            parts.append(words.fold(address.street))
        if not address.mark and row.kind is not Kind.STREET:
            parts.append(f"{row.lon:.4f},{row.lat:.4f}")
        text = "/".join(parts)
    return UUID(bytes=hashlib.md5(text.encode(), usedforsecurity=False).digest())


@dataclass(frozen=True, slots=True)
class Material:
    """What a name is searched by."""

    normal: str
    pinyin: str
    initials: str
    keys: list[int]


def material(name: str, family: str, kind: str) -> Material:
    """The search material of a name. Shops are too many to be found through two slips of their pinyin."""
    normal = words.fold(name)[:NAME_CHARS]
    cleaned = words.plain(name).replace(" ", "").replace("-", "")
    parts = sounds.syllables(cleaned)
    letters = "".join(parts)
    deep = kind not in (Kind.SHOP, Kind.UNIT) and family != Family.THING
    found = keys.name_keys(normal, letters, sounds.blurred(parts), deep=deep)
    return Material(normal, letters[:400], "".join(part[:1] for part in parts)[:NAME_CHARS], found)


def other_names(
    name: str, family: str, kind: str, given: Iterable[str], places: Collection[str]
) -> Sequence[str]:
    """The aliases of a name: those given, and the short forms that people use."""
    found = {alias.strip() for alias in given}
    if family == Family.PLACE:
        for one in {name, *found}:
            found |= short.short_forms(one, places)
    elif family == Family.DIVISION:
        found |= short.division_forms(name)
    mine = words.fold(name)
    by_fold = {words.fold(alias): alias for alias in sorted(found, reverse=True)}
    return [alias for fold, alias in sorted(by_fold.items()) if 2 <= len(fold) <= NAME_CHARS and fold != mine]


def weight(kind: str, points: int) -> int:
    """How likely a name is meant: by its kind, and a little by how many addresses it has.

    >>> weight("street", 0), weight("street", 999), weight("shop", 1)
    (50, 62, 21)
    """
    return WEIGHT[Kind(kind)] + min(20, round(4 * math.log10(points + 1)))
