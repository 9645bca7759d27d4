"""Who may do what: roles, rights and the two centres. Pure: no database, no clock.

A right is «what a post may do»; where it may do it is the post's scope (`models.ScopedQuerySet`).
Sources: «practice n» is ruling n of the rulings of practice; «workflow §n» and «security §n» are fact sheets
of the standards with their confidence: H read in a text, M well known, P a ruling shipped as the default.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """In which capacity a post acts; the words of the API."""

    INTAKE = "intake"
    SHIFT_LEADER = "shift_leader"
    DISPATCHER = "dispatcher"
    DEPARTMENT = "department"
    INSPECTOR = "inspector"
    GRID_WORKER = "grid_worker"
    EVALUATOR = "evaluator"
    LEADER = "leader"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDITOR = "auditor"


class Right(StrEnum):
    """One thing a person does. The first block is named like the steps of a case (architecture.md §4)."""

    REPORT = "report"
    ACCEPT = "accept"
    REFUSE = "refuse"
    ASK = "ask"
    ANSWER_ASK = "answer_ask"
    REQUEST_VERIFY = "request_verify"
    ANSWER_VERIFY = "answer_verify"
    PROPOSE = "propose"
    FILE = "file"
    DECLINE = "decline"
    DISPATCH = "dispatch"
    RETURN = "return"
    DECIDE_RETURN = "decide_return"
    CONFIRM_RETURN = "confirm_return"
    EXTEND = "extend"
    REVIEW_EXTEND = "review_extend"
    DECIDE_EXTEND = "decide_extend"
    SUSPEND = "suspend"
    DECIDE_SUSPEND = "decide_suspend"
    RESUME = "resume"
    TAKE = "take"
    ASSIGN = "assign"
    HANDLE = "handle"
    FORWARD = "forward"
    SEND_BACK = "send_back"
    REQUEST_CHECK = "request_check"
    ANSWER_CHECK = "answer_check"
    CLOSE = "close"
    REWORK = "rework"
    VOID = "void"
    SIGN_VOID = "sign_void"
    MERGE = "merge"
    UNMERGE = "unmerge"
    SPLIT = "split"
    INSTRUCT = "instruct"
    SUPERVISE = "supervise"
    ANSWER_SUPERVISE = "answer_supervise"
    REMIND = "remind"
    ARBITRATE = "arbitrate"
    MARK_URGENT = "mark_urgent"
    SELF_HANDLE = "self_handle"
    APPEAL = "appeal"
    REVIEW_APPEAL = "review_appeal"
    DECIDE_APPEAL = "decide_appeal"
    REOPEN = "reopen"
    CHECK_REOPEN = "check_reopen"
    RATE = "rate"
    CALLBACK = "callback"
    DISCLOSE = "disclose"
    RELEASE = "release"
    CORRECT = "correct"
    REASSIGN = "reassign"
    NOTE = "note"

    VIEW_CASES = "view_cases"
    VIEW_REPORTER = "view_reporter"
    VIEW_PEOPLE = "view_people"
    VIEW_AUDIT = "view_audit"

    MANAGE_CREWS = "manage_crews"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_RIGHTS = "manage_rights"
    MANAGE_TERRITORY = "manage_territory"
    MANAGE_CATALOG = "manage_catalog"
    APPROVE_STANDARD = "approve_standard"
    MANAGE_SETTINGS = "manage_settings"
    MANAGE_JOBS = "manage_jobs"
    MANAGE_RETENTION = "manage_retention"


class Centre(StrEnum):
    """The two axes (workflow §1, H): who supervises never commands, on one and the same case."""

    SUPERVISION = "supervision"  # 监督中心: collect, file, check, close, evaluate
    COMMAND = "command"  # 指挥中心: dispatch, coordinate


@dataclass(frozen=True, slots=True)
class Grant:
    """One row of the table of rights: who holds it, who says so. `head`: only the 部门负责人 among them."""

    right: Right
    roles: tuple[Role, ...]
    source: str
    head: bool = False


_I, _S, _D = Role.INTAKE, Role.SHIFT_LEADER, Role.DISPATCHER
_P, _M, _G = Role.DEPARTMENT, Role.INSPECTOR, Role.GRID_WORKER
_E, _L = Role.EVALUATOR, Role.LEADER
_SYS, _SEC, _AUD = Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR

GRANTS: tuple[Grant, ...] = (
    Grant(Right.REPORT, (_I, _M, _G, _P, _L), "workflow §1 sources of cases [H], 部门自查 [M]"),
    Grant(Right.ACCEPT, (_I,), "practice 1 [F]"),
    Grant(Right.REFUSE, (_I,), "practice 1, 9 [F]"),
    Grant(Right.ASK, (_I,), "practice 1, 7 [F]: the reporter is asked by the 受理员"),
    Grant(
        Right.ANSWER_ASK,
        (_I,),
        "practice 7 [P]: an answer given on the telephone; else the reporter's own link",
    ),
    Grant(Right.REQUEST_VERIFY, (_I,), "practice 1 [F]"),
    Grant(Right.ANSWER_VERIFY, (_M,), "practice 1, 12 [F]: a 网格员 never answers 核实"),
    Grant(Right.PROPOSE, (_I,), "practice 1 [F]; workflow §4 [H]"),
    Grant(Right.FILE, (_S,), "practice 1 [F]; workflow §4 [H]"),
    Grant(Right.DECLINE, (_S,), "practice 1, 9 [F]"),
    Grant(Right.DISPATCH, (_D,), "practice 1, 3 [F]"),
    Grant(Right.RETURN, (_P, _G), "workflow §3 回退 [H]"),
    Grant(Right.DECIDE_RETURN, (_D,), "practice 1 [F]"),
    Grant(Right.CONFIRM_RETURN, (_S,), "practice 1 [F]: 误派 is confirmed by the 值班长"),
    Grant(Right.EXTEND, (_P, _G), "workflow §3 延期 [H]"),
    Grant(Right.REVIEW_EXTEND, (_P,), "practice 1 [F]: first review by the 部门负责人", head=True),
    Grant(Right.DECIDE_EXTEND, (_D,), "practice 1 [F]: final 延期"),
    Grant(Right.SUSPEND, (_P, _G), "workflow §3 挂账 [H]"),
    Grant(Right.DECIDE_SUSPEND, (_S,), "practice 1 [F]"),
    Grant(
        Right.RESUME,
        (_S, _P),
        "workflow §3 挂账 [H]: by itself at its term; earlier by who asked or who granted [P]",
    ),
    Grant(Right.TAKE, (_P, _G), "practice 1, 12 [F]"),
    Grant(Right.ASSIGN, (_P,), "workflow §6 协同工作 [M]: a department hands its part to one of its crews"),
    Grant(
        Right.MANAGE_CREWS, (_P,), "workflow §6 协同工作 [M]: its head says who works with whom", head=True
    ),
    Grant(Right.HANDLE, (_P, _G), "practice 1, 2, 12 [F]"),
    Grant(Right.FORWARD, (_D,), "practice 2 [P]"),
    Grant(Right.SEND_BACK, (_D,), "practice 2 [P]"),
    Grant(Right.REQUEST_CHECK, (_I,), "practice 1, 2 [F]"),
    Grant(Right.ANSWER_CHECK, (_M,), "practice 1, 12 [F]: a 网格员 never answers 核查"),
    Grant(Right.CLOSE, (_S,), "practice 1 [F]"),
    Grant(Right.REWORK, (_S,), "practice 1 [F]"),
    Grant(Right.VOID, (_S,), "practice 1, 9 [F]"),
    Grant(Right.SIGN_VOID, (_L,), "practice 9 [P]: after dispatch with the centre's sign-off"),
    Grant(Right.MERGE, (_I,), "practice 1, 9 [F]"),
    Grant(Right.UNMERGE, (_I,), "practice 1, 9 [F]"),
    Grant(Right.SPLIT, (_D,), "practice 1 [F]"),
    Grant(Right.INSTRUCT, (_L,), "workflow §4 指挥长/领导: 批示 [M]"),
    Grant(Right.SUPERVISE, (_L, _S), "practice 1 [F]: 监督中心/领导 督办"),
    Grant(Right.ANSWER_SUPERVISE, (_P, _G), "workflow §3 督办 [M]: reply mandatory"),
    Grant(Right.REMIND, (_D,), "practice 1 [F]"),
    Grant(Right.ARBITRATE, (_L,), "practice 8 [P]: 指挥长/协调会, never the case's 派遣员"),
    Grant(Right.MARK_URGENT, (_S,), "practice 1 [F]; workflow §3 [M]"),
    Grant(Right.SELF_HANDLE, (_M, _G), "practice 1, 12 [F]"),
    Grant(Right.APPEAL, (_P,), "workflow §3 超时申诉 [H]"),
    Grant(Right.REVIEW_APPEAL, (_D,), "workflow §3 超时申诉 [H]: 派遣员 → 受理员"),
    Grant(Right.DECIDE_APPEAL, (_I, _S), "workflow §3 [H]; the 值班长 as overall watch, §4 [H]"),
    Grant(
        Right.REOPEN, (_I,), "practice 7 [P]: a request told on the telephone; else the reporter's own link"
    ),
    Grant(Right.CHECK_REOPEN, (_M,), "practice 7 [P]: another 监督员"),
    Grant(Right.RATE, (_I,), "practice 1 [F]: taken down in the 回访; else the reporter's own link"),
    Grant(Right.CALLBACK, (_I,), "practice 1 [F]"),
    Grant(Right.DISCLOSE, (_I,), "practice 7 [P]"),
    Grant(Right.RELEASE, (_I,), "practice 7 [P]; security §4 [M]: after redaction"),
    Grant(Right.CORRECT, (_I, _S), "workflow §1 stage 2 [H]"),
    Grant(Right.REASSIGN, (_I, _S), "practice 13 [P]: 核实/核查 to another 监督员 on duty"),
    Grant(Right.REASSIGN, (_P,), "workflow §4 [H]: to another 经办人", head=True),
    Grant(Right.NOTE, (_I, _S, _D, _P, _M, _G, _L), "workflow §6 协同工作 [M]"),
    Grant(Right.VIEW_CASES, (_I, _S, _D, _P, _M, _G, _E, _L), "workflow §4 [H/M]"),
    Grant(Right.VIEW_REPORTER, (_I, _S), "security §4 [M]: 受理员 and 监督; practice 7 [P]"),
    Grant(Right.VIEW_PEOPLE, (_SYS, _SEC, _AUD), "security §1 系统/安全/审计管理员 [M]"),
    Grant(Right.VIEW_AUDIT, (_AUD,), "security §1 安全审计 [M]"),
    Grant(Right.MANAGE_PEOPLE, (_SYS,), "security §1 [M]: accounts and organisation"),
    Grant(Right.MANAGE_RIGHTS, (_SEC,), "security §1 [M]: posts, rights, locked accounts"),
    Grant(Right.MANAGE_TERRITORY, (_SYS,), "workflow §6 应用维护 [M]"),
    Grant(Right.MANAGE_CATALOG, (_SYS,), "workflow §6 应用维护 [M]"),
    Grant(Right.APPROVE_STANDARD, (_L,), "practice 11 [F]: a limit of low confidence needs approval"),
    Grant(Right.MANAGE_SETTINGS, (_SYS,), "workflow §6 应用维护 [M]"),
    Grant(Right.MANAGE_JOBS, (_SYS,), "workflow §6 应用维护 [M]"),
    Grant(Right.MANAGE_RETENTION, (_SEC,), "security §1 安全管理员 [M]; PIPL 47 [H]"),
)

RIGHTS: dict[Role, frozenset[Right]] = {
    role: frozenset(g.right for g in GRANTS if role in g.roles and not g.head) for role in Role
}
HEAD_RIGHTS: dict[Role, frozenset[Right]] = {
    role: frozenset(g.right for g in GRANTS if role in g.roles and g.head) for role in Role
}
VIEW_RIGHTS = frozenset(right for right in Right if right.value.startswith("view_"))

ADMINISTRATORS = (
    Role.SYSTEM_ADMIN,
    Role.SECURITY_ADMIN,
    Role.AUDITOR,
)  # 三权分立: workflow §4, security §1 [M]
HANDLERS = (Role.DEPARTMENT, Role.GRID_WORKER)  # they see only the cases of their own department

CENTRES: dict[Role, Centre] = {
    Role.INTAKE: Centre.SUPERVISION,
    Role.SHIFT_LEADER: Centre.SUPERVISION,
    Role.INSPECTOR: Centre.SUPERVISION,
    Role.EVALUATOR: Centre.SUPERVISION,
    Role.DISPATCHER: Centre.COMMAND,
}
# A leader stands above both; what he does on a case decides for which centre he acts.
LEADER_CENTRES: dict[Right, Centre] = {
    Right.ARBITRATE: Centre.COMMAND,  # 指挥长
    Right.SIGN_VOID: Centre.SUPERVISION,  # sign-off of the centre that filed it
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A post as the rules of other rooms see it.

    department_id: None for a post of no department. scope_codes: division codes of 2, 4, 6, 9 or 12 digits.
    """

    post_id: int
    person_id: int
    role: Role
    rights: frozenset[Right]
    department_id: int | None
    scope_codes: tuple[str, ...]
    is_head: bool = False

    def may(self, right: Right) -> bool:
        return right in self.rights

    def sees(self, division: str) -> bool:
        """Is a division inside the scope? Codes are hierarchical, so scope is a prefix."""
        return any(division.startswith(code) for code in self.scope_codes)


