"""Settings of the ground floor."""

from django.utils.translation import gettext_noop

from xiucheng.kernel.settings import declare

FALLBACK = declare(
    "calendar.fallback",
    "weekends",
    gettext_noop("尚未公布放假安排的年份怎样计算工作日（weekends 按周一至周五暂算，refuse 不予计算）"),
    source="国务院办公厅一般在前一年 11 月前后公布；暂算的时限标为“暂定”，公布后重算",
    choices=("weekends", "refuse"),
)
