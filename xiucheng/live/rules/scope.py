"""Who may see a case and whom a message is for, in memory, as `Case.seen_by` and `queries.notices.addressed` say in SQL.

The process that tells open pages asks this for every page at every change; a test compares it with the store's answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass

GRID_WORKER, INSPECTOR = "grid_worker", "inspector"  # people.rules.Role; GRID_WORKER is also a channel
HEAD = "department_head"
COUNTY, TOWNSHIP, COMMUNITY = 6, 9, 12  # digits


@dataclass(frozen=True, slots=True)
class Viewer:
    """A post as far as its scope goes. muted: kinds of messages it does not want to be shown."""

    post: int
    person: int
    role: str
    may_view: bool
    department: int | None
    department_only: bool
    is_head: bool
    codes: tuple[str, ...]
    muted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as far as scopes ask. held: departments with a leg that was not returned."""

    number: str
    case_number: str | None
    county: str
    township: str | None
    community: str | None
    near: tuple[str, ...]
    assignee: int | None
    reported_by: int | None
    channel: str
    held: frozenset[int]


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """A message; case: None for a digest."""

    id: int
    case: CaseFacts | None
    post: int | None
    department: int | None
    role: str
    county: str
    kind: str
    msgid: str
    values: dict[str, object]


def sees(viewer: Viewer, case: CaseFacts) -> bool:
    """May this post see this case? The same as `Case.seen_by`."""
    if not viewer.may_view:
        return False
    here = inside(viewer.codes, case)
    holds = viewer.department is not None and viewer.department in case.held
    if viewer.role == GRID_WORKER:
        own = case.reported_by == viewer.person and case.channel == GRID_WORKER
        return here and (holds or own)
    if viewer.department_only:
        return here and holds
    return here or (viewer.role == INSPECTOR and case.assignee == viewer.post)


def inside(codes: Iterable[str], case: CaseFacts) -> bool:
    """Does the case lie in one of the divisions, or within the border distance of one of the counties?"""
    for code in codes:
        match len(code):
            case 6:
                if code == case.county or code in case.near:
                    return True
            case 9:
                if code == case.township:
                    return True
            case 12:
                if code == case.community:
                    return True
            case digits if digits < COUNTY:
                if case.county.startswith(code):
                    return True
    return False


def addressed(viewer: Viewer, notice: NoticeFacts) -> bool:
    """Is this message for this post? The same as the union of `queries.notices.addressed`."""
    if notice.post == viewer.post:
        return notice.case is None or sees(viewer, notice.case)
    if notice.case is None or not sees(viewer, notice.case):
        return False
    if viewer.department_only:
        mine = notice.department is not None and notice.department == viewer.department
        return mine and (notice.role == "" or (notice.role == HEAD and viewer.is_head))
    if notice.role != viewer.role or notice.department not in (None, viewer.department):
        return False
    return any(
        notice.county == code[:COUNTY] if len(code) >= COUNTY else notice.county.startswith(code)
        for code in viewer.codes
    )
