"""Every write about people."""

from xiucheng.people.actions._shared import require
from xiucheng.people.actions.accounts import create_person, edit_person, set_active
from xiucheng.people.actions.delegation import delegate, end_delegation
from xiucheng.people.actions.organisation import (
    close_department,
    create_department,
    edit_department,
    reopen_department,
    what_hangs,
)
from xiucheng.people.actions.passwords import (
    change_password,
    generate_password,
    reset_password,
    set_password,
)
from xiucheng.people.actions.posts import create_post, edit_post, end_post, hand_over_post, set_on_duty
from xiucheng.people.actions.second_factor import (
    begin_totp,
    confirm_totp,
    new_recovery_codes,
    pass_second,
    reset_totp,
    secret_address,
    stop_totp,
)
from xiucheng.people.actions.sessions import end_other_sessions, end_session
from xiucheng.people.actions.tokens import (
    check_credentials,
    issue_token,
    revoke_token,
    touch_token,
    unlock,
)

__all__ = [
    "begin_totp",
    "change_password",
    "check_credentials",
    "close_department",
    "confirm_totp",
    "create_department",
    "create_person",
    "create_post",
    "delegate",
    "edit_department",
    "edit_person",
    "edit_post",
    "end_delegation",
    "end_other_sessions",
    "end_post",
    "end_session",
    "generate_password",
    "hand_over_post",
    "issue_token",
    "new_recovery_codes",
    "pass_second",
    "reopen_department",
    "require",
    "reset_password",
    "reset_totp",
    "revoke_token",
    "secret_address",
    "set_active",
    "set_on_duty",
    "set_password",
    "stop_totp",
    "touch_token",
    "unlock",
    "what_hangs",
]
