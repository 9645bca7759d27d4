"""Invented street names: plausible, unique within the city. Likeness to a real street is chance."""

import numpy as np

FIRST = (
    "翠金碧春云彩霞锦瑞丰永和安康宁嘉明朝晨兴盛景秀清澄玉银宝祥福"
    "泰昌华文崇尚学书墨兰桂梅竹松柏枫樱荷莲海江溪泉龙凤鹤鹭雁星月虹"
)
SECOND = (
    "屏泉华园林山川谷岭坡桥门台阁亭苑庭湾浦洲渡原野田圃晖阳光辉霞"
    "云岚露雨霖风和平安宁康乐兴隆盛昌达通远志成德贤仁义信礼文翰墨章"
)
LANE = (
    "槐柳桃杏李榆桑枣梨菊葵菱藕稻麦茶酒米油盐布瓦砖石井塘沟坝埂棚铺"
    "坊市场集栅帽靴灯笼钟鼓磨碾香烛绣线染纸笔砚琴棋画扇伞刀剪锅壶瓶"
)


class Namer:
    """Hands out names in a seeded order and never one twice."""

    def __init__(self, rng: np.random.Generator) -> None:
        pairs = sorted({a + b for a in FIRST for b in SECOND if a != b})
        self._pairs = list(rng.permutation(pairs))
        lanes = sorted({a + b for a in FIRST + LANE for b in LANE if a != b})
        self._lanes = list(rng.permutation(lanes))
        self._rng = rng
        self._lane, self._count = "", 9

    def _pair(self) -> str:
        return str(self._pairs.pop())

    def arterial(self) -> str:
        """Two characters; the part of town (东西南北) and 路 are added where the street is laid."""
        return self._pair()

    def collector(self) -> str:
        return self._pair() + str(self._rng.choice(["路", "路", "路", "街", "大街"]))

    def lane(self) -> str:
        """Lanes come in small families: 槐井一巷, 槐井二巷 …"""
        if self._count >= 4 or self._rng.random() < 0.5:
            self._lane, self._count = str(self._lanes.pop()), 0
            self._suffix = str(self._rng.choice(["巷", "巷", "里", "街"]))
            return self._lane + self._suffix
        self._count += 1
        return self._lane + "一二三四"[self._count - 1] + self._suffix

    def road(self) -> str:
        return self._pair() + "公路"
