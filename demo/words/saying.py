"""Sentences from phrases: how a citizen, an inspector, a hotline clerk says it; how a department answers."""

from random import Random

from demo.words.problems import ANY_DEFECT, DEFECTS, MATTERS

CITIZEN = (
    "{where}{what}，{effect}，请尽快处理。",
    "您好，我住在{street}附近，{what}，已经{days}天了。",
    "{what}，位置在{where}。{effect}。",
    "每天上班路过{where}，{what}。希望有人管一管。",
    "{where}，{what}，麻烦来看看，谢谢。",
    "反映一个问题：{what}。地点：{where}。",
    "{what}！就在{where}，{effect}。",
    "孩子上学要走{street}，{what}，{effect}，盼解决。",
    "{where}{what}。之前也有人说过，一直没动静。",
)
HOTLINE = (
    "来电人反映{where}{what}，{effect}，要求处理。",
    "市民来电：{where}{what}，已有{days}天，请核实处理。",
    "来电称{street}一带{what}，希望相关部门到现场查看。",
)
STAFF = (
    "巡查发现{where}{what}。",
    "{where}{what}，已拍照取证。",
    "日常巡查，{where}{what}，影响通行。",
    "{where}{what}，建议立案处置。",
)
SENSOR = ("{where}设备报警：{what}。", "视频巡查发现{where}{what}。")
EFFECTS = {
    "01": ("行人经过有危险", "晚上看不清容易摔跤", "影响出行安全"),
    "02": ("走路开车都不方便", "容易出事故", "老人小孩过路很危险"),
    "03": ("影响市容", "味道很大", "附近居民意见很大"),
    "04": ("行人要绕着走", "看着很可惜", "怕砸到人"),
    "05": ("存在隐患", "附近居民很担心"),
    "06": ("影响环境卫生", "味道难闻", "附近居民意见很大", "下雨更脏"),
    "07": ("影响市容", "看着很乱"),
    "08": ("影响周边居民休息", "车辆行人都不好走", "灰尘很大"),
    "09": ("堵得走不动", "行人只能走到车道上", "天天如此"),
    "10": ("很危险", "怕伤到人"),
}
WHERE = (
    "{street}{no}号门前", "{street}与{cross}交叉口", "{street}{side}侧人行道", "{street}公交站旁", "{street}中段",
    "{street}{no}号对面", "{street}近{cross}处",
)  # fmt: skip
DONE = {
    "01": ("已更换新的{thing}，现场恢复正常。", "已加固修复，并清理现场。", "已安排班组更换，试验正常。"),
    "02": ("已修复并重新固定。", "已更换破损部件，现场恢复。", "已重新安装到位。"),
    "03": ("已清洗消毒，恢复使用。", "已更换破损部分，恢复整洁。"),
    "04": ("已修剪清运，补植恢复。", "已扶正加固并浇水。"),
    "05": ("已督促产权单位整改完毕。", "已修复并设置提示。"),
    "06": ("已清理干净，现场恢复整洁。", "已清运完毕并冲洗路面。", "已整改到位，并告知周边商户。"),
    "07": ("已清除并复查周边。", "已拆除，现场恢复。"),
    "08": ("已责令施工单位整改，现场已规范。", "已补齐围挡并洒水降尘。"),
    "09": ("已劝离并规范摆放，现场恢复通行。", "已清理占道物品，对当事人教育告知。"),
    "10": ("已清除隐患，现场恢复安全。", "已重新固定并捆扎整齐。"),
}
REASONS = {
    "refuse": (
        "所反映事项属于民事纠纷，不在城市管理受理范围，建议通过社区调解。",
        "内容不完整且无法联系，无法确定问题和位置。",
        "属于物业服务问题，建议向业主委员会或物业主管单位反映。",
        "咨询类来信，已口头答复。",
    ),
    "decline": ("到现场核实，未发现所反映的问题。", "未达到立案条件，已当场提醒整改。", "问题已由权属单位自行处理。"),
    "void": ("经核对照片与现场不符。", "同一位置已由其他部门办结，本件无需处置。"),
    "return": (
        "该处设施不属于我单位管护，建议派遣权属单位。",
        "现场位于小区红线内，应由属地街道牵头。",
        "经核查，该路段已移交其他单位养护。",
    ),
    "deny_return": ("按权责清单属你单位职责，请尽快处置。", "移交手续尚未办理，请先行处置。"),
    "extend": ("需采购配件，预计到货后两日内完成。", "连续降雨无法施工，申请延期。", "需协调管线单位配合。"),
    "suspend": ("列入年度道路整治工程，待工程开工一并处理。", "涉及管线迁改，需待上级批复。", "补植须待适宜季节。"),
    "rework": ("现场仍有残留，请重新处置。", "照片角度不一致，问题未解决。", "只处理了一半，请继续。"),
    "send_back": ("缺少处置后照片的参照物，请补充。", "处置说明过于简单，请写明措施。"),
    "reopen": ("没过几天又变回原样了。", "只是盖了一下，问题还在。", "照片拍的不是我说的地方。"),
    "appeal": ("当日暴雨无法作业，附气象证明。", "现场被车辆占压两日，无法施工。", "系统故障未能及时回复。"),
    "supervise": ("群众多次反映，请抓紧办理并报结果。", "临近重要活动，请限时办结。", "媒体关注，请从速处置。"),
    "answered": ("已增派人员，今日内完成。", "已现场办公，明确了完成时间。"),
    "ask": ("请问具体在哪个位置，附近有什么标志？", "请补充一张能看清全貌的照片。", "请问大概什么时间段最严重？"),
    "answer": ("在公交站往东走几十米的地方。", "就在路口的药店门前。", "晚上七点以后最严重。"),
    "arbitrate": ("依权责清单和现场管护边界，由该单位负责处置。", "按谁所有谁负责的原则裁定。"),
    "remind": ("请按时限办理。", "时限将到，请抓紧。"),
    "note": ("已电话联系现场负责人。", "与相邻案件一并安排。"),
    "disclose": ("需向上报人核对具体位置。",),
    "unmerge": ("两处实为不同点位，分别办理。",),
    "far": ("同一堆垃圾，两位市民从路两侧上报。",),
}  # fmt: skip


