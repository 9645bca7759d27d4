"""My desk: what waits for this post, grouped by what is to be done, ordered by clock.

As quick with a hundred thousand open cases as with a thousand: the scope is taken in pieces that an index knows in
order (`pieces_seen_by`), each is read up to a page, and nothing is counted further than people are told.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from xiucheng.cases.models import Case, CaseQuerySet, Leg, Request
from xiucheng.cases.queries.lists import CaseRow, rows_for
from xiucheng.cases.words import ENDED, VERIFY_FIRST, Channel, LegStage, Stage, Step, Wish, WishStage
from xiucheng.kernel.marking import gettext_noop
from xiucheng.kernel.rest import paging
from xiucheng.people.models import Post
from xiucheng.people.rules import Role

Narrow = Callable[[Post], Q]
LIMIT = 100
COUNTED = 1000  # a tab tells «1000+» behind it
AT_ONCE = 99  # what a page that opens counts; the rest is counted when it stands
OPEN = Q(ended_at__isnull=True)


@dataclass(frozen=True, slots=True)
class TabRule:
    """One group of work. step: the main thing to do there; where: which cases of the post's scope."""

    key: str
    name: str
    step: Step
    where: Narrow
    head: bool = False
    stages: tuple[Stage, ...] = ()  # of a tab with several, each of which is in order by itself
    few: bool = False  # found by its requests: there is no order to keep, and the scope is one condition more
    crew: bool = False


def stage(*stages: Stage) -> Narrow:
    assert not ENDED & set(stages), "the index of a desk holds open cases"
    return lambda post: Q(OPEN, stage__in=stages)


# 公众上报 that nobody has seen on site yet: it cannot be filed, unless it is urgent (rules.intake.may_file).
UNSEEN = Q(verified__isnull=True, urgent=False, channel__in=[channel.value for channel in VERIFY_FIRST])


def to_verify(post: Post) -> Q:
    """待核实, and no longer when the answer is there: a second look would be asked for by mistake."""
    return Q(OPEN, UNSEEN, stage=Stage.ACCEPTED)


def to_propose(post: Post) -> Q:
    """Found on site, or seen by staff, and no condition named yet."""
    return Q(OPEN, ~UNSEEN, ~Q(verified=False), stage=Stage.ACCEPTED, standard__isnull=True)


def to_file(post: Post) -> Q:
    """待立案: what may be filed or has to be declined."""
    return Q(OPEN, ~UNSEEN, stage=Stage.ACCEPTED)


def wish(kind: Wish, awaits: str, state: WishStage = WishStage.PENDING) -> Narrow:
    return lambda post: Q(
        Exists(Request.unscoped.filter(case=OuterRef("pk"), kind=kind, awaits=awaits, state=state))
    )


def at_my_centre(post: Post) -> Q:
    """待派遣: of the city, or handed to this dispatcher's own 区指挥中心 (practice.md 3)."""
    return Q(OPEN, stage=Stage.FILED) & (Q(centre__isnull=True) | Q(centre=post.department_id))


def ours(post: Post) -> Q:
    """Open cases that the department ever held: legs alone grow with all that was voided or merged in their hands."""
    return Q(OPEN, departments__contains=[post.department_id])


def my_leg(*states: LegStage) -> Narrow:
    return lambda post: Q(
        ours(post),
        Exists(Leg.unscoped.filter(case=OuterRef("pk"), department=post.department_id, state__in=states)),
    )


def my_wish(kind: Wish, awaits: str) -> Narrow:
    """A request on a leg of the post's own department, which it did not return."""

    def narrow(post: Post) -> Q:
        own = Leg.unscoped.filter(case=OuterRef("case"), index=OuterRef("leg"), department=post.department_id)
        own = own.exclude(state=LegStage.RETURNED)
        asked = Request.unscoped.filter(Exists(own), case=OuterRef("pk"), kind=kind, awaits=awaits)
        return Q(ours(post), Exists(asked))

    return narrow


def my_supervision(post: Post) -> Q:
    """督办 is answered by the lead of today, whoever led when it was written."""
    lead = Leg.unscoped.filter(case=OuterRef("pk"), department=post.department_id, lead=True)
    asked = Request.unscoped.filter(case=OuterRef("pk"), kind=Wish.SUPERVISE, awaits="department")
    return Q(ours(post), Exists(lead.exclude(state=LegStage.RETURNED)), Exists(asked))


def my_task(of: Stage) -> Narrow:
    return lambda post: Q(OPEN, stage=of, assignee=post.pk)


