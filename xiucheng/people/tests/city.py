"""The fixed cast: a small city of two neighbouring counties, its grids, departments and posts, for the tests
of all rooms.

    25.10 +----------------------------+------------------+
          |  五华区 530102             | 盘龙区 530103    |     大理市 532901 lies at 100.2 E 25.6 N; it is
          loaded,
    25.05 |       +---------+----+-----+------+           |     but it is not of this city (active is off).
          |       | 华山街道 …001| …002| 拓东 |           |
          |       | 甲: 4 grids  | 乙  |  1   |           |
    25.03 |       +---------+----+-----+------+           |
    25.00 +-------+---------+----+-----+------+-----------+
        102.60  102.69    102.705   102.71  102.72      102.80

Everything is written by a dozen bulk statements, so that each test may have a city of its own (some 20 ms).
"""

from dataclasses import dataclass
from datetime import date

from django.contrib.gis.geos import MultiPolygon, Polygon

from xiucheng.people import credit_code
from xiucheng.people.models import Department, Person, Post, Role
from xiucheng.territory.models import SRID, Beat, Division, UnitGrid

PASSWORD = "Xiu-Cheng.2026"
START = date(2020, 1, 1)
Box = tuple[float, float, float, float]  # west, south, east, north; degrees, CGCS2000

