"""Short forms by which people call a place: without the name of the city, 市政府 for 昆明市人民政府. Pure."""

import re
from collections.abc import Collection

_OFFICE = (
    ("人民政府", "政府"),
    ("人民法院", "法院"),
    ("人民检察院", "检察院"),
    ("人民医院", "医院"),
    ("居民委员会", "居委会"),
    ("居民委员会", ""),
    ("村民委员会", "村委会"),
    ("村民委员会", ""),
    ("街道办事处", "街道办"),
    ("街道办事处", "办事处"),
    ("城市管理局", "城管局"),
    ("城市管理综合行政执法局", "城管局"),
    ("市场监督管理局", "市监局"),
    ("住房和城乡建设局", "住建局"),
    ("人力资源和社会保障局", "人社局"),
    ("教育体育局", "教体局"),
    ("政务服务中心", "政务中心"),
    ("火车站", "站"),
    ("汽车客运站", "客运站"),
)
_COMPANY = re.compile("(?:有限责任公司|股份有限公司|有限公司|集团公司|集团|分公司|公司|[(（][^)）]*[)）])$")
_ORDINAL = re.compile("第([一二三四五六七八九十]{1,3})(?:人民)?(医院|中学|小学|幼儿园|初级中学)$")
_SCHOOL = {"医院": "院", "中学": "中", "初级中学": "中", "小学": "小", "幼儿园": "幼"}
_TIER = "省市州县区"
_PEOPLES = [
    "白", "彝", "傣", "景颇", "哈尼", "壮", "苗", "藏", "傈僳", "回", "土家", "侗", "布依", "羌", "朝鲜",
    "蒙古", "哈萨克", "柯尔克孜", "瑶", "拉祜", "佤", "纳西", "怒", "独龙", "普米", "布朗", "黎", "土", "撒拉",
    "满", "畲", "仡佬", "水", "仫佬", "毛南", "东乡", "裕固", "保安", "塔吉克", "锡伯", "维吾尔", "达斡尔",
    "鄂温克", "鄂伦春",
]  # fmt: skip
_AUTONOMOUS = re.compile(f"(?:(?:{'|'.join(sorted(_PEOPLES, key=len, reverse=True))})族)+自治([州县区])$")


def short_forms(name: str, places: Collection[str] = ()) -> set[str]:
    """Other names of a place, without the name itself.

    places: full names of divisions that may stand in front, «云南省», «昆明市», «五华区».

    >>> sorted(short_forms("昆明市人民政府", {"昆明市"}))
    ['人民政府', '市人民政府', '市政府', '昆明人民政府', '昆明市政府', '昆明政府']
    >>> {"市一院", "市第一医院", "第一人民医院", "昆明第一医院"} <= short_forms("昆明市第一人民医院", {"昆明市"})
    True
    >>> sorted(short_forms("云南白药集团股份有限公司", {"云南省"}))
    ['云南白药', '云南白药集团', '白药', '白药集团', '白药集团股份有限公司']
    >>> short_forms("翠湖宾馆")
    set()
    """
    bodies = {name}
    stripped = name
    while (cut := _COMPANY.sub("", stripped)) != stripped and len(cut) >= 2:
        stripped = cut
        bodies.add(stripped)
    for long, brief in _OFFICE:
        bodies |= {body.removesuffix(long) + brief for body in list(bodies) if body.endswith(long)}
    found = set(bodies)
    for body in bodies:
        for front, tier in _fronts(body, places):
            rest = body[len(front) :]
            forms = {rest, _bare(front) + rest} | ({tier + rest} if tier in "市州县区" else set())
            found |= {form for form in forms if len(form) >= 2}
    for form in list(found):
        if ordinal := _ORDINAL.search(form):
            head = form[: ordinal.start()]
            found.add(f"{head}第{ordinal[1]}{ordinal[2]}")
            found.add(f"{head}{ordinal[1]}{_SCHOOL[ordinal[2]]}")
    return {form for form in found if len(form) >= 2 and _says_something(form)} - {name}


def division_forms(name: str) -> set[str]:
    """A division without its tier: «五华», «翠湖西路» of 翠湖西路社区居民委员会.

    >>> sorted(division_forms("翠湖西路社区居民委员会")), sorted(division_forms("红河哈尼族彝族自治州"))
    (['翠湖西路社区', '翠湖西路社区居委会'], ['红河', '红河州'])
    >>> division_forms("五华区"), division_forms("市中区")
    ({'五华'}, {'市中'})
    """
    if autonomous := _AUTONOMOUS.search(name):
        short, tier = name[: autonomous.start()], autonomous[1]
        return {short, short + tier} if len(short) >= 2 else set()
    for long in ("居民委员会", "村民委员会"):
        if name.endswith(long):
            head = name.removesuffix(long)
            return {head, head + long[0] + "委会"} if len(head) >= 2 else set()
    short = re.sub("(?:省|市|区|县|街道|镇|乡)$", "", name)
    return {short} if short != name and len(short) >= 2 else set()


def _fronts(body: str, places: Collection[str]) -> list[tuple[str, str]]:
    """Divisions, in full or without their tier, that a name begins with; with the letter of their tier."""
    found: list[tuple[str, str]] = []
    for place in places:
        if body.startswith(place) and len(body) > len(place) + 1:
            found.append((place, place[-1]))
            continue
        bare = _bare(place)
        if (
            body.startswith(bare)
            and body[len(bare) : len(bare) + 1] not in _TIER
            and len(body) > len(bare) + 1
        ):
            found.append((bare, ""))
    return found


def _bare(place: str) -> str:
    return place[:-1] if len(place) > 2 and place[-1] in _TIER else place


def _says_something(form: str) -> bool:
    return form not in {"政府", "医院", "法院", "公司", "集团", "中学", "小学", "银行"}
