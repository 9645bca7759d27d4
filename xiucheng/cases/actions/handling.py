"""What dispatchers, departments and their heads do: from dispatch to the reply, and what they ask for."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.actions.base import Done, act, evidence, target, targets
from xiucheng.cases.actions.intake import filed_under, urgent_limit
from xiucheng.cases.rules import handling as rules
from xiucheng.cases.rules import requests
from xiucheng.cases.rules.basis import SYSTEM, Doer, Env, Target
from xiucheng.cases.state import CaseState, Draft
from xiucheng.catalog import actions as catalog_actions
from xiucheng.catalog import queries as catalog
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import StoredFile
from xiucheng.people.models import Crew, Department, Post
from xiucheng.people.rules import HANDLERS, Role

Photos = Sequence[StoredFile]


def dispatch(
    *,
    case_id: UUID,
    by: Post,
    to: Department,
    cooperating: Collection[Department] = (),
    note: str = "",
    version: int | None = None,
) -> Done:
    """派遣 to the lead and cooperating departments, or to a 区指挥中心 that dispatches on."""
    lead, others = target(to), targets(cooperating)

    def decide(s: CaseState, d: Doer, e: Env) -> Draft:
        draft = rules.dispatch(
            s,
            d,
            e,
            to=lead,
            cooperating=others,
            standard=filed_under(s),
            urgent=urgent_limit(s) if s.urgent else None,
            note=note,
        )
        somebody_sees(s, [to, *cooperating])
        return draft

    return act(case_id, decide, by=by, version=version)


def split(
    *,
    case_id: UUID,
    by: Post,
    cooperating: Collection[Department],
    note: str = "",
    version: int | None = None,
) -> Done:
    """拆分协同: further departments, each with its own clock."""
    others = targets(cooperating)

    def decide(s: CaseState, d: Doer, e: Env) -> Draft:
        urgent = urgent_limit(s) if s.urgent else None
        draft = rules.split(s, d, e, cooperating=others, standard=filed_under(s), urgent=urgent, note=note)
        somebody_sees(s, cooperating)
        return draft

    return act(case_id, decide, by=by, version=version)


def somebody_sees(state: CaseState, departments: Collection[Department]) -> None:
    """Each department has a post whose scope holds the case: nothing is sent where nobody looks.

    Raises: Refused 422, naming the department whose posts all lie elsewhere.
    """
    places = [state.community or state.township or state.county, *state.near]
    roles = [role.value for role in HANDLERS] + [Role.DISPATCHER.value]
    posts = Post.objects.in_force(timezone.localdate()).filter(department__in=departments, role__in=roles)
    seeing = {
        department
        for department, codes in posts.values_list("department", "scope_codes")
        if any(place.startswith(code) for code in codes for place in places)
    }
    for department in departments:
        if department.pk not in seeing:
            sentence = _("“%(name)s”没有人负责这个地方，派去会没有人看到。请选别的部门，或请管理员补上岗位。")
            raise Refused(sentence % {"name": department.name}, field="to", code="nobody_there")


def take(*, case_id: UUID, by: Post, note: str = "", version: int | None = None) -> Done:
    """接收."""
    return act(case_id, lambda s, d, e: rules.take(s, d, e, note=note), by=by, version=version)


def assign(*, case_id: UUID, by: Post, crew: Crew, note: str = "", version: int | None = None) -> Done:
    """派工 to a crew of one's own department."""
    members = tuple(crew.posts.filter(active=True).values_list("pk", flat=True))
    facts = rules.CrewFacts(crew.pk, crew.department_id, crew.active, members)
    return act(case_id, lambda s, d, e: rules.assign(s, d, e, crew=facts, note=note), by=by, version=version)


def handle(*, case_id: UUID, by: Post, note: str, photos: Photos = (), version: int | None = None) -> Done:
    """处置完毕, with what was done and a photo after."""
    files = evidence(photos, "after")
    return act(
        case_id, lambda s, d, e: rules.handle(s, d, e, evidence=files, note=note), by=by, version=version
    )


def forward(*, case_id: UUID, by: Post, note: str = "", version: int | None = None) -> Done:
    """反馈转核查."""
    return act(case_id, lambda s, d, e: rules.forward(s, d, e, note=note), by=by, version=version)


def send_back(
    *, case_id: UUID, by: Post, note: str, department: Department | None = None, version: int | None = None
) -> Done:
    """退回补充: evidence is missing."""
    which = department.pk if department else None
    return act(
        case_id,
        lambda s, d, e: rules.send_back(s, d, e, department=which, note=note),
        by=by,
        version=version,
    )


