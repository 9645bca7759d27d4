"""Settings of the doors: how often one client may pass (`rate.py`), how long a report may be."""

from django.utils.translation import gettext_noop

from xiucheng.kernel.settings import declare
from xiucheng.web.rate import LIMITS

for _limit in LIMITS:
    declare(
        _limit.key,
        _limit.default,
        _limit.label,
        gettext_noop("次"),
        gettext_noop("防止一处占满服务；本平台的约定"),
        minimum=1,
    )

declare(
    "report.description_max",
    5000,
    gettext_noop("上报描述最多字数"),
    gettext_noop("字"),
    gettext_noop("开放接口 GeoReport v2 要求不少于 4000"),
    minimum=4000,
    maximum=100_000,
)