def my_report(post: Post) -> Q:
    """A 网格员 goes on seeing what he reported as such; an inspector what lies in his place."""
    own = Q(OPEN, reported_by=post.person_id)
    return own & Q(channel=Channel.GRID_WORKER) if post.role == Role.GRID_WORKER else own


MINE = TabRule("mine", gettext_noop("我上报的"), Step.SELF_HANDLE, my_report)


def my_crew(post: Post) -> Q:
    """Handed to the reader's crew and still to do."""
    legs = Leg.unscoped.filter(crew=post.crew_id, state=LegStage.TAKEN)
    return Q(OPEN, pk__in=legs.values("case")) if post.crew_id else Q(pk__in=())


HANDLERS_TABS = (
    TabRule("crew", gettext_noop("本班组"), Step.HANDLE, my_crew, crew=True),
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
OUT = (Stage.VERIFYING, Stage.CHECKING)
TABS: dict[str, tuple[TabRule, ...]] = {
    Role.INTAKE: (
        TabRule("accept", gettext_noop("待受理"), Step.ACCEPT, stage(Stage.REPORTED)),
        TabRule("verify", gettext_noop("待核实"), Step.REQUEST_VERIFY, to_verify),
        TabRule("propose", gettext_noop("建议立案"), Step.PROPOSE, to_propose),
        TabRule("check", gettext_noop("待发核查"), Step.REQUEST_CHECK, stage(Stage.TO_CHECK)),
        TabRule(
            "appeal",
            gettext_noop("申诉复审"),
            Step.DECIDE_APPEAL,
            wish(Wish.APPEAL, "intake", WishStage.REVIEWED),
            few=True,
        ),
        TabRule("out", gettext_noop("在现场"), Step.REASSIGN, stage(*OUT), stages=OUT),
    ),
    Role.SHIFT_LEADER: (
        TabRule("file", gettext_noop("待立案"), Step.FILE, to_file),
        TabRule("close", gettext_noop("待结案"), Step.CLOSE, stage(Stage.CHECKED)),
        TabRule(
            "suspend",
            gettext_noop("挂账申请"),
            Step.DECIDE_SUSPEND,
            wish(Wish.SUSPEND, "shift_leader"),
            few=True,
        ),
        TabRule(
            "wrong",
            gettext_noop("误派确认"),
            Step.CONFIRM_RETURN,
            wish(Wish.RETURN, "shift_leader", WishStage.REVIEWED),
            few=True,
        ),
        TabRule(
            "urgent",
            gettext_noop("紧急在办"),
            Step.SUPERVISE,
            lambda p: Q(OPEN, urgent=True),
        ),
    ),
    Role.DISPATCHER: (
        TabRule("dispatch", gettext_noop("待派遣"), Step.DISPATCH, at_my_centre),
        TabRule("reply", gettext_noop("待反馈"), Step.FORWARD, stage(Stage.REPLIED)),
        TabRule(
            "return", gettext_noop("回退"), Step.DECIDE_RETURN, wish(Wish.RETURN, "dispatcher"), few=True
        ),
        TabRule(
            "extend",
            gettext_noop("延期申请"),
            Step.DECIDE_EXTEND,
            wish(Wish.EXTEND, "dispatcher", WishStage.REVIEWED),
            few=True,
        ),
        TabRule(
            "appeal", gettext_noop("申诉初审"), Step.REVIEW_APPEAL, wish(Wish.APPEAL, "dispatcher"), few=True
        ),
        TabRule("out", gettext_noop("处置中"), Step.REMIND, stage(Stage.HANDLING)),
    ),
    Role.DEPARTMENT: HANDLERS_TABS,
    Role.GRID_WORKER: (*HANDLERS_TABS[1:-1], MINE),
    Role.INSPECTOR: (
        TabRule("verify", gettext_noop("核实"), Step.ANSWER_VERIFY, my_task(Stage.VERIFYING)),
        TabRule("check", gettext_noop("核查"), Step.ANSWER_CHECK, my_task(Stage.CHECKING)),
        MINE,
    ),
    Role.LEADER: (
        TabRule("arbitrate", gettext_noop("待仲裁"), Step.ARBITRATE, stage(Stage.ARBITRATING)),
        TabRule("void", gettext_noop("作废会签"), Step.SIGN_VOID, wish(Wish.VOID, "leader"), few=True),
        TabRule(
            "burning",
            gettext_noop("紧急在办"),
            Step.SUPERVISE,
            lambda p: Q(OPEN, urgent=True),
        ),
    ),
    Role.EVALUATOR: (TabRule("open", gettext_noop("在办"), Step.NOTE, lambda p: OPEN),),
}


@dataclass(frozen=True, slots=True)
class Tab:
    """count: not further than one more than `COUNTED`."""

    key: str
    name: str
    step: Step
    count: int


@dataclass(frozen=True, slots=True)
class Desk:
    """tab: the key of the tab shown, "" for a post without case work. next: the `after` of the rows behind these."""

    tabs: tuple[Tab, ...]
    tab: str
    rows: tuple[CaseRow, ...]
    next: str = ""


def rules_for(post: Post) -> tuple[TabRule, ...]:
    rules = TABS.get(post.role, ())
    return tuple(r for r in rules if (post.is_head or not r.head) and (post.crew_id or not r.crew))


def desk(
    post: Post, tab: str = "", *, after: str = "", limit: int = LIMIT, counted_to: int = COUNTED
) -> Desk:
    """What waits for a post. Counts in one statement, rows in three. An unknown tab shows the first with work.

    after: the `next` of the rows before. Raises: Refused 422 for one that no desk gave.
    """
    rules = rules_for(post)
    if not rules:
        return Desk((), "", ())
    counts = counted(rules, post, counted_to)
    tabs = tuple(Tab(rule.key, str(_(rule.name)), rule.step, counts[rule.key]) for rule in rules)
    chosen = next((rule for rule in rules if rule.key == tab), None)
    if chosen is None:
        first = next((t.key for t in tabs if t.count), tabs[0].key)
        chosen = next(rule for rule in rules if rule.key == first)
    if not limit:
        return Desk(tabs, chosen.key, ())
    return Desk(tabs, chosen.key, *page_of(chosen, post, after, limit))


def more(post: Post, tab: str, after: str, *, limit: int = LIMIT) -> Desk:
    """The rows behind those shown, without the counts. Raises: Refused 422 for an `after` that no desk gave."""
    chosen = next((rule for rule in rules_for(post) if rule.key == tab), None)
    return Desk((), tab, *page_of(chosen, post, after, limit)) if chosen else Desk((), tab, ())


def pieces(rule: TabRule, post: Post) -> Iterator[CaseQuerySet]:
    """The cases of a tab as sets without common rows, each in the order of one index."""
    where = rule.where(post)
    if rule.few and not post.department_only and post.role != Role.GRID_WORKER:
        yield Case.seen_by(post).filter(where)
        return
    for seen in Case.unscoped.pieces_seen_by(post):
        if rule.stages:
            yield from (seen.filter(where, stage=stage) for stage in rule.stages)
        else:
            yield seen.filter(where)


def counted(rules: tuple[TabRule, ...], post: Post, most: int) -> dict[str, int]:
    """How many cases each tab has, in one statement, no further than one more than `most`."""
    sums: list[str] = []
    values: list[Any] = []
    for rule in rules:
        parts = []
        for piece in pieces(rule, post):
            try:
                sql, parameters = piece.order_by().values("pk")[: most + 1].query.sql_with_params()
            except EmptyResultSet:
                continue
            parts.append(f"(SELECT count(*) FROM ({sql}) piece)")
            values += parameters
        sums.append(" + ".join(parts) or "0")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(sums)}", values)
        found = cursor.fetchone()
    return {rule.key: min(count, most + 1) for rule, count in zip(rules, found, strict=True)}


