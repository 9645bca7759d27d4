"""Codes, levels and positions: what a well-formed place is. Pure; facts: standards/codes.md §1, §5, §6."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from xiucheng.kernel.marking import gettext_noop


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an input: a sentence with named gaps, and what fills them."""

    sentence: str
    values: dict[str, object] = field(default_factory=dict)

    def said(self, translate: Callable[[str], str]) -> str:
        return translate(self.sentence).format(**self.values)


LEVEL_NAMES = {2: "省", 4: "市州", 6: "区县", 9: "街道乡镇", 12: "社区村", 15: "单元网格"}
"""Name of a level by the number of digits of its code. A unit grid has 15 digits since GB/T 30428.1 [H]."""

GRADES = ("A", "B", "C", "ALL")
GRID_DIGITS = 15
MAX_GRIDS = 999
"""Three digits number the grids of one community, from 001."""

SRID = 4490
"""EPSG number of every shape in the store: CGCS2000, degrees."""

CHINA_LON = (73.0, 136.0)
CHINA_LAT = (3.0, 54.0)


@dataclass(frozen=True, slots=True)
class Place:
    """What a point resolves to. Codes are None where that level is not drawn there."""

    county: str
    township: str | None
    community: str | None
    unit_grid: str | None
    grade: str
    near: tuple[str, ...] = ()
    """Other counties of the city whose area lies within the border distance, by code."""
    beat_id: int | None = None

    @property
    def division(self) -> str:
        """The finest division known: community, township or county."""
        return self.community or self.township or self.county


def place_of(code: str, grade: str, near: tuple[str, ...] = (), beat_id: int | None = None) -> Place:
    """Slice a county, township, community or unit-grid code into its levels.

    >>> place_of("530102001001007", "A").community
    '530102001001'
    >>> place_of("530102001", "ALL").community is None
    True
    """
    return Place(
        county=code[:6],
        township=code[:9] if len(code) >= 9 else None,
        community=code[:12] if len(code) >= 12 else None,
        unit_grid=code if len(code) == GRID_DIGITS else None,
        grade=grade,
        near=near,
        beat_id=beat_id,
    )


def is_digits(text: str) -> bool:
    """ASCII digits only: `str.isdigit` would let «５» and «²» pass."""
    return text.isascii() and text.isdigit()


def parents(code: str) -> list[str]:
    """Codes above a code, highest first.

    >>> parents("530102001001")
    ['53', '5301', '530102', '530102001']
    """
    return [code[:digits] for digits in LEVEL_NAMES if digits < len(code)]


def division_code_fault(code: str, parent: str | None = None) -> Fault | None:
    """Why this is no division code, as a sentence, or None.

    parent: the code stated as its parent, if any; it must be a shorter valid code that begins the code.
    """
    if not is_digits(code):
        return Fault(gettext_noop("区划代码只能由数字组成。"))
    if len(code) not in LEVEL_NAMES or len(code) == GRID_DIGITS:
        return Fault(
            gettext_noop("区划代码应为 2、4、6、9 或 12 位数字，这里是 {count} 位。"), {"count": len(code)}
        )
    if parent and (parent not in parents(code)):
        return Fault(
            gettext_noop("上级代码 {parent} 应是代码 {code} 的前 2、4、6 或 9 位。"),
            {"parent": parent, "code": code},
        )
    return None


def grid_code_fault(code: str, community: str | None = None) -> Fault | None:
    """Why this is no unit-grid code (15 digits: community, then 001–999), as a sentence, or None."""
    if not is_digits(code) or len(code) != GRID_DIGITS:
        return Fault(gettext_noop("单元网格标识码应为 15 位数字。"))
    if code[12:] == "000":
        return Fault(gettext_noop("单元网格的序号从 001 开始。"))
    if community is not None and code[:12] != community:
        return Fault(
            gettext_noop("单元网格 {code} 的前 12 位应是所在社区的代码 {community}。"),
            {"code": code, "community": community},
        )
    return None


def position_fault(lon: float, lat: float) -> Fault | None:
    """Why this cannot be a position in China (degrees, east and north), as a sentence, or None."""
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return Fault(gettext_noop("经度和纬度必须是数字。"))
    if _within(lon, CHINA_LON) and _within(lat, CHINA_LAT):
        return None
    if _within(lat, CHINA_LON) and _within(lon, CHINA_LAT):
        return Fault(gettext_noop("经度和纬度好像写反了，请对调后再试。"))
    return Fault(gettext_noop("这个位置不在中国境内，请核对经度和纬度（单位为度）。"))


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def border_degrees(lat: float, border_m: float) -> float:
    """A distance in degrees that no point within `border_m` metres exceeds: a cheap sieve.

    The shortest degree counts: a degree of longitude at this latitude is at least 111,319 m × cos(lat), and a
    degree of latitude at least 110,574 m (WGS 84 and CGCS2000 ellipsoids). 2 % are added for the span itself.
    """
    return 1.02 * border_m / (110_574.0 * max(math.cos(math.radians(lat)), 0.01))
