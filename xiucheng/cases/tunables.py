"""The city's settings for cases, declared with source and confidence."""

from xiucheng.cases.rules.notices import KIND_NAMES
from xiucheng.cases.words import ClockKind
from xiucheng.kernel import settings
from xiucheng.kernel.marking import gettext_noop
from xiucheng.kernel.worktime import Limit

SUGGESTION = gettext_noop("没有国家规定，这是建议值，各地自定")
COMMON = gettext_noop("各地数字城管的通行做法")
LIMITS = {
    ClockKind.ACCEPT: ("10 值班分钟", gettext_noop("受理时限"), SUGGESTION),
    ClockKind.VERIFY: ("30 值班分钟", gettext_noop("核实时限"), SUGGESTION),
    ClockKind.FILE: ("15 值班分钟", gettext_noop("立案时限"), SUGGESTION),
    ClockKind.DISPATCH: ("15 值班分钟", gettext_noop("派遣时限"), SUGGESTION),
    ClockKind.FEEDBACK: ("15 值班分钟", gettext_noop("反馈时限"), SUGGESTION),
    ClockKind.CHECK_ISSUE: ("15 值班分钟", gettext_noop("发核查时限"), SUGGESTION),
    ClockKind.CHECK: ("60 值班分钟", gettext_noop("核查时限"), SUGGESTION),
    ClockKind.CLOSE: ("15 值班分钟", gettext_noop("结案时限"), SUGGESTION),
    ClockKind.ARBITRATE: ("1 工作日", gettext_noop("仲裁时限"), SUGGESTION),
}
NUMBERS = {
    "extensions_max": (2, gettext_noop("延期次数上限"), "", COMMON, "H"),
    "suspensions_max": (1, gettext_noop("挂账次数上限"), "", COMMON, "H"),
    "suspend_days_max": (365, gettext_noop("挂账最长天数"), gettext_noop("自然日"), COMMON, "H"),
    "returns_before_arbitration": (2, gettext_noop("几次回退后仲裁"), "", COMMON, "M"),
    "reopen_days": (15, gettext_noop("上报人可申请重办的天数"), gettext_noop("自然日"), SUGGESTION, "L"),
    "appeal_days": (15, gettext_noop("部门可申诉的天数"), gettext_noop("自然日"), SUGGESTION, "L"),
    "ask_days": (3, gettext_noop("等上报人补充的天数"), gettext_noop("自然日"), SUGGESTION, "L"),
    "check_distance_m": (50, gettext_noop("核实核查距现场的距离"), gettext_noop("米"), COMMON, "M"),
    "merge_radius_m": (50, gettext_noop("判为重复案件的距离"), gettext_noop("米"), COMMON, "M"),
}  # fmt: skip

for _kind, (_default, _label, _source) in LIMITS.items():
    settings.declare(
        f"cases.limit.{_kind}",
        Limit.parse(_default),
        _label,
        source=_source,
        confidence="L",
    )
settings.declare(
    "cases.limit.urgent",
    Limit.parse("4 紧急工作时"),
    gettext_noop("没有紧急标准的类别转紧急后的处置时限"),
    source=gettext_noop("转紧急后按紧急标准重定时限，只会提前"),
    confidence="L",
)
settings.declare(
    "cases.remind_percents",
    (50, 80, 100),
    gettext_noop("处置时限用去百分之几时自动催办"),
    unit="%",
    source=COMMON,
    confidence="M",
    minimum=1,
    maximum=1000,
)
for _key, (_number, _label, _unit, _source, _confidence) in NUMBERS.items():
    settings.declare(
        f"cases.{_key}",
        _number,
        _label,
        unit=_unit,
        source=_source,
        confidence=_confidence,
        minimum=0,
    )

# --- Messages: what counts for somebody who did not choose (/me/notifications) ---
for _word, _name in KIND_NAMES.items():
    settings.declare(
        f"notices.page.{_word}",
        True,
        _name,
        source=gettext_noop("没有自己设置的人，这一种消息是否计入未读并在页面上提示"),
    )
settings.declare("notices.digest", True, gettext_noop("没有自己设置的人是否收每日提要"))
settings.declare(
    "notices.digest_hour", 8, gettext_noop("每日提要的钟点"), gettext_noop("时"), minimum=0, maximum=23
)
settings.declare(
    "notices.quiet_from", 22, gettext_noop("免打扰从几点起"), gettext_noop("时"), minimum=0, maximum=23
)
settings.declare(
    "notices.quiet_to", 7, gettext_noop("免打扰到几点止"), gettext_noop("时"), minimum=0, maximum=23
)

# --- 回访: who is called back after closing ---
settings.declare(
    "cases.callback_percent",
    100,
    gettext_noop("结案后回访上报人的抽样比例"),
    unit="%",
    source=gettext_noop("由受理员回访；按案件固定抽取，不由打电话的人挑"),
    minimum=0,
    maximum=100,
)
settings.declare(
    "cases.callback_days",
    15,
    gettext_noop("结案后多少天以内回访"),
    gettext_noop("自然日"),
    gettext_noop("与上报人可申请重办的天数一致：过了就不能再重办"),
    minimum=1,
    maximum=365,
)
settings.declare(
    "cases.callback_wait",
    Limit.parse("240 值班分钟"),
    gettext_noop("回访未接通，隔多久再打"),
    source=gettext_noop("只在值班时段计时，夜里不打"),
)
settings.declare(
    "cases.export_days",
    7,
    gettext_noop("导出的文件保留多少天"),
    gettext_noop("自然日"),
    gettext_noop("导出的文件含有案件内容，用完即删；到期自动删除"),
    minimum=1,
    maximum=90,
)
