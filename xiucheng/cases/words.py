"""The vocabulary of a case: stages, steps, clocks, channels, with their Chinese names. Pure.

Names follow standards/glossary.csv; 核实 (`verify`, before filing) and 核查 (`check`, after handling) are two things.
"""

from enum import StrEnum

from xiucheng.kernel.marking import gettext_noop


class Stage(StrEnum):
    """A node of the flow: what the case waits for now."""

    REPORTED = "reported"
    VERIFYING = "verifying"
    ACCEPTED = "accepted"
    FILED = "filed"
    ARBITRATING = "arbitrating"
    HANDLING = "handling"
    REPLIED = "replied"
    TO_CHECK = "to_check"
    CHECKING = "checking"
    CHECKED = "checked"
    CLOSED = "closed"
    REFUSED = "refused"
    DECLINED = "declined"
    VOID = "void"
    MERGED = "merged"


STAGE_NAMES = {
    Stage.REPORTED: gettext_noop("待受理"),
    Stage.VERIFYING: gettext_noop("核实中"),
    Stage.ACCEPTED: gettext_noop("待立案"),
    Stage.FILED: gettext_noop("待派遣"),
    Stage.ARBITRATING: gettext_noop("待仲裁"),
    Stage.HANDLING: gettext_noop("处置中"),
    Stage.REPLIED: gettext_noop("待反馈"),
    Stage.TO_CHECK: gettext_noop("待发核查"),
    Stage.CHECKING: gettext_noop("核查中"),
    Stage.CHECKED: gettext_noop("待结案"),
    Stage.CLOSED: gettext_noop("已结案"),
    Stage.REFUSED: gettext_noop("不予受理"),
    Stage.DECLINED: gettext_noop("不予立案"),
    Stage.VOID: gettext_noop("已作废"),
    Stage.MERGED: gettext_noop("已合并"),
}
ENDED = frozenset({Stage.CLOSED, Stage.REFUSED, Stage.DECLINED, Stage.VOID, Stage.MERGED})
BEFORE_FILING = frozenset({Stage.REPORTED, Stage.VERIFYING, Stage.ACCEPTED})
AFTER_DISPATCH = frozenset(
    {Stage.ARBITRATING, Stage.HANDLING, Stage.REPLIED, Stage.TO_CHECK, Stage.CHECKING, Stage.CHECKED}
)


class Step(StrEnum):
    """An edge of the flow: one thing that a person, a reporter or the system did."""

    REPORT = "report"
    ACCEPT = "accept"
    REFUSE = "refuse"
    ASK = "ask"
    ANSWER_ASK = "answer_ask"
    EXPIRE_ASK = "expire_ask"
    REQUEST_VERIFY = "request_verify"
    ANSWER_VERIFY = "answer_verify"
    REASSIGN = "reassign"
    PROPOSE = "propose"
    CORRECT = "correct"
    FILE = "file"
    DECLINE = "decline"
    MARK_URGENT = "mark_urgent"
    MERGE = "merge"
    ADOPT = "adopt"
    UNMERGE = "unmerge"
    ABANDON = "abandon"
    SELF_HANDLE = "self_handle"
    DISPATCH = "dispatch"
    SPLIT = "split"
    TAKE = "take"
    ASSIGN = "assign"
    HANDLE = "handle"
    RETURN = "return"
    DECIDE_RETURN = "decide_return"
    CONFIRM_RETURN = "confirm_return"
    EXTEND = "extend"
    REVIEW_EXTEND = "review_extend"
    DECIDE_EXTEND = "decide_extend"
    SUSPEND = "suspend"
    DECIDE_SUSPEND = "decide_suspend"
    RESUME = "resume"
    ARBITRATE = "arbitrate"
    INSTRUCT = "instruct"
    SUPERVISE = "supervise"
    ANSWER_SUPERVISE = "answer_supervise"
    REMIND = "remind"
    FORWARD = "forward"
    SEND_BACK = "send_back"
    REQUEST_CHECK = "request_check"
    ANSWER_CHECK = "answer_check"
    CLOSE = "close"
    REWORK = "rework"
    VOID = "void"
    SIGN_VOID = "sign_void"
    REOPEN = "reopen"
    APPEAL = "appeal"
    REVIEW_APPEAL = "review_appeal"
    DECIDE_APPEAL = "decide_appeal"
    RATE = "rate"
    CALLBACK = "callback"
    DISCLOSE = "disclose"
    RELEASE = "release"
    NOTE = "note"
    RECOMPUTE = "recompute"
    RELOCATE = "relocate"