def describe(rng: Random, code: str, name: str, channel: str, street: str, cross: str) -> tuple[str, str]:
    """A description and an address. code, name: of the category; channel: its word; two street names."""
    where = rng.choice(WHERE).format(
        street=street, cross=cross, no=rng.randrange(2, 398), side=rng.choice("东南西北")
    )
    what = _problem(rng, code, name)
    forms = {"web": CITIZEN, "open311": CITIZEN, "media": CITIZEN, "hotline": HOTLINE, "agency": HOTLINE}.get(
        channel, SENSOR if channel in ("sensor", "video") else STAFF
    )
    effect = rng.choice(EFFECTS[code[:2]])
    text = rng.choice(forms).format(
        where=where, what=what, effect=effect, street=street, days=rng.choice("两三四五六")
    )
    return text, where


def _problem(rng: Random, code: str, name: str) -> str:
    if code in MATTERS:
        return rng.choice(MATTERS[code]).format(n=rng.choice("二三四五六八"))
    thing = thing_of(name)
    defects = next((found for word, found in DEFECTS if word in thing), ANY_DEFECT)
    return f"{rng.choice(('有一处', '一个', '路边的', ''))}{thing}{rng.choice(defects)}"


def thing_of(name: str) -> str:
    """«路灯异常» → «路灯».

    >>> thing_of("路灯异常"), thing_of("紧急报警点异常SOS"), thing_of("绿地异常")
    ('路灯', '紧急报警点', '绿地')
    """
    return name.partition("异常")[0] or name


def done(rng: Random, code: str, name: str) -> str:
    """What a department says it did."""
    return rng.choice(DONE[code[:2]]).format(thing=thing_of(name))


def reason(rng: Random, what: str) -> str:
    """Why somebody asks, denies or ends something; `what` is a key of REASONS."""
    return rng.choice(REASONS[what])
