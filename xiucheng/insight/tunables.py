"""What a city may set about likeness and suggestion."""

from xiucheng.kernel.marking import gettext_noop
from xiucheng.kernel.settings import declare

DUPLICATE_M = declare(
    "insight.duplicate_m",
    100,
    gettext_noop("登记时在多远以内找可能重复的案件"),
    unit=gettext_noop("米"),
    source=gettext_noop("比判为重复的距离宽，因为电话里说的地点不准"),
    minimum=10,
    maximum=1000,
)
DUPLICATE_DAYS = declare(
    "insight.duplicate_days",
    60,
    gettext_noop("登记时在多少天以内的在办案件里找重复"),
    unit=gettext_noop("自然日"),
    source=gettext_noop("没有国家规定，这是建议值，各地自定"),
    minimum=1,
    maximum=730,
)
DUPLICATE_PERCENT = declare(
    "insight.duplicate_percent",
    45,
    gettext_noop("相像到百分之几才提示可能重复"),
    unit="%",
    source=gettext_noop("只是提示，由受理员决定是否并案"),
    minimum=1,
    maximum=100,
)
LEARN_MAX = declare(
    "insight.learn_max",
    200_000,
    gettext_noop("类别建议从最近多少件已立案的案件学习"),
    unit=gettext_noop("件"),
    source=gettext_noop("每晚一次；二十万件约占工作进程一分钟"),
    minimum=0,
    maximum=5_000_000,
)
