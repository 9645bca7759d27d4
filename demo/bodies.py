"""The bodies of the demo city: centres, bureaus, companies, street offices. Invented; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from demo.spec import CITY
from xiucheng.people import credit_code

# (pinyin, name after the county's, short name, kinds: words of the categories' 主管部门类别)
COUNTY_TRADES = (
    ("chengguan", "城市管理执法大队", "城管执法", "城管"),
    ("shizheng", "市政设施养护中心", "市政养护", "市政"),
    ("huanwei", "环境卫生服务中心", "环卫", "环卫"),
    ("yuanlin", "园林绿化管护中心", "园林绿化", "园林"),
    ("zhujian", "住房建设服务中心", "住建", "住建/住房保障/房管"),
    ("shuiwu", "水务管理中心", "水务", "水务"),
    ("shichang", "市场监管服务中心", "市场监管", "市场监管"),
    ("minzheng", "民政服务中心", "民政", "民政"),
    ("wenlv", "文旅体育服务中心", "文旅", "文旅/文物/文化执法/体育"),
    ("tingche", "停车管理服务中心", "停车管理", "停车管理"),
)
# (pinyin, name, short name, kinds, a company)
CITY_TRADES = (
    ("gongshui", "滇畔供水有限公司", "供水公司", "供水", True),
    ("paishui", "畅渠排水有限公司", "排水公司", "排水", True),
    ("ranqi", "惠焰燃气有限公司", "燃气公司", "燃气", True),
    ("gongdian", "明川城区配电有限公司", "供电公司", "供电/电力", True),
    ("tongxin", "联畅通信设施有限公司", "通信公司", "通信/广电/线缆权属单位", True),
    ("gongjiao", "悦行公共交通有限公司", "公交公司", "公交", True),
    ("youzheng", "驿达邮政设施有限公司", "邮政公司", "邮政", True),
    ("ludeng", "昆明市城市照明中心", "路灯照明", "路灯", False),
    ("jiaojing", "昆明市交通秩序管理支队", "交警", "交警", False),
    ("gongan", "昆明市治安设施管理中心", "公安", "公安", False),
    ("xiaofang", "昆明市消防应急中心", "消防应急", "消防/应急", False),
    ("jiaotong", "昆明市交通运输服务中心", "交通运输", "交通运输/铁路", False),
    ("shengtai", "昆明市生态环境服务中心", "生态环境", "生态环境/气象", False),
    ("weijian", "昆明市卫生健康服务中心", "卫生健康", "卫生健康", False),
    ("shangwu", "昆明市商务能源服务中心", "商务能源", "商务/能源", False),
)
STREET_TAILS = (("街道", "街道办事处"), ("乡", "乡人民政府"), ("镇", "镇人民政府"))


@dataclass(frozen=True, slots=True)
class BodyPlan:
    """A department to be. key: division/pinyin; its code is sound, its name invented."""

    key: str
    code: str
    name: str
    short: str
    kind: str
    division: str
    level: str
    parent: str = ""
    is_command_centre: bool = False
    is_fallback: bool = False


def bodies(names: Mapping[str, str]) -> tuple[BodyPlan, ...]:
    """All departments of the city, parents first. names: of divisions by code, counties and townships."""
    return tuple(_bodies(names))


def _bodies(names: Mapping[str, str]) -> Iterator[BodyPlan]:
    serial = iter(range(1, 100_000))

    def plan(key: str, name: str, short: str, kind: str = "", **more: object) -> BodyPlan:
        division, company = key.split("/")[0], bool(more.pop("company", False))
        code = credit_code.compose(
            division[:6].ljust(6, "0"), next(serial), registrar="9" if company else "1"
        )
        level = {4: "city", 6: "county"}.get(len(division), "street")
        return BodyPlan(key, code, name, short, kind, division, level, **more)  # type: ignore[arg-type]

    top = plan(f"{CITY}/ju", "昆明市城市管理委员会", "市城管委", is_fallback=True)
    yield top
    yield plan(f"{CITY}/jiandu", "昆明市城市管理监督中心", "市监督中心", parent=top.key)
    yield plan(f"{CITY}/zhihui", "昆明市城市管理指挥中心", "市指挥中心", parent=top.key)
    for word, name, short, kind, company in CITY_TRADES:
        yield plan(f"{CITY}/{word}", name, short, kind, company=company)
    for code in sorted(code for code in names if len(code) == 6):
        county = names[code]
        brief = county.removesuffix("区")
        own = plan(f"{code}/ju", f"{county}城市管理局", f"{brief}城管局", parent=top.key, is_fallback=True)
        yield own
        yield plan(f"{code}/jiandu", f"{county}城市管理监督中心", f"{brief}监督中心", parent=own.key)
        yield plan(
            f"{code}/zhihui", f"{county}城市管理指挥中心", f"{brief}指挥中心", parent=own.key,
            is_command_centre=True,
        )  # fmt: skip
        for word, name, short, kind in COUNTY_TRADES:
            yield plan(f"{code}/{word}", f"{county}{name}", f"{brief}{short}", kind, parent=own.key)
        for street in sorted(s for s in names if len(s) == 9 and s.startswith(code)):
            name = office_name(names[street])
            yield plan(f"{street}/jie", f"{county}{name}", name[:30], "街道", is_fallback=True)


def office_name(township: str) -> str:
    """«华山街道» → «华山街道办事处»; a zone has a 管理委员会.

    >>> office_name("华山街道"), office_name("西翥镇"), office_name("高新区")
    ('华山街道办事处', '西翥镇人民政府', '高新区管理委员会')
    """
    for tail, office in STREET_TAILS:
        if township.endswith(tail):
            return township.removesuffix(tail) + office
    return f"{township}管理委员会"


def kinds_of(body: BodyPlan) -> tuple[str, ...]:
    return tuple(word for word in body.kind.split("/") if word)
