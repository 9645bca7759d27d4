#!/usr/bin/env python3
"""A typed place at 50,000 and at 2,000,000 addresses: time in the database of the search, a mix of ways to type.

    python bench/typed_place.py [--small N] [--large N] [--questions N] [--keep] [--reuse]

Works in two databases of its own beside the one of DATABASE_URL, dropped at the end. Prints one JSON line a claim:
p95 at the large size against 60 ms, and against three times the p95 at the small one. «In the database» is the time
of all statements of one search as the client sees it. Both sizes are asked by turns, each question in three rounds of
which the fastest counts: neighbours on the same cores are not what is measured.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiucheng.settings")

import psycopg  # noqa: E402

HOME = os.environ["DATABASE_URL"]
SIZES = ("typed_place_small", "typed_place_large")
os.environ["DATABASE_URL"] = urlunsplit(urlsplit(HOME)._replace(path=f"/{SIZES[0]}"))

FLOOR_MS, GROWTH, ROUNDS = 60.0, 3.0, 3
COUNTIES = [f"9901{n:02}" for n in range(1, 11)]
FIRST = (
    "翠金碧春云彩霞锦瑞丰永和安康宁嘉明朝晨兴盛景秀清澄玉银宝祥福泰昌华文"
    "崇尚学书墨兰桂梅竹松柏枫樱荷莲海江溪泉龙凤鹤星月虹人建北南东西长重中新"
)
SECOND = "屏泉华园林山川谷岭坡桥门台阁亭苑庭湾浦洲渡原野田圃晖阳光辉岚露雨风平乐隆达通远志成德贤仁义信礼翰章民设京庆国"
STREETS = ("路", "路", "路", "街", "大街", "巷", "东路", "西路", "一巷", "二巷")
ESTATES = ("小区", "花园", "家园", "苑", "公寓", "新村", "雅居")
SHOPS = (
    "超市",
    "便利店",
    "药店",
    "米线店",
    "烧烤",
    "理发店",
    "五金店",
    "水果店",
    "茶室",
    "面馆",
    "饭店",
    "文具店",
    "修理厂",
)
UNITS = ("有限公司", "小学", "幼儿园", "中学", "医院", "派出所", "居委会", "银行支行", "合作社")
LANDMARKS = ("大厦", "广场", "公园", "宾馆", "商场", "大桥", "牌坊", "体育馆")


@dataclass
class City:
    """What was made, to ask for it."""

    streets: list[tuple[str, str, int]] = field(default_factory=list)  # name, county, highest number
    crossings: list[tuple[str, str]] = field(default_factory=list)
    estates: list[str] = field(default_factory=list)
    shops: list[tuple[str, str]] = field(default_factory=list)  # name, street
    landmarks: list[str] = field(default_factory=list)
    poles: list[str] = field(default_factory=list)


def rows(size: int, city: City, dice: random.Random) -> Iterator[Any]:
    """Addresses of a city of ten counties: 60 % doors, 18 % buildings, 16 % named places, 5 % lamps, crossings."""
    from xiucheng.territory.addresses.rules.kinds import Kind
    from xiucheng.territory.addresses.rules.naming import Written

    def spot() -> dict[str, Any]:
        county = dice.choice(COUNTIES)
        at = int(county[4:])
        return {"county": county, "lon": 100 + at / 10 + dice.random() / 10, "lat": 25 + dice.random() / 10}

    def pair() -> str:
        return dice.choice(FIRST) + dice.choice(SECOND)

    def long_pair() -> str:
        return pair() + (dice.choice(SECOND) if dice.random() < 0.6 else "")

    taken: set[tuple[str, str]] = set()
    made = 0
    while made < size * 0.6:
        place, name = spot(), pair() + dice.choice(STREETS)
        if (name, place["county"]) in taken:
            name = pair() + dice.choice(FIRST) + dice.choice(STREETS)
        if (name, place["county"]) in taken:
            continue
        taken.add((name, place["county"]))
        highest = dice.randrange(20, 600)
        yield Written(Kind.STREET, name=name, **place)
        missing = dice.randrange(2, highest)
        for number in range(1, highest):
            if number != missing:
                yield Written(Kind.DOOR, street=name, number=str(number), county=place["county"],
                              lon=place["lon"] + number / 60_000, lat=place["lat"])  # fmt: skip
        city.streets.append((name, place["county"], highest))
        made += highest
    by_county: dict[str, list[str]] = defaultdict(list)
    for name, county, _highest in city.streets:
        by_county[county].append(name)
    for name, county, _highest in city.streets:
        for other in dice.sample(by_county[county], min(3, len(by_county[county]))):
            if other != name:
                yield Written(Kind.CROSSING, street=name, cross=other, **{**spot(), "county": county})
                city.crossings.append((name, other))
    for _n in range(int(size * 0.18 / 12)):
        place, name = spot(), long_pair() + dice.choice(ESTATES)
        yield Written(Kind.ESTATE, name=name, **place)
        for number in range(1, 12):
            yield Written(Kind.BUILDING, estate=name, number=f"{number}栋", county=place["county"],
                          lon=place["lon"] + number / 90_000, lat=place["lat"])  # fmt: skip
        city.estates.append(name)
    for kind, share, tails in (
        (Kind.SHOP, 0.12, SHOPS),
        (Kind.UNIT, 0.025, UNITS),
        (Kind.LANDMARK, 0.015, LANDMARKS),
    ):
        for _n in range(int(size * share)):
            street, county, highest = dice.choice(city.streets)
            name = long_pair() + dice.choice(tails)
            yield Written(kind, name=name, street=street, number=str(dice.randrange(1, highest)),
                          **{**spot(), "county": county})  # fmt: skip
            (city.shops.append((name, street)) if kind is Kind.SHOP else city.landmarks.append(name))
    for number in range(int(size * 0.05)):
        street, county, _highest = dice.choice(city.streets)
        yield Written(
            Kind.COMPONENT,
            name="灯杆",
            number=f"DG-{number:06}",
            street=street,
            **{**spot(), "county": county},
        )
        city.poles.append(f"{number:06}")


def questions(city: City, count: int, dice: random.Random) -> list[tuple[str, str]]:
    """(way, words): every way that the issue names, in turn."""
    from xiucheng.territory.addresses.rules import sounds

    def street() -> tuple[str, str, int]:
        return dice.choice(city.streets)

    def slip(name: str) -> str:
        at = dice.randrange(len(name))
        return name[:at] + dice.choice("错多的了") + name[at + 1 :]

    def letters_slip(text: str) -> str:
        at = dice.randrange(1, len(text))
        return text[:at] + text[at + 1 :]

    ways: dict[str, Any] = {
        "street and number": lambda: "{0}{2}号".format(*_numbered(street(), dice)),
        "a missing number": lambda: f"{street()[0]}{dice.randrange(600, 700)}号",
        "county, street, number": lambda: "县{0}{2}号".format(*_numbered(street(), dice)),
        "street": lambda: street()[0],
        "two characters": lambda: street()[0][:2],
        "estate and building": lambda: f"{dice.choice(city.estates)}{dice.randrange(1, 12)}栋",
        "beginning of an estate": lambda: dice.choice(city.estates)[:3],
        "shop": lambda: dice.choice(city.shops)[0],
        "street and shop": lambda: "{1}{0}".format(*dice.choice(city.shops)),
        "end of a name": lambda: dice.choice(city.landmarks)[1:],
        "landmark": lambda: dice.choice(city.landmarks),
        "lamp": lambda: f"灯杆 {dice.choice(city.poles)}",
        "lamp code": lambda: f"DG-{dice.choice(city.poles)}",
        "crossing": lambda: "{}与{}交叉口".format(*dice.choice(city.crossings)),
        "crossing by gap": lambda: "{} {}".format(*dice.choice(city.crossings)),
        "pinyin": lambda: sounds.pinyin(street()[0]),
        "pinyin and number": lambda: f"{sounds.pinyin(street()[0])}{dice.randrange(1, 90)}",
        "beginning of pinyin": lambda: sounds.pinyin(dice.choice(city.estates))[:6],
        "initials": lambda: sounds.initials(street()[0]),
        "slip in a street": lambda: slip(street()[0]),
        "slip in an estate": lambda: slip(dice.choice(city.estates)),
        "slip in pinyin": lambda: letters_slip(sounds.pinyin(street()[0])),
        "nowhere": lambda: "完全不存在的地方" + dice.choice(FIRST),
    }
    names = list(ways)
    return [(names[n % len(names)], ways[names[n % len(names)]]()) for n in range(count)]


def _numbered(street: tuple[str, str, int], dice: random.Random) -> tuple[str, str, int]:
    return street[0], street[1], dice.randrange(1, street[2])


def into(name: str) -> None:
    """Work in another of the databases from here on."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = name


