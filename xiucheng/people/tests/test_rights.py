"""The table of rights against the rulings of practice and the roles of the standards, line by line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiucheng.people import rules
from xiucheng.people.models import Role as NamedRole
from xiucheng.people.rules import Centre, Right, Role

# (role, may, may not, where it is said)
RULINGS = [
    (
        Role.INTAKE,
        "accept refuse propose request_verify request_check merge ask callback disclose decide_appeal",
        "file decline void close rework dispatch answer_verify answer_check handle decide_suspend arbitrate",
        "practice 1, 7; workflow §3 超时申诉",
    ),
    (
        Role.INSPECTOR,
        "report answer_verify answer_check check_reopen self_handle",
        "accept file dispatch handle take close request_check void view_reporter",
        "practice 1, 7, 12",
    ),
    (
        Role.SHIFT_LEADER,
        "file decline void mark_urgent decide_suspend close rework confirm_return supervise view_reporter",
        "accept request_verify dispatch decide_extend answer_check handle sign_void arbitrate",
        "practice 1, 9",
    ),
    (
        Role.DISPATCHER,
        "dispatch split decide_extend decide_return remind forward send_back review_appeal",
        "file close rework arbitrate confirm_return request_check decide_suspend review_extend view_reporter",
        "practice 1, 2, 8",
    ),
    (
        Role.DEPARTMENT,
        "take handle return extend suspend appeal answer_supervise",
        "close request_check answer_check dispatch decide_extend review_extend merge view_reporter disclose",
        "practice 1; workflow §3",
    ),
    (
        Role.GRID_WORKER,
        "report take handle self_handle",
        "answer_verify answer_check check_reopen close dispatch",
        "practice 12",
    ),
    (
        Role.LEADER,
        "supervise arbitrate sign_void view_cases",
        "dispatch close file handle",
        "practice 1, 8, 9",
    ),
    (Role.EVALUATOR, "view_cases", "report close file dispatch view_reporter note", "workflow §4"),
]


@pytest.mark.parametrize(("role", "may", "may_not", "source"), RULINGS, ids=[row[0].value for row in RULINGS])
def test_each_role_may_what_practice_says(role, may, may_not, source):
    held = {right.value for right in rules.RIGHTS[role]}
    assert set(may.split()) <= held, source
    assert not set(may_not.split()) & held, source


def test_only_the_head_of_a_department_reviews_an_extension_first():
    assert rules.holders(Right.REVIEW_EXTEND) == (Role.DEPARTMENT,)
    assert Right.REVIEW_EXTEND not in rules.rights_of(Role.DEPARTMENT)
    assert Right.REVIEW_EXTEND in rules.rights_of(Role.DEPARTMENT, is_head=True)
    assert rules.rights_of(Role.DISPATCHER, is_head=True) == rules.rights_of(Role.DISPATCHER)


@pytest.mark.parametrize("role", rules.ADMINISTRATORS)
def test_administrators_have_no_right_over_cases(role):
    assert all(right.value.startswith(("manage_", "view_")) for right in rules.RIGHTS[role])
    assert not rules.RIGHTS[role] & {Right.VIEW_CASES, Right.VIEW_REPORTER}


def test_the_three_administrators_share_no_right_to_change_anything():
    changing = [
        {right for right in rules.RIGHTS[role] if right.value.startswith("manage_")}
        for role in rules.ADMINISTRATORS
    ]
    assert changing[2] == set(), "the auditor only reads"
    assert not changing[0] & changing[1]


def test_the_two_centres():
    supervision = {role for role in Role if rules.centre_of(role) is Centre.SUPERVISION}
    assert supervision == {Role.INTAKE, Role.SHIFT_LEADER, Role.INSPECTOR, Role.EVALUATOR}
    assert [role for role in Role if rules.centre_of(role) is Centre.COMMAND] == [Role.DISPATCHER]
    assert rules.centre_of(Role.LEADER, Right.ARBITRATE) is Centre.COMMAND
    assert rules.centre_of(Role.LEADER, Right.SUPERVISE) is None


def test_every_right_has_a_holder_and_a_source():
    assert {grant.right for grant in rules.GRANTS} == set(Right)
    assert all(grant.roles and grant.source for grant in rules.GRANTS)


def test_every_staff_step_named_by_the_architecture_is_a_right():
    page = Path(__file__).parents[3] / "docs" / "developers" / "architecture.md"
    section = page.read_text().split("By staff:")[1].split("By the reporter:")[0]
    steps = {word.strip(".,;\n") for word in section.split()}
    assert steps and steps <= {right.value for right in Right}


def test_the_stored_roles_are_those_of_the_rules():
    assert set(NamedRole.values) == {role.value for role in Role}


rights = st.frozensets(st.sampled_from(list(Right)))
scopes = st.lists(st.sampled_from(["all", "read", *(right.value for right in Right)]))


@given(rights, scopes)
def test_a_token_never_adds_a_right(held, named):
    narrowed = rules.within_token(held, named)
    assert narrowed <= held
    if "all" in named:
        assert narrowed == held
    if not named:
        assert not narrowed


@given(st.lists(st.sampled_from(list(Role))), st.sampled_from(list(Role)))
def test_nobody_becomes_two_administrators(held, wanted):
    clash = rules.administrators_clash(held, wanted)
    mixed = {role for role in (*held, wanted) if role in rules.ADMINISTRATORS}
    assert (clash is not None) == (wanted in rules.ADMINISTRATORS and len(mixed) > 1)