WUHUA, PANLONG, DALI = "530102", "530103", "532901"
DIVISIONS: dict[str, tuple[str, Box | None]] = {
    "53": ("云南省", None),
    "5301": ("昆明市", None),
    "5329": ("大理白族自治州", None),
    WUHUA: ("五华区", (102.60, 25.00, 102.71, 25.10)),
    PANLONG: ("盘龙区", (102.71, 25.00, 102.80, 25.10)),
    DALI: ("大理市", (100.1, 25.5, 100.3, 25.7)),
    "530102001": ("华山街道", (102.69, 25.03, 102.71, 25.05)),
    "530102002": ("护国街道", (102.66, 25.03, 102.69, 25.05)),
    "530103001": ("拓东街道", (102.71, 25.03, 102.72, 25.05)),
    "532901001": ("下关街道", (100.1, 25.5, 100.2, 25.6)),
    "530102001001": ("翠湖西路社区", (102.69, 25.03, 102.705, 25.05)),
    "530102001002": ("水晶宫社区", (102.705, 25.03, 102.71, 25.05)),
    "530102002001": ("威远街社区", (102.66, 25.03, 102.69, 25.05)),
    "530103001001": ("尚义社区", (102.71, 25.03, 102.72, 25.05)),
    "532901001001": ("文献社区", (100.1, 25.5, 100.2, 25.6)),
}
# Squares of 0.001 degree, some 100 m: code → south-west corner.
GRIDS: dict[str, tuple[float, float]] = {
    "530102001001001": (102.700, 25.041),
    "530102001001002": (102.701, 25.041),
    "530102001001003": (102.700, 25.040),
    "530102001001004": (102.701, 25.040),
    "530102001002001": (102.709, 25.040),  # its east side is the border of the counties
    "530103001001001": (102.710, 25.040),
    "530102002001001": (102.680, 25.040),
}
POINTS: dict[str, tuple[float, float]] = {
    "甲": (102.7005, 25.0415),  # grid 530102001001001, beat 甲
    "甲_2": (102.7012, 25.0405),  # grid 530102001001004
    "乙": (102.7092, 25.0405),  # grid 530102001002001, beat 乙, 80 m from the border
    "边界_五华": (102.7098, 25.0405),  # 20 m from the border
    "边界_盘龙": (102.7102, 25.0405),  # the other side
    "护国": (102.6805, 25.0405),  # grid 530102002001001, beat 乙
    "无网格": (102.650, 25.060),  # in 五华, outside townships and grids
    "大理": (100.15, 25.55),  # another city
}
BEATS: dict[str, tuple[str, tuple[str, ...]]] = {
    "甲": (WUHUA, ("530102001001001", "530102001001002", "530102001001003", "530102001001004")),
    "乙": (WUHUA, ("530102001002001", "530102002001001")),
    "盘龙": (PANLONG, ("530103001001001",)),
}
# short name → division, kind (words of dept_type), level, flags
DEPARTMENTS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "市城管局": ("5301", "", "city", ()),
    "市监督中心": ("5301", "", "city", ()),
    "市指挥中心": ("5301", "", "city", ()),
    "监督中心": (WUHUA, "", "county", ()),
    "区指挥中心": (WUHUA, "", "county", ("is_command_centre",)),
    "市政": (WUHUA, "市政/住建", "county", ()),
    "排水": (WUHUA, "排水/水务", "county", ()),
    "环卫": (WUHUA, "环卫", "county", ()),
    "城管执法": (WUHUA, "城管", "county", ()),
    "华山街道办": ("530102001", "街道", "street", ("is_fallback",)),
    "五华区城管局": (WUHUA, "", "county", ("is_fallback",)),
    "盘龙市政": (PANLONG, "市政/住建", "county", ()),
    "盘龙监督中心": (PANLONG, "", "county", ()),
    "盘龙区城管局": (PANLONG, "", "county", ("is_fallback",)),
    "大理城管局": (DALI, "城管/市政/排水", "county", ("is_fallback",)),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One post of the cast."""

    role: Role
    department: str | None
    scope: tuple[str, ...]
    is_head: bool = False
    beat: str = ""
    person: str = ""  # empty: a person of the post's own


CAST: dict[str, Part] = {
    "受理员_五华": Part(Role.INTAKE, "监督中心", (WUHUA,)),
    "值班长_五华": Part(Role.SHIFT_LEADER, "监督中心", (WUHUA,)),
    "派遣员_五华": Part(Role.DISPATCHER, "区指挥中心", (WUHUA,)),
    "市派遣员": Part(Role.DISPATCHER, "市指挥中心", ("5301",)),
    "经办人_市政": Part(Role.DEPARTMENT, "市政", (WUHUA,)),
    "负责人_市政": Part(Role.DEPARTMENT, "市政", (WUHUA,), is_head=True),
    "经办人_排水": Part(Role.DEPARTMENT, "排水", (WUHUA,)),
    "负责人_排水": Part(Role.DEPARTMENT, "排水", (WUHUA,), is_head=True),
    "经办人_环卫": Part(Role.DEPARTMENT, "环卫", (WUHUA,)),
    "经办人_城管": Part(Role.DEPARTMENT, "城管执法", (WUHUA,)),
    "经办人_华山街道": Part(Role.DEPARTMENT, "华山街道办", ("530102001",)),
    "监督员_五华_甲": Part(Role.INSPECTOR, "监督中心", (WUHUA,), beat="甲"),
    "监督员_五华_乙": Part(Role.INSPECTOR, "监督中心", (WUHUA,), beat="乙"),
    "网格员_华山": Part(Role.GRID_WORKER, "华山街道办", ("530102001",)),
    "领导_五华": Part(Role.LEADER, "五华区城管局", (WUHUA,)),
    "考评员_五华": Part(Role.EVALUATOR, "监督中心", (WUHUA,)),
    "受理员_盘龙": Part(Role.INTAKE, "盘龙监督中心", (PANLONG,)),
    "监督员_盘龙": Part(Role.INSPECTOR, "盘龙监督中心", (PANLONG,), beat="盘龙"),
    "派遣员_盘龙": Part(Role.DISPATCHER, "盘龙区城管局", (PANLONG,)),
    "经办人_盘龙市政": Part(Role.DEPARTMENT, "盘龙市政", (PANLONG,)),
    "派遣员_大理": Part(Role.DISPATCHER, "大理城管局", (DALI,)),
    "系统管理员": Part(Role.SYSTEM_ADMIN, "市城管局", ("5301",)),
    "安全管理员": Part(Role.SECURITY_ADMIN, "市城管局", ("5301",)),
    "审计员": Part(Role.AUDITOR, "市城管局", ("5301",)),
    # One person with three posts: two posts are not two persons, and nobody acts for both centres on one
    # case.
    "兼岗_受理": Part(Role.INTAKE, "监督中心", (WUHUA,), person="兼岗"),
    "兼岗_派遣": Part(Role.DISPATCHER, "区指挥中心", (WUHUA,), person="兼岗"),
    "兼岗_监督": Part(Role.INSPECTOR, "监督中心", (WUHUA,), beat="甲", person="兼岗"),
}


@dataclass(frozen=True, slots=True)
class City:
    """What was built, by the names above."""

    posts: dict[str, Post]
    departments: dict[str, Department]
    beats: dict[str, Beat]


def build(password_hash: str) -> City:
    """Write the city. password_hash: of `PASSWORD`; hashing it anew for each person would cost a second."""
    _divisions()
    beats, departments = _beats(), _departments()
    people = {
        name: Person(username=name, name=name, password=password_hash)
        for name in dict.fromkeys(part.person or name for name, part in CAST.items())
    }
    Person.objects.bulk_create(people.values())
    posts = {
        name: Post(
            person=people[part.person or name],
            department=departments[part.department] if part.department else None,
            role=part.role.value,
            scope_codes=list(part.scope),
            is_head=part.is_head,
            valid_from=START,
        )
        for name, part in CAST.items()
    }
    Post.objects.bulk_create(posts.values())
    Post.beats.through.objects.bulk_create(
        Post.beats.through(post=posts[name], beat=beats[part.beat])
        for name, part in CAST.items()
        if part.beat
    )
    return City(posts, departments, beats)


def shape(west: float, south: float, east: float, north: float) -> MultiPolygon:
    return MultiPolygon(Polygon.from_bbox((west, south, east, north)), srid=SRID)


def _divisions() -> None:
    parents = {
        code: next((up for up in reversed(list(DIVISIONS)) if _is_above(up, code)), None)
        for code in DIVISIONS
    }
    for level in (2, 4, 6, 9, 12):  # parents first
        Division.objects.bulk_create(
            Division(
                code=code,
                name=name,
                level=level,
                parent_id=parents[code],
                shape=shape(*box) if box else None,
                active=not code.startswith(DALI),
                synthetic=True,
            )
            for code, (name, box) in DIVISIONS.items()
            if len(code) == level
        )


def _is_above(up: str, code: str) -> bool:
    longest = max(
        (other for other in DIVISIONS if other != code and code.startswith(other)), key=len, default=""
    )
    return up == longest


def _beats() -> dict[str, Beat]:
    grids = {
        code: UnitGrid(
            code=code,
            community_id=code[:12],
            shape=shape(west, south, round(west + 0.001, 6), round(south + 0.001, 6)),
            area_m2=11_170.0,
            valid_from=START,
            synthetic=True,
        )
        for code, (west, south) in GRIDS.items()
    }
    UnitGrid.objects.bulk_create(grids.values())
    beats = {name: Beat(name=name, county_id=county) for name, (county, _codes) in BEATS.items()}
    Beat.objects.bulk_create(beats.values())
    Beat.grids.through.objects.bulk_create(
        Beat.grids.through(beat=beats[name], unitgrid=grids[code])
        for name, (_county, codes) in BEATS.items()
        for code in codes
    )
    return beats


def _departments() -> dict[str, Department]:
    rows = {
        short: Department(
            code=credit_code.compose(division.ljust(6, "0")[:6], serial),
            name=short,
            short=short,
            kind=kind,
            division_code=division,
            level=level,
            synthetic=True,
            **dict.fromkeys(flags, True),
        )
        for serial, (short, (division, kind, level, flags)) in enumerate(DEPARTMENTS.items(), start=1)
    }
    Department.objects.bulk_create(rows.values())
    return rows
