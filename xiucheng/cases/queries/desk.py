"""My desk: what waits for this post, grouped by what is to be done, ordered by clock."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from xiucheng.cases.models import Case, CaseQuerySet, Leg, Request
from xiucheng.cases.queries.lists import CaseRow, rows_for
from xiucheng.cases.words import LegStage, Stage, Step, Wish, WishStage
from xiucheng.kernel.marking import gettext_noop
from xiucheng.people.models import Post
from xiucheng.people.rules import Role

Narrow = Callable[[Post], Q]
LIMIT = 100


@dataclass(frozen=True, slots=True)
class TabRule:
    """One group of work. step: the main thing to do there; where: which cases of the post's scope."""

    key: str
    name: str
    step: Step
    where: Narrow
    head: bool = False


def stage(*stages: Stage) -> Narrow:
    return lambda post: Q(stage__in=stages)


def wish(kind: Wish, awaits: str, state: WishStage = WishStage.PENDING) -> Narrow:
    return lambda post: Q(
        Exists(Request.unscoped.filter(case=OuterRef("pk"), kind=kind, awaits=awaits, state=state))
    )


def at_my_centre(post: Post) -> Q:
    """待派遣: of the city, or handed to this dispatcher's own 区指挥中心 (practice.md 3)."""
    return Q(stage=Stage.FILED) & (Q(centre__isnull=True) | Q(centre=post.department_id))


def my_leg(*states: LegStage) -> Narrow:
    return lambda post: Q(
        Exists(Leg.unscoped.filter(case=OuterRef("pk"), department=post.department_id, state__in=states)),
        ended_at__isnull=True,
    )


def my_wish(kind: Wish, awaits: str) -> Narrow:
    """A request on a leg of the post's own department."""

    def narrow(post: Post) -> Q:
        own = Leg.unscoped.filter(case=OuterRef("case"), index=OuterRef("leg"), department=post.department_id)
        return Q(Exists(Request.unscoped.filter(Exists(own), case=OuterRef("pk"), kind=kind, awaits=awaits)))

    return narrow


def my_supervision(post: Post) -> Q:
    """督办 is answered by the lead of today, whoever led when it was written."""
    lead = Leg.unscoped.filter(case=OuterRef("pk"), department=post.department_id, lead=True)
    asked = Request.unscoped.filter(case=OuterRef("pk"), kind=Wish.SUPERVISE, awaits="department")
    return Q(Exists(lead.exclude(state=LegStage.RETURNED)), Exists(asked))


def my_task(of: Stage) -> Narrow:
    return lambda post: Q(stage=of, assignee=post.pk)