def remind(
    *,
    case_id: UUID,
    by: Post | None = None,
    percent: int | None = None,
    note: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> Done:
    """催办, by a dispatcher or (percent of the limit) by the system."""
    return act(
        case_id,
        lambda s, d, e: rules.remind(s, d, e, percent=percent, note=note),
        by=by,
        doer=None if by else SYSTEM,
        version=version,
        at=at,
    )


def remind_due(*, case_id: UUID, leg: int, at: datetime | None = None) -> Done:
    """催办 by the system, if its moment has come and it was not said yet."""
    return act(case_id, lambda s, d, e: rules.remind_due(s, d, e, leg=leg), doer=SYSTEM, at=at)


def supervise(
    *, case_id: UUID, by: Post, level: str, reply_by: datetime, note: str, version: int | None = None
) -> Done:
    """督办 (一般, 重点, 领导) with an answer due."""
    return act(
        case_id,
        lambda s, d, e: rules.supervise(s, d, e, level=level, reply_by=reply_by, note=note),
        by=by,
        version=version,
    )


def answer_supervise(
    *, case_id: UUID, by: Post, note: str, photos: Photos = (), version: int | None = None
) -> Done:
    """督办回复."""
    files = evidence(photos, "request")
    return act(
        case_id,
        lambda s, d, e: rules.answer_supervise(s, d, e, note=note, evidence=files),
        by=by,
        version=version,
    )


def arbitrate(*, case_id: UUID, by: Post, to: Department, note: str, version: int | None = None) -> Done:
    """仲裁: binding, and kept as a draft row of the 权责清单 (practice.md 8)."""
    lead = target(to)
    with transaction.atomic():
        done = act(
            case_id, lambda s, d, e: rules.arbitrate(s, d, e, to=lead, note=note), by=by, version=version
        )
        catalog_actions.draft_duty(
            category_key=done.state.category,
            division_code=done.state.township or done.state.county,
            lead=to,
            basis=note,
            ruling=done.case_number or done.number,
        )
    return done


# -- 回退 延期 挂账 申诉 ---


def return_(*, case_id: UUID, by: Post, note: str, photos: Photos = (), version: int | None = None) -> Done:
    """申请回退."""
    files = evidence(photos, "request")
    return act(
        case_id, lambda s, d, e: requests.return_(s, d, e, note=note, evidence=files), by=by, version=version
    )


def decide_return(
    *,
    case_id: UUID,
    by: Post,
    granted: bool,
    wrong: bool = False,
    note: str = "",
    version: int | None = None,
) -> Done:
    """回退审批. wrong: 误派, to be confirmed by the 值班长."""
    return act(
        case_id,
        lambda s, d, e: requests.decide_return(
            s, d, e, granted=granted, wrong=wrong, fallback=fallback_for(s), note=note
        ),
        by=by,
        version=version,
    )


def fallback_for(state: CaseState) -> Target | None:
    """The 兜底 department of the place, for an urgent case."""
    if not state.urgent:
        return None
    department = catalog.fallback_for(state.community or state.township or state.county)
    return Target(department) if department else None


def confirm_return(
    *, case_id: UUID, by: Post, granted: bool, note: str = "", version: int | None = None
) -> Done:
    """误派确认."""
    return decided(requests.confirm_return, case_id, by, granted, note, version)


def extend(*, case_id: UUID, by: Post, note: str, photos: Photos = (), version: int | None = None) -> Done:
    """申请延期."""
    files = evidence(photos, "request")
    return act(
        case_id, lambda s, d, e: requests.extend(s, d, e, note=note, evidence=files), by=by, version=version
    )


def review_extend(
    *, case_id: UUID, by: Post, granted: bool, note: str = "", version: int | None = None
) -> Done:
    """延期初审."""
    return decided(requests.review_extend, case_id, by, granted, note, version)


def decide_extend(
    *, case_id: UUID, by: Post, granted: bool, note: str = "", version: int | None = None
) -> Done:
    """延期审批."""
    return decided(requests.decide_extend, case_id, by, granted, note, version)


def suspend(
    *,
    case_id: UUID,
    by: Post,
    until: datetime,
    note: str,
    photos: Photos = (),
    version: int | None = None,
) -> Done:
    """申请挂账 until a moment."""
    files = evidence(photos, "request")
    return act(
        case_id,
        lambda s, d, e: requests.suspend(s, d, e, until=until, note=note, evidence=files),
        by=by,
        version=version,
    )


def decide_suspend(
    *, case_id: UUID, by: Post, granted: bool, note: str = "", version: int | None = None
) -> Done:
    """挂账审批."""
    return decided(requests.decide_suspend, case_id, by, granted, note, version)


def resume(
    *,
    case_id: UUID,
    by: Post | None = None,
    department: Department | None = None,
    note: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> Done:
    """恢复计时: by a person, or by the system; at its term at the latest, whenever that is written down."""
    which = department.pk if department else None
    return act(
        case_id,
        lambda s, d, e: requests.resume(s, d, e, department=which, note=note),
        by=by,
        doer=None if by else SYSTEM,
        version=version,
        at=at,
    )


def appeal(*, case_id: UUID, by: Post, note: str, photos: Photos = (), version: int | None = None) -> Done:
    """超时申诉."""
    files = evidence(photos, "request")
    return act(
        case_id, lambda s, d, e: requests.appeal(s, d, e, note=note, evidence=files), by=by, version=version
    )


def review_appeal(
    *, case_id: UUID, by: Post, granted: bool, note: str = "", version: int | None = None
) -> Done:
    """申诉初审."""
    return decided(requests.review_appeal, case_id, by, granted, note, version)


def decide_appeal(
    *, case_id: UUID, by: Post, granted: bool, note: str = "", version: int | None = None
) -> Done:
    """申诉复审."""
    return decided(requests.decide_appeal, case_id, by, granted, note, version)


def decided(rule: Any, case_id: UUID, by: Post, granted: bool, note: str, version: int | None) -> Done:
    return act(case_id, lambda s, d, e: rule(s, d, e, granted=granted, note=note), by=by, version=version)