def again(size: int) -> City:
    """The city that `fill` made, without filling: the same seed makes the same city."""
    city = City()
    for _row in rows(size, city, random.Random(size)):
        pass
    return city


def fill(size: int) -> City:
    """Put `size` addresses into empty tables, as an import does."""
    from django.contrib.gis.geos import MultiPolygon, Polygon
    from django.db import connection

    from xiucheng.territory.addresses import store
    from xiucheng.territory.addresses.rules import naming
    from xiucheng.territory.models import Division

    Division.objects.bulk_create(
        Division(
            code=code,
            name=f"第{n}县",
            level=6,
            shape=MultiPolygon(Polygon.from_bbox((100, 25, 102, 26)), srid=4490),
        )
        for n, code in enumerate(COUNTIES)
    )
    city, begun = City(), time.perf_counter()
    with store.staging() as staged:
        staged.add(
            (n, row, naming.sorted_out(row))  # type: ignore[misc]
            for n, row in enumerate(rows(size, city, random.Random(size)), start=1)
        )
        staged.index()
        staged.locate()
        staged.complete_keys()
        staged.drop([row for row, _first in staged.twice()])
        new, _changed = staged.merge(synthetic=True)
    seconds = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE territory_addresspoint, territory_addressname")
        cursor.execute("SELECT count(*) FROM territory_addressname")
        names = cursor.fetchone()[0]
    print(f"{new:,} addresses, {names:,} names in {seconds:.0f} s, {new / seconds:,.0f}/s", file=sys.stderr)
    return city


