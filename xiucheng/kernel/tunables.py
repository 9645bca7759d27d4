"""Settings of the ground floor."""

from django.utils.translation import gettext_noop

from xiucheng.kernel.settings import declare

FALLBACK = declare(
    "calendar.fallback",
    "weekends",
    gettext_noop("尚未公布放假安排的年份怎样计算工作日"),
    source=gettext_noop("国务院办公厅一般在前一年 11 月前后公布；暂算的时限标为“暂定”，公布后重算"),
    choices=("weekends", "refuse"),
)

FILES_MAX_MEGABYTES = declare(
    "files.max_megabytes",
    20,
    gettext_noop("上传的照片和文件每个最大多少"),
    unit="MB",
    source=gettext_noop("手机拍的照片一般 3 到 12 MB"),
    minimum=1,
    maximum=200,
)
FILES_MAX_MEGAPIXELS = declare(
    "files.max_megapixels",
    50,
    gettext_noop("上传的照片最多多少像素"),
    unit=gettext_noop("百万像素"),
    source=gettext_noop("一张 5000 万像素的图片解码后约占 200 MB 内存"),
    minimum=1,
    maximum=200,
)
