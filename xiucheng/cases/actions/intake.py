"""What intake, shift leader and inspectors do from acceptance to filing, and with duplicates."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.actions.base import (
    Done,
    act,
    doer_of,
    env_for,
    evidence,
    inspector_facts,
    locked,
    standard_facts,
    write,
)
from xiucheng.cases.actions.draw import draw_inspector
from xiucheng.cases.actions.report import E7
from xiucheng.cases.models import Case
from xiucheng.cases.rules import intake as rules
from xiucheng.cases.rules import merging
from xiucheng.cases.rules.basis import REPORTER, SYSTEM, StandardFacts
from xiucheng.cases.state import CaseState
from xiucheng.cases.store import states_of
from xiucheng.catalog import extra as questions
from xiucheng.catalog import queries as catalog
from xiucheng.catalog.models import Category, Standard
from xiucheng.kernel import geo, numbering, settings
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import StoredFile
from xiucheng.kernel.worktime import Unit
from xiucheng.people.models import Post
from xiucheng.territory.queries import locate

Photos = Sequence[StoredFile]


def accept(
    *, case_id: UUID, by: Post, category: Category | None = None, note: str = "", version: int | None = None
) -> Done:
    """受理: take the report on; the filing clock starts."""
    key = category.key if category else ""
    return act(
        case_id, lambda s, d, e: rules.accept(s, d, e, category=key, note=note), by=by, version=version
    )


def refuse(*, case_id: UUID, by: Post, note: str, version: int | None = None) -> Done:
    """不予受理, with the reason that the reporter is told."""
    return act(case_id, lambda s, d, e: rules.refuse_report(s, d, e, note=note), by=by, version=version)


def decline(*, case_id: UUID, by: Post, note: str, version: int | None = None) -> Done:
    """不予立案, with the reason that the reporter is told."""
    return act(case_id, lambda s, d, e: rules.decline(s, d, e, note=note), by=by, version=version)


def ask(*, case_id: UUID, by: Post, note: str, version: int | None = None) -> Done:
    """请上报人补充: 受理 and 立案 pause until the answer or the term."""
    return act(case_id, lambda s, d, e: rules.ask(s, d, e, note=note), by=by, version=version)


def answer_ask(
    *, case_id: UUID, by: Post | None = None, note: str, photos: Photos = (), version: int | None = None
) -> Done:
    """上报人补充: by the reporter (the face checked the token of the link), or told to the 受理员 by telephone."""
    files = evidence(photos, "report")
    return act(
        case_id,
        lambda s, d, e: rules.answer_ask(s, d, e, note=note, evidence=files),
        by=by,
        doer=None if by else REPORTER,
        version=version,
    )


def expire_ask(*, case_id: UUID, at: datetime | None = None) -> Done:
    """补充期满, by the system."""
    return act(case_id, rules.expire_ask, doer=SYSTEM, at=at)


def request_verify(
    *,
    case_id: UUID,
    by: Post,
    inspector: Post | None = None,
    note: str = "",
    version: int | None = None,
) -> Done:
    """发核实. No inspector named: one is drawn among those on duty in the place (practice.md 13)."""

    def decide(s: CaseState, d: Any, e: Any) -> Any:
        facts = inspector_facts(inspector) if inspector else draw_inspector(s, e.at)
        return rules.request_verify(s, d, e, inspector=facts, note=note)

    return act(case_id, decide, by=by, version=version)


def answer_verify(
    *,
    case_id: UUID,
    by: Post,
    found: bool,
    photos: Photos = (),
    lon: float | None = None,
    lat: float | None = None,
    note: str = "",
    version: int | None = None,
) -> Done:
    """核实回复 from the site. lon, lat: of the phone, degrees, CGCS2000 (EPSG:4490)."""
    files = evidence(photos, "verify")
    return act(
        case_id,
        lambda s, d, e: rules.answer_verify(
            s, d, e, found=found, evidence=files, distance_m=distance_to(s, lon, lat), note=note
        ),
        by=by,
        version=version,
    )


def distance_to(state: CaseState, lon: float | None, lat: float | None) -> int | None:
    """Whole metres between a phone and its case; None without a position."""
    if lon is None or lat is None:
        return None
    return round(geo.distance_m(lon, lat, state.lon_e7 / E7, state.lat_e7 / E7))


def reassign(*, case_id: UUID, by: Post, inspector: Post, note: str = "", version: int | None = None) -> Done:
    """改派监督员."""
    facts = inspector_facts(inspector)
    return act(
        case_id,
        lambda s, d, e: rules.reassign(s, d, e, inspector=facts, note=note),
        by=by,
        version=version,
    )


def propose(
    *,
    case_id: UUID,
    by: Post,
    standard: Standard,
    category: Category | None = None,
    note: str = "",
    version: int | None = None,
) -> Done:
    """建议立案: category and filing condition for the 值班长."""
    return act(
        case_id,
        lambda s, d, e: rules.propose(s, d, e, standard=fitting(s, standard, category), note=note),
        by=by,
        version=version,
    )


def fitting(state: CaseState, standard: Standard, category: Category | None = None) -> StandardFacts:
    """The row under the category named, else the case's own, else the one the row was made for.

    Matters of classes 01-05 («…异常») use the rows of their component (standards/README.md).
    Raises: Refused, if the row is not one of that category's today (a category without a limit has none).
    """
    chosen = category
    if chosen is None and state.category:
        chosen = catalog.parse_category(state.category)
    if chosen is None and standard.category is not None:
        chosen = catalog.matter_of(standard.category) or standard.category
    if chosen is None or standard.pk not in {row.pk for row in catalog.standards_for(chosen, state.grade)}:
        raise Refused(
            _("所选立案条件不属于这个类别，或今天不生效。请在类别下重新选择立案条件。"), field="standard"
        )
    return standard_facts(standard, chosen.key)


def correct(
    *,
    case_id: UUID,
    by: Post,
    description: str | None = None,
    address: str | None = None,
    lon: float | None = None,
    lat: float | None = None,
    category: Category | None = None,
    extra: Mapping[str, str] | None = None,
    door: str = "api",
    note: str = "",
    version: int | None = None,
) -> Done:
    """更正 before filing. A new point (degrees, CGCS2000, EPSG:4490) is resolved anew.

    extra: answers to the questions of the (new) category, by key; those not named stay, an empty text takes one back.
    door: where it is corrected, as of a `Report`; a new category asks there what it would have asked at the intake.
    """
    changes: dict[str, Any] = {}
    if description is not None:
        changes["description"] = description
    if address is not None:
        changes["address"] = address
    if category is not None:
        changes["category"] = category.key
    if lon is not None and lat is not None:
        place = locate(lon, lat, on=timezone.localdate(), border_m=settings.get("territory.border_m"))
        changes |= rules.PlaceFacts(
            lon_e7=round(lon * E7),
            lat_e7=round(lat * E7),
            county=place.county,
            township=place.township,
            community=place.community,
            unit_grid=place.unit_grid,
            beat=place.beat_id,
            near=place.near,
            grade=place.grade,
        ).data() | {"imprecise": False}

    def decide(s: CaseState, d: Any, e: Any) -> Any:
        rules.may_correct(s, d)
        answers = answered_anew(s, changes.get("category", s.category), extra, door)
        return rules.correct(s, d, e, changes=changes | answers, note=note)

    return act(case_id, decide, by=by, version=version)


def answered_anew(
    state: CaseState, category: str, given: Mapping[str, str] | None, door: str
) -> dict[str, Any]:
    """What a correction changes of the answers, with the category that they belong to; nothing if it does not."""
    if given is None and category == state.category:
        return {}
    old = state.extra.get(category, {})
    new = questions.corrected(category, door, old, given or {})
    return {} if new == old else {"category": category, "extra": new}


def file(
    *,
    case_id: UUID,
    by: Post,
    standard: Standard | None = None,
    category: Category | None = None,
    note: str = "",
    version: int | None = None,
) -> Done:
    """立案: the case number is taken last, from the counter of county and day; it rolls back with the filing."""

    def decide(s: CaseState, d: Any, e: Any) -> Any:
        rules.may_file(s, d)
        facts = fitting(s, standard, category) if standard else filed_under(s)
        number = numbering.case_number(s.county, e.at)
        return rules.file(
            s,
            d,
            e,
            standard=facts,
            case_number=number,
            urgent_limit=urgent_limit(s, facts.category),
            note=note,
        )

    return act(case_id, decide, by=by, version=version)


def filed_under(state: CaseState) -> StandardFacts:
    """The row that was proposed or filed under; also one that is no longer valid.

    Raises: Refused, if nothing was chosen yet.
    """
    row = catalog.standard_by_id(state.standard) if state.standard else None
    if row is None:
        raise Refused(
            _("请选择类别和立案条件。没有处置时限的类别，要先由管理员补上时限才能立案。"), field="standard"
        )
    return standard_facts(row, state.category)


def mark_urgent(*, case_id: UUID, by: Post, note: str = "", version: int | None = None) -> Done:
    """标记紧急: the 紧急 row of the category, else the city's urgent limit."""

    def decide(s: CaseState, d: Any, e: Any) -> Any:
        return rules.mark_urgent(s, d, e, limit=urgent_limit(s), note=note)

    return act(case_id, decide, by=by, version=version)