def page_of(rule: TabRule, post: Post, after: str, limit: int) -> tuple[tuple[CaseRow, ...], str]:
    """So many rows behind `after`, and the `after` of the next."""
    name = f"desk/{rule.key}"
    found = waiting(rule, post, behind(paging.decode(name, after)), limit + 1)
    rows = rows_for(found[:limit], department=post.department_id if post.department_only else None)
    if len(found) <= limit:
        return tuple(rows), ""
    last = found[limit - 1]
    return tuple(rows), paging.encode(name, [last.due_at and last.due_at.isoformat(), str(last.pk)])


def waiting(rule: TabRule, post: Post, begin: Q, limit: int) -> list[Case]:
    order = (F("due_at").asc(nulls_last=True), "id")
    found = [piece.filter(begin).order_by(*order)[:limit] for piece in pieces(rule, post)]
    if not found:
        return []
    rows = list(found[0].union(*found[1:], all=True) if len(found) > 1 else found[0])
    rows.sort(key=lambda case: (case.due_at is None, case.due_at, case.pk))
    return rows[:limit]


def behind(place: tuple[str | None, str] | None) -> Q:
    """The condition of the rows behind one: due later, or never."""
    if place is None:
        return Q()
    due, key = place
    if due is None:
        return Q(due_at__isnull=True, pk__gt=key)
    at = datetime.fromisoformat(due)
    return Q(due_at__gt=at) | Q(due_at=at, pk__gt=key) | Q(due_at__isnull=True)
