"""Kinds of address point, after GB/T 30428.3 and 47678.4: 行政区划 + 街巷/小区 + 门(楼)址 + 标志物/兴趣点
(standards/codes.md §6 [M]). The finer kinds below 标志物 are ours [P].
"""

from enum import StrEnum

from xiucheng.kernel.marking import gettext_noop


class Kind(StrEnum):
    """What stands at an address point."""

    DIVISION = "division"
    STREET = "street"
    CROSSING = "crossing"
    DOOR = "door"
    ESTATE = "estate"
    BUILDING = "building"
    LANDMARK = "landmark"
    UNIT = "unit"
    SHOP = "shop"
    COMPONENT = "component"


class Family(StrEnum):
    """Kinds that share a name: the street and its doors, the estate and its buildings."""

    DIVISION = "division"
    STREET = "street"
    ESTATE = "estate"
    PLACE = "place"
    THING = "thing"


LABELS = {
    Kind.DIVISION: gettext_noop("行政区划"),
    Kind.STREET: gettext_noop("街巷"),
    Kind.CROSSING: gettext_noop("路口"),
    Kind.DOOR: gettext_noop("门牌"),
    Kind.ESTATE: gettext_noop("小区"),
    Kind.BUILDING: gettext_noop("楼栋"),
    Kind.LANDMARK: gettext_noop("标志物"),
    Kind.UNIT: gettext_noop("单位"),
    Kind.SHOP: gettext_noop("店铺"),
    Kind.COMPONENT: gettext_noop("部件编号"),
}

FAMILY = {
    Kind.DIVISION: Family.DIVISION,
    Kind.STREET: Family.STREET,
    Kind.CROSSING: Family.STREET,
    Kind.DOOR: Family.STREET,
    Kind.ESTATE: Family.ESTATE,
    Kind.BUILDING: Family.ESTATE,
    Kind.LANDMARK: Family.PLACE,
    Kind.UNIT: Family.PLACE,
    Kind.SHOP: Family.PLACE,
    Kind.COMPONENT: Family.THING,
}

NUMBERED = (Kind.DOOR, Kind.BUILDING, Kind.COMPONENT)
"""Kinds that are nothing without a number."""

WEIGHT = {
    Kind.DIVISION: 45,
    Kind.STREET: 50,
    Kind.CROSSING: 30,
    Kind.DOOR: 50,
    Kind.ESTATE: 45,
    Kind.BUILDING: 45,
    Kind.LANDMARK: 48,
    Kind.UNIT: 35,
    Kind.SHOP: 20,
    Kind.COMPONENT: 10,
}
"""How likely somebody means it, other things being equal [P]. The name's own weight adds its number of points."""

SAID = {
    "division": Kind.DIVISION, "行政区划": Kind.DIVISION,
    "street": Kind.STREET, "街巷": Kind.STREET, "道路": Kind.STREET, "街道": Kind.STREET, "路": Kind.STREET,
    "crossing": Kind.CROSSING, "路口": Kind.CROSSING, "交叉口": Kind.CROSSING,
    "door": Kind.DOOR, "门牌": Kind.DOOR, "门牌号": Kind.DOOR, "门址": Kind.DOOR, "门(楼)址": Kind.DOOR,
    "门楼牌": Kind.DOOR, "门楼址": Kind.DOOR,
    "estate": Kind.ESTATE, "小区": Kind.ESTATE, "居民小区": Kind.ESTATE, "院落": Kind.ESTATE,
    "building": Kind.BUILDING, "楼栋": Kind.BUILDING, "楼址": Kind.BUILDING, "楼宇": Kind.BUILDING,
    "landmark": Kind.LANDMARK, "标志物": Kind.LANDMARK, "地标": Kind.LANDMARK, "兴趣点": Kind.LANDMARK,
    "poi": Kind.LANDMARK, "公园": Kind.LANDMARK, "建筑物": Kind.LANDMARK,
    "unit": Kind.UNIT, "单位": Kind.UNIT, "机构": Kind.UNIT, "企业": Kind.UNIT,
    "shop": Kind.SHOP, "店铺": Kind.SHOP, "商铺": Kind.SHOP, "商店": Kind.SHOP, "门店": Kind.SHOP,
    "单位/店铺": Kind.SHOP,
    "component": Kind.COMPONENT, "部件": Kind.COMPONENT, "部件编号": Kind.COMPONENT, "灯杆": Kind.COMPONENT,
    "路灯": Kind.COMPONENT, "灯杆编号": Kind.COMPONENT,
}  # fmt: skip
"""How a file may call a kind."""