MINE = TabRule(
    "mine",
    gettext_noop("我上报的"),
    Step.SELF_HANDLE,
    lambda p: Q(reported_by=p.person_id, ended_at__isnull=True),
)
HANDLERS_TABS = (
    TabRule("take", gettext_noop("待接收"), Step.TAKE, my_leg(LegStage.SENT)),
    TabRule("handle", gettext_noop("处置中"), Step.HANDLE, my_leg(LegStage.TAKEN)),
    TabRule("suspended", gettext_noop("挂账"), Step.RESUME, my_leg(LegStage.SUSPENDED)),
    TabRule(
        "supervised",
        gettext_noop("督办待复"),
        Step.ANSWER_SUPERVISE,
        my_supervision,
    ),
    TabRule(
        "review_extend",
        gettext_noop("延期初审"),
        Step.REVIEW_EXTEND,
        my_wish(Wish.EXTEND, "department_head"),
        head=True,
    ),
)
TABS: dict[str, tuple[TabRule, ...]] = {
    Role.INTAKE: (
        TabRule("accept", gettext_noop("待受理"), Step.ACCEPT, stage(Stage.REPORTED)),
        TabRule("verify", gettext_noop("待核实"), Step.REQUEST_VERIFY, stage(Stage.ACCEPTED)),
        TabRule("check", gettext_noop("待发核查"), Step.REQUEST_CHECK, stage(Stage.TO_CHECK)),
        TabRule(
            "appeal",
            gettext_noop("申诉复审"),
            Step.DECIDE_APPEAL,
            wish(Wish.APPEAL, "intake", WishStage.REVIEWED),
        ),
        TabRule("out", gettext_noop("在现场"), Step.REASSIGN, stage(Stage.VERIFYING, Stage.CHECKING)),
    ),
    Role.SHIFT_LEADER: (
        TabRule("file", gettext_noop("待立案"), Step.FILE, stage(Stage.ACCEPTED)),
        TabRule("close", gettext_noop("待结案"), Step.CLOSE, stage(Stage.CHECKED)),
        TabRule("suspend", gettext_noop("挂账申请"), Step.DECIDE_SUSPEND, wish(Wish.SUSPEND, "shift_leader")),
        TabRule(
            "wrong",
            gettext_noop("误派确认"),
            Step.CONFIRM_RETURN,
            wish(Wish.RETURN, "shift_leader", WishStage.REVIEWED),
        ),
        TabRule(
            "urgent",
            gettext_noop("紧急在办"),
            Step.SUPERVISE,
            lambda p: Q(urgent=True, ended_at__isnull=True),
        ),
    ),
    Role.DISPATCHER: (
        TabRule("dispatch", gettext_noop("待派遣"), Step.DISPATCH, at_my_centre),
        TabRule("reply", gettext_noop("待反馈"), Step.FORWARD, stage(Stage.REPLIED)),
        TabRule("return", gettext_noop("回退"), Step.DECIDE_RETURN, wish(Wish.RETURN, "dispatcher")),
        TabRule(
            "extend",
            gettext_noop("延期申请"),
            Step.DECIDE_EXTEND,
            wish(Wish.EXTEND, "dispatcher", WishStage.REVIEWED),
        ),
        TabRule("appeal", gettext_noop("申诉初审"), Step.REVIEW_APPEAL, wish(Wish.APPEAL, "dispatcher")),
        TabRule("out", gettext_noop("处置中"), Step.REMIND, stage(Stage.HANDLING)),
    ),
    Role.DEPARTMENT: HANDLERS_TABS,
    Role.GRID_WORKER: (*HANDLERS_TABS[:-1], MINE),
    Role.INSPECTOR: (
        TabRule("verify", gettext_noop("核实"), Step.ANSWER_VERIFY, my_task(Stage.VERIFYING)),
        TabRule("check", gettext_noop("核查"), Step.ANSWER_CHECK, my_task(Stage.CHECKING)),
        MINE,
    ),
    Role.LEADER: (
        TabRule("arbitrate", gettext_noop("待仲裁"), Step.ARBITRATE, stage(Stage.ARBITRATING)),
        TabRule("void", gettext_noop("作废会签"), Step.SIGN_VOID, wish(Wish.VOID, "leader")),
        TabRule(
            "burning",
            gettext_noop("紧急在办"),
            Step.SUPERVISE,
            lambda p: Q(urgent=True, ended_at__isnull=True),
        ),
    ),
    Role.EVALUATOR: (TabRule("open", gettext_noop("在办"), Step.NOTE, lambda p: Q(ended_at__isnull=True)),),
}


@dataclass(frozen=True, slots=True)
class Tab:
    key: str
    name: str
    step: Step
    count: int


@dataclass(frozen=True, slots=True)
class Desk:
    """tab: the key of the tab shown, "" for a post without case work."""

    tabs: tuple[Tab, ...]
    tab: str
    rows: tuple[CaseRow, ...]


def rules_for(post: Post) -> tuple[TabRule, ...]:
    return tuple(rule for rule in TABS.get(post.role, ()) if post.is_head or not rule.head)


def desk(post: Post, tab: str = "", *, limit: int = LIMIT) -> Desk:
    """What waits for a post. Counts in one statement, rows in three. An unknown tab shows the first with work."""
    rules = rules_for(post)
    if not rules:
        return Desk((), "", ())
    seen = Case.seen_by(post)
    counts = seen.aggregate(**{rule.key: Count("pk", filter=rule.where(post)) for rule in rules})
    tabs = tuple(Tab(rule.key, str(_(rule.name)), rule.step, counts[rule.key]) for rule in rules)
    chosen = next((rule for rule in rules if rule.key == tab), None)
    if chosen is None:
        first = next((t.key for t in tabs if t.count), tabs[0].key)
        chosen = next(rule for rule in rules if rule.key == first)
    return Desk(tabs, chosen.key, tuple(waiting(seen, chosen, post, limit)))


def waiting(seen: CaseQuerySet, rule: TabRule, post: Post, limit: int) -> list[CaseRow]:
    found = seen.filter(rule.where(post)).order_by(F("due_at").asc(nulls_last=True), "id")[:limit]
    return rows_for(list(found), department=post.department_id if post.department_only else None)
