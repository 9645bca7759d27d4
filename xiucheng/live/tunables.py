"""The city's settings for what goes out of the house."""

from xiucheng.kernel import settings
from xiucheng.kernel.marking import gettext_noop

settings.declare("sms.reporters", True, gettext_noop("上报人留了手机号码时，是否用短信告知受理号和进展"))
settings.declare(
    "sms.daily_cap", 10, gettext_noop("一个号码每天最多几条短信"), gettext_noop("条"), minimum=1, maximum=1000
)
settings.declare(
    "sms.text.received",
    "【绣城】您的上报已收到，受理号 {number}，查询码 {code}。",
    gettext_noop("短信：收到上报"),
    source=gettext_noop("可用 {number} 受理号、{code} 查询码"),
)
settings.declare(
    "sms.text.progress",
    "【绣城】您的上报 {number}：{sentence}",
    gettext_noop("短信：上报有进展"),
    source=gettext_noop("可用 {number} 受理号、{sentence} 进展"),
)
settings.declare(
    "sms.text.staff",
    "【绣城】{sentence} {number}",
    gettext_noop("短信：发给工作人员"),
    source=gettext_noop("可用 {number} 受理号、{sentence} 消息"),
)
settings.declare(
    "webhook.failures_max",
    20,
    gettext_noop("推送连续失败几次后暂停"),
    gettext_noop("次"),
    minimum=1,
    maximum=1000,
)
settings.declare(
    "webhook.keep_days",
    90,
    gettext_noop("推送与短信记录保留天数"),
    gettext_noop("自然日"),
    minimum=1,
)