STEP_NAMES = {
    Step.REPORT: gettext_noop("上报"),
    Step.ACCEPT: gettext_noop("受理"),
    Step.REFUSE: gettext_noop("不予受理"),
    Step.ASK: gettext_noop("请上报人补充"),
    Step.ANSWER_ASK: gettext_noop("上报人补充"),
    Step.EXPIRE_ASK: gettext_noop("补充期满"),
    Step.REQUEST_VERIFY: gettext_noop("发核实"),
    Step.ANSWER_VERIFY: gettext_noop("核实回复"),
    Step.REASSIGN: gettext_noop("改派监督员"),
    Step.PROPOSE: gettext_noop("建议立案"),
    Step.CORRECT: gettext_noop("更正"),
    Step.FILE: gettext_noop("立案"),
    Step.DECLINE: gettext_noop("不予立案"),
    Step.MARK_URGENT: gettext_noop("标记紧急"),
    Step.MERGE: gettext_noop("并案"),
    Step.ADOPT: gettext_noop("并入"),
    Step.UNMERGE: gettext_noop("撤销并案"),
    Step.ABANDON: gettext_noop("移出并案"),
    Step.SELF_HANDLE: gettext_noop("自处置"),
    Step.DISPATCH: gettext_noop("派遣"),
    Step.SPLIT: gettext_noop("拆分协同"),
    Step.TAKE: gettext_noop("接收"),
    Step.ASSIGN: gettext_noop("派工到班组"),
    Step.HANDLE: gettext_noop("处置完毕"),
    Step.RETURN: gettext_noop("申请回退"),
    Step.DECIDE_RETURN: gettext_noop("回退审批"),
    Step.CONFIRM_RETURN: gettext_noop("误派确认"),
    Step.EXTEND: gettext_noop("申请延期"),
    Step.REVIEW_EXTEND: gettext_noop("延期初审"),
    Step.DECIDE_EXTEND: gettext_noop("延期审批"),
    Step.SUSPEND: gettext_noop("申请挂账"),
    Step.DECIDE_SUSPEND: gettext_noop("挂账审批"),
    Step.RESUME: gettext_noop("恢复计时"),
    Step.ARBITRATE: gettext_noop("仲裁"),
    Step.INSTRUCT: gettext_noop("批示"),
    Step.SUPERVISE: gettext_noop("督办"),
    Step.ANSWER_SUPERVISE: gettext_noop("督办回复"),
    Step.REMIND: gettext_noop("催办"),
    Step.FORWARD: gettext_noop("反馈转核查"),
    Step.SEND_BACK: gettext_noop("退回补充"),
    Step.REQUEST_CHECK: gettext_noop("发核查"),
    Step.ANSWER_CHECK: gettext_noop("核查回复"),
    Step.CLOSE: gettext_noop("结案"),
    Step.REWORK: gettext_noop("返工"),
    Step.VOID: gettext_noop("作废"),
    Step.SIGN_VOID: gettext_noop("作废会签"),
    Step.REOPEN: gettext_noop("上报人申请重办"),
    Step.APPEAL: gettext_noop("超时申诉"),
    Step.REVIEW_APPEAL: gettext_noop("申诉初审"),
    Step.DECIDE_APPEAL: gettext_noop("申诉复审"),
    Step.RATE: gettext_noop("评价"),
    Step.CALLBACK: gettext_noop("回访"),
    Step.DISCLOSE: gettext_noop("查看联系方式"),
    Step.RELEASE: gettext_noop("公开审核"),
    Step.NOTE: gettext_noop("备注"),
    Step.RECOMPUTE: gettext_noop("时限重算"),
    Step.RELOCATE: gettext_noop("归属随新区划"),
}


class ClockKind(StrEnum):
    """What a running limit limits (standards/workflow.md §2; practice.md 2, 4, 5, 8)."""

    ACCEPT = "accept"
    VERIFY = "verify"
    FILE = "file"
    DISPATCH = "dispatch"
    HANDLE = "handle"
    FEEDBACK = "feedback"
    CHECK_ISSUE = "check_issue"
    CHECK = "check"
    CLOSE = "close"
    CASE = "case"
    ARBITRATE = "arbitrate"
    SUPERVISE = "supervise"
    ASK = "ask"