def urgent_limit(state: CaseState, category: str = "") -> tuple[str, str] | None:
    """The shortest 紧急 limit among the rows of the category (the case's own, if none is given)."""
    key = category or state.category
    if not key:
        return None
    rows = catalog.standards_for(catalog.parse_category(key), state.grade)
    urgent = [row.limit for row in rows if row.unit.startswith("紧急")]
    if not urgent:
        return None
    first = min(urgent, key=lambda limit: limit.amount * (24 if limit.unit == Unit.URGENT_DAY else 1))
    return str(first.amount), first.unit.value


def self_handle(
    *,
    case_id: UUID,
    by: Post,
    before: Photos = (),
    after: Photos,
    note: str = "",
    version: int | None = None,
) -> Done:
    """自处置: solved on the spot, photos before and after."""
    files = evidence(before, "before") + evidence(after, "after")
    return act(
        case_id, lambda s, d, e: rules.self_handle(s, d, e, evidence=files, note=note), by=by, version=version
    )


def merge(*, case_id: UUID, by: Post, into: UUID, note: str = "", version: int | None = None) -> Done:
    """并案: two cases, two events, one transaction; locked in order of id, so two merges cannot embrace."""
    return pair(case_id, into, by=by, note=note, version=version, together=True)


def unmerge(*, case_id: UUID, by: Post, note: str, version: int | None = None) -> Done:
    """撤销并案."""
    child = Case.seen_by(by).filter(pk=case_id).values_list("merged_into", flat=True).first()
    if child is None:
        raise Refused(_("没有找到这个案件，或它没有并入其他案件。"), status=404, code="not_found")
    return pair(case_id, child, by=by, note=note, version=version, together=False)


def pair(case_id: UUID, parent_id: UUID, *, by: Post, note: str, version: int | None, together: bool) -> Done:
    doer = doer_of(by)
    with transaction.atomic():
        rows = {
            key: locked(key, by=by, version=version if key == case_id else None)
            for key in sorted({case_id, parent_id})
        }
        states = states_of(list(rows.values()))
        child, parent = states[case_id], states[parent_id]
        env = env_for(child.county, timezone.now())
        if together:
            metres = geo.distance_m(
                child.lon_e7 / E7, child.lat_e7 / E7, parent.lon_e7 / E7, parent.lat_e7 / E7
            )
            down, up = merging.merge(child, parent, doer, env, distance_m=round(metres), note=note)
        else:
            down, up = merging.unmerge(child, parent, doer, env, note=note)
        write(parent, bytes(rows[parent_id].head_hash), [up], doer=doer, env=env)
        written = write(child, bytes(rows[case_id].head_hash), [down], doer=doer, env=env)
    return Done.of(written.state)
