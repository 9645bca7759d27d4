"""What a reporter and the public may see: plain words, released photos, nothing of people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings as django_settings
from django.core import signing
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.models import Case, CaseEvent, CaseFile, Clock, Leg, Receipt, Request
from xiucheng.cases.rules.notices import REPORTER, VOIDED
from xiucheng.cases.words import ClockKind, LegStage, Stage, Step, Wish, WishStage
from xiucheng.catalog import queries as catalog
from xiucheng.kernel import crypto, settings
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.marking import gettext_noop
from xiucheng.kernel.models import StoredFile
from xiucheng.people.models import Department

# What a citizen reads for a stage: never its name in the standard (look/README.md).
SAID: Mapping[str, str] = {
    Stage.REPORTED: gettext_noop("已收到，等待受理"),
    Stage.VERIFYING: gettext_noop("正派人到现场查看"),
    Stage.ACCEPTED: gettext_noop("已受理，正在研究"),
    Stage.FILED: gettext_noop("已立案，正在安排"),
    Stage.ARBITRATING: gettext_noop("正在确定责任部门"),
    Stage.HANDLING: gettext_noop("正在处置"),
    Stage.REPLIED: gettext_noop("已处置，等待查看"),
    Stage.TO_CHECK: gettext_noop("已处置，等待查看"),
    Stage.CHECKING: gettext_noop("正在现场查看处置结果"),
    Stage.CHECKED: gettext_noop("已查看，即将办结"),
    Stage.CLOSED: gettext_noop("已办结"),
    Stage.REFUSED: gettext_noop("未能受理"),
    Stage.DECLINED: gettext_noop("未予立案"),
    Stage.VOID: gettext_noop("不再办理"),
    Stage.MERGED: gettext_noop("已与同一问题合并办理"),
}
SALT = "cases.ask"


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the public story."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A report as its reporter sees it. due: until when the department should have handled it."""

    number: str
    stage: str
    said: str
    category: str
    reported_at: datetime
    department: str
    due: datetime | None
    suspended_until: datetime | None
    closed_at: datetime | None
    story: tuple[Moment, ...]
    photos: tuple[UUID, ...]
    question: str
    question_token: str
    may_rate: bool
    may_reopen: bool
    rating: str
    case_id: UUID

    @property
    def open(self) -> bool:
        return self.closed_at is None


def public_progress(number: str, code: str) -> Progress:
    """The progress of a report for whoever has its number and code.

    Raises: Refused 404 alike for an unknown number and a wrong code (the face throttles).
    """
    return progress_of(own_case(number, code))


def own_case(number: str, code: str) -> Case:
    """The case behind a 受理号 and its 查询码. The code is computed also where there is no case: same time."""
    case = Case.unscoped.filter(number=number).first()
    fits = crypto.code_matches(case.pk if case else UUID(int=0), code)
    if case is None or not fits or not Receipt.objects.filter(case=case.pk).exists():
        raise Refused(_("没有找到这件上报。请核对受理号和查询码。"), status=404, code="not_found")
    return case


def progress_of(case: Case) -> Progress:
    now = timezone.now()
    shown = case.after_merges()
    lead = (
        Leg.unscoped.filter(case=shown.pk, lead=True)
        .exclude(state=LegStage.RETURNED)
        .order_by("index")
        .last()
    )
    clock = handling_clock(shown, lead)
    wish = open_question(case)
    window = timedelta(days=settings.get("cases.reopen_days", case.county))
    rated = case.rating
    return Progress(
        number=case.number,
        stage=case.stage,
        said=str(_(SAID[Stage(shown.stage)])),
        category=catalog.category_name(case.category),
        reported_at=case.reported_at,
        department=department_of(lead, shown),
        due=clock.due_at if clock and clock.stopped_at is None and clock.paused_at is None else None,
        suspended_until=lead.until if lead else None,
        closed_at=shown.closed_at,
        story=tuple(story(case, shown)),
        photos=released(shown),
        question=wish.reason if wish else "",
        question_token=ask_token(wish) if wish else "",
        may_rate=shown.stage == Stage.CLOSED and not rated,
        may_reopen=shown.stage == Stage.CLOSED
        and not (shown.self_handled and lead is None)
        and shown.closed_at is not None
        and now <= shown.closed_at + window,
        rating=rated,
        case_id=case.pk,
    )