CLOCK_NAMES = {
    ClockKind.ACCEPT: gettext_noop("受理时限"),
    ClockKind.VERIFY: gettext_noop("核实时限"),
    ClockKind.FILE: gettext_noop("立案时限"),
    ClockKind.DISPATCH: gettext_noop("派遣时限"),
    ClockKind.HANDLE: gettext_noop("处置时限"),
    ClockKind.FEEDBACK: gettext_noop("反馈时限"),
    ClockKind.CHECK_ISSUE: gettext_noop("发核查时限"),
    ClockKind.CHECK: gettext_noop("核查时限"),
    ClockKind.CLOSE: gettext_noop("结案时限"),
    ClockKind.CASE: gettext_noop("结案期限"),
    ClockKind.ARBITRATE: gettext_noop("仲裁时限"),
    ClockKind.SUPERVISE: gettext_noop("督办回复时限"),
    ClockKind.ASK: gettext_noop("补充时限"),
}


class Channel(StrEnum):
    """Where a report came from; set by the door or the token, never by the text (practice.md 10)."""

    WEB = "web"
    HOTLINE = "hotline"
    OPEN311 = "open311"
    MEDIA = "media"
    INSPECTOR = "inspector"
    GRID_WORKER = "grid_worker"
    VIDEO = "video"
    SENSOR = "sensor"
    AGENCY = "agency"
    LEADER = "leader"
    DEPARTMENT = "department"


CHANNEL_NAMES = {
    Channel.WEB: gettext_noop("市民"),
    Channel.HOTLINE: gettext_noop("热线"),
    Channel.OPEN311: gettext_noop("开放接口"),
    Channel.MEDIA: gettext_noop("媒体曝光"),
    Channel.INSPECTOR: gettext_noop("监督员上报"),
    Channel.GRID_WORKER: gettext_noop("网格员"),
    Channel.VIDEO: gettext_noop("视频监控"),
    Channel.SENSOR: gettext_noop("物联感知"),
    Channel.AGENCY: gettext_noop("联动部门"),
    Channel.LEADER: gettext_noop("领导交办"),
    Channel.DEPARTMENT: gettext_noop("部门自查"),
}
# Reports of these must be seen on site before they are filed (workflow.md §1 stage 1).
VERIFY_FIRST = frozenset({Channel.WEB, Channel.HOTLINE, Channel.OPEN311, Channel.MEDIA, Channel.AGENCY})


class LegStage(StrEnum):
    """Where one department's part of a case is."""

    SENT = "sent"
    TAKEN = "taken"
    SUSPENDED = "suspended"
    HANDLED = "handled"
    RETURNED = "returned"


LEG_NAMES = {
    LegStage.SENT: gettext_noop("待接收"),
    LegStage.TAKEN: gettext_noop("处置中"),
    LegStage.SUSPENDED: gettext_noop("挂账"),
    LegStage.HANDLED: gettext_noop("已处置"),
    LegStage.RETURNED: gettext_noop("已回退"),
}
OPEN_LEGS = frozenset({LegStage.SENT, LegStage.TAKEN, LegStage.SUSPENDED})


class Wish(StrEnum):
    """What somebody asked for and another decides."""

    RETURN = "return"
    EXTEND = "extend"
    SUSPEND = "suspend"
    VOID = "void"
    APPEAL = "appeal"
    REOPEN = "reopen"
    ASK = "ask"
    SUPERVISE = "supervise"


WISH_NAMES = {
    Wish.RETURN: gettext_noop("回退申请"),
    Wish.EXTEND: gettext_noop("延期申请"),
    Wish.SUSPEND: gettext_noop("挂账申请"),
    Wish.VOID: gettext_noop("作废会签"),
    Wish.APPEAL: gettext_noop("超时申诉"),
    Wish.REOPEN: gettext_noop("重办申请"),
    Wish.ASK: gettext_noop("补充信息"),
    Wish.SUPERVISE: gettext_noop("督办"),
}


class WishStage(StrEnum):
    PENDING = "pending"
    REVIEWED = "reviewed"
    GRANTED = "granted"
    DENIED = "denied"
    EXPIRED = "expired"
