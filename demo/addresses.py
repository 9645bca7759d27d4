"""Invented addresses of the demo city, along its invented streets: doors, estates, shops, lamps. Pure, seeded.

They are written as the file that an administrator would send, and go through the same import.
"""

import csv
import io
from collections.abc import Iterator
from random import Random

import shapely

from demo.ground import Ground
from demo.ground.making import Grid, Street
from demo.ground.names import FIRST, SECOND
from demo.names import SURNAMES

METRES = 111_000.0  # of a degree, about
DOOR_STEP = {"expressway": 0, "arterial": 95, "collector": 110, "lane": 150}
LAMP_STEP = {"expressway": 160, "arterial": 130}
SIDE = 14.0  # metres from the centre line
ESTATES, SHOPS, LANDMARKS, UNITS = 260, 2600, 260, 420
ESTATE_TAILS = ("小区", "花园", "家园", "苑", "公寓", "新村", "雅居", "名邸")
SHOP_TAILS = (
    "超市", "便利店", "药店", "米线店", "烧烤", "理发店", "五金店", "水果店", "茶室", "面馆", "小吃店", "修理铺",
)  # fmt: skip
CHAINS = ("惠民超市", "每日鲜便利店", "康健大药房", "阿婆米线", "好又多水果")
LANDMARK_TAILS = ("广场", "公园", "大厦", "宾馆", "商场", "体育馆", "农贸市场", "牌坊")
UNIT_TAILS = ("小学", "幼儿园", "中学", "社区卫生服务站", "派出所", "停车场", "敬老院", "加油站")
COUNTY_UNITS = (
    "人民政府",
    "人民医院",
    "城市管理局",
    "市场监督管理局",
    "政务服务中心",
    "第一中学",
    "图书馆",
    "汽车客运站",
)
HEADER = ("类别", "名称", "别名", "街巷", "门牌号", "小区", "社区代码", "经度", "纬度", "来源")
SOURCE = "示例数据"

Row = tuple[str, ...]


def table(ground: Ground, seed: int) -> bytes:
    """All addresses as a CSV file in CGCS2000. The same ground and seed give the same file."""
    rng = Random(f"addresses {seed}")
    whole = list(_doors(ground.streets)) + list(_lamps(ground.streets))
    whole += _estates(ground.unit_grids, rng)
    whole += _places(ground, rng)
    return _written(ground, whole)


Point = tuple[list[str], float, float]
"""Cells up to 小区, and the place: longitude, latitude."""


def _along(street: Street, step: float) -> Iterator[tuple[int, float, float]]:
    """Numbers along a street, odd on one side and even on the other: (number, longitude, latitude)."""
    length = street.shape.length * METRES
    for number in range(1, int(length // step) + 1):
        at = (number - 0.5) * step
        spot = street.shape.interpolate(at / METRES)
        ahead = street.shape.interpolate(min(at + 5, length) / METRES)
        east, north = ahead.x - spot.x, ahead.y - spot.y
        size = (east**2 + north**2) ** 0.5 or 1.0
        side = (SIDE if number % 2 else -SIDE) / METRES / size
        yield number, spot.x - north * side, spot.y + east * side


def _doors(streets: tuple[Street, ...]) -> Iterator[Point]:
    named: set[str] = set()
    for street in streets:
        if DOOR_STEP[street.kind] and street.name not in named:
            named.add(street.name)  # two roads may have one name: only one of them is numbered
            for number, lon, lat in _along(street, DOOR_STEP[street.kind]):
                yield ["门牌", "", "", street.name, f"{number}号", ""], lon, lat


def _lamps(streets: tuple[Street, ...]) -> Iterator[Point]:
    serial = 0
    for street in streets:
        if step := LAMP_STEP.get(street.kind):
            for _number, lon, lat in _along(street, step):
                serial += 1
                yield ["灯杆", "灯杆", "", street.name, f"DG-{serial:05}", ""], lon, lat


def _estates(grids: tuple[Grid, ...], rng: Random) -> Iterator[Point]:
    names = _names(rng, ESTATE_TAILS, ESTATES)
    for grid, name in zip(rng.sample(grids, ESTATES), names, strict=True):
        centre = grid.shape.representative_point()
        yield ["小区", name, "", "", "", ""], centre.x, centre.y
        for number in range(1, rng.randrange(5, 13)):
            lon, lat = centre.x + rng.uniform(-30, 30) / METRES, centre.y + rng.uniform(-30, 30) / METRES
            yield ["楼栋", "", "", "", f"{number}栋", name], lon, lat


def _places(ground: Ground, rng: Random) -> Iterator[Point]:
    numbered = [
        street for street in ground.streets if street.kind in ("arterial", "collector") and _doors_of(street)
    ]
    shops = _names(rng, SHOP_TAILS, SHOPS)
    for name in shops:
        if rng.random() < 0.2:
            name = rng.choice(CHAINS)
        elif rng.random() < 0.4:
            name = f"老{rng.choice(SURNAMES)}{rng.choice(SHOP_TAILS)}"
        yield _beside(["店铺", name, ""], rng.choice(numbered), rng)
    for kind, tails, count in (("标志物", LANDMARK_TAILS, LANDMARKS), ("单位", UNIT_TAILS, UNITS)):
        for name in _names(rng, tails, count):
            yield _beside([kind, name, ""], rng.choice(numbered), rng)
    for county in (area for area in ground.divisions if len(area.code) == 6 and area.shape is not None):
        inside = [street for street in numbered if shapely.contains(county.shape, street.shape)]
        for tail in COUNTY_UNITS if inside else ():
            yield _beside(["单位", county.name + tail, ""], rng.choice(inside), rng)


def _doors_of(street: Street) -> int:
    return int(street.shape.length * METRES // DOOR_STEP[street.kind])


def _beside(cells: list[str], street: Street, rng: Random) -> Point:
    number, lon, lat = rng.choice(list(_along(street, DOOR_STEP[street.kind])))
    return (
        [*cells, street.name, f"{number}号", ""],
        lon + rng.uniform(-4, 4) / METRES,
        lat + rng.uniform(-4, 4) / METRES,
    )


def _names(rng: Random, tails: tuple[str, ...], count: int) -> list[str]:
    """Invented names, none twice."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[rng.choice(FIRST) + rng.choice(SECOND) + rng.choice(tails)] = None
    return list(found)


def _written(ground: Ground, points: list[Point]) -> bytes:
    """The file, with the community of each point; what lies outside of all is left out."""
    communities = [area for area in ground.divisions if len(area.code) == 12 and area.shape is not None]
    tree = shapely.STRtree([area.shape for area in communities])
    spots = shapely.points([(lon, lat) for _cells, lon, lat in points])
    home: dict[int, str] = {}
    for at, area in zip(*tree.query(spots, predicate="intersects"), strict=True):
        code = communities[area].code
        home[at] = min(code, home.get(at, code))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    seen: set[tuple[str, ...]] = set()
    for at, (cells, lon, lat) in enumerate(points):
        if at in home and tuple(cells) not in seen:
            seen.add(tuple(cells))
            writer.writerow([*cells, home[at], f"{lon:.7f}", f"{lat:.7f}", SOURCE])
    return text.getvalue().encode()