@dataclass
class Times:
    """The fastest of each question so far: in the database, and all told; seconds."""

    asked: list[tuple[str, str]]
    best: list[tuple[float, float]] = field(default_factory=list)
    found: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self.best = [(9e9, 9e9)] * len(self.asked)

    def round(self) -> None:
        from django.db import connection

        from xiucheng.territory.queries import find_place

        spent = [0.0]

        def clock(execute: Any, statement: Any, params: Any, many: Any, context: Any) -> Any:
            begun = time.perf_counter()
            try:
                return execute(statement, params, many, context)
            finally:
                spent[0] += time.perf_counter() - begun

        for _way, words in self.asked[:60]:
            find_place(words)  # statements are prepared, pages are read
        self.found.clear()
        with connection.execute_wrapper(clock):
            for n, (way, words) in enumerate(self.asked):
                spent[0], begun = 0.0, time.perf_counter()
                answer = find_place(words, near=(100.5, 25.05))
                whole = time.perf_counter() - begun
                self.best[n] = min(self.best[n][0], spent[0]), min(self.best[n][1], whole)
                self.found[way] += bool(answer)

    def p95(self, which: int = 0) -> float:
        """Milliseconds; 0 in the database, 1 all told."""
        return statistics.quantiles([times[which] for times in self.best], n=20)[-1] * 1e3

    def tell(self) -> None:
        by_way: dict[str, list[float]] = defaultdict(list)
        for (way, _words), (inside, _whole) in zip(self.asked, self.best, strict=True):
            by_way[way].append(inside)
        for way, times in by_way.items():
            print(f"  {way:26} p50 {statistics.median(times) * 1e3:6.1f}  p95"
                  f" {statistics.quantiles(times, n=20)[-1] * 1e3:6.1f} ms  found {self.found[way]}/{len(times)}",
                  file=sys.stderr)  # fmt: skip


@contextmanager
def scratch(*, keep: bool, reuse: bool) -> Iterator[None]:
    """The two databases, made and in the end dropped."""
    with psycopg.connect(HOME, autocommit=True) as home:
        for name in () if reuse else SIZES:
            home.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            home.execute(f"CREATE DATABASE {name}")
    try:
        yield
    finally:
        if not keep:
            with psycopg.connect(HOME, autocommit=True) as home:
                for name in SIZES:
                    home.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=50_000)
    parser.add_argument("--large", type=int, default=2_000_000)
    parser.add_argument("--questions", type=int, default=1150)
    parser.add_argument("--keep", action="store_true", help="leave the databases, to look into a plan")
    parser.add_argument("--reuse", action="store_true", help="take the databases that --keep left")
    arguments = parser.parse_args()
    with scratch(keep=arguments.keep, reuse=arguments.reuse):
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        times: list[Times] = []
        for name, size in zip(SIZES, (arguments.small, arguments.large), strict=True):
            into(name)
            if not arguments.reuse:
                with connection.cursor() as cursor:
                    cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis")
                call_command("migrate", verbosity=0)
            city = again(size) if arguments.reuse else fill(size)
            times.append(Times(questions(city, arguments.questions, random.Random(7))))
        for _round in range(ROUNDS):
            for name, mine in zip(SIZES, times, strict=True):
                into(name)
                mine.round()
        connection.close()
    small, large = times
    large.tell()
    print(f"all told p95 {small.p95(1):.1f} → {large.p95(1):.1f} ms", file=sys.stderr)
    command = f"python bench/typed_place.py --small {arguments.small} --large {arguments.large}"
    for name, figure, unit, floor, ratio in (
        (f"typed place, {arguments.large:,} addresses, p95 in the database", large.p95(), "ms", FLOOR_MS,
         FLOOR_MS / large.p95()),
        (f"the same against {arguments.small:,} addresses ({small.p95():.1f} ms)", large.p95() / small.p95(), "times",
         GROWTH, GROWTH * small.p95() / large.p95()),
    ):  # fmt: skip
        line = {
            "name": name,
            "figure": round(figure, 2),
            "unit": unit,
            "floor": floor,
            "ratio": round(ratio, 2),
        }
        print(json.dumps(line | {"command": command}, ensure_ascii=False))


if __name__ == "__main__":
    main()