def rights_of(role: Role, *, is_head: bool = False) -> frozenset[Right]:
    """The rights of a role, with those of the 部门负责人 if it is one.

    >>> [Right.REVIEW_EXTEND in rights_of(Role.DEPARTMENT, is_head=head) for head in (False, True)]
    [False, True]
    """
    return RIGHTS[role] | HEAD_RIGHTS[role] if is_head else RIGHTS[role]


def centre_of(role: Role, right: Right | None = None) -> Centre | None:
    """For which centre a role acts, by this right; None for departments, administrators, and a leader's 督办.

    >>> centre_of(Role.LEADER), centre_of(Role.LEADER, Right.ARBITRATE).value, centre_of(Role.INTAKE).value
    (None, 'command', 'supervision')
    """
    if role is Role.LEADER:
        return LEADER_CENTRES.get(right) if right else None
    return CENTRES.get(role)


def holders(right: Right) -> tuple[Role, ...]:
    """The roles that hold a right, heads included; for the sentence that names whom to turn to."""
    return tuple(role for role in Role if right in RIGHTS[role] | HEAD_RIGHTS[role])


def administrators_clash(held: Iterable[Role], wanted: Role) -> Role | None:
    """三权分立: the administrator's role somebody holds already that forbids this one; None if there is none.

    The same role twice (in two cities) is no clash.

    >>> administrators_clash([Role.AUDITOR], Role.SYSTEM_ADMIN).value
    'auditor'
    """
    if wanted not in ADMINISTRATORS:
        return None
    return next((role for role in held if role in ADMINISTRATORS and role is not wanted), None)


def reaches(scope_codes: Collection[str], division: str) -> bool:
    """Does an administrator's post reach a division? Without codes it reaches everywhere (security §1 [M]).

    >>> reaches((), "53"), reaches(("5301",), "530102"), reaches(("530102",), "5301")
    (True, True, False)
    """
    return not scope_codes or any(division.startswith(code) for code in scope_codes)


SCOPE_ALL, SCOPE_READ = "all", "read"


def within_token(rights: frozenset[Right], scopes: Collection[str]) -> frozenset[Right]:
    """What a bearer token leaves of a post's rights. Scopes: «all», «read» (view rights), names of rights.

    A token never adds a right, and one without scopes may nothing.

    >>> sorted(within_token(frozenset({Right.CLOSE, Right.VIEW_CASES}), ["read"]))
    [<Right.VIEW_CASES: 'view_cases'>]
    """
    if SCOPE_ALL in scopes:
        return rights
    named = frozenset(right for right in Right if right.value in scopes)
    return rights & (named | VIEW_RIGHTS if SCOPE_READ in scopes else named)


def unknown_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """The words among token scopes that mean nothing."""
    known = {SCOPE_ALL, SCOPE_READ, *(right.value for right in Right)}
    return tuple(scope for scope in scopes if scope not in known)
