"""Every write about people."""

from xiucheng.people.actions._shared import require
from xiucheng.people.actions.accounts import (
    change_password,
    create_department,
    create_person,
    create_post,
    end_post,
    generate_password,
    set_active,
    set_on_duty,
    set_password,
)
from xiucheng.people.actions.tokens import (
    check_credentials,
    issue_token,
    revoke_token,
    touch_token,
    unlock,
)

__all__ = [
    "change_password",
    "check_credentials",
    "create_department",
    "create_person",
    "create_post",
    "end_post",
    "generate_password",
    "issue_token",
    "require",
    "revoke_token",
    "set_active",
    "set_on_duty",
    "set_password",
    "touch_token",
    "unlock",
]
