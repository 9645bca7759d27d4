"""Settings of the doors: how often one client may pass (`rate.py`)."""

from django.utils.translation import gettext_noop

from xiucheng.kernel.settings import declare
from xiucheng.web.rate import LIMITS

for _limit in LIMITS:
    declare(
        _limit.key, _limit.default, _limit.label, gettext_noop("次"), "上报门户和开放接口的限流", minimum=1
    )