def handling_clock(case: Case, lead: Leg | None) -> Clock | None:
    if lead is None:
        return None
    return Clock.unscoped.filter(case=case.pk, kind=ClockKind.HANDLE, leg=lead.index).order_by("index").last()


def department_of(lead: Leg | None, case: Case) -> str:
    if lead is None:
        return ""
    return str(Department.objects.filter(pk=lead.department_id).values_list("short", flat=True).first() or "")


def story(case: Case, shown: Case) -> list[Moment]:
    """The steps that concern a reporter, of the own report and of the case it was merged into."""
    lines = [Moment(case.reported_at, str(_("收到您的上报。")))]
    keys = {case.pk, shown.pk}
    events = CaseEvent.unscoped.filter(chain__in=keys).order_by("at", "id").defer("canonical", "prev")
    merged_at = next((e.at for e in events if e.chain == case.pk and e.step == Step.MERGE), None)
    for event in events:
        if event.chain != case.pk and merged_at and event.at < merged_at:
            continue
        if words := words_of(event):
            lines.append(Moment(event.at, words))
    return lines


def words_of(event: CaseEvent) -> str:
    values: dict[str, Any] = {"note": event.note}
    if event.step in REPORTER:
        return str(_(REPORTER[event.step])).format(**values)
    if event.step in (Step.VOID, Step.SIGN_VOID) and event.data.get("stage"):
        return str(_(VOIDED)).format(note=event.data.get("reason") or event.note)
    if event.step == Step.DECIDE_EXTEND and event.data.get("granted"):
        return str(_("责任部门需要更多时间，处置时限已延长。"))
    if event.step == Step.DECIDE_SUSPEND and event.data.get("granted"):
        return str(_("因工程、季节或政策原因暂缓处置，到期自动恢复。"))
    if event.step == Step.ANSWER_ASK:
        return str(_("收到您的补充。"))
    return ""


def released(case: Case) -> tuple[UUID, ...]:
    rows = CaseFile.unscoped.filter(case=case.pk, released=True).order_by("index")
    return tuple(shown or file for file, shown in rows.values_list("file", "shown"))


def public_file(number: str, code: str, file: UUID) -> StoredFile:
    """A released photo of one's own report. Raises: Refused 404."""
    case = own_case(number, code)
    row = released_as(file).filter(case__in={case.pk, case.after_merges().pk}).first()
    if row is None:
        raise Refused(_("没有找到这张照片。"), status=404, code="not_found")
    return row.shown or row.file


def released_as(file: UUID) -> QuerySet[CaseFile]:
    """Released photos that the public knows by this file: the covered copy where there is one, never both."""
    known = Q(shown=file) | Q(shown__isnull=True, file=file)
    return CaseFile.unscoped.filter(known, released=True).select_related("file", "shown").order_by("index")


# -- the link in a question (practice.md 7) ---


def open_question(case: Case) -> Request | None:
    return Request.unscoped.filter(case=case.pk, kind=Wish.ASK, state=WishStage.PENDING).first()


def ask_token(wish: Request) -> str:
    """What the link to a question carries: signed, nothing stored, good for this question only."""
    return signing.dumps([str(wish.case_id), wish.index], key=django_settings.SECRET_KEY, salt=SALT)


def question_of(token: str) -> tuple[Case, Request]:
    """The open question behind a link. Raises: Refused 404, if it is forged, answered or over."""
    try:
        key, index = signing.loads(token, key=django_settings.SECRET_KEY, salt=SALT)
        wish = Request.unscoped.select_related("case").get(
            case=UUID(key), index=index, kind=Wish.ASK, state=WishStage.PENDING
        )
    except (signing.BadSignature, Request.DoesNotExist, ValueError, TypeError) as error:
        raise Refused(
            _("这个链接已失效：问题已经答复，或补充期已满。"), status=404, code="not_found"
        ) from error
    return wish.case, wish
