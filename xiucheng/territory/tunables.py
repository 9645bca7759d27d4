"""The city's settings for the ground, declared with source and confidence."""

from django.utils.translation import gettext_noop

from xiucheng.kernel.settings import declare

BORDER = declare(
    "territory.border_m",
    100,
    gettext_noop("距行政区边界多近算“邻近”：上报人会被询问，两边都能看到"),
    unit=gettext_noop("米"),
    source=gettext_noop("图钉放在边界附近时容易派错属地"),
    confidence="P",
    minimum=0,
    maximum=5000,
)
BASE_URL = declare(
    "map.base_url",
    "",
    gettext_noop("经批准的底图：瓦片地址模板，例如 https://…/{z}/{x}/{y}.png；留空则只用自己的数据画图"),
    source=gettext_noop("《地图管理条例》：只可使用经审核的底图"),
    confidence="P",
)
BASE_WORDS = declare(
    "map.base_words",
    "",
    gettext_noop("底图的审图号和来源，写在每幅地图上，例如 审图号：GS(2026)0001号"),
    source=gettext_noop("《地图管理条例》：审图号标在图上"),
    confidence="P",
)
